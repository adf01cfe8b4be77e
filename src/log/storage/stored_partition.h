// StoredPartition: a partition in segments on disk. Appends take turns under one lock; what readers
// need is published under another that is held for copies of pointers only, so neither waits for the
// other. Owner, shared by its topic and its users. THREAD: any, but Open.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/uuid.h"
#include "env/files.h"
#include "log/log.h"
#include "log/partition.h"
#include "log/storage/archive.h"
#include "log/storage/archive_files.h"
#include "log/storage/checkpoint.h"
#include "log/storage/compaction.h"
#include "log/storage/group_commit.h"
#include "log/storage/producer_state.h"
#include "log/storage/retention.h"
#include "log/storage/segment.h"
#include "log/topic_config.h"

namespace logs {

// What the partitions of a log share; outlives them.
struct StorageContext {
  env::Files* files = nullptr;
  const base::Clock* clock = nullptr;
  uint64_t seed = 0;  // of hashes
  FlushPolicy flush = FlushPolicy::kAlways;
  std::shared_ptr<object::ObjectStore> archive;  // of tiered topics; none: no tiering
  std::unique_ptr<ArchiveFiles> archive_files;   // where there is one
  GroupCommit* commits = nullptr;
  // Bytes appended to partitions without a journal since the last checkpoint.
  std::atomic<uint64_t> unjournaled_bytes = 0;
  mutable std::mutex trouble_mutex;
  std::optional<base::Error> trouble;  // why the last append failed
  std::atomic<bool> has_trouble = false;
  // Makes all checkpoint() durable.
  std::function<base::Result<void>()> save_checkpoints;

