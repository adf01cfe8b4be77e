// Whole runs of small projects in a temporary folder: rows, failures, tests, history, stops.
#include "pipeline/run.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/text.h"

namespace pipeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

using Row = std::vector<std::string>;

class RunTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    root_ = testing::TempDir() + "run_" + std::to_string(getpid()) + "_" + info->name();
    ASSERT_TRUE(files_->RemoveTree(root_).ok());
    Write("tributary.yaml", "name: shop\n");
  }
  void TearDown() override {
    workspace_.reset();
    EXPECT_TRUE(files_->RemoveTree(root_).ok());
  }

  void Write(const std::string& path, const std::string& text) {
    const std::string whole = root_ + "/" + path;
    ASSERT_TRUE(files_->CreateDirectories(whole.substr(0, whole.rfind('/'))).ok());
    ASSERT_TRUE(env::WriteWhole(*files_, whole, text).ok());
  }

  void Open() {
    workspace_.reset();
    auto opened = OpenProject(*files_, root_, {});
    ASSERT_TRUE(opened.ok()) << opened.error().ToString();
    ASSERT_TRUE(opened->project.has_value()) << base::RenderAll(opened->diagnostics);
    Workspace::Options options;
    options.engine.threads = 2;
    auto workspace = Workspace::Open(files_.get(), &clock_, std::move(*opened->project),
                                     std::move(opened->graph), std::move(options));
    ASSERT_TRUE(workspace.ok()) << workspace.error().ToString();
    workspace_ = std::move(*workspace);
  }

  RunReport Run(const RunOptions& options = {}, const Workspace::Events& events = {},
                std::stop_token stop = {}) {
    auto report = workspace_->Run(options, events, std::move(stop));
    EXPECT_TRUE(report.ok()) << report.error().ToString();
    return report.ok() ? std::move(*report) : RunReport{};
  }

  // "name status" of every step, "ok" left out.
  static std::vector<std::string> Outcomes(const RunReport& report) {
    static constexpr const char* kWords[] = {"", " warned", " failed", " skipped", " cancelled"};
    std::vector<std::string> outcomes;
    for (const StepResult& step : report.steps) {
      outcomes.push_back(step.name + kWords[static_cast<size_t>(step.status)]);
    }
    return outcomes;
  }

  static StepResult Step(const RunReport& report, const std::string& name) {
    for (const StepResult& step : report.steps) {
      if (step.name == name) return step;
    }
    ADD_FAILURE() << "no step " << name;
    return {};
  }

  std::vector<Row> Query(const std::string& query) {
    const auto connection = workspace_->engine().Connect();
    EXPECT_TRUE(connection.ok());
    auto rows = (*connection)->Query(query);
    EXPECT_TRUE(rows.ok()) << query << ": " << rows.error().ToString();
    if (!rows.ok()) return {};
    std::vector<Row> all;
    for (bool more = true; more;) {
      std::vector<sql::Rows::TextRow> batch;
      const auto next = (*rows)->NextText(batch);
      EXPECT_TRUE(next.ok()) << next.error().ToString();
      more = next.ok() && *next;
      for (const auto& row : batch) {
        Row cells;
        for (const auto& cell : row) cells.push_back(cell.value_or("NULL"));
        all.push_back(std::move(cells));
      }
    }
    return all;
  }

  lake::Version VersionOf(const RelationName& name) {
    const auto table = workspace_->FindTable(name);
    EXPECT_TRUE(table.ok()) << table.error().ToString();
    const auto snapshot = (*table)->Load();
    EXPECT_TRUE(snapshot.ok()) << snapshot.error().ToString();
    return (*snapshot)->version();
  }

  // Writes the files of docs/pipeline.md: blocks that name one.
  void WriteDocumentedExample() {
    std::ifstream page("docs/pipeline.md");
    ASSERT_TRUE(page.good()) << "run from the repository's root";
    std::string line;
    std::string file;
    std::string text;
    int num_files = 0;
    while (std::getline(page, line)) {
      const size_t mark = line.find(" file=");
      if (line.starts_with("```") && mark != std::string::npos) {
        file = line.substr(mark + 6);
        text.clear();
      } else if (line.starts_with("```") && !file.empty()) {
        Write(file, text);
        ++num_files;
        file.clear();
      } else if (!file.empty()) {
        text += line + "\n";
      }
    }
    ASSERT_EQ(num_files, 8);
  }

  base::SystemClock clock_;
  std::unique_ptr<env::Files> files_ = env::NewRealFiles();
  std::string root_;
  std::unique_ptr<Workspace> workspace_;
};

