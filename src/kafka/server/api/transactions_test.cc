// The transaction APIs over a whole broker: both protocols of transactions, errors by version, and
// who may do what.
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kafka/server/api/transaction_handlers.h"
#include "kafka/server/test_broker.h"
#include "kafka/wire/add_offsets_to_txn.h"
#include "kafka/wire/add_partitions_to_txn.h"
#include "kafka/wire/describe_producers.h"
#include "kafka/wire/describe_transactions.h"
#include "kafka/wire/end_txn.h"
#include "kafka/wire/init_producer_id.h"
#include "kafka/wire/list_transactions.h"
#include "kafka/wire/produce.h"
#include "kafka/wire/txn_offset_commit.h"
#include "kafka/wire/write_txn_markers.h"
#include "log/storage/log_test_support.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int16_t kNone = 0;

class TransactionsTest : public testing::Test {
 protected:
  TransactionsTest() {
    EXPECT_TRUE(test_.log().CreateTopic({.name = "a", .num_partitions = 2}).ok());
  }

  wire::InitProducerIdResponse Init(const std::string& id, int16_t version = 5) {
    wire::InitProducerIdRequest request;
    request.transactional_id = id;
    request.transaction_timeout_ms = 60'000;
    return client_.Ask(request, version);
  }
  int16_t Produce(const std::string& id, const wire::InitProducerIdResponse& producer,
                  int32_t sequence, int16_t version, const std::string& value = "v") {
    const std::string batch = logs::BatchOf({value}, {.timestamp_ms = test_.clock().NowUnixMs(),
                                                      .producer_id = producer.producer_id,
                                                      .epoch = producer.producer_epoch,
                                                      .sequence = sequence,
                                                      .transactional = true});
    wire::ProduceRequest request;
    request.transactional_id = id;
    request.acks = -1;
    request.timeout_ms = 1'000;
    request.topic_data.push_back({.name = "a"});
    request.topic_data[0].partition_data.push_back({.index = 0, .records = batch});
    return client_.Ask(request, version).responses.at(0).partition_responses.at(0).error_code;
  }
  wire::EndTxnResponse End(const std::string& id, const wire::InitProducerIdResponse& producer,
                           bool commit, int16_t version) {
    wire::EndTxnRequest request;
    request.transactional_id = id;
    request.producer_id = producer.producer_id;
    request.producer_epoch = producer.producer_epoch;
    request.committed = commit;
    return client_.Ask(request, version);
  }
  std::vector<int16_t> AddPartitions(const std::string& id,
                                     const wire::InitProducerIdResponse& producer,
                                     const std::vector<std::string>& topics, int16_t version = 3) {
    wire::AddPartitionsToTxnRequest request;
    request.v3_and_below_transactional_id = id;
    request.v3_and_below_producer_id = producer.producer_id;
    request.v3_and_below_producer_epoch = producer.producer_epoch;
    for (const std::string& topic : topics) {
      request.v3_and_below_topics.push_back({.name = topic, .partitions = {0}});
    }
    std::vector<int16_t> errors;
    for (const auto& topic : client_.Ask(request, version).results_by_topic_v3_and_below) {
      errors.push_back(topic.results_by_partition.at(0).partition_error_code);
    }
    return errors;
  }
  int16_t CommitOffset(const std::string& id, const wire::InitProducerIdResponse& producer,
                       int64_t offset, int16_t version) {
    wire::TxnOffsetCommitRequest request;
    request.transactional_id = id;
    request.group_id = "g";
    request.producer_id = producer.producer_id;
    request.producer_epoch = producer.producer_epoch;
    request.topics.push_back({.name = "a"});
    request.topics[0].partitions.push_back(
        {.partition_index = 0, .committed_offset = offset, .committed_metadata = ""});
    return client_.Ask(request, version).topics.at(0).partitions.at(0).error_code;
  }
  int64_t CommittedOffset() {
    auto later = test_.broker().groups.Fetch(
        {.group_id = "g", .partitions = std::vector<logs::TopicPartition>{{"a", 0}}});
    return later.Wait().partitions.at(0).committed.offset.get();
  }
  // As a consumer of what is committed reads it: up to the last stable offset, without the records
  // of aborted transactions.
  std::vector<std::string> Committed() {
    const auto partition = test_.log().Find(logs::TopicPartition{"a", 0});
    const auto read = partition->Read({.isolation = logs::Isolation::kReadCommitted});
    std::vector<std::string> values;
    logs::BatchWalk walk(read.batches);
    std::set<logs::ProducerId> aborting;
    while (const auto batch = walk.Next()) {
      for (const auto& aborted : read.aborted) {
        if (aborted.first_offset == batch->base_offset()) aborting.insert(aborted.producer_id);
      }
      if (batch->control()) {
        aborting.erase(batch->producer_id());
      } else if (!aborting.contains(batch->producer_id())) {
        auto records = logs::RecordReader::Open(*batch, 1'000).value();
        while (const auto record = records.Next()) values.emplace_back(record->value.value());
      }
    }
    return values;
  }

  TestBroker test_;
  TestClient client_{test_};
};

TEST_F(TransactionsTest, AClientOfTheSecondProtocolAddsByProducingAndGetsAnEpochForEachEnd) {
  auto producer = Init("t");
  ASSERT_EQ(producer.error_code, kNone);
  for (int16_t round = 0; round < 3; ++round) {
    EXPECT_EQ(Produce("t", producer, 0, 12, std::to_string(round)), kNone);
    EXPECT_THAT(Committed(), SizeIs(static_cast<size_t>(round)));
    const auto ended = End("t", producer, true, 5);
    EXPECT_EQ(ended.error_code, kNone);
    EXPECT_EQ(ended.producer_id, producer.producer_id);
    EXPECT_EQ(ended.producer_epoch, producer.producer_epoch + 1);
    // What comes late, with the epoch before.
    EXPECT_EQ(Produce("t", producer, 1, 12), Code(ErrorCode::kInvalidProducerEpoch));
    producer.producer_epoch = ended.producer_epoch;
  }
  EXPECT_THAT(Committed(), ElementsAre("0", "1", "2"));
}

TEST_F(TransactionsTest, AClientOfTheFirstProtocolAddsBeforeAndKeepsItsEpoch) {
  const auto producer = Init("t", 2);
  EXPECT_THAT(AddPartitions("t", producer, {"a"}), ElementsAre(kNone));
  EXPECT_EQ(Produce("t", producer, 0, 10, "one"), kNone);
  EXPECT_EQ(End("t", producer, true, 3).error_code, kNone);
  EXPECT_THAT(AddPartitions("t", producer, {"a"}), ElementsAre(kNone));
  EXPECT_EQ(Produce("t", producer, 1, 10, "two"), kNone);
  EXPECT_EQ(End("t", producer, false, 3).error_code, kNone);
  EXPECT_THAT(Committed(), ElementsAre("one"));
}

TEST_F(TransactionsTest, RecordsOutsideOfATransactionAreRefusedInTheWordsOfTheVersion) {
  const auto producer = Init("t");
  EXPECT_EQ(Produce("t", producer, 0, 10), Code(ErrorCode::kInvalidTxnState));
  EXPECT_EQ(Produce("t", producer, 0, 11), Code(ErrorCode::kTransactionAbortable));
  EXPECT_EQ(CommitOffset("t", producer, 1, 3), Code(ErrorCode::kInvalidTxnState));
  EXPECT_EQ(CommitOffset("t", producer, 1, 4), Code(ErrorCode::kTransactionAbortable));
  EXPECT_THAT(Committed(), IsEmpty());
}

TEST_F(TransactionsTest, AFencedProducerIsToldInTheWordsOfTheVersion) {
  const auto old = Init("t");
  EXPECT_EQ(Init("t").producer_epoch, old.producer_epoch + 1);
  EXPECT_EQ(End("t", old, true, 1).error_code, Code(ErrorCode::kInvalidProducerEpoch));
  EXPECT_EQ(End("t", old, true, 5).error_code, Code(ErrorCode::kProducerFenced));
  EXPECT_THAT(AddPartitions("t", old, {"a"}, 1),
              ElementsAre(Code(ErrorCode::kInvalidProducerEpoch)));
  EXPECT_THAT(AddPartitions("t", old, {"a"}, 3), ElementsAre(Code(ErrorCode::kProducerFenced)));
  wire::InitProducerIdRequest again;
  again.transactional_id = "t";
  again.transaction_timeout_ms = 60'000;
  again.producer_id = old.producer_id;
  again.producer_epoch = old.producer_epoch;
  EXPECT_EQ(client_.Ask(again, 3).error_code, Code(ErrorCode::kInvalidProducerEpoch));
  EXPECT_EQ(client_.Ask(again, 4).error_code, Code(ErrorCode::kProducerFenced));
  again.producer_epoch = -1;
  EXPECT_EQ(client_.Ask(again, 4).error_code, Code(ErrorCode::kInvalidRequest));
}

TEST_F(TransactionsTest, PartitionsAreAddedAllOrNone) {
  const auto producer = Init("t");
  EXPECT_THAT(AddPartitions("t", producer, {"a", "nowhere"}),
              ElementsAre(Code(ErrorCode::kOperationNotAttempted),
                          Code(ErrorCode::kUnknownTopicOrPartition)));
  EXPECT_THAT(test_.broker().transactions.Describe("t").partitions, IsEmpty());
}

TEST_F(TransactionsTest, ABrokerMayAskAboutManyTransactions) {
  const auto one = Init("one");
  const auto other = Init("other");
  EXPECT_EQ(Produce("one", one, 0, 12), kNone);
  wire::AddPartitionsToTxnRequest request;
  for (const auto& [id, producer] : {std::pair("one", one), std::pair("other", other)}) {
    auto& transaction = request.transactions.emplace_back();
    transaction.transactional_id = id;
    transaction.producer_id = producer.producer_id;
    transaction.producer_epoch = producer.producer_epoch;
    transaction.verify_only = true;
    transaction.topics.push_back({.name = "a", .partitions = {0, 1}});
  }
  const auto results = client_.Ask(request, 5).results_by_transaction;
  ASSERT_THAT(results, SizeIs(2));
  const auto& of_one = results[0].topic_results.at(0).results_by_partition;
  EXPECT_EQ(of_one.at(0).partition_error_code, kNone);
  EXPECT_EQ(of_one.at(1).partition_error_code, Code(ErrorCode::kTransactionAbortable));
  const auto& of_other = results[1].topic_results.at(0).results_by_partition;
  EXPECT_EQ(of_other.at(0).partition_error_code, Code(ErrorCode::kTransactionAbortable));
}

TEST_F(TransactionsTest, OffsetsCountOnceTheTransactionCommits) {
  auto producer = Init("t");
  EXPECT_EQ(CommitOffset("t", producer, 5, 5), kNone);  // adds the group's partition itself
  EXPECT_EQ(CommittedOffset(), -1);
  producer.producer_epoch = End("t", producer, true, 5).producer_epoch;
  EXPECT_EQ(CommittedOffset(), 5);
  EXPECT_EQ(CommitOffset("t", producer, 9, 5), kNone);
  producer.producer_epoch = End("t", producer, false, 5).producer_epoch;
  EXPECT_EQ(CommittedOffset(), 5);

  // The first protocol.
  wire::AddOffsetsToTxnRequest add;
  add.transactional_id = "t";
  add.producer_id = producer.producer_id;
  add.producer_epoch = producer.producer_epoch;
  add.group_id = "g";
  EXPECT_EQ(client_.Ask(add, 3).error_code, kNone);
  EXPECT_EQ(CommitOffset("t", producer, 12, 3), kNone);
  EXPECT_EQ(End("t", producer, true, 3).error_code, kNone);
  EXPECT_EQ(CommittedOffset(), 12);
}

TEST_F(TransactionsTest, WhatIsGoingOnIsDescribedAndListed) {
  const auto producer = Init("busy");
  Init("idle");
  EXPECT_EQ(Produce("busy", producer, 0, 12), kNone);
  wire::DescribeTransactionsRequest describe;
  describe.transactional_ids = {"busy", "unknown"};
  const auto states = client_.Ask(describe).transaction_states;
  ASSERT_THAT(states, SizeIs(2));
  EXPECT_EQ(states[0].transaction_state, "Ongoing");
  EXPECT_EQ(states[0].producer_id, producer.producer_id);
  EXPECT_THAT(states[0].topics.at(0).partitions, ElementsAre(0));
  EXPECT_EQ(states[1].error_code, Code(ErrorCode::kTransactionalIdNotFound));

  wire::DescribeProducersRequest producers;
  producers.topics.push_back({.name = "a", .partition_indexes = {0, 1, 7}});
  const auto partitions = client_.Ask(producers).topics.at(0).partitions;
  ASSERT_THAT(partitions.at(0).active_producers, SizeIs(1));
  EXPECT_EQ(partitions[0].active_producers[0].current_txn_start_offset, 0);
  EXPECT_THAT(partitions.at(1).active_producers, IsEmpty());
  EXPECT_EQ(partitions.at(2).error_code, Code(ErrorCode::kUnknownTopicOrPartition));

  const auto ids = [&](wire::ListTransactionsRequest request) {
    std::vector<std::string> found;
    for (const auto& state : client_.Ask(request, 2).transaction_states) {
      found.push_back(state.transactional_id);
    }
    return found;
  };
  EXPECT_THAT(ids({}), ElementsAre("busy", "idle"));
  EXPECT_THAT(ids({.state_filters = {"Ongoing"}}), ElementsAre("busy"));
  EXPECT_THAT(ids({.transactional_id_pattern = "id.*"}), ElementsAre("idle"));
  EXPECT_THAT(ids({.transactional_id_pattern = "id"}), IsEmpty());
  EXPECT_EQ(
      client_.Ask(wire::ListTransactionsRequest{.transactional_id_pattern = "("}, 2).error_code,
      Code(ErrorCode::kInvalidRegularExpression));
}

TEST_F(TransactionsTest, AnOperatorEndsATransactionOfAPartition) {
  const auto producer = Init("t");
  EXPECT_EQ(Produce("t", producer, 0, 12), kNone);
  wire::WriteTxnMarkersRequest request;
  auto& marker = request.markers.emplace_back();
  marker.producer_id = producer.producer_id;
  marker.producer_epoch = producer.producer_epoch;
  marker.topics.push_back({.name = "a", .partition_indexes = {0, 7}});
  const auto partitions = client_.Ask(request).markers.at(0).topics.at(0).partitions;
  EXPECT_EQ(partitions.at(0).error_code, kNone);
  EXPECT_EQ(partitions.at(1).error_code, Code(ErrorCode::kUnknownTopicOrPartition));
  EXPECT_EQ(
      test_.log().Find(logs::TopicPartition{"a", 0})->Producers().at(0).current_transaction_start,
      logs::kNoOffset);
}

class Nobody final : public Authorizer {
 public:
  [[nodiscard]] bool Allows(const Principal&, Operation, ResourceType,
                            std::string_view) const override {
    return false;
  }
};

TEST(TransactionsAuthorizedTest, WhoMayNothingIsToldWhatHeMayNot) {
  Nobody nobody;
  TestBroker test({.authorizer = &nobody});
  TestClient client(test);
  wire::InitProducerIdRequest idempotent;
  idempotent.transactional_id = std::nullopt;
  EXPECT_EQ(client.Ask(idempotent).error_code, Code(ErrorCode::kClusterAuthorizationFailed));
  const int16_t of_id = Code(ErrorCode::kTransactionalIdAuthorizationFailed);
  EXPECT_EQ(client.Ask(wire::InitProducerIdRequest{.transactional_id = "t"}).error_code, of_id);
  EXPECT_EQ(client.Ask(wire::EndTxnRequest{.transactional_id = "t"}).error_code, of_id);
  EXPECT_EQ(client.Ask(wire::AddOffsetsToTxnRequest{.transactional_id = "t"}).error_code, of_id);
  EXPECT_EQ(client.Ask(wire::AddPartitionsToTxnRequest{}, 5).error_code,
            Code(ErrorCode::kClusterAuthorizationFailed));
  wire::WriteTxnMarkersRequest markers;
  markers.markers.emplace_back().topics.push_back({.name = "a", .partition_indexes = {0}});
  EXPECT_EQ(client.Ask(markers).markers.at(0).topics.at(0).partitions.at(0).error_code,
            Code(ErrorCode::kClusterAuthorizationFailed));
}

}  // namespace
}  // namespace kafka::server
