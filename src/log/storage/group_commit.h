// GroupCommit: gathers what is appended into groups and makes each durable with one write and one
// sync of the journal; then the high watermarks of its partitions move and whoever waits is told.
// Owner. THREAD: any.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "log/log.h"
#include "log/partition.h"
#include "log/storage/journal.h"
#include "log/watcher.h"

namespace logs {

class StoredPartition;

// Where a partition stands in the group being gathered; guarded by the GroupCommit.
struct GroupSlot {
  uint64_t group = 0;
  size_t index = 0;
};

class GroupCommit {
 public:
  enum class JournalNeeds : uint8_t {
    kCheckpoint,  // it has gone on to another file
    kSpare,       // it will soon, and there is none
  };
  // THREAD: `needs` is called on the committer's.
  GroupCommit(Journal* journal, std::function<void(JournalNeeds)> needs);
  ~GroupCommit();

  // Commits on a thread of its own from now on.
  void Start();
  void Stop();  // commits what there is

  // Waits while too much is waiting. ERRORS: why appends are refused.
  base::Result<void> Admit();
  // `slot` is the partition's own. The partition ends at `end` once the group is durable.
  Ticket Add(const std::shared_ptr<StoredPartition>& partition, GroupSlot& slot,
             const JournalEntry& entry, Offset end);
  // Commits one group, if there is one. BLOCKS.
  base::Result<void> CommitOnce();
  // Commits everything added so far. BLOCKS.
  base::Result<void> CommitAll();
  // Appends that wait for journal files to be released look again.
  void Released();

  [[nodiscard]] Durable IsDurable(Ticket ticket) const;
  void WatchDurable(Ticket ticket, const std::shared_ptr<Watcher>& watcher);
  [[nodiscard]] std::optional<base::Error> Trouble() const;
  // A sync failed somewhere: nothing may be believed durable from here on.
  void Break(const base::Error& error);

 private:
  struct Member {
    std::shared_ptr<StoredPartition> partition;
    Offset end;
  };
  struct Group {
    uint64_t number = 0;
    std::string frame;
    std::vector<Member> members;
    std::vector<std::weak_ptr<Watcher>> watchers;
    size_t bytes = 0;  // of its entries
    [[nodiscard]] bool empty() const { return members.empty(); }
  };
  void Run();
  void NotifyAll(std::vector<std::weak_ptr<Watcher>>& watchers);

  Journal* const journal_;
  const std::function<void(JournalNeeds)> needs_;
  std::mutex commit_mutex_;  // one commits at a time; taken before mutex_
  Group in_flight_;          // the committer's, its watchers guarded by mutex_
  bool written_ = false;     // in_flight_ stands in the journal

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable work_;
  std::condition_variable room_;
  Group gathering_;
  std::string spare_frame_;
  size_t waiting_bytes_ = 0;  // of both groups
  std::atomic<uint64_t> durable_ = 0;
  std::optional<base::Error> trouble_;  // passes when a write succeeds
  std::optional<base::Error> broken_;   // never passes
  bool stopping_ = false;
  bool running_ = false;
  std::thread thread_;
};

}  // namespace logs
