// Topics as clients make, see, change and delete them; the cluster of one node.
#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kafka/server/metadata_store.h"
#include "kafka/server/test_broker.h"
#include "kafka/wire/alter_configs.h"
#include "kafka/wire/alter_partition_reassignments.h"
#include "kafka/wire/create_partitions.h"
#include "kafka/wire/create_topics.h"
#include "kafka/wire/delete_topics.h"
#include "kafka/wire/describe_cluster.h"
#include "kafka/wire/describe_configs.h"
#include "kafka/wire/describe_log_dirs.h"
#include "kafka/wire/describe_quorum.h"
#include "kafka/wire/describe_topic_partitions.h"
#include "kafka/wire/elect_leaders.h"
#include "kafka/wire/incremental_alter_configs.h"
#include "kafka/wire/list_config_resources.h"
#include "kafka/wire/metadata.h"
#include "kafka/wire/update_features.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Knows one user, who may do one thing.
class OnlyOne final : public Authorizer {
 public:
  OnlyOne(Operation operation, std::string resource)
      : operation_(operation), resource_(std::move(resource)) {}
  [[nodiscard]] bool Allows(const Principal&, Operation operation, ResourceType,
                            std::string_view resource) const override {
    return operation == operation_ && resource == resource_;
  }

 private:
  const Operation operation_;
  const std::string resource_;
};

wire::MetadataRequest MetadataOf(const std::string& name) {
  wire::MetadataRequest request;
  request.topics.emplace().push_back({.name = name});
  return request;
}

wire::CreateTopicsRequest CreateOf(const std::string& name, int32_t num_partitions = 1) {
  wire::CreateTopicsRequest request;
  request.topics.push_back(
      {.name = name, .num_partitions = num_partitions, .replication_factor = 1});
  return request;
}

// --- Metadata ---

TEST(MetadataTest, TheBrokerIsItsOwnControllerWhereItWasToldToBeReached) {
  TestBroker test;
  TestClient client(test, {.host = "10.0.0.1", .advertised = {"inner.example", 1234}});
  const auto response = client.Ask(wire::MetadataRequest{.topics = std::nullopt});
  EXPECT_EQ(response.controller_id, 1);
  EXPECT_EQ(response.cluster_id, "test");
  ASSERT_EQ(response.brokers.size(), 1u);
  EXPECT_EQ(response.brokers[0].host, "inner.example");
  EXPECT_EQ(response.brokers[0].port, 1234);
}

TEST(MetadataTest, AnUnknownTopicIsMadeOnFirstUseWhenTheBrokerIsSetSo) {
  TestBroker test;
  TestClient client(test);
  wire::MetadataRequest request = MetadataOf("t");
  request.allow_auto_topic_creation = false;
  EXPECT_EQ(client.Ask(request).topics[0].error_code, Code(ErrorCode::kUnknownTopicOrPartition));
  const auto topic = client.Ask(MetadataOf("t")).topics[0];
  EXPECT_EQ(topic.error_code, 0);
  EXPECT_NE(topic.topic_id, base::Uuid());
  ASSERT_EQ(topic.partitions.size(), 1u);
  EXPECT_EQ(topic.partitions[0].leader_id, 1);
  EXPECT_THAT(topic.partitions[0].isr_nodes, ElementsAre(1));

  TestBroker strict({.config = {.auto_create_topics = false}});
  EXPECT_EQ(TestClient(strict).Ask(MetadataOf("t")).topics[0].error_code,
            Code(ErrorCode::kUnknownTopicOrPartition));
}

TEST(MetadataTest, NamesThatNoTopicCanHaveAreRefused) {
  TestBroker test;
  TestClient client(test);
  for (const std::string name : {"", ".", "..", "a b", "a/b", "\xc3\xa4"}) {
    EXPECT_EQ(client.Ask(MetadataOf(name)).topics[0].error_code,
              Code(ErrorCode::kInvalidTopicException))
        << name;
  }
  EXPECT_EQ(client.Ask(MetadataOf(std::string(250, 'a'))).topics[0].error_code,
            Code(ErrorCode::kInvalidTopicException));
  EXPECT_EQ(client.Ask(MetadataOf(std::string(249, 'a'))).topics[0].error_code, 0);
}

