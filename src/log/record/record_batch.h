// Record batches v2 as bytes (docs/format/record_batch.md): looking into one, checking it, changing
// what the log may change, reading its records, building one. Pure; nothing here trusts a length.
// Views point into bytes they do not own. Values; THREAD: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "log/error_code.h"
#include "log/record/compression.h"
#include "log/topic_config.h"
#include "log/topic_partition.h"

namespace logs {

inline constexpr size_t kBatchHeaderBytes = 61;
inline constexpr size_t kBatchFramingBytes = 12;  // base offset and length, which the length leaves out
inline constexpr int8_t kBatchMagic = 2;
inline constexpr int16_t kNoProducerEpoch = -1;
inline constexpr int32_t kNoSequence = -1;
inline constexpr int64_t kNoTimestamp = -1;

// The sequence number `count` after `sequence`: they run from 0 to INT32_MAX and begin again.
[[nodiscard]] constexpr int32_t SequenceAfter(int32_t sequence, int32_t count) {
  return static_cast<int32_t>((static_cast<int64_t>(sequence) + count) & INT32_MAX);
}

// The whole bytes of the batch that begins at `bytes` with its header: nullopt when the length field
// cannot be a batch's. May be more than bytes.size().
// REQUIRES: bytes.size() >= kBatchFramingBytes.
[[nodiscard]] std::optional<size_t> BatchSize(std::string_view bytes);

// One batch. Believe its fields only after CheckBatch.
class BatchView {
 public:
  // REQUIRES: bytes.size() >= kBatchHeaderBytes.
  explicit BatchView(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] Offset base_offset() const { return Offset(At<int64_t>(0)); }
  [[nodiscard]] int32_t length() const { return At<int32_t>(8); }  // of what follows the length
  [[nodiscard]] int32_t leader_epoch() const { return At<int32_t>(12); }
  [[nodiscard]] int8_t magic() const { return At<int8_t>(16); }
  [[nodiscard]] uint32_t crc() const { return At<uint32_t>(17); }
  [[nodiscard]] int16_t attributes() const { return At<int16_t>(21); }
  [[nodiscard]] int32_t last_offset_delta() const { return At<int32_t>(23); }
  // What the records' timestamps are relative to; with a delete horizon, that.
  [[nodiscard]] int64_t base_timestamp() const { return At<int64_t>(27); }
  [[nodiscard]] int64_t max_timestamp() const { return At<int64_t>(35); }
  [[nodiscard]] ProducerId producer_id() const { return ProducerId(At<int64_t>(43)); }
  [[nodiscard]] int16_t producer_epoch() const { return At<int16_t>(51); }
  [[nodiscard]] int32_t base_sequence() const { return At<int32_t>(53); }
  [[nodiscard]] int32_t num_records() const { return At<int32_t>(57); }

  [[nodiscard]] Offset last_offset() const { return base_offset() + last_offset_delta(); }
  [[nodiscard]] Offset next_offset() const { return last_offset().Next(); }
  // kNoSequence when the batch has none.
  [[nodiscard]] int32_t last_sequence() const;
  [[nodiscard]] bool has_producer() const { return producer_id().get() >= 0; }
  // The codec's number as it stands; 5 to 7 name none.
  [[nodiscard]] int codec() const { return attributes() & 7; }
  [[nodiscard]] Compression compression() const { return static_cast<Compression>(codec()); }
  [[nodiscard]] TimestampType timestamp_type() const {
    return (attributes() & 8) != 0 ? TimestampType::kLogAppendTime : TimestampType::kCreateTime;
  }
  [[nodiscard]] bool transactional() const { return (attributes() & 16) != 0; }
  [[nodiscard]] bool control() const { return (attributes() & 32) != 0; }
  // When tombstones and markers of this batch may go (KIP-534).
  [[nodiscard]] std::optional<int64_t> delete_horizon_ms() const;

  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  [[nodiscard]] std::string_view records() const { return bytes_.substr(kBatchHeaderBytes); }
  [[nodiscard]] uint32_t ComputeCrc() const;

 private:
  template <typename T>
  [[nodiscard]] T At(size_t position) const {
    return base::LoadBigEndian<T>(bytes_.data() + position);
  }
  std::string_view bytes_;
};

// What a check found.
struct BatchCheck {
  ErrorCode error = ErrorCode::kNone;
  std::string message = {};
  [[nodiscard]] bool ok() const { return error == ErrorCode::kNone; }
};

// Is `bytes` exactly one whole batch whose checksum holds and whose counts are possible? Records are
// not looked at. ERRORS: kCorruptMessage; kUnsupportedForMessageFormat: an older format.
[[nodiscard]] BatchCheck CheckBatch(std::string_view bytes);

// What a client may append, beyond CheckBatch: a known codec, no control batch, as many records as
// offsets, a sequence where there is a producer id, a producer where there is a transaction.
// REQUIRES: CheckBatch(bytes).ok(). ERRORS: kInvalidRecord, kUnsupportedCompressionType.
[[nodiscard]] BatchCheck CheckClientBatch(const BatchView& batch);

enum class KeysNeeded : uint8_t { kNo, kYes };

// Reads every record: whole, no more and no fewer than the header says, offsets 0, 1, 2, ..., each
// with a key where the topic is compacted.
// REQUIRES: CheckBatch(bytes).ok(). ERRORS: kInvalidRecord, kCorruptMessage: does not decompress.
[[nodiscard]] BatchCheck CheckRecords(const BatchView& batch, KeysNeeded keys);

// Walks batches that stand back to back. Checks framing only: each batch given is whole, with a
// length that holds a header. Ends at the first that is not.
class BatchWalk {
 public:
  explicit BatchWalk(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] std::optional<BatchView> Next();
  // Bytes of the batches given; == the size of all when nothing was left over.
  [[nodiscard]] size_t position() const { return position_; }

