#include "log/storage/group_commit.h"

#include <chrono>
#include <utility>

#include "base/limits.h"
#include "base/log.h"
#include "log/storage/stored_partition.h"

namespace logs {

GroupCommit::GroupCommit(Journal* journal, std::function<void(JournalNeeds)> needs)
    : journal_(journal), needs_(std::move(needs)) {
  gathering_.number = 1;
  gathering_.frame = BeginFrame();
}

GroupCommit::~GroupCommit() { Stop(); }

void GroupCommit::Start() {
  const std::lock_guard lock(mutex_);
  running_ = true;
  thread_ = std::thread([this] { Run(); });
}

void GroupCommit::Stop() {
  {
    const std::lock_guard lock(mutex_);
    if (!running_) return;
    stopping_ = true;
    work_.notify_all();
    room_.notify_all();
  }
  thread_.join();
  const std::lock_guard lock(mutex_);
  running_ = false;
}

void GroupCommit::Run() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      work_.wait(lock, [&] { return stopping_ || !gathering_.empty() || trouble_.has_value(); });
      if (stopping_ && gathering_.empty()) return;
    }
    if (CommitOnce().ok()) continue;
    std::unique_lock lock(mutex_);
    if (stopping_ || broken_.has_value()) return;
    work_.wait_for(lock, std::chrono::milliseconds(base::limits::kJournalRetryMs),
                   [&] { return stopping_; });
  }
}

base::Result<void> GroupCommit::Admit() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      if (broken_.has_value()) return *broken_;
      if (trouble_.has_value()) return *trouble_;
      const auto has_room = [&] {
        return waiting_bytes_ < base::limits::kGroupBytesMax &&
               journal_->num_waiting() < base::limits::kJournalFilesMax;
      };
      if (has_room()) return {};
      if (running_) {
        room_.wait(lock, [&] {
          return has_room() || stopping_ || broken_.has_value() || trouble_.has_value();
        });
        if (stopping_) return base::Unavailable("the log is closing");
        continue;
      }
    }
    // Without threads whoever appends does the work.
    TRY(CommitOnce());
    if (journal_->num_waiting() >= base::limits::kJournalFilesMax) return {};
  }
}

Ticket GroupCommit::Add(const std::shared_ptr<StoredPartition>& partition, GroupSlot& slot,
                        const JournalEntry& entry, Offset end) {
  const std::lock_guard lock(mutex_);
  if (slot.group != gathering_.number) {
    slot = {gathering_.number, gathering_.members.size()};
    gathering_.members.push_back({partition, end});
  }
  gathering_.members[slot.index].end = end;
  AppendEntry(gathering_.frame, entry);
  gathering_.bytes += entry.batches.size();
  waiting_bytes_ += entry.batches.size();
  if (gathering_.members.size() == 1 && running_) work_.notify_one();
  return Ticket(gathering_.number);
}

base::Result<void> GroupCommit::CommitOnce() {
  const std::lock_guard commit_lock(commit_mutex_);
  {
    const std::lock_guard lock(mutex_);
    if (broken_.has_value()) return *broken_;
    if (in_flight_.empty()) {
      if (gathering_.empty()) return {};
      in_flight_ = std::exchange(gathering_, {});
      gathering_.number = in_flight_.number + 1;
      gathering_.frame = std::exchange(spare_frame_, {});
      gathering_.frame.resize(kFrameHeaderBytes);
      written_ = false;
    }
  }
  if (!written_) {
    if (auto written = journal_->Write(in_flight_.frame, in_flight_.number); !written.ok()) {
      LOG_WARN("the journal cannot be written; appends are refused until it can",
               {{"error", written.error().message()}});
      std::vector<std::weak_ptr<Watcher>> watchers;
      {
        const std::lock_guard lock(mutex_);
        trouble_ = written.error();
        watchers.swap(in_flight_.watchers);
        for (auto& watcher : std::exchange(gathering_.watchers, {})) {
          watchers.push_back(std::move(watcher));
        }
        room_.notify_all();
      }
      NotifyAll(watchers);
      return written;
    }
    written_ = true;
  }
  if (auto synced = journal_->Sync(); !synced.ok()) {
    Break(synced.error());
    return synced;
  }
  // Readers see the records before their producer hears of them.
  for (const Member& member : in_flight_.members) {
    member.partition->AdvanceHighWatermark(member.end);
  }
  std::vector<std::weak_ptr<Watcher>> watchers;
  {
    const std::lock_guard lock(mutex_);
    durable_ = in_flight_.number;
    trouble_.reset();
    watchers.swap(in_flight_.watchers);
    waiting_bytes_ -= in_flight_.bytes;
    spare_frame_ = std::move(in_flight_.frame);
    spare_frame_.clear();
    if (spare_frame_.capacity() > base::limits::kGroupBytesKept) spare_frame_ = {};
    in_flight_ = {};
    room_.notify_all();
  }
  NotifyAll(watchers);
  if (journal_->full()) {
    if (auto rotated = journal_->Rotate(); rotated.ok()) {
      needs_(JournalNeeds::kCheckpoint);
    } else {
      LOG_WARN("no new journal file; the old one grows", {{"error", rotated.error().message()}});
    }
  } else if (journal_->WantsSpare()) {
    needs_(JournalNeeds::kSpare);
  }
  return {};
}

base::Result<void> GroupCommit::CommitAll() {
  uint64_t last = 0;
  {
    const std::lock_guard lock(mutex_);
    last = gathering_.empty() ? gathering_.number - 1 : gathering_.number;
  }
  while (durable_ < last) TRY(CommitOnce());
  return {};
}

void GroupCommit::Released() {
  const std::lock_guard lock(mutex_);
  room_.notify_all();
}

Durable GroupCommit::IsDurable(Ticket ticket) const {
  if (ticket.get() <= durable_) return Durable::kYes;
  const std::lock_guard lock(mutex_);
  if (ticket.get() <= durable_) return Durable::kYes;
  return broken_.has_value() || trouble_.has_value() ? Durable::kFailed : Durable::kNotYet;
}

void GroupCommit::WatchDurable(Ticket ticket, const std::shared_ptr<Watcher>& watcher) {
  {
    const std::lock_guard lock(mutex_);
    if (ticket.get() > durable_ && !broken_.has_value() && !trouble_.has_value()) {
      (ticket.get() >= gathering_.number ? gathering_ : in_flight_).watchers.push_back(watcher);
      return;
    }
  }
  watcher->Notify();
}

std::optional<base::Error> GroupCommit::Trouble() const {
  const std::lock_guard lock(mutex_);
  return broken_.has_value() ? broken_ : trouble_;
}

void GroupCommit::Break(const base::Error& error) {
  std::vector<std::weak_ptr<Watcher>> watchers;
  {
    const std::lock_guard lock(mutex_);
    if (broken_.has_value()) return;
    LOG_ERROR("a sync failed; appends are refused until the log is opened again",
              {{"error", error.message()}});
    broken_ = base::Error(error).WithHint(
        "What was written may be lost. Check the disk, then start again: the log is recovered.");
    watchers.swap(in_flight_.watchers);
    for (auto& watcher : std::exchange(gathering_.watchers, {})) {
      watchers.push_back(std::move(watcher));
    }
    room_.notify_all();
    work_.notify_all();
  }
  NotifyAll(watchers);
}

void GroupCommit::NotifyAll(std::vector<std::weak_ptr<Watcher>>& watchers) {
  for (const auto& weak : watchers) {
    if (const auto watcher = weak.lock()) watcher->Notify();
  }
}

}  // namespace logs