TEST(MetadataTest, TheCoordinatorsTopicsAreNotMadeByAsking) {
  TestBroker test;
  EXPECT_EQ(TestClient(test).Ask(MetadataOf("__consumer_offsets")).topics[0].error_code,
            Code(ErrorCode::kUnknownTopicOrPartition));
}

TEST(MetadataTest, AllTopicsAreMeantByNullAndByAnEmptyListOfOld) {
  TestBroker test;
  ASSERT_TRUE(test.log().CreateTopic({.name = "a"}).ok());
  ASSERT_TRUE(test.log().CreateTopic({.name = "b"}).ok());
  TestClient client(test);
  EXPECT_EQ(client.Ask(wire::MetadataRequest{.topics = std::nullopt}).topics.size(), 2u);
  wire::MetadataRequest none;
  none.topics.emplace();
  EXPECT_EQ(client.Ask(none, 0).topics.size(), 2u);
  EXPECT_EQ(client.Ask(none, 1).topics.size(), 0u);
}

TEST(MetadataTest, ATopicIsFoundByItsId) {
  TestBroker test;
  const auto topic = test.log().CreateTopic({.name = "a"}).value();
  TestClient client(test);
  wire::MetadataRequest request;
  request.topics.emplace().push_back({.topic_id = topic->id, .name = std::nullopt});
  EXPECT_EQ(client.Ask(request).topics[0].name, "a");
  (*request.topics)[0].topic_id = base::Uuid(base::Uuid::Bytes{1});
  EXPECT_EQ(client.Ask(request).topics[0].error_code, Code(ErrorCode::kUnknownTopicId));
}

TEST(MetadataTest, WhoMayNotSeeATopicLearnsNothingOfIt) {
  OnlyOne only(Operation::kDescribe, "mine");
  TestBroker test({.authorizer = &only});
  ASSERT_TRUE(test.log().CreateTopic({.name = "mine"}).ok());
  ASSERT_TRUE(test.log().CreateTopic({.name = "other"}).ok());
  TestClient client(test);
  const auto all = client.Ask(wire::MetadataRequest{.topics = std::nullopt});
  ASSERT_EQ(all.topics.size(), 1u);
  EXPECT_EQ(all.topics[0].name, "mine");
  for (const std::string name : {"other", "none"}) {
    EXPECT_EQ(client.Ask(MetadataOf(name)).topics[0].error_code,
              Code(ErrorCode::kTopicAuthorizationFailed));
  }
  wire::MetadataRequest request = MetadataOf("mine");
  request.include_topic_authorized_operations = true;
  EXPECT_EQ(client.Ask(request).topics[0].topic_authorized_operations,
            1 << static_cast<int>(Operation::kDescribe));
}

// --- CreateTopics, DeleteTopics, CreatePartitions ---

