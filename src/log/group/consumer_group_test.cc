#include "log/group/consumer_group.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/group/coordinator_harness.h"

namespace logs {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A consumer as a good client is one: it sends what it has, and does what it is told.
class Consumer {
 public:
  Consumer(CoordinatorHarness& groups, std::string member_id)
      : groups_(groups), member_id_(std::move(member_id)) {}

  std::optional<std::string> instance_id;
  std::optional<std::vector<std::string>> topics = std::vector<std::string>{"t"};
  std::optional<std::string> regex;
  std::optional<std::string> assignor;
  bool clings = false;  // does not give back

  ConsumerHeartbeatAnswer Send() {
    const bool joins = epoch == kJoinEpoch;
    ConsumerHeartbeat request{.group_id = "g",
                              .member_id = member_id_,
                              .member_epoch = epoch,
                              .instance_id = instance_id};
    if (joins || subscribe_again) {
      request.rebalance_timeout_ms = 30'000;
      request.subscribed_topics = topics;
      request.subscribed_topic_regex = regex;
      request.server_assignor = assignor;
    }
    subscribe_again = false;
    if (joins) told.clear();
    if (!clings) owned = told;
    request.owned = joins ? std::vector<TopicIdPartitions>() : Owned();
    auto answer = groups_.Now(groups_->Heartbeat(request));
    if (answer.error != ErrorCode::kNone) return answer;
    epoch = answer.member_epoch;
    if (answer.assignment.has_value()) {
      told.clear();
      for (const auto& topic : *answer.assignment) {
        told[topic.topic_id] = {topic.partitions.begin(), topic.partitions.end()};
      }
    }
    if (!clings) owned = told;
    return answer;
  }
  ConsumerHeartbeatAnswer Leave(int32_t leave_epoch = kLeaveEpoch) {
    return groups_.Now(groups_->Heartbeat(ConsumerHeartbeat{.group_id = "g",
                                                            .member_id = member_id_,
                                                            .member_epoch = leave_epoch,
                                                            .instance_id = instance_id}));
  }
  [[nodiscard]] std::vector<TopicIdPartitions> Owned() const {
    std::vector<TopicIdPartitions> topics_owned;
    for (const auto& [topic, partitions] : owned) {
      topics_owned.push_back({topic, {partitions.begin(), partitions.end()}});
    }
    return topics_owned;
  }
  [[nodiscard]] size_t NumOwned() const {
    size_t count = 0;
    for (const auto& [topic, partitions] : owned) count += partitions.size();
    return count;
  }

  int32_t epoch = kJoinEpoch;
  bool subscribe_again = false;
  Assignment owned;
  Assignment told;

 private:
  CoordinatorHarness& groups_;
  std::string member_id_;
};

class ConsumerGroupTest : public ::testing::Test {
 protected:
  ConsumerGroupTest() { groups_.log.Create("t", 6); }

  // Heartbeats of all until nothing changes. No two ever own the same partition.
  void Settle(std::vector<Consumer*> consumers) {
    for (int round = 0; round < 10; ++round) {
      for (auto* consumer : consumers) {
        EXPECT_EQ(consumer->Send().error, ErrorCode::kNone);
        std::set<std::pair<base::Uuid, int32_t>> seen;
        for (const auto* each : consumers) {
          for (const auto& [topic, partitions] : each->owned) {
            for (const int32_t partition : partitions) {
              EXPECT_TRUE(seen.emplace(topic, partition).second)
                  << "two members own partition " << partition;
            }
          }
        }
      }
      groups_.Pass(100);
    }
  }
  std::string State() { return groups_->DescribeConsumerGroup("g").state; }

