#include "log/record/record_batch.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/limits.h"

namespace logs {

namespace {

constexpr size_t kLengthAt = 8;
constexpr size_t kLeaderEpochAt = 12;
constexpr size_t kCrcAt = 17;
constexpr size_t kAttributesAt = 21;  // the checksum covers everything from here
constexpr size_t kMaxTimestampAt = 35;

constexpr int16_t kLogAppendTimeBit = 8;
constexpr int16_t kTransactionalBit = 16;
constexpr int16_t kControlBit = 32;
constexpr int16_t kDeleteHorizonBit = 64;

constexpr int16_t kControlVersion = 0;
constexpr int16_t kAbortType = 0;
constexpr int16_t kCommitType = 1;

BatchCheck Fault(ErrorCode error, std::string message) {
  return {.error = error, .message = std::move(message)};
}

// A byte string whose length is a varint, -1 for null.
std::optional<std::string_view> ReadNullable(base::ByteReader& reader) {
  const int64_t size = reader.Varint();
  if (size == -1) return std::nullopt;
  if (size < 0 || static_cast<uint64_t>(size) > reader.remaining()) {
    reader.Fail();
    return std::nullopt;
  }
  return reader.Raw(static_cast<size_t>(size));
}

void WriteNullable(base::ByteWriter& writer, std::optional<std::string_view> bytes) {
  writer.Varint(bytes.has_value() ? static_cast<int64_t>(bytes->size()) : -1);
  if (bytes.has_value()) writer.Raw(*bytes);
}

size_t NullableSize(std::optional<std::string_view> bytes) {
  if (!bytes.has_value()) return base::VarintSize(-1);
  return base::VarintSize(static_cast<int64_t>(bytes->size())) + bytes->size();
}

HeaderView ReadHeader(base::ByteReader& reader) {
  HeaderView header;
  const auto key = ReadNullable(reader);
  if (!key.has_value()) reader.Fail();
  header.key = key.value_or(std::string_view());
  header.value = ReadNullable(reader);
  return header;
}

}  // namespace

std::optional<size_t> BatchSize(std::string_view bytes) {
  DCHECK(bytes.size() >= kBatchFramingBytes);
  const auto length = base::LoadBigEndian<int32_t>(bytes.data() + kLengthAt);
  if (length < static_cast<int32_t>(kBatchHeaderBytes - kBatchFramingBytes)) return std::nullopt;
  return kBatchFramingBytes + static_cast<size_t>(length);
}

int32_t BatchView::last_sequence() const {
  if (base_sequence() == kNoSequence) return kNoSequence;
  return SequenceAfter(base_sequence(), last_offset_delta());
}

std::optional<int64_t> BatchView::delete_horizon_ms() const {
  if ((attributes() & kDeleteHorizonBit) == 0) return std::nullopt;
  return base_timestamp();
}

uint32_t BatchView::ComputeCrc() const { return base::Crc32c(bytes_.substr(kAttributesAt)); }

BatchCheck CheckBatch(std::string_view bytes) {
  if (bytes.size() < kBatchHeaderBytes) {
    return Fault(ErrorCode::kCorruptMessage, "a record batch is cut off in its header");
  }
  const BatchView batch(bytes);
  if (batch.magic() >= 0 && batch.magic() < kBatchMagic) {
    return Fault(ErrorCode::kUnsupportedForMessageFormat,
                 "messages of format " + std::to_string(batch.magic()) +
                     " are not taken; record batches are of format 2");
  }
  if (batch.magic() != kBatchMagic) {
    return Fault(ErrorCode::kCorruptMessage,
                 "a record batch has the unknown format " + std::to_string(batch.magic()));
  }
  const auto size = BatchSize(bytes);
  if (!size.has_value() || *size != bytes.size()) {
    return Fault(ErrorCode::kCorruptMessage, "the length of a record batch is wrong: " +
                                                 std::to_string(batch.length()) + " in " +
                                                 std::to_string(bytes.size()) + " bytes");
  }
  if (batch.ComputeCrc() != batch.crc()) {
    return Fault(ErrorCode::kCorruptMessage, "the checksum of a record batch does not hold");
  }
  if (batch.last_offset_delta() < 0 || batch.num_records() < 0 ||
      static_cast<int64_t>(batch.num_records()) > int64_t{batch.last_offset_delta()} + 1) {
    return Fault(ErrorCode::kCorruptMessage,
                 "a record batch cannot hold " + std::to_string(batch.num_records()) +
                     " records with a last offset delta of " +
                     std::to_string(batch.last_offset_delta()));
  }
  if (batch.base_offset().get() < 0 ||
      batch.base_offset().get() > std::numeric_limits<int64_t>::max() - batch.last_offset_delta() - 1) {
    return Fault(ErrorCode::kCorruptMessage, "a record batch has the impossible base offset " +
                                                 std::to_string(batch.base_offset().get()));
  }
  return {};
}

BatchCheck CheckClientBatch(const BatchView& batch) {
  if (batch.codec() >= kNumCompressions) {
    return Fault(ErrorCode::kUnsupportedCompressionType,
                 "no compression has the number " + std::to_string(batch.codec()));
  }
  if (batch.control()) {
    return Fault(ErrorCode::kInvalidRecord, "clients may not write control records");
  }
  if (batch.delete_horizon_ms().has_value()) {
    return Fault(ErrorCode::kInvalidRecord, "clients may not set a delete horizon");
  }
  if (batch.num_records() == 0) {
    return Fault(ErrorCode::kInvalidRecord, "a record batch without records");
  }
  if (batch.num_records() - 1 != batch.last_offset_delta()) {
    return Fault(ErrorCode::kInvalidRecord,
                 "a record batch of " + std::to_string(batch.num_records()) +
                     " records has a last offset delta of " +
                     std::to_string(batch.last_offset_delta()));
  }
  if (batch.has_producer() && (batch.base_sequence() < 0 || batch.producer_epoch() < 0)) {
    return Fault(ErrorCode::kInvalidRecord,
                 "a record batch of producer " + std::to_string(batch.producer_id().get()) +
                     " has epoch " + std::to_string(batch.producer_epoch()) + " and sequence " +
                     std::to_string(batch.base_sequence()));
  }
  if (batch.transactional() && !batch.has_producer()) {
    return Fault(ErrorCode::kInvalidRecord, "a transactional record batch without a producer id");
  }
  return {};
}

BatchCheck CheckRecords(const BatchView& batch, KeysNeeded keys) {
  auto opened = RecordReader::Open(batch, base::limits::kRecordsBytesMax);
  if (!opened.ok()) return Fault(ErrorCode::kCorruptMessage, opened.error().message());
  RecordReader reader = std::move(opened).value();
  int32_t expected = 0;
  while (const auto record = reader.Next()) {
    if (record->offset_delta != expected) {
      return Fault(ErrorCode::kInvalidRecord, "record " + std::to_string(expected) +
                                                  " of a batch has the offset delta " +
                                                  std::to_string(record->offset_delta));
    }
    if (keys == KeysNeeded::kYes && !record->key.has_value()) {
      return Fault(ErrorCode::kInvalidRecord,
                   "a compacted topic takes no record without a key (record " +
                       std::to_string(expected) + " of a batch)");
    }
    ++expected;
  }
  if (reader.failed()) {
    return Fault(ErrorCode::kInvalidRecord,
                 "record " + std::to_string(expected) + " of a batch is malformed");
  }
  return {};
}

std::optional<BatchView> BatchWalk::Next() {
  const std::string_view rest = bytes_.substr(position_);
  if (rest.size() < kBatchHeaderBytes) return std::nullopt;
  const auto size = BatchSize(rest);
  if (!size.has_value() || *size > rest.size()) return std::nullopt;
  position_ += *size;
  return BatchView(rest.substr(0, *size));
}

void SetBaseOffset(std::span<char> batch, Offset base_offset) {
  CHECK(batch.size() >= kBatchHeaderBytes);
  base::StoreBigEndian(batch.data(), base_offset.get());
}

void SetLeaderEpoch(std::span<char> batch, int32_t leader_epoch) {
  CHECK(batch.size() >= kBatchHeaderBytes);
  base::StoreBigEndian(batch.data() + kLeaderEpochAt, leader_epoch);
}

void SetLogAppendTime(std::span<char> batch, int64_t timestamp_ms) {
  CHECK(batch.size() >= kBatchHeaderBytes);
  const auto attributes = base::LoadBigEndian<int16_t>(batch.data() + kAttributesAt);
  base::StoreBigEndian(batch.data() + kAttributesAt,
                       static_cast<int16_t>(attributes | kLogAppendTimeBit));
  base::StoreBigEndian(batch.data() + kMaxTimestampAt, timestamp_ms);
  UpdateCrc(batch);
}

void UpdateCrc(std::span<char> batch) {
  CHECK(batch.size() >= kBatchHeaderBytes);
  const BatchView view(std::string_view(batch.data(), batch.size()));
  base::StoreBigEndian(batch.data() + kCrcAt, view.ComputeCrc());
}

// --- records ------------------------------------------------------------------------------------

std::vector<HeaderView> RecordView::Headers() const {
  std::vector<HeaderView> headers;
  base::ByteReader reader(header_bytes);
  for (int32_t i = 0; i < num_headers; ++i) headers.push_back(ReadHeader(reader));
  DCHECK(!reader.failed());
  return headers;
}

RecordReader::RecordReader(const BatchView& batch, std::string decompressed)
    : batch_(batch),
      compressed_(batch.compression() != Compression::kNone && !batch.records().empty()),
      decompressed_(std::move(decompressed)) {}

base::Result<RecordReader> RecordReader::Open(const BatchView& batch, size_t bytes_max) {
  if (batch.codec() >= kNumCompressions) {
    return base::Unsupported("no compression has the number " + std::to_string(batch.codec()));
  }
  // A batch that compaction emptied has nothing to decompress.
  if (batch.compression() == Compression::kNone || batch.records().empty()) {
    return RecordReader(batch, {});
  }
  return RecordReader(batch, TRY(Decompress(batch.compression(), batch.records(), bytes_max)));
}

std::optional<RecordView> RecordReader::Next() {
  if (failed_) return std::nullopt;
  const std::string_view rest = records().substr(position_);
  if (read_ == batch_.num_records()) {
    failed_ = !rest.empty();
    return std::nullopt;
  }
  base::ByteReader framing(rest);
  const int64_t length = framing.Varint();
  failed_ = framing.failed() || length < 0 || static_cast<uint64_t>(length) > framing.remaining();
  if (failed_) return std::nullopt;

  base::ByteReader reader(rest.substr(framing.position(), static_cast<size_t>(length)));
  RecordView record;
  reader.BigEndian<int8_t>();  // attributes: none are defined
  const int64_t timestamp_delta = reader.Varint();
  const int64_t offset_delta = reader.Varint();
  record.key = ReadNullable(reader);
  record.value = ReadNullable(reader);
  const int64_t num_headers = reader.Varint();
  // A header takes two bytes at least.
  if (num_headers < 0 || static_cast<uint64_t>(num_headers) > reader.remaining() / 2) reader.Fail();
  if (offset_delta < 0 || offset_delta > batch_.last_offset_delta()) reader.Fail();
  if (!reader.failed()) {
    const size_t headers_at = framing.position() + reader.position();
    for (int64_t i = 0; i < num_headers && !reader.failed(); ++i) ReadHeader(reader);
    if (!reader.failed()) {
      record.header_bytes =
          rest.substr(headers_at, framing.position() + reader.position() - headers_at);
    }
  }
  failed_ = reader.failed() || reader.remaining() != 0;
  if (failed_) return std::nullopt;

  record.num_headers = static_cast<int32_t>(num_headers);
  record.offset_delta = static_cast<int32_t>(offset_delta);
  record.offset = batch_.base_offset() + offset_delta;
  // Foreign numbers: their sum may not fit, and then wraps as it does for every client.
  record.timestamp_ms = batch_.timestamp_type() == TimestampType::kLogAppendTime
                            ? batch_.max_timestamp()
                            : static_cast<int64_t>(static_cast<uint64_t>(batch_.base_timestamp()) +
                                                   static_cast<uint64_t>(timestamp_delta));
  position_ += framing.position() + static_cast<size_t>(length);
  ++read_;
  return record;
}

// --- building -----------------------------------------------------------------------------------

BatchBuilder::BatchBuilder(const BatchOptions& options) : options_(options) {
  bytes_.Raw(std::string(kBatchHeaderBytes, '\0'));
}

void BatchBuilder::Append(const Record& record) {
  base::ByteWriter headers;
  for (const HeaderView& header : record.headers) {
    WriteNullable(headers, header.key);
    WriteNullable(headers, header.value);
  }
  AppendBody(next_delta_, {.timestamp_ms = record.timestamp_ms,
                           .key = record.key,
                           .value = record.value,
                           .num_headers = static_cast<int32_t>(record.headers.size()),
                           .header_bytes = headers.bytes()});
}

void BatchBuilder::AppendCopy(const RecordView& record) {
  const int64_t delta = record.offset - options_.base_offset;
  CHECK(delta >= next_delta_ && delta <= std::numeric_limits<int32_t>::max());
  AppendBody(static_cast<int32_t>(delta), record);
}

void BatchBuilder::AppendBody(int32_t offset_delta, const RecordView& record) {
  if (!options_.base_timestamp.has_value()) options_.base_timestamp = record.timestamp_ms;
  const auto timestamp_delta = static_cast<int64_t>(static_cast<uint64_t>(record.timestamp_ms) -
                                                    static_cast<uint64_t>(*options_.base_timestamp));
  const size_t size = 1 + base::VarintSize(timestamp_delta) + base::VarintSize(offset_delta) +
                      NullableSize(record.key) + NullableSize(record.value) +
                      base::VarintSize(record.num_headers) + record.header_bytes.size();
  bytes_.Varint(static_cast<int64_t>(size));
  bytes_.BigEndian<int8_t>(0);
  bytes_.Varint(timestamp_delta);
  bytes_.Varint(offset_delta);
  WriteNullable(bytes_, record.key);
  WriteNullable(bytes_, record.value);
  bytes_.Varint(record.num_headers);
  bytes_.Raw(record.header_bytes);
  max_timestamp_ = std::max(max_timestamp_, record.timestamp_ms);
  last_offset_delta_ = offset_delta;
  next_delta_ = offset_delta + 1;
  ++num_records_;
}

base::Result<std::string> BatchBuilder::Finish() && {
  std::string batch = std::move(bytes_).Take();
  if (num_records_ == 0) options_.compression = Compression::kNone;
  if (options_.compression != Compression::kNone) {
    const std::string packed = TRY(
        Compress(options_.compression, std::string_view(batch).substr(kBatchHeaderBytes)));
    batch.resize(kBatchHeaderBytes);
    batch += packed;
  }
  if (batch.size() - kBatchFramingBytes > std::numeric_limits<int32_t>::max()) {
    return base::InvalidArgument("a record batch of " + std::to_string(batch.size()) +
                                 " bytes is longer than its format allows");
  }
  const auto attributes = static_cast<int16_t>(
      static_cast<int16_t>(options_.compression) |
      (options_.timestamp_type == TimestampType::kLogAppendTime ? kLogAppendTimeBit : 0) |
      (options_.transactional ? kTransactionalBit : 0) | (options_.control ? kControlBit : 0) |
      (options_.has_delete_horizon ? kDeleteHorizonBit : 0));
  base::ByteWriter header;
  header.BigEndian(options_.base_offset.get());
  header.BigEndian(static_cast<int32_t>(batch.size() - kBatchFramingBytes));
  header.BigEndian(options_.leader_epoch);
  header.BigEndian(kBatchMagic);
  header.BigEndian(uint32_t{0});
  header.BigEndian(attributes);
  header.BigEndian(std::max(last_offset_delta_, 0));
  header.BigEndian(options_.base_timestamp.value_or(kNoTimestamp));
  header.BigEndian(max_timestamp_);
  header.BigEndian(options_.producer_id.get());
  header.BigEndian(options_.producer_epoch);
  header.BigEndian(options_.base_sequence);
  header.BigEndian(num_records_);
  CHECK(header.size() == kBatchHeaderBytes);
  std::copy(header.bytes().begin(), header.bytes().end(), batch.begin());
  UpdateCrc(batch);
  return batch;
}

// --- control records ----------------------------------------------------------------------------

std::optional<EndMarker> ParseEndMarker(const RecordView& record) {
  if (!record.key.has_value() || !record.value.has_value()) return std::nullopt;
  base::ByteReader key(*record.key);
  const auto key_version = key.BigEndian<int16_t>();
  const auto type = key.BigEndian<int16_t>();
  base::ByteReader value(*record.value);
  const auto value_version = value.BigEndian<int16_t>();
  const auto coordinator_epoch = value.BigEndian<int32_t>();
  // Later versions add fields behind these.
  if (key.failed() || value.failed() || key_version < 0 || value_version < 0) return std::nullopt;
  if (type != kAbortType && type != kCommitType) return std::nullopt;
  return EndMarker{.commit = type == kCommitType, .coordinator_epoch = coordinator_epoch};
}

base::Result<std::optional<EndMarker>> ReadEndMarker(const BatchView& batch) {
  if (batch.num_records() == 0) return std::optional<EndMarker>();
  RecordReader reader = TRY(RecordReader::Open(batch, base::limits::kRecordsBytesMax));
  const auto record = reader.Next();
  if (!record.has_value() || !record->key.has_value() || record->key->size() < 4) {
    return base::Corruption("the control batch at offset " +
                            std::to_string(batch.base_offset().get()) + " is malformed");
  }
  return ParseEndMarker(*record);
}

std::string BuildMarkerBatch(const MarkerBatchOptions& options, const EndMarker& marker) {
  base::ByteWriter key;
  key.BigEndian(kControlVersion);
  key.BigEndian(marker.commit ? kCommitType : kAbortType);
  base::ByteWriter value;
  value.BigEndian(kControlVersion);
  value.BigEndian(marker.coordinator_epoch);
  BatchBuilder builder({.base_offset = options.base_offset,
                        .leader_epoch = options.leader_epoch,
                        .producer_id = options.producer_id,
                        .producer_epoch = options.producer_epoch,
                        .transactional = true,
                        .control = true});
  builder.Append({.key = key.bytes(), .value = value.bytes(), .timestamp_ms = options.timestamp_ms});
  return std::move(builder).Finish().value();
}

}  // namespace logs