TEST_F(RunTest, TheDocumentedExampleRuns) {
  WriteDocumentedExample();
  Open();
  const RunReport report = Run();
  EXPECT_TRUE(report.succeeded());
  EXPECT_THAT(
      Outcomes(report),
      UnorderedElementsAre("bronze.orders warned", "seeds.lands", "silver.orders", "gold.lands",
                           "gold.open_questions", "not_null(order_id) on silver.orders",
                           "not_null(land) on silver.orders", "unique(order_id) on silver.orders",
                           "relationships(land_code to seeds.lands.code) on silver.orders",
                           "unique(land) on gold.lands", "expression(cents >= 0) on gold.lands"));
  EXPECT_THAT(Query("FROM gold.lands ORDER BY land"),
              ElementsAre(Row{"France", "1", "325"}, Row{"Germany", "2", "1000"}));
  EXPECT_THAT(Query("SELECT num_records FROM gold.open_questions"), ElementsAre(Row{"1"}));
  const StepResult load = Step(report, "bronze.orders");
  EXPECT_EQ(load.rows, 3);
  EXPECT_EQ(load.rejected, 1);
  EXPECT_THAT(load.message, HasSubstr("1 record rejected ("));
  EXPECT_THAT(load.message, HasSubstr("kept in bronze.orders__rejected"));
  EXPECT_EQ(Step(report, "gold.lands").rows, 2);
}

TEST_F(RunTest, RunningAgainChangesNothingAndLoadsOnlyWhatIsNew) {
  WriteDocumentedExample();
  Open();
  Run();
  const lake::Version loaded = VersionOf({"bronze", "orders"});
  const RunReport again = Run();
  EXPECT_TRUE(again.succeeded());
  EXPECT_EQ(Step(again, "bronze.orders").rows, 0);
  EXPECT_EQ(VersionOf({"bronze", "orders"}), loaded);
  Write("data/orders-2.jsonl", "{\"order_id\": 5, \"land\": \"fr\", \"price\": 1}\n");
  const RunReport third = Run();
  EXPECT_EQ(Step(third, "bronze.orders").rows, 1);
  EXPECT_THAT(Query("FROM gold.lands ORDER BY land"),
              ElementsAre(Row{"France", "2", "425"}, Row{"Germany", "2", "1000"}));
}

TEST_F(RunTest, AFullRefreshLoadsFromNothing) {
  WriteDocumentedExample();
  Open();
  Run();
  Write("data/orders-1.jsonl", "{\"order_id\": 7, \"land\": \"de\", \"price\": 2}\n");
  Run();
  EXPECT_THAT(Query("SELECT count(*) FROM bronze.orders"), ElementsAre(Row{"3"}));
  RunOptions options;
  options.full_refresh = true;
  EXPECT_TRUE(Run(options).succeeded());
  EXPECT_THAT(Query("SELECT order_id FROM bronze.orders"), ElementsAre(Row{"7"}));
  EXPECT_THAT(Query("SELECT count(*) FROM bronze.orders__rejected"), ElementsAre(Row{"0"}));
  EXPECT_THAT(Query("FROM gold.lands"), ElementsAre(Row{"Germany", "1", "200"}));
}

TEST_F(RunTest, AFailedModelKeepsItsLastVersionAndSkipsItsDescendantsOnly) {
  Write("seeds/codes.csv", "code\nalpha\n12\n");
  Write("models/silver/numbers.sql", "SELECT code FROM seeds.codes");
  Write("models/silver/other.sql", "SELECT code FROM seeds.codes");
  Write("models/gold/sum.sql", "SELECT count(*) AS n FROM silver.numbers");
  Write("models/gold/sum_view.sql",
        "/* ---\nmaterialized: view\n--- */\nSELECT * FROM silver.numbers");
  Open();
  EXPECT_TRUE(Run().succeeded());
  Write("models/silver/numbers.sql", "SELECT\n  CAST(code AS INTEGER) AS code\nFROM seeds.codes");
  Open();
  const RunReport report = Run();
  EXPECT_FALSE(report.succeeded());
  EXPECT_THAT(Outcomes(report),
              UnorderedElementsAre("seeds.codes", "silver.numbers failed", "silver.other",
                                   "gold.sum skipped", "gold.sum_view skipped"));
  EXPECT_THAT(Step(report, "gold.sum").skipped_because, ElementsAre("silver.numbers"));
  EXPECT_EQ(
      Step(report, "silver.numbers").message,
      R"(error: models/silver/numbers.sql:2:3: could not convert string 'alpha' to INT32 when casting from source column code
  2 |   CAST(code AS INTEGER) AS code
    |   ^
)");
  EXPECT_THAT(Query("SELECT code FROM silver.numbers ORDER BY code"),
              ElementsAre(Row{"12"}, Row{"alpha"}));
}

