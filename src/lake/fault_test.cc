// Whatever request fails, and wherever the process or the power goes: a fresh reader sees the state
// before a commit or the one after it, and repeating the work with its transactions doubles
// nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.h"
#include "env/faulty_files.h"
#include "env/memory_files.h"
#include "lake/test_table.h"
#include "object/faulty_store.h"
#include "object/local_store.h"

namespace lake {
namespace {

// A run of work as a caller does it: each step is one commit under a transaction of its own, done
// only when the table does not carry it yet. Steps 0..: create, append, append, overwrite, ...
constexpr int64_t kSteps = 7;

bool IsOverwrite(int64_t step) { return step == 3 || step == 5; }

// The files after the first `steps` steps.
std::vector<std::string> Expected(int64_t steps) {
  std::vector<std::string> files;
  for (int64_t step = 0; step < steps; ++step) {
    if (IsOverwrite(step)) files.clear();
    files.push_back("f" + std::to_string(step));
  }
  return files;
}

base::Result<CommitOutcome> CommitStep(Table& table, int64_t step) {
  const std::string path = "f" + std::to_string(step);
  const std::vector<Txn> txns = {{.app_id = "steps", .version = step}};
  if (!IsOverwrite(step)) return Append(table, path, 1, txns);
  CommitRequest request = Overwrite(TRY(table.Load()), path, 1);
  request.txns = txns;
  return table.Commit(std::move(request));
}

// How many steps the table carries, which must then be exactly its state.
int64_t StepsDone(Table& table) {
  const auto snapshot = table.Load();
  if (!snapshot.ok()) {
    EXPECT_EQ(snapshot.error().code(), base::Code::kNotFound) << snapshot.error().ToString();
    return 0;
  }
  const int64_t done = (*snapshot)->TxnVersion("steps").value_or(-1) + 1;
  EXPECT_EQ(Paths(**snapshot), Expected(done));
  EXPECT_EQ((*snapshot)->version(), Version(done - 1));
  return done;
}

// Does what is not done yet; false when a step failed. `acknowledged` counts the steps answered
// for.
bool DoSteps(Table& table, int64_t& acknowledged) {
  const auto snapshot = table.Load();
  if (!snapshot.ok() && snapshot.error().code() != base::Code::kNotFound) return false;
  int64_t step = snapshot.ok() ? *(*snapshot)->TxnVersion("steps") + 1 : 0;
  for (; step < kSteps; ++step) {
    const auto outcome = CommitStep(table, step);
    if (!outcome.ok() || std::holds_alternative<Conflicted>(*outcome)) return false;
    acknowledged = step + 1;
  }
  return true;
}

class FaultTest : public testing::Test {
 protected:
  // Thousands of failures that are meant would hide one that is not.
  void SetUp() override { base::SetLogLevel(base::LogLevel::kOff); }
  void TearDown() override { base::SetLogLevel(base::LogLevel::kWarn); }
};

constexpr TableOptions kOften = {.checkpoint_interval = 2, .log_retention_ms = 0};

TEST_F(FaultTest, EveryRequestOfEveryCommitMayFail) {
  for (const auto fault : {object::StoreFault::kBefore, object::StoreFault::kAfter,
                           object::StoreFault::kDieBefore, object::StoreFault::kDieAfter}) {
    for (int64_t request = 1;; ++request) {
      SCOPED_TRACE(testing::Message() << "fault " << static_cast<int>(fault) << " at " << request);
      base::ManualClock clock(1'700'000'000'000);
      const auto store = std::make_shared<object::MemoryStore>(&clock);
      const auto faulty = std::make_shared<object::FaultyStore>(store);
      JsonCheckpointFiles checkpoints;
      faulty->FailRequest(request, fault);
      int64_t acknowledged = 0;
      bool finished = false;
      {
        Table table(faulty, &checkpoints, &clock, kOften);
        finished = DoSteps(table, acknowledged);
      }
      clock.Advance(int64_t{3} * 86'400'000);  // so that the next run cleans the log, too
      Table fresh(store, &checkpoints, &clock, kOften);
      ASSERT_GE(StepsDone(fresh), acknowledged);
      // Once more, with everything in order.
      ASSERT_TRUE(DoSteps(fresh, acknowledged) || finished);
      ASSERT_EQ(StepsDone(fresh), kSteps);
      Table reader(store, &checkpoints, &clock);
      ASSERT_EQ(StepsDone(reader), kSteps);
      if (!faulty->failed()) {
        EXPECT_TRUE(finished);
        EXPECT_GT(request, 40);
        break;
      }
    }
  }
}

TEST_F(FaultTest, ALostAnswerDoesNotEvenFailTheCommit) {
  base::ManualClock clock(1'700'000'000'000);
  // Requests of one append to an existing table: load (head, get), commit (head, get, put).
  for (int64_t request = 1; request <= 5; ++request) {
    const auto store = std::make_shared<object::MemoryStore>(&clock);
    const auto faulty = std::make_shared<object::FaultyStore>(store);
    JsonCheckpointFiles checkpoints;
    Table table(faulty, &checkpoints, &clock);
    ASSERT_TRUE(CommitStep(table, 0).ok());
    ASSERT_TRUE(table.Load().ok());
    faulty->FailRequest(request, object::StoreFault::kAfter);
    const auto outcome = CommitStep(table, 1);
    EXPECT_EQ(outcome.ok(), request == 5) << request;
    EXPECT_EQ(StepsDone(table), request == 5 ? 2 : 1);
  }
}

// The same over the local store and a disk that forgets what was not synced.
TEST_F(FaultTest, EveryCallOnTheDiskMayBeTheLastBeforePowerGoes) {
  for (const auto fault : {env::FileFault::kDieBefore, env::FileFault::kDieAfter,
                           env::FileFault::kError, env::FileFault::kNoSpace}) {
    for (int64_t call = 1;; ++call) {
      SCOPED_TRACE(testing::Message() << "fault " << static_cast<int>(fault) << " at " << call);
      base::ManualClock clock(1'700'000'000'000);
      env::MemoryFiles disk(&clock);
      env::FaultyFiles faulty(&disk);
      JsonCheckpointFiles checkpoints;
      faulty.FailCall(call, fault);
      int64_t acknowledged = 0;
      bool finished = false;
      {
        Table table(std::make_shared<object::LocalStore>(&faulty, "/lake/t"), &checkpoints, &clock,
                    kOften);
        finished = DoSteps(table, acknowledged);
      }
      disk.Crash();
      const auto store = std::make_shared<object::LocalStore>(&disk, "/lake/t");
      Table fresh(store, &checkpoints, &clock, kOften);
      ASSERT_GE(StepsDone(fresh), acknowledged);
      ASSERT_TRUE(DoSteps(fresh, acknowledged));
      disk.Crash();
      Table reader(std::make_shared<object::LocalStore>(&disk, "/lake/t"), &checkpoints, &clock);
      ASSERT_EQ(StepsDone(reader), kSteps);
      if (!faulty.failed()) {
        EXPECT_TRUE(finished);
        EXPECT_GT(call, 100);
        break;
      }
    }
  }
}

}  // namespace
}  // namespace lake
