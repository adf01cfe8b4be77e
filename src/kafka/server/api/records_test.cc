// Produce, ListOffsets, OffsetForLeaderEpoch, DeleteRecords.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kafka/server/test_broker.h"
#include "kafka/wire/delete_records.h"
#include "kafka/wire/init_producer_id.h"
#include "kafka/wire/list_offsets.h"
#include "kafka/wire/offset_for_leader_epoch.h"
#include "kafka/wire/produce.h"
#include "log/storage/log_test_support.h"

namespace kafka::server {
namespace {

using logs::BatchOf;
using logs::ErrorCode;
using wire::ProduceRequest;
using wire::ProduceResponse;

constexpr int16_t kByName = 12;

class RecordsTest : public testing::Test {
 protected:
  RecordsTest() { EXPECT_TRUE(test_.log().CreateTopic({.name = "t", .num_partitions = 2}).ok()); }

  // What is answered for one partition.
  ProduceResponse::PartitionProduceResponse Produce(const std::string& topic, int32_t partition,
                                                    std::optional<std::string> batch,
                                                    int16_t acks = -1, int16_t version = kByName) {
    ProduceRequest request;
    request.transactional_id = transactional_id_;
    request.acks = acks;
    request.timeout_ms = 1'000;
    request.topic_data.push_back({.name = topic});
    auto& data = request.topic_data[0].partition_data.emplace_back();
    data.index = partition;
    if (batch.has_value()) data.records = *batch;
    return client_.Ask(request, version).responses.at(0).partition_responses.at(0);
  }

  std::shared_ptr<logs::Partition> PartitionOf(const std::string& topic) {
    return test_.log().Find(logs::TopicPartition{topic, 0});
  }

