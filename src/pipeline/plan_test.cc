// What a run does and in which order, and what a failure takes with it.
#include "pipeline/plan.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/scheduler.h"

namespace pipeline {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// bronze.a (source) -> silver.b -> gold.d; seeds.s -> silver.c -> gold.d; silver.b -> gold.e (view)
class PlanTest : public testing::Test {
 protected:
  PlanTest() {
    AddNode("bronze", "a", NodeKind::kSource, {});
    project_.sources.push_back(
        {.name = "a", .load = {}, .into = {"bronze", "a"}, .tags = {}, .position = {}});
    AddNode("bronze", "a__rejected", NodeKind::kRejected, {0});
    AddNode("seeds", "s", NodeKind::kSeed, {});
    project_.seeds.push_back({.name = {"seeds", "s"}, .file = "seeds/s.csv"});
    AddModel("silver", "b", {0});
    AddModel("silver", "c", {2});
    AddModel("gold", "d", {3, 4});
    AddModel("gold", "e", {3});
  }

  void AddNode(std::string schema, std::string name, NodeKind kind, std::vector<size_t> parents) {
    const size_t index = graph_.nodes.size();
    for (const size_t parent : parents) graph_.nodes[parent].children.push_back(index);
    graph_.nodes.push_back({.name = {std::move(schema), std::move(name)},
                            .kind = kind,
                            .index = 0,
                            .parents = std::move(parents),
                            .children = {},
                            .columns = {}});
  }

  void AddModel(std::string schema, std::string name, std::vector<size_t> parents) {
    AddNode(std::move(schema), std::move(name), NodeKind::kModel, std::move(parents));
    graph_.nodes.back().index = project_.models.size();
    project_.models.emplace_back().name = graph_.nodes.back().name;
  }

  void AddTest(size_t model, std::string name, std::optional<RelationName> references = {},
               bool warn_only = false) {
    DataTest& test = project_.models[model].tests.emplace_back();
    test.name = std::move(name);
    test.warn_only = warn_only;
    if (references) test.references = ColumnReference{.relation = *references, .column = "x"};
  }

  std::vector<Step> Plan(const RunOptions& options) {
    auto steps = PlanRun(project_, graph_, options);
    EXPECT_TRUE(steps.ok()) << steps.error().ToString();
    return steps.ok() ? std::move(*steps) : std::vector<Step>{};
  }

  // "gold.d < silver.b silver.c"
  static std::vector<std::string> Show(const std::vector<Step>& steps) {
    std::vector<std::string> shown;
    for (const Step& step : steps) {
      std::string line = step.name + " <";
      for (const size_t other : step.waits_for) line += " " + steps[other].name;
      shown.push_back(line);
    }
    return shown;
  }

