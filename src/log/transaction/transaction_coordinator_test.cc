#include "log/transaction/transaction_coordinator.h"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/log.h"
#include "env/memory_files.h"
#include "log/transaction/scripted_log.h"

namespace logs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const TopicPartition kA0{"a", 0};
const TopicPartition kA1{"a", 1};
const TopicPartition kOffsets{"__consumer_offsets", 0};
constexpr auto kV0 = TransactionVersion::kV0;
constexpr auto kV2 = TransactionVersion::kV2;

class Told final : public Watcher {
 public:
  void Notify() override { ++times; }
  int times = 0;
};

class TransactionCoordinatorTest : public testing::Test {
 protected:
  TransactionCoordinatorTest() : log_(std::make_unique<ScriptedLog>()) {
    base::SetLogLevel(base::LogLevel::kOff);  // refusals are provoked
    EXPECT_TRUE(files_.CreateDirectories("/log").ok());
    log_->AddTopic("a", 2);
    log_->AddTopic("__consumer_offsets", 1);
    log_->durable_at_once = true;
    Restart();
  }

  void Restart() {
    coordinator_.reset();
    auto opened = TransactionCoordinator::Open(
        {.log = log_.get(),
         .files = &files_,
         .clock = &clock_,
         .on_marker = [this](const TopicPartition& partition, const Marker& marker, Ticket) {
           told_.emplace_back(partition, marker.commit);
         }});
    ASSERT_TRUE(opened.ok()) << opened.error().ToString();
    coordinator_ = std::move(*opened);
  }
  // As if the process had died when the first `kept` appends were on disk.
  void Crash(size_t kept) {
    coordinator_.reset();
    auto survived = log_->Crashed(kept);
    survived->durable_at_once = true;
    log_ = std::move(survived);
    Restart();
  }

  auto Look(auto& call) { return call->Look(watcher_); }

  ProducerAnswer Init(const std::string& id, ProducerIdentity current = {}) {
    auto call = coordinator_->Start(InitProducerId{.transactional_id = id, .current = current});
    return Look(call).value();
  }
  ErrorCode Add(const std::string& id, ProducerIdentity producer, std::vector<TopicPartition> to,
                PartitionsIntent intent = PartitionsIntent::kAddByProducing) {
    auto call = coordinator_->Start(AddPartitions{.transactional_id = id,
                                                  .producer = producer,
                                                  .partitions = std::move(to),
                                                  .intent = intent});
    const auto answer = Look(call).value();
    if (answer.error != ErrorCode::kNone) return answer.error;
    for (const ErrorCode error : answer.partitions) {
      if (error != ErrorCode::kNone) return error;
    }
    return ErrorCode::kNone;
  }
  auto StartEnd(const std::string& id, ProducerIdentity producer, bool commit,
                TransactionVersion version = kV2) {
    return coordinator_->Start(EndTransaction{
        .transactional_id = id, .producer = producer, .commit = commit, .version = version});
  }
  ProducerAnswer End(const std::string& id, ProducerIdentity producer, bool commit,
                     TransactionVersion version = kV2) {
    auto call = StartEnd(id, producer, commit, version);
    return Look(call).value();
  }
  TransactionState StateOf(const std::string& id) { return coordinator_->Describe(id).state; }

  base::ManualClock clock_{1'700'000'000'000};
  env::MemoryFiles files_{&clock_};
  std::unique_ptr<ScriptedLog> log_;
  std::shared_ptr<Told> watcher_ = std::make_shared<Told>();
  std::vector<std::pair<TopicPartition, bool>> told_;
  std::unique_ptr<TransactionCoordinator> coordinator_;
};

TEST_F(TransactionCoordinatorTest, EveryIdempotentProducerGetsAnIdOfItsOwnAndNothingIsLogged) {
  auto first = coordinator_->Start(InitProducerId{});
  auto second = coordinator_->Start(InitProducerId{});
  const auto one = Look(first);
  const auto other = Look(second);
  EXPECT_EQ(one->producer.epoch, 0);
  EXPECT_NE(one->producer.id, other->producer.id);
  EXPECT_THAT(log_->entries, IsEmpty());
  Restart();
  auto third = coordinator_->Start(InitProducerId{});
  EXPECT_GT(Look(third)->producer.id, other->producer.id);
}

