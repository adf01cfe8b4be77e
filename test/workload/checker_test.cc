// The checker finds each kind of broken promise in a history made by hand, and nothing in good
// ones.
#include "workload/checker.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace workload {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Two partitions; producer 1 is plain and keeps its order, 2 is idempotent, 3 is transactional:
//   partition 0:  11  21  (31 committed)  (32 aborted)  12
//   partition 1:  22  (33 committed)
History Good() {
  History history;
  const auto acknowledged = [&](Value value, int producer, Place place, int64_t transaction) {
    history.sends.push_back({.value = value,
                             .producer = producer,
                             .order = static_cast<int64_t>(value),
                             .fate = Fate::kAcknowledged,
                             .place = place,
                             .transaction = transaction,
                             .once = producer != 1,
                             .ordered = true});
  };
  acknowledged(11, 1, {0, 0}, kNoTransaction);
  acknowledged(12, 1, {0, 5}, kNoTransaction);
  acknowledged(21, 2, {0, 1}, kNoTransaction);
  acknowledged(22, 2, {1, 0}, kNoTransaction);
  acknowledged(31, 3, {0, 2}, 100);
  acknowledged(33, 3, {1, 1}, 100);
  acknowledged(32, 3, {0, 4}, 101);
  history.transactions = {{100, Outcome::kCommitted}, {101, Outcome::kAborted}};
  history.final_all = {{{0, 0}, 11}, {{0, 1}, 21}, {{0, 2}, 31}, {{0, 4}, 32},
                       {{0, 5}, 12}, {{1, 0}, 22}, {{1, 1}, 33}};
  history.final_committed = {{{0, 0}, 11}, {{0, 1}, 21}, {{0, 2}, 31},
                             {{0, 5}, 12}, {{1, 0}, 22}, {{1, 1}, 33}};
  history.polls = {
      {.consumer = 1, .seen = {{{0, 0}, 11}, {{1, 0}, 22}, {{0, 1}, 21}}},
      {.consumer = 1, .seen = {{{0, 2}, 31}, {{0, 4}, 32}, {{0, 5}, 12}}},
      {.consumer = 2, .committed_only = true, .seen = {{{0, 1}, 21}, {{0, 2}, 31}, {{0, 5}, 12}}},
  };
  return history;
}

std::set<Property> Broken(const History& history) {
  std::set<Property> broken;
  for (const Violation& violation : Check(history)) {
    broken.insert(violation.property);
    EXPECT_FALSE(violation.what.empty());
    EXPECT_FALSE(PropertyName(violation.property).empty());
  }
  return broken;
}

TEST(CheckerTest, AGoodHistoryHasNoViolation) { EXPECT_THAT(Broken(Good()), IsEmpty()); }

TEST(CheckerTest, WhatIsUnknownMayBeThereOrNot) {
  History history = Good();
  history.sends.push_back({.value = 23, .producer = 2, .once = true});
  history.sends.push_back({.value = 24, .producer = 2, .once = true});
  history.final_all.push_back({{1, 2}, 24});
  history.final_committed.push_back({{1, 2}, 24});
  history.transactions[100] = Outcome::kUnknown;
  EXPECT_THAT(Broken(history), IsEmpty());
}

TEST(CheckerTest, APlainProducerMayRepeatItself) {
  History history = Good();
  history.final_all.push_back({{1, 2}, 11});
  history.final_committed.push_back({{1, 2}, 11});
  EXPECT_THAT(Broken(history), IsEmpty());
}

TEST(CheckerTest, ANewSessionMayBeginAnywhere) {
  History history = Good();
  history.polls.push_back(
      {.consumer = 2, .session = 1, .committed_only = true, .seen = {{{0, 0}, 11}}});
  EXPECT_THAT(Broken(history), IsEmpty());
}

TEST(CheckerTest, AnAbortedReadIsFoundInAPoll) {
  History history = Good();
  history.polls.push_back({.consumer = 3, .committed_only = true, .seen = {{{0, 4}, 32}}});
  const auto violations = Check(history);
  ASSERT_FALSE(violations.empty());
  EXPECT_EQ(violations[0].property, Property::kNoAbortedRead);
}

TEST(CheckerTest, AnAbortedReadIsFoundAtTheEnd) {
  History history = Good();
  history.final_committed.push_back({{0, 4}, 32});
  history.polls.pop_back();  // which did not see it
  EXPECT_THAT(Broken(history), ElementsAre(Property::kNoAbortedRead));
}

TEST(CheckerTest, ARejectedValueThatShowsIsFound) {
  History history = Good();
  history.sends.push_back({.value = 13, .producer = 1, .fate = Fate::kRejected});
  history.final_all.push_back({{1, 2}, 13});
  history.final_committed.push_back({{1, 2}, 13});
  EXPECT_THAT(Broken(history), ElementsAre(Property::kNoAbortedRead));
}

TEST(CheckerTest, AnInventedValueIsFound) {
  History history = Good();
  history.final_all.push_back({{1, 2}, 99});
  history.final_committed.push_back({{1, 2}, 99});
  EXPECT_THAT(Broken(history), ElementsAre(Property::kNothingInvented));
}