  TestBroker test_;
  TestClient client_{test_};
  std::optional<std::string> transactional_id_;
};

TEST_F(RecordsTest, RecordsGetTheNextOffsets) {
  EXPECT_EQ(Produce("t", 0, BatchOf({"a", "b"}, {})).base_offset, 0);
  const auto second = Produce("t", 0, BatchOf({"c"}, {}));
  EXPECT_EQ(second.error_code, 0);
  EXPECT_EQ(second.base_offset, 2);
  EXPECT_EQ(second.log_start_offset, 0);
  EXPECT_EQ(second.log_append_time_ms, -1);
  EXPECT_THAT(logs::ValuesFrom(*PartitionOf("t"), logs::Offset(0)),
              testing::ElementsAre("a", "b", "c"));
}

TEST_F(RecordsTest, EveryPartitionHasItsOwnError) {
  EXPECT_EQ(Produce("none", 0, BatchOf({"a"}, {})).error_code,
            Code(ErrorCode::kUnknownTopicOrPartition));
  EXPECT_EQ(Produce("t", 9, BatchOf({"a"}, {})).error_code,
            Code(ErrorCode::kUnknownTopicOrPartition));
  EXPECT_EQ(Produce("t", 0, std::nullopt).error_code, Code(ErrorCode::kInvalidRecord));
  EXPECT_EQ(Produce("t", 0, BatchOf({"a"}, {}), 2).error_code,
            Code(ErrorCode::kInvalidRequiredAcks));
  std::string damaged = BatchOf({"a"}, {});
  damaged.back() ^= 1;
  EXPECT_EQ(Produce("t", 0, damaged).error_code, Code(ErrorCode::kCorruptMessage));
  EXPECT_EQ(PartitionOf("t")->Ends().log_end, logs::Offset(0));
}

TEST_F(RecordsTest, TopicsAreNamedByIdFromVersion13On) {
  ProduceRequest request;
  request.acks = -1;
  request.topic_data.push_back({.topic_id = test_.log().Find(std::string_view("t"))->id});
  const std::string batch = BatchOf({"a"}, {});
  request.topic_data[0].partition_data.push_back({.index = 1, .records = batch});
  EXPECT_EQ(client_.Ask(request).responses[0].partition_responses[0].error_code, 0);
  request.topic_data[0].topic_id = base::Uuid(base::Uuid::Bytes{1});
  EXPECT_EQ(client_.Ask(request).responses[0].partition_responses[0].error_code,
            Code(ErrorCode::kUnknownTopicId));
}

TEST_F(RecordsTest, ARepeatedBatchOfAnIdempotentProducerIsAcknowledgedAndNotStored) {
  const std::string batch = BatchOf({"a"}, {.producer_id = 5, .sequence = 0});
  EXPECT_EQ(Produce("t", 0, batch).base_offset, 0);
  EXPECT_EQ(Produce("t", 0, BatchOf({"b"}, {.producer_id = 5, .sequence = 1})).base_offset, 1);
  const auto repeated = Produce("t", 0, batch);
  EXPECT_EQ(repeated.error_code, 0);
  EXPECT_EQ(repeated.base_offset, 0);
  EXPECT_EQ(PartitionOf("t")->Ends().log_end, logs::Offset(2));
  EXPECT_EQ(Produce("t", 0, BatchOf({"d"}, {.producer_id = 5, .sequence = 9})).error_code,
            Code(ErrorCode::kOutOfOrderSequenceNumber));
}

TEST_F(RecordsTest, TransactionalRecordsNeedTheirTransactionalId) {
  const std::string batch =
      BatchOf({"a"}, {.producer_id = 5, .sequence = 0, .transactional = true});
  EXPECT_EQ(Produce("t", 0, batch).error_code,
            Code(ErrorCode::kTransactionalIdAuthorizationFailed));
}

TEST_F(RecordsTest, ProducingAddsThePartitionToTheTransactionOfANewClient) {
  transactional_id_ = "tx";
  wire::InitProducerIdRequest init;
  init.transactional_id = "tx";
  init.transaction_timeout_ms = 10'000;
  const auto producer = client_.Ask(init);
  ASSERT_EQ(producer.error_code, 0);
  const std::string batch = BatchOf({"a"}, {.producer_id = producer.producer_id,
                                            .epoch = producer.producer_epoch,
                                            .sequence = 0,
                                            .transactional = true});
  // An older client must have added it before.
  EXPECT_EQ(Produce("t", 0, batch, -1, 11).error_code, Code(ErrorCode::kTransactionAbortable));
  EXPECT_EQ(Produce("t", 0, batch, -1, 10).error_code, Code(ErrorCode::kInvalidTxnState));
  EXPECT_EQ(Produce("t", 0, batch, -1, 12).error_code, 0);
  const auto description = test_.broker().transactions.Describe("tx");
  EXPECT_THAT(description.partitions, testing::ElementsAre(logs::TopicPartition{"t", 0}));
  const auto ends = PartitionOf("t")->Ends();
  EXPECT_EQ(ends.high_watermark, logs::Offset(1));
  EXPECT_EQ(ends.last_stable, logs::Offset(0));
}

TEST_F(RecordsTest, ACompactedTopicNamesTheRecordsItDoesNotTake) {
  ASSERT_TRUE(
      test_.log().CreateTopic({.name = "c", .configs = {{"cleanup.policy", "compact"}}}).ok());
  logs::BatchBuilder builder({});
  builder.Append({.key = "k", .value = "a"});
  builder.Append({.value = "b"});
  const auto refused = Produce("c", 0, std::move(builder).Finish().value());
  EXPECT_EQ(refused.error_code, Code(ErrorCode::kInvalidRecord));
  ASSERT_EQ(refused.record_errors.size(), 1u);
  EXPECT_EQ(refused.record_errors[0].batch_index, 1);
}

TEST_F(RecordsTest, NobodyWritesToTheTopicsOfTheBroker) {
  ASSERT_TRUE(test_.log().CreateTopic({.name = "inner", .internal = true}).ok());
  EXPECT_EQ(Produce("inner", 0, BatchOf({"a"}, {})).error_code,
            Code(ErrorCode::kInvalidTopicException));
}

// --- places ---

class PlacesTest : public RecordsTest {
 protected:
  PlacesTest() {
    Produce("t", 0, BatchOf({"a"}, {.timestamp_ms = test_.clock().NowUnixMs() - 300}));
    Produce("t", 0, BatchOf({"b"}, {.timestamp_ms = test_.clock().NowUnixMs() - 100}));
    Produce("t", 0, BatchOf({"c"}, {.timestamp_ms = test_.clock().NowUnixMs() - 200}));
  }

