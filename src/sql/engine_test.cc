#include "sql/engine.h"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::unique_ptr<Engine> OpenEngine() {
  EngineOptions options;
  options.temp_directory = testing::TempDir() + "/engine_spill";
  options.threads = 2;
  options.memory_bytes_max = uint64_t{512} << 20;
  auto engine = Engine::Open(options);
  EXPECT_TRUE(engine.ok()) << engine.error().ToString();
  return std::move(engine).value();
}

class EngineTest : public testing::Test {
 protected:
  EngineTest() : engine_(OpenEngine()), connection_(std::move(engine_->Connect()).value()) {}

  // All rows, cells joined by '|', NULL as <null>.
  std::vector<std::string> Text(const std::string& query) {
    auto rows = connection_->Query(query);
    EXPECT_TRUE(rows.ok()) << query << ": " << rows.error().ToString();
    std::vector<std::string> lines;
    if (!rows.ok()) return lines;
    std::vector<Rows::TextRow> batch;
    while (true) {
      const auto more = (*rows)->NextText(batch);
      EXPECT_TRUE(more.ok()) << more.error().ToString();
      if (!more.ok() || !*more) return lines;
      for (const auto& row : batch) {
        std::string line;
        for (const auto& cell : row) line += (line.empty() ? "" : "|") + cell.value_or("<null>");
        lines.push_back(line);
      }
    }
  }

  std::string Json(const std::string& query) {
    auto rows = connection_->Query(query);
    EXPECT_TRUE(rows.ok()) << query << ": " << rows.error().ToString();
    std::string all;
    std::vector<std::string> batch;
    while (true) {
      const auto more = (*rows)->NextJson(batch);
      EXPECT_TRUE(more.ok()) << more.error().ToString();
      if (!more.ok() || !*more) return all;
      for (const auto& row : batch) all += row;
    }
  }

  base::Error ErrorOf(const std::string& query) {
    auto rows = connection_->Query(query);
    if (!rows.ok()) return rows.error();
    std::vector<Rows::TextRow> batch;
    while (true) {
      const auto more = (*rows)->NextText(batch);
      if (!more.ok()) return more.error();
      if (!*more) return base::Internal("no error came");
    }
  }

  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Connection> connection_;
};

TEST_F(EngineTest, RowsComeAsDuckDbsOwnText) {
  EXPECT_THAT(Text("SELECT 1 a, 'x' b, NULL c, [1, 2] d, {'k': TIMESTAMP '2026-01-02 03:04:05'} e"),
              ElementsAre("1|x|<null>|[1, 2]|{'k': '2026-01-02 03:04:05'}"));
}

TEST_F(EngineTest, ColumnsCarryNamesAndTypes) {
  auto rows = connection_->Query("SELECT 1::HUGEINT a, '{}'::JSON j, [1.5] l");
  ASSERT_TRUE(rows.ok());
  ASSERT_EQ((*rows)->columns().size(), 3u);
  EXPECT_EQ((*rows)->columns()[0].name, "a");
  EXPECT_EQ((*rows)->columns()[0].type.ToSql(), "HUGEINT");
  EXPECT_EQ((*rows)->columns()[1].type.ToSql(), "JSON");
  EXPECT_EQ((*rows)->columns()[2].type.ToSql(), "DECIMAL(2,1)[]");
}

TEST_F(EngineTest, EveryRowOfALargeResultArrivesOnce) {
  auto rows = connection_->Query("SELECT range FROM range(100000)");
  ASSERT_TRUE(rows.ok());
  std::vector<Rows::TextRow> batch;
  int64_t sum = 0, count = 0;
  while (*(*rows)->NextText(batch)) {
    for (const auto& row : batch) sum += std::stoll(*row[0]), ++count;
  }
  EXPECT_EQ(count, 100000);
  EXPECT_EQ(sum, int64_t{99999} * 100000 / 2);
  EXPECT_FALSE(*(*rows)->NextText(batch)) << "the end stays the end";
}

TEST_F(EngineTest, TimeIsToldInTheFixedZone) {
  EXPECT_THAT(Text("SELECT TIMESTAMPTZ '2026-07-01 12:00:00+02' t, strftime(t, '%H') h"),
              ElementsAre("2026-07-01 10:00:00+00|10"));
}

struct JsonCase {
  const char* name;
  const char* expression;
  const char* json;
};