TEST_F(TransactionCoordinatorTest, ACommitMarksEveryPartitionAndTellsTheGroups) {
  const auto producer = Init("t").producer;
  EXPECT_EQ(Add("t", producer, {kA0, kA1, kOffsets}), ErrorCode::kNone);
  EXPECT_EQ(coordinator_->Describe("t").partitions, (std::vector{kOffsets, kA0, kA1}));
  const auto answer = End("t", producer, true);
  EXPECT_EQ(answer.error, ErrorCode::kNone);
  EXPECT_EQ(answer.producer.epoch, producer.epoch + 1);
  for (const TopicPartition& partition : {kA0, kA1, kOffsets}) {
    ASSERT_THAT(log_->MarkersOf(partition), SizeIs(1));
    EXPECT_TRUE(log_->MarkersOf(partition)[0].commit);
    EXPECT_EQ(log_->MarkersOf(partition)[0].producer_epoch, producer.epoch + 1);
  }
  EXPECT_THAT(told_, testing::Contains(std::pair(kOffsets, true)));
  EXPECT_EQ(StateOf("t"), TransactionState::kCompleteCommit);
  EXPECT_EQ(Add("t", answer.producer, {kA0}), ErrorCode::kNone);
  EXPECT_EQ(End("t", answer.producer, false).producer.epoch, producer.epoch + 2);
  EXPECT_FALSE(log_->MarkersOf(kA0)[1].commit);
}

TEST_F(TransactionCoordinatorTest, NothingIsAnsweredBeforeItIsDurable) {
  log_->durable_at_once = false;
  auto init = coordinator_->Start(InitProducerId{.transactional_id = "t"});
  EXPECT_FALSE(Look(init).has_value());
  EXPECT_EQ(watcher_->times, 0);
  log_->MakeDurable();
  EXPECT_EQ(watcher_->times, 1);
  const auto producer = Look(init)->producer;

  auto add = coordinator_->Start(
      AddPartitions{.transactional_id = "t", .producer = producer, .partitions = {kA0}});
  EXPECT_FALSE(Look(add).has_value());
  log_->MakeDurable();
  EXPECT_EQ(Look(add)->error, ErrorCode::kNone);

  auto end = StartEnd("t", producer, true);
  EXPECT_FALSE(Look(end).has_value());
  EXPECT_THAT(log_->MarkersOf(kA0), IsEmpty()) << "a marker ahead of the durable decision";
  log_->MakeDurable();
  EXPECT_FALSE(Look(end).has_value());
  EXPECT_THAT(log_->MarkersOf(kA0), SizeIs(1));
  EXPECT_EQ(StateOf("t"), TransactionState::kPrepareCommit) << "complete ahead of durable markers";
  log_->MakeDurable();
  EXPECT_EQ(Look(end)->error, ErrorCode::kNone);
}

TEST_F(TransactionCoordinatorTest, ACallWaitsForTheEndOfTheTransactionBefore) {
  const auto producer = Init("t").producer;
  EXPECT_EQ(Add("t", producer, {kA0}), ErrorCode::kNone);
  log_->durable_at_once = false;
  auto end = StartEnd("t", producer, true);
  EXPECT_FALSE(Look(end).has_value());
  end.reset();  // its client has gone
  auto init = coordinator_->Start(InitProducerId{.transactional_id = "t"});
  EXPECT_FALSE(Look(init).has_value());
  for (int i = 0; i < 2; ++i) {
    log_->MakeDurable();
    EXPECT_FALSE(Look(init).has_value());
  }
  log_->MakeDurable();
  EXPECT_EQ(Look(init)->producer.epoch, producer.epoch + 2);
  EXPECT_TRUE(log_->MarkersOf(kA0).at(0).commit);
}

