// Fetch: reading, waiting, limits, incremental sessions, errors.
#include "kafka/wire/fetch.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "kafka/server/test_broker.h"
#include "log/storage/log_test_support.h"

namespace kafka::server {
namespace {

using logs::BatchOf;
using logs::ErrorCode;
using testing::ElementsAre;
using testing::IsEmpty;
using wire::FetchRequest;
using wire::FetchResponse;

constexpr int16_t kByName = 12;

struct Asked {
  std::string topic;
  int32_t partition = 0;
  int64_t offset = 0;
  int32_t bytes_max = 1 << 20;
};

FetchRequest FetchOf(const std::vector<Asked>& asked) {
  FetchRequest request;
  request.min_bytes = 1;
  for (const Asked& each : asked) {
    auto& topic = request.topics.emplace_back();
    topic.topic = each.topic;
    topic.partitions.push_back({.partition = each.partition,
                                .fetch_offset = each.offset,
                                .partition_max_bytes = each.bytes_max});
  }
  return request;
}

class FetchTest : public testing::Test {
 protected:
  void Append(const std::string& topic, const std::string& batch, int32_t partition = 0) {
    std::string bytes = batch;
    const auto found = test_.log().Find(logs::TopicPartition{topic, partition});
    ASSERT_NE(found, nullptr);
    ASSERT_EQ(found->Append({.batches = bytes}).error, ErrorCode::kNone);
  }
  std::shared_ptr<const logs::Topic> Create(const std::string& name, int32_t num_partitions = 1) {
    return test_.log().CreateTopic({.name = name, .num_partitions = num_partitions}).value();
  }

  // "t-0:2" of each batch in order: where it is from and how many records it has.
  static std::vector<std::string> Told(const FetchResponse& response) {
    std::vector<std::string> told;
    for (const auto& topic : response.responses) {
      for (const auto& partition : topic.partitions) {
        std::string line = topic.topic + "-" + std::to_string(partition.partition_index) + ":";
        int32_t records = 0;
        logs::BatchWalk walk(*partition.records);
        while (const auto batch = walk.Next()) records += batch->num_records();
        line += partition.error_code != 0 ? "error " + std::to_string(partition.error_code)
                                          : std::to_string(records);
        told.push_back(line);
      }
    }
    return told;
  }

