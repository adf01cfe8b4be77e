#include "log/transaction/transaction_metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace logs {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

constexpr int64_t kNow = 1'000'000;
constexpr int32_t kTimeout = 60'000;
constexpr ProducerId kPid{7};
constexpr ProducerId kFreshPid{8};
const TopicPartition kA0{"a", 0};
const TopicPartition kA1{"a", 1};
const RuleContext kContext{.now_ms = kNow, .fresh_id = kFreshPid};

TransactionMetadata Standing(TransactionState state, int16_t epoch,
                             TransactionVersion version = TransactionVersion::kV0) {
  TransactionMetadata metadata{.producer = {.id = kPid, .epoch = epoch},
                               .previous_id = kPid,
                               .timeout_ms = kTimeout,
                               .state = state,
                               .update_ms = kNow - 10,
                               .start_ms = kNow - 10,
                               .version = version};
  if (state == TransactionState::kOngoing || IsPreparing(state)) metadata.partitions = {kA0};
  return metadata;
}

ProducerIdentity Producer(int64_t id, int epoch) {
  return {.id = ProducerId(id), .epoch = static_cast<int16_t>(epoch)};
}

// --- InitProducerId ---

TEST(DecideInitTest, ANewIdBeginsWithEpochZeroWhateverTheProducerSaysItWas) {
  for (const ProducerIdentity& expected : {ProducerIdentity{}, Producer(3, 4)}) {
    const auto decision = DecideInit(nullptr, expected, kTimeout, kContext);
    EXPECT_EQ(decision.answer->producer, Producer(8, 0));
    EXPECT_EQ(decision.next->state, TransactionState::kEmpty);
    EXPECT_EQ(decision.next->timeout_ms, kTimeout);
  }
}

