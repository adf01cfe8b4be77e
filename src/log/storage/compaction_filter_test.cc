#include "log/storage/compaction_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/limits.h"

namespace logs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Action = CompactionFilter::Outcome::Action;

constexpr KeyHash kSeed{.low = 0x0706050403020100, .high = 0x0f0e0d0c0b0a0908};
constexpr int64_t kNow = 1'000'000;
constexpr int64_t kRetention = 5'000;

struct Pair {
  std::string key;
  std::optional<std::string> value;
};

std::string Batch(int64_t offset, const std::vector<Pair>& pairs, BatchOptions options = {}) {
  options.base_offset = Offset(offset);
  BatchBuilder builder(options);
  for (const Pair& pair : pairs) {
    std::optional<std::string_view> value;
    if (pair.value.has_value()) value = *pair.value;
    builder.Append({.key = pair.key, .value = value, .timestamp_ms = 500});
  }
  return std::move(builder).Finish().value();
}

std::vector<std::string> Read(std::string_view bytes) {
  RecordReader reader =
      RecordReader::Open(BatchView(bytes), base::limits::kRecordsBytesMax).value();
  std::vector<std::string> found;
  while (const auto record = reader.Next()) {
    found.push_back(std::to_string(record->offset.get()) + ":" + std::string(*record->key) + "=" +
                    std::string(record->value.value_or("-")));
  }
  EXPECT_FALSE(reader.failed());
  return found;
}

TEST(KeyOffsetsTest, HashesAsSipHashDoes) {
  // The reference implementation's first and sixteenth vectors: inputs 00 01 02 ..., key 00 to 0f.
  std::string input;
  const KeyHash empty = SipHash128(input, kSeed);
  EXPECT_EQ(empty.low, 0xe6a825ba047f81a3U);
  EXPECT_EQ(empty.high, 0x930255c71472f66dU);
  for (char c = 0; c < 15; ++c) input += c;
  const KeyHash hash = SipHash128(input, kSeed);
  EXPECT_EQ(hash.low, 0x11a8b03399e99354U);
  EXPECT_EQ(hash.high, 0xd9c3cf970fec087eU);
}