TEST_F(EngineTest, EveryTypeHasItsJson) {
  const JsonCase cases[] = {
      {"integer", "42", "42"},
      {"negative", "-7::TINYINT", "-7"},
      {"boolean", "true", "true"},
      {"null", "NULL", "null"},
      {"hugeint", "170141183460469231731687303715884105727",
       "170141183460469231731687303715884105727"},
      {"unsigned hugeint", "340282366920938463463374607431768211455::UHUGEINT",
       "340282366920938463463374607431768211455"},
      {"decimal", "12345678901234567890.12::DECIMAL(38,2)", "12345678901234567890.12"},
      {"small decimal", "0.05::DECIMAL(2,2)", "0.05"},
      {"double", "0.1::DOUBLE", "0.1"},
      {"large double", "1e300::DOUBLE", "1e+300"},
      {"not a number", "'nan'::DOUBLE", R"("nan")"},
      {"infinity", "'-infinity'::FLOAT", R"("-inf")"},
      {"text", R"('say "hi"')", R"("say \"hi\"")"},
      {"date", "DATE '2026-11-21'", R"("2026-11-21")"},
      {"time", "TIME '04:10:00.5'", R"("04:10:00.5")"},
      {"timestamp", "TIMESTAMP '2026-11-21 04:10:00.123456'", R"("2026-11-21T04:10:00.123456")"},
      {"nanoseconds", "TIMESTAMP_NS '2026-11-21 04:10:00.123456789'",
       R"("2026-11-21T04:10:00.123456789")"},
      {"instant", "TIMESTAMPTZ '2026-11-21 04:10:00+01'", R"("2026-11-21T03:10:00Z")"},
      {"endless timestamp", "TIMESTAMP 'infinity'", R"("infinity")"},
      {"interval", "INTERVAL 3 DAYS", R"("3 days")"},
      {"blob", R"('\x00\xFFab'::BLOB)", R"("AP9hYg==")"},
      {"bit", "'0101'::BIT", R"("0101")"},
      {"uuid", "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'::UUID",
       R"("6ba7b810-9dad-11d1-80b4-00c04fd430c8")"},
      {"enum", "'b'::ENUM('a', 'b')", R"("b")"},
      {"json", R"('{"a": [1, null]}'::JSON)", R"({"a": [1, null]})"},
      {"list", "[1, NULL, 3]", "[1,null,3]"},
      {"empty list", "[]::INTEGER[]", "[]"},
      {"array", "array_value(1.5::DOUBLE, 2)", "[1.5,2.0]"},
      {"list of lists", "[['a'], NULL, []]", R"([["a"],null,[]])"},
      {"struct", "{'a': 1, 'b c': {'d': 'x'}}", R"({"a":1,"b c":{"d":"x"}})"},
      {"row", "row(1, 'x')", R"([1,"x"])"},
      {"map", "MAP {'k': [1], 'l': NULL}", R"({"k":[1],"l":null})"},
      {"map of numbers", "MAP {1: 'x'}", R"({"1":"x"})"},
      {"union", "union_value(num := 2)", "2"},
  };
  for (const JsonCase& test : cases) {
    EXPECT_EQ(Json(std::string("SELECT ") + test.expression + " AS v"),
              std::string("{\"v\":") + test.json + "}")
        << test.name;
  }
}

TEST_F(EngineTest, JsonOfManyRowsKeepsEachValueWithItsRow) {
  EXPECT_EQ(Json("SELECT range i, CASE WHEN range % 2 = 1 THEN [range, range + 1] END l, "
                 "{'s': range::VARCHAR} s FROM range(3) ORDER BY i"),
            R"({"i":0,"l":null,"s":{"s":"0"}}{"i":1,"l":[1,2],"s":{"s":"1"}})"
            R"({"i":2,"l":null,"s":{"s":"2"}})");
}

TEST_F(EngineTest, AMistakeTellsWhatWhereAndWhatElse) {
  const std::string text = "SELECT stor FROM (SELECT 1 AS store, 2 AS story)";
  auto outcome = connection_->TryQuery(text);
  ASSERT_TRUE(std::holds_alternative<SqlError>(outcome));
  const auto& error = std::get<SqlError>(outcome);
  EXPECT_EQ(error.message, "referenced column \"stor\" not found in FROM clause");
  ASSERT_TRUE(error.offset.has_value());
  EXPECT_EQ(text.substr(*error.offset, 4), "stor");
  EXPECT_THAT(error.candidates, testing::Contains("store"));
}