TEST_F(RunTest, AFailedTestIsCountedShownAndSkipsReaders) {
  Write("seeds/codes.csv", "code,title\na,x\na,y\nb,\n");
  Write("models/silver/codes.sql", R"(/* ---
tests:
  unique: [code]
  not_null: [{column: title, severity: warn}]
  accepted_values: {code: [a, b]}
--- */
SELECT code, title FROM seeds.codes)");
  Write("models/gold/n.sql", "SELECT count(*) AS n FROM silver.codes");
  Open();
  const RunReport report = Run();
  EXPECT_THAT(
      Outcomes(report),
      UnorderedElementsAre("seeds.codes", "silver.codes", "unique(code) on silver.codes failed",
                           "not_null(title) on silver.codes warned",
                           "accepted_values(code) on silver.codes", "gold.n skipped"));
  const StepResult unique = Step(report, "unique(code) on silver.codes");
  EXPECT_EQ(unique.rows, 1);
  EXPECT_EQ(unique.message,
            "1 key of silver.codes breaks it, for example:\n  code = a, num_rows = 2");
  EXPECT_EQ(Step(report, "not_null(title) on silver.codes").message,
            "1 row of silver.codes breaks it, for example:\n  code = b, title = NULL");
  EXPECT_THAT(Step(report, "gold.n").skipped_because, ElementsAre("unique(code) on silver.codes"));
  RunOptions tests;
  tests.only_tests = true;
  EXPECT_THAT(Outcomes(Run(tests)), UnorderedElementsAre("unique(code) on silver.codes failed",
                                                         "not_null(title) on silver.codes warned",
                                                         "accepted_values(code) on silver.codes"));
}

TEST_F(RunTest, ViewsAndTablesAreReadableWithoutARun) {
  Write("models/silver/a.sql", "SELECT 1 AS x");
  Write("models/gold/v.sql", "/* ---\nmaterialized: view\n--- */\nSELECT x + 1 AS y FROM silver.a");
  Open();
  Run();
  Open();  // another process, later
  EXPECT_THAT(Query("SELECT y FROM gold.v"), ElementsAre(Row{"2"}));
  EXPECT_THAT(*workspace_->ListTables(), ElementsAre(RelationName{"silver", "a"}));
  EXPECT_TRUE(workspace_->FindTable({"SILVER", "A"}).ok());
  const auto view = workspace_->FindTable({"gold", "v"});
  ASSERT_FALSE(view.ok());
  EXPECT_THAT(view.error().message(), HasSubstr("is a view"));
  const auto none = workspace_->FindTable({"silver", "aa"});
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code(), base::Code::kNotFound);
  EXPECT_EQ(none.error().hint(), "Did you mean 'silver.a'?");
  EXPECT_FALSE(workspace_->FindTable({"..", "lake"}).ok());
}

TEST_F(RunTest, ATableWhoseModelIsGoneCanStillBeRead) {
  Write("models/silver/a.sql", "SELECT 1 AS x");
  Open();
  Run();
  ASSERT_TRUE(files_->Remove(root_ + "/models/silver/a.sql").ok());
  Write("models/silver/b.sql", "SELECT 2 AS x");
  Open();
  EXPECT_THAT(Query("SELECT x FROM silver.a"), ElementsAre(Row{"1"}));
}