  wire::ListOffsetsResponse::ListOffsetsPartitionResponse List(
      int64_t timestamp, int16_t version = wire::ListOffsetsRequest::kVersionMax) {
    wire::ListOffsetsRequest request;
    request.topics.push_back({.name = "t"});
    request.topics[0].partitions.push_back({.partition_index = 0, .timestamp = timestamp});
    return client_.Ask(request, version).topics.at(0).partitions.at(0);
  }
};

TEST_F(PlacesTest, SpecialTimestampsArePlaces) {
  EXPECT_EQ(List(-1).offset, 3);
  EXPECT_EQ(List(-2).offset, 0);
  EXPECT_EQ(List(-3).offset, 1);
  EXPECT_EQ(List(-4).offset, 0);
  EXPECT_EQ(List(-5).offset, -1);
  EXPECT_EQ(List(-1).leader_epoch, 0);
  EXPECT_EQ(List(-3, 6).error_code, Code(ErrorCode::kUnsupportedVersion));
  EXPECT_EQ(List(-77).error_code, Code(ErrorCode::kUnsupportedVersion));
}

TEST_F(PlacesTest, ATimestampIsTheFirstRecordOfThatTimeOrLater) {
  const int64_t now = test_.clock().NowUnixMs();
  EXPECT_EQ(List(now - 1'000).offset, 0);
  EXPECT_EQ(List(now - 250).offset, 1);
  EXPECT_EQ(List(now - 250).timestamp, now - 100);
  EXPECT_EQ(List(now).offset, -1);
  EXPECT_EQ(List(now).timestamp, -1);
}

TEST_F(PlacesTest, APartitionAskedForTwiceIsRefused) {
  wire::ListOffsetsRequest request;
  request.topics.push_back({.name = "t"});
  request.topics[0].partitions.push_back({.partition_index = 0, .timestamp = -1});
  request.topics[0].partitions.push_back({.partition_index = 0, .timestamp = -2});
  const auto response = client_.Ask(request);
  for (const auto& partition : response.topics[0].partitions) {
    EXPECT_EQ(partition.error_code, Code(ErrorCode::kInvalidRequest));
  }
}

TEST_F(PlacesTest, TheOnlyEpochEndsWhereTheLogEnds) {
  wire::OffsetForLeaderEpochRequest request;
  request.topics.push_back({.topic = "t"});
  request.topics[0].partitions.push_back({.partition = 0, .leader_epoch = 0});
  request.topics[0].partitions.push_back({.partition = 0, .leader_epoch = 4});
  request.topics[0].partitions.push_back({.partition = 7, .leader_epoch = 0});
  const auto ends = client_.Ask(request).topics[0].partitions;
  EXPECT_EQ(ends[0].end_offset, 3);
  EXPECT_EQ(ends[0].leader_epoch, 0);
  EXPECT_EQ(ends[1].end_offset, -1);
  EXPECT_EQ(ends[2].error_code, Code(ErrorCode::kUnknownTopicOrPartition));
}

TEST_F(PlacesTest, RecordsAreDeletedFromTheBeginning) {
  const auto delete_to = [&](int64_t offset) {
    wire::DeleteRecordsRequest request;
    request.topics.push_back({.name = "t"});
    request.topics[0].partitions.push_back({.partition_index = 0, .offset = offset});
    return client_.Ask(request).topics[0].partitions[0];
  };
  EXPECT_EQ(delete_to(2).low_watermark, 2);
  EXPECT_EQ(List(-2).offset, 2);
  EXPECT_EQ(delete_to(9).error_code, Code(ErrorCode::kOffsetOutOfRange));
  EXPECT_EQ(delete_to(-7).error_code, Code(ErrorCode::kOffsetOutOfRange));
  EXPECT_EQ(delete_to(-1).low_watermark, 3);
}

}  // namespace
}  // namespace kafka::server
