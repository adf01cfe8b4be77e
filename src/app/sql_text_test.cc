#include "app/sql_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace app {
namespace {

std::vector<std::string> Texts(std::string_view text) {
  std::vector<std::string> texts;
  for (const Statement& statement : SplitStatements(text)) texts.push_back(statement.text);
  return texts;
}

TEST(SqlTextTest, SemicolonsInQuotesAndCommentsEndNothing) {
  EXPECT_THAT(
      Texts("SELECT ';' ; -- a;b\nSELECT \"x;y\" /* ; /* ; */ */;;\n SELECT $$a;b$$, $t$;$t$"),
      testing::ElementsAre("SELECT ';'", "SELECT \"x;y\"", "SELECT $$a;b$$, $t$;$t$"));
  EXPECT_THAT(Texts("SELECT 'it''s; fine', E'a\\';b'; SELECT $1"),
              testing::ElementsAre("SELECT 'it''s; fine', E'a\\';b'", "SELECT $1"));
  EXPECT_THAT(Texts(" ; -- nothing\n /* at all */ ;"), testing::IsEmpty());
}

TEST(SqlTextTest, OffsetsAreThoseOfTheWholeText) {
  const std::string text = "SELECT 1;\n  SELECT 2";
  EXPECT_EQ(SplitStatements(text)[1].offset, text.find("SELECT 2"));
}

TEST(SqlTextTest, AShellReadsOnUntilAStatementEnds) {
  EXPECT_FALSE(EndsStatement("SELECT 1"));
  EXPECT_TRUE(EndsStatement("SELECT 1; -- done"));
  EXPECT_FALSE(EndsStatement("SELECT 'a;"));
  EXPECT_FALSE(EndsStatement("SELECT 1; /* open"));
  EXPECT_FALSE(EndsStatement("SELECT 1; SELECT"));
  EXPECT_TRUE(EndsStatement("-- only a comment"));
}

TEST(SqlTextTest, ReadingIsTakenAndChangingRefused) {
  for (const char* const taken :
       {"SELECT 1", "from t", "WITH a AS (SELECT 1) SELECT * FROM a", "VALUES (1)", "TABLE t",
        "(SELECT 1) UNION (SELECT 2)", "/* c */ DESCRIBE t", "SHOW TABLES", "SUMMARIZE t",
        "EXPLAIN SELECT 1", "EXPLAIN ANALYZE SELECT 1", "EXPLAIN (FORMAT json) SELECT 1",
        "EXPLAIN (SELECT 1)", "COPY (SELECT 1) TO 'x.csv'",
        "copy t to 'x.parquet' (format parquet)", "PIVOT t ON a USING sum(b)"}) {
    EXPECT_EQ(RefuseStatement(taken), std::nullopt) << taken;
  }
  for (const char* const refused :
       {"CREATE TABLE x AS SELECT 1", "insert into gold.x values (1)", "DROP TABLE x",
        "EXPLAIN ANALYZE DELETE FROM x", "COPY t FROM 'x.csv'", "ATTACH 'x.db'", "SET threads = 1",
        "COPY (SELECT 'x' AS \"to\") FROM 'y'", "INSTALL httpfs", "", "selec 1"}) {
    const auto error = RefuseStatement(refused);
    ASSERT_NE(error, std::nullopt) << refused;
    EXPECT_EQ(error->code(), base::Code::kInvalidArgument);
  }
  EXPECT_THAT(RefuseStatement("CREATE TABLE x AS SELECT 1")->hint(),
              testing::HasSubstr("models/<schema>/<name>.sql"));
}

TEST(SqlTextTest, ACopyWritesBelowTheFolderOfWhoAsked) {
  EXPECT_EQ(WithAbsoluteTarget("COPY (SELECT 'to' AS a) TO 'out.csv' (HEADER)", "/home/o'neil"),
            "COPY (SELECT 'to' AS a) TO '/home/o''neil/out.csv' (HEADER)");
  for (const char* const same :
       {"COPY t TO '/abs/x.csv'", "COPY t TO 's3://b/x'", "SELECT 'copy' TO 'x'", "SELECT 1"}) {
    EXPECT_EQ(WithAbsoluteTarget(same, "/home"), same);
  }
}

}  // namespace
}  // namespace app
