#include "log/record/record_batch.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/limits.h"

namespace logs {
namespace {

using base::limits::kRecordsBytesMax;

std::string ThreeRecords(Compression compression) {
  BatchBuilder builder({.compression = compression,
                        .base_offset = Offset(7),
                        .producer_id = ProducerId(42),
                        .producer_epoch = 3,
                        .base_sequence = 11});
  const std::vector<HeaderView> headers = {{.key = "h", .value = "1"}, {.key = "n", .value = {}}};
  builder.Append({.key = "k", .value = "v", .timestamp_ms = 1'000});
  builder.Append({.key = {}, .value = "w", .timestamp_ms = 900, .headers = headers});
  builder.Append({.key = "", .value = {}, .timestamp_ms = 2'000});
  return std::move(builder).Finish().value();
}

TEST(RecordBatchTest, WhatIsBuiltReadsBackUnderEveryCodec) {
  for (int codec = 0; codec < kNumCompressions; ++codec) {
    SCOPED_TRACE(codec);
    const std::string bytes = ThreeRecords(static_cast<Compression>(codec));
    ASSERT_TRUE(CheckBatch(bytes).ok()) << CheckBatch(bytes).message;
    const BatchView batch(bytes);
    EXPECT_TRUE(CheckClientBatch(batch).ok());
    EXPECT_TRUE(CheckRecords(batch, KeysNeeded::kNo).ok());
    EXPECT_EQ(CheckRecords(batch, KeysNeeded::kYes).error, ErrorCode::kInvalidRecord);
    EXPECT_EQ(batch.codec(), codec);
    EXPECT_EQ(batch.base_offset(), Offset(7));
    EXPECT_EQ(batch.last_offset(), Offset(9));
    EXPECT_EQ(batch.num_records(), 3);
    EXPECT_EQ(batch.max_timestamp(), 2'000);
    EXPECT_EQ(batch.producer_id(), ProducerId(42));
    EXPECT_EQ(batch.producer_epoch(), 3);
    EXPECT_EQ(batch.base_sequence(), 11);
    EXPECT_EQ(batch.last_sequence(), 13);

    RecordReader reader = RecordReader::Open(batch, kRecordsBytesMax).value();
    auto record = reader.Next();
    ASSERT_TRUE(record.has_value());
    EXPECT_EQ(record->offset, Offset(7));
    EXPECT_EQ(record->key, "k");
    EXPECT_EQ(record->value, "v");
    EXPECT_EQ(record->timestamp_ms, 1'000);
    EXPECT_TRUE(record->Headers().empty());
    record = reader.Next();
    ASSERT_TRUE(record.has_value());
    EXPECT_EQ(record->key, std::nullopt);
    EXPECT_EQ(record->timestamp_ms, 900);
    const std::vector<HeaderView> headers = {{.key = "h", .value = "1"}, {.key = "n", .value = {}}};
    EXPECT_EQ(record->Headers(), headers);
    record = reader.Next();
    ASSERT_TRUE(record.has_value());
    EXPECT_EQ(record->key, "");
    EXPECT_EQ(record->value, std::nullopt);
    EXPECT_EQ(reader.Next(), std::nullopt);
    EXPECT_FALSE(reader.failed());
  }
}

TEST(RecordBatchTest, AFlippedBitIsFoundWhereverTheChecksumReaches) {
  const std::string good = ThreeRecords(Compression::kNone);
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    const bool outside = i < 8 || (i >= 12 && i < 16);  // base offset and leader epoch
    EXPECT_EQ(CheckBatch(bad).ok(), outside) << i;
  }
}

TEST(RecordBatchTest, ABatchCutAnywhereOrFollowedByMoreIsNoBatch) {
  const std::string good = ThreeRecords(Compression::kLz4);
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(CheckBatch(std::string_view(good).substr(0, size)).error, ErrorCode::kCorruptMessage);
  }
  EXPECT_FALSE(CheckBatch(good + "x").ok());
}

TEST(RecordBatchTest, OldFormatsAreNamedAsSuch) {
  std::string old = ThreeRecords(Compression::kNone);
  old[16] = 1;
  EXPECT_EQ(CheckBatch(old).error, ErrorCode::kUnsupportedForMessageFormat);
  old[16] = 3;
  EXPECT_EQ(CheckBatch(old).error, ErrorCode::kCorruptMessage);
}

TEST(RecordBatchTest, BatchesBackToBackAreWalkedUpToATornOne) {
  const std::string one = ThreeRecords(Compression::kNone);
  const std::string bytes = one + ThreeRecords(Compression::kZstd) + one.substr(0, one.size() - 1);
  BatchWalk walk(bytes);
  int batches = 0;
  while (walk.Next().has_value()) ++batches;
  EXPECT_EQ(batches, 2);
  EXPECT_EQ(walk.position(), bytes.size() - (one.size() - 1));
}

TEST(RecordBatchTest, TheLogWritesOffsetEpochAndTime) {
  std::string bytes = ThreeRecords(Compression::kGzip);
  const uint32_t crc = BatchView(bytes).crc();
  SetBaseOffset(bytes, Offset(1'000'000));
  SetLeaderEpoch(bytes, 5);
  EXPECT_EQ(BatchView(bytes).crc(), crc);
  EXPECT_TRUE(CheckBatch(bytes).ok());
  SetLogAppendTime(bytes, 123'456);
  EXPECT_TRUE(CheckBatch(bytes).ok());
  EXPECT_NE(BatchView(bytes).crc(), crc);
  EXPECT_EQ(BatchView(bytes).last_offset(), Offset(1'000'002));
  EXPECT_EQ(BatchView(bytes).leader_epoch(), 5);
  RecordReader reader = RecordReader::Open(BatchView(bytes), kRecordsBytesMax).value();
  while (const auto record = reader.Next()) EXPECT_EQ(record->timestamp_ms, 123'456);
  EXPECT_FALSE(reader.failed());
}

TEST(RecordBatchTest, SequencesBeginAgainAfterTheGreatest) {
  EXPECT_EQ(SequenceAfter(INT32_MAX, 1), 0);
  EXPECT_EQ(SequenceAfter(INT32_MAX - 1, 3), 1);
  BatchBuilder builder({.producer_id = ProducerId(1), .producer_epoch = 0,
                        .base_sequence = INT32_MAX});
  builder.Append({.value = "a"});
  builder.Append({.value = "b"});
  const std::string bytes = std::move(builder).Finish().value();
  EXPECT_EQ(BatchView(bytes).last_sequence(), 0);
}

TEST(RecordBatchTest, MarkersAreControlBatchesOfATransaction) {
  const std::string bytes = BuildMarkerBatch(
      {.base_offset = Offset(9), .producer_id = ProducerId(5), .producer_epoch = 2,
       .timestamp_ms = 77},
      {.commit = true, .coordinator_epoch = 8});
  ASSERT_TRUE(CheckBatch(bytes).ok());
  const BatchView batch(bytes);
  EXPECT_TRUE(batch.control());
  EXPECT_TRUE(batch.transactional());
  EXPECT_EQ(batch.base_sequence(), kNoSequence);
  EXPECT_EQ(batch.last_sequence(), kNoSequence);
  EXPECT_EQ(CheckClientBatch(batch).error, ErrorCode::kInvalidRecord);
  const EndMarker wanted{.commit = true, .coordinator_epoch = 8};
  EXPECT_EQ(ReadEndMarker(batch).value(), wanted);
}

TEST(RecordBatchTest, ACopyKeepsOffsetsHeadersAndTheDeleteHorizon) {
  const std::string bytes = ThreeRecords(Compression::kSnappy);
  BatchBuilder builder({.compression = Compression::kSnappy,
                        .base_offset = Offset(7),
                        .base_timestamp = 5'000,
                        .has_delete_horizon = true});
  RecordReader reader = RecordReader::Open(BatchView(bytes), kRecordsBytesMax).value();
  while (const auto record = reader.Next()) {
    if (record->offset == Offset(8)) builder.AppendCopy(*record);
  }
  builder.SetLastOffsetDelta(2);
  const std::string copy = std::move(builder).Finish().value();
  ASSERT_TRUE(CheckBatch(copy).ok());
  const BatchView batch(copy);
  EXPECT_EQ(batch.delete_horizon_ms(), 5'000);
  EXPECT_EQ(batch.last_offset(), Offset(9));
  EXPECT_EQ(batch.num_records(), 1);
  RecordReader again = RecordReader::Open(batch, kRecordsBytesMax).value();
  const auto record = again.Next();
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->offset, Offset(8));
  EXPECT_EQ(record->timestamp_ms, 900);
  EXPECT_EQ(record->Headers().size(), 2u);
}

// A batch whose counts say otherwise than its records, with a checksum that holds.
TEST(RecordBatchTest, CountsThatDoNotFitTheRecordsAreRefused) {
  const auto with_count = [](int32_t count, int32_t last_delta) {
    std::string bytes = ThreeRecords(Compression::kNone);
    base::StoreBigEndian(bytes.data() + 57, count);
    base::StoreBigEndian(bytes.data() + 23, last_delta);
    UpdateCrc(bytes);
    return bytes;
  };
  EXPECT_EQ(CheckBatch(with_count(4, 2)).error, ErrorCode::kCorruptMessage);
  EXPECT_EQ(CheckBatch(with_count(-1, 2)).error, ErrorCode::kCorruptMessage);
  EXPECT_EQ(CheckBatch(with_count(3, -1)).error, ErrorCode::kCorruptMessage);
  EXPECT_EQ(CheckClientBatch(BatchView(with_count(2, 2))).error, ErrorCode::kInvalidRecord);
  EXPECT_EQ(CheckClientBatch(BatchView(with_count(0, 0))).error, ErrorCode::kInvalidRecord);
  EXPECT_EQ(CheckRecords(BatchView(with_count(2, 1)), KeysNeeded::kNo).error,
            ErrorCode::kInvalidRecord);
  EXPECT_EQ(CheckRecords(BatchView(with_count(4, 3)), KeysNeeded::kNo).error,
            ErrorCode::kInvalidRecord);
}

}  // namespace
}  // namespace logs