  TestBroker test_;
  TestClient client_{test_};
};

TEST_F(FetchTest, BatchesComeAsTheyWereProducedAtTheirOffsets) {
  Create("t");
  Append("t", BatchOf({"a", "b"}, {}));
  Append("t", BatchOf({"c"}, {}));
  const auto response = client_.Ask(FetchOf({{.topic = "t", .offset = 2}}), kByName);
  EXPECT_THAT(Told(response), ElementsAre("t-0:1"));
  const auto& partition = response.responses[0].partitions[0];
  EXPECT_EQ(partition.high_watermark, 3);
  EXPECT_EQ(partition.last_stable_offset, 3);
  EXPECT_EQ(partition.log_start_offset, 0);
  EXPECT_FALSE(partition.aborted_transactions.has_value());
  EXPECT_EQ(logs::BatchView(*partition.records).base_offset(), logs::Offset(2));
}

TEST_F(FetchTest, AllBatchesThatFitComeInOneAnswer) {
  Create("t");
  for (int i = 0; i < 5; ++i) Append("t", BatchOf({"a"}, {}));
  EXPECT_THAT(Told(client_.Ask(FetchOf({{.topic = "t"}}), kByName)), ElementsAre("t-0:5"));
}

TEST_F(FetchTest, TopicsAreNamedByIdFromVersion13On) {
  const auto topic = Create("t");
  Append("t", BatchOf({"a"}, {}));
  FetchRequest request = FetchOf({{.topic = ""}});
  request.topics[0].topic_id = topic->id;
  auto response = client_.Ask(request);
  EXPECT_EQ(response.responses[0].topic_id, topic->id);
  EXPECT_EQ(response.responses[0].partitions[0].high_watermark, 1);
  request.topics[0].topic_id = base::Uuid(base::Uuid::Bytes{9});
  response = client_.Ask(request);
  EXPECT_EQ(response.responses[0].partitions[0].error_code, Code(ErrorCode::kUnknownTopicId));
}

TEST_F(FetchTest, WhatIsWrongWithAPartitionIsSaidAtOnce) {
  Create("t");
  Append("t", BatchOf({"a"}, {}));
  FetchRequest request = FetchOf({{.topic = "t", .offset = 7}, {.topic = "none"}, {"t", 3}});
  request.max_wait_ms = 10'000;
  request.min_bytes = 1'000;
  EXPECT_THAT(Told(client_.Ask(request, kByName)),
              ElementsAre("t-0:error 1", "none-0:error 3", "t-3:error 3"));
}

TEST_F(FetchTest, TheEpochOfALeaderThatThereWasNotIsRefused) {
  Create("t");
  FetchRequest request = FetchOf({{.topic = "t"}});
  request.topics[0].partitions[0].current_leader_epoch = 1;
  EXPECT_THAT(Told(client_.Ask(request, kByName)), ElementsAre("t-0:error 75"));
}

TEST_F(FetchTest, ALogThatWentOnElsewhereIsToldWhereOursEnds) {
  Create("t");
  Append("t", BatchOf({"a"}, {}));
  FetchRequest request = FetchOf({{.topic = "t", .offset = 5}});
  request.topics[0].partitions[0].last_fetched_epoch = 0;
  const auto response = client_.Ask(request, kByName);
  EXPECT_EQ(response.responses[0].partitions[0].error_code, 0);
  EXPECT_EQ(response.responses[0].partitions[0].diverging_epoch.epoch, 0);
  EXPECT_EQ(response.responses[0].partitions[0].diverging_epoch.end_offset, 1);
}

TEST_F(FetchTest, ItWaitsForRecordsAndIsWokenByThem) {
  Create("t");
  FetchRequest request = FetchOf({{.topic = "t"}});
  request.max_wait_ms = 500;
  const int32_t id = client_.Send(request, kByName);
  EXPECT_FALSE(client_.Receive<FetchRequest>(id, kByName).has_value());
  EXPECT_FALSE(client_.notified());
  Append("t", BatchOf({"a"}, {}));
  EXPECT_TRUE(client_.notified());
  const auto response = client_.Receive<FetchRequest>(id, kByName);
  ASSERT_TRUE(response.has_value());
  EXPECT_THAT(Told(*response), ElementsAre("t-0:1"));
}

TEST_F(FetchTest, ItWaitsForAsManyBytesAsAskedAndGathersThem) {
  Create("t", 2);
  FetchRequest request = FetchOf({{.topic = "t"}, {.topic = "t", .partition = 1}});
  request.max_wait_ms = 500;
  request.min_bytes = 200;
  const int32_t id = client_.Send(request, kByName);
  const std::string batch = BatchOf({std::string(20, 'x')}, {});
  ASSERT_LT(batch.size(), 100u);
  Append("t", batch);
  EXPECT_FALSE(client_.Receive<FetchRequest>(id, kByName).has_value());
  Append("t", batch, 1);
  EXPECT_FALSE(client_.Receive<FetchRequest>(id, kByName).has_value());
  Append("t", batch);
  const auto response = client_.Receive<FetchRequest>(id, kByName);
  ASSERT_TRUE(response.has_value());
  EXPECT_THAT(Told(*response), ElementsAre("t-0:2", "t-1:1"));
}

TEST_F(FetchTest, AfterItsTimeItAnswersWithWhatThereIs) {
  Create("t");
  FetchRequest request = FetchOf({{.topic = "t"}});
  request.max_wait_ms = 500;
  const int32_t id = client_.Send(request, kByName);
  EXPECT_EQ(client_.session().deadline_ms(), test_.clock().MonotonicMs() + 500);
  test_.clock().Advance(500);
  const auto response = client_.Receive<FetchRequest>(id, kByName);
  ASSERT_TRUE(response.has_value());
  EXPECT_THAT(Told(*response), ElementsAre("t-0:0"));
}

TEST_F(FetchTest, ADeletedTopicWakesWhoWaitsForIt) {
  Create("t");
  FetchRequest request = FetchOf({{.topic = "t"}});
  request.max_wait_ms = 500;
  const int32_t id = client_.Send(request, kByName);
  ASSERT_TRUE(test_.log().DeleteTopic("t").ok());
  EXPECT_TRUE(client_.notified());
  const auto response = client_.Receive<FetchRequest>(id, kByName);
  ASSERT_TRUE(response.has_value());
  EXPECT_THAT(Told(*response), ElementsAre("t-0:error 3"));
}

TEST_F(FetchTest, ABatchLargerThanAllBoundsStillComesAlone) {
  Create("t", 2);
  Append("t", BatchOf({std::string(5'000, 'x')}, {}));
  Append("t", BatchOf({"a"}, {}));
  Append("t", BatchOf({"b"}, {}), 1);
  FetchRequest request = FetchOf({{.topic = "t", .bytes_max = 100}, {"t", 1, 0, 100}});
  request.max_bytes = 50;
  EXPECT_THAT(Told(client_.Ask(request, kByName)), ElementsAre("t-0:1", "t-1:0"));
}

TEST_F(FetchTest, AReaderOfTheCommittedLearnsWhichTransactionsWereAborted) {
  Create("t");
  Append("t", BatchOf({"a"}, {.timestamp_ms = test_.clock().NowUnixMs(),
                              .producer_id = 7,
                              .sequence = 0,
                              .transactional = true}));
  const auto partition = test_.log().Find(logs::TopicPartition{"t", 0});
  FetchRequest request = FetchOf({{.topic = "t"}});
  request.isolation_level = 1;
  EXPECT_THAT(Told(client_.Ask(request, kByName)), ElementsAre("t-0:0"));  // still open
  ASSERT_EQ(partition->AppendMarker({.producer_id = logs::ProducerId(7)}).error, ErrorCode::kNone);
  EXPECT_EQ(partition->Ends().last_stable, logs::Offset(2));
  EXPECT_EQ(partition->Ends().high_watermark, logs::Offset(2));
  const auto response = client_.Ask(request, kByName);
  EXPECT_THAT(Told(response), ElementsAre("t-0:2"));
  const auto& aborted = response.responses[0].partitions[0].aborted_transactions;
  ASSERT_TRUE(aborted.has_value());
  ASSERT_EQ(aborted->size(), 1u);
  EXPECT_EQ((*aborted)[0].producer_id, 7);
  EXPECT_EQ((*aborted)[0].first_offset, 0);
}

// --- incremental sessions ---

TEST_F(FetchTest, ASessionTellsOnlyWhatChanged) {
  Create("t", 3);
  FetchRequest request = FetchOf({{"t", 0}, {"t", 1}, {"t", 2}});
  request.session_epoch = 0;
  const auto first = client_.Ask(request, kByName);
  EXPECT_NE(first.session_id, 0);
  EXPECT_THAT(Told(first), ElementsAre("t-0:0", "t-1:0", "t-2:0"));

  FetchRequest again;
  again.min_bytes = 1;
  again.session_id = first.session_id;
  again.session_epoch = 1;
  EXPECT_THAT(Told(client_.Ask(again, kByName)), IsEmpty());
  Append("t", BatchOf({"a"}, {}), 1);
  again.session_epoch = 2;
  EXPECT_THAT(Told(client_.Ask(again, kByName)), ElementsAre("t-1:1"));
  // The client goes on behind what it got, and forgets a partition.
  again = FetchOf({{"t", 1, 1}});
  again.session_id = first.session_id;
  again.session_epoch = 3;
  again.forgotten_topics_data.push_back({.topic = "t", .partitions = {2}});
  EXPECT_THAT(Told(client_.Ask(again, kByName)), IsEmpty());
  Append("t", BatchOf({"a"}, {}), 0);
  Append("t", BatchOf({"a"}, {}), 2);
  again = {};
  again.session_id = first.session_id;
  again.session_epoch = 4;
  EXPECT_THAT(Told(client_.Ask(again, kByName)), ElementsAre("t-0:1"));
}

TEST_F(FetchTest, ASessionThatIsUnknownOrOutOfStepIsRefused) {
  Create("t");
  FetchRequest request = FetchOf({{.topic = "t"}});
  request.session_id = 77;
  request.session_epoch = 1;
  EXPECT_EQ(client_.Ask(request, kByName).error_code, Code(ErrorCode::kFetchSessionIdNotFound));
  request.session_id = 0;
  request.session_epoch = 0;
  request.session_id = client_.Ask(request, kByName).session_id;
  request.session_epoch = 2;
  EXPECT_EQ(client_.Ask(request, kByName).error_code, Code(ErrorCode::kInvalidFetchSessionEpoch));
  request.session_epoch = 1;
  EXPECT_EQ(client_.Ask(request).error_code, Code(ErrorCode::kFetchSessionTopicIdError));
  EXPECT_EQ(client_.Ask(request, kByName).error_code, 0);
}

TEST_F(FetchTest, AClosedSessionIsForgotten) {
  Create("t");
  FetchRequest request = FetchOf({{.topic = "t"}});
  request.session_epoch = 0;
  request.session_id = client_.Ask(request, kByName).session_id;
  request.session_epoch = -1;
  EXPECT_EQ(client_.Ask(request, kByName).session_id, 0);
  request.session_epoch = 1;
  EXPECT_EQ(client_.Ask(request, kByName).error_code, Code(ErrorCode::kFetchSessionIdNotFound));
}

TEST_F(FetchTest, PartitionsTakeTurnsWhereNotAllFit) {
  Create("t", 2);
  for (int i = 0; i < 3; ++i) {
    Append("t", BatchOf({std::string(500, 'x')}, {}), 0);
    Append("t", BatchOf({std::string(500, 'x')}, {}), 1);
  }
  FetchRequest request = FetchOf({{"t", 0}, {"t", 1}});
  request.session_epoch = 0;
  request.max_bytes = 600;
  const auto first = client_.Ask(request, kByName);
  EXPECT_THAT(Told(first), ElementsAre("t-0:1", "t-1:0"));
  FetchRequest again = FetchOf({{"t", 0, 1}});
  again.max_bytes = 600;
  again.session_id = first.session_id;
  again.session_epoch = 1;
  EXPECT_THAT(Told(client_.Ask(again, kByName)), ElementsAre("t-1:1"));
}

TEST_F(FetchTest, MorePartitionsThanASessionMayHaveAreServedWithoutOne) {
  Create("t");
  FetchRequest request;
  auto& topic = request.topics.emplace_back();
  topic.topic = "t";
  for (size_t i = 0; i <= base::limits::kKafkaFetchSessionPartitionsMax; ++i) {
    topic.partitions.push_back({.partition = static_cast<int32_t>(i)});
  }
  request.session_epoch = 0;
  const auto response = client_.Ask(request, kByName);
  EXPECT_EQ(response.session_id, 0);
  EXPECT_EQ(response.responses[0].partitions.size(), topic.partitions.size());
}

}  // namespace
}  // namespace kafka::server
