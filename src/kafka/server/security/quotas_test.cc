// How fast a client may go.
#include "kafka/server/security/quotas.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "kafka/server/security/security_test_support.h"

namespace kafka::server {
namespace {

const Principal kAnn{.name = "User:ann"};
const Principal kBob{.name = "User:bob"};
constexpr int64_t kBurstSeconds = base::limits::kKafkaQuotaBurstMs / 1000;

QuotaEntity User(std::optional<std::string> name) { return {{"user", std::move(name)}}; }
QuotaEntity Client(std::optional<std::string> name) { return {{"client-id", std::move(name)}}; }
QuotaEntity Both(std::optional<std::string> user, std::optional<std::string> client) {
  return {{"user", std::move(user)}, {"client-id", std::move(client)}};
}

class QuotasTest : public testing::Test {
 protected:
  void Set(const QuotaEntity& entity, double rate) {
    ASSERT_TRUE(quotas_->Apply({{entity, {{"producer_byte_rate", rate}}}}).ok());
  }
  int64_t Charge(const Principal& principal, std::string_view client, int64_t bytes) {
    return quotas_->Charge(principal, client, QuotaKind::kProduceBytes, bytes);
  }
  std::optional<int64_t> RateOf(const Principal& principal, std::string_view client) {
    const auto at_once = quotas_->AtOnce(principal, client, QuotaKind::kProduceBytes);
    return at_once.has_value() ? std::optional(*at_once / kBurstSeconds) : std::nullopt;
  }

