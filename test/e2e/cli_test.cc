// The program as people use it: a project from nothing, their mistakes, several commands at once,
// interrupts and kills. Everything goes through a real shell.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "referee/process.h"

namespace {

namespace fs = std::filesystem;
using referee::Ended;
using referee::Process;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class CliTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = testing::TempDir() + "cli_" + std::to_string(getpid()) + "/" + test->name();
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  // bash, standing in the test's folder, `tributary` being the program of this build.
  [[nodiscard]] std::vector<std::string> Bash(const std::string& script) const {
    return {"/bin/bash", "-c",
            "set -o pipefail; cd '" + folder_ +
                "'; PATH=$(dirname '" TRIBUTARY_PROGRAM "'):$PATH\n" + script};
  }
  Ended Run(const std::string& script) const {
    return Process(Bash(script), {{"TERM", "xterm"}, {"NO_COLOR", ""}}).Wait();
  }
  // A starter project in ./p.
  void Make() const { ASSERT_EQ(Run("tributary new p").exit_code, 0); }

  void Write(const std::string& path, const std::string& text) const {
    fs::create_directories(fs::path(folder_ + "/" + path).parent_path());
    std::ofstream(folder_ + "/" + path, std::ios::binary) << text;
  }

  std::string folder_;
};

TEST_F(CliTest, FromNothingToAnAnswer) {
  const Ended made = Run("tributary new shop && cd shop && tributary check");
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_THAT(made.err, HasSubstr("ok: 1 source, 2 models"));
  EXPECT_THAT(made.out, IsEmpty());

  const Ended run = Run("cd shop && tributary run");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("gold.orders_by_day"));
  EXPECT_THAT(run.err, HasSubstr("1 new in bronze.orders__rejected"));
  EXPECT_THAT(run.err, HasSubstr("tributary table rejects bronze.orders"));
  EXPECT_THAT(run.err, HasSubstr("done in "));
  EXPECT_THAT(run.err, Not(HasSubstr("\033"))) << "no colours or cursor moves beside a terminal";
  EXPECT_THAT(run.out, IsEmpty());

  const Ended asked =
      Run("cd shop/models && tributary sql -o csv 'SELECT day, orders, customers, value FROM "
          "gold.orders_by_day ORDER BY day'");
  ASSERT_EQ(asked.exit_code, 0) << asked.err;
  EXPECT_EQ(asked.out,
            "day,orders,customers,value\n"
            "2026-11-01,3,2,524.9\n"
            "2026-11-02,1,1,79.8\n"
            "2026-11-03,3,3,338.5\n");

  const Ended history = Run("tributary -C shop table history gold.orders_by_day -o ndjson");
  ASSERT_EQ(history.exit_code, 0) << history.err;
  EXPECT_THAT(history.out, HasSubstr("\"version\":0"));

  const Ended again =
      Run("cd shop && tributary run && tributary sql -o csv 'SELECT count(*) AS n "
          "FROM bronze.orders'");
  EXPECT_EQ(again.out, "n\n7\n") << again.err << "no file is loaded twice";
}

TEST_F(CliTest, TheTablesOfTheLakeCanBeLookedInto) {
  Make();
  ASSERT_EQ(Run("cd p && tributary run -q").exit_code, 0);
  const Ended list = Run("cd p && tributary table ls");
  EXPECT_THAT(list.out, AllOf(HasSubstr("bronze.orders"), HasSubstr("silver.orders"),
                              HasSubstr("gold.orders_by_day")));
  const Ended described = Run("cd p && tributary table describe gold.orders_by_day");
  EXPECT_THAT(described.out, AllOf(HasSubstr("customers"), HasSubstr("BIGINT"), HasSubstr("rows")));
  const Ended rejects = Run("cd p && tributary table rejects bronze.orders");
  EXPECT_THAT(rejects.out, AllOf(HasSubstr("quantity"), HasSubstr("o-1005")));
  EXPECT_THAT(rejects.err, HasSubstr("1 record was rejected"));
  const Ended shown = Run("cd p && tributary table show orders_by_day -n 1 -o json");
  EXPECT_THAT(shown.out, AllOf(StartsWith("[\n"), HasSubstr("\"orders\":")));

  const Ended runs = Run("cd p && tributary runs -o csv");
  EXPECT_THAT(runs.out, HasSubstr(",ok,"));
  const std::string id = runs.out.substr(runs.out.find('\n') + 1, 36);
  const Ended steps = Run("cd p && tributary runs " + id);
  EXPECT_THAT(steps.out, HasSubstr("gold.orders_by_day")) << steps.err;
}

