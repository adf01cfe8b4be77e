#include "log/embedded/reader.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "log/code_error.h"
#include "log/embedded/wait.h"

namespace logs {
namespace {

// What the records of one batch read point into.
struct ReadBytes {
  std::string batches;
  std::deque<RecordReader> records;  // of compressed batches; their addresses stay
};

// One partition that is read. Told by it when there may be more.
class Slot final : public Watcher {
 public:
  Slot(std::shared_ptr<Partition> partition, Offset offset, std::shared_ptr<Signal> signal)
      : partition(std::move(partition)), next(offset), signal_(std::move(signal)) {}

  void Notify() override {
    moved_ = true;
    signal_->Notify();
  }
  // True once after each Notify, and at first.
  bool TakeMoved() { return moved_.exchange(false); }

  const std::shared_ptr<Partition> partition;
  Offset next;
  Offset told_end = kNoOffset;  // the end that the caller knows of
  bool readable = true;         // there may be something at `next`

 private:
  const std::shared_ptr<Signal> signal_;
  std::atomic<bool> moved_ = true;
};

// Leaves out what a reader of committed records must not see, batch by batch in their order.
class AbortedFilter {
 public:
  explicit AbortedFilter(std::vector<AbortedTransaction> aborted) : aborted_(std::move(aborted)) {
    std::sort(aborted_.begin(), aborted_.end(),
              [](const auto& a, const auto& b) { return a.first_offset < b.first_offset; });
  }

  bool Hides(const BatchView& batch) {
    while (next_ < aborted_.size() && aborted_[next_].first_offset <= batch.last_offset()) {
      open_.insert(aborted_[next_++].producer_id);
    }
    if (batch.control()) {
      open_.erase(batch.producer_id());  // its marker ends an aborted transaction
      return true;
    }
    return batch.transactional() && open_.contains(batch.producer_id());
  }

 private:
  std::vector<AbortedTransaction> aborted_;
  size_t next_ = 0;
  std::set<ProducerId> open_;
};

class EmbeddedReader final : public Reader {
 public:
  EmbeddedReader(Log* log, ReaderOptions options) : log_(log), options_(std::move(options)) {}

  base::Result<void> Assign(const ByPartition<Offset>& offsets) override {
    std::vector<std::shared_ptr<Slot>> slots;
    for (const auto& [name, offset] : offsets) {
      CHECK(offset.get() >= 0);
      auto partition = log_->Find(name);
      if (partition == nullptr) return base::NotFound("there is no partition " + name.ToString());
      slots.push_back(std::make_shared<Slot>(std::move(partition), offset, signal_));
    }
    slots_ = std::move(slots);
    first_ = 0;
    return {};
  }

  base::Result<std::vector<ReadBatch>> Poll(int64_t timeout_ms) override {
    const SteadyTime deadline = In(timeout_ms);
    std::vector<ReadBatch> batches;
    while (true) {
      TRY(ReadOnce(batches));
      if (!batches.empty()) return batches;
      if (signal_->Wait(deadline, options_.stop) != Signal::End::kNotified) return batches;
    }
  }

  [[nodiscard]] ByPartition<Offset> Positions() const override {
    ByPartition<Offset> positions;
    for (const auto& slot : slots_) positions.emplace(slot->partition->name(), slot->next);
    return positions;
  }

 private:
  // What there is now, the partitions in turn.
  base::Result<void> ReadOnce(std::vector<ReadBatch>& batches) {
    size_t bytes = 0;
    for (size_t i = 0; i < slots_.size() && bytes < options_.poll_bytes_max; ++i) {
      Slot& slot = *slots_[(first_ + i) % slots_.size()];
      if (slot.TakeMoved()) {
        slot.partition->Watch(slots_[(first_ + i) % slots_.size()]);
        slot.readable = true;
      }
      if (!slot.readable) continue;
      bytes += TRY(ReadSlot(slot, options_.poll_bytes_max - bytes, batches));
    }
    // The next call begins with the partition after the first of this one.
    if (!slots_.empty()) first_ = (first_ + 1) % slots_.size();
    return {};
  }

  base::Result<size_t> ReadSlot(Slot& slot, size_t bytes_max, std::vector<ReadBatch>& batches) {
    const TopicPartition& name = slot.partition->name();
    ReadResult result =
        slot.partition->Read({.offset = slot.next,
                              .bytes_max = std::min(bytes_max, base::limits::kClientReadBytes),
                              .isolation = options_.isolation});
    if (result.error != ErrorCode::kNone) {
      return ErrorOf(result.error,
                     "read " + name.ToString() + " at " + std::to_string(slot.next.get()),
                     result.message);
    }
    ReadBatch batch{.partition = name, .next = slot.next};
    batch.end = options_.isolation == Isolation::kReadCommitted ? result.ends.last_stable
                                                                : result.ends.high_watermark;
    auto bytes = std::make_shared<ReadBytes>();
    bytes->batches = std::move(result.batches);
    TRY(Decode(*bytes, AbortedFilter(std::move(result.aborted)), batch));
    const size_t size = bytes->batches.size();
    batch.bytes = std::move(bytes);
    batch.end = std::max(batch.end, batch.next);
    slot.next = batch.next;
    slot.readable = size > 0 && batch.next < batch.end;
    const bool end_is_news = batch.next == batch.end && slot.told_end != batch.end;
    if (end_is_news) slot.told_end = batch.end;
    if (size > 0 || end_is_news) batches.push_back(std::move(batch));
    return size;
  }

  static base::Result<void> Decode(ReadBytes& bytes, AbortedFilter hidden, ReadBatch& batch) {
    const Offset from = batch.next;
    BatchWalk walk(bytes.batches);
    while (const auto view = walk.Next()) {
      batch.next = std::max(batch.next, view->next_offset());
      if (hidden.Hides(*view)) continue;
      auto opened = RecordReader::Open(*view, base::limits::kClientRecordsBytesMax);
      if (!opened.ok()) return std::move(opened).With(What(batch, *view)).error();
      RecordReader& records = bytes.records.emplace_back(*std::move(opened));
      while (const auto record = records.Next()) {
        if (record->offset >= from) batch.records.push_back(*record);
      }
      if (records.failed()) {
        return base::Corruption(What(batch, *view) + ": a record is malformed");
      }
    }
    return {};
  }

  static std::string What(const ReadBatch& batch, const BatchView& view) {
    return "batch of " + batch.partition.ToString() + " at offset " +
           std::to_string(view.base_offset().get());
  }

  Log* const log_;
  const ReaderOptions options_;
  const std::shared_ptr<Signal> signal_ = std::make_shared<Signal>();
  std::vector<std::shared_ptr<Slot>> slots_;
  size_t first_ = 0;
};

}  // namespace

std::unique_ptr<Reader> NewEmbeddedReader(Log* log, ReaderOptions options) {
  return std::make_unique<EmbeddedReader>(log, std::move(options));
}

}  // namespace logs
