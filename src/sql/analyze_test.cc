#include "sql/analyze.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace sql {
namespace {

using columnar::TypeId;
using ::testing::HasSubstr;

columnar::Field Field(std::string name, columnar::Type type) {
  return {std::move(name), std::move(type), true, {}};
}

class AnalyzeTest : public testing::Test {
 protected:
  AnalyzeTest() : analyzer_(std::move(Analyzer::Open()).value()) {
    Define("bronze", "reviews",
           {Field("user_id", TypeId::kVarchar), Field("asin", TypeId::kVarchar),
            Field("rating", TypeId::kDouble), Field("ts", TypeId::kTimestampTz),
            Field("tags", columnar::Type::List(TypeId::kVarchar))});
    Define("bronze", "items",
           {Field("asin", TypeId::kVarchar), Field("title", TypeId::kVarchar),
            Field("price", columnar::Type::Decimal(10, 2)),
            Field("details", columnar::Type::Struct({Field("brand", TypeId::kVarchar)}))});
    Define("main", "a", {Field("x", TypeId::kInteger)});
  }

  void Define(const std::string& schema, const std::string& name,
              std::vector<columnar::Field> fields) {
    const auto result = analyzer_->DefineTable(schema, name, {std::move(fields)});
    ASSERT_TRUE(result.ok()) << result.error().ToString();
  }

  // "bronze.items x"; the text at each reference's offset is checked to be the reference.
  std::string References(const std::string& text) {
    const auto outcome = analyzer_->References(text);
    if (const auto* error = std::get_if<SqlError>(&outcome)) return "error: " + error->message;
    std::vector<std::string> names;
    for (const TableReference& reference : std::get<0>(outcome)) {
      names.push_back(reference.schema.empty() ? reference.name
                                               : reference.schema + "." + reference.name);
    }
    return base::Join(names, " ");
  }

  std::variant<BoundSelect, SqlError> Bind(const std::string& text) {
    return analyzer_->Bind(text);
  }

  // "n INTEGER <- bronze.items.asin" a column, joined by "; ".
  std::string Columns(const std::string& text) {
    const auto outcome = Bind(text);
    if (const auto* error = std::get_if<SqlError>(&outcome)) return "error: " + error->message;
    std::vector<std::string> columns;
    for (const BoundColumn& bound : std::get<BoundSelect>(outcome).columns) {
      std::vector<std::string> origins;
      for (const ColumnOrigin& origin : bound.origins) {
        origins.push_back(origin.schema + "." + origin.table + "." + origin.column);
      }
      columns.push_back(bound.column.name + " <- " + base::Join(origins, ", "));
    }
    return base::Join(columns, "; ");
  }

