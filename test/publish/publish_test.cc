// Publishing against a real PostgreSQL server: types, the swap, keys, rights, and what is said when
// it cannot be done.
#include "pipeline/publish.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/postgres.h"
#include "postgres_server.h"

namespace pipeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Row = PostgresConnection::Row;

class PublishTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = PostgresServer::Start().release(); }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }

  void SetUp() override {
    ASSERT_NE(server_, nullptr);
    sql::EngineOptions options;
    options.temp_directory = testing::TempDir() + "publish_spill";
    options.threads = 2;
    auto engine = sql::Engine::Open(options);
    ASSERT_TRUE(engine.ok()) << engine.error().ToString();
    engine_ = std::move(*engine);
    source_ = *engine_->Connect();
    schema_ = "marts_" + std::to_string(++num_schemas_);
    target_ = Connect(server_->Url());
  }

  static std::unique_ptr<PostgresConnection> Connect(const std::string& url) {
    auto connection = PostgresConnection::Connect(url, {});
    EXPECT_TRUE(connection.ok()) << connection.error().ToString();
    return connection.ok() ? std::move(*connection) : nullptr;
  }

  void View(const std::string& name, const std::string& query) {
    const auto registered = engine_->RegisterView("gold", name, query);
    ASSERT_TRUE(registered.ok()) << registered.error().ToString();
  }

  static PublishedTable Table(const std::string& name) {
    return {.relation = {"gold", name}, .description = "", .unique = {}, .not_null = {}};
  }

  base::Result<PublishReport> Publish(const std::vector<PublishedTable>& tables) {
    return pipeline::Publish(*source_, server_->Url(), schema_, tables, {});
  }

  std::vector<Row> Query(const std::string& sql) {
    auto rows = target_->Query(sql);
    EXPECT_TRUE(rows.ok()) << rows.error().ToString();
    return rows.ok() ? std::move(*rows) : std::vector<Row>{};
  }

  static inline PostgresServer* server_ = nullptr;
  static inline int num_schemas_ = 0;
  std::unique_ptr<sql::Engine> engine_;
  std::unique_ptr<sql::Connection> source_;
  std::unique_ptr<PostgresConnection> target_;
  std::string schema_;
};

TEST_F(PublishTest, EveryTypeArrivesAsItself) {
  struct Case {
    const char* value;  // in DuckDB's SQL
    const char* type;
    const char* text;  // in PostgreSQL
  };
  const std::vector<Case> cases = {
      {"true", "boolean", "t"},
      {"(-128)::TINYINT", "smallint", "-128"},
      {"255::UTINYINT", "smallint", "255"},
      {"(-32768)::SMALLINT", "smallint", "-32768"},
      {"65535::USMALLINT", "integer", "65535"},
      {"(-2147483648)::INTEGER", "integer", "-2147483648"},
      {"4294967295::UINTEGER", "bigint", "4294967295"},
      {"(-9223372036854775808)::BIGINT", "bigint", "-9223372036854775808"},
      {"18446744073709551615::UBIGINT", "numeric(20,0)", "18446744073709551615"},
      {"9007199254740993::HUGEINT", "numeric(38,0)", "9007199254740993"},
      {"1.1::FLOAT", "real", "1.1"},
      {"0.1::DOUBLE", "double precision", "0.1"},
      {"'nan'::DOUBLE", "double precision", "NaN"},
      {"'-inf'::DOUBLE", "double precision", "-Infinity"},
      {"12.30::DECIMAL(10,2)", "numeric(10,2)", "12.30"},
      {"'Grüße, 世界'", "text", "Grüße, 世界"},
      {"''", "text", ""},
      {"'\\N'", "text", "\\N"},
      {"'\\.'", "text", "\\."},
      {"e'tab\\tline\\nreturn\\rback\\\\slash'", "text", "tab\tline\nreturn\rback\\slash"},
      {"'\\x00\\xFF\\x0A'::BLOB", "bytea", "\\x00ff0a"},
      {"'6f1c9b2e-0000-4000-8000-00000000000a'::UUID", "uuid",
       "6f1c9b2e-0000-4000-8000-00000000000a"},
      {"DATE '2026-11-21'", "date", "2026-11-21"},
      {"DATE '0044-03-15 (BC)'", "date", "0044-03-15 BC"},
      {"DATE 'infinity'", "date", "infinity"},
      {"TIME '04:05:06.789'", "time without time zone", "04:05:06.789"},
      {"TIMESTAMP '2026-11-21 04:05:06.123456'", "timestamp without time zone",
       "2026-11-21 04:05:06.123456"},
      {"TIMESTAMPTZ '2026-11-21 04:05:06.5+02'", "timestamp with time zone",
       "2026-11-21 02:05:06.5+00"},
      {"INTERVAL '1 month 2 days 3 hours'", "interval", "1 mon 2 days 03:00:00"},
      {"'a'::ENUM('a', 'b')", "text", "a"},
      {"'{\"a\": [1, 2.50]}'::JSON", "jsonb", "{\"a\": [1, 2.50]}"},
      {"{'a': 1, 'b': ['x', NULL]}", "jsonb", "{\"a\": 1, \"b\": [\"x\", null]}"},
      {"MAP {'k': 1}", "jsonb", "{\"k\": 1}"},
      {"[1, 2]", "jsonb", "[1, 2]"},
      {"'101'::BIT", "bit varying", "101"},
  };
  std::string query = "SELECT 1 AS n";
  for (size_t i = 0; i < cases.size(); ++i) {
    query += std::string(", ") + cases[i].value + " AS \"c" + std::to_string(i) + "\"";
  }
  // A second row of nulls only.
  View("types", query + " UNION ALL BY NAME SELECT 2 AS n");
  const auto report = Publish({Table("types")});
  ASSERT_TRUE(report.ok()) << report.error().ToString();
  EXPECT_EQ(report->num_rows, 2);
  ASSERT_TRUE(target_->Execute("SET TIME ZONE 'UTC'").ok());
  const std::string table = schema_ + ".types";
  for (size_t i = 0; i < cases.size(); ++i) {
    const std::string column = "c" + std::to_string(i);
    EXPECT_THAT(
        Query("SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = '" +
              table + "'::regclass AND attname = '" + column + "'"),
        ElementsAre(Row{cases[i].type}))
        << cases[i].value;
    const std::string shown = std::string(cases[i].type) == "boolean" ? column : column + "::text";
    EXPECT_THAT(Query("SELECT " + shown + " FROM " + table + " WHERE n = 1"),
                ElementsAre(Row{cases[i].text}))
        << cases[i].value;
    EXPECT_THAT(Query("SELECT " + column + " IS NULL FROM " + table + " WHERE n = 2"),
                ElementsAre(Row{"t"}));
  }
}