TEST(DecideInitTest, ANewInstanceGetsTheNextEpoch) {
  for (const auto state : {TransactionState::kEmpty, TransactionState::kCompleteCommit,
                           TransactionState::kCompleteAbort}) {
    const auto current = Standing(state, 4);
    const auto decision = DecideInit(&current, {}, 1'234, kContext);
    EXPECT_EQ(decision.answer->producer, Producer(7, 5));
    EXPECT_EQ(decision.next->last_epoch, -1);
    EXPECT_EQ(decision.next->timeout_ms, 1'234);
    EXPECT_EQ(decision.next->state, TransactionState::kEmpty);
  }
}

TEST(DecideInitTest, AnOngoingTransactionIsFencedFirst) {
  const auto current = Standing(TransactionState::kOngoing, 4);
  const auto decision = DecideInit(&current, {}, kTimeout, kContext);
  EXPECT_FALSE(decision.answer.has_value());
  EXPECT_EQ(decision.next->state, TransactionState::kPrepareAbort);
  EXPECT_EQ(decision.next->producer, Producer(7, 5));
  EXPECT_THAT(decision.next->partitions, ElementsAre(kA0));
}

TEST(DecideInitTest, AProducerThatSaysItsEpochGetsTheNextOneAndTheSameWhenItAsksAgain) {
  auto current = Standing(TransactionState::kEmpty, 4);
  const auto first = DecideInit(&current, Producer(7, 4), kTimeout, kContext);
  EXPECT_EQ(first.answer->producer, Producer(7, 5));
  current = *first.next;
  const auto repeated = DecideInit(&current, Producer(7, 4), kTimeout, kContext);
  EXPECT_EQ(repeated.answer->producer, Producer(7, 5));
  EXPECT_EQ(repeated.next->producer, Producer(7, 5));
}

TEST(DecideInitTest, AProducerWhoseSuccessorCameIsFenced) {
  auto current = Standing(TransactionState::kEmpty, 4);
  current = *DecideInit(&current, {}, kTimeout, kContext).next;  // the successor: 5
  EXPECT_EQ(DecideInit(&current, Producer(7, 4), kTimeout, kContext).answer->error,
            ErrorCode::kProducerFenced);
  EXPECT_EQ(DecideInit(&current, Producer(6, 5), kTimeout, kContext).answer->error,
            ErrorCode::kProducerFenced);
  // Nor does it end the transaction of its successor.
  current = Standing(TransactionState::kOngoing, 5);
  const auto decision = DecideInit(&current, Producer(7, 4), kTimeout, kContext);
  EXPECT_EQ(decision.answer->error, ErrorCode::kProducerFenced);
  EXPECT_FALSE(decision.next.has_value());
}

TEST(DecideInitTest, UsedUpEpochsBringANewProducerId) {
  auto current = Standing(TransactionState::kCompleteCommit, INT16_MAX - 1);
  EXPECT_EQ(DecideInit(&current, {}, kTimeout, kContext).answer->producer, Producer(8, 0));
  const auto expecting = DecideInit(&current, Producer(7, INT16_MAX - 1), kTimeout, kContext);
  EXPECT_EQ(expecting.answer->producer, Producer(8, 0));
  // The answer was lost: the same again, not a third id.
  current = *expecting.next;
  const auto repeated = DecideInit(&current, Producer(7, INT16_MAX - 1), kTimeout,
                                   {.now_ms = kNow, .fresh_id = ProducerId(9)});
  EXPECT_EQ(repeated.answer->producer, Producer(8, 0));
  // And the one after a fence that took the last epoch.
  current = Standing(TransactionState::kCompleteAbort, INT16_MAX);
  EXPECT_EQ(DecideInit(&current, {}, kTimeout, kContext).answer->producer, Producer(8, 0));
}

// --- AddPartitionsToTxn ---

AddPartitions Adding(const ProducerIdentity& producer, std::vector<TopicPartition> partitions,
                     PartitionsIntent intent = PartitionsIntent::kAdd) {
  return {.transactional_id = "t",
          .producer = producer,
          .partitions = std::move(partitions),
          .intent = intent};
}

TEST(DecideAddTest, TheFirstPartitionBeginsTheTransaction) {
  for (const auto state : {TransactionState::kEmpty, TransactionState::kCompleteCommit,
                           TransactionState::kCompleteAbort}) {
    const auto current = Standing(state, 4);
    const auto decision = DecideAdd(&current, Adding(Producer(7, 4), {kA0, kA1}), kContext);
    EXPECT_EQ(decision.answer->error, ErrorCode::kNone);
    EXPECT_EQ(decision.next->state, TransactionState::kOngoing);
    EXPECT_EQ(decision.next->start_ms, kNow);
    EXPECT_EQ(decision.next->version, TransactionVersion::kV0);
    EXPECT_THAT(decision.next->partitions, UnorderedElementsAre(kA0, kA1));
  }
}

TEST(DecideAddTest, LaterPartitionsJoinItAndKnownOnesChangeNothing) {
  const auto current = Standing(TransactionState::kOngoing, 4);
  const auto more = DecideAdd(
      &current, Adding(Producer(7, 4), {kA1}, PartitionsIntent::kAddByProducing), kContext);
  EXPECT_THAT(more.next->partitions, UnorderedElementsAre(kA0, kA1));
  EXPECT_EQ(more.next->start_ms, current.start_ms);
  EXPECT_EQ(more.next->version, TransactionVersion::kV2);
  const auto same = DecideAdd(&current, Adding(Producer(7, 4), {kA0}), kContext);
  EXPECT_FALSE(same.next.has_value());
  EXPECT_THAT(same.answer->partitions, ElementsAre(ErrorCode::kNone));
}

TEST(DecideAddTest, VerificationTellsWhichPartitionsAreInAndAddsNone) {
  const auto ongoing = Standing(TransactionState::kOngoing, 4);
  const auto request = Adding(Producer(7, 4), {kA0, kA1}, PartitionsIntent::kVerify);
  const auto decision = DecideAdd(&ongoing, request, kContext);
  EXPECT_FALSE(decision.next.has_value());
  EXPECT_THAT(decision.answer->partitions,
              ElementsAre(ErrorCode::kNone, ErrorCode::kTransactionAbortable));
  const auto complete = Standing(TransactionState::kCompleteCommit, 4);
  EXPECT_THAT(DecideAdd(&complete, request, kContext).answer->partitions,
              ElementsAre(ErrorCode::kTransactionAbortable, ErrorCode::kTransactionAbortable));
}

TEST(DecideAddTest, WhoIsNotTheProducerIsRefused) {
  const auto current = Standing(TransactionState::kOngoing, 4);
  EXPECT_EQ(DecideAdd(nullptr, Adding(Producer(7, 4), {kA0}), kContext).answer->error,
            ErrorCode::kInvalidProducerIdMapping);
  EXPECT_EQ(DecideAdd(&current, Adding(Producer(6, 4), {kA0}), kContext).answer->error,
            ErrorCode::kInvalidProducerIdMapping);
  for (const int epoch : {3, 5}) {
    EXPECT_EQ(DecideAdd(&current, Adding(Producer(7, epoch), {kA0}), kContext).answer->error,
              ErrorCode::kProducerFenced);
  }
}

// --- EndTxn ---

EndTransaction Ending(const ProducerIdentity& producer, bool commit, TransactionVersion version) {
  return {.transactional_id = "t", .producer = producer, .commit = commit, .version = version};
}
constexpr auto kV0 = TransactionVersion::kV0;
constexpr auto kV2 = TransactionVersion::kV2;

// Through the end, as the coordinator does it: prepare, complete, ask again.
ProducerAnswer EndWhole(TransactionMetadata& current, const EndTransaction& request) {
  auto decision = DecideEnd(&current, request, kContext);
  if (decision.answer.has_value()) return *decision.answer;
  current = Completed(*decision.next, kNow);
  return *DecideEnd(&current, request, kContext).answer;
}

TEST(DecideEndTest, WithoutV2TheEpochStays) {
  for (const bool commit : {true, false}) {
    auto current = Standing(TransactionState::kOngoing, 4);
    const auto request = Ending(Producer(7, 4), commit, kV0);
    const auto prepared = DecideEnd(&current, request, kContext);
    EXPECT_EQ(prepared.next->state,
              commit ? TransactionState::kPrepareCommit : TransactionState::kPrepareAbort);
    EXPECT_THAT(prepared.next->partitions, ElementsAre(kA0));
    EXPECT_EQ(EndWhole(current, request).producer, Producer(7, 4));
    EXPECT_EQ(current.state,
              commit ? TransactionState::kCompleteCommit : TransactionState::kCompleteAbort);
    EXPECT_TRUE(current.partitions.empty());
    // Repeated, and repeated with the other result.
    EXPECT_EQ(EndWhole(current, request).error, ErrorCode::kNone);
    EXPECT_EQ(EndWhole(current, Ending(Producer(7, 4), !commit, kV0)).error,
              ErrorCode::kInvalidTxnState);
  }
}

TEST(DecideEndTest, WithV2EachEndGivesTheNextEpoch) {
  for (const bool commit : {true, false}) {
    auto current = Standing(TransactionState::kOngoing, 4, kV2);
    const auto request = Ending(Producer(7, 4), commit, kV2);
    EXPECT_EQ(DecideEnd(&current, request, kContext).next->producer, Producer(7, 5));
    EXPECT_EQ(EndWhole(current, request).producer, Producer(7, 5));
    // The answer was lost.
    EXPECT_EQ(EndWhole(current, request).producer, Producer(7, 5));
    EXPECT_EQ(EndWhole(current, Ending(Producer(7, 4), !commit, kV2)).error,
              ErrorCode::kInvalidTxnState);
    // The next transaction cannot be committed before it has begun.
    EXPECT_EQ(EndWhole(current, Ending(Producer(7, 5), true, kV2)).error,
              ErrorCode::kInvalidTxnState);
  }
}

TEST(DecideEndTest, WithV2AnAbortOfNothingIsTakenAndMovesTheEpochOn) {
  for (const auto state : {TransactionState::kEmpty, TransactionState::kCompleteCommit,
                           TransactionState::kCompleteAbort}) {
    for (const auto version : {kV0, kV2}) {
      auto current = Standing(state, 4, version);
      EXPECT_EQ(EndWhole(current, Ending(Producer(7, 4), false, kV2)).producer, Producer(7, 5));
      EXPECT_EQ(current.state, TransactionState::kCompleteAbort);
      EXPECT_EQ(EndWhole(current, Ending(Producer(7, 5), false, kV2)).producer, Producer(7, 6));
    }
  }
  auto empty = Standing(TransactionState::kEmpty, 4);
  EXPECT_EQ(EndWhole(empty, Ending(Producer(7, 4), false, kV0)).error, ErrorCode::kInvalidTxnState);
  EXPECT_EQ(EndWhole(empty, Ending(Producer(7, 4), true, kV2)).error, ErrorCode::kInvalidTxnState);
}

TEST(DecideEndTest, WithV2UsedUpEpochsBringANewProducerIdAfterTheMarkers) {
  auto current = Standing(TransactionState::kOngoing, INT16_MAX - 1, kV2);
  const auto request = Ending(Producer(7, INT16_MAX - 1), true, kV2);
  const auto prepared = DecideEnd(&current, request, kContext);
  EXPECT_EQ(prepared.next->producer, Producer(7, INT16_MAX));  // the markers'
  EXPECT_EQ(prepared.next->next_id, kFreshPid);
  EXPECT_EQ(EndWhole(current, request).producer, Producer(8, 0));
  EXPECT_EQ(EndWhole(current, request).producer, Producer(8, 0));  // the answer was lost
  EXPECT_EQ(current.producer, Producer(8, 0));
  EXPECT_EQ(current.previous_id, kPid);
}

TEST(DecideEndTest, WhoIsNotTheProducerIsRefused) {
  const auto current = Standing(TransactionState::kOngoing, 4, kV2);
  for (const auto version : {kV0, kV2}) {
    EXPECT_EQ(DecideEnd(nullptr, Ending(Producer(7, 4), true, version), kContext).answer->error,
              ErrorCode::kInvalidProducerIdMapping);
    EXPECT_EQ(DecideEnd(&current, Ending(Producer(6, 4), true, version), kContext).answer->error,
              ErrorCode::kInvalidProducerIdMapping);
    for (const int epoch : {-1, 3, 5}) {
      EXPECT_EQ(
          DecideEnd(&current, Ending(Producer(7, epoch), true, version), kContext).answer->error,
          ErrorCode::kProducerFenced);
    }
  }
  // Epochs of older transactions are no repetition of the last end.
  const auto complete = Standing(TransactionState::kCompleteCommit, 4, kV2);
  EXPECT_EQ(DecideEnd(&complete, Ending(Producer(7, 2), true, kV2), kContext).answer->error,
            ErrorCode::kProducerFenced);
}

TEST(DecideEndTest, AfterATimeoutV2LearnsTheNextEpochByAbortingAndV0IsFenced) {
  auto v2 = Completed(Fenced(Standing(TransactionState::kOngoing, 4, kV2), kNow), kNow);
  EXPECT_EQ(EndWhole(v2, Ending(Producer(7, 4), true, kV2)).error, ErrorCode::kInvalidTxnState);
  EXPECT_EQ(EndWhole(v2, Ending(Producer(7, 4), false, kV2)).producer, Producer(7, 5));
  auto v0 = Completed(Fenced(Standing(TransactionState::kOngoing, 4, kV0), kNow), kNow);
  EXPECT_EQ(EndWhole(v0, Ending(Producer(7, 4), true, kV0)).error, ErrorCode::kProducerFenced);
  // The last epoch of all is not given to anybody.
  auto last =
      Completed(Fenced(Standing(TransactionState::kOngoing, INT16_MAX - 1, kV2), kNow), kNow);
  EXPECT_EQ(EndWhole(last, Ending(Producer(7, INT16_MAX - 1), false, kV2)).error,
            ErrorCode::kProducerFenced);
}

}  // namespace
}  // namespace logs