TEST_F(TransactionCoordinatorTest, ACallThatWaitsTooLongSaysSo) {
  const auto producer = Init("t").producer;
  EXPECT_EQ(Add("t", producer, {kA0}), ErrorCode::kNone);
  log_->durable_at_once = false;
  auto end = StartEnd("t", producer, true);
  EXPECT_FALSE(Look(end).has_value());
  clock_.Advance(end->deadline_ms() - clock_.MonotonicMs() - 1);
  EXPECT_FALSE(Look(end).has_value());
  clock_.Advance(1);
  EXPECT_EQ(Look(end)->error, ErrorCode::kConcurrentTransactions);
}

TEST_F(TransactionCoordinatorTest, ANewInstanceAbortsWhatItsPredecessorLeftAndFencesIt) {
  const auto old = Init("t").producer;
  EXPECT_EQ(Add("t", old, {kA0}), ErrorCode::kNone);
  const auto fresh = Init("t");
  EXPECT_EQ(fresh.error, ErrorCode::kNone);
  EXPECT_EQ(fresh.producer.id, old.id);
  EXPECT_EQ(fresh.producer.epoch, old.epoch + 2);  // one that fences, one of its own
  ASSERT_THAT(log_->MarkersOf(kA0), SizeIs(1));
  EXPECT_FALSE(log_->MarkersOf(kA0)[0].commit);
  EXPECT_EQ(log_->MarkersOf(kA0)[0].producer_epoch, old.epoch + 1);
  EXPECT_EQ(Add("t", old, {kA0}), ErrorCode::kProducerFenced);
  EXPECT_EQ(End("t", old, true).error, ErrorCode::kProducerFenced);
  EXPECT_EQ(Init("t", old).error, ErrorCode::kProducerFenced);
}

TEST_F(TransactionCoordinatorTest, AProducerThatKnowsItsEpochMayAbandonItsOwnTransaction) {
  const auto producer = Init("t").producer;
  EXPECT_EQ(Add("t", producer, {kA0}), ErrorCode::kNone);
  EXPECT_EQ(Init("t", producer).producer.epoch, producer.epoch + 2);
}

TEST_F(TransactionCoordinatorTest, MarkersWaitForRecordsThatAreBeingAppended) {
  const auto producer = Init("t").producer;
  auto produce = coordinator_->Start(AddPartitions{.transactional_id = "t",
                                                   .producer = producer,
                                                   .partitions = {kA0},
                                                   .intent = PartitionsIntent::kAddByProducing});
  EXPECT_EQ(Look(produce)->error, ErrorCode::kNone);
  auto end = StartEnd("t", producer, true);
  EXPECT_FALSE(Look(end).has_value());
  EXPECT_THAT(log_->MarkersOf(kA0), IsEmpty());
  const int before = watcher_->times;
  produce.reset();  // its records are in the log now
  EXPECT_GT(watcher_->times, before);
  EXPECT_EQ(Look(end)->error, ErrorCode::kNone);
  EXPECT_THAT(log_->MarkersOf(kA0), SizeIs(1));
}

TEST_F(TransactionCoordinatorTest, RecordsThatWaitedWhileTheirTransactionEndedAreRefused) {
  const auto producer = Init("t").producer;
  log_->durable_at_once = false;
  auto add = coordinator_->Start(AddPartitions{.transactional_id = "t",
                                               .producer = producer,
                                               .partitions = {kA0},
                                               .intent = PartitionsIntent::kAddByProducing});
  EXPECT_FALSE(Look(add).has_value());
  auto end = StartEnd("t", producer, false);
  EXPECT_FALSE(Look(end).has_value());
  for (int i = 0; i < 3; ++i) log_->MakeDurable(), (void)Look(end);
  EXPECT_EQ(StateOf("t"), TransactionState::kCompleteAbort);
  log_->MakeDurable();
  EXPECT_EQ(Look(add)->error, ErrorCode::kProducerFenced);
}