TEST(CreateTopicsTest, ATopicIsMadeAndDescribed) {
  TestBroker test;
  TestClient client(test);
  wire::CreateTopicsRequest request = CreateOf("t", 3);
  request.topics[0].configs.push_back({.name = "retention.ms", .value = "1000"});
  const auto created = client.Ask(request).topics[0];
  EXPECT_EQ(created.error_code, 0);
  EXPECT_EQ(created.num_partitions, 3);
  EXPECT_EQ(created.replication_factor, 1);
  ASSERT_TRUE(created.configs.has_value());
  const auto retention = std::ranges::find_if(
      *created.configs, [](const auto& config) { return config.name == "retention.ms"; });
  ASSERT_NE(retention, created.configs->end());
  EXPECT_EQ(retention->value, "1000");
  EXPECT_EQ(retention->config_source, 1);
  const auto topic = test.log().Find(std::string_view("t"));
  ASSERT_NE(topic, nullptr);
  EXPECT_EQ(topic->id, created.topic_id);
  EXPECT_EQ(topic->config.retention_ms, 1'000);
  EXPECT_EQ(client.Ask(request).topics[0].error_code, Code(ErrorCode::kTopicAlreadyExists));
}

TEST(CreateTopicsTest, ATrialChangesNothing) {
  TestBroker test;
  wire::CreateTopicsRequest request = CreateOf("t");
  request.validate_only = true;
  EXPECT_EQ(TestClient(test).Ask(request).topics[0].error_code, 0);
  EXPECT_EQ(test.log().Find(std::string_view("t")), nullptr);
}

TEST(CreateTopicsTest, WhatCannotBeIsRefusedWithItsOwnError) {
  TestBroker test;
  TestClient client(test);
  const auto error = [&](const wire::CreateTopicsRequest& request) {
    const auto topic = client.Ask(request).topics.at(0);
    EXPECT_TRUE(topic.error_message.has_value());
    return topic.error_code;
  };
  EXPECT_EQ(error(CreateOf("a b")), Code(ErrorCode::kInvalidTopicException));
  EXPECT_EQ(error(CreateOf("__consumer_offsets")), Code(ErrorCode::kInvalidTopicException));
  EXPECT_EQ(error(CreateOf("t", 0)), Code(ErrorCode::kInvalidPartitions));
  EXPECT_EQ(error(CreateOf("t", 1'000'000)), Code(ErrorCode::kInvalidPartitions));
  auto request = CreateOf("t");
  request.topics[0].replication_factor = 3;
  EXPECT_EQ(error(request), Code(ErrorCode::kInvalidReplicationFactor));
  request = CreateOf("t");
  request.topics[0].configs.push_back({.name = "no.such.thing", .value = "1"});
  EXPECT_EQ(error(request), Code(ErrorCode::kInvalidConfig));
  request.topics[0].configs[0] = {.name = "retention.ms"};
  EXPECT_EQ(error(request), Code(ErrorCode::kInvalidConfig));
  request = CreateOf("t");
  request.topics.push_back(request.topics[0]);
  EXPECT_EQ(error(request), Code(ErrorCode::kInvalidRequest));
  EXPECT_THAT(test.log().Topics(), IsEmpty());
}

TEST(CreateTopicsTest, ReplicasMayBeAssignedToTheOnlyNode) {
  TestBroker test;
  TestClient client(test);
  auto request = CreateOf("t", -1);
  request.topics[0].replication_factor = -1;
  request.topics[0].assignments = {{.partition_index = 0, .broker_ids = {1}},
                                   {.partition_index = 1, .broker_ids = {1}}};
  EXPECT_EQ(client.Ask(request).topics[0].error_code, 0);
  EXPECT_EQ(test.log().Find(std::string_view("t"))->partitions.size(), 2u);
  request.topics[0].name = "u";
  request.topics[0].assignments[1].broker_ids = {1, 2};
  EXPECT_EQ(client.Ask(request).topics[0].error_code, Code(ErrorCode::kInvalidReplicaAssignment));
  request.topics[0].assignments[1] = {.partition_index = 5, .broker_ids = {1}};
  EXPECT_EQ(client.Ask(request).topics[0].error_code, Code(ErrorCode::kInvalidReplicaAssignment));
  request.topics[0].num_partitions = 2;
  EXPECT_EQ(client.Ask(request).topics[0].error_code, Code(ErrorCode::kInvalidRequest));
}

TEST(DeleteTopicsTest, TopicsGoByNameOrById) {
  TestBroker test;
  ASSERT_TRUE(test.log().CreateTopic({.name = "a"}).ok());
  const auto b = test.log().CreateTopic({.name = "b"}).value();
  TestClient client(test);
  wire::DeleteTopicsRequest request;
  request.topics.push_back({.name = "a"});
  request.topics.push_back({.topic_id = b->id});
  request.topics.push_back({.name = "none"});
  request.topics.push_back({.topic_id = base::Uuid(base::Uuid::Bytes{3})});
  request.topics.push_back({});
  const auto answered = client.Ask(request).responses;
  EXPECT_EQ(answered[0].error_code, 0);
  EXPECT_EQ(answered[1].error_code, 0);
  EXPECT_EQ(answered[1].name, "b");
  EXPECT_EQ(answered[2].error_code, Code(ErrorCode::kUnknownTopicOrPartition));
  EXPECT_EQ(answered[3].error_code, Code(ErrorCode::kUnknownTopicId));
  EXPECT_EQ(answered[4].error_code, Code(ErrorCode::kInvalidRequest));
  EXPECT_THAT(test.log().Topics(), IsEmpty());
  wire::DeleteTopicsRequest old;
  old.topic_names = {"none"};
  EXPECT_EQ(client.Ask(old, 5).responses[0].error_code, Code(ErrorCode::kUnknownTopicOrPartition));
}

TEST(CreatePartitionsTest, TopicsGrowAndDoNotShrink) {
  TestBroker test;
  ASSERT_TRUE(test.log().CreateTopic({.name = "t", .num_partitions = 2}).ok());
  TestClient client(test);
  const auto grow = [&](int32_t count) {
    wire::CreatePartitionsRequest request;
    request.topics.push_back({.name = "t", .count = count, .assignments = std::nullopt});
    return client.Ask(request).results.at(0).error_code;
  };
  EXPECT_EQ(grow(5), 0);
  EXPECT_EQ(test.log().Find(std::string_view("t"))->partitions.size(), 5u);
  EXPECT_EQ(grow(5), Code(ErrorCode::kInvalidPartitions));
  EXPECT_EQ(grow(1), Code(ErrorCode::kInvalidPartitions));
}

// --- pages of partitions ---

TEST(DescribeTopicPartitionsTest, PartitionsComeInPagesThatGoOnWhereTheLastOneEnded) {
  TestBroker test;
  ASSERT_TRUE(test.log().CreateTopic({.name = "a", .num_partitions = 2}).ok());
  ASSERT_TRUE(test.log().CreateTopic({.name = "b", .num_partitions = 2}).ok());
  TestClient client(test);
  wire::DescribeTopicPartitionsRequest request;
  request.response_partition_limit = 3;
  const auto first = client.Ask(request);
  ASSERT_EQ(first.topics.size(), 2u);
  EXPECT_EQ(first.topics[1].partitions.size(), 1u);
  ASSERT_TRUE(first.next_cursor.has_value());
  EXPECT_EQ(first.next_cursor->topic_name, "b");
  EXPECT_EQ(first.next_cursor->partition_index, 1);
  request.cursor.emplace();
  request.cursor->topic_name = "b";
  request.cursor->partition_index = 1;
  const auto second = client.Ask(request);
  ASSERT_EQ(second.topics.size(), 1u);
  ASSERT_EQ(second.topics[0].partitions.size(), 1u);
  EXPECT_EQ(second.topics[0].partitions[0].partition_index, 1);
  EXPECT_FALSE(second.next_cursor.has_value());
}

// --- configurations ---

constexpr int8_t kTopic = 2;
constexpr int8_t kBroker = 4;

wire::DescribeConfigsResponse::DescribeConfigsResult Describe(TestClient& client, int8_t type,
                                                              const std::string& name,
                                                              const std::string& config) {
  wire::DescribeConfigsRequest request;
  request.include_synonyms = true;
  request.include_documentation = true;
  request.resources.push_back({.resource_type = type, .resource_name = name});
  request.resources[0].configuration_keys.emplace().push_back(config);
  return client.Ask(request).results.at(0);
}

int16_t Change(TestClient& client, int8_t type, const std::string& name, const std::string& config,
               int8_t operation, std::optional<std::string> value, bool validate_only = false) {
  wire::IncrementalAlterConfigsRequest request;
  request.validate_only = validate_only;
  request.resources.push_back({.resource_type = type, .resource_name = name});
  request.resources[0].configs.push_back(
      {.name = config, .config_operation = operation, .value = std::move(value)});
  return client.Ask(request).responses.at(0).error_code;
}

TEST(ConfigsTest, AValueIsShownWithItsTypeAndWhereItComesFrom) {
  TestBroker test;
  ASSERT_TRUE(test.log().CreateTopic({.name = "t", .configs = {{"retention.ms", "5"}}}).ok());
  TestClient client(test);
  const auto result = Describe(client, kTopic, "t", "retention.ms");
  EXPECT_EQ(result.error_code, 0);
  ASSERT_EQ(result.configs.size(), 1u);
  EXPECT_EQ(result.configs[0].value, "5");
  EXPECT_EQ(result.configs[0].config_source, 1);
  EXPECT_EQ(result.configs[0].config_type, 5);
  EXPECT_FALSE(result.configs[0].documentation->empty());
  ASSERT_EQ(result.configs[0].synonyms.size(), 2u);
  EXPECT_EQ(result.configs[0].synonyms[1].name, "log.retention.ms");
  EXPECT_EQ(result.configs[0].synonyms[1].source, 5);
  EXPECT_EQ(Describe(client, kTopic, "none", "x").error_code,
            Code(ErrorCode::kUnknownTopicOrPartition));
  EXPECT_EQ(Describe(client, kBroker, "7", "x").error_code, Code(ErrorCode::kInvalidRequest));
}

TEST(ConfigsTest, NamesAreSetDeletedAppendedToAndSubtractedFrom) {
  TestBroker test;
  ASSERT_TRUE(test.log().CreateTopic({.name = "t"}).ok());
  TestClient client(test);
  const auto configs = [&] { return test.log().Find(std::string_view("t"))->configs; };
  EXPECT_EQ(Change(client, kTopic, "t", "retention.ms", 0, "9"), 0);
  EXPECT_EQ(Change(client, kTopic, "t", "cleanup.policy", 2, "compact"), 0);
  EXPECT_TRUE(test.log().Find(std::string_view("t"))->config.cleanup_compact);
  EXPECT_TRUE(test.log().Find(std::string_view("t"))->config.cleanup_delete);
  EXPECT_EQ(Change(client, kTopic, "t", "cleanup.policy", 3, "delete"), 0);
  EXPECT_EQ(configs().at("cleanup.policy"), "compact");
  EXPECT_EQ(Change(client, kTopic, "t", "retention.ms", 1, std::nullopt), 0);
  EXPECT_FALSE(configs().contains("retention.ms"));
  EXPECT_EQ(Change(client, kTopic, "t", "retention.ms", 2, "9"), Code(ErrorCode::kInvalidConfig));
  EXPECT_EQ(Change(client, kTopic, "t", "retention.ms", 0, "much"),
            Code(ErrorCode::kInvalidConfig));
  EXPECT_EQ(Change(client, kTopic, "t", "retention.ms", 0, std::nullopt),
            Code(ErrorCode::kInvalidRequest));
  EXPECT_EQ(Change(client, kTopic, "t", "retention.ms", 0, "8", true), 0);
  EXPECT_FALSE(configs().contains("retention.ms"));
}

TEST(ConfigsTest, TheOldWayReplacesAllThatWasSet) {
  TestBroker test;
  ASSERT_TRUE(test.log().CreateTopic({.name = "t", .configs = {{"retention.ms", "5"}}}).ok());
  TestClient client(test);
  wire::AlterConfigsRequest request;
  request.resources.push_back({.resource_type = kTopic, .resource_name = "t"});
  request.resources[0].configs.push_back({.name = "segment.ms", .value = "7000"});
  EXPECT_EQ(client.Ask(request).responses[0].error_code, 0);
  EXPECT_THAT(test.log().Find(std::string_view("t"))->configs,
              ElementsAre(testing::Pair("segment.ms", "7000")));
}

TEST(ConfigsTest, WhatIsSetOfTheBrokerSurvivesARestart) {
  TestBroker test;
  {
    TestClient client(test);
    EXPECT_EQ(Change(client, kBroker, "1", "background.threads", 0, "9"), 0);
    EXPECT_EQ(Change(client, kBroker, "1", "background.threads", 0, "nine"),
              Code(ErrorCode::kInvalidConfig));
    EXPECT_EQ(Change(client, kBroker, "1", "node.id", 0, "4"), Code(ErrorCode::kInvalidConfig));
  }
  test.Restart();
  TestClient client(test);
  const auto result = Describe(client, kBroker, "1", "background.threads");
  ASSERT_EQ(result.configs.size(), 1u);
  EXPECT_EQ(result.configs[0].value, "9");
  EXPECT_EQ(result.configs[0].config_source, 2);
  EXPECT_TRUE(Describe(client, kBroker, "", "node.id").configs.at(0).read_only);
  EXPECT_EQ(Change(client, kBroker, "1", "background.threads", 1, std::nullopt), 0);
  EXPECT_EQ(Describe(client, kBroker, "1", "background.threads").configs[0].value, "10");
}

TEST(ConfigsTest, ADefaultSetForTheBrokerCountsForTopicsThatSayNothingElse) {
  TestBroker test;
  ASSERT_TRUE(test.log().CreateTopic({.name = "says"}).ok());
  ASSERT_TRUE(test.log().CreateTopic({.name = "own", .configs = {{"retention.ms", "5"}}}).ok());
  const auto retention = [&](const std::string& name) {
    return test.log().Find(std::string_view(name))->config.retention_ms;
  };
  {
    TestClient client(test);
    EXPECT_EQ(Change(client, kBroker, "1", "log.retention.ms", 0, "77"), 0);
    EXPECT_EQ(Change(client, kBroker, "1", "log.retention.ms", 0, "much"),
              Code(ErrorCode::kInvalidConfig));
    EXPECT_EQ(retention("says"), 77);
    EXPECT_EQ(retention("own"), 5);
  }
  test.Restart();
  EXPECT_EQ(retention("says"), 77);
  TestClient client(test);
  EXPECT_EQ(Describe(client, kTopic, "says", "retention.ms").configs.at(0).config_source, 4);
  EXPECT_EQ(Change(client, kBroker, "1", "log.retention.ms", 1, std::nullopt), 0);
  EXPECT_EQ(retention("says"), logs::TopicConfig{}.retention_ms);
}

TEST(ConfigsTest, AGroupHasSettingsOfItsOwn) {
  constexpr int8_t kGroup = 32;
  TestBroker test;
  {
    TestClient client(test);
    EXPECT_EQ(Change(client, kGroup, "a/b", "consumer.session.timeout.ms", 0, "50000"), 0);
    EXPECT_EQ(Change(client, kGroup, "a/b", "consumer.session.timeout.ms", 0, "-1"),
              Code(ErrorCode::kInvalidConfig));
    EXPECT_EQ(Change(client, kGroup, "a/b", "no.such", 0, "1"), Code(ErrorCode::kInvalidConfig));
  }
  test.Restart();
  TestClient client(test);
  const auto result = Describe(client, kGroup, "a/b", "consumer.session.timeout.ms");
  EXPECT_EQ(result.configs.at(0).value, "50000");
  EXPECT_EQ(result.configs.at(0).config_source, 8);
  EXPECT_EQ(Describe(client, kGroup, "a", "consumer.session.timeout.ms").configs.at(0).value,
            "45000");
}

TEST(ConfigsTest, ResourcesAreListedByType) {
  TestBroker test;
  ASSERT_TRUE(test.log().CreateTopic({.name = "t"}).ok());
  TestClient client(test);
  wire::ListConfigResourcesRequest request;
  request.resource_types = {kTopic};
  const auto topics = client.Ask(request).config_resources;
  ASSERT_EQ(topics.size(), 1u);
  EXPECT_EQ(topics[0].resource_name, "t");
}

TEST(MetadataStoreTest, EntriesAreReplacedRemovedAndFoundByPrefix) {
  TestBroker test;
  MetadataStore& store = test.broker().metadata;
  ASSERT_TRUE(store.Put({{"a/1", "one"}, {"a/2", "two"}, {"b/1", "three"}}).ok());
  ASSERT_TRUE(store.Put({{"a/1", "uno"}, {"a/2", std::nullopt}}).ok());
  test.Restart();
  MetadataStore& again = test.broker().metadata;
  EXPECT_THAT(again.WithPrefix("a/"), ElementsAre(testing::Pair("a/1", "uno")));
  EXPECT_EQ(again.Get("b/1"), "three");
  EXPECT_EQ(again.Get("a/2"), std::nullopt);
}

// --- the cluster ---

TEST(ClusterTest, OneNodeIsEverything) {
  TestBroker test;
  ASSERT_TRUE(test.log().CreateTopic({.name = "t"}).ok());
  TestClient client(test);
  const auto cluster = client.Ask(wire::DescribeClusterRequest());
  EXPECT_EQ(cluster.cluster_id, "test");
  EXPECT_EQ(cluster.brokers.at(0).broker_id, 1);
  EXPECT_EQ(client.Ask(wire::DescribeClusterRequest{.endpoint_type = 2}).error_code,
            Code(ErrorCode::kMismatchedEndpointType));

  wire::DescribeQuorumRequest quorum;
  quorum.topics.push_back({.topic_name = "__cluster_metadata"});
  quorum.topics[0].partitions.push_back({.partition_index = 0});
  EXPECT_EQ(client.Ask(quorum).topics[0].partitions[0].leader_id, 1);

  const auto dirs = client.Ask(wire::DescribeLogDirsRequest{.topics = std::nullopt});
  ASSERT_EQ(dirs.results.size(), 1u);
  EXPECT_EQ(dirs.results[0].log_dir, "/log");
  ASSERT_EQ(dirs.results[0].topics.size(), 1u);

  wire::ElectLeadersRequest elect;
  elect.topic_partitions.emplace().push_back({.topic = "t", .partitions = {0, 7}});
  const auto elected = client.Ask(elect).replica_election_results.at(0).partition_result;
  EXPECT_EQ(elected[0].error_code, Code(ErrorCode::kElectionNotNeeded));
  EXPECT_EQ(elected[1].error_code, Code(ErrorCode::kUnknownTopicOrPartition));

  wire::AlterPartitionReassignmentsRequest move;
  move.topics.push_back({.name = "t"});
  move.topics[0].partitions.push_back({.partition_index = 0});
  move.topics[0].partitions[0].replicas.emplace().push_back(2);
  EXPECT_EQ(client.Ask(move).responses.at(0).partitions.at(0).error_code,
            Code(ErrorCode::kInvalidReplicaAssignment));

  wire::UpdateFeaturesRequest features;
  features.feature_updates.push_back({.feature = "transaction.version", .max_version_level = 2});
  EXPECT_EQ(client.Ask(features).error_code, 0);
  features.feature_updates[0].max_version_level = 1;
  EXPECT_EQ(client.Ask(features).error_code, Code(ErrorCode::kInvalidUpdateVersion));
}

TEST(ClusterTest, WhoMayNotSeeTheClusterIsToldSo) {
  OnlyOne only(Operation::kDescribe, "nothing");
  TestBroker test({.authorizer = &only});
  TestClient client(test);
  EXPECT_EQ(client.Ask(wire::DescribeLogDirsRequest{.topics = std::nullopt}).error_code,
            Code(ErrorCode::kClusterAuthorizationFailed));
  EXPECT_EQ(client.Ask(wire::DescribeQuorumRequest()).error_code,
            Code(ErrorCode::kClusterAuthorizationFailed));
}

}  // namespace
}  // namespace kafka::server
