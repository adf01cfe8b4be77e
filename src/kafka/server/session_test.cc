// Sessions: the order of answers, what overlaps, what is refused, and what a hostile peer can do.
#include "kafka/server/session.h"

#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "kafka/server/apis.h"
#include "kafka/server/test_broker.h"
#include "kafka/wire/api_versions.h"
#include "kafka/wire/fetch.h"
#include "kafka/wire/list_groups.h"
#include "kafka/wire/metadata.h"
#include "kafka/wire/produce.h"
#include "log/storage/log_test_support.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;
using testing::Contains;
using testing::HasSubstr;

wire::ProduceRequest ProduceOf(const std::string& topic, const std::string& batch,
                               int16_t acks = -1) {
  wire::ProduceRequest request;
  request.acks = acks;
  request.timeout_ms = 1'000;
  request.topic_data.push_back({.name = topic});
  request.topic_data[0].partition_data.push_back({.index = 0, .records = batch});
  return request;
}

// Topic names travel up to version 12.
constexpr int16_t kProduceByName = 12;

TEST(SessionTest, TheFirstQuestionIsAnsweredWithTheTableOfApis) {
  TestBroker test;
  TestClient client(test);
  const wire::ApiVersionsRequest request{.client_software_name = "a-client",
                                         .client_software_version = "1.2.3"};
  const auto response = client.Ask(request);
  EXPECT_EQ(response.error_code, 0);
  ASSERT_EQ(response.api_keys.size(), Apis().size());
  std::map<int16_t, wire::ApiVersionsResponse::ApiVersion> by_key;
  for (const auto& api : response.api_keys) by_key[api.api_key] = api;
  EXPECT_EQ(by_key[wire::ProduceRequest::kApiKey].min_version, 0);
  EXPECT_EQ(by_key[wire::FetchRequest::kApiKey].min_version, 4);
  std::map<std::string, int16_t> levels;
  for (const auto& feature : response.finalized_features) {
    levels[feature.name] = feature.max_version_level;
  }
  EXPECT_EQ(levels["transaction.version"], 2);
  EXPECT_EQ(levels["group.version"], 1);
}

TEST(SessionTest, AClientNewerThanTheBrokerIsToldSoInTheOldestForm) {
  TestBroker test;
  TestClient client(test);
  std::string frame = TestClient::FrameOf(wire::ApiVersionsRequest(), 0, 7);
  base::StoreBigEndian(frame.data() + 2, int16_t{99});
  ASSERT_TRUE(client.session().Receive(frame).ok());
  const auto response = client.Receive<wire::ApiVersionsRequest>(7, 0);
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->error_code, Code(ErrorCode::kUnsupportedVersion));
  EXPECT_EQ(response->api_keys.size(), Apis().size());
}

TEST(SessionTest, FeaturesThatMayBeOffAreHiddenFromClientsThatTakeThemForAFault) {
  TestBroker test;
  TestClient client(test);
  const wire::ApiVersionsRequest request{.client_software_name = "a",
                                         .client_software_version = "1"};
  for (const auto& feature : client.Ask(request, 3).supported_features) {
    EXPECT_GT(feature.min_version, 0) << feature.name;
  }
}

TEST(SessionTest, ANameOfSoftwareThatIsNoneIsRefused) {
  TestBroker test;
  TestClient client(test);
  const wire::ApiVersionsRequest request{.client_software_name = "$(rm)",
                                         .client_software_version = "1"};
  EXPECT_EQ(client.Ask(request).error_code, Code(ErrorCode::kInvalidRequest));
}

TEST(SessionTest, AClientThatMeantAnotherClusterIsToldSo) {
  TestBroker test;
  TestClient client(test);
  const wire::ApiVersionsRequest request{.client_software_name = "a",
                                         .client_software_version = "1",
                                         .cluster_id = "another",
                                         .node_id = 1};
  EXPECT_EQ(client.Ask(request).error_code, Code(ErrorCode::kRebootstrapRequired));
}