TEST_F(PublishTest, ASecondPublicationReplacesRowsColumnsAndComments) {
  View("a", "SELECT 1 AS x UNION ALL SELECT 2");
  ASSERT_TRUE(Publish({Table("a")}).ok());
  View("a", "SELECT 3 AS x, 'new' AS y");
  PublishedTable table = Table("a");
  table.description = "It's new";
  ASSERT_TRUE(Publish({table}).ok());
  EXPECT_THAT(Query("SELECT * FROM " + schema_ + ".a"), ElementsAre(Row{"3", "new"}));
  EXPECT_THAT(Query("SELECT obj_description('" + schema_ + ".a'::regclass)"),
              ElementsAre(Row{"It's new"}));
  EXPECT_THAT(Query("SELECT count(*) FROM pg_tables WHERE schemaname = '" + schema_ + "'"),
              ElementsAre(Row{"1"}));
}

TEST_F(PublishTest, AReaderSeesTheOldTablesUntilAllNewOnesAreThere) {
  View("a", "SELECT 1 AS x");
  View("b", "SELECT 1 AS x");
  ASSERT_TRUE(Publish({Table("a"), Table("b")}).ok());
  View("a", "SELECT 2 AS x");
  View("b", "SELECT chr(0) || 'x' AS x");  // cannot be published
  const auto report = Publish({Table("a"), Table("b")});
  ASSERT_FALSE(report.ok());
  EXPECT_THAT(report.error().message(),
              HasSubstr("gold.b: row 1: \"x\" text holds a NUL character"));
  EXPECT_THAT(Query("SELECT a.x, b.x FROM " + schema_ + ".a, " + schema_ + ".b"),
              ElementsAre(Row{"1", "1"}));
}

TEST_F(PublishTest, TestsOfUniquenessBecomeKeys) {
  View("a", "SELECT range AS id, 'x' || range AS name FROM range(3)");
  PublishedTable table = Table("a");
  table.unique = {{"name"}, {"id"}, {"id", "name"}};
  table.not_null = {"id"};
  for (int i = 0; i < 2; ++i) {  // names are the same again after a swap
    const auto report = Publish({table});
    ASSERT_TRUE(report.ok()) << report.error().ToString();
    EXPECT_THAT(Query("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid "
                      "= '" +
                      schema_ + ".a'::regclass ORDER BY 1"),
                ElementsAre(Row{"a_key1", "UNIQUE (name)"}, Row{"a_key3", "UNIQUE (id, name)"},
                            Row{"a_pkey", "PRIMARY KEY (id)"}));
  }
  View("a", "SELECT 1 AS id, 'x' || range AS name FROM range(3)");
  const auto report = Publish({table});
  ASSERT_FALSE(report.ok());
  EXPECT_THAT(report.error().message(), HasSubstr("Key (id)=(1) is duplicated"));
  EXPECT_THAT(Query("SELECT count(*) FROM " + schema_ + ".a"), ElementsAre(Row{"3"}));
}