TEST_F(CliTest, RejectedRecordsMoveOnceTheirSchemaIsMended) {
  Make();
  Write("p/data/orders_late.jsonl",
        R"({"order_id":"l-1","client":"fay","product":"lamp","quantity":1,)"
        R"("price":1.5,"ordered_at":"2026-12-01T00:00:00Z"})"
        "\n");
  ASSERT_EQ(Run("cd p && tributary run -q").exit_code, 0);
  const Ended before = Run("cd p && tributary table replay bronze.orders");
  EXPECT_THAT(before.err, HasSubstr("0 records fit now"));
  const Ended after =
      Run(R"(cd p && sed -i 's/"name": "customer",/"name": "customer", "aliases": ["client"],/' )"
          "schemas/orders.avsc && tributary table replay bronze.orders && "
          "tributary table replay bronze.orders");
  EXPECT_EQ(after.exit_code, 0) << after.err;
  EXPECT_THAT(after.err, AllOf(HasSubstr("1 record fits now and moved into bronze.orders; 1 still"),
                               HasSubstr("0 records fit now")));
  EXPECT_EQ(
      Run("cd p && tributary sql -o csv \"SELECT customer FROM bronze.orders WHERE order_id = "
          "'l-1'\"")
          .out,
      "customer\nfay\n");
}

TEST_F(CliTest, CtrlCStopsARunAndKeepsWhatIsCommitted) {
  Make();
  Write("p/models/gold/endless.sql",
        "SELECT count(*) AS n FROM silver.orders, range(10000000) a, range(10000000) b");
  const Ended ended =
      Run("cd p; set -m\n"
          "tributary run & pid=$!\n"
          "until [[ -d lake/silver/orders/_delta_log ]]; do :; done\n"
          "kill -INT $pid; wait $pid; echo $?");
  EXPECT_EQ(ended.out, "130\n") << ended.err;
  EXPECT_THAT(ended.err, AllOf(HasSubstr("stopping"), HasSubstr("stopped in ")));
  EXPECT_EQ(Run("cd p && tributary sql -o csv 'SELECT count(*) AS n FROM bronze.orders'").out,
            "n\n7\n");
}

TEST_F(CliTest, ACommandOfAnotherTerminalStopsWithItsTerminal) {
  Make();
  ASSERT_EQ(Run("cd p && tributary run -q").exit_code, 0);
  // The first query owns the project; the second is handed to it, and its client is killed. If
  // the owner went on with the second one, it would never end.
  const Ended ended =
      Run("cd p; set -m\n"
          "endless='SELECT count(*) FROM range(1000000) a, range(1000000) b'\n"
          "tributary sql \"$endless\" & owner=$!\n"
          "until [[ -S .tributary/owner.sock ]]; do :; done\n"
          "tributary sql \"$endless\" & guest=$!\n"
          "until (( $(ls /proc/$guest/fd | wc -l) > 6 )); do :; done\n"
          "kill -KILL $guest; kill -INT $owner; wait $owner; echo $?");
  EXPECT_EQ(ended.out, "130\n") << ended.err;
}

struct Mistake {
  std::string script;
  int exit_code;
  std::string err;
};