TEST_F(TransactionCoordinatorTest, VerificationRefusesPartitionsOutsideOfTheTransaction) {
  const auto producer = Init("t").producer;
  EXPECT_EQ(Add("t", producer, {kA0}, PartitionsIntent::kVerify), ErrorCode::kTransactionAbortable);
  EXPECT_EQ(Add("t", producer, {kA0}, PartitionsIntent::kAdd), ErrorCode::kNone);
  EXPECT_EQ(Add("t", producer, {kA0}, PartitionsIntent::kVerify), ErrorCode::kNone);
  EXPECT_EQ(Add("t", producer, {kA1}, PartitionsIntent::kVerify), ErrorCode::kTransactionAbortable);
  EXPECT_EQ(End("t", producer, true, kV0).producer, producer);
  EXPECT_EQ(Add("t", producer, {kA0}, PartitionsIntent::kVerify), ErrorCode::kTransactionAbortable);
}

TEST_F(TransactionCoordinatorTest, RequestsThatCannotBeAreRefused) {
  EXPECT_EQ(Init("").error, ErrorCode::kInvalidRequest);
  EXPECT_EQ(Init(std::string(40'000, 'x')).error, ErrorCode::kInvalidRequest);
  for (const int32_t timeout : {0, -1, 900'001}) {
    auto call = coordinator_->Start(
        InitProducerId{.transactional_id = "t", .transaction_timeout_ms = timeout});
    EXPECT_EQ(Look(call)->error, ErrorCode::kInvalidTransactionTimeout);
  }
  EXPECT_EQ(Add("unknown", {ProducerId(1), 0}, {kA0}), ErrorCode::kInvalidProducerIdMapping);
  EXPECT_EQ(End("unknown", {ProducerId(1), 0}, true).error, ErrorCode::kInvalidProducerIdMapping);
  EXPECT_EQ(coordinator_->Describe("unknown").error, ErrorCode::kTransactionalIdNotFound);
  EXPECT_THAT(coordinator_->List({}).transactions, IsEmpty());
}

TEST_F(TransactionCoordinatorTest, ATransactionThatRanOutOfTimeIsAborted) {
  const auto producer = Init("t").producer;
  EXPECT_EQ(Add("t", producer, {kA0}), ErrorCode::kNone);
  clock_.Advance(60'000);
  EXPECT_LE(coordinator_->Tick(), clock_.MonotonicMs() + 1'000);
  EXPECT_EQ(StateOf("t"), TransactionState::kOngoing);
  clock_.Advance(1);
  coordinator_->Tick();
  EXPECT_EQ(StateOf("t"), TransactionState::kCompleteAbort);
  EXPECT_FALSE(log_->MarkersOf(kA0).at(0).commit);
  EXPECT_EQ(Add("t", producer, {kA0}), ErrorCode::kProducerFenced);
  EXPECT_EQ(End("t", producer, true).error, ErrorCode::kInvalidTxnState);
  EXPECT_EQ(End("t", producer, false).producer.epoch, producer.epoch + 1);
}

TEST_F(TransactionCoordinatorTest, TickCompletesWhatNobodyWaitsFor) {
  const auto producer = Init("t").producer;
  EXPECT_EQ(Add("t", producer, {kA0}), ErrorCode::kNone);
  log_->durable_at_once = false;
  auto end = StartEnd("t", producer, true);
  EXPECT_FALSE(Look(end).has_value());
  end.reset();
  for (int i = 0; i < 3; ++i) {
    log_->MakeDurable();
    EXPECT_LE(coordinator_->Tick(), clock_.MonotonicMs() + 1'000);
  }
  EXPECT_EQ(StateOf("t"), TransactionState::kCompleteCommit);
}

TEST_F(TransactionCoordinatorTest, IdsNotUsedForAWeekAreForgotten) {
  const auto producer = Init("old").producer;
  clock_.Advance(7LL * 24 * 3'600'000 - 1);
  EXPECT_EQ(Init("new").error, ErrorCode::kNone);
  EXPECT_EQ(Add("new", Init("new").producer, {kA0}), ErrorCode::kNone);
  clock_.Advance(1);
  coordinator_->Tick();
  EXPECT_EQ(coordinator_->Describe("old").error, ErrorCode::kTransactionalIdNotFound);
  EXPECT_THAT(coordinator_->List({}).transactions, SizeIs(1));
  Restart();
  EXPECT_THAT(coordinator_->List({}).transactions, SizeIs(1));
  EXPECT_NE(Init("old").producer.id, producer.id);
}

TEST_F(TransactionCoordinatorTest, ListingTakesFilters) {
  const auto busy = Init("busy").producer;
  EXPECT_EQ(Add("busy", busy, {kA0}), ErrorCode::kNone);
  EXPECT_EQ(Init("idle").error, ErrorCode::kNone);
  clock_.Advance(500);
  const auto ids = [&](const TransactionFilter& filter) {
    std::vector<std::string> found;
    for (const auto& listing : coordinator_->List(filter).transactions) {
      found.push_back(listing.transactional_id);
    }
    return found;
  };
  EXPECT_THAT(ids({}), ElementsAre("busy", "idle"));
  EXPECT_THAT(ids({.states = {"Ongoing", "Sleeping"}}), ElementsAre("busy"));
  EXPECT_THAT(coordinator_->List({.states = {"Sleeping"}}).unknown_states, ElementsAre("Sleeping"));
  EXPECT_THAT(ids({.states = {"Sleeping"}}), IsEmpty());
  EXPECT_THAT(ids({.producer_ids = {busy.id}}), ElementsAre("busy"));
  EXPECT_THAT(ids({.running_longer_than_ms = 499}), ElementsAre("busy"));
  EXPECT_THAT(ids({.running_longer_than_ms = 500}), IsEmpty());
}

TEST_F(TransactionCoordinatorTest, WhatIsOpenInAPartitionButNowhereElseIsAbortedAtTheStart) {
  const auto producer = Init("t").producer;
  EXPECT_EQ(Add("t", producer, {kA0}), ErrorCode::kNone);
  log_->producers[kA0] = {{.producer_id = producer.id, .current_transaction_start = Offset(3)}};
  log_->producers[kA1] = {
      {.producer_id = producer.id, .producer_epoch = 4, .current_transaction_start = Offset(5)},
      {.producer_id = ProducerId(70'000)}};
  Restart();
  EXPECT_THAT(log_->MarkersOf(kA0), IsEmpty());  // a transaction that is going on
  ASSERT_THAT(log_->MarkersOf(kA1), SizeIs(1));
  EXPECT_EQ(log_->MarkersOf(kA1)[0].producer_id, producer.id);
  EXPECT_EQ(log_->MarkersOf(kA1)[0].producer_epoch, 4);
  EXPECT_FALSE(log_->MarkersOf(kA1)[0].commit);
  // Nor is an id given out again that some partition knows.
  EXPECT_GT(Init("new").producer.id, ProducerId(70'000));
}

TEST_F(TransactionCoordinatorTest, ADeletedTopicDoesNotHoldUpATransaction) {
  const auto producer = Init("t").producer;
  EXPECT_EQ(Add("t", producer, {kA0, kOffsets}), ErrorCode::kNone);
  ASSERT_TRUE(log_->DeleteTopic("a").ok());
  EXPECT_EQ(End("t", producer, true).error, ErrorCode::kNone);
  EXPECT_THAT(log_->MarkersOf(kOffsets), SizeIs(1));
}

// Restarts after each append of a whole life: whatever survived, the decision stands as soon as it
// was durable, every partition gets the marker of that decision and no other, and no identity that
// was given out is given out again.
TEST_F(TransactionCoordinatorTest, ACrashAnywhereLeavesTheTransactionWholeOrAborted) {
  const auto producer = Init("t").producer;                          // 1
  EXPECT_EQ(Add("t", producer, {kA0}), ErrorCode::kNone);            // 2
  EXPECT_EQ(Add("t", producer, {kA1, kOffsets}), ErrorCode::kNone);  // 3
  const auto second = End("t", producer, true).producer;             // 4: decided; 5, 6, 7; 8
  ASSERT_THAT(log_->entries, SizeIs(8));
  for (size_t kept = 0; kept <= 8; ++kept) {
    SCOPED_TRACE(kept);
    auto whole = log_->Crashed(8);
    Crash(kept);
    for (int i = 0; i < 3; ++i) coordinator_->Tick();
    const bool decided = kept >= 4;
    if (decided) {
      EXPECT_EQ(StateOf("t"), TransactionState::kCompleteCommit);
      EXPECT_EQ(End("t", producer, true).producer, second) << "a repeated end";
    }
    const auto next = Init("t");
    ASSERT_EQ(next.error, ErrorCode::kNone);
    if (kept >= 1) {
      EXPECT_TRUE(next.producer.id == producer.id && next.producer.epoch > producer.epoch);
    }
    for (const TopicPartition& partition : {kA0, kA1, kOffsets}) {
      const auto markers = log_->MarkersOf(partition);
      for (const Marker& marker : markers) EXPECT_EQ(marker.commit, decided);
      const bool added = kept >= 3 || (kept == 2 && partition == kA0);
      EXPECT_EQ(!markers.empty(), added);
    }
    log_ = std::move(whole);
    log_->durable_at_once = true;
  }
}

// The n-th append is refused, or written and never made durable, for every n: the client that asks
// again gets through, and nothing is decided twice.
TEST_F(TransactionCoordinatorTest, WhateverAppendFailsAskingAgainGetsThrough) {
  enum class Way { kRefused, kLost };
  for (const Way way : {Way::kRefused, Way::kLost}) {
    for (int64_t nth = 1; nth <= 8; ++nth) {
      SCOPED_TRACE(std::string(way == Way::kLost ? "lost " : "refused ") + std::to_string(nth));
      coordinator_.reset();
      log_ = std::make_unique<ScriptedLog>();
      log_->AddTopic("a", 2);
      log_->AddTopic("__consumer_offsets", 1);
      log_->durable_at_once = way == Way::kRefused;
      if (way == Way::kRefused) log_->refuse_append = nth;
      Restart();
      bool lost = false;
      // Asks until there is an answer that is no error to retry.
      const auto persist = [&](auto start) {
        while (true) {
          auto call = start();
          auto answer = Look(call);
          while (!answer.has_value()) {
            if (!lost && log_->entries.size() >= static_cast<size_t>(nth)) {
              log_->FailPending();
              lost = true;
            } else {
              log_->MakeDurable();
            }
            answer = Look(call);
          }
          if (answer->error != ErrorCode::kCoordinatorNotAvailable) return *answer;
          clock_.Advance(1'000);
        }
      };
      auto producer = persist([&] {
                        return coordinator_->Start(InitProducerId{.transactional_id = "t"});
                      }).producer;
      const auto added = persist([&] {
        return coordinator_->Start(AddPartitions{.transactional_id = "t",
                                                 .producer = producer,
                                                 .partitions = {kA0, kA1, kOffsets},
                                                 .intent = PartitionsIntent::kAddByProducing});
      });
      ASSERT_EQ(added.error, ErrorCode::kNone);
      const auto ended = persist([&] { return StartEnd("t", producer, true); });
      ASSERT_EQ(ended.error, ErrorCode::kNone);
      EXPECT_EQ(ended.producer.epoch, producer.epoch + 1);
      for (const TopicPartition& partition : {kA0, kA1, kOffsets}) {
        ASSERT_FALSE(log_->MarkersOf(partition).empty());
        for (const Marker& marker : log_->MarkersOf(partition)) EXPECT_TRUE(marker.commit);
      }
      // What is found after a restart is what stood.
      log_->MakeDurable();
      Crash(log_->entries.size());
      EXPECT_EQ(StateOf("t"), TransactionState::kCompleteCommit);
      EXPECT_EQ(coordinator_->Describe("t").producer, ended.producer);
    }
  }
}

}  // namespace
}  // namespace logs