TEST_F(PublishTest, WhoCouldReadTheOldTableCanReadTheNewOne) {
  View("a", "SELECT 1 AS x");
  ASSERT_TRUE(Publish({Table("a")}).ok());
  const std::string reader = "reader_" + schema_;
  ASSERT_TRUE(target_->Execute("CREATE ROLE " + reader).ok());
  ASSERT_TRUE(target_->Execute("GRANT SELECT ON " + schema_ + ".a TO " + reader).ok());
  ASSERT_TRUE(Publish({Table("a")}).ok());
  EXPECT_THAT(Query("SELECT has_table_privilege('" + reader + "', '" + schema_ + ".a', 'SELECT')"),
              ElementsAre(Row{"t"}));
}

TEST_F(PublishTest, AViewOnTheOldTableIsNamedAndNothingIsLost) {
  View("a", "SELECT 1 AS x");
  ASSERT_TRUE(Publish({Table("a")}).ok());
  ASSERT_TRUE(
      target_->Execute("CREATE VIEW " + schema_ + ".v AS SELECT x FROM " + schema_ + ".a").ok());
  const auto report = Publish({Table("a")});
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code(), base::Code::kConflict);
  EXPECT_THAT(report.error().message(), HasSubstr("cannot replace " + schema_ + ".a: "));
  EXPECT_THAT(report.error().message(), HasSubstr("view " + schema_ + ".v depends on table"));
  EXPECT_THAT(report.error().hint(), HasSubstr("Nothing was changed."));
  EXPECT_THAT(Query("SELECT x FROM " + schema_ + ".v"), ElementsAre(Row{"1"}));
}

TEST_F(PublishTest, MessagesNameTheServerAndNeverThePassword) {
  const std::string password = "hunter2hunter2";
  const auto wrong =
      pipeline::Publish(*source_, server_->Url("postgres", password), schema_, {}, {});
  ASSERT_FALSE(wrong.ok());
  EXPECT_THAT(wrong.error().message(), HasSubstr("cannot connect to postgres@/tmp/tributary_pg_"));
  EXPECT_THAT(wrong.error().message(), HasSubstr("password authentication failed"));
  EXPECT_THAT(wrong.error().ToString(), Not(HasSubstr(password)));
  for (const std::string& url :
       {"postgres://u:" + password + "@localhost:port/db", "postgres://u:" + password + "@[::1/db",
        "postgres://u:" + password + "@h/db?" + password,
        "postgres://u:" + password + "@127.0.0.1:1/d"}) {
    const auto report = pipeline::Publish(*source_, url, schema_, {}, {});
    ASSERT_FALSE(report.ok());
    EXPECT_THAT(report.error().ToString(), Not(HasSubstr(password)));
  }
}

TEST_F(PublishTest, MoreRowsThanABufferHoldsAllArrive) {
  View("many", "SELECT range AS id, repeat('x', 200) AS filler FROM range(20000)");
  const auto report = Publish({Table("many")});
  ASSERT_TRUE(report.ok()) << report.error().ToString();
  EXPECT_EQ(report->num_rows, 20'000);
  EXPECT_THAT(Query("SELECT count(*), sum(id), max(length(filler)) FROM " + schema_ + ".many"),
              ElementsAre(Row{"20000", "199990000", "200"}));
}

TEST_F(PublishTest, AStopLeavesTheOldTable) {
  View("a", "SELECT 1 AS x");
  ASSERT_TRUE(Publish({Table("a")}).ok());
  View("a", "SELECT range AS x FROM range(3000000)");
  std::stop_source stop;
  stop.request_stop();
  const auto report =
      pipeline::Publish(*source_, server_->Url(), schema_, {Table("a")}, stop.get_token());
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code(), base::Code::kCancelled);
  EXPECT_THAT(Query("SELECT count(*) FROM " + schema_ + ".a"), ElementsAre(Row{"1"}));
}

TEST_F(PublishTest, WhatPostgresCannotHoldIsRefusedWithTheCast) {
  View("a", "SELECT TIMESTAMP_NS '2026-11-21 01:02:03.123456789' AS at");
  const auto report = Publish({Table("a")});
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().ToString(),
            "unsupported: gold.a: column 'at' has the type TIMESTAMP_NS, which PostgreSQL cannot "
            "hold. Hint: Write CAST(\"at\" AS TIMESTAMP) in the model.");
}

}  // namespace
}  // namespace pipeline
