#include "kafka/client/cluster_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kafka::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(ClusterUrlTest, NamesBrokers) {
  const auto url = ParseClusterUrl("kafka://b1:9093,b2,[::1]:9094");
  ASSERT_TRUE(url.ok()) << url.error().ToString();
  EXPECT_THAT(url->brokers, ElementsAre("b1:9093", "b2:9092", "[::1]:9094"));
  EXPECT_FALSE(url->tls);
  EXPECT_EQ(url->sasl, "");
}

TEST(ClusterUrlTest, AUserLogsInWithScramUnlessToldOtherwise) {
  const auto url = ParseClusterUrl("kafka://app:p%40ss%3A@b1?tls=true&ca=ca.pem");
  ASSERT_TRUE(url.ok()) << url.error().ToString();
  EXPECT_EQ(url->user, "app");
  EXPECT_EQ(url->password, "p@ss:");
  EXPECT_EQ(url->sasl, "SCRAM-SHA-512");
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->ca_file, "ca.pem");
  EXPECT_EQ(ParseClusterUrl("kafka://app:x@b1?sasl=plain")->sasl, "PLAIN");
}

TEST(ClusterUrlTest, NoMessageAndNoTextHoldsThePassword) {
  EXPECT_EQ(ParseClusterUrl("kafka://app:secret@b1:9092,b2:9092")->ToString(),
            "kafka://b1:9092,b2:9092");
  for (const char* wrong : {"kafka://app:secret@b1:99999", "kafka://app:secret@b1?tsl=true",
                            "kafka://app:secret%zz@b1", "kafka://app:secret@"}) {
    const auto url = ParseClusterUrl(wrong);
    ASSERT_FALSE(url.ok()) << wrong;
    EXPECT_EQ(url.error().code(), base::Code::kInvalidArgument);
    EXPECT_THAT(url.error().ToString(), Not(HasSubstr("secret")));
  }
}

TEST(ClusterUrlTest, WhatCannotBeIsRefusedWithAHint) {
  for (const char* wrong :
       {"http://b1:9092", "kafka://", "kafka://b1:", "kafka://b1,,b2", "kafka://b1?tls=yes",
        "kafka://b1?sasl=plain", "kafka://u:p@b1?sasl=kerberos", "kafka://b1?ca=x.pem"}) {
    const auto url = ParseClusterUrl(wrong);
    ASSERT_FALSE(url.ok()) << wrong;
    EXPECT_NE(url.error().hint(), "") << wrong;
  }
}

}  // namespace
}  // namespace kafka::client
