// What `check` says about the SQL of a project: edges, order, columns, lineage, and each mistake
// once, at its place; and the selection language.
#include "pipeline/graph.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "env/files.h"

namespace pipeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class GraphTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = testing::TempDir() + "graph_" + std::to_string(getpid());
    ASSERT_TRUE(files_->RemoveTree(root_).ok());
    Write("tributary.yaml", "name: shop\n");
  }
  void TearDown() override { EXPECT_TRUE(files_->RemoveTree(root_).ok()); }

  void Write(const std::string& path, const std::string& text) {
    const std::string whole = root_ + "/" + path;
    ASSERT_TRUE(files_->CreateDirectories(whole.substr(0, whole.rfind('/'))).ok());
    ASSERT_TRUE(env::WriteWhole(*files_, whole, text).ok());
  }

  OpenedProject Open() {
    auto opened = OpenProject(*files_, root_, {});
    EXPECT_TRUE(opened.ok()) << opened.error().ToString();
    return opened.ok() ? std::move(*opened) : OpenedProject{};
  }
  std::string Mistakes() { return base::RenderAll(Open().diagnostics); }

  // A source of orders, a seed of lands, and models over them.
  void WriteShop() {
    Write("tributary.yaml", R"(name: shop
sources:
  orders: {connector: files, path: "data/*.csv", into: bronze.orders, tags: raw}
)");
    Write("data/orders.csv", "id,land,total\n1,de,2.5\n2,fr,3.5\n");
    Write("schemas/orders.avsc", R"({"type": "record", "name": "Order", "fields": [
  {"name": "id", "type": "long"}, {"name": "land", "type": "string"},
  {"name": "total", "type": "double"}]})");
    Write("seeds/lands.csv", "code,title\nde,Germany\nfr,France\n");
    Write("models/silver/orders.sql",
          "SELECT o.id, l.title AS land, o.total FROM bronze.orders o JOIN seeds.lands l ON o.land "
          "= l.code");
    Write(
        "models/gold/totals.sql",
        "/* ---\ntags: nightly\n--- */\nSELECT land, sum(total) AS total FROM silver.orders GROUP "
        "BY land");
    Write("models/gold/rejects.sql", "SELECT kind FROM bronze.orders__rejected");
  }

  std::vector<std::string> Names(const std::vector<size_t>& indices, const Graph& graph) {
    std::vector<std::string> names;
    for (const size_t index : indices) names.push_back(graph.nodes[index].name.ToString());
    return names;
  }

  std::unique_ptr<env::Files> files_ = env::NewRealFiles();
  std::string root_;
};

TEST_F(GraphTest, OrdersNodesByTheTablesTheirSqlNames) {
  WriteShop();
  const OpenedProject opened = Open();
  ASSERT_EQ(base::RenderAll(opened.diagnostics), "");
  const std::vector<Node>& nodes = opened.graph.nodes;
  std::vector<std::string> names;
  for (const Node& node : nodes) names.push_back(node.name.ToString());
  EXPECT_THAT(names, ElementsAre("bronze.orders", "bronze.orders__rejected", "gold.rejects",
                                 "seeds.lands", "silver.orders", "gold.totals"));
  EXPECT_THAT(nodes[1].parents, ElementsAre(0u));  // the same load fills both
  EXPECT_THAT(nodes[2].parents, ElementsAre(1u));
  EXPECT_THAT(nodes[4].parents, ElementsAre(0u, 3u));
  EXPECT_THAT(nodes[4].children, ElementsAre(5u));
  EXPECT_EQ(opened.graph.Find({.schema = "GOLD", .name = "Totals"}), &nodes[5]);
  EXPECT_EQ(opened.graph.Find({.schema = "gold", .name = "none"}), nullptr);
}

TEST_F(GraphTest, KnowsColumnsAndWhereTheyComeFrom) {
  WriteShop();
  const OpenedProject opened = Open();
  ASSERT_EQ(base::RenderAll(opened.diagnostics), "");
  const Node* totals = opened.graph.Find({.schema = "gold", .name = "totals"});
  ASSERT_EQ(totals->columns.size(), 2u);
  EXPECT_EQ(totals->columns[0].column.name, "land");
  EXPECT_EQ(totals->columns[1].column.type.ToSql(), "DOUBLE");
  EXPECT_THAT(totals->columns[1].origins,
              ElementsAre(sql::ColumnOrigin{"silver", "orders", "total"}));
  const Node* orders = opened.graph.Find({.schema = "silver", .name = "orders"});
  EXPECT_THAT(orders->columns[1].origins,
              ElementsAre(sql::ColumnOrigin{"seeds", "lands", "title"}));
}