  Project project_;
  Graph graph_;
};

TEST_F(PlanTest, BuildsEverythingAfterWhatItIsMadeOf) {
  EXPECT_THAT(Show(Plan({})),
              ElementsAre("bronze.a <", "seeds.s <", "silver.b < bronze.a", "silver.c < seeds.s",
                          "gold.d < silver.b silver.c", "gold.e < silver.b"));
}

TEST_F(PlanTest, WhatIsNotChosenStaysButOrderHoldsAcrossIt) {
  EXPECT_THAT(Show(Plan({.select = {"bronze.a", "gold.d"}, .exclude = {}})),
              ElementsAre("bronze.a <", "gold.d < bronze.a"));
  EXPECT_THAT(Show(Plan({.select = {"a__rejected"}, .exclude = {}})), ElementsAre("bronze.a <"));
}

TEST_F(PlanTest, ReadersWaitForTestsOfSeverityError) {
  AddTest(0, "t1");
  AddTest(0, "t2", {}, true);
  EXPECT_THAT(Show(Plan({.select = {"silver.b+"}, .exclude = {}})),
              ElementsAre("silver.b <", "t1 on silver.b < silver.b", "t2 on silver.b < silver.b",
                          "gold.d < silver.b t1 on silver.b", "gold.e < silver.b t1 on silver.b"));
}

TEST_F(PlanTest, ARelationshipWaitsForBothTablesAndNeverClosesACircle) {
  AddTest(0, "up", RelationName{"bronze", "a"});
  AddTest(0, "down", RelationName{"gold", "e"});
  AddTest(0, "side", RelationName{"silver", "c"});
  EXPECT_THAT(Show(Plan({})),
              UnorderedElementsAre(
                  "bronze.a <", "seeds.s <", "silver.b < bronze.a", "silver.c < seeds.s",
                  "up on silver.b < bronze.a silver.b", "side on silver.b < silver.b silver.c",
                  "gold.e < silver.b up on silver.b", "down on silver.b < silver.b gold.e",
                  "gold.d < silver.b silver.c up on silver.b"));
}

TEST_F(PlanTest, OnlyTestsRunWithoutTheirModels) {
  AddTest(2, "t");
  EXPECT_THAT(Show(Plan({.select = {},
                         .exclude = {},
                         .full_refresh = false,
                         .publish = true,
                         .tests = true,
                         .only_tests = true})),
              ElementsAre("t on gold.d <"));
  RunOptions without;
  without.tests = false;
  EXPECT_EQ(Show(Plan(without)).size(), 6u);
}

TEST_F(PlanTest, APublicationComesAfterItsTablesAndAllTheirTests) {
  project_.publications.push_back(
      {.name = "marts", .connection = "c", .schema = "s", .models = {"gold.*"}, .position = {}});
  AddTest(2, "t");
  EXPECT_EQ(Show(Plan({})).back(), "marts < gold.d gold.e t on gold.d");
  EXPECT_EQ(Show(Plan({.select = {"gold.e"}, .exclude = {}})).back(), "marts < gold.e");
  EXPECT_THAT(Show(Plan({.select = {"silver.c"}, .exclude = {}})), ElementsAre("silver.c <"));
  RunOptions without;
  without.publish = false;
  EXPECT_EQ(Plan(without).size(), 7u);
}

// The scheduler, over the same graph with invented work.
class SchedulerTest : public PlanTest {
 protected:
  std::vector<std::string> Run(const std::set<std::string>& failing) {
    const std::vector<Step> steps = Plan({});
    const auto execute = [&](const Step& step) {
      StepResult result{};
      result.kind = step.kind;
      result.name = step.name;
      result.status = failing.contains(step.name) ? StepStatus::kFailed : StepStatus::kSucceeded;
      return result;
    };
    std::vector<std::string> shown;
    for (const StepResult& result : RunSteps(steps, 4, execute, {}, {})) {
      if (result.status == StepStatus::kSucceeded) continue;
      std::string line = result.name;
      line += result.status == StepStatus::kFailed ? " failed" : " skipped";
      for (const std::string& name : result.skipped_because) line += " " + name;
      shown.push_back(line);
    }
    return shown;
  }
};

TEST_F(SchedulerTest, AFailureSkipsItsDescendantsOnly) {
  EXPECT_THAT(Run({"silver.b"}), UnorderedElementsAre("silver.b failed", "gold.d skipped silver.b",
                                                      "gold.e skipped silver.b"));
  EXPECT_THAT(Run({"bronze.a", "seeds.s"}),
              UnorderedElementsAre("bronze.a failed", "seeds.s failed", "silver.b skipped bronze.a",
                                   "silver.c skipped seeds.s", "gold.d skipped bronze.a seeds.s",
                                   "gold.e skipped bronze.a"));
}

TEST_F(SchedulerTest, IndependentStepsRunAtTheSameTime) {
  const std::vector<Step> steps = Plan({.select = {"silver.b", "silver.c"}, .exclude = {}});
  std::mutex mutex;
  std::condition_variable met;
  int running = 0;
  bool both = false;
  const auto execute = [&](const Step& step) {
    std::unique_lock lock(mutex);
    both = ++running == 2 || both;
    met.notify_all();
    met.wait_for(lock, std::chrono::seconds(20), [&] { return both; });
    StepResult result{};
    result.name = step.name;
    return result;
  };
  EXPECT_EQ(RunSteps(steps, 2, execute, {}, {}).size(), 2u);
  EXPECT_TRUE(both);
}

TEST_F(SchedulerTest, AfterAStopNoStepStarts) {
  std::stop_source stop;
  const auto execute = [&](const Step& step) {
    stop.request_stop();
    StepResult result{};
    result.name = step.name;
    return result;
  };
  std::vector<std::string> ended;
  Workspace::Events events;
  events.step_ended = [&](const StepResult& result) { ended.push_back(result.name); };
  const auto results = RunSteps(Plan({}), 1, execute, events, stop.get_token());
  ASSERT_EQ(results.size(), 6u);
  EXPECT_EQ(ended.size(), 6u);
  EXPECT_EQ(results[0].status, StepStatus::kSucceeded);
  for (size_t i = 1; i < results.size(); ++i) EXPECT_EQ(results[i].status, StepStatus::kCancelled);
}

TEST_F(SchedulerTest, AnEmptyPlanEndsAtOnce) {
  EXPECT_THAT(RunSteps({}, 4, [](const Step&) { return StepResult{}; }, {}, {}), IsEmpty());
}

}  // namespace
}  // namespace pipeline