TEST(SessionTest, ProducesOverlapAndAreAnsweredInOrder) {
  TestBroker test({.flush = logs::FlushPolicy::kAlways});
  ASSERT_TRUE(test.log().CreateTopic({.name = "t"}).ok());
  TestClient client(test);
  const std::string batch = logs::BatchOf({"a", "b"}, {});
  const int32_t first = client.Send(ProduceOf("t", batch), kProduceByName);
  const int32_t second = client.Send(ProduceOf("t", batch), kProduceByName);
  EXPECT_EQ(test.log().Find(std::string_view("t"))->partitions[0]->Ends().log_end, logs::Offset(4));
  EXPECT_FALSE(client.Receive<wire::ProduceRequest>(first, kProduceByName).has_value());
  EXPECT_TRUE(client.session().deadline_ms().has_value());
  ASSERT_TRUE(test.log().Sync().ok());
  EXPECT_TRUE(client.notified());
  const auto one = client.Receive<wire::ProduceRequest>(first, kProduceByName);
  const auto two = client.Receive<wire::ProduceRequest>(second, kProduceByName);
  ASSERT_TRUE(one.has_value() && two.has_value());
  EXPECT_EQ(one->responses[0].partition_responses[0].base_offset, 0);
  EXPECT_EQ(two->responses[0].partition_responses[0].base_offset, 2);
}

TEST(SessionTest, AnyOtherRequestWaitsForTheProduceBeforeIt) {
  TestBroker test({.flush = logs::FlushPolicy::kAlways});
  ASSERT_TRUE(test.log().CreateTopic({.name = "t"}).ok());
  TestClient client(test);
  const std::string batch = logs::BatchOf({"a"}, {});
  const int32_t produce = client.Send(ProduceOf("t", batch), kProduceByName);
  wire::MetadataRequest ask;
  ask.topics.emplace();
  const int32_t metadata = client.Send(ask);
  EXPECT_FALSE(client.Receive<wire::ProduceRequest>(produce, kProduceByName).has_value());
  ASSERT_TRUE(test.log().Sync().ok());
  EXPECT_TRUE(client.Receive<wire::ProduceRequest>(produce, kProduceByName).has_value());
  EXPECT_TRUE(client.Receive<wire::MetadataRequest>(metadata).has_value());
}

TEST(SessionTest, AProduceThatDoesNotBecomeDurableInTimeIsToldSo) {
  TestBroker test({.flush = logs::FlushPolicy::kAlways});
  ASSERT_TRUE(test.log().CreateTopic({.name = "t"}).ok());
  TestClient client(test);
  const int32_t id = client.Send(ProduceOf("t", logs::BatchOf({"a"}, {})), kProduceByName);
  EXPECT_FALSE(client.Receive<wire::ProduceRequest>(id, kProduceByName).has_value());
  test.clock().Advance(1'000);
  const auto response = client.Receive<wire::ProduceRequest>(id, kProduceByName);
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->responses[0].partition_responses[0].error_code,
            Code(ErrorCode::kRequestTimedOut));
}

TEST(SessionTest, AProduceWithAcksOneDoesNotWaitForTheDisk) {
  TestBroker test({.flush = logs::FlushPolicy::kAlways});
  ASSERT_TRUE(test.log().CreateTopic({.name = "t"}).ok());
  TestClient client(test);
  const auto response = client.Ask(ProduceOf("t", logs::BatchOf({"a"}, {}), 1), kProduceByName);
  EXPECT_EQ(response.responses[0].partition_responses[0].error_code, 0);
}

TEST(SessionTest, AProduceWithoutAcksHasNoAnswer) {
  TestBroker test;
  ASSERT_TRUE(test.log().CreateTopic({.name = "t"}).ok());
  TestClient client(test);
  client.Send(ProduceOf("t", logs::BatchOf({"a"}, {}), 0), kProduceByName);
  const wire::MetadataRequest ask{.topics = std::nullopt};
  EXPECT_EQ(client.Ask(ask).topics.size(), 1u);
  EXPECT_EQ(test.log().Find(std::string_view("t"))->partitions[0]->Ends().log_end, logs::Offset(1));
}

TEST(SessionTest, AProduceWithoutAcksThatFailsClosesTheConnection) {
  TestBroker test;
  TestClient client(test);
  client.Send(ProduceOf("none", logs::BatchOf({"a"}, {}), 0), kProduceByName);
  EXPECT_FALSE(client.session().Next().ok());
}