TEST_F(GraphTest, AnUnknownColumnIsShownWithTheLineACaretAndTheNearestName) {
  Write("models/silver/a.sql", "SELECT 1 AS store");
  Write("models/gold/b.sql", "/* ---\ntags: x\n--- */\nSELECT\n  stor\nFROM silver.a");
  Write("models/gold/c.sql", "SELECT nothing_known FROM gold.b");  // silent: gold.b is at fault
  EXPECT_EQ(Mistakes(),
            R"(error: models/gold/b.sql:5:3: referenced column "stor" not found in FROM clause
  5 |   stor
    |   ^
  hint: Did you mean 'store'?
)");
}

TEST_F(GraphTest, AnUnknownOrUnqualifiedTableIsShownWithWhatWasMeant) {
  Write("models/silver/items.sql", "SELECT 1 AS a");
  Write("models/gold/b.sql", "SELECT * FROM silver.itms");
  Write("models/gold/c.sql", "SELECT * FROM items");
  Write("models/gold/d.sql", "WITH items AS (SELECT 1) SELECT * FROM items");
  EXPECT_EQ(Mistakes(), R"(error: models/gold/b.sql:1:15: no table 'silver.itms' in this project
  1 | SELECT * FROM silver.itms
    |               ^
  hint: Did you mean 'silver.items'?
error: models/gold/c.sql:1:15: the table 'items' is named without its schema
  1 | SELECT * FROM items
    |               ^
  hint: Write 'silver.items'.
)");
}

TEST_F(GraphTest, ACircleIsReportedOnceWithItsPathAndPlaces) {
  Write("models/silver/a.sql", "SELECT * FROM silver.c");
  Write("models/silver/b.sql", "SELECT * FROM silver.a");
  Write("models/silver/c.sql", "SELECT *\nFROM silver.b");
  Write("models/silver/d.sql", "SELECT * FROM silver.d");
  Write("models/silver/e.sql", "SELECT * FROM silver.a");
  EXPECT_EQ(
      Mistakes(),
      R"(error: models/silver/a.sql:1:15: models read each other in a circle: silver.a reads silver.c reads silver.b reads silver.a
  1 | SELECT * FROM silver.c
    |               ^
  hint: Cut it at one of models/silver/a.sql:1:15, models/silver/c.sql:2:6, models/silver/b.sql:1:15.
error: models/silver/d.sql:1:15: models read each other in a circle: silver.d reads silver.d
  1 | SELECT * FROM silver.d
    |               ^
  hint: A model cannot read itself.
)");
}

TEST_F(GraphTest, EveryMistakeIsFoundInOnePass) {
  WriteShop();
  Write("tributary.yaml", R"(name: shop
colour: red
sources:
  orders: {connector: files, path: "data/*.csv", into: bronze.orders}
)");
  Write("models/gold/syntax.sql", "SELECT FROM WHERE");
  Write("models/gold/two.sql", "SELECT 1 AS a, 2 AS A");
  Write("models/gold/interval.sql", "SELECT INTERVAL 1 DAY AS wait");
  Write("models/gold/script.sql", "CREATE TABLE x (a INTEGER)");
  Write("models/orders/x.sql", "/* ---\ntags: {}\n--- */\nSELECT 1 AS a");
  Write("seeds/silver/orders.csv", "a\n1\n");
  Write("models/gold/typo.sql", "SELECT * FROM silver.ordrs");
  Write("macros/m.sql", "SELECT 1");
  const std::string mistakes = Mistakes();
  EXPECT_THAT(mistakes, HasSubstr("tributary.yaml:2:1: tributary.yaml has no key 'colour'"));
  EXPECT_THAT(mistakes, HasSubstr("models/gold/syntax.sql:1:"));
  EXPECT_THAT(mistakes,
              HasSubstr("models/gold/typo.sql:1:15: no table 'silver.ordrs' in this project"));
  EXPECT_THAT(mistakes, HasSubstr("models/gold/two.sql:1:1: two columns are called 'A'"));
  EXPECT_THAT(mistakes, HasSubstr("models/gold/interval.sql:1:1: "));
  EXPECT_THAT(mistakes, HasSubstr("models/gold/script.sql"));
  EXPECT_THAT(mistakes, HasSubstr("models/orders/x.sql:2:7: 'tags' must be"));
  EXPECT_THAT(mistakes, HasSubstr("models/silver/orders.sql:1:1: 'silver.orders' is made twice\n"));
  EXPECT_THAT(mistakes, HasSubstr("hint: It comes from seeds/silver/orders.csv already."));
  EXPECT_THAT(mistakes, HasSubstr("macros/m.sql"));
}