  std::unique_ptr<Analyzer> analyzer_;
};

struct TextCase {
  const char* name;
  const char* text;
  const char* expected;
};

TEST_F(AnalyzeTest, ReferencesAreTheTablesAQueryReads) {
  const TextCase cases[] = {
      {"one table", "SELECT * FROM silver.items", "silver.items"},
      {"without a schema", "SELECT * FROM items", "items"},
      {"no table", "SELECT 1", ""},
      {"short form", "FROM silver.items", "silver.items"},
      {"joins in order of appearance",
       "SELECT * FROM s.a JOIN s.b USING (k) LEFT JOIN s.c ON a.k = c.k, s.d", "s.a s.b s.c s.d"},
      {"once however often it is named", "SELECT * FROM s.a x JOIN S.A y ON x.k = y.k", "s.a"},
      {"select list before from", "SELECT (SELECT max(v) FROM s.b) FROM s.a", "s.b s.a"},
      {"subquery in where", "SELECT * FROM s.a WHERE k IN (SELECT k FROM s.b)", "s.a s.b"},
      {"exists in having", "SELECT k FROM s.a GROUP BY k HAVING EXISTS (FROM s.b)", "s.a s.b"},
      {"subquery in qualify",
       "SELECT k FROM s.a QUALIFY row_number() OVER () < (SELECT 1 FROM s.b)", "s.a s.b"},
      {"subquery in order by", "SELECT k FROM s.a ORDER BY (SELECT v FROM s.b)", "s.a s.b"},
      {"subquery in limit", "SELECT k FROM s.a LIMIT (SELECT v FROM s.b)", "s.a s.b"},
      {"subquery in a join condition", "SELECT * FROM s.a JOIN s.b ON a.k = (SELECT k FROM s.c)",
       "s.a s.b s.c"},
      {"derived table", "SELECT * FROM (SELECT * FROM s.a) t", "s.a"},
      {"lateral", "SELECT * FROM s.a, LATERAL (SELECT a.k + b.k FROM s.b)", "s.a s.b"},
      {"union", "SELECT k FROM s.a UNION ALL SELECT k FROM s.b EXCEPT SELECT k FROM s.c",
       "s.a s.b s.c"},
      {"values", "VALUES ((SELECT 1 FROM s.a))", "s.a"},
      {"pivot", "PIVOT s.a ON k IN (1, 2) USING sum(v)", "s.a"},
      {"unpivot", "UNPIVOT s.a ON x, y INTO NAME n VALUE v", "s.a"},
      {"a table function's subquery", "SELECT * FROM unnest((SELECT l FROM s.a))", "s.a"},
      {"lambda", "SELECT list_transform(l, e -> e + (SELECT 1 FROM s.b)) FROM s.a", "s.b s.a"},
      {"a case", "SELECT CASE WHEN EXISTS (FROM s.b) THEN 1 ELSE (SELECT 2 FROM s.c) END FROM s.a",
       "s.b s.c s.a"},
      {"quoted", "SELECT * FROM \"my schema\".\"my table\"", "my schema.my table"},
      {"a scan of a version", "SELECT * FROM lake_scan('silver.items', version => 3)",
       "silver.items"},
      {"a function that is no table", "SELECT * FROM range(10)", ""},
      {"a CTE is no table", "WITH c AS (SELECT * FROM s.a) SELECT * FROM c", "s.a"},
      {"a CTE in any case", "WITH Cte AS (SELECT * FROM s.a) SELECT * FROM cTE", "s.a"},
      {"a CTE of a CTE", "WITH c AS (FROM s.a), d AS (FROM c) SELECT * FROM d", "s.a"},
      {"a CTE that hides a table only where it is known",
       "SELECT * FROM (WITH c AS (FROM s.a) SELECT * FROM c) JOIN c ON true", "s.a c"},
      {"a CTE used in a subquery",
       "WITH c AS (FROM s.a) SELECT * FROM s.b WHERE k IN (SELECT k FROM c)", "s.a s.b"},
      {"a CTE inside of a CTE", "WITH c AS (WITH d AS (FROM s.a) FROM d) SELECT * FROM c, d",
       "s.a d"},
      {"a qualified name is never a CTE", "WITH c AS (SELECT 1) SELECT * FROM s.c", "s.c"},
      {"a CTE named as the table it reads", "WITH b AS (SELECT * FROM b) SELECT * FROM b", "b"},
      {"a CTE that reads the outer one of its name",
       "WITH c AS (FROM s.a) FROM (WITH c AS (FROM c) FROM c)", "s.a"},
      {"a CTE does not see those after it", "WITH c AS (FROM d), d AS (FROM s.a) FROM c, d",
       "d s.a"},
      {"recursion",
       "WITH RECURSIVE r AS (SELECT k FROM s.a UNION ALL SELECT k + 1 FROM r JOIN s.b USING (k)) "
       "SELECT * FROM r",
       "s.a s.b"},
      {"materialized", "WITH c AS MATERIALIZED (FROM s.a) FROM c JOIN c d ON true", "s.a"},
  };
  for (const TextCase& test : cases) EXPECT_EQ(References(test.text), test.expected) << test.name;
}

TEST_F(AnalyzeTest, AReferenceStandsWhereItsTextIs) {
  const std::string text =
      "-- größe\nSELECT '€', x\nFROM\xC2\xA0 silver.items i\nJOIN \"gold\".\"b\" ON true";
  const auto outcome = analyzer_->References(text);
  const auto& references = std::get<0>(outcome);
  ASSERT_EQ(references.size(), 2u);
  ASSERT_TRUE(references[0].offset && references[1].offset);
  EXPECT_EQ(text.substr(*references[0].offset, 12), "silver.items");
  EXPECT_EQ(text.substr(*references[1].offset, 10), "\"gold\".\"b\"");
}

struct RefusalCase {
  const char* name;
  std::string text;
  std::string message;
  std::string at;
};

TEST_F(AnalyzeTest, AnythingButOneSelectIsRefusedWithItsPlace) {
  const RefusalCase cases[] = {
      {"nothing", "-- only a comment", "there is no SELECT here", "--"},
      {"two", "SELECT 1; -- and\n SELECT 2", "a second statement, where one SELECT is expected",
       "SELECT 2"},
      {"an insert", " INSERT INTO t VALUES (1)",
       "a statement of kind 'insert', where one SELECT is expected", "INSERT"},
      {"a copy", "COPY t TO 'x'", "a statement of kind 'copy', where one SELECT is expected",
       "COPY"},
      {"a description", "DESCRIBE t",
       "a statement of kind 'describe', where one SELECT is expected", "DESCRIBE"},
      {"a pivot by data", "PIVOT s.a ON k USING sum(v)", "a PIVOT whose columns depend on the data",
       "PIVOT"},
      {"half a query", "SELECT a, FROM WHERE", "syntax error at or near \"WHERE\"", "WHERE"},
      {"a quote left open", "SELECT 'abc", "unterminated quoted string at or near \"'abc\"",
       "'abc"},
  };
  for (const RefusalCase& test : cases) {
    const auto references = analyzer_->References(test.text);
    const auto bound = Bind(test.text);
    ASSERT_TRUE(std::holds_alternative<SqlError>(references)) << test.name;
    ASSERT_TRUE(std::holds_alternative<SqlError>(bound)) << test.name;
    for (const auto& error : {std::get<SqlError>(references), std::get<SqlError>(bound)}) {
      EXPECT_EQ(error.message, test.message) << test.name;
      ASSERT_TRUE(error.offset.has_value()) << test.name;
      EXPECT_EQ(test.text.substr(*error.offset, test.at.size()), test.at) << test.name;
    }
  }
}

TEST_F(AnalyzeTest, ASemicolonAtTheEndIsFine) {
  EXPECT_EQ(References("SELECT * FROM s.a;"), "s.a");
  EXPECT_EQ(Columns("SELECT asin FROM bronze.items;\n-- end\n"), "asin <- bronze.items.asin");
}

TEST_F(AnalyzeTest, BindingTellsNamesAndTypes) {
  const auto outcome = Bind(
      "SELECT count(*) AS n, avg(rating), max(ts) t, list(asin) l, "
      "sum(helpful) FROM bronze.reviews, (SELECT 1 AS helpful)");
  const auto* select = std::get_if<BoundSelect>(&outcome);
  ASSERT_NE(select, nullptr) << std::get<SqlError>(outcome).message;
  std::vector<std::string> columns;
  for (const auto& bound : select->columns) {
    columns.push_back(bound.column.name + " " + bound.column.type.ToSql());
  }
  EXPECT_EQ(base::Join(columns, ", "),
            "n BIGINT, avg(rating) DOUBLE, t TIMESTAMP WITH TIME ZONE, l VARCHAR[], "
            "sum(helpful) HUGEINT");
}

TEST_F(AnalyzeTest, LineageFollowsValuesThroughEveryOperator) {
  const TextCase cases[] = {
      {"a column", "SELECT asin FROM bronze.items", "asin <- bronze.items.asin"},
      {"a constant", "SELECT 1 AS one FROM bronze.items", "one <- "},
      {"an expression", "SELECT upper(title) || asin AS x FROM bronze.items",
       "x <- bronze.items.asin, bronze.items.title"},
      {"a struct member", "SELECT details.brand AS brand FROM bronze.items",
       "brand <- bronze.items.details"},
      {"a filter is not a value", "SELECT asin FROM bronze.items WHERE price > 3",
       "asin <- bronze.items.asin"},
      {"a star", "SELECT * EXCLUDE (details, price) FROM bronze.items",
       "asin <- bronze.items.asin; title <- bronze.items.title"},
      {"a join", "SELECT r.rating, i.title FROM bronze.reviews r JOIN bronze.items i USING (asin)",
       "rating <- bronze.reviews.rating; title <- bronze.items.title"},
      {"the key of a full join",
       "SELECT asin FROM bronze.reviews FULL JOIN bronze.items USING (asin)",
       "asin <- bronze.items.asin, bronze.reviews.asin"},
      {"an aggregate", "SELECT asin, avg(rating) r, count(*) n FROM bronze.reviews GROUP BY asin",
       "asin <- bronze.reviews.asin; r <- bronze.reviews.rating; n <- "},
      {"an aggregate's filter", "SELECT sum(rating) FILTER (user_id = 'x') s FROM bronze.reviews",
       "s <- bronze.reviews.rating, bronze.reviews.user_id"},
      {"an ordered aggregate", "SELECT first(asin ORDER BY ts) f FROM bronze.reviews",
       "f <- bronze.reviews.asin, bronze.reviews.ts"},
      {"grouping sets",
       "SELECT asin, grouping(asin) g FROM bronze.items GROUP BY GROUPING SETS ((asin), ())",
       "asin <- bronze.items.asin; g <- bronze.items.asin"},
      {"a window",
       "SELECT row_number() OVER (PARTITION BY asin ORDER BY ts) n, lag(rating) OVER (ORDER BY ts) "
       "p FROM bronze.reviews",
       "n <- bronze.reviews.asin, bronze.reviews.ts; p <- bronze.reviews.rating, "
       "bronze.reviews.ts"},
      {"a union", "SELECT asin FROM bronze.items UNION SELECT user_id FROM bronze.reviews",
       "asin <- bronze.items.asin, bronze.reviews.user_id"},
      {"a union by name",
       "SELECT asin, title FROM bronze.items UNION ALL BY NAME SELECT asin FROM bronze.reviews",
       "asin <- bronze.items.asin, bronze.reviews.asin; title <- bronze.items.title"},
      {"a difference", "SELECT asin FROM bronze.items EXCEPT SELECT asin FROM bronze.reviews",
       "asin <- bronze.items.asin"},
      {"a derived table", "SELECT y + 1 AS z FROM (SELECT rating * 2 AS y FROM bronze.reviews)",
       "z <- bronze.reviews.rating"},
      {"a CTE", "WITH c AS (SELECT asin AS k FROM bronze.items) SELECT k FROM c",
       "k <- bronze.items.asin"},
      {"a CTE used twice",
       "WITH c AS MATERIALIZED (SELECT asin AS k, title FROM bronze.items) "
       "SELECT a.k, b.title FROM c a JOIN c b USING (k)",
       "k <- bronze.items.asin; title <- bronze.items.title"},
      {"recursion",
       "WITH RECURSIVE r(p, q) AS (SELECT asin, title FROM bronze.items UNION ALL "
       "SELECT q, user_id FROM r JOIN bronze.reviews ON true) SELECT p, q FROM r",
       "p <- bronze.items.asin, bronze.items.title, bronze.reviews.user_id; "
       "q <- bronze.items.title, bronze.reviews.user_id"},
      {"an unnested list", "SELECT asin, unnest(tags) AS tag FROM bronze.reviews",
       "asin <- bronze.reviews.asin; tag <- bronze.reviews.tags"},
      {"an unnest in from", "SELECT t FROM bronze.reviews, unnest(tags) AS u(t)",
       "t <- bronze.reviews.tags"},
      {"a scalar subquery", "SELECT (SELECT max(price) FROM bronze.items) AS top",
       "top <- bronze.items.price"},
      {"a correlated subquery",
       "SELECT (SELECT max(price) FROM bronze.items i WHERE i.asin = r.asin) AS top "
       "FROM bronze.reviews r",
       "top <- bronze.items.price"},
      {"a correlated value",
       "SELECT (SELECT i.title || r.user_id FROM bronze.items i WHERE i.asin = r.asin) AS x "
       "FROM bronze.reviews r",
       "x <- bronze.items.title, bronze.reviews.user_id"},
      {"a lateral join",
       "SELECT l.v FROM bronze.reviews r, LATERAL (SELECT r.rating + i.price AS v FROM "
       "bronze.items i) l",
       "v <- bronze.items.price, bronze.reviews.rating"},
      {"in", "SELECT asin IN (SELECT asin FROM bronze.items) AS known FROM bronze.reviews",
       "known <- bronze.items.asin, bronze.reviews.asin"},
      {"a lambda", "SELECT list_transform(tags, t -> t || asin) AS l FROM bronze.reviews",
       "l <- bronze.reviews.asin, bronze.reviews.tags"},
      {"a case", "SELECT CASE WHEN price > 1 THEN title ELSE asin END AS c FROM bronze.items",
       "c <- bronze.items.asin, bronze.items.price, bronze.items.title"},
      {"values", "SELECT v FROM (VALUES (1), (2)) t(v)", "v <- "},
      {"distinct on", "SELECT DISTINCT ON (asin) asin, rating FROM bronze.reviews ORDER BY ts",
       "asin <- bronze.reviews.asin; rating <- bronze.reviews.rating"},
      {"order and limit", "SELECT asin FROM bronze.items ORDER BY price LIMIT 3",
       "asin <- bronze.items.asin"},
      {"a pivot",
       "SELECT * FROM (PIVOT (SELECT asin, title, price FROM bronze.items) ON title IN ('a') "
       "USING max(price))",
       "asin <- bronze.items.asin; a <- bronze.items.price, bronze.items.title"},
      {"an asof join",
       "SELECT r.rating, i.title FROM bronze.reviews r ASOF JOIN "
       "(SELECT asin, title, now() AS at FROM bronze.items) i ON r.asin = i.asin AND r.ts >= i.at",
       "rating <- bronze.reviews.rating; title <- bronze.items.title"},
      {"a scan of a version", "SELECT title FROM lake_scan('bronze.items', version => 3)",
       "title <- bronze.items.title"},
      {"today",
       "SELECT now() AS t, uuid_v5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', asin) u "
       "FROM bronze.items",
       "t <- ; u <- bronze.items.asin"},
  };
  for (const TextCase& test : cases) EXPECT_EQ(Columns(test.text), test.expected) << test.name;
}

TEST_F(AnalyzeTest, ABindingMistakeTellsItsPlaceAndWhatElseItMightBe) {
  const RefusalCase cases[] = {
      {"a column", "SELECT 'é', titel FROM bronze.items",
       "referenced column \"titel\" not found in FROM clause", "titel"},
      {"a qualified column", "SELECT i.titel FROM bronze.items i",
       "table \"i\" does not have a column named \"titel\"", "i.titel"},
      {"a table", "SELECT 'é' FROM bronze.itemz", "table with name itemz does not exist",
       "bronze.itemz"},
      {"a function", "SELECT 'é', uper(title) FROM bronze.items",
       "scalar Function with name uper does not exist", "uper"},
  };
  for (const RefusalCase& test : cases) {
    const auto outcome = Bind(test.text);
    ASSERT_TRUE(std::holds_alternative<SqlError>(outcome)) << test.name;
    const auto& error = std::get<SqlError>(outcome);
    EXPECT_EQ(error.message, test.message) << test.name;
    ASSERT_TRUE(error.offset.has_value()) << test.name;
    EXPECT_EQ(test.text.substr(*error.offset, test.at.size()), test.at) << test.name;
    EXPECT_TRUE(!error.candidates.empty() || !error.hint.empty()) << test.name;
  }
}

TEST_F(AnalyzeTest, ANullWithoutATypeIsToldAsSuch) {
  const auto outcome = Bind("SELECT NULL AS v, [NULL] AS l, CAST(NULL AS DATE) AS d");
  const auto* select = std::get_if<BoundSelect>(&outcome);
  ASSERT_NE(select, nullptr);
  EXPECT_EQ(select->columns[0].column.type.id, TypeId::kNull);
  EXPECT_EQ(select->columns[1].column.type.children.at(0).type.id, TypeId::kNull);
  EXPECT_EQ(select->columns[2].column.type.id, TypeId::kDate);
}

TEST_F(AnalyzeTest, AParameterIsRefused) {
  const auto outcome = Bind("SELECT asin FROM bronze.items WHERE asin = ?");
  ASSERT_TRUE(std::holds_alternative<SqlError>(outcome));
  EXPECT_THAT(std::get<SqlError>(outcome).message, HasSubstr("parameter"));
}

TEST_F(AnalyzeTest, ATableDefinedAgainHasItsNewColumns) {
  Define("bronze", "items", {Field("sku", TypeId::kBigInt)});
  EXPECT_EQ(Columns("SELECT * FROM bronze.items"), "sku <- bronze.items.sku");
}

TEST_F(AnalyzeTest, MacrosAreKnownAndTheTablesTheyReadAreReferences) {
  const auto defined = analyzer_->DefineMacros(
      "CREATE MACRO dollars(x) AS round(x, 2); -- prices\n"
      "CREATE MACRO item_of(k) AS TABLE SELECT title FROM bronze.items WHERE asin = k;\n"
      "CREATE OR REPLACE MACRO top() AS (SELECT max(title) FROM item_of('x'))");
  ASSERT_TRUE(std::holds_alternative<std::monostate>(defined))
      << std::get<SqlError>(defined).message;
  EXPECT_EQ(Columns("SELECT dollars(price) AS p FROM bronze.items"), "p <- bronze.items.price");
  EXPECT_EQ(References("SELECT * FROM item_of('x')"), "bronze.items");
  EXPECT_EQ(References("SELECT top()"), "bronze.items");
  EXPECT_EQ(Columns("SELECT top() AS t"), "t <- bronze.items.title");
}

TEST_F(AnalyzeTest, OnlyMacrosCanStandAmongMacros) {
  const std::string text = "CREATE MACRO f(x) AS x + 1;\nCREATE TABLE t(a INTEGER)";
  const auto outcome = analyzer_->DefineMacros(text);
  ASSERT_TRUE(std::holds_alternative<SqlError>(outcome));
  const auto& error = std::get<SqlError>(outcome);
  ASSERT_TRUE(error.offset.has_value());
  EXPECT_EQ(text.substr(*error.offset, 12), "CREATE TABLE");
  EXPECT_TRUE(std::holds_alternative<SqlError>(Bind("SELECT f(1)")))
      << "a text with a mistake defines nothing";
}

}  // namespace
}  // namespace sql
