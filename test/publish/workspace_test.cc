// A project that publishes, from files to PostgreSQL: what a run brings there, and what it keeps
// away from there.
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "pipeline/postgres.h"
#include "pipeline/run.h"
#include "postgres_server.h"

namespace pipeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Row = PostgresConnection::Row;

class WorkspacePublishTest : public testing::Test {
 protected:
  void SetUp() override {
    server_ = PostgresServer::Start();
    ASSERT_NE(server_, nullptr);
    root_ = testing::TempDir() + "publish_project_" + std::to_string(getpid());
    ASSERT_TRUE(files_->RemoveTree(root_).ok());
    Write("tributary.yaml", R"(name: shop
connections: {marts: "${MARTS_URL}"}
sources:
  orders: {connector: files, path: data/*.csv, into: bronze.orders}
publish:
  marts: {connection: marts, schema: datamart, models: ["gold.*"]}
)");
    Write("data/1.csv", "id,land,price\n1,de,2.5\n2,fr,1\n3,de,4\n");
    Write("models/gold/lands.sql", R"(/* ---
description: What each land bought
tests: {not_null: [land], unique: [land], expression: ["total < 100"]}
--- */
SELECT land, sum(price) AS total, list(id ORDER BY id) AS ids FROM bronze.orders GROUP BY land)");
    Write("models/gold/newest.sql",
          "/* ---\nmaterialized: view\n--- */\nSELECT max(id) AS id FROM bronze.orders");
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

  RunReport Run(const std::string& url) {
    workspace_.reset();
    auto opened = OpenProject(*files_, root_, {.target = "", .variables = {{"MARTS_URL", url}}});
    EXPECT_TRUE(opened.ok() && opened->project.has_value());
    if (!opened.ok() || !opened->project) return {};
    auto workspace = Workspace::Open(files_.get(), &clock_, std::move(*opened->project),
                                     std::move(opened->graph), {});
    EXPECT_TRUE(workspace.ok()) << workspace.error().ToString();
    if (!workspace.ok()) return {};
    workspace_ = std::move(*workspace);
    auto report = workspace_->Run({}, {}, {});
    EXPECT_TRUE(report.ok()) << report.error().ToString();
    return report.ok() ? std::move(*report) : RunReport{};
  }

  std::vector<Row> Query(const std::string& sql) {
    auto target = PostgresConnection::Connect(server_->Url(), {});
    EXPECT_TRUE(target.ok());
    auto rows = (*target)->Query(sql);
    EXPECT_TRUE(rows.ok()) << rows.error().ToString();
    return rows.ok() ? std::move(*rows) : std::vector<Row>{};
  }

  base::SystemClock clock_;
  std::unique_ptr<env::Files> files_ = env::NewRealFiles();
  std::unique_ptr<PostgresServer> server_;
  std::string root_;
  std::unique_ptr<Workspace> workspace_;
};

TEST_F(WorkspacePublishTest, ARunBringsTablesAndViewsToPostgres) {
  const RunReport report = Run(server_->Url());
  EXPECT_TRUE(report.succeeded());
  ASSERT_FALSE(report.steps.empty());
  const StepResult& last = report.steps.back();
  EXPECT_EQ(last.kind, StepKind::kPublish);
  EXPECT_EQ(last.rows, 3);
  EXPECT_EQ(last.message, "2 tables to marts, schema datamart");
  EXPECT_THAT(Query("SELECT land, total, ids FROM datamart.lands ORDER BY land"),
              ElementsAre(Row{"de", "6.5", "[1, 3]"}, Row{"fr", "1", "[2]"}));
  EXPECT_THAT(Query("SELECT id FROM datamart.newest"), ElementsAre(Row{"3"}));
  EXPECT_THAT(Query("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = "
                    "'datamart.lands'::regclass"),
              ElementsAre(Row{"PRIMARY KEY (land)"}));
}

TEST_F(WorkspacePublishTest, AFailedTestKeepsThePublicationBack) {
  ASSERT_TRUE(Run(server_->Url()).succeeded());
  Write("data/2.csv", "id,land,price\n4,de,1000\n");
  const RunReport report = Run(server_->Url());
  EXPECT_FALSE(report.succeeded());
  const StepResult& last = report.steps.back();
  EXPECT_EQ(last.kind, StepKind::kPublish);
  EXPECT_EQ(last.status, StepStatus::kSkipped);
  EXPECT_THAT(last.skipped_because, ElementsAre("expression(total < 100) on gold.lands"));
  EXPECT_THAT(Query("SELECT total FROM datamart.lands ORDER BY land"),
              ElementsAre(Row{"6.5"}, Row{"1"}));
}

TEST_F(WorkspacePublishTest, AServerThatIsAwayFailsThePublicationAlone) {
  const RunReport report = Run("postgres://app:hunter2@/marts?host=/nowhere/at/all");
  EXPECT_FALSE(report.succeeded());
  const StepResult& last = report.steps.back();
  EXPECT_EQ(last.status, StepStatus::kFailed);
  EXPECT_THAT(last.message, HasSubstr("cannot connect to app@/nowhere/at/all:5432/marts: "));
  EXPECT_THAT(last.message, Not(HasSubstr("hunter2")));
  EXPECT_TRUE(workspace_->FindTable({"gold", "lands"}).ok());
}

}  // namespace
}  // namespace pipeline