TEST_F(GraphTest, TestsPartitionsAndPublicationsMustNameWhatIsThere) {
  Write("tributary.yaml", R"(name: shop
connections: {marts: "postgres://localhost/x"}
publish:
  good: {connection: marts, schema: marts, models: ["gold.*"]}
  bad: {connection: marts, schema: marts, models: [gold.martt]}
)");
  Write("models/gold/mart.sql", R"(/* ---
partition_by: dai
tests:
  not_null: [day, stor]
  relationships: {store: silver.stores.nam, day: silver.none.x}
  expression: ["totl > 0"]
--- */
SELECT 1 AS day, 'x' AS store, 2 AS total)");
  Write("models/silver/stores.sql", "SELECT 'x' AS name");
  const std::string mistakes = Mistakes();
  EXPECT_THAT(mistakes,
              HasSubstr(":2:1: gold.mart has no column 'dai'\n  2 | partition_by: dai\n    "
                        "| ^\n  hint: Did you mean 'day'?"));
  EXPECT_THAT(Mistakes(), Not(HasSubstr("publication 'good'")));
  Write("models/gold/mart.sql", R"(/* ---
tests:
  not_null: [day, stor]
  relationships: {store: silver.stores.nam, day: silver.none.x}
  expression: ["totl > 0"]
--- */
SELECT 1 AS day, 'x' AS store, 2 AS total)");
  EXPECT_EQ(Mistakes(),
            R"(error: models/gold/mart.sql:3:19: gold.mart has no column 'stor'
  3 |   not_null: [day, stor]
    |                   ^
  hint: Did you mean 'store'?
error: models/gold/mart.sql:4:19: silver.stores has no column 'nam'
  4 |   relationships: {store: silver.stores.nam, day: silver.none.x}
    |                   ^
  hint: Did you mean 'name'?
error: models/gold/mart.sql:4:45: no table 'silver.none' in this project
  4 |   relationships: {store: silver.stores.nam, day: silver.none.x}
    |                                             ^
error: models/gold/mart.sql:5:16: the test expression(totl > 0): referenced column "totl" not found in FROM clause
  5 |   expression: ["totl > 0"]
    |                ^
  hint: Did you mean 'total'?
)");
  Write("models/gold/mart.sql", "SELECT 1 AS day");
  EXPECT_EQ(
      Mistakes(),
      R"(error: tributary.yaml:5:3: publication 'bad': nothing in this project matches 'gold.martt'
  5 |   bad: {connection: marts, schema: marts, models: [gold.martt]}
    |   ^
  hint: Did you mean 'gold.mart'?
)");
}

TEST_F(GraphTest, ASourceWithoutDataAndSchemaIsReportedAtItsPlace) {
  Write("tributary.yaml",
        "name: shop\nsources:\n  orders: {connector: files, path: \"data/*.csv\", into: "
        "bronze.orders}\n");
  Write("models/silver/a.sql", "SELECT x FROM bronze.orders");
  const std::string mistakes = Mistakes();
  EXPECT_THAT(mistakes, HasSubstr("error: tributary.yaml:3:3: "));
  EXPECT_THAT(mistakes, Not(HasSubstr("silver/a.sql")));
}

TEST_F(GraphTest, AViewMayHoldWhatATableCannot) {
  Write("models/silver/v.sql",
        "/* ---\nmaterialized: view\n--- */\nSELECT NULL AS a, INTERVAL 1 DAY AS b, "
        "union_value(k := 1) AS c, '01'::BIT AS d, 'x'::ENUM('x') AS e");
  Write("models/gold/t.sql", "SELECT CAST(b AS VARCHAR) AS b FROM silver.v");
  EXPECT_EQ(Mistakes(), "");
  Write("models/gold/t.sql", "SELECT b, a FROM silver.v");
  const std::string mistakes = Mistakes();
  EXPECT_THAT(mistakes, HasSubstr("column 'b'"));
  EXPECT_THAT(mistakes, HasSubstr("INTERVAL"));
}

