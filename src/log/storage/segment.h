// Segment: a run of a partition's batches in one file, with its offset index and time index
// (docs/format/segment.md; the bytes are Kafka's own). The newest segment of a partition is appended
// to; the others never change. Owner, shared with whoever reads it.
// THREAD: the appender's calls one at a time (under the partition's lock); the others any.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "env/files.h"
#include "log/partition.h"
#include "log/record/record_batch.h"
#include "log/storage/index_file.h"
#include "log/storage/transaction_index.h"

namespace logs {

inline constexpr std::string_view kLogSuffix = ".log";
inline constexpr std::string_view kOffsetIndexSuffix = ".index";
inline constexpr std::string_view kTimeIndexSuffix = ".timeindex";
inline constexpr std::string_view kTransactionIndexSuffix = ".txnindex";

inline constexpr size_t kOffsetIndexEntryBytes = 8;
inline constexpr size_t kTimeIndexEntryBytes = 12;

// "00000000000000004711": the base offset as the files of a segment are named.
[[nodiscard]] std::string SegmentName(Offset base_offset);
// The other way; nullopt for anything else.
[[nodiscard]] std::optional<Offset> ParseSegmentName(std::string_view name);

// What a folder says of a segment. Sizes are 0 for a file that is missing.
struct SegmentFiles {
  Offset base_offset{0};
  bool has_log = false;
  uint64_t log_bytes = 0;
  uint64_t offset_index_bytes = 0;
  uint64_t time_index_bytes = 0;
  uint64_t transaction_index_bytes = 0;
};

class Segment {
 public:
  Segment(env::Files* files, std::string folder, const SegmentFiles& on_disk);

  [[nodiscard]] Offset base_offset() const { return base_offset_; }
  [[nodiscard]] uint64_t size_bytes() const { return size_.load(std::memory_order_acquire); }
  [[nodiscard]] const std::string& folder() const { return folder_; }
  [[nodiscard]] std::string PathOf(std::string_view suffix) const;

  // --- the appender
  // Writes whole batches at the end and notes them. After an error the file ends where it did.
  base::Result<void> Append(std::string_view batches, int32_t index_interval_bytes);
  // Notes batches that stand at `position` in the file, in order: indexes and the greatest timestamp.
  void Note(std::string_view batches, uint64_t position, int32_t index_interval_bytes);
  // Nothing is appended after this.
  base::Result<void> Seal();
  // An aborted transaction whose marker stands in this segment. Its file has it after Sync.
  void AddAborted(const AbortedEntry& entry);
  // Cuts the file to `size` bytes. REQUIRES: nothing noted lies behind.
  base::Result<void> Cut(uint64_t size);
  // Forgets aborted transactions whose markers are at `end` or behind.
  base::Result<void> CutAborted(Offset end);
  // Where Note must begin again after opening: the place of the last index entry before `position`.
  base::Result<uint64_t> ResumeIndexes(uint64_t position);
  [[nodiscard]] bool IndexIsFull(int32_t index_bytes_max) const;
  // When the first batch was appended, by this process; -1 while there is none.
  [[nodiscard]] int64_t first_timestamp_ms() const { return first_timestamp_ms_; }

  // --- any thread
  // Log and indexes survive power loss; their names too once the folder is synced.
  base::Result<void> Sync();
  // Nobody knows what of it is on the disk: a Sync failed.
  [[nodiscard]] bool sync_failed() const { return sync_failed_; }
  // Something of it that Sync has not made safe.
  [[nodiscard]] bool dirty() const;
  base::Result<size_t> ReadAt(uint64_t position, char* buffer, size_t size) const;
  // A place at or before the first batch that holds an offset >= `offset`.
  base::Result<uint64_t> FloorPosition(Offset offset) const;
  // A place before which every batch is older than `timestamp_ms`.
  base::Result<uint64_t> FloorPositionOfTime(int64_t timestamp_ms) const;
  // The greatest timestamp, and the last offset of the first batch that has it. kNoOffset and -1
  // when there is no batch.
  base::Result<TimestampedOffset> MaxTimestamp() const;

  // Adds the aborted transactions of this segment that touch [begin, end).
  base::Result<TransactionIndex::Search> CollectAborted(
      Offset begin, Offset end, std::vector<AbortedTransaction>& found) const;

  // All of this segment, by the offset of their markers.
  base::Result<std::vector<AbortedEntry>> AbortedEntries() const;

  // Opens the files so that they can be read after their names are gone or are another's.
  base::Result<void> Pin() const;
  void CloseFiles();  // until they are needed again
  // Absent files are fine.
  base::Result<void> RemoveFiles();

 private:
  base::Result<std::shared_ptr<env::RandomFile>> File() const;
  void AddTimeEntry();
  base::Result<void> LoadAborted() const;  // REQUIRES: aborted_mutex_ held
  base::Result<void> SyncAborted();

  env::Files* const files_;
  const std::string folder_;
  const Offset base_offset_;
  std::atomic<uint64_t> size_;
  std::atomic<uint64_t> synced_size_;
  std::atomic<bool> sync_failed_ = false;
  std::atomic<bool> indexes_dirty_ = false;  // sealed since the last Sync
  mutable std::mutex mutex_;  // guards file_
  mutable std::shared_ptr<env::RandomFile> file_;
  std::atomic<bool> created_;  // the file is there

  IndexFile offset_index_;
  IndexFile time_index_;
  uint64_t bytes_since_entry_ = 0;
  int64_t last_time_entry_ms_ = -1;
  int64_t first_timestamp_ms_ = -1;

  mutable std::mutex time_mutex_;  // guards what follows
  mutable bool time_known_;        // of a segment opened: read from its time index when asked
  mutable TimestampedOffset max_timestamp_;

  mutable std::mutex aborted_mutex_;  // guards what follows
  mutable bool aborted_known_;        // read from its file
  mutable TransactionIndex aborted_;
  bool aborted_dirty_ = false;  // its file is not the same
  bool aborted_named_ = false;  // SyncAborted's: the name of its file is safe
};

// Reads the batches of a segment one after the other, whole. Framing is checked, checksums are not.
// Owner; THREAD: one.
class SegmentScan {
 public:
  // From `position`, the begin of a batch, up to `end` (bytes appended since are not looked at).
  SegmentScan(const Segment* segment, uint64_t position, uint64_t end,
              size_t read_bytes = base::limits::kSegmentScanBytes);
  // nullopt at the end, and where no whole batch stands: then position() < end. The view lives until
  // the next call.
  base::Result<std::optional<BatchView>> Next();
  [[nodiscard]] uint64_t position() const { return position_; }  // of what Next gives next

 private:
  const Segment* const segment_;
  const size_t read_bytes_;
  uint64_t position_;
  const uint64_t end_;
  std::string buffer_;
  uint64_t buffer_position_;  // in the file
  size_t buffer_size_ = 0;    // bytes of buffer_ that are the file's
};

}  // namespace logs