TEST_F(CliTest, MistakesPeopleMakeAreToldWithWhatToDo) {
  Make();
  Write("q.sql", "SELECT day\nFROM gold.orders_by_day\nWHERE oders > 1");
  const std::vector<Mistake> mistakes = {
      {"tributary run", 2, "no tributary.yaml in "},
      {"tributary -C nowhere run", 2, "there is no folder "},
      {"mkdir -p bare && tributary -C bare check", 2, "no tributary.yaml in "},
      {"cd p && tributary rnu", 2, "Did you mean 'run'?"},
      {"cd p && tributary run --full-refesh", 2, "Did you mean '--full-refresh'?"},
      {"cd p && tributary run gold.nothing", 2, "gold.nothing"},
      {"cd p && tributary sql SELECT 1", 2, "one pair of quotes"},
      {"cd p && tributary sql 'SELEC 1'", 2, "does not run 'SELEC'"},
      {"cd p && tributary sql 'SELECT FROM WHERE'", 1, "^"},
      {"cd p && tributary sql 'DROP TABLE gold.x'", 2, "only reads"},
      {"cd p && tributary sql 'CREATE TABLE gold.x AS SELECT 1'", 2, "models/<schema>/<name>.sql"},
      {"cd p && tributary sql -f nothing.sql", 2, "nothing.sql: no such file"},
      {"cd p && tributary sql -f ../q.sql 'SELECT 1'", 2, "both a query and --file"},
      {"cd p && echo | tributary sql", 2, "says nothing"},
      {"cd p && tributary table history gold.orders_by_dya", 1, "no table 'gold.orders_by_dya'"},
      {"cd p && tributary table show orders_by_day", 1, "`tributary run"},
      {"cd p && tributary runs 0000", 1, "no run whose id begins with '0000'"},
      {"tributary new p", 2, "there is a project in "},
      {"mkdir -p full && touch full/x && tributary new full", 2, "is not empty"},
      {"tributary completion tcsh", 2, "takes one of bash, zsh, fish"},
      {"tributary generate amazon-reviews --bad-rate 3", 2, "takes a number from 0 to 1"},
      {"tributary table", 2, "'table' needs a command"},
      {"cd p && TRIBUTARY_FORMAT=xml tributary check", 2, "TRIBUTARY_FORMAT takes one of"},
      {"cd p && tributary check --target prod", 2, "prod"},
  };
  for (const Mistake& mistake : mistakes) {
    const Ended ended = Run(mistake.script);
    EXPECT_EQ(ended.exit_code, mistake.exit_code) << mistake.script << "\n" << ended.err;
    EXPECT_THAT(ended.err, HasSubstr(mistake.err)) << mistake.script;
    EXPECT_THAT(ended.out, IsEmpty()) << mistake.script;
  }
  ASSERT_EQ(Run("cd p && tributary run -q").exit_code, 0);
  const Ended wrong = Run("cd p && tributary sql -f ../q.sql");
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_THAT(wrong.err, AllOf(HasSubstr("../q.sql:3:7: "), HasSubstr("WHERE oders > 1"),
                               HasSubstr("      ^"), HasSubstr("orders")));
}

TEST_F(CliTest, AMistakeInAModelStopsARunBeforeItBegins) {
  Make();
  Write("p/models/gold/broken.sql", "SELECT nothing FROM silver.orders");
  for (const char* const command : {"check", "run"}) {
    const Ended ended = Run(std::string("cd p && tributary ") + command);
    EXPECT_EQ(ended.exit_code, 2);
    EXPECT_THAT(ended.err, HasSubstr("error: models/gold/broken.sql:1:8: "));
  }
  const Ended json = Run("cd p && tributary check -o json -q");
  EXPECT_THAT(json.out, AllOf(HasSubstr("\"line\":1"), HasSubstr("\"column\":8")));
  EXPECT_FALSE(fs::exists(folder_ + "/p/lake"));
}

TEST_F(CliTest, AMistakeInAModelKeepsNobodyFromTheData) {
  Make();
  ASSERT_EQ(Run("cd p && tributary run -q").exit_code, 0);
  Write("p/models/gold/broken.sql", "SELECT nothing FROM silver.orders");
  const Ended asked = Run("cd p && tributary sql -o csv 'SELECT count(*) AS n FROM silver.orders'");
  EXPECT_EQ(asked.out, "n\n7\n") << asked.err;
  EXPECT_THAT(asked.err, HasSubstr("the project has mistakes"));
  EXPECT_THAT(Run("cd p && tributary table ls").out, HasSubstr("silver.orders"));
  EXPECT_EQ(Run("cd p && tributary table replay bronze.orders").exit_code, 2);
}

TEST_F(CliTest, AFailedTestIsExitOneAndNamesTheTest) {
  Make();
  Write("p/models/gold/strict.sql",
        "/* ---\ntests: {expression: [value > 100]}\n--- */\n"
        "SELECT day, value FROM gold.orders_by_day");
  const Ended ended = Run("cd p && tributary run");
  EXPECT_EQ(ended.exit_code, 1) << ended.err;
  EXPECT_THAT(ended.err,
              AllOf(HasSubstr("FAIL"), HasSubstr("value > 100"), HasSubstr("failed in")));
  EXPECT_EQ(Run("cd p && tributary run --no-tests").exit_code, 0);
  EXPECT_EQ(Run("cd p && tributary test 'gold.strict'").exit_code, 1);
  EXPECT_EQ(Run("cd p && tributary test 'silver.*'").exit_code, 0);
}