TEST_F(RunTest, AChangedSelectReplacesTheSchema) {
  Write("models/silver/a.sql", "SELECT 1 AS x");
  Write("models/gold/v.sql", "/* ---\nmaterialized: view\n--- */\nSELECT * FROM silver.a");
  Open();
  Run();
  Write("models/silver/a.sql", "/* ---\npartition_by: y\n--- */\nSELECT 'one' AS x, 2 AS y");
  Open();
  EXPECT_TRUE(Run().succeeded());
  EXPECT_THAT(Query("SELECT x, y FROM silver.a"), ElementsAre(Row{"one", "2"}));
  EXPECT_THAT(Query("SELECT * FROM gold.v"), ElementsAre(Row{"one", "2"}));
  const auto history = (*workspace_->FindTable({"silver", "a"}))->History(5);
  ASSERT_TRUE(history.ok());
  ASSERT_THAT(*history, SizeIs(2));
  EXPECT_THAT((*history)[0].info.extra.at("tributary"), HasSubstr("\"model\":\"silver.a\""));
  EXPECT_NE((*history)[0].info.extra.at("tributary"), (*history)[1].info.extra.at("tributary"));
}

TEST_F(RunTest, AStopInterruptsAQueryAndCancelsTheRest) {
  Write("models/silver/slow.sql",
        "SELECT sum(a.range * b.range) AS n FROM range(3000000) a, range(3000000) b");
  Write("models/gold/after.sql", "SELECT n FROM silver.slow");
  Open();
  std::stop_source stop;
  Workspace::Events events;
  events.step_started = [&](StepKind, const std::string&) { stop.request_stop(); };
  const RunReport report = Run({}, events, stop.get_token());
  EXPECT_FALSE(report.succeeded());
  EXPECT_THAT(Outcomes(report),
              UnorderedElementsAre("silver.slow cancelled", "gold.after cancelled"));
}

TEST_F(RunTest, RunsExcludeEachOther) {
  Write("models/silver/a.sql", "SELECT 1 AS x");
  Open();
  std::string second;
  Workspace::Events events;
  events.step_ended = [&](const StepResult&) {
    const auto report = workspace_->Run({}, {}, {});
    second = report.ok() ? "" : report.error().message();
  };
  const RunReport report = Run({}, events);
  EXPECT_EQ(second, "another run of this project is under way: " + report.run_id);
  EXPECT_TRUE(Run().succeeded());
}

TEST_F(RunTest, EveryRunIsRecordedNewestFirst) {
  Write("models/silver/a.sql", "SELECT 1 AS x");
  Open();
  const RunReport first = Run();
  const RunReport second = Run();
  Open();
  const auto history = workspace_->RunHistory(10);
  ASSERT_TRUE(history.ok()) << history.error().ToString();
  ASSERT_THAT(*history, SizeIs(2));
  EXPECT_EQ((*history)[0].run_id, second.run_id);
  EXPECT_EQ((*history)[1].run_id, first.run_id);
  EXPECT_EQ(Outcomes((*history)[0]), Outcomes(second));
}

TEST_F(RunTest, ASelectionBuildsWhatWasChosen) {
  Write("models/silver/a.sql", "SELECT 1 AS x");
  Write("models/gold/b.sql", "SELECT x FROM silver.a");
  Open();
  RunOptions options;
  options.select = {"silver.*"};
  EXPECT_THAT(Outcomes(Run(options)), ElementsAre("silver.a"));
  options.select = {"silver.b"};
  const auto none = workspace_->Run(options, {}, {});
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code(), base::Code::kInvalidArgument);
}

TEST_F(RunTest, AReplayMovesRecordsThatFitAfterTheSchemaWasCorrected) {
  WriteDocumentedExample();
  Write("data/orders-1.jsonl", "{\"order_id\": 1, \"price\": 1}\n");
  Open();
  EXPECT_EQ(Step(Run(), "bronze.orders").rejected, 1);
  Write("schemas/order.avsc", R"({"type": "record", "name": "Order", "fields": [
    {"name": "order_id", "type": "long"},
    {"name": "land", "type": "string", "default": "unknown"},
    {"name": "price", "type": ["null", "double"], "default": null}]})");
  Open();
  const auto report = workspace_->Replay({"bronze", "orders"}, {});
  ASSERT_TRUE(report.ok()) << report.error().ToString();
  EXPECT_EQ(report->rows, 1);
  EXPECT_THAT(Query("SELECT order_id, land FROM bronze.orders"), ElementsAre(Row{"1", "unknown"}));
  EXPECT_THAT(Query("SELECT count(*) FROM bronze.orders__rejected"), ElementsAre(Row{"0"}));
  EXPECT_FALSE(workspace_->Replay({"gold", "lands"}, {}).ok());
}

}  // namespace
}  // namespace pipeline
