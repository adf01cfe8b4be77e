// Record batches that other implementations wrote (test/golden/record_batch/README.md), read to the
// values they were given.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/limits.h"
#include "log/record/record_batch.h"

namespace logs {
namespace {

// Tests run in the source tree's root.
std::string ReadGolden(const std::string& name) {
  std::ifstream in("test/golden/record_batch/" + name + ".hex");
  EXPECT_TRUE(in.good()) << name;
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  std::string digits;
  for (const char c : text) {
    if (c != '\n') digits += c;
  }
  std::string bytes;
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

const std::vector<HeaderView> kHeaders = {{.key = "h1", .value = "x"}, {.key = "h2", .value = {}}};

class ThreeRecordsTest : public testing::TestWithParam<const char*> {};

TEST_P(ThreeRecordsTest, ReadAsTheyWereGiven) {
  const std::string bytes = ReadGolden(GetParam());
  ASSERT_TRUE(CheckBatch(bytes).ok()) << CheckBatch(bytes).message;
  const BatchView batch(bytes);
  EXPECT_TRUE(CheckClientBatch(batch).ok());
  EXPECT_TRUE(CheckRecords(batch, KeysNeeded::kNo).ok());
  EXPECT_EQ(batch.producer_id(), ProducerId(42));
  EXPECT_EQ(batch.producer_epoch(), 3);
  EXPECT_EQ(batch.base_sequence(), 7);
  EXPECT_EQ(batch.last_sequence(), 9);
  EXPECT_TRUE(batch.transactional());
  EXPECT_FALSE(batch.control());
  EXPECT_EQ(batch.max_timestamp(), 1'700'000'000'005);
  EXPECT_EQ(batch.timestamp_type(), TimestampType::kCreateTime);
  const std::string name = GetParam();
  EXPECT_EQ(CompressionName(batch.compression()), name.substr(name.rfind('_') + 1));

  RecordReader reader = RecordReader::Open(batch, base::limits::kRecordsBytesMax).value();
  auto record = reader.Next();
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->key, "key");
  EXPECT_EQ(record->value, "value");
  EXPECT_EQ(record->timestamp_ms, 1'700'000'000'000);
  EXPECT_EQ(record->Headers(), kHeaders);
  record = reader.Next();
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->key, std::nullopt);
  EXPECT_EQ(record->value,
            "no key, and long enough to be worth packing: " + std::string(40, 'a'));
  EXPECT_EQ(record->timestamp_ms, 1'700'000'000'005);
  record = reader.Next();
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->key, "tombstone");
  EXPECT_EQ(record->value, std::nullopt);
  EXPECT_EQ(record->timestamp_ms, 1'699'999'999'000);
  EXPECT_EQ(record->offset, batch.last_offset());
  EXPECT_EQ(reader.Next(), std::nullopt);
  EXPECT_FALSE(reader.failed());
}

INSTANTIATE_TEST_SUITE_P(Golden, ThreeRecordsTest,
                         testing::Values("java_none", "java_gzip", "java_snappy", "java_lz4",
                                         "java_zstd", "kafka_python_none", "kafka_python_gzip"));

class LibrdkafkaTest : public testing::TestWithParam<const char*> {};

TEST_P(LibrdkafkaTest, BatchesReadAsTheyWereGiven) {
  const std::string bytes = ReadGolden(std::string("librdkafka_") + GetParam());
  ASSERT_TRUE(CheckBatch(bytes).ok()) << CheckBatch(bytes).message;
  const BatchView batch(bytes);
  EXPECT_TRUE(CheckClientBatch(batch).ok());
  EXPECT_FALSE(batch.has_producer());
  EXPECT_EQ(CompressionName(batch.compression()), GetParam());
  RecordReader reader = RecordReader::Open(batch, base::limits::kRecordsBytesMax).value();
  const auto record = reader.Next();
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->key, "two");
  EXPECT_EQ(record->value, "long enough to be worth packing: " + std::string(50, 'a'));
  EXPECT_EQ(record->Headers(), kHeaders);
  EXPECT_EQ(reader.Next(), std::nullopt);
  EXPECT_FALSE(reader.failed());
}

INSTANTIATE_TEST_SUITE_P(Golden, LibrdkafkaTest,
                         testing::Values("none", "gzip", "snappy", "lz4", "zstd"));

TEST(GoldenTest, OurBytesAreJavasWhereNothingIsCompressed) {
  BatchBuilder builder({.base_offset = Offset(100),
                        .leader_epoch = 5,
                        .producer_id = ProducerId(42),
                        .producer_epoch = 3,
                        .base_sequence = 7,
                        .transactional = true});
  const std::string long_value =
      "no key, and long enough to be worth packing: " + std::string(40, 'a');
  builder.Append({.key = "key",
                  .value = "value",
                  .timestamp_ms = 1'700'000'000'000,
                  .headers = kHeaders});
  builder.Append({.value = long_value, .timestamp_ms = 1'700'000'000'005});
  builder.Append({.key = "tombstone", .timestamp_ms = 1'699'999'999'000});
  EXPECT_EQ(std::move(builder).Finish().value(), ReadGolden("java_none"));
}

TEST(GoldenTest, OurMarkersAreJavas) {
  const MarkerBatchOptions options{.base_offset = Offset(9),
                                   .leader_epoch = 5,
                                   .producer_id = ProducerId(42),
                                   .producer_epoch = 3,
                                   .timestamp_ms = 1'700'000'000'000};
  for (const bool commit : {true, false}) {
    const EndMarker marker{.commit = commit, .coordinator_epoch = 11};
    const std::string javas = ReadGolden(commit ? "java_commit" : "java_abort");
    EXPECT_EQ(BuildMarkerBatch(options, marker), javas);
    ASSERT_TRUE(CheckBatch(javas).ok());
    EXPECT_EQ(ReadEndMarker(BatchView(javas)).value(), marker);
  }
}

TEST(GoldenTest, ABatchThatCompactionEmptiedIsJavas) {
  const std::string javas = ReadGolden("java_emptied");
  ASSERT_TRUE(CheckBatch(javas).ok()) << CheckBatch(javas).message;
  BatchBuilder builder({.base_offset = Offset(100),
                        .leader_epoch = 5,
                        .producer_id = ProducerId(42),
                        .producer_epoch = 3,
                        .base_sequence = 7,
                        .transactional = true});
  builder.SetLastOffsetDelta(2);
  builder.SetMaxTimestamp(1'700'000'000'005);
  EXPECT_EQ(std::move(builder).Finish().value(), javas);
  RecordReader reader = RecordReader::Open(BatchView(javas), 1'000).value();
  EXPECT_EQ(reader.Next(), std::nullopt);
  EXPECT_FALSE(reader.failed());
}

}  // namespace
}  // namespace logs
