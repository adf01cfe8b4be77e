#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/group/coordinator_harness.h"

namespace logs {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kDayMs = 24LL * 3'600'000;

class GroupOffsetsTest : public ::testing::Test {
 protected:
  GroupOffsetsTest() { groups_.log.Create("t", 4); }

  // An open transaction of producer 7 has committed offset 5 for t-0.
  void CommitInTransaction() {
    const auto answer = groups_.Now(groups_->Commit(
        TransactionalOffsetCommit{.group_id = "g",
                                  .producer_id = ProducerId(7),
                                  .producer_epoch = 0,
                                  .offsets = {{.partition = {"t", 0}, .offset = Offset(5)}}}));
    EXPECT_EQ(answer.error, ErrorCode::kNone);
  }
  // The marker in the log, then to the coordinator, as the transaction coordinator does it.
  void EndTransaction(bool commit) {
    const auto home = groups_->OffsetsPartition("g");
    ASSERT_TRUE(home.ok());
    const Marker marker{.producer_id = ProducerId(7), .producer_epoch = 0, .commit = commit};
    const auto appended = groups_.log.Find(*home)->AppendMarker(marker);
    groups_->OnMarker(*home, marker, appended.ticket);
  }
  ErrorCode StableFetch() {
    return groups_
        .Now(groups_->Fetch({.group_id = "g", .partitions = {{{"t", 0}}}, .require_stable = true}))
        .partitions.at(0)
        .error;
  }