  StoreForTest store_;
  std::unique_ptr<Quotas> quotas_ = Quotas::Open(*store_, store_.clock()).value();
};

TEST_F(QuotasTest, WithoutAQuotaNobodyWaits) {
  EXPECT_EQ(Charge(kAnn, "a", INT64_C(1) << 40), 0);
  Set(User("bob"), 1);
  EXPECT_EQ(Charge(kAnn, "a", INT64_C(1) << 40), 0);
}

TEST_F(QuotasTest, AClientWaitsUntilItsRateHasMadeGoodWhatItIsAhead) {
  Set(User("ann"), 1000);
  EXPECT_EQ(Charge(kAnn, "a", 1000 * kBurstSeconds), 0);
  EXPECT_EQ(Charge(kAnn, "a", 500), 500);
  store_.clock().Advance(500);
  EXPECT_EQ(Charge(kAnn, "a", 0), 0);
  EXPECT_EQ(Charge(kAnn, "a", 2000), 2000);
  store_.clock().Advance(3'600'000);
  EXPECT_EQ(Charge(kAnn, "a", 1000 * kBurstSeconds), 0);  // idle time saves up no more than this
  EXPECT_EQ(Charge(kAnn, "a", 1), 1);
}

TEST_F(QuotasTest, NoWaitIsLongerThanTheBoundAndTheRestIsStillOwed) {
  Set(User("ann"), 1);
  EXPECT_EQ(Charge(kAnn, "a", 1'000'000), base::limits::kKafkaThrottleMsMax);
  store_.clock().Advance(base::limits::kKafkaThrottleMsMax);
  EXPECT_EQ(Charge(kAnn, "a", 0), base::limits::kKafkaThrottleMsMax);
}

TEST_F(QuotasTest, TheMostSpecialQuotaHolds) {
  Set(Client(std::nullopt), 10);
  EXPECT_EQ(RateOf(kAnn, "a"), 10);
  Set(Client("a"), 20);
  EXPECT_EQ(RateOf(kAnn, "a"), 20);
  Set(User(std::nullopt), 30);
  EXPECT_EQ(RateOf(kAnn, "a"), 30);
  Set(Both(std::nullopt, std::nullopt), 40);
  EXPECT_EQ(RateOf(kAnn, "a"), 40);
  Set(Both(std::nullopt, "a"), 50);
  EXPECT_EQ(RateOf(kAnn, "a"), 50);
  Set(User("ann"), 60);
  EXPECT_EQ(RateOf(kAnn, "a"), 60);
  Set(Both("ann", std::nullopt), 70);
  EXPECT_EQ(RateOf(kAnn, "a"), 70);
  Set(Both("ann", "a"), 80);
  EXPECT_EQ(RateOf(kAnn, "a"), 80);
  EXPECT_EQ(RateOf(kBob, "b"), 40);
  // A quota of another kind hides none of this kind.
  ASSERT_TRUE(quotas_->Apply({{Both("ann", "a"), {{"consumer_byte_rate", 5}}}}).ok());
  EXPECT_EQ(RateOf(kAnn, "a"), 70);
}

TEST_F(QuotasTest, AUsersQuotaIsSharedByItsClientsAndADefaultIsEachOnesOwn) {
  Set(User("ann"), 1000);
  EXPECT_EQ(Charge(kAnn, "a", 1000 * kBurstSeconds), 0);
  EXPECT_EQ(Charge(kAnn, "b", 100), 100);
  Set(User(std::nullopt), 1000);
  EXPECT_EQ(Charge(kBob, "a", 1000 * kBurstSeconds), 0);
  const Principal eve{.name = "User:eve"};
  EXPECT_EQ(Charge(eve, "a", 1000 * kBurstSeconds), 0);
}

TEST_F(QuotasTest, ClientsThatInventIdsShareOneCountInTheEnd) {
  Set(Client(std::nullopt), 1000);
  int64_t waits = 0;
  for (size_t i = 0; i < base::limits::kKafkaQuotaCountsMax + 20; ++i) {
    waits += Charge(kAnn, "id " + std::to_string(i), 1000 * kBurstSeconds);
  }
  EXPECT_GT(waits, 0);
  // Those that were not heard of for long make room.
  store_.clock().Advance(3'600'000);
  EXPECT_EQ(Charge(kAnn, "new", 1000 * kBurstSeconds), 0);
}

TEST_F(QuotasTest, QuotasAreThereAfterARestartAndGoneWhenRemoved) {
  const QuotaValues values = {{"producer_byte_rate", 1024}, {"request_percentage", 12.5}};
  ASSERT_TRUE(quotas_->Apply({{Both("a=b/c", std::nullopt), values}, {User("x"), values}}).ok());
  ASSERT_TRUE(quotas_->Apply({{User("x"), {}}}).ok());
  store_.Reopen();
  const auto again = Quotas::Open(*store_, store_.clock()).value();
  EXPECT_THAT(again->List(),
              testing::ElementsAre(testing::Pair(Both("a=b/c", std::nullopt), values)));
}

TEST_F(QuotasTest, TimeOnRequestsIsAPercentageOfOneThread) {
  ASSERT_TRUE(quotas_->Apply({{User("ann"), {{"request_percentage", 50}}}}).ok());
  const auto charge = [&](int64_t micros) {
    return quotas_->Charge(kAnn, "a", QuotaKind::kRequestMicros, micros);
  };
  EXPECT_EQ(charge(500'000 * kBurstSeconds), 0);
  EXPECT_EQ(charge(1'000), 2);
}

TEST_F(QuotasTest, WhatIsNoQuotaIsRefusedWithAReason) {
  EXPECT_TRUE(Quotas::ProblemOf({}).has_value());
  EXPECT_TRUE(Quotas::ProblemOf({{"group", "x"}}).has_value());
  EXPECT_TRUE(Quotas::ProblemOf(User("")).has_value());
  EXPECT_TRUE(Quotas::ProblemOf({{"ip", "::1"}, {"user", "x"}}).has_value());
  EXPECT_FALSE(Quotas::ProblemOf(Both("x", std::nullopt)).has_value());
  EXPECT_FALSE(Quotas::ProblemOf(User("x"), "producer_byte_rate", 5).has_value());
  EXPECT_FALSE(Quotas::ProblemOf(User("x"), "request_percentage", 0.5).has_value());
  EXPECT_TRUE(Quotas::ProblemOf(User("x"), "producer_byte_rate", 0.5).has_value());
  EXPECT_TRUE(Quotas::ProblemOf(User("x"), "producer_byte_rate", 0).has_value());
  EXPECT_TRUE(Quotas::ProblemOf(User("x"), "producer_byte_rate", std::nan("")).has_value());
  EXPECT_TRUE(Quotas::ProblemOf(User("x"), "connection_creation_rate", 5).has_value());
  EXPECT_FALSE(Quotas::ProblemOf({{"ip", "::1"}}, "connection_creation_rate", 5).has_value());
}

}  // namespace
}  // namespace kafka::server
