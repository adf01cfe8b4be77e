#include "log/transaction/transaction_record.h"

#include <gtest/gtest.h>

namespace logs {
namespace {

TransactionMetadata Sample() {
  return {.producer = {.id = ProducerId(1'000), .epoch = 3},
          .previous_id = ProducerId(1'000),
          .timeout_ms = 60'000,
          .state = TransactionState::kPrepareCommit,
          .partitions = {{"a", 0}, {"a", 2}, {"b", 1}},
          .update_ms = 1'700'000'000'123,
          .start_ms = 1'700'000'000'000,
          .version = TransactionVersion::kV2};
}

TEST(TransactionRecordTest, WhatIsEncodedDecodes) {
  auto sample = Sample();
  EXPECT_EQ(*DecodeTransactionValue(EncodeTransactionValue(sample)), sample);
  sample.next_id = ProducerId(2'000);
  EXPECT_EQ(*DecodeTransactionValue(EncodeTransactionValue(sample)), sample);
  const TransactionMetadata empty{.producer = {.id = ProducerId(0), .epoch = 0}, .timeout_ms = 1};
  EXPECT_EQ(*DecodeTransactionValue(EncodeTransactionValue(empty)), empty);
  EXPECT_EQ(*DecodeTransactionKey(EncodeTransactionKey("my-id")), "my-id");
}

TEST(TransactionRecordTest, TheBytesAreThoseOfTheFormat) {
  EXPECT_EQ(EncodeTransactionKey("id"), std::string("\0\0\0\2id", 6));
  const TransactionMetadata metadata{.producer = {.id = ProducerId(5), .epoch = 1},
                                     .previous_id = ProducerId(5),
                                     .timeout_ms = 16,
                                     .state = TransactionState::kOngoing,
                                     .partitions = {{"t", 4}},
                                     .update_ms = 2,
                                     .start_ms = 1,
                                     .version = TransactionVersion::kV2};
  const std::string expected(
      "\0\1"  // version
      "\0\0\0\0\0\0\0\5"
      "\0\1"  // producer id, epoch
      "\0\0\0\x10"
      "\1"  // timeout, state
      "\2"
      "\2t"
      "\2\0\0\0\4"
      "\0"                     // one topic: its name, one partition, no tags
      "\0\0\0\0\0\0\0\2"       // last update
      "\0\0\0\0\0\0\0\1"       // start
      "\2"                     // two tags
      "\0\x8\0\0\0\0\0\0\0\5"  // the id before
      "\2\2\0\2",              // the client's version
      2 + 10 + 5 + 1 + 2 + 5 + 1 + 8 + 8 + 1 + 10 + 4);
  EXPECT_EQ(EncodeTransactionValue(metadata), expected);
}

TEST(TransactionRecordTest, TheOlderVersionIsRead) {
  const std::string bytes(
      "\0\0"
      "\0\0\0\0\0\0\0\5"
      "\0\1"
      "\0\0\0\x10"
      "\1"
      "\0\0\0\1"
      "\0\1t"
      "\0\0\0\1\0\0\0\4"
      "\0\0\0\0\0\0\0\2"
      "\0\0\0\0\0\0\0\1",
      2 + 10 + 5 + 4 + 3 + 8 + 16);
  const auto decoded = DecodeTransactionValue(bytes);
  ASSERT_TRUE(decoded.ok()) << decoded.error().ToString();
  EXPECT_EQ(decoded->state, TransactionState::kOngoing);
  EXPECT_EQ(decoded->partitions, (std::set<TopicPartition>{{"t", 4}}));
  EXPECT_EQ(decoded->start_ms, 1);
}

TEST(TransactionRecordTest, EveryCutAndEveryStrangeVersionIsRefused) {
  const std::string value = EncodeTransactionValue(Sample());
  for (size_t size = 0; size < value.size(); ++size) {
    EXPECT_FALSE(DecodeTransactionValue(value.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(DecodeTransactionValue(value + "x").ok());
  std::string later = value;
  later[1] = 2;
  EXPECT_EQ(DecodeTransactionValue(later).error().code(), base::Code::kUnsupported);
  std::string dead = value;
  dead[16] = 6;
  EXPECT_EQ(DecodeTransactionValue(dead).error().code(), base::Code::kCorruption);
  EXPECT_FALSE(DecodeTransactionKey(std::string("\0\0\0\5abc", 7)).ok());
  EXPECT_EQ(*DecodeTransactionKey(std::string("\0\1\0\1a", 5)), std::nullopt);
}

}  // namespace
}  // namespace logs