 private:
  std::string_view bytes_;
  size_t position_ = 0;
};

// --- what the log writes into a batch -----------------------------------------------------------
// REQUIRES: `batch` is one whole batch.

void SetBaseOffset(std::span<char> batch, Offset base_offset);      // outside the checksum
void SetLeaderEpoch(std::span<char> batch, int32_t leader_epoch);  // outside the checksum
// All records happened at `timestamp_ms` (message.timestamp.type=LogAppendTime); a new checksum.
void SetLogAppendTime(std::span<char> batch, int64_t timestamp_ms);
void UpdateCrc(std::span<char> batch);

// --- records ------------------------------------------------------------------------------------

struct HeaderView {
  std::string_view key;
  std::optional<std::string_view> value;
  friend bool operator==(const HeaderView&, const HeaderView&) = default;
};

struct RecordView {
  Offset offset = kNoOffset;
  int64_t timestamp_ms = kNoTimestamp;
  std::optional<std::string_view> key = {};
  std::optional<std::string_view> value = {};
  int32_t offset_delta = 0;
  int32_t num_headers = 0;
  std::string_view header_bytes = {};  // as they stand in the record, known to be well-formed

  [[nodiscard]] std::vector<HeaderView> Headers() const;
};

// The records of one batch, decompressed. What Next gives points into the reader or the batch.
class RecordReader {
 public:
  // `bytes_max` bounds what the records decompress to. ERRORS: kCorruption, kUnsupported (codec).
  static base::Result<RecordReader> Open(const BatchView& batch, size_t bytes_max);
  // nullopt after the last, and at the first malformed one: then failed().
  [[nodiscard]] std::optional<RecordView> Next();
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  RecordReader(const BatchView& batch, std::string decompressed);
  [[nodiscard]] std::string_view records() const {
    return compressed_ ? std::string_view(decompressed_) : batch_.records();
  }

  BatchView batch_;
  bool compressed_;
  std::string decompressed_;
  size_t position_ = 0;
  int32_t read_ = 0;
  bool failed_ = false;
};

// --- building -----------------------------------------------------------------------------------

struct Record {
  std::optional<std::string_view> key = {};
  std::optional<std::string_view> value = {};
  int64_t timestamp_ms = kNoTimestamp;
  std::span<const HeaderView> headers = {};
};

struct BatchOptions {
  Compression compression = Compression::kNone;
  Offset base_offset{0};
  int32_t leader_epoch = 0;
  ProducerId producer_id = kNoProducerId;
  int16_t producer_epoch = kNoProducerEpoch;
  int32_t base_sequence = kNoSequence;
  bool transactional = false;
  bool control = false;
  TimestampType timestamp_type = TimestampType::kCreateTime;
  // Absent: the first record's timestamp.
  std::optional<int64_t> base_timestamp = {};
  bool has_delete_horizon = false;  // base_timestamp is one
};

class BatchBuilder {
 public:
  explicit BatchBuilder(const BatchOptions& options);

  // At the next offset.
  void Append(const Record& record);
  // At the offset it has, headers and all: what compaction keeps. REQUIRES: offsets increase.
  void AppendCopy(const RecordView& record);

  [[nodiscard]] int32_t num_records() const { return num_records_; }
  [[nodiscard]] bool empty() const { return num_records_ == 0; }
  [[nodiscard]] size_t size_bytes() const { return bytes_.size(); }  // before compression

  // The batch's offsets reach to `delta` although its last record does not.
  void SetLastOffsetDelta(int32_t delta) { last_offset_delta_ = delta; }
  void SetMaxTimestamp(int64_t timestamp_ms) { max_timestamp_ = timestamp_ms; }

  // The whole batch. ERRORS: kInternal: the codec failed.
  base::Result<std::string> Finish() &&;

 private:
  void AppendBody(int32_t offset_delta, const RecordView& record);

  BatchOptions options_;
  base::ByteWriter bytes_;
  int32_t num_records_ = 0;
  int32_t next_delta_ = 0;
  int32_t last_offset_delta_ = -1;
  int64_t max_timestamp_ = kNoTimestamp;
};

// --- control records ----------------------------------------------------------------------------

// The only record of a control batch that ends a transaction.
struct EndMarker {
  bool commit = false;
  int32_t coordinator_epoch = 0;
  friend bool operator==(const EndMarker&, const EndMarker&) = default;
};

// nullopt: another control record, or none that we know.
[[nodiscard]] std::optional<EndMarker> ParseEndMarker(const RecordView& record);
// The marker in a control batch; nullopt when there is none (compaction empties such batches).
// ERRORS: kCorruption: the batch holds something that is no control record.
[[nodiscard]] base::Result<std::optional<EndMarker>> ReadEndMarker(const BatchView& batch);

struct MarkerBatchOptions {
  Offset base_offset{0};
  int32_t leader_epoch = 0;
  ProducerId producer_id = kNoProducerId;
  int16_t producer_epoch = 0;
  int64_t timestamp_ms = kNoTimestamp;
};
[[nodiscard]] std::string BuildMarkerBatch(const MarkerBatchOptions& options,
                                           const EndMarker& marker);

}  // namespace logs
