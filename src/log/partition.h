// Partition: one ordered, durable sequence of record batches (docs/log.md, docs/format/segment.md).
// Batches are stored as they travel (record batch v2). Owner, shared by its topic and whoever reads
// it. THREAD: any; appends of one partition take turns, readers never wait for them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/strong_id.h"
#include "log/error_code.h"
#include "log/topic_partition.h"
#include "log/watcher.h"

namespace logs {

// A place in the order in which appends become durable (durability.h). The zero ticket is durable.
using Ticket = base::StrongId<struct TicketTag, uint64_t>;

enum class AppendOrigin : uint8_t {
  kClient,       // checked as foreign bytes; no control batches
  kCoordinator,  // our own coordinators: internal topics
};

struct AppendRequest {
  // One or more whole record batches v2, back to back. Base offset and leader epoch of each (and, with
  // message.timestamp.type=LogAppendTime, its timestamp and checksum) are written into these bytes.
  std::span<char> batches;
  AppendOrigin origin = AppendOrigin::kClient;
};

struct AppendResult {
  ErrorCode error = ErrorCode::kNone;
  std::string message = {};           // for people, when there is an error
  Offset base_offset = kNoOffset;     // of the first record; of the first append for a duplicate
  Offset last_offset = kNoOffset;     // of the last
  int64_t log_append_time_ms = -1;    // -1 unless the topic stamps its records
  Offset log_start_offset = kNoOffset;
  Ticket ticket = {};                 // durable when this is (a duplicate waits for its first append)
};

enum class Isolation : uint8_t {
  kReadUncommitted,  // up to the high watermark
  kReadCommitted,    // up to the last stable offset
  kLogEnd,           // everything appended, durable or not: a coordinator loading its state
};

struct ReadRequest {
  Offset offset;
  size_t bytes_max = size_t{1} << 20;
  // A first batch larger than bytes_max is returned all the same, so that a reader gets on.
  bool at_least_one_batch = true;
  Isolation isolation = Isolation::kReadUncommitted;
};

struct AbortedTransaction {
  ProducerId producer_id;
  Offset first_offset;
  friend bool operator==(const AbortedTransaction&, const AbortedTransaction&) = default;
};

// Where a partition begins and ends: log_start <= last_stable <= high_watermark <= log_end.
struct PartitionEnds {
  Offset log_start{0};
  Offset last_stable{0};     // before the first record of a transaction still open
  Offset high_watermark{0};  // before the first record that may yet be lost: what readers see
  Offset log_end{0};         // the next record's
};

struct ReadResult {
  ErrorCode error = ErrorCode::kNone;  // kOffsetOutOfRange, kKafkaStorageError
  std::string message = {};
  std::string batches = {};  // whole batches; the first may begin before the offset asked for
  PartitionEnds ends = {};
  std::vector<AbortedTransaction> aborted = {};  // with kReadCommitted: that touch these batches
};

struct TimestampedOffset {
  Offset offset = kNoOffset;   // kNoOffset: there is none such
  int64_t timestamp_ms = -1;
};

// A transaction's end as the partition is told it.
struct Marker {
  ProducerId producer_id;
  int16_t producer_epoch = 0;
  bool commit = false;
  int32_t coordinator_epoch = 0;
};

// What the partition knows of a producer (DescribeProducers).
struct ProducerDescription {
  ProducerId producer_id;
  int16_t producer_epoch = -1;
  int32_t last_sequence = -1;
  int64_t last_timestamp_ms = -1;
  int32_t coordinator_epoch = -1;
  Offset current_transaction_start = kNoOffset;
};

class Partition {
 public:
  virtual ~Partition() = default;

  // Checks, orders and writes the batches. When it returns they are in the operating system's hands,
  // seen by no reader until durable as the flush policy says: `ticket` tells.
  // BLOCKS: for the write. Errors are in the result.
  virtual AppendResult Append(const AppendRequest& request) = 0;
  // Ends a transaction of this partition. Repeating one is harmless.
  virtual AppendResult AppendMarker(const Marker& marker) = 0;

  // BLOCKS: for the disk, never for an append or a sync.
  virtual ReadResult Read(const ReadRequest& request) = 0;

  [[nodiscard]] virtual PartitionEnds Ends() const = 0;
  // The first record at or after `timestamp_ms` that readers of `isolation` see.
  virtual base::Result<TimestampedOffset> FindTimestamp(int64_t timestamp_ms, Isolation isolation) = 0;
  // The record with the greatest timestamp.
  virtual base::Result<TimestampedOffset> FindMaxTimestamp() = 0;

  // Moves the log start to `offset` (kNoOffset: the high watermark); the new log start.
  // ERRORS: kInvalidArgument: beyond the high watermark; kIo.
  virtual base::Result<Offset> DeleteRecords(Offset offset) = 0;

  // Notified once, at the next move of the high watermark or the last stable offset, or when the
  // partition is deleted; then forgotten. Held weakly.
  virtual void Watch(const std::shared_ptr<Watcher>& watcher) = 0;

  [[nodiscard]] virtual uint64_t SizeBytes() const = 0;  // on local disk
  [[nodiscard]] virtual std::vector<ProducerDescription> Producers() const = 0;
  // False once the topic is deleted: appends and reads answer kUnknownTopicOrPartition.
  [[nodiscard]] virtual bool alive() const = 0;
  [[nodiscard]] virtual const TopicPartition& name() const = 0;
};

}  // namespace logs
