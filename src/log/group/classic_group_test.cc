#include "log/group/classic_group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/group/coordinator_harness.h"

namespace logs {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr int64_t kInitialDelayMs = 100;

GroupConfig Config() { return {.group_initial_rebalance_delay_ms = kInitialDelayMs}; }

TEST(ClassicGroupTest, MembersThatArriveTogetherMakeOneGeneration) {
  CoordinatorHarness group(Config());
  const auto first = group->Join(CoordinatorHarness::JoinOf());
  group.Pass(kInitialDelayMs / 2);
  const auto second = group->Join(CoordinatorHarness::JoinOf());
  group.Pass(kInitialDelayMs / 2);
  EXPECT_FALSE(group.Look(first).has_value()) << "a member came: the delay begins once more";
  group.Pass(kInitialDelayMs);
  const auto joined = group.Now(first);
  const auto joined_too = group.Now(second);
  EXPECT_EQ(joined.generation, 1);
  EXPECT_EQ(joined_too.generation, 1);
  const auto& leader = joined.member_id == joined.leader ? joined : joined_too;
  const auto& follower = joined.member_id == joined.leader ? joined_too : joined;
  EXPECT_THAT(leader.members, SizeIs(2));
  EXPECT_THAT(follower.members, IsEmpty());
}

TEST(ClassicGroupTest, ANewMemberIsSentBackOnceToLearnItsId) {
  CoordinatorHarness group(Config());
  JoinGroup join = CoordinatorHarness::JoinOf();
  join.member_id_required = true;
  const auto sent_back = group.Now(group->Join(join));
  EXPECT_EQ(sent_back.error, ErrorCode::kMemberIdRequired);
  ASSERT_THAT(sent_back.member_id, Not(IsEmpty()));
  join.member_id = sent_back.member_id;
  const auto joining = group->Join(join);
  group.Pass(kInitialDelayMs);
  EXPECT_EQ(group.Now(joining).error, ErrorCode::kNone);
}

TEST(ClassicGroupTest, AnIdThatIsNotUsedIsForgottenWithItsGroup) {
  CoordinatorHarness group(Config());
  JoinGroup join = CoordinatorHarness::JoinOf();
  join.member_id_required = true;
  join.member_id = group.Now(group->Join(join)).member_id;
  EXPECT_THAT(group->List(), SizeIs(1));
  group.Pass(join.session_timeout_ms);
  EXPECT_THAT(group->List(), IsEmpty());
  EXPECT_EQ(group.Now(group->Join(join)).error, ErrorCode::kUnknownMemberId);
}

TEST(ClassicGroupTest, TheLeadersAssignmentReachesEveryMember) {
  CoordinatorHarness group(Config());
  const auto joining = group->Join(CoordinatorHarness::JoinOf());
  const auto joining_too = group->Join(CoordinatorHarness::JoinOf());
  group.Pass(2 * kInitialDelayMs);
  const auto a = group.Now(joining);
  const auto b = group.Now(joining_too);
  const std::string leader = a.leader;
  const std::string follower = a.member_id == leader ? b.member_id : a.member_id;
  const auto waiting = group->Sync({.group_id = "g", .generation = 1, .member_id = follower});
  EXPECT_FALSE(group.Look(waiting).has_value());
  EXPECT_EQ(group->Describe("g").state, "CompletingRebalance");
  const auto synced = group.Now(group->Sync({.group_id = "g",
                                             .generation = 1,
                                             .member_id = leader,
                                             .assignments = {{leader, "L"}, {follower, "F"}}}));
  EXPECT_EQ(synced.assignment, "L");
  EXPECT_EQ(group.Now(waiting).assignment, "F");
  EXPECT_EQ(group->Describe("g").state, "Stable");
  EXPECT_EQ(group->Heartbeat({.group_id = "g", .generation = 1, .member_id = follower}),
            ErrorCode::kNone);
}

TEST(ClassicGroupTest, AnAssignmentIsToldOnlyWhenItIsDurable) {
  CoordinatorHarness group(Config());
  const auto joining = group->Join(CoordinatorHarness::JoinOf());
  group.Pass(kInitialDelayMs);
  const auto joined = group.Now(joining);
  group.log.durable_at_once = false;
  const auto syncing = group->Sync({.group_id = "g",
                                    .generation = 1,
                                    .member_id = joined.member_id,
                                    .assignments = {{joined.member_id, "A"}}});
  EXPECT_FALSE(group.Look(syncing).has_value());
  const int notified = group.watcher->notified;
  group.log.MakeDurable();
  EXPECT_GT(group.watcher->notified, notified);
  EXPECT_EQ(group.Now(syncing).assignment, "A");
}

TEST(ClassicGroupTest, AMemberThatJoinsMakesTheOthersRejoin) {
  CoordinatorHarness group(Config());
  const auto [old_id, generation] = group.StableMember();
  const auto joining = group->Join(CoordinatorHarness::JoinOf());
  EXPECT_EQ(group->Heartbeat({.group_id = "g", .generation = generation, .member_id = old_id}),
            ErrorCode::kRebalanceInProgress);
  const auto rejoining = group->Join(CoordinatorHarness::JoinOf(old_id));
  EXPECT_EQ(group.Now(rejoining).generation, generation + 1);
  EXPECT_EQ(group.Now(joining).generation, generation + 1);
  EXPECT_EQ(group->Heartbeat({.group_id = "g", .generation = generation, .member_id = old_id}),
            ErrorCode::kIllegalGeneration);
}

TEST(ClassicGroupTest, AMemberThatDoesNotRejoinInTimeIsLeftBehind) {
  CoordinatorHarness group(Config());
  const auto [old_id, generation] = group.StableMember();
  const auto joining = group->Join(CoordinatorHarness::JoinOf());
  for (int second = 0; second < 60; ++second) {  // alive, but deaf
    EXPECT_FALSE(group.Look(joining).has_value());
    (void)group->Heartbeat({.group_id = "g", .generation = generation, .member_id = old_id});
    group.Pass(1'000);
  }
  const auto joined = group.Now(joining);
  EXPECT_EQ(joined.leader, joined.member_id);
  EXPECT_THAT(joined.members, SizeIs(1));
  EXPECT_EQ(group->Heartbeat({.group_id = "g", .generation = generation, .member_id = old_id}),
            ErrorCode::kUnknownMemberId);
}

TEST(ClassicGroupTest, AMemberThatDoesNotSyncInTimeIsRemoved) {
  CoordinatorHarness group(Config());
  const auto joining = group->Join(CoordinatorHarness::JoinOf());
  const auto joining_too = group->Join(CoordinatorHarness::JoinOf());
  group.Pass(2 * kInitialDelayMs);
  const auto a = group.Now(joining);
  const auto b = group.Now(joining_too);
  const std::string leader = a.leader;
  const std::string silent = a.member_id == leader ? b.member_id : a.member_id;
  EXPECT_EQ(group.Now(group->Sync({.group_id = "g", .generation = 1, .member_id = leader})).error,
            ErrorCode::kNone);
  for (int second = 0; second < 61; ++second) {
    (void)group->Heartbeat({.group_id = "g", .generation = 1, .member_id = leader});
    (void)group->Heartbeat({.group_id = "g", .generation = 1, .member_id = silent});
    group.Pass(1'000);
  }
  EXPECT_EQ(group->Heartbeat({.group_id = "g", .generation = 1, .member_id = silent}),
            ErrorCode::kUnknownMemberId);
  EXPECT_EQ(group->Heartbeat({.group_id = "g", .generation = 1, .member_id = leader}),
            ErrorCode::kRebalanceInProgress);
}

TEST(ClassicGroupTest, ASilentMembersSessionEnds) {
  CoordinatorHarness group(Config());
  const auto [member_id, generation] = group.StableMember();
  group.Pass(9'999);
  EXPECT_EQ(group->Heartbeat({.group_id = "g", .generation = generation, .member_id = member_id}),
            ErrorCode::kNone);
  group.Pass(10'000);
  EXPECT_EQ(group->Heartbeat({.group_id = "g", .generation = generation, .member_id = member_id}),
            ErrorCode::kUnknownMemberId);
  EXPECT_EQ(group->Describe("g").state, "Empty");
}

TEST(ClassicGroupTest, TheProtocolWithMostVotesThatAllHaveIsChosen) {
  CoordinatorHarness group(Config());
  const auto with = [](std::vector<std::string> names) {
    std::vector<GroupProtocol> protocols;
    for (auto& name : names) protocols.push_back({.name = std::move(name), .metadata = "m"});
    return CoordinatorHarness::JoinOf("", std::move(protocols));
  };
  const auto a = group->Join(with({"a", "b", "c"}));
  const auto b = group->Join(with({"b", "a"}));
  const auto c = group->Join(with({"b", "a", "d"}));
  EXPECT_EQ(group.Now(group->Join(with({"d"}))).error, ErrorCode::kInconsistentGroupProtocol);
  group.Pass(3 * kInitialDelayMs);
  EXPECT_EQ(group.Now(a).protocol, "b");
  EXPECT_EQ(group.Now(b).protocol, "b");
  EXPECT_EQ(group.Now(c).protocol, "b");
}

TEST(ClassicGroupTest, AStaticMemberThatComesBackKeepsItsAssignmentWithoutARebalance) {
  CoordinatorHarness group(Config());
  JoinGroup join = CoordinatorHarness::JoinOf();
  join.instance_id = "one";
  join.skips_assignment = true;
  const auto joining = group->Join(join);
  group.Pass(kInitialDelayMs);
  const auto before = group.Now(joining);
  (void)group.Now(group->Sync({.group_id = "g",
                               .generation = 1,
                               .member_id = before.member_id,
                               .instance_id = "one",
                               .assignments = {{before.member_id, "mine"}}}));
  const auto after = group.Now(group->Join(join));
  EXPECT_EQ(after.error, ErrorCode::kNone);
  EXPECT_NE(after.member_id, before.member_id);
  EXPECT_EQ(after.generation, before.generation);
  EXPECT_TRUE(after.skip_assignment);
  EXPECT_EQ(group
                .Now(group->Sync({.group_id = "g",
                                  .generation = 1,
                                  .member_id = after.member_id,
                                  .instance_id = "one"}))
                .assignment,
            "mine");
  EXPECT_EQ(
      group->Heartbeat(
          {.group_id = "g", .generation = 1, .member_id = before.member_id, .instance_id = "one"}),
      ErrorCode::kFencedInstanceId);
}

TEST(ClassicGroupTest, AStaticMemberIsReplacedOnlyWhenThatIsOnDisk) {
  CoordinatorHarness group(Config());
  JoinGroup join = CoordinatorHarness::JoinOf();
  join.instance_id = "one";
  const auto joining = group->Join(join);
  group.Pass(kInitialDelayMs);
  const auto before = group.Now(joining);
  (void)group.Now(group->Sync({.group_id = "g", .generation = 1, .member_id = before.member_id}));
  group.log.append_that_fails = 1;
  EXPECT_EQ(group.Now(group->Join(join)).error, ErrorCode::kCoordinatorNotAvailable);
  EXPECT_EQ(
      group->Heartbeat(
          {.group_id = "g", .generation = 1, .member_id = before.member_id, .instance_id = "one"}),
      ErrorCode::kNone);
}

TEST(ClassicGroupTest, SeveralMembersLeaveAtOnce) {
  CoordinatorHarness group(Config());
  JoinGroup named = CoordinatorHarness::JoinOf();
  named.instance_id = "one";
  const auto joining = group->Join(named);
  const auto joining_too = group->Join(CoordinatorHarness::JoinOf());
  group.Pass(2 * kInitialDelayMs);
  (void)group.Now(joining);
  const auto b = group.Now(joining_too);
  const auto answer = group->Leave({.group_id = "g",
                                    .members = {{.member_id = "", .instance_id = "one"},
                                                {.member_id = b.member_id},
                                                {.member_id = "nobody"}}});
  EXPECT_THAT(answer.members, ::testing::ElementsAre(ErrorCode::kNone, ErrorCode::kNone,
                                                     ErrorCode::kUnknownMemberId));
  EXPECT_EQ(group->Describe("g").state, "Empty");
}

TEST(ClassicGroupTest, AFullGroupTurnsNewMembersAway) {
  GroupConfig config = Config();
  config.group_max_size = 1;
  CoordinatorHarness group(config);
  const auto [member_id, generation] = group.StableMember();
  EXPECT_EQ(group.Now(group->Join(CoordinatorHarness::JoinOf())).error,
            ErrorCode::kGroupMaxSizeReached);
  EXPECT_EQ(group->Heartbeat({.group_id = "g", .generation = generation, .member_id = member_id}),
            ErrorCode::kNone);
}

TEST(ClassicGroupTest, SessionTimeoutsHaveBounds) {
  CoordinatorHarness group(Config());
  JoinGroup join = CoordinatorHarness::JoinOf();
  for (const int32_t timeout_ms : {5'999, 1'800'001}) {
    join.session_timeout_ms = timeout_ms;
    EXPECT_EQ(group.Now(group->Join(join)).error, ErrorCode::kInvalidSessionTimeout);
  }
  EXPECT_THAT(group->List(), IsEmpty());
}

TEST(ClassicGroupTest, AGenerationThatCannotBeWrittenIsRebalancedAgain) {
  CoordinatorHarness group(Config());
  const auto joining = group->Join(CoordinatorHarness::JoinOf());
  group.Pass(kInitialDelayMs);
  const auto joined = group.Now(joining);
  group.log.append_that_fails = 1;
  EXPECT_EQ(
      group.Now(group->Sync({.group_id = "g", .generation = 1, .member_id = joined.member_id}))
          .error,
      ErrorCode::kCoordinatorNotAvailable);
  EXPECT_EQ(group.Now(group->Join(CoordinatorHarness::JoinOf(joined.member_id))).generation, 2);
}

TEST(ClassicGroupTest, ARestartForcesNobodyToRejoin) {
  CoordinatorHarness group(Config());
  const auto [member_id, generation] = group.StableMember();
  group.Restart();
  EXPECT_EQ(group->Describe("g").state, "Stable");
  EXPECT_EQ(group->Heartbeat({.group_id = "g", .generation = generation, .member_id = member_id}),
            ErrorCode::kNone);
  EXPECT_EQ(
      group.Now(group->Sync({.group_id = "g", .generation = generation, .member_id = member_id}))
          .assignment,
      "all of it");
  group.Pass(10'000);
  EXPECT_EQ(group->Describe("g").state, "Empty") << "members have one session to show up";
}

TEST(ClassicGroupTest, TheWatcherHearsOfWhatIsDueSooner) {
  CoordinatorHarness group(Config());
  const auto watcher = std::make_shared<NoWatcher>();
  group->WatchDeadline(watcher);
  EXPECT_GT(group->Tick(), group.clock.MonotonicMs() + kInitialDelayMs);
  const auto joining = group->Join(CoordinatorHarness::JoinOf());
  EXPECT_EQ(watcher->notified, 1);
  EXPECT_EQ(group->Tick(), group.clock.MonotonicMs() + kInitialDelayMs);
}

}  // namespace
}  // namespace logs