struct OffsetCase {
  const char* name;
  std::string text;
  std::string at;  // the text that stands where the error is
};

TEST_F(EngineTest, TheOffsetIsTheByteOfTheMistakeWhateverStandsBefore) {
  const OffsetCase cases[] = {
      {"a column", "SELECT 1, nosuch", "nosuch"},
      {"a column after wide letters", "SELECT 'größe €', nosuch", "nosuch"},
      {"a table", "SELECT 1 FROM nosuch", "nosuch"},
      {"a table after wide letters", "SELECT 'größe €' FROM nosuch", "nosuch"},
      {"a function", "SELECT 1, nosuch(2)", "nosuch"},
      {"grammar", "SELECT 1 FORM x y", "x"},
      {"grammar after wide letters", "SELECT 'größe €' FORM x y", "x"},
      {"after a no-break space", "SELECT\xC2\xA0'x',\xE3\x80\x80 nosuch", "nosuch"},
      {"grammar after a no-break space", "SELECT\xC2\xA0'€' FORM x y", "x"},
      {"on a later line", "SELECT 'é',\n  -- größe\n  nosuch", "nosuch"},
      {"an argument", "SELECT 'é', substr({'a': 1})", "substr"},
  };
  for (const OffsetCase& test : cases) {
    auto outcome = connection_->TryQuery(test.text);
    ASSERT_TRUE(std::holds_alternative<SqlError>(outcome)) << test.name;
    const auto& error = std::get<SqlError>(outcome);
    ASSERT_TRUE(error.offset.has_value()) << test.name << ": " << error.message;
    EXPECT_EQ(test.text.substr(*error.offset, test.at.size()), test.at)
        << test.name << ": " << error.message;
  }
}

TEST_F(EngineTest, ErrorsHaveTheCodeACallerBranchesOn) {
  EXPECT_EQ(ErrorOf("SELECT nosuch").code(), base::Code::kInvalidArgument);
  EXPECT_EQ(ErrorOf("SELECT 'x'::INTEGER").code(), base::Code::kInvalidArgument);
  EXPECT_EQ(ErrorOf("SELECT * FROM read_parquet('/nowhere/x.parquet')").code(), base::Code::kIo);
  EXPECT_EQ(ErrorOf("SELECT error('boom')").message(), "boom");
  EXPECT_EQ(ErrorOf("SELECT 1; SELECT 2").code(), base::Code::kInvalidArgument);
}

TEST_F(EngineTest, AnErrorInTheMiddleOfAResultIsReportedNotSwallowed) {
  const base::Error error = ErrorOf(
      "SELECT CASE WHEN range = 90000 THEN error('at the end') ELSE 'x' END "
      "FROM range(100000)");
  EXPECT_EQ(error.message(), "at the end");
}

TEST_F(EngineTest, NothingIsDownloaded) {
  EXPECT_THAT(Text("SELECT value FROM duckdb_settings() WHERE name IN "
                   "('autoinstall_known_extensions', 'autoload_known_extensions')"),
              ElementsAre("false", "false"));
}

TEST_F(EngineTest, AnInterruptEndsTheRunningCallAndTheConnectionStaysUsable) {
  std::atomic<bool> done{false};
  std::thread stopper([&] {
    while (!done) connection_->Interrupt();
  });
  const base::Error error =
      ErrorOf("SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b");
  done = true;
  stopper.join();
  EXPECT_EQ(error.code(), base::Code::kCancelled) << error.ToString();
  EXPECT_THAT(Text("SELECT 1"), ElementsAre("1"));
}

TEST_F(EngineTest, SeveralStatementsRunInOrderAndStopAtTheFirstError) {
  ASSERT_TRUE(connection_->Execute("CREATE TABLE t(a INT); INSERT INTO t VALUES (1)").ok());
  const auto result = connection_->Execute(
      "INSERT INTO t VALUES (2); SELECT nosuch; "
      "INSERT INTO t VALUES (3)");
  EXPECT_FALSE(result.ok());
  EXPECT_THAT(Text("SELECT a FROM t ORDER BY a"), ElementsAre("1", "2"));
}

