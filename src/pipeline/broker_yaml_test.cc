// The sections of tributary.yaml about the log and its listeners, as a project's author writes them.
#include "pipeline/broker_yaml.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "env/memory_files.h"
#include "pipeline/project.h"
#include "pipeline/quantities.h"

namespace pipeline {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class BrokerYamlTest : public testing::Test {
 protected:
  BrokerYamlTest() { EXPECT_TRUE(files_.CreateDirectories("/p").ok()); }

  LoadedProject Load(const std::string& sections, const std::string& target = "") {
    EXPECT_TRUE(env::WriteWhole(files_, "/p/tributary.yaml", "name: a\n" + sections).ok());
    return LoadProject(files_, "/p", {.target = target, .variables = {{"PW", "s3cret"}}}).value();
  }
  BrokerSettings Sound(const std::string& sections, const std::string& target = "") {
    LoadedProject loaded = Load(sections, target);
    EXPECT_EQ(base::RenderAll(loaded.diagnostics), "");
    return loaded.project ? loaded.project->broker : BrokerSettings{};
  }
  std::string Mistakes(const std::string& sections) {
    return base::RenderAll(Load(sections).diagnostics);
  }

  base::ManualClock clock_{0};
  env::MemoryFiles files_{&clock_};
};

TEST_F(BrokerYamlTest, AProjectThatSaysNothingServesItsOwnMachine) {
  for (const char* same : {"", "log: embedded\n", "kafka: {}\nhttp: {}\nlog: {}\n"}) {
    const BrokerSettings settings = Sound(same);
    ASSERT_EQ(settings.kafka.size(), 1u) << same;
    EXPECT_EQ(settings.kafka[0].address, (env::HostPort{"127.0.0.1", 9092}));
    EXPECT_FALSE(settings.kafka[0].tls || settings.kafka[0].sasl);
    EXPECT_THAT(settings.http, ElementsAre(env::HostPort{"127.0.0.1", 8080}));
    EXPECT_EQ(settings.log_folder, "/p/.tributary/log");
    EXPECT_EQ(settings.log_url, "");
    EXPECT_EQ(settings.flush, logs::FlushPolicy::kAlways);
    EXPECT_TRUE(settings.OnlyLoopback());
    EXPECT_FALSE(settings.auto_create_topics.has_value());
  }
}

TEST_F(BrokerYamlTest, EveryKeyIsRead) {
  const BrokerSettings settings = Sound(R"(
log:
  folder: ../data
  flush: interval
  flush_interval: 250ms
  partitions: 3
  topic_defaults: {retention.ms: 60000, cleanup.policy: "compact,delete"}
kafka:
  listen:
    - localhost:9092
    - {address: "SASL_SSL://*:9093", name: public, advertised: "broker.example.com:19093"}
    - SSL://[::1]:9094
  auto_create_topics: false
  tls: {certificate: certs/s.pem, key: /etc/s.key, client_ca: certs/ca.pem, client_required: true}
  sasl: {mechanisms: [SCRAM-SHA-256, PLAIN], users: {alice: "${PW}", bob: builder}}
  super_users: [alice, "User:CN=ops"]
  connections: 50
  idle_timeout: 2m
  request_bytes: 5 MiB
http: {listen: ["127.0.0.1:8081", "[::1]:8081"]}
)");
  EXPECT_EQ(settings.log_folder, "/data");
  EXPECT_EQ(settings.flush, logs::FlushPolicy::kInterval);
  EXPECT_EQ(settings.flush_interval_ms, 250);
  EXPECT_EQ(settings.default_partitions, 3);
  EXPECT_EQ(settings.topic_defaults.at("retention.ms"), "60000");
  ASSERT_EQ(settings.kafka.size(), 3u);
  EXPECT_EQ(settings.kafka[0].name, "plaintext");
  EXPECT_EQ(settings.kafka[1].name, "public");
  EXPECT_EQ(settings.kafka[1].address, (env::HostPort{"", 9093}));
  EXPECT_EQ(settings.kafka[1].advertised, (env::HostPort{"broker.example.com", 19093}));
  EXPECT_TRUE(settings.kafka[1].tls && settings.kafka[1].sasl);
  EXPECT_TRUE(settings.kafka[2].tls && !settings.kafka[2].sasl);
  EXPECT_FALSE(settings.OnlyLoopback());
  EXPECT_EQ(settings.auto_create_topics, false);
  EXPECT_EQ(settings.tls_certificate, "/p/certs/s.pem");
  EXPECT_EQ(settings.tls_key, "/etc/s.key");
  EXPECT_EQ(settings.tls_client_ca, "/p/certs/ca.pem");
  EXPECT_TRUE(settings.tls_clients_required);
  EXPECT_THAT(settings.sasl_mechanisms, ElementsAre("SCRAM-SHA-256", "PLAIN"));
  EXPECT_EQ(settings.users.at("alice"), "s3cret");
  EXPECT_THAT(settings.super_users, ElementsAre("User:alice", "User:CN=ops"));
  EXPECT_EQ(settings.connections_max, 50u);
  EXPECT_EQ(settings.idle_ms, 120'000);
  EXPECT_EQ(settings.request_bytes_max, size_t{5} << 20);
  EXPECT_EQ(settings.http.size(), 2u);
}

TEST_F(BrokerYamlTest, AListenerMayBeOffAndATargetReplacesWhatStandsAtTheTop) {
  EXPECT_THAT(Sound("kafka: {listen: off}").kafka, IsEmpty());
  EXPECT_THAT(Sound("http: {listen: none}").http, IsEmpty());
  const std::string yaml =
      "log: {flush: never}\nkafka: {listen: 127.0.0.1:1}\ntargets:\n"
      "  prod: {log: \"kafka://b1:9092,b2:9092\", kafka: {listen: 127.0.0.1:2}}\n";
  EXPECT_EQ(Sound(yaml).kafka[0].address.port, 1);
  EXPECT_EQ(Sound(yaml, "prod").kafka[0].address.port, 2);
  EXPECT_EQ(Sound(yaml, "prod").log_url, "kafka://b1:9092,b2:9092");
  EXPECT_EQ(Sound(yaml, "prod").flush, logs::FlushPolicy::kAlways);
}

TEST_F(BrokerYamlTest, WhatWouldLetStrangersInIsRefusedUnlessItIsMeant) {
  const std::string open = Mistakes("kafka:\n  listen: 0.0.0.0:9092\n");
  EXPECT_THAT(open, AllOf(HasSubstr("error: tributary.yaml:3:11: the Kafka listener 0.0.0.0:9092 "
                                    "would let anybody in the network"),
                          HasSubstr("allow_anonymous: true")));
  EXPECT_THAT(Mistakes("kafka: {listen: \"SSL://*:1\", tls: {certificate: a, key: b}}"),
              HasSubstr("would let anybody"));
  EXPECT_EQ(Mistakes("kafka: {listen: \"*:1\", allow_anonymous: true}"), "");
  EXPECT_EQ(Mistakes("kafka: {listen: \"SSL://*:1\", tls: {certificate: a, key: b, client_ca: c, "
                     "client_required: true}}"),
            "");
  EXPECT_THAT(Mistakes("kafka: {listen: \"SASL_PLAINTEXT://*:1\", sasl: {mechanisms: PLAIN}}"),
              HasSubstr("warning: tributary.yaml:2:17: passwords cross the network"));
}

TEST_F(BrokerYamlTest, PasswordsAreNotShown) {
  const std::string mistakes =
      Mistakes("kafka: {sasl: {mechanisms: [PLIAN], users: {bob: builder123}}}");
  EXPECT_THAT(mistakes, AllOf(HasSubstr("no SASL mechanism 'PLIAN'"), Not(HasSubstr("builder"))));
}

struct Mistake {
  const char* yaml;
  const char* told;
};

TEST_F(BrokerYamlTest, MistakesAreToldWithTheirPlace) {
  const Mistake mistakes[] = {
      {"log: rocksdb", ":2:6: 'log: rocksdb' is not supported"},
      {"log: \"kafka://b1:port\"", ":2:6: "},
      {"log: {flush: often}", "The policies are: always, interval, never."},
      {"log: {flush_interval: 5}", "'flush_interval: 5' is not a duration"},
      {"log: {partitions: 0}", "'partitions' must be a whole number from 1 to 10000"},
      {"log: {partitions: 3x}", "not '3x'"},
      {"log: {folder: s3://b}", "the log's folder 's3://b' is none"},
      {"log: {topic_defaults: {retention.m: 1}}", "Did you mean 'retention.ms'?"},
      {"log: {topic_defaults: {retention.ms: long}}", "retention.ms"},
      {"log: {fush: always}", "Did you mean 'flush'?"},
      {"kafka: {listen: 9092}", "'9092' is not an address"},
      {"kafka: {listen: \"TLS://a:1\"}", "The protocols are: PLAINTEXT, SSL"},
      {"kafka: {listen: [{name: x}]}", "a listener has no 'address'"},
      {"kafka: {listen: [{address: \"localhost:1\", advertised: \"0.0.0.0:1\"}]}",
       "clients cannot connect to '0.0.0.0:1'"},
      {"kafka: {listen: \"SSL://localhost:1\"}", "localhost:1 needs a certificate"},
      {"kafka: {listen: \"SASL_SSL://localhost:1\", tls: {certificate: a, key: b}}",
       "localhost:1 needs a SASL mechanism"},
      {"kafka: {tls: {certificate: a}}", "'tls' has no 'key'"},
      {"kafka: {tls: {certificate: a, key: b, client_required: true}}", "needs a 'client_ca'"},
      {"kafka: {sasl: {users: {a: \"\"}}}", "the password of 'a' is empty"},
      {"kafka: {request_bytes: 3 GiB}", "from 1 KiB to 1 GiB"},
      {"kafka: {idle_timeout: 3ms}", "at least 1000 ms"},
      {"kafka: {connections: -1}", "'connections' must be a whole number"},
      {"http: {listen: here}", "'here' is not an address"},
      {"http: {port: 1}", "'http' has no key 'port'"},
  };
  for (const Mistake& one : mistakes) {
    EXPECT_THAT(Mistakes(one.yaml), HasSubstr(one.told)) << one.yaml;
  }
}

TEST(QuantitiesTest, PeopleWriteSizesAndDurationsInManyWays) {
  EXPECT_EQ(ParseBytes("4 GiB"), uint64_t{4} << 30);
  EXPECT_EQ(ParseBytes("1.5kb"), 1'500u);
  EXPECT_EQ(ParseBytes("12"), 12u);
  EXPECT_TRUE(ParseBytes("50%"));
  for (const char* none : {"", "x", "-1", "4 gb ib", "101%", "9e99", "nan"}) {
    EXPECT_FALSE(ParseBytes(none)) << none;
  }
  EXPECT_EQ(ParseDurationMs("250ms"), 250);
  EXPECT_EQ(ParseDurationMs("1.5 h"), 5'400'000);
  EXPECT_EQ(ParseDurationMs("7d"), 7LL * 86'400'000);
  for (const char* none : {"", "7", "7 w", "-1s", "1e30d", "inf s"}) {
    EXPECT_FALSE(ParseDurationMs(none)) << none;
  }
}

}  // namespace
}  // namespace pipeline