  void SetTrouble(const base::Error& error);
  void ClearTrouble();
  [[nodiscard]] std::optional<base::Error> Trouble() const;
};

struct PartitionIdentity {
  TopicPartition name;
  base::Uuid topic_id;
  std::string folder;
};

class StoredPartition final : public Partition,
                              public std::enable_shared_from_this<StoredPartition> {
 public:
  // Recovers what the folder holds; `maybe_checkpoint` says from where on it must be checked.
  // REQUIRES: Replay for all that the journal has, then FinishRecovery, before anything else.
  static base::Result<std::shared_ptr<StoredPartition>> Open(
      StorageContext* context, PartitionIdentity identity,
      std::shared_ptr<const TopicConfig> config, const PartitionCheckpoint* maybe_checkpoint);
  // Appends of the journal that the segments lack.
  base::Result<void> Replay(const JournalEntry& entry);
  void FinishRecovery();

  AppendResult Append(const AppendRequest& request) override;
  AppendResult AppendMarker(const Marker& marker) override;
  ReadResult Read(const ReadRequest& request) override;
  [[nodiscard]] PartitionEnds Ends() const override;
  base::Result<TimestampedOffset> FindTimestamp(int64_t timestamp_ms,
                                                Isolation isolation) override;
  base::Result<TimestampedOffset> FindMaxTimestamp() override;
  base::Result<Offset> DeleteRecords(Offset offset) override;
  void Watch(const std::shared_ptr<Watcher>& watcher) override;
  [[nodiscard]] uint64_t SizeBytes() const override;
  [[nodiscard]] std::vector<ProducerDescription> Producers() const override;
  [[nodiscard]] bool alive() const override { return alive_; }
  [[nodiscard]] const TopicPartition& name() const override { return identity_.name; }

  // --- for the log
  // Everything before `end` is durable. THREAD: any, one at a time.
  void AdvanceHighWatermark(Offset end);
  base::Result<void> SetConfig(std::shared_ptr<const TopicConfig> config);
  void Kill();  // the topic is deleted
  // Syncs what was appended; checkpoint() then covers it.
  base::Result<void> SyncSegments();
  [[nodiscard]] PartitionCheckpoint checkpoint() const;
  // Appended since the last SyncSegments.
  [[nodiscard]] bool dirty() const { return dirty_; }
  [[nodiscard]] FlushPolicy flush_policy() const;
  [[nodiscard]] bool journaled() const { return flush_policy() == FlushPolicy::kAlways; }
  [[nodiscard]] std::shared_ptr<const TopicConfig> config() const;

  // --- keeping house (partition_house.cc)
  // Retention, compaction, producers that fell silent: what is due. THREAD: one at a time.
  base::Result<void> KeepHouse(Retention retention);
  [[nodiscard]] std::shared_ptr<const SegmentList> segments() const;
  // Begins a new segment when the last one holds anything.
  base::Result<void> Roll();
  // Moves the log start to `offset` and removes the segments that lie before it whole.
  // REQUIRES: offset <= high watermark.
  base::Result<void> MoveLogStart(Offset offset);
  // Closes the files of segments that nobody appends to; they open again when read.
  void CloseIdleFiles();

 private:
  // What one append has been found to be, outside of the lock.
  struct Checked {
    ErrorCode error = ErrorCode::kNone;
    std::string message = {};
    std::span<char> batches = {};
    std::string rewritten = {};  // owns `batches` when they were compressed anew
  };
  // Where somebody ended reading.
  struct ReadHint {
    const Segment* segment = nullptr;  // never followed
    Offset offset = kNoOffset;
    uint64_t position = 0;
  };
  // What a reader needs.
  struct View {
    std::shared_ptr<const SegmentList> segments;
    PartitionEnds ends;
    uint64_t active_bytes = 0;
  };
  // FirstUndecided as of the log ending at `end`.
  struct UndecidedFrom {
    Offset end;
    std::optional<Offset> first_undecided;
  };

  StoredPartition(StorageContext* context, PartitionIdentity identity,
                  std::shared_ptr<const TopicConfig> config);

  base::Result<SegmentList> ListSegments() const;
  base::Result<void> Recover(const PartitionCheckpoint* maybe_checkpoint);
  // False when it had to be cut.
  base::Result<bool> RecoverSegment(Segment& segment, Offset recovery, uint64_t position);
  void ApplyToProducers(const BatchView& batch, Segment& segment);

  Checked Check(const AppendRequest& request, const TopicConfig& config, int64_t now_ms) const;
  AppendResult Fail(ErrorCode error, std::string message) const;
  AppendResult AppendLocked(std::span<char> batches, const TopicConfig& config);
  base::Result<void> RollIfDue(std::string_view batches, const TopicConfig& config);
  base::Result<void> RollLocked();
  void Publish(Offset end);
  [[nodiscard]] static Offset LastStable(const std::optional<Offset>& undecided, Offset log_start,
                                         Offset high_watermark);
  void UpdateStable();  // REQUIRES: view_mutex_ held
  void Notify();

  base::Result<void> Retain(const TopicConfig& config, int64_t now_ms);
  [[nodiscard]] bool IsLocal(const Segment& segment) const {
    return segment.folder() == identity_.folder;
  }
  [[nodiscard]] std::shared_ptr<Segment> Remote(const ArchivedSegment& segment) const;
  // `local` and what is only in the archive.
  base::Result<SegmentList> WithArchived(SegmentList local, Offset log_start);
  base::Result<void> KeepArchive(const TopicConfig& config, int64_t now_ms);
  base::Result<void> ArchiveSegments();
  base::Result<void> DropLocal(const TopicConfig& config, int64_t now_ms);
  base::Result<std::vector<SegmentAge>> SegmentAges() const;
  base::Result<void> Compact(const TopicConfig& config, int64_t now_ms);
  // False when the segments are no longer all there.
  base::Result<bool> PutInPlace(const CompactedGroup& group);

  [[nodiscard]] View CurrentView() const;
  [[nodiscard]] static Offset LimitOf(const PartitionEnds& ends, Isolation isolation);
  [[nodiscard]] std::optional<uint64_t> FindHint(const Segment& segment, Offset offset) const;
  void AddHint(const ReadHint& hint);
  base::Result<std::optional<uint64_t>> FindPosition(const Segment& segment, uint64_t end,
                                                     Offset offset) const;
  base::Result<void> ReadSegment(const Segment& segment, uint64_t end, const ReadRequest& request,
                                 Offset limit, ReadResult& result);
  base::Result<void> FindAborted(const SegmentList& segments, Offset begin, ReadResult& result);
  base::Result<TimestampedOffset> FindTimestampIn(const Segment& segment, uint64_t end,
                                                  int64_t timestamp_ms, Offset log_start);

  StorageContext* const context_;
  const PartitionIdentity identity_;
  std::atomic<bool> alive_ = true;
  std::atomic<bool> dirty_ = false;

  std::mutex house_mutex_;  // one removes or replaces segments at a time; before append_mutex_
  std::optional<CompactionState> compaction_;  // KeepHouse's
  std::unique_ptr<PartitionArchive> archive_;  // KeepHouse's

  mutable std::mutex append_mutex_;  // one appends at a time; guards what follows
  ProducerState producers_;
  std::shared_ptr<Segment> active_;
  Offset log_end_{0};
  Ticket last_ticket_{};
  // Files made since the folder was synced. True at first: a process that was killed may have made
  // what this one finds.
  bool names_dirty_ = true;

  GroupSlot group_slot_;  // the GroupCommit's

  mutable std::mutex view_mutex_;  // guards what follows; a leaf
  std::shared_ptr<const TopicConfig> config_;
  std::shared_ptr<const SegmentList> segments_;
  PartitionEnds ends_;
  uint64_t active_bytes_ = 0;
  std::deque<UndecidedFrom> undecided_;  // by end; the first as of the high watermark
  std::vector<ReadHint> hints_;
  size_t next_hint_ = 0;
  std::vector<std::weak_ptr<Watcher>> watchers_;
  size_t watchers_sweep_at_ = 0;
  PartitionCheckpoint checkpoint_;

  std::mutex sync_mutex_;  // one syncs at a time; taken before append_mutex_
};

}  // namespace logs