TEST(KeyOffsetsTest, KeepsTheLastOffsetOfEachKeyUntilItIsFull) {
  KeyOffsets keys(64 << 10, kSeed);
  size_t count = 0;
  while (keys.Put("key" + std::to_string(count), Offset(static_cast<int64_t>(count)))) ++count;
  EXPECT_EQ(count, 2'048 / 4 * 3);
  EXPECT_EQ(keys.size(), count);
  for (size_t i = 0; i < count; ++i) {
    EXPECT_EQ(keys.Find("key" + std::to_string(i)), Offset(static_cast<int64_t>(i)));
  }
  EXPECT_EQ(keys.Find("another"), kNoOffset);
  EXPECT_TRUE(keys.Put("key7", Offset(1'000'000)));  // known ones still move
  EXPECT_EQ(keys.Find("key7"), Offset(1'000'000));
}

class CompactionFilterTest : public testing::Test {
 protected:
  // Both passes over `batches`; what each becomes.
  std::vector<CompactionFilter::Outcome> Run(const std::vector<std::string>& batches) {
    keys_ = std::make_unique<KeyOffsets>(1 << 20, kSeed);
    TransactionOutcomes outcomes(aborted_);
    for (const std::string& batch : batches) {
      EXPECT_TRUE(MapKeys(BatchView(batch), Offset(0), outcomes, *keys_).value());
    }
    CompactionFilter filter({.now_ms = now_ms_,
                             .delete_retention_ms = kRetention,
                             .mapped_end = mapped_end_,
                             .last_records = last_records_},
                            keys_.get(), TransactionOutcomes(aborted_));
    std::vector<CompactionFilter::Outcome> found;
    for (const std::string& batch : batches) {
      found.push_back(filter.Filter(BatchView(batch), EmptyBatch::kDrop).value());
    }
    return found;
  }

  std::unique_ptr<KeyOffsets> keys_;
  std::vector<AbortedEntry> aborted_;
  std::unordered_map<ProducerId, LastRecord> last_records_;
  Offset mapped_end_{1'000'000};
  int64_t now_ms_ = kNow;
};

TEST_F(CompactionFilterTest, KeepsTheLastRecordOfEachKeyWhereItWas) {
  for (const Compression codec : {Compression::kNone, Compression::kZstd}) {
    const auto outcomes =
        Run({Batch(0, {{"a", "1"}, {"b", "1"}, {"a", "2"}}, {.compression = codec}),
             Batch(3, {{"c", "1"}}, {.compression = codec}), Batch(4, {{"a", "3"}, {"c", "2"}})});
    EXPECT_EQ(outcomes[0].action, Action::kReplace);
    EXPECT_THAT(Read(outcomes[0].replacement), ElementsAre("1:b=1"));
    const BatchView batch(outcomes[0].replacement);
    EXPECT_EQ(batch.base_offset(), Offset(0));
    EXPECT_EQ(batch.last_offset(), Offset(2));
    EXPECT_EQ(batch.compression(), codec);
    EXPECT_EQ(outcomes[1].action, Action::kDrop);
    EXPECT_EQ(outcomes[2].action, Action::kKeep);
  }
}

TEST_F(CompactionFilterTest, WhatTheFirstPassHasNotSeenStays) {
  mapped_end_ = Offset(2);
  const auto outcomes = Run({Batch(0, {{"a", "1"}}), Batch(2, {{"a", "2"}, {"a", "3"}})});
  EXPECT_EQ(outcomes[0].action, Action::kDrop);
  EXPECT_EQ(outcomes[1].action, Action::kKeep);
}

TEST_F(CompactionFilterTest, ATombstoneStaysUntilItsHorizonHasPassed) {
  const auto first = Run({Batch(0, {{"a", "1"}}), Batch(1, {{"a", {}}, {"b", "1"}})});
  EXPECT_EQ(first[0].action, Action::kDrop);
  ASSERT_EQ(first[1].action, Action::kReplace);
  EXPECT_EQ(first[1].horizon_ms, kNow + kRetention);
  const std::string stamped = first[1].replacement;
  EXPECT_EQ(BatchView(stamped).delete_horizon_ms(), kNow + kRetention);
  EXPECT_THAT(Read(stamped), ElementsAre("1:a=-", "2:b=1"));

  now_ms_ = kNow + kRetention - 1;
  const auto second = Run({stamped});
  EXPECT_EQ(second[0].action, Action::kKeep);
  EXPECT_EQ(second[0].horizon_ms, kNow + kRetention);

  now_ms_ = kNow + kRetention;
  const auto third = Run({stamped});
  ASSERT_EQ(third[0].action, Action::kReplace);
  EXPECT_THAT(Read(third[0].replacement), ElementsAre("2:b=1"));
  EXPECT_EQ(third[0].horizon_ms, std::nullopt);
}

TEST_F(CompactionFilterTest, TheTimesOfRecordsOutliveTheHorizonInTheHeader) {
  const auto outcomes = Run({Batch(0, {{"a", {}}})});
  RecordReader reader = RecordReader::Open(BatchView(outcomes[0].replacement), 1'000).value();
  EXPECT_EQ(reader.Next()->timestamp_ms, 500);
  EXPECT_EQ(BatchView(outcomes[0].replacement).max_timestamp(), 500);
}

TEST_F(CompactionFilterTest, TheLastBatchOfAProducerStaysWithoutItsRecords) {
  last_records_[ProducerId(7)] = {.data_offset = Offset(1), .epoch = 3};
  const BatchOptions producer{
      .producer_id = ProducerId(7), .producer_epoch = 3, .base_sequence = 40};
  const auto outcomes = Run({Batch(0, {{"a", "1"}, {"b", "1"}}, producer),
                             Batch(2, {{"a", "2"}, {"b", "2"}})});
  ASSERT_EQ(outcomes[0].action, Action::kReplace);
  const BatchView batch(outcomes[0].replacement);
  EXPECT_TRUE(CheckBatch(batch.bytes()).ok());
  EXPECT_EQ(batch.num_records(), 0);
  EXPECT_EQ(batch.last_sequence(), 41);
  EXPECT_EQ(batch.producer_epoch(), 3);
  EXPECT_EQ(batch.max_timestamp(), 500);
}

TEST_F(CompactionFilterTest, AbortedRecordsGoAtOnceAndTheirMarkerLater) {
  const BatchOptions producer{.producer_id = ProducerId(7),
                              .producer_epoch = 0,
                              .base_sequence = 0,
                              .transactional = true};
  aborted_ = {{.producer_id = ProducerId(7),
               .first_offset = Offset(1),
               .last_offset = Offset(2),
               .last_stable_offset = Offset(3)}};
  const std::string marker =
      BuildMarkerBatch({.base_offset = Offset(2), .producer_id = ProducerId(7),
                        .producer_epoch = 0, .timestamp_ms = 600},
                       {.commit = false});
  const std::string kept = Batch(0, {{"a", "1"}});
  const auto first = Run({kept, Batch(1, {{"a", "2"}}, producer), marker});
  EXPECT_EQ(first[0].action, Action::kKeep);  // the aborted value is none
  EXPECT_EQ(first[1].action, Action::kDrop);
  EXPECT_EQ(first[2].action, Action::kKeep);
  EXPECT_EQ(first[2].aborted, aborted_[0]);

  const auto second = Run({kept, marker});
  ASSERT_EQ(second[1].action, Action::kReplace);
  EXPECT_EQ(second[1].aborted, std::nullopt);
  const std::string stamped = second[1].replacement;
  const EndMarker abort{.commit = false, .coordinator_epoch = 0};
  EXPECT_EQ(ReadEndMarker(BatchView(stamped)).value(), abort);
  EXPECT_EQ(BatchView(stamped).delete_horizon_ms(), kNow + kRetention);
  aborted_.clear();

  now_ms_ = kNow + kRetention;
  EXPECT_EQ(Run({kept, stamped})[1].action, Action::kDrop);
  // Unless the log would forget the producer's epoch with it.
  last_records_[ProducerId(7)] = {.epoch = 0};
  EXPECT_EQ(Run({kept, stamped})[1].action, Action::kKeep);
}

TEST_F(CompactionFilterTest, ACommitMarkerStaysAsLongAsARecordOfItsTransaction) {
  const BatchOptions producer{.producer_id = ProducerId(7),
                              .producer_epoch = 0,
                              .base_sequence = 0,
                              .transactional = true};
  const std::string marker =
      BuildMarkerBatch({.base_offset = Offset(1), .producer_id = ProducerId(7),
                        .producer_epoch = 0, .timestamp_ms = 600},
                       {.commit = true});
  const std::string data = Batch(0, {{"a", "1"}}, producer);
  const auto outcomes = Run({data, marker, Batch(2, {{"b", "1"}})});
  EXPECT_EQ(outcomes[0].action, Action::kKeep);
  EXPECT_EQ(outcomes[1].action, Action::kKeep);
  EXPECT_EQ(Run({marker})[0].action, Action::kReplace);
}

}  // namespace
}  // namespace logs