TEST_F(CliTest, FormatsPipesAndFiles) {
  Make();
  ASSERT_EQ(Run("cd p && tributary run -q").exit_code, 0);
  EXPECT_EQ(
      Run("cd p && echo 'SELECT 1 AS a; SELECT NULL AS b, 1.5 AS c' | tributary sql -o ndjson "
          "-")
          .out,
      "{\"a\":1}\n{\"b\":null,\"c\":1.5}\n");
  EXPECT_EQ(Run("cd p && tributary sql -f <(echo 'SELECT 2 AS a') --format=csv").out, "a\n2\n");
  Write("odd.sql", R"(SELECT 'a,"b' AS x, '' AS y, NULL AS z)");
  EXPECT_EQ(Run("cd p && TRIBUTARY_FORMAT=csv tributary sql -f ../odd.sql").out,
            "x,y,z\n\"a,\"\"b\",\"\",\n");
  // A reader that leaves is no error, and the query behind it ends.
  const Ended head = Run("cd p && tributary sql -o csv 'FROM range(100000000)' | head -n 2");
  EXPECT_EQ(head.exit_code, 0) << head.err;
  EXPECT_EQ(head.out, "range\n0\n");
  EXPECT_THAT(head.err, IsEmpty());
  const Ended full = Run("cd p && tributary sql 'SELECT 1' > /dev/full");
  EXPECT_EQ(full.exit_code, 1);
  EXPECT_THAT(full.err, HasSubstr("cannot write to standard output: no space left"));
  ASSERT_EQ(
      Run("mkdir -p out && cd out && tributary -C ../p sql \"COPY (SELECT 7 AS x) TO 'x.csv'\"")
          .exit_code,
      0);
  EXPECT_EQ(Run("cat out/x.csv").out, "x\n7\n");
  const Ended read = Run("cd out && tributary -C ../p sql -o csv \"SELECT x FROM 'x.csv'\"");
  EXPECT_EQ(read.out, "x\n7\n") << read.err;
}

TEST_F(CliTest, ARunAndThreeQueriesAtOnceAllWork) {
  Make();
  ASSERT_EQ(Run("cd p && tributary run -q").exit_code, 0);
  // Enough lines that the run is at work while the queries come.
  std::string lines;
  for (int i = 0; i < 200'000; ++i) {
    lines += "{\"order_id\":\"n-" + std::to_string(i) +
             "\",\"customer\":\"c\",\"product\":\"lamp\",\"quantity\":1,\"price\":1.5,"
             "\"ordered_at\":\"2026-12-01T00:00:00Z\"}\n";
  }
  Write("p/data/orders_more.jsonl", lines);
  const auto begin = [&](const std::string& command) {
    return std::make_unique<Process>(Bash("cd p && " + command));
  };
  const auto run = begin("tributary run");
  std::vector<std::unique_ptr<Process>> queries;
  int rounds = 0;
  do {
    queries.clear();
    for (int i = 0; i < 3; ++i) {
      queries.push_back(begin("tributary sql -o csv 'SELECT count(*) AS n FROM bronze.orders'"));
    }
    for (const auto& query : queries) {
      const Ended ended = query->Wait();
      EXPECT_EQ(ended.exit_code, 0) << ended.err;
      // Before the load's one commit, or after it: nothing between.
      EXPECT_THAT(ended.out, testing::AnyOf("n\n7\n", "n\n200007\n"));
    }
    ++rounds;
  } while (!run->WaitFor(std::chrono::microseconds(1)));
  const Ended ran = run->Wait();
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_GE(rounds, 1);
  EXPECT_EQ(Run("cd p && tributary sql -o csv 'SELECT count(*) AS n FROM silver.orders'").out,
            "n\n200007\n");
}

TEST_F(CliTest, CommandsStartedAtOnceFindOneOwner) {
  Make();
  ASSERT_EQ(Run("cd p && tributary run -q").exit_code, 0);
  const Ended ended = Run(
      "cd p\nfor i in 1 2 3 4 5 6; do tributary sql -o csv \"SELECT $i AS n\" & pids+=($!); done\n"
      "for pid in ${pids[@]}; do wait $pid || exit 1; done");
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  for (const char* const answer : {"1", "2", "3", "4", "5", "6"}) {
    EXPECT_THAT(ended.out, HasSubstr(std::string("n\n") + answer + "\n"));
  }
}

TEST_F(CliTest, AKilledRunLeavesAProjectThatRuns) {
  Make();
  for (int i = 0; i < 5; ++i) {
    Process run(Bash("cd p && exec tributary run"));
    (void)run.WaitFor(std::chrono::milliseconds(60 * i));
    run.Kill();
    (void)run.Wait();
  }
  const Ended ended = Run("cd p && tributary run");
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(Run("cd p && tributary sql -o csv 'SELECT count(*) AS n FROM silver.orders'").out,
            "n\n7\n");
}

TEST_F(CliTest, CtrlCStopsAQueryWith130) {
  Make();
  // Job control, or bash would have its background commands ignore the signal.
  const Ended ended =
      Run("cd p; set -m\n"
          "tributary sql 'SELECT count(*) FROM range(1000000) a, range(1000000) b' & pid=$!\n"
          "until [[ -S .tributary/owner.sock ]]; do :; done\n"
          "kill -INT $pid; wait $pid; echo $?");
  EXPECT_EQ(ended.out, "130\n") << ended.err;
  const Ended again = Run("cd p && tributary sql -o csv 'SELECT 1 AS a'");
  EXPECT_EQ(again.out, "a\n1\n") << again.err;
}

TEST_F(CliTest, HelpHasExamplesAndGoesToStandardOutput) {
  for (const char* const command :
       {"tributary --help", "tributary run -h", "tributary help table history",
        "tributary table history --help"}) {
    const Ended ended = Run(command);
    EXPECT_EQ(ended.exit_code, 0);
    EXPECT_THAT(ended.out, AllOf(HasSubstr("usage: tributary"), HasSubstr("examples:")));
    EXPECT_THAT(ended.err, IsEmpty());
  }
  EXPECT_THAT(Run("tributary --version").out, StartsWith("tributary "));
}

TEST_F(CliTest, BashCompletesCommandsOptionsAndNames) {
  Make();
  ASSERT_EQ(Run("cd p && tributary run -q").exit_code, 0);
  const auto completed = [&](const std::string& line) {
    return Run("cd p; source <(tributary completion bash)\nCOMP_LINE='" + line +
               "'; COMP_POINT=${#COMP_LINE}; _tributary; printf '%s\\n' \"${COMPREPLY[@]}\"")
        .out;
  };
  EXPECT_EQ(completed("tributary ru"), "run\nruns\n");
  EXPECT_EQ(completed("tributary table hist"), "history\n");
  EXPECT_EQ(completed("tributary run gold."), "gold.orders_by_day\ngold.*\n");
  EXPECT_EQ(completed("tributary run source:"), "orders\n") << "bash keeps what stands before a :";
  EXPECT_EQ(completed("tributary table rejects bronze.orders_"), "bronze.orders__rejected\n");
  EXPECT_EQ(completed("tributary check --format=cs"), "csv\n");
  EXPECT_EQ(Run("source <(tributary completion bash); complete -p tributary").out,
            "complete -F _tributary tributary\n");
}

TEST_F(CliTest, DoctorLooksAtMachineAndProject) {
  Make();
  const Ended good = Run("cd p && tributary doctor");
  EXPECT_EQ(good.exit_code, 0) << good.out;
  EXPECT_THAT(good.out, AllOf(HasSubstr("DuckDB"), HasSubstr("v1.4"), HasSubstr("is writable"),
                              HasSubstr("nobody uses the project")));
  Write("p/tributary.yaml", "name: [");
  const Ended bad = Run("cd p && tributary doctor -o json");
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_THAT(bad.out, HasSubstr("\"status\":\"bad\",\"what\":\"project\""));
}

TEST_F(CliTest, GeneratedReviewsAreTheSameForTheSameSeed) {
  const Ended ended =
      Run("for i in 1 2; do tributary generate amazon-reviews --reviews 500 --products 50 --seed 3 "
          "--out "
          "d$i -o csv || exit; done; cmp d1/reviews.jsonl d2/reviews.jsonl && wc -l < "
          "d1/reviews.jsonl");
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, AllOf(HasSubstr("of,kind,count\n"), HasSubstr("\n500\n")));
}

}  // namespace
