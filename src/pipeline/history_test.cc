// The record of runs: what was added is read back, old runs go, damage never stands in the way.
#include "pipeline/history.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/limits.h"

namespace pipeline {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class HistoryTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "history_" + std::to_string(getpid());
    ASSERT_TRUE(files_->RemoveTree(folder_).ok());
    ASSERT_TRUE(files_->CreateDirectories(folder_).ok());
    path_ = folder_ + "/history.db";
  }
  void TearDown() override { EXPECT_TRUE(files_->RemoveTree(folder_).ok()); }

  std::unique_ptr<History> Open() {
    auto history = History::Open(*files_, clock_, path_);
    EXPECT_TRUE(history.ok()) << history.error().ToString();
    return history.ok() ? std::move(*history) : nullptr;
  }

  static RunReport Report(const std::string& id, int64_t started) {
    RunReport report;
    report.run_id = id;
    report.started_unix_ms = started;
    report.duration_ms = 5;
    return report;
  }

  std::unique_ptr<env::Files> files_ = env::NewRealFiles();
  base::ManualClock clock_{77};
  std::string folder_;
  std::string path_;
};

TEST_F(HistoryTest, ReadsBackWhatWasAddedNewestFirst) {
  RunReport report = Report("b", 20);
  report.steps = {{.kind = StepKind::kLoad,
                   .name = "bronze.x",
                   .status = StepStatus::kWarned,
                   .duration_ms = 3,
                   .rows = 10,
                   .rejected = 2,
                   .message = "two\nlines",
                   .skipped_because = {}},
                  {.kind = StepKind::kModel,
                   .name = "gold.y",
                   .status = StepStatus::kSkipped,
                   .duration_ms = 0,
                   .rows = 0,
                   .rejected = 0,
                   .message = "",
                   .skipped_because = {"bronze.x", "not_null(a) on silver.z"}}};
  ASSERT_TRUE(Open()->Add(Report("a", 10)).ok());
  const auto history = Open();
  ASSERT_TRUE(history->Add(report).ok());
  const auto runs = history->Newest(10);
  ASSERT_TRUE(runs.ok());
  ASSERT_THAT(*runs, SizeIs(2));
  EXPECT_EQ((*runs)[1].run_id, "a");
  const RunReport& read = (*runs)[0];
  EXPECT_EQ(read.run_id, "b");
  EXPECT_EQ(read.started_unix_ms, 20);
  EXPECT_EQ(read.duration_ms, 5);
  ASSERT_THAT(read.steps, SizeIs(2));
  EXPECT_EQ(read.steps[0].kind, StepKind::kLoad);
  EXPECT_EQ(read.steps[0].status, StepStatus::kWarned);
  EXPECT_EQ(read.steps[0].rows, 10);
  EXPECT_EQ(read.steps[0].rejected, 2);
  EXPECT_EQ(read.steps[0].message, "two\nlines");
  EXPECT_EQ(read.steps[1].status, StepStatus::kSkipped);
  EXPECT_THAT(read.steps[1].skipped_because, ElementsAre("bronze.x", "not_null(a) on silver.z"));
  EXPECT_THAT(*history->Newest(1), SizeIs(1));
}

TEST_F(HistoryTest, KeepsTheNewestRunsOnly) {
  const auto history = Open();
  for (int64_t i = 0; i < static_cast<int64_t>(base::limits::kRunsKeptMax) + 3; ++i) {
    ASSERT_TRUE(history->Add(Report("run" + std::to_string(i), i)).ok());
  }
  const auto runs = history->Newest(5'000);
  ASSERT_TRUE(runs.ok());
  ASSERT_THAT(*runs, SizeIs(base::limits::kRunsKeptMax));
  EXPECT_EQ(runs->back().run_id, "run3");
}

TEST_F(HistoryTest, ADamagedDatabaseIsSetAsideAndANewOneBegun) {
  ASSERT_TRUE(Open()->Add(Report("a", 10)).ok());
  ASSERT_TRUE(env::WriteWhole(*files_, path_, std::string(9'000, 'x')).ok());
  const auto history = Open();
  ASSERT_NE(history, nullptr);
  EXPECT_THAT(*history->Newest(10), SizeIs(0));
  EXPECT_TRUE(history->Add(Report("b", 20)).ok());
  EXPECT_TRUE(files_->Stat(path_ + ".damaged-77").ok());
}

TEST_F(HistoryTest, ADatabaseOfANewerVersionIsLeftAlone) {
  ASSERT_NE(Open(), nullptr);
  auto bytes = env::ReadWhole(*files_, path_, 1 << 20);
  ASSERT_TRUE(bytes.ok());
  (*bytes)[63] = 9;  // user_version, the last byte of a big-endian number at offset 60
  ASSERT_TRUE(env::WriteWhole(*files_, path_, *bytes).ok());
  const auto history = History::Open(*files_, clock_, path_);
  ASSERT_FALSE(history.ok());
  EXPECT_EQ(history.error().code(), base::Code::kUnsupported);
  EXPECT_EQ(*env::ReadWhole(*files_, path_, 1 << 20), *bytes);
}

}  // namespace
}  // namespace pipeline