TEST_F(GraphTest, AFileInFromIsSentToTheSources) {
  Write("models/silver/a.sql", "SELECT * FROM 'data/x.csv'");
  EXPECT_EQ(Mistakes(),
            R"(error: models/silver/a.sql:1:15: the table 'data/x.csv' is named without its schema
  1 | SELECT * FROM 'data/x.csv'
    |               ^
  hint: Files come in through a source of tributary.yaml or as a seed.
)");
}

TEST_F(GraphTest, MacrosServeModels) {
  Write("macros/m.sql", "CREATE MACRO twice(x) AS 2 * x;");
  Write("models/silver/a.sql", "SELECT twice(21) AS answer");
  EXPECT_EQ(Mistakes(), "");
}

TEST_F(GraphTest, SelectsAsDbtDoes) {
  WriteShop();
  const OpenedProject opened = Open();
  ASSERT_TRUE(opened.project.has_value());
  struct Case {
    std::vector<std::string> select;
    std::vector<std::string> exclude;
    std::vector<std::string> chosen;
  };
  const std::string b = "bronze.orders", r = "bronze.orders__rejected", g = "gold.rejects",
                    l = "seeds.lands", s = "silver.orders", t = "gold.totals";
  const std::vector<Case> cases = {
      {{}, {}, {b, r, g, l, s, t}},
      {{"totals"}, {}, {t}},
      {{"silver.orders"}, {}, {s}},
      {{"orders"}, {}, {b, s}},
      {{"gold.*"}, {}, {g, t}},
      {{"*"}, {"gold.*", "seeds.*"}, {b, r, s}},
      {{"+totals"}, {}, {b, l, s, t}},
      {{"1+totals"}, {}, {s, t}},
      {{"2+totals"}, {}, {b, l, s, t}},
      {{"silver.orders+"}, {}, {s, t}},
      {{"bronze.orders+1"}, {}, {b, r, s}},
      {{"1+silver.orders+1"}, {}, {b, l, s, t}},
      {{"@lands"}, {}, {b, l, s, t}},
      {{"tag:nightly"}, {}, {t}},
      {{"tag:raw"}, {}, {b, r}},
      {{"+tag:nightly,bronze.*"}, {}, {b}},
      {{"source:orders"}, {}, {b, r}},
      {{"path:models/gold"}, {}, {g, t}},
      {{"path:models/gold/tot*"}, {}, {t}},
      {{"totals lands"}, {}, {l, t}},
      {{"totals", "lands"}, {}, {l, t}},
  };
  for (const Case& c : cases) {
    const auto chosen = Select(*opened.project, opened.graph, c.select, c.exclude);
    ASSERT_TRUE(chosen.ok()) << chosen.error().ToString();
    EXPECT_EQ(Names(*chosen, opened.graph), c.chosen) << testing::PrintToString(c.select);
  }
}

TEST_F(GraphTest, ASelectorThatMatchesNothingSaysWhatWouldMatch) {
  WriteShop();
  const OpenedProject opened = Open();
  ASSERT_TRUE(opened.project.has_value());
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"gold.totls",
       "nothing in this project matches 'gold.totls'. Hint: Did you mean 'gold.totals'?"},
      {"gold", "Write 'gold.*' for a schema."},
      {"tag:nightl", "Did you mean 'tag:nightly'?"},
      {"gold.*,seeds.*", "nothing matches all of 'gold.*,seeds.*'"},
      {"colour:red", "'colour:' is not a way to select"},
      {"x+y+z", "'x+y+z' is not a selector"},
      {"+", "'+' is not a selector"},
      {" ", "an empty selector chooses nothing"}};
  for (const auto& [selector, message] : cases) {
    const auto chosen = Select(*opened.project, opened.graph, {selector}, {});
    ASSERT_FALSE(chosen.ok()) << selector;
    EXPECT_THAT(chosen.error().ToString(), HasSubstr(message));
  }
}

}  // namespace
}  // namespace pipeline