  CoordinatorHarness groups_;
};

TEST_F(ConsumerGroupTest, OneMemberGetsEverything) {
  Consumer a(groups_, "a");
  const auto answer = a.Send();
  EXPECT_EQ(answer.member_epoch, 1);
  EXPECT_EQ(answer.heartbeat_interval_ms, 5'000);
  EXPECT_EQ(a.NumOwned(), 6U);
  EXPECT_EQ(State(), "Stable");
  EXPECT_FALSE(a.Send().assignment.has_value()) << "nothing new to tell";
}

TEST_F(ConsumerGroupTest, AMemberGetsWhatAnotherHasGivenBackAndNotBefore) {
  Consumer a(groups_, "a");
  Consumer b(groups_, "b");
  a.Send();
  EXPECT_EQ(b.Send().member_epoch, 2);
  EXPECT_EQ(b.NumOwned(), 0U);
  EXPECT_EQ(State(), "Reconciling");
  a.clings = true;
  const auto told = a.Send();
  EXPECT_EQ(told.member_epoch, 1) << "it stays in its epoch until it has given back";
  ASSERT_TRUE(told.assignment.has_value());
  EXPECT_THAT(told.assignment->at(0).partitions, SizeIs(3));
  b.Send();
  EXPECT_EQ(b.NumOwned(), 0U);
  a.clings = false;
  Settle({&a, &b});
  EXPECT_EQ(a.NumOwned(), 3U);
  EXPECT_EQ(b.NumOwned(), 3U);
  EXPECT_EQ(State(), "Stable");
}

TEST_F(ConsumerGroupTest, AMemberThatDoesNotGiveBackInTimeIsFenced) {
  Consumer a(groups_, "a");
  Consumer b(groups_, "b");
  a.Send();
  b.Send();
  a.clings = true;
  for (int second = 0; second <= 30; ++second) {
    a.Send();
    b.Send();
    groups_.Pass(1'000);
  }
  EXPECT_EQ(a.Send().error, ErrorCode::kUnknownMemberId);
  b.Send();
  EXPECT_EQ(b.NumOwned(), 6U);
}

TEST_F(ConsumerGroupTest, ASilentMembersSessionEnds) {
  Consumer a(groups_, "a");
  Consumer b(groups_, "b");
  Settle({&a, &b});
  for (int second = 0; second < 45; ++second) {
    b.Send();
    groups_.Pass(1'000);
  }
  b.Send();
  EXPECT_EQ(b.NumOwned(), 6U);
  EXPECT_EQ(a.Send().error, ErrorCode::kUnknownMemberId);
}

TEST_F(ConsumerGroupTest, AMemberThatLeavesMakesRoomAtOnce) {
  Consumer a(groups_, "a");
  Consumer b(groups_, "b");
  Settle({&a, &b});
  EXPECT_EQ(a.Leave().member_epoch, kLeaveEpoch);
  b.Send();
  EXPECT_EQ(b.NumOwned(), 6U);
  b.Leave();
  EXPECT_EQ(State(), "Empty");
}

TEST_F(ConsumerGroupTest, AnOperatorRemovesMembers) {
  Consumer a(groups_, "a");
  Consumer b(groups_, "b");
  a.instance_id = "one";
  Settle({&a, &b});
  const auto answer = groups_->Leave(
      {.group_id = "g",
       .members = {{.member_id = "", .instance_id = "one"}, {.member_id = "nobody"}}});
  EXPECT_THAT(answer.members,
              ::testing::ElementsAre(ErrorCode::kNone, ErrorCode::kUnknownMemberId));
  b.Send();
  EXPECT_EQ(b.NumOwned(), 6U);
}

TEST_F(ConsumerGroupTest, EpochsThatTheGroupDoesNotKnowAreFenced) {
  Consumer a(groups_, "a");
  Consumer b(groups_, "b");
  Settle({&a, &b});
  const int32_t epoch = a.epoch;
  a.epoch = epoch + 1;
  EXPECT_EQ(a.Send().error, ErrorCode::kFencedMemberEpoch);
  a.epoch = 1;
  a.told[base::Uuid({9})] = {0};
  EXPECT_EQ(a.Send().error, ErrorCode::kFencedMemberEpoch);
  a.epoch = kJoinEpoch;
  EXPECT_EQ(a.Send().error, ErrorCode::kNone);
  Settle({&a, &b});
}

TEST_F(ConsumerGroupTest, AnAnswerThatWasLostIsGivenAgain) {
  Consumer a(groups_, "a");
  a.Send();
  groups_.log.Create("u", 1);
  a.topics = {"t", "u"};
  a.subscribe_again = true;
  const Assignment told_before = a.told;
  a.Send();
  ASSERT_EQ(a.epoch, 2);
  a.epoch = 1;  // as if it had not heard
  a.told = told_before;
  EXPECT_EQ(a.Send().member_epoch, 2);
}

TEST_F(ConsumerGroupTest, AStaticMemberComesBackUnderAnotherIdToWhatItHad) {
  Consumer a(groups_, "a");
  Consumer b(groups_, "b");
  a.instance_id = "one";
  Settle({&a, &b});
  const auto group_epoch = groups_->DescribeConsumerGroup("g").group_epoch;
  const Assignment owned = a.owned;

  Consumer again(groups_, "again");
  again.instance_id = "one";
  EXPECT_EQ(again.Send().error, ErrorCode::kUnreleasedInstanceId);
  EXPECT_EQ(a.Leave(kLeaveForAWhileEpoch).member_epoch, kLeaveForAWhileEpoch);
  b.Send();
  EXPECT_EQ(b.NumOwned(), 3U) << "its partitions wait for it";
  EXPECT_EQ(again.Send().error, ErrorCode::kNone);
  EXPECT_EQ(again.owned, owned);
  EXPECT_EQ(groups_->DescribeConsumerGroup("g").group_epoch, group_epoch);
  EXPECT_EQ(a.Send().error, ErrorCode::kFencedInstanceId);
}

TEST_F(ConsumerGroupTest, AStaticMemberThatDoesNotComeBackLosesItsPlace) {
  Consumer a(groups_, "a");
  Consumer b(groups_, "b");
  a.instance_id = "one";
  Settle({&a, &b});
  a.Leave(kLeaveForAWhileEpoch);
  for (int second = 0; second <= 45; ++second) {
    b.Send();
    groups_.Pass(1'000);
  }
  b.Send();
  EXPECT_EQ(b.NumOwned(), 6U);
}

TEST_F(ConsumerGroupTest, NewPartitionsAndNewTopicsAreAssigned) {
  Consumer a(groups_, "a");
  a.topics = {"t", "later"};
  a.Send();
  EXPECT_EQ(a.NumOwned(), 6U);
  ASSERT_TRUE(groups_.log.AddPartitions("t", 8).ok());
  groups_.log.Create("later", 2);
  groups_.Pass(1'000);
  a.Send();
  EXPECT_EQ(a.NumOwned(), 10U);
  ASSERT_TRUE(groups_.log.DeleteTopic("t").ok());
  groups_.Pass(1'000);
  a.Send();
  a.Send();
  EXPECT_EQ(a.NumOwned(), 2U);
}

TEST_F(ConsumerGroupTest, ARegularExpressionNamesTopicsAlsoThoseToCome) {
  groups_.log.Create("u1", 1);
  groups_.log.Create("xu1", 1);
  Consumer a(groups_, "a");
  a.topics = std::nullopt;
  a.regex = "u[0-9]+";
  EXPECT_EQ(a.Send().error, ErrorCode::kNone);
  EXPECT_EQ(a.NumOwned(), 1U) << "the whole name must match";
  groups_.log.Create("u2", 2);
  groups_.Pass(1'000);
  a.Send();
  EXPECT_EQ(a.NumOwned(), 3U);
  groups_.Restart();
  groups_.Pass(1'000);
  EXPECT_EQ(a.Send().error, ErrorCode::kNone);
  EXPECT_EQ(groups_->DescribeConsumerGroup("g").group_epoch, 2) << "nothing changed meanwhile";
  a.regex = "";
  a.topics = {"t"};
  a.subscribe_again = true;
  a.Send();
  a.Send();
  EXPECT_EQ(a.NumOwned(), 6U);
}

TEST_F(ConsumerGroupTest, ARegularExpressionThatIsNoneIsTold) {
  Consumer a(groups_, "a");
  a.regex = "u(";
  const auto answer = a.Send();
  EXPECT_EQ(answer.error, ErrorCode::kInvalidRegularExpression);
  EXPECT_THAT(answer.message.value_or(""), HasSubstr("u("));
  EXPECT_THAT(groups_->List(), IsEmpty());
}

TEST_F(ConsumerGroupTest, AHostileRegularExpressionTakesNoTime) {
  groups_.log.Create(std::string(200, 'a'), 1);
  Consumer a(groups_, "a");
  a.regex = "(a*)*(a*)*(a*)*b";
  EXPECT_EQ(a.Send().error, ErrorCode::kNone);
  a.epoch = kJoinEpoch;
  a.regex = "((a{100}){100}){100}";
  EXPECT_EQ(a.Send().error, ErrorCode::kInvalidRegularExpression);
}

TEST_F(ConsumerGroupTest, TheAssignorOfMostMembersIsTaken) {
  Consumer a(groups_, "a");
  a.assignor = "range";
  a.Send();
  EXPECT_EQ(groups_->DescribeConsumerGroup("g").assignor, "range");
  Consumer b(groups_, "b");
  b.assignor = "mine";
  EXPECT_EQ(b.Send().error, ErrorCode::kUnsupportedAssignor);
}

TEST_F(ConsumerGroupTest, ARestartChangesNothingForMembers) {
  Consumer a(groups_, "a");
  Consumer b(groups_, "b");
  b.instance_id = "one";
  Settle({&a, &b});
  const auto before = groups_->DescribeConsumerGroup("g");
  groups_.Restart();
  Settle({&a, &b});
  const auto after = groups_->DescribeConsumerGroup("g");
  EXPECT_EQ(after.group_epoch, before.group_epoch);
  EXPECT_EQ(after.state, "Stable");
  EXPECT_EQ(a.NumOwned() + b.NumOwned(), 6U);
}

TEST_F(ConsumerGroupTest, ARestartInTheMiddleOfAMoveLetsNobodyShareAPartition) {
  Consumer a(groups_, "a");
  Consumer b(groups_, "b");
  Consumer c(groups_, "c");
  a.Send();
  b.Send();
  a.clings = true;
  a.Send();
  a.clings = false;
  groups_.Restart();
  c.Send();
  Settle({&a, &b, &c});
  EXPECT_EQ(a.NumOwned(), 2U);
  EXPECT_EQ(b.NumOwned(), 2U);
  EXPECT_EQ(c.NumOwned(), 2U);
}

TEST_F(ConsumerGroupTest, AppendsThatFailLeaveTheGroupAsItWas) {
  Consumer a(groups_, "a");
  a.Send();
  Consumer b(groups_, "b");
  groups_.log.append_that_fails = 1;
  EXPECT_EQ(b.Send().error, ErrorCode::kCoordinatorNotAvailable);
  EXPECT_THAT(groups_->DescribeConsumerGroup("g").members, SizeIs(1));
  EXPECT_EQ(State(), "Stable");
  Settle({&a, &b});
  EXPECT_EQ(b.NumOwned(), 3U);
}

TEST_F(ConsumerGroupTest, AnEpochIsToldOnlyWhenItIsDurable) {
  groups_.log.durable_at_once = false;
  const auto joining = groups_->Heartbeat(ConsumerHeartbeat{.group_id = "g",
                                                            .member_id = "a",
                                                            .rebalance_timeout_ms = 1'000,
                                                            .subscribed_topics = {{"t"}},
                                                            .owned = {{}}});
  EXPECT_FALSE(groups_.Look(joining).has_value());
  groups_.log.MakeDurable();
  EXPECT_EQ(groups_.Now(joining).member_epoch, 1);
}

TEST_F(ConsumerGroupTest, MembersCommitAndFetchUnderTheirEpoch) {
  Consumer a(groups_, "a");
  a.Send();
  EXPECT_EQ(groups_.Commit("g", {"t", 0}, 1, {.member_id = "a", .generation_or_epoch = 1}),
            ErrorCode::kNone);
  EXPECT_EQ(groups_.Commit("g", {"t", 0}, 1, {.member_id = "a", .generation_or_epoch = 2}),
            ErrorCode::kStaleMemberEpoch);
  EXPECT_EQ(groups_.Commit("g", {"t", 0}, 1, {.member_id = "x", .generation_or_epoch = 1}),
            ErrorCode::kUnknownMemberId);
  const auto fetch = [&](Committer committer) {
    return groups_
        .Now(groups_->Fetch({.group_id = "g", .committer = committer, .partitions = {{{"t", 0}}}}))
        .error;
  };
  EXPECT_EQ(fetch({.member_id = "a", .generation_or_epoch = 1}), ErrorCode::kNone);
  EXPECT_EQ(fetch({.member_id = "a", .generation_or_epoch = 3}), ErrorCode::kStaleMemberEpoch);
  EXPECT_EQ(fetch({}), ErrorCode::kNone);
}

TEST_F(ConsumerGroupTest, AGroupWithoutMembersMayChangeItsProtocol) {
  const auto [member_id, generation] = groups_.StableMember();
  ASSERT_EQ(
      groups_.Commit("g", {"t", 0}, 3, {.member_id = member_id, .generation_or_epoch = generation}),
      ErrorCode::kNone);
  Consumer a(groups_, "a");
  EXPECT_EQ(a.Send().error, ErrorCode::kGroupIdNotFound);
  (void)groups_->Leave({.group_id = "g", .members = {{.member_id = member_id}}});
  EXPECT_EQ(a.Send().error, ErrorCode::kNone);
  EXPECT_EQ(groups_.Committed("g", {"t", 0}), 3);
  groups_.Restart();
  EXPECT_EQ(groups_->List().at(0).type, GroupType::kConsumer);
  EXPECT_EQ(groups_.Now(groups_->Join(CoordinatorHarness::JoinOf())).error,
            ErrorCode::kInconsistentGroupProtocol);
  a.Leave();
  (void)groups_.StableMember();
  EXPECT_EQ(groups_->List().at(0).type, GroupType::kClassic);
  groups_.Restart();
  EXPECT_EQ(groups_->List().at(0).type, GroupType::kClassic);
  EXPECT_EQ(groups_.Committed("g", {"t", 0}), 3);
}

TEST_F(ConsumerGroupTest, ADeletedGroupIsGoneForGood) {
  Consumer a(groups_, "a");
  a.regex = "t.*";
  a.Send();
  EXPECT_EQ(groups_.Now(groups_->Delete("g")).error, ErrorCode::kNonEmptyGroup);
  a.Leave();
  EXPECT_EQ(groups_.Now(groups_->Delete("g")).error, ErrorCode::kNone);
  groups_.Restart();
  EXPECT_THAT(groups_->List(), IsEmpty());
}

TEST_F(ConsumerGroupTest, RequestsThatMakeNoSenseAreRefused) {
  const auto send = [&](ConsumerHeartbeat request) {
    request.group_id = "g";
    return groups_.Now(groups_->Heartbeat(request)).error;
  };
  EXPECT_EQ(send({.member_id = "a", .member_epoch = 0}), ErrorCode::kInvalidRequest);
  EXPECT_EQ(send({.member_id = "a", .member_epoch = -3}), ErrorCode::kGroupIdNotFound);
  EXPECT_EQ(send({.member_id = "a", .member_epoch = 1}), ErrorCode::kGroupIdNotFound);
  EXPECT_EQ(send({.member_id = "a",
                  .member_epoch = 0,
                  .rebalance_timeout_ms = 1,
                  .subscribed_topics = {{"t"}},
                  .owned = {{{base::Uuid(), {1}}}}}),
            ErrorCode::kInvalidRequest);
  EXPECT_THAT(groups_->List(), IsEmpty());
}

}  // namespace
}  // namespace logs