TEST_F(EngineTest, AViewIsSeenByEveryConnectionAndListedWithItsColumns) {
  const auto made = engine_->RegisterView("silver", "one", "SELECT 1 AS a, 'x' AS b -- the end");
  ASSERT_TRUE(made.ok()) << made.error().ToString();
  auto other = std::move(engine_->Connect()).value();
  EXPECT_TRUE(other->Query("SELECT a, b FROM silver.one").ok());
  EXPECT_THAT(Text("SELECT column_name, data_type FROM information_schema.columns "
                   "WHERE table_schema = 'silver' ORDER BY 1"),
              ElementsAre("a|INTEGER", "b|VARCHAR"));
}

TEST_F(EngineTest, AViewFollowsTheRelationsItReads) {
  ASSERT_TRUE(connection_
                  ->Execute("CREATE TABLE t(a INTEGER, b VARCHAR); "
                            "INSERT INTO t VALUES (1, 'x')")
                  .ok());
  ASSERT_TRUE(engine_->RegisterView("silver", "v", "SELECT * FROM main.t").ok());
  ASSERT_TRUE(connection_
                  ->Execute("CREATE OR REPLACE TABLE t(c DATE, b VARCHAR, a DOUBLE); "
                            "INSERT INTO t VALUES (DATE '2026-01-01', 'y', 1.5)")
                  .ok());
  EXPECT_THAT(Text("SELECT * FROM silver.v"), ElementsAre("1.5|y"))
      << "columns stay with their names, and take their new types";
}

TEST_F(EngineTest, AViewIsReplacedAndDropped) {
  ASSERT_TRUE(engine_->RegisterView("silver", "v", "SELECT 1 AS a").ok());
  ASSERT_TRUE(engine_->RegisterView("silver", "v", "SELECT 2 AS b, 3 AS c").ok());
  EXPECT_THAT(Text("SELECT * FROM silver.v"), ElementsAre("2|3"));
  ASSERT_TRUE(engine_->DropRelation("silver", "v").ok());
  ASSERT_TRUE(engine_->DropRelation("silver", "v").ok());
  EXPECT_THAT(ErrorOf("SELECT * FROM silver.v").message(), HasSubstr("does not exist"));
}

TEST_F(EngineTest, AViewWithTwoColumnsOfOneNameStillReads) {
  ASSERT_TRUE(engine_->RegisterView("silver", "v", "SELECT 1 AS a, 2 AS a").ok());
  EXPECT_THAT(Text("SELECT * FROM silver.v"), ElementsAre("1|2"));
}

TEST_F(EngineTest, NamedIdsRepeatAndTellTheirVersion) {
  // RFC 9562 A.4: the DNS name www.example.com.
  EXPECT_THAT(Text("SELECT uuid_v5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com'), "
                   "uuid_v5('6ba7b810-9dad-11d1-80b4-00c04fd430c8'::UUID, 'www.example.com')"),
              ElementsAre("2ed6657d-e927-568b-95e1-2665a8aea6a2|"
                          "2ed6657d-e927-568b-95e1-2665a8aea6a2"));
  EXPECT_THAT(Text("SELECT count(DISTINCT id), min(left(id::VARCHAR, 15)), max(left(id::VARCHAR, "
                   "15)) FROM (SELECT uuid_v7(1645557742000, range::VARCHAR) id FROM range(5000))"),
              ElementsAre("5000|017f22e2-79b0-7|017f22e2-79b0-7"));
}

TEST_F(EngineTest, NamedIdsOfNullAreNull) {
  EXPECT_THAT(Text("SELECT uuid_v5(NULL, 'x'), uuid_v5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', "
                   "NULL), uuid_v7(NULL, 'x'), uuid_v7(1, NULL)"),
              ElementsAre("<null>|<null>|<null>|<null>"));
}

TEST_F(EngineTest, ATimeNoUuidCanHoldIsAnErrorThatNamesIt) {
  EXPECT_EQ(ErrorOf("SELECT uuid_v7(-1, 'x')").message(),
            "uuid_v7: the time -1 ms is out of range");
  EXPECT_EQ(ErrorOf("SELECT uuid_v7(281474976710656, 'x')").code(), base::Code::kInvalidArgument);
  EXPECT_EQ(ErrorOf("SELECT uuid_v5('nonsense', 'x')").message(),
            "uuid_v5: the namespace 'nonsense' is not a UUID");
}

}  // namespace
}  // namespace sql