TEST(SessionTest, NoMoreIsReadWhileTooMuchIsUnderWay) {
  TestBroker test({.flush = logs::FlushPolicy::kAlways});
  ASSERT_TRUE(test.log().CreateTopic({.name = "t"}).ok());
  TestClient client(test);
  const std::string batch = logs::BatchOf({"a"}, {});
  for (size_t i = 0; i < base::limits::kKafkaRequestsInFlightMax; ++i) {
    ASSERT_TRUE(client.session().wants_request());
    client.Send(ProduceOf("t", batch), kProduceByName);
  }
  EXPECT_FALSE(client.session().wants_request());
  ASSERT_TRUE(test.log().Sync().ok());
  EXPECT_TRUE(client.Receive<wire::ProduceRequest>(1, kProduceByName).has_value());
  EXPECT_TRUE(client.session().wants_request());
}

TEST(SessionTest, AClientBeyondItsQuotaIsAnsweredAndThenNotHeardForAWhile) {
  TestBroker test;
  ASSERT_TRUE(test.log().CreateTopic({.name = "t"}).ok());
  ASSERT_TRUE(
      test.broker()
          .quotas
          .Apply({{.entity = {{"client-id", "test"}}, .values = {{"producer_byte_rate", 100.0}}}})
          .ok());
  TestClient client(test);
  const std::string batch = logs::BatchOf({std::string(5'000, 'x')}, {});
  const auto response = client.Ask(ProduceOf("t", batch), kProduceByName);
  EXPECT_EQ(response.responses[0].partition_responses[0].error_code, 0);
  ASSERT_GT(response.throttle_time_ms, 0);
  EXPECT_FALSE(client.session().wants_request());
  ASSERT_TRUE(client.session().deadline_ms().has_value());
  test.clock().Advance(response.throttle_time_ms);
  EXPECT_TRUE(client.session().wants_request());
}

TEST(SessionTest, BeforeAuthenticationOnlyApiVersionsIsServed) {
  TestBroker test;
  TestClient client(test, {.host = "10.0.0.1", .needs_sasl = true});
  EXPECT_EQ(client.Ask(wire::ApiVersionsRequest(), 0).error_code, 0);
  const auto refused = client.session().Receive(TestClient::FrameOf(wire::MetadataRequest(), 9, 2));
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(), HasSubstr("authentication"));
}

TEST(SessionTest, UnknownKeysAndVersionsEndTheConversation) {
  TestBroker test;
  std::string frame = TestClient::FrameOf(wire::MetadataRequest(), 9, 1);
  base::StoreBigEndian(frame.data(), int16_t{5'000});
  EXPECT_FALSE(TestClient(test).session().Receive(frame).ok());
  frame = TestClient::FrameOf(wire::MetadataRequest(), 9, 1);
  base::StoreBigEndian(frame.data() + 2, int16_t{1'000});
  EXPECT_FALSE(TestClient(test).session().Receive(frame).ok());
  base::StoreBigEndian(frame.data() + 2, int16_t{-1});
  EXPECT_FALSE(TestClient(test).session().Receive(frame).ok());
}

TEST(SessionTest, ARequestCutShortAnywhereIsRefused) {
  TestBroker test;
  ASSERT_TRUE(test.log().CreateTopic({.name = "t"}).ok());
  const std::string whole =
      TestClient::FrameOf(ProduceOf("t", logs::BatchOf({"a"}, {})), kProduceByName, 1);
  for (size_t size = 0; size < whole.size(); ++size) {
    TestClient client(test);
    EXPECT_FALSE(client.session().Receive(whole.substr(0, size)).ok()) << size;
  }
  EXPECT_EQ(test.log().Find(std::string_view("t"))->partitions[0]->Ends().log_end, logs::Offset(0));
}

TEST(SessionTest, AnArrayLongerThanItsFrameCostsNothing) {
  TestBroker test;
  std::string frame = TestClient::FrameOf(wire::MetadataRequest(), 8, 1);
  // Metadata version 8 begins with the number of topics; -1 stands there.
  const size_t position = frame.size() - 4 - 3;
  base::StoreBigEndian(frame.data() + position, int32_t{INT32_MAX});
  EXPECT_FALSE(TestClient(test).session().Receive(frame).ok());
}

TEST(SessionTest, LatencyIsCountedByApi) {
  TestBroker test;
  TestClient client(test);
  client.Ask(wire::ApiVersionsRequest(), 0);
  EXPECT_THAT(test.broker().metrics.Render(),
              HasSubstr("tributary_kafka_request_seconds_count{api=\"ApiVersions\"} 1"));
}

}  // namespace
}  // namespace kafka::server
