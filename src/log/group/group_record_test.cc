#include "log/group/group_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/group/coordinator_harness.h"
#include "log/group/group_log.h"

namespace logs {
namespace {

std::string Bytes(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

const base::Uuid kId({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});

ClassicGroupRecord::Value Generation() {
  return {.protocol_type = "consumer",
          .generation = 3,
          .protocol = "range",
          .leader = "m-1",
          .state_timestamp_ms = 1'700'000'000'000,
          .members = {{.member_id = "m-1",
                       .instance_id = "one",
                       .client = {.client_id = "c", .host = "/127.0.0.1"},
                       .rebalance_timeout_ms = 60'000,
                       .session_timeout_ms = 10'000,
                       .subscription = "\x01\x02\x03",
                       .assignment = "\x04"},
                      {.member_id = "m-2",
                       .client = {.client_id = "d", .host = "/::1"},
                       .rebalance_timeout_ms = 300'000,
                       .session_timeout_ms = 45'000,
                       .assignment = "\x05\x06"}}};
}

// What the classes of Kafka 4.1.1 (kafka-group-coordinator, MessageUtil) make of the same values.
struct Golden {
  GroupRecord record;
  std::string key;
  std::string value;
};

std::vector<Golden> Goldens() {
  const OffsetRecord::Value offset{.offset = Offset(1'234'567'890'123),
                                   .leader_epoch = 5,
                                   .metadata = "here",
                                   .commit_timestamp_ms = 1'700'000'000'000};
  OffsetRecord::Value expiring = offset;
  expiring.leader_epoch = -1;
  expiring.expire_timestamp_ms = 1'700'000'009'999;
  OffsetRecord::Value with_id = offset;
  with_id.topic_id = kId;
  const std::string offset_key = "00010002673100066f726465727300000007";
  const TopicPartition partition{"orders", 7};
  const ClassicGroupRecord::Value empty{
      .protocol_type = "consumer", .generation = 4, .state_timestamp_ms = 1'700'000'000'000};
  const std::string classic_key = "000200026731";
  const ConsumerMemberRecord::Value member{.instance_id = "one",
                                           .client_id = "c",
                                           .client_host = "/127.0.0.1",
                                           .subscribed_topics = {"a", "b"},
                                           .subscribed_regex = "x.*",
                                           .rebalance_timeout_ms = 30'000,
                                           .server_assignor = "uniform"};
  return {
      {OffsetRecord{"g1", partition, offset}, offset_key,
       "00030000011f71fb04cb000000050004686572650000018bcfe56800"},
      {OffsetRecord{"g1", partition, expiring}, offset_key,
       "00010000011f71fb04cb0004686572650000018bcfe568000000018bcfe58f0f"},
      {OffsetRecord{"g1", partition, with_id}, offset_key,
       "00040000011f71fb04cb0000000505686572650000018bcfe568000100100102030405060708090a0b0c0d"
       "0e0f10"},
      {ClassicGroupRecord{"g1", Generation()}, classic_key,
       "00030008636f6e73756d657200000003000572616e676500036d2d310000018bcfe568000000000200036d"
       "2d3100036f6e65000163000a2f3132372e302e302e310000ea600000271000000003010203000000010400"
       "036d2d32ffff00016400042f3a3a31000493e00000afc800000000000000020506"},
      {ClassicGroupRecord{"g1", empty}, classic_key,
       "00030008636f6e73756d657200000004ffffffff0000018bcfe5680000000000"},
      {ConsumerGroupRecord{"g1", ConsumerGroupRecord::Value{9, 0x1122334455667788}}, "000300026731",
       "0000000000090100081122334455667788"},
      {ConsumerMemberRecord{"g1", "m-1", member}, "00050002673100036d2d31",
       "0000046f6e650002630b2f3132372e302e302e31030261026204782e2a0000753008756e69666f726d00"},
      {TargetEpochRecord{"g1", 9}, "000600026731", "00000000000900"},
      {TargetRecord{"g1", "m-1", Assignment{{kId, {0, 1, 300}}}}, "00070002673100036d2d31",
       "0000020102030405060708090a0b0c0d0e0f100400000000000000010000012c0000"},
      {CurrentRecord{"g1", "m-1",
                     CurrentRecord::Value{9, 8, MemberState::kUnrevokedPartitions,
                                          Assignment{{kId, {0}}}, Assignment{{kId, {1}}}}},
       "00080002673100036d2d31",
       "0000000000090000000802020102030405060708090a0b0c0d0e0f10020000000000020102030405060708"
       "090a0b0c0d0e0f1002000000010000"},
      {RegexRecord{"g1", "x.*", RegexRecord::Value{{"x1", "x2"}, 12, 1'700'000'000'000}},
       "0010000267310003782e2a", "000003037831037832000000000000000c0000018bcfe5680000"},
  };
}

TEST(GroupRecordTest, IsWrittenAsKafkaWritesIt) {
  for (const auto& golden : Goldens()) {
    EXPECT_EQ(EncodeGroupKey(golden.record), Bytes(golden.key));
    EXPECT_EQ(EncodeGroupValue(golden.record), Bytes(golden.value)) << golden.key;
  }
}

TEST(GroupRecordTest, IsReadAsItWasWritten) {
  for (const auto& golden : Goldens()) {
    const std::string value = Bytes(golden.value);
    const auto decoded = DecodeGroupRecord(Bytes(golden.key), value);
    ASSERT_TRUE(decoded.ok() && decoded->has_value()) << golden.key;
    EXPECT_EQ(decoded->value().index(), golden.record.index());
    EXPECT_EQ(EncodeGroupKey(**decoded), Bytes(golden.key));
    EXPECT_EQ(EncodeGroupValue(**decoded), value);
    const auto tombstone = DecodeGroupRecord(Bytes(golden.key), std::nullopt);
    ASSERT_TRUE(tombstone.ok() && tombstone->has_value());
    EXPECT_EQ(EncodeGroupValue(**tombstone), std::nullopt);
  }
}

TEST(GroupRecordTest, TheFlexibleVersionOfAGenerationIsReadToo) {
  const auto decoded = DecodeGroupRecord(
      Bytes("000200026731"),
      Bytes("000409636f6e73756d6572000000030672616e6765046d2d310000018bcfe5680003046d2d31046f6e6502"
            "630b2f3132372e302e302e310000ea600000271004010203020400046d2d32000264052f3a3a31000493e0"
            "0000afc8010305060000"));
  ASSERT_TRUE(decoded.ok() && decoded->has_value());
  EXPECT_EQ(EncodeGroupValue(**decoded), EncodeGroupValue(ClassicGroupRecord{"g1", Generation()}));
}

TEST(GroupRecordTest, EveryCutIsAnError) {
  for (const auto& golden : Goldens()) {
    const std::string value = Bytes(golden.value);
    for (size_t size = 0; size < value.size(); ++size) {
      EXPECT_FALSE(DecodeGroupRecord(Bytes(golden.key), value.substr(0, size)).ok());
    }
  }
}

TEST(GroupRecordTest, RecordsOfOtherKindsAreLeftAlone) {
  const auto share_group = DecodeGroupRecord(Bytes("000b00026731"), Bytes("0000"));
  ASSERT_TRUE(share_group.ok());
  EXPECT_FALSE(share_group->has_value());
}

TEST(GroupRecordTest, ASubscriptionTellsItsTopics) {
  EXPECT_EQ(SubscribedTopics(SubscriptionTo({"a", "b"})), (std::set<std::string>{"a", "b"}));
  EXPECT_EQ(SubscribedTopics("x"), std::nullopt);
}

TEST(GroupRecordTest, GroupsAreSpreadOverPartitionsAsJavaDoes) {
  EXPECT_EQ(JavaHash(""), 0);
  EXPECT_EQ(JavaHash("console-consumer-12345"), 158455506);
  EXPECT_EQ(JavaHash("gr\xc3\xbc\xc3\x9f-\xf0\x9f\x98\x80"), 428508674);
}

}  // namespace
}  // namespace logs