TEST(CheckerTest, TwoValuesOfOneOffsetAreFound) {
  History history = Good();
  history.sends.push_back({.value = 13, .producer = 4});
  history.polls.push_back({.consumer = 3, .seen = {{{1, 0}, 13}}});
  history.final_all.push_back({{1, 0}, 13});
  EXPECT_THAT(Broken(history), ElementsAre(Property::kOneValuePerOffset));
}

TEST(CheckerTest, AnAcknowledgementAtAnotherPlaceIsFound) {
  History history = Good();
  history.sends[3].place = {1, 1};  // where 33 stands
  EXPECT_THAT(Broken(history), testing::Contains(Property::kOneValuePerOffset));
}

TEST(CheckerTest, ALostWriteIsFound) {
  History history = Good();
  history.polls.clear();
  std::erase(history.final_all, Seen{{0, 1}, 21});
  std::erase(history.final_committed, Seen{{0, 1}, 21});
  EXPECT_THAT(Broken(history), ElementsAre(Property::kNoLostWrite));
}

TEST(CheckerTest, AWriteThatWasSeenAndIsGoneIsFound) {
  History history = Good();
  history.sends[2].fate = Fate::kUnknown;  // 21
  std::erase(history.final_all, Seen{{0, 1}, 21});
  std::erase(history.final_committed, Seen{{0, 1}, 21});
  EXPECT_THAT(Broken(history), ElementsAre(Property::kNoLostWrite));
}

TEST(CheckerTest, AnAcknowledgedTailThatNobodySeesIsFound) {
  History history = Good();
  history.polls.clear();
  std::erase(history.final_all, Seen{{0, 5}, 12});
  std::erase(history.final_committed, Seen{{0, 5}, 12});
  EXPECT_THAT(Broken(history), ElementsAre(Property::kNothingUnseen));
}

TEST(CheckerTest, AStepBackInAPollIsFound) {
  History history = Good();
  history.polls.push_back({.consumer = 3, .seen = {{{0, 1}, 21}, {{0, 0}, 11}}});
  EXPECT_THAT(Broken(history), ElementsAre(Property::kOrderInPoll));
}

TEST(CheckerTest, ARepetitionInAPollIsFound) {
  History history = Good();
  history.polls.push_back({.consumer = 3, .seen = {{{0, 1}, 21}, {{0, 1}, 21}}});
  EXPECT_THAT(Broken(history), ElementsAre(Property::kOrderInPoll));
}

TEST(CheckerTest, AGapBetweenPollsOfASessionIsFound) {
  History history = Good();
  history.polls.push_back(
      {.consumer = 3, .session = 4, .committed_only = true, .seen = {{{0, 0}, 11}}});
  history.polls.push_back(
      {.consumer = 3, .session = 4, .committed_only = true, .seen = {{{0, 2}, 31}}});
  EXPECT_THAT(Broken(history), ElementsAre(Property::kOrderInPoll));
}

TEST(CheckerTest, AnOrderTurnedAroundInASendIsFound) {
  History history = Good();
  std::swap(history.sends[0].order, history.sends[1].order);
  EXPECT_THAT(Broken(history), ElementsAre(Property::kOrderInSend));
}

TEST(CheckerTest, ADuplicateOfAnIdempotentProducerIsFound) {
  History history = Good();
  history.final_all.push_back({{1, 2}, 21});
  history.final_committed.push_back({{1, 2}, 21});
  EXPECT_THAT(Broken(history), ElementsAre(Property::kNoDuplicate));
}

TEST(CheckerTest, AHalfOfATransactionIsFound) {
  History history = Good();
  history.transactions[100] = Outcome::kUnknown;
  history.polls.clear();
  std::erase(history.final_committed, Seen{{1, 1}, 33});
  EXPECT_THAT(Broken(history), ElementsAre(Property::kWholeTransaction));
}

TEST(CheckerTest, ACopyThatMissesRepeatsOrInventsIsFound) {
  History history = Good();
  history.final_copy = history.final_committed;
  EXPECT_THAT(Broken(history), IsEmpty());
  const auto broken_by = [&](auto change) {
    History changed = history;
    change(*changed.final_copy);
    return Broken(changed);
  };
  using Copy = std::vector<Seen>;
  EXPECT_THAT(broken_by([](Copy& copy) { copy.pop_back(); }), ElementsAre(Property::kExactCopy));
  EXPECT_THAT(broken_by([](Copy& copy) {
                copy.push_back({{1, 9}, 33});
              }),
              ElementsAre(Property::kExactCopy));
  EXPECT_THAT(broken_by([](Copy& copy) {
                copy.push_back({{1, 9}, 32});
              }),
              ElementsAre(Property::kExactCopy));
}

TEST(CheckerTest, ManyViolationsOfOneKindAreCutShort) {
  History history = Good();
  for (int64_t i = 0; i < 100; ++i)
    history.final_all.push_back({{2, i}, 1'000 + static_cast<Value>(i)});
  EXPECT_EQ(Check(history, 3).size(), 3u);
}

}  // namespace
}  // namespace workload