  CoordinatorHarness groups_;
};

TEST_F(GroupOffsetsTest, WhatIsCommittedIsFetchedAlsoAfterARestart) {
  const auto answer = groups_.Now(groups_->Commit(OffsetCommit{
      .group_id = "g",
      .offsets = {
          {.partition = {"t", 1}, .offset = Offset(42), .leader_epoch = 3, .metadata = "here"}}}));
  EXPECT_THAT(answer.partitions, ElementsAre(ErrorCode::kNone));
  for (int restart = 0; restart < 2; ++restart) {
    const auto fetched =
        groups_.Now(groups_->Fetch({.group_id = "g", .partitions = {{{"t", 1}, {"t", 2}}}}));
    ASSERT_THAT(fetched.partitions, SizeIs(2));
    EXPECT_EQ(fetched.partitions[0].committed.offset, Offset(42));
    EXPECT_EQ(fetched.partitions[0].committed.leader_epoch, 3);
    EXPECT_EQ(fetched.partitions[0].committed.metadata, "here");
    EXPECT_EQ(fetched.partitions[1].committed.offset, kNoOffset);
    EXPECT_THAT(groups_.Now(groups_->Fetch({.group_id = "g"})).partitions, SizeIs(1));
    groups_.Restart();
  }
}

TEST_F(GroupOffsetsTest, AnOffsetIsShownOnlyWhenItIsDurable) {
  groups_.log.durable_at_once = false;
  const auto committing = groups_->Commit(
      OffsetCommit{.group_id = "g", .offsets = {{.partition = {"t", 0}, .offset = Offset(1)}}});
  const auto fetching = groups_->Fetch({.group_id = "g", .partitions = {{{"t", 0}}}});
  EXPECT_FALSE(groups_.Look(committing).has_value());
  EXPECT_FALSE(groups_.Look(fetching).has_value()) << "another reader must not see it either";
  groups_.log.MakeDurable();
  EXPECT_EQ(groups_.Now(committing).error, ErrorCode::kNone);
  EXPECT_EQ(groups_.Now(fetching).partitions.at(0).committed.offset, Offset(1));
}

TEST_F(GroupOffsetsTest, ADiskThatFailsIsTold) {
  groups_.log.durable_at_once = false;
  const auto committing = groups_->Commit(
      OffsetCommit{.group_id = "g", .offsets = {{.partition = {"t", 0}, .offset = Offset(1)}}});
  groups_.log.disk_broken = true;
  EXPECT_EQ(groups_.Now(committing).error, ErrorCode::kCoordinatorNotAvailable);
}

TEST_F(GroupOffsetsTest, ACommitThatCannotBeAppendedChangesNothing) {
  ASSERT_EQ(groups_.Commit("g", {"t", 0}, 1), ErrorCode::kNone);
  groups_.log.append_that_fails = 1;
  EXPECT_EQ(groups_.Commit("g", {"t", 0}, 2), ErrorCode::kCoordinatorNotAvailable);
  EXPECT_EQ(groups_.Committed("g", {"t", 0}), 1);
  groups_.log.append_that_fails = 1;
  EXPECT_EQ(groups_.Commit("other", {"t", 0}, 2), ErrorCode::kCoordinatorNotAvailable);
  EXPECT_THAT(groups_->List(), SizeIs(1)) << "no group comes of a commit that failed";
}

TEST_F(GroupOffsetsTest, BadPartitionsAreToldOneByOne) {
  const auto answer = groups_.Now(groups_->Commit(OffsetCommit{
      .group_id = "g",
      .offsets = {{.partition = {"t", 0}, .offset = Offset(1), .metadata = std::string(4'097, 'x')},
                  {.partition = {"nowhere", 0}, .offset = Offset(1)},
                  {.partition = {"t", 0}, .topic_id = base::Uuid({1}), .offset = Offset(1)},
                  {.partition = {"t", 1}, .offset = Offset(1)}}}));
  EXPECT_THAT(answer.partitions,
              ElementsAre(ErrorCode::kOffsetMetadataTooLarge, ErrorCode::kUnknownTopicOrPartition,
                          ErrorCode::kUnknownTopicId, ErrorCode::kNone));
}

TEST_F(GroupOffsetsTest, OnlyMembersOfTheGenerationCommitToAGroupThatHasMembers) {
  EXPECT_EQ(groups_.Commit("g", {"t", 0}, 1, {.member_id = "m", .generation_or_epoch = 1}),
            ErrorCode::kGroupIdNotFound);
  const auto [member_id, generation] = groups_.StableMember();
  EXPECT_EQ(groups_.Commit("g", {"t", 0}, 1), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(groups_.Commit("g", {"t", 0}, 1,
                           {.member_id = member_id, .generation_or_epoch = generation + 1}),
            ErrorCode::kIllegalGeneration);
  EXPECT_EQ(
      groups_.Commit("g", {"t", 0}, 1, {.member_id = member_id, .generation_or_epoch = generation}),
      ErrorCode::kNone);
}

TEST_F(GroupOffsetsTest, ATransactionsOffsetsWaitForItsMarker) {
  ASSERT_EQ(groups_.Commit("g", {"t", 0}, 1), ErrorCode::kNone);
  CommitInTransaction();
  EXPECT_EQ(groups_.Committed("g", {"t", 0}), 1);
  EXPECT_EQ(StableFetch(), ErrorCode::kUnstableOffsetCommit);
  EndTransaction(true);
  EXPECT_EQ(groups_.Committed("g", {"t", 0}), 5);
  EXPECT_EQ(StableFetch(), ErrorCode::kNone);
}

TEST_F(GroupOffsetsTest, AnAbortedTransactionsOffsetsAreGone) {
  CommitInTransaction();
  EndTransaction(false);
  EXPECT_EQ(groups_.Committed("g", {"t", 0}), -1);
  EXPECT_THAT(groups_->List(), IsEmpty()) << "the group had nothing else";
}

TEST_F(GroupOffsetsTest, ACommitAfterTheTransactionsOwnOutlivesIt) {
  CommitInTransaction();
  ASSERT_EQ(groups_.Commit("g", {"t", 0}, 9), ErrorCode::kNone);
  EndTransaction(true);
  EXPECT_EQ(groups_.Committed("g", {"t", 0}), 9);
  groups_.Restart();
  EXPECT_EQ(groups_.Committed("g", {"t", 0}), 9);
}

TEST_F(GroupOffsetsTest, OpenTransactionsAreFoundAgainAfterARestart) {
  CommitInTransaction();
  groups_.Restart();
  EXPECT_EQ(StableFetch(), ErrorCode::kUnstableOffsetCommit);
  EndTransaction(true);
  EXPECT_EQ(groups_.Committed("g", {"t", 0}), 5);
  groups_.Restart();
  EXPECT_EQ(groups_.Committed("g", {"t", 0}), 5);
  EXPECT_EQ(StableFetch(), ErrorCode::kNone);
}

TEST_F(GroupOffsetsTest, OffsetsOfASimpleGroupGoAWeekAfterTheirCommit) {
  ASSERT_EQ(groups_.Commit("g", {"t", 0}, 1), ErrorCode::kNone);
  groups_.Pass(4 * kDayMs);
  ASSERT_EQ(groups_.Commit("g", {"t", 1}, 1), ErrorCode::kNone);
  groups_.Pass(3 * kDayMs);
  EXPECT_EQ(groups_.Committed("g", {"t", 0}), -1);
  EXPECT_EQ(groups_.Committed("g", {"t", 1}), 1);
  groups_.Pass(4 * kDayMs);
  EXPECT_THAT(groups_->List(), IsEmpty());
  groups_.Restart();
  EXPECT_THAT(groups_->List(), IsEmpty()) << "the tombstones are written";
}

TEST_F(GroupOffsetsTest, OffsetsOfAGroupGoAWeekAfterItsLastMember) {
  const auto [member_id, generation] = groups_.StableMember();
  const Committer member{.member_id = member_id, .generation_or_epoch = generation};
  ASSERT_EQ(groups_.Commit("g", {"t", 0}, 1, member), ErrorCode::kNone);
  for (int hour = 0; hour < 8 * 24 * 60 * 12; ++hour) {
    groups_.Pass(5'000);
    ASSERT_EQ(
        groups_->Heartbeat({.group_id = "g", .generation = generation, .member_id = member_id}),
        ErrorCode::kNone);
  }
  EXPECT_EQ(groups_.Committed("g", {"t", 0}), 1) << "the member reads the topic";
  (void)groups_->Leave({.group_id = "g", .members = {{.member_id = member_id}}});
  groups_.Pass(6 * kDayMs);
  EXPECT_EQ(groups_.Committed("g", {"t", 0}), 1);
  groups_.Pass(2 * kDayMs);
  EXPECT_EQ(groups_.Committed("g", {"t", 0}), -1);
  EXPECT_THAT(groups_->List(), IsEmpty());
}

TEST_F(GroupOffsetsTest, ACommitMayBringItsOwnRetention) {
  const auto answer = groups_.Now(
      groups_->Commit(OffsetCommit{.group_id = "g",
                                   .offsets = {{.partition = {"t", 0}, .offset = Offset(1)}},
                                   .retention_ms = kDayMs}));
  ASSERT_EQ(answer.error, ErrorCode::kNone);
  groups_.Restart();
  groups_.Pass(kDayMs - 3'600'000);
  EXPECT_EQ(groups_.Committed("g", {"t", 0}), 1);
  groups_.Pass(2 * 3'600'000);
  EXPECT_EQ(groups_.Committed("g", {"t", 0}), -1);
}

TEST_F(GroupOffsetsTest, OffsetsOfTopicsThatMembersReadAreNotDeleted) {
  const auto [member_id, generation] = groups_.StableMember();  // reads t
  groups_.log.Create("u", 1);
  const Committer member{.member_id = member_id, .generation_or_epoch = generation};
  ASSERT_EQ(groups_.Commit("g", {"t", 0}, 1, member), ErrorCode::kNone);
  ASSERT_EQ(groups_.Commit("g", {"u", 0}, 1, member), ErrorCode::kNone);
  const auto answer = groups_.Now(
      groups_->Delete(OffsetDelete{.group_id = "g", .partitions = {{"t", 0}, {"u", 0}}}));
  EXPECT_THAT(answer.partitions, ElementsAre(ErrorCode::kGroupSubscribedToTopic, ErrorCode::kNone));
  groups_.Restart();
  EXPECT_EQ(groups_.Committed("g", {"t", 0}), 1);
  EXPECT_EQ(groups_.Committed("g", {"u", 0}), -1);
}

TEST_F(GroupOffsetsTest, ADeletedGroupIsGoneForGood) {
  const auto [member_id, generation] = groups_.StableMember();
  ASSERT_EQ(
      groups_.Commit("g", {"t", 0}, 1, {.member_id = member_id, .generation_or_epoch = generation}),
      ErrorCode::kNone);
  EXPECT_EQ(groups_.Now(groups_->Delete("g")).error, ErrorCode::kNonEmptyGroup);
  (void)groups_->Leave({.group_id = "g", .members = {{.member_id = member_id}}});
  EXPECT_EQ(groups_.Now(groups_->Delete("g")).error, ErrorCode::kNone);
  EXPECT_EQ(groups_.Now(groups_->Delete("g")).error, ErrorCode::kGroupIdNotFound);
  groups_.Restart();
  EXPECT_THAT(groups_->List(), IsEmpty());
}

TEST_F(GroupOffsetsTest, ATopicTakesItsOffsetsWithIt) {
  groups_.log.Create("u", 1);
  ASSERT_EQ(groups_.Commit("g", {"t", 0}, 1), ErrorCode::kNone);
  ASSERT_EQ(groups_.Commit("g", {"u", 0}, 2), ErrorCode::kNone);
  ASSERT_TRUE(groups_.log.DeleteTopic("t").ok());
  groups_->OnTopicDeleted("t");
  groups_.log.Create("t", 4);
  EXPECT_EQ(groups_.Committed("g", {"t", 0}), -1);
  EXPECT_EQ(groups_.Committed("g", {"u", 0}), 2);
}

TEST_F(GroupOffsetsTest, AnOffsetOfATopicsNamesakeIsNotShownEvenWhenNobodyToldOfTheDeletion) {
  ASSERT_EQ(groups_.Commit("g", {"t", 0}, 1), ErrorCode::kNone);
  ASSERT_TRUE(groups_.log.DeleteTopic("t").ok());
  groups_.log.Create("t", 4);
  EXPECT_EQ(groups_.Committed("g", {"t", 0}), -1);
  groups_.Pass(600'000);
  EXPECT_THAT(groups_->List(), IsEmpty());
}

TEST_F(GroupOffsetsTest, LagIsShownByPartition) {
  base::Metrics metrics;
  groups_->Publish(metrics);
  const auto partition = groups_.log.Find(TopicPartition{"t", 0});
  BatchBuilder builder({});
  for (int i = 0; i < 3; ++i) builder.Append({.value = "v"});
  auto batch = std::move(builder).Finish();
  ASSERT_TRUE(batch.ok());
  (void)partition->Append({.batches = std::span<char>(*batch)});
  ASSERT_EQ(groups_.Commit("g", {"t", 0}, 1), ErrorCode::kNone);
  EXPECT_THAT(metrics.Render(),
              ::testing::HasSubstr(
                  "tributary_group_lag_records{group=\"g\",partition=\"0\",topic=\"t\"} 2"));
}

}  // namespace
}  // namespace logs
