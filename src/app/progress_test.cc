#include "app/progress.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/run_report.h"

namespace app {
namespace {

using pipeline::StepKind;
using pipeline::StepResult;
using pipeline::StepStatus;
using testing::HasSubstr;

class Collected final : public serve::OutputSink {
 public:
  void Out(std::string_view text) override { Err(text); }
  void Err(std::string_view text) override {
    const std::lock_guard guard(mutex_);
    text_ += text;
  }
  std::string text() {
    const std::lock_guard guard(mutex_);
    return text_;
  }

 private:
  std::mutex mutex_;
  std::string text_;
};

const StepResult kBuilt{.kind = StepKind::kModel,
                        .name = "gold.mart_users",
                        .status = StepStatus::kSucceeded,
                        .duration_ms = 420,
                        .rows = 12'345};
const StepResult kBroken{.kind = StepKind::kTest,
                         .name = "unique(id) on gold.x",
                         .status = StepStatus::kFailed,
                         .duration_ms = 3,
                         .rows = 2,
                         .message = "id 7 twice\nid 9 twice\n"};
const StepResult kSkipped{.kind = StepKind::kModel,
                          .name = "gold.y",
                          .status = StepStatus::kSkipped,
                          .skipped_because = {"gold.x"}};

TEST(ProgressTest, BesideATerminalEndedStepsArePlainLines) {
  Collected output;
  const base::ManualClock clock(0);
  RunProgress progress({}, &clock, &output);
  progress.Started(StepKind::kModel, "gold.mart_users");
  EXPECT_EQ(output.text(), "");
  for (const StepResult& step : {kBuilt, kBroken, kSkipped}) progress.Ended(step);
  progress.Finish();
  EXPECT_EQ(output.text(),
            "ok    model   gold.mart_users  12,345 rows  420 ms\n"
            "FAIL  test    unique(id) on gold.x  2 rows  3 ms\n"
            "        id 7 twice\n"
            "        id 9 twice\n"
            "skip  model   gold.y  because of gold.x\n");
}

TEST(ProgressTest, QuietShowsFailuresOnly) {
  Collected output;
  const base::ManualClock clock(0);
  RunProgress progress({.quiet = true}, &clock, &output);
  for (const StepResult& step : {kBuilt, kBroken, kSkipped}) progress.Ended(step);
  EXPECT_THAT(output.text(), testing::StartsWith("FAIL  test"));
  EXPECT_EQ(output.text().find("gold.y"), std::string::npos);
}

TEST(ProgressTest, OnATerminalRunningStepsAreRedrawnBelowAndTakenAway) {
  Collected output;
  base::ManualClock clock(0);
  RunProgress progress({.live = true, .columns = 30}, &clock, &output);
  progress.Started(StepKind::kModel, "gold.a_name_longer_than_the_terminal_is_wide");
  progress.Started(StepKind::kModel, "gold.mart_users");
  clock.Advance(1'500);
  progress.Ended(kBuilt);
  // Cut to the width: a line that wrapped would be two to go up.
  EXPECT_THAT(output.text(), HasSubstr("...   model   gold.a_name_lo…\n"));
  progress.Finish();
  const std::string text = output.text();
  EXPECT_THAT(text, testing::EndsWith("\033[1A\r\033[J"));
}

TEST(ProgressTest, TestsThatPassAreNamedOnlyWhenAskedFor) {
  const base::ManualClock clock(0);
  StepResult passed = kBroken;
  passed.status = StepStatus::kSucceeded;
  passed.message.clear();
  for (const bool verbose : {false, true}) {
    Collected output;
    RunProgress progress({.verbose = verbose}, &clock, &output);
    progress.Ended(passed);
    progress.Ended(kBroken);
    progress.Finish();
    EXPECT_EQ(output.text().find("ok    test") != std::string::npos, verbose);
    EXPECT_THAT(output.text(), HasSubstr("FAIL  test    unique(id) on gold.x"));
  }
}

TEST(ProgressTest, ManyThreadsMayReportAtOnce) {
  Collected output;
  const base::SystemClock clock;
  {
    RunProgress progress({.live = true}, &clock, &output);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&progress, i] {
        for (int k = 0; k < 50; ++k) {
          StepResult step = kBuilt;
          step.name = "m" + std::to_string(i) + "_" + std::to_string(k);
          progress.Started(step.kind, step.name);
          progress.Ended(step);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_THAT(output.text(), HasSubstr("m3_49"));
}

TEST(RunReportTest, TheSummaryCountsWhatCameOfTheSteps) {
  pipeline::RunReport report;
  report.duration_ms = 3'200;
  report.steps = {kBuilt, kBuilt};
  EXPECT_EQ(SummaryLine(report, Style(false)), "done in 3.2s: 2 ok");
  report.steps.push_back(kBroken);
  report.steps.push_back(kSkipped);
  EXPECT_EQ(SummaryLine(report, Style(false)), "failed in 3.2s: 2 ok, 1 skipped; tests: 1 failed");
  report.steps.clear();
  EXPECT_EQ(SummaryLine(report, Style(false)), "done in 3.2s: nothing to do");
}

TEST(RunReportTest, RelationNamesHaveTwoParts) {
  EXPECT_EQ(ParseRelationName("gold.x")->ToString(), "gold.x");
  EXPECT_EQ(ParseRelationName("gold.x.y")->name, "x.y");
  for (const char* const wrong : {"", "x", ".x", "x."}) {
    EXPECT_EQ(ParseRelationName(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace app
