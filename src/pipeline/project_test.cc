// What a project's author sees: a sound project is read as written, and every mistake is shown at
// its place, all of them at once.
#include "pipeline/project.h"

#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "env/memory_files.h"

namespace pipeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ProjectTest : public testing::Test {
 protected:
  void Write(const std::string& path, const std::string& text) {
    const std::string whole = "/p/" + path;
    ASSERT_TRUE(files_.CreateDirectories(whole.substr(0, whole.rfind('/'))).ok());
    ASSERT_TRUE(env::WriteWhole(files_, whole, text).ok());
  }

  LoadedProject Load(LoadProjectOptions options = {}) {
    auto loaded = LoadProject(files_, "/p", options);
    EXPECT_TRUE(loaded.ok()) << loaded.error().ToString();
    return loaded.ok() ? std::move(*loaded) : LoadedProject{};
  }

  // What `tributary check` would print.
  std::string Mistakes(LoadProjectOptions options = {}) {
    return base::RenderAll(Load(std::move(options)).diagnostics);
  }

  Project Sound(LoadProjectOptions options = {}) {
    LoadedProject loaded = Load(std::move(options));
    EXPECT_EQ(base::RenderAll(loaded.diagnostics), "");
    return loaded.project ? std::move(*loaded.project) : Project{};
  }

  base::ManualClock clock_{0};
  env::MemoryFiles files_{&clock_};
};

TEST_F(ProjectTest, ReadsEveryKeyOfTheFormat) {
  Write("tributary.yaml", R"(name: shop
lake: out/lake
log: embedded
memory: 2 GiB
connections: {marts: "postgres://app:${PW}@localhost/marts"}
sources:
  reviews:
    connector: files
    path: ["data/*.csv", more.csv]
    schema: schemas/review.avsc
    into: bronze.reviews
    format: csv
    header: false
    delimiter: tab
    null_text: NA
    tags: [raw]
publish:
  marts: {connection: marts, schema: datamart, models: ["gold.*"]}
)");
  Write("models/gold/mart.sql", R"(/* ---
description: What was sold
materialized: table
tags: nightly
partition_by: [day]
tests:
  not_null: [day, {column: store, severity: warn}]
  unique: [day, [day, store]]
  accepted_values: {state: [new, 'old']}
  relationships: {store: silver.stores.name}
  expression: ["total >= 0"]
--- */
SELECT 1 AS day; -- the end)");
  Write("macros/m.sql", "CREATE MACRO f(x) AS x;");
  Write("seeds/codes.csv", "a\n1\n");
  Write("seeds/ref/lands.csv", "a\n1\n");

  const Project project = Sound({.target = "", .variables = {{"PW", "s3cret"}}});
  EXPECT_EQ(project.name, "shop");
  EXPECT_EQ(project.lake, "/p/out/lake");
  EXPECT_EQ(project.memory_bytes_max, uint64_t{2} << 30);
  EXPECT_EQ(project.connections.at("marts"), "postgres://app:s3cret@localhost/marts");
  ASSERT_EQ(project.sources.size(), 1u);
  const FilesSource& source = project.sources[0];
  EXPECT_EQ(source.into.ToString(), "bronze.reviews");
  EXPECT_THAT(source.load.patterns, ElementsAre("data/*.csv", "more.csv"));
  EXPECT_EQ(source.load.project_root, "/p");
  EXPECT_EQ(source.load.delimiter, '\t');
  EXPECT_EQ(source.load.null_text, "NA");
  EXPECT_FALSE(source.load.first_line_header);
  EXPECT_THAT(source.tags, ElementsAre("raw"));
  ASSERT_EQ(project.seeds.size(), 2u);
  EXPECT_EQ(project.seeds[0].name.ToString(), "seeds.codes");
  EXPECT_EQ(project.seeds[1].name.ToString(), "ref.lands");
  EXPECT_THAT(project.macro_files, ElementsAre("macros/m.sql"));
  ASSERT_EQ(project.publications.size(), 1u);
  EXPECT_THAT(project.publications[0].models, ElementsAre("gold.*"));

  ASSERT_EQ(project.models.size(), 1u);
  const Model& model = project.models[0];
  EXPECT_EQ(model.name.ToString(), "gold.mart");
  EXPECT_EQ(model.description, "What was sold");
  EXPECT_THAT(model.tags, ElementsAre("nightly"));
  EXPECT_EQ(model.sql.size(), model.text.size() + 1);
  EXPECT_EQ(model.sql.substr(model.text.find("SELECT")), "SELECT 1 AS day  -- the end\n");
  std::vector<std::string> tests;
  for (const DataTest& test : model.tests) tests.push_back(test.name);
  EXPECT_THAT(tests,
              ElementsAre("not_null(day)", "not_null(store)", "unique(day)", "unique(day, store)",
                          "accepted_values(state)", "relationships(store to silver.stores.name)",
                          "expression(total >= 0)"));
  EXPECT_TRUE(model.tests[1].warn_only);
  EXPECT_EQ(
      model.tests[3].query,
      "SELECT \"day\", \"store\", count(*) AS num_rows FROM \"gold\".\"mart\" WHERE \"day\" "
      "IS NOT NULL AND \"store\" IS NOT NULL GROUP BY \"day\", \"store\" HAVING count(*) > 1");
  EXPECT_EQ(model.tests[4].query,
            "SELECT * FROM \"gold\".\"mart\" WHERE \"state\" NOT IN ('new', 'old')");
}

TEST_F(ProjectTest, ShowsEveryMistakeOfTheYamlInOnePass) {
  Write("tributary.yaml", R"(nmae: shop
topics: {}
sources:
  reviews:
    connector: file
  items: {connector: files, path: x.json, into: items, pth: 1}
  items: {}
  Other: {connector: rest}
publish:
  marts: {connection: mrts, schema: datamart, models: ["gold.*"]}
connections:
  marts: mysql://app:hunter2@localhost/marts
)");
  EXPECT_EQ(Mistakes(), R"(error: tributary.yaml:1:1: tributary.yaml has no 'name'
  1 | nmae: shop
    | ^
error: tributary.yaml:1:1: tributary.yaml has no key 'nmae'
  1 | nmae: shop
    | ^
  hint: Did you mean 'name'?
error: tributary.yaml:2:1: 'topics' is not supported by this version
  2 | topics: {}
    | ^
  hint: Remove it: nothing would act on it.
error: tributary.yaml:5:16: there is no connector 'file'
  5 |     connector: file
    |                ^
  hint: Did you mean 'files'?
error: tributary.yaml:6:49: the table 'items' is not of the form schema.name
  6 |   items: {connector: files, path: x.json, into: items, pth: 1}
    |                                                 ^
  hint: For example 'bronze.items'.
error: tributary.yaml:6:56: source 'items' has no key 'pth'
  6 |   items: {connector: files, path: x.json, into: items, pth: 1}
    |                                                        ^
  hint: Did you mean 'path'?
error: tributary.yaml:7:3: the key 'items' stands here a second time
  7 |   items: {}
    |   ^
  hint: It is on line 6 already.
error: tributary.yaml:8:3: the source's name 'Other' is not lower-case letters, digits and '_' (63 at most, no digit first)
  8 |   Other: {connector: rest}
    |   ^
  hint: 'other' would do.
error: tributary.yaml:8:22: the connector 'rest' is not supported by this version
  8 |   Other: {connector: rest}
    |                      ^
  hint: This version reads files: 'connector: files'.
error: tributary.yaml:10:23: there is no connection 'mrts'
  10 |   marts: {connection: mrts, schema: datamart, models: ["gold.*"]}
     |                       ^
  hint: Did you mean 'marts'?
error: tributary.yaml:12:10: connection 'marts' is not a postgres:// URL, the only kind of this version
  12 |   marts: mysql://app:***@localhost/marts
     |          ^
  hint: Write postgres://user:${PASSWORD}@host:5432/database.
)");
}

TEST_F(ProjectTest, ShowsMistakesOfModelsAtTheirPlace) {
  Write("tributary.yaml", "name: shop\n");
  Write("models/loose.sql", "SELECT 1");
  Write("models/gold/Mart 1.sql", "SELECT 1");
  Write("models/gold/empty.sql", "-- nothing\n");
  Write("models/gold/deep/x.sql", "SELECT 1");
  Write("models/gold/a.sql",
        "/* ---\nmaterialised: view\nmaterialized: incremental\ntests: {not_nul: [a], unique: "
        "3}\nrefresh: 10s\n--- */\nSELECT 1 AS a");
  Write("models/gold/b.sql", "/* ---\ntags: [x\n--- */\nSELECT 1");
  Write("models/gold/c.sql", "/* ---\ntags: x\nSELECT 1");
  Write("tests/t.yaml", "x: 1");
  const std::string mistakes = Mistakes();
  EXPECT_THAT(mistakes,
              HasSubstr(R"(error: models/gold/a.sql:2:1: front matter has no key 'materialised'
  2 | materialised: view
    | ^
  hint: Did you mean 'materialized'?
)"));
  EXPECT_THAT(mistakes, HasSubstr(R"(error: models/gold/a.sql:4:9: 'tests' has no key 'not_nul'
  4 | tests: {not_nul: [a], unique: 3}
    |         ^
  hint: Did you mean 'not_null'?
)"));
  EXPECT_THAT(mistakes, HasSubstr("models/gold/a.sql:3:15: 'materialized: incremental' is not "
                                  "supported by this version"));
  EXPECT_THAT(mistakes,
              HasSubstr("models/gold/a.sql:5:1: 'refresh' is not supported by this version"));
  EXPECT_THAT(mistakes, HasSubstr("models/gold/b.sql:3:1: not valid YAML"));
  EXPECT_THAT(mistakes, HasSubstr("models/gold/c.sql:1:1: this front matter does not end"));
  EXPECT_THAT(mistakes, HasSubstr("models/gold/empty.sql: this model has no SELECT"));
  EXPECT_THAT(mistakes, HasSubstr("models/gold/Mart 1.sql: the model's name 'Mart 1' is not"));
  EXPECT_THAT(mistakes, HasSubstr("hint: 'mart_1' would do."));
  EXPECT_THAT(mistakes, HasSubstr(R"(error: models/loose.sql: this model is in no schema
  hint: Move it into a folder named like its schema: models/silver/loose.sql.
)"));
  EXPECT_THAT(mistakes, HasSubstr("models/gold/deep/x.sql: a model is one folder deep"));
  EXPECT_THAT(mistakes, HasSubstr("tests/t.yaml: 'tests/' is not supported by this version"));
}

struct YamlCase {
  const char* yaml;
  const char* mistake;  // "": none
};

class ProjectYamlTest : public ProjectTest, public testing::WithParamInterface<YamlCase> {};

TEST_P(ProjectYamlTest, IsReadStrictly) {
  Write("tributary.yaml", GetParam().yaml);
  const std::string mistakes = Mistakes({.target = "", .variables = {{"SET", "x"}, {"E", ""}}});
  if (std::string(GetParam().mistake).empty()) {
    EXPECT_EQ(mistakes, "");
  } else {
    EXPECT_THAT(mistakes, HasSubstr(GetParam().mistake));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, ProjectYamlTest,
    testing::Values(
        YamlCase{"name: a", ""}, YamlCase{"", "this file is empty"},
        YamlCase{"[a]", "tributary.yaml must be a map of keys and values, not a list"},
        YamlCase{"name:", ":1:1: 'name' must be a text, not nothing"},
        YamlCase{"name: [a]", ":1:7: 'name' must be a text, not a list"},
        YamlCase{"name: !x a", "YAML tags ('!...') are not used in project files"},
        YamlCase{"name: \"a\nlog: embedded\n", ":1:7: this quote is not closed"},
        YamlCase{"name: a\n\tlake: x", "YAML does not take tabs"},
        YamlCase{"name: a\n---\nname: b", "a second YAML document starts here"},
        YamlCase{"name: *b", "the referenced anchor is not defined"},
        YamlCase{"name: a\nsources: &s {x: *s}", "this alias contains itself"},
        YamlCase{"name: a\n[x, y]: 3", "a key is a plain word"},
        YamlCase{"name: a\xff", ":1:8: this byte is not UTF-8"},
        YamlCase{"name: ${MISSING}", ":1:7: the variable 'MISSING' is not set"},
        YamlCase{"name: ${STE}", "Did you mean 'SET'?"}, YamlCase{"name: ${SET}", ""},
        YamlCase{"name: ${MISSING:-b}", ""}, YamlCase{"name: ${E:-b}", ""},
        YamlCase{"name: ${E}", "the name '${E}' is not letters"},
        YamlCase{"name: ${SET", "'${' is not closed"},
        YamlCase{"name: ${a b}", "'${a b}' names no variable"},
        YamlCase{"name: $${SET}", "the name '$${SET}' is not letters"},
        YamlCase{"name: ${file:none.txt}", "none.txt"},
        YamlCase{"name: a\nlog: pulsar://b1:9092",
                 "'log: pulsar://b1:9092' is not supported"},
        YamlCase{"name: a\nregistry: http://r", "is not supported by this version"},
        YamlCase{"name: a\nlake: s3://b/p", "the lake 's3://b/p' is not supported"},
        YamlCase{"name: a\nlake: models/x", "the lake cannot be in 'models'"},
        YamlCase{"name: a\nlake: .", "the lake cannot be the project's own folder"},
        YamlCase{"name: a\nmemory: 4 GiB", ""}, YamlCase{"name: a\nmemory: 50%", ""},
        YamlCase{"name: a\nmemory: 200%", "is not an amount of memory"},
        YamlCase{"name: a\nmemory: 4", "is not an amount of memory"},
        YamlCase{"name: a\nmemory: 1 KB", "is not an amount of memory"},
        YamlCase{"name: a\nsources: []", "'sources' must be a map of keys and values, not a list"},
        YamlCase{"name: a\nsources: {x: {connector: files, into: a.b}}",
                 "source 'x' has no 'path'"},
        YamlCase{"name: a\nsources: {x: {connector: files, path: p}}", "source 'x' has no 'into'"},
        YamlCase{"name: a\nsources: {x: {connector: files, path: p, into: main.b}}",
                 "which the database keeps for itself"},
        YamlCase{"name: a\nsources: {x: {connector: files, path: p, into: a.b__rejected}}",
                 "ends in '__rejected'"},
        YamlCase{"name: a\nsources: {x: {connector: files, path: p, into: a.b, format: xml}}",
                 "there is no format 'xml'"},
        YamlCase{"name: a\nsources: {x: {connector: files, path: p, into: a.b, format: json, "
                 "delimiter: ;}}",
                 "'delimiter' is for CSV only"},
        YamlCase{"name: a\nsources: {x: {connector: files, path: p, into: a.b, delimiter: ab}}",
                 "is not one ASCII character"},
        YamlCase{"name: a\nsources: {x: {connector: files, path: p, into: a.b, header: yes}}",
                 "'header' must be true or false, not 'yes'"},
        YamlCase{"name: a\nsources: {x: {connector: files, path: p, into: a.b, tags: {a: b}}}",
                 "'tags' must be a text or a list of texts, not a map"}));

TEST_F(ProjectTest, BoundsNestingAndAliases) {
  std::string deep = "name: a\nsources: ";
  for (int i = 0; i < 300; ++i) deep += "[";
  Write("tributary.yaml", deep);
  EXPECT_THAT(Mistakes(), HasSubstr("nested too deeply"));

  std::string laughs = "name: a\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int k = 0; k < 9; ++k) laughs += ", " + last;
    laughs += "]\n";
  }
  Write("tributary.yaml", laughs);
  EXPECT_THAT(Mistakes(), HasSubstr("more than 200,000 values"));
}

TEST_F(ProjectTest, ATargetOverridesAndLeavesTheVariablesOfOthersAlone) {
  Write("tributary.yaml", R"(name: shop
lake: lake
connections: {marts: "postgres://${DEV_USER}@localhost/dev"}
targets:
  prod: {lake: /srv/lake, connections: {marts: "postgres://${PROD_USER}@db/prod"}}
  test: {lake: /tmp/lake}
)");
  const Project dev = Sound({.target = "", .variables = {{"DEV_USER", "d"}}});
  EXPECT_EQ(dev.lake, "/p/lake");
  EXPECT_EQ(dev.connections.at("marts"), "postgres://d@localhost/dev");
  const Project prod = Sound({.target = "prod", .variables = {{"PROD_USER", "p"}}});
  EXPECT_EQ(prod.lake, "/srv/lake");
  EXPECT_EQ(prod.connections.at("marts"), "postgres://p@db/prod");
  const Project test =
      Sound({.target = "", .variables = {{"DEV_USER", "d"}, {"TRIBUTARY_TARGET", "test"}}});
  EXPECT_EQ(test.lake, "/tmp/lake");
  EXPECT_THAT(Mistakes({.target = "prd", .variables = {{"DEV_USER", "d"}}}),
              HasSubstr("there is no target 'prd'\n  4 | targets:\n    | ^\n  hint: Did you mean "
                        "'prod'?"));
}

TEST_F(ProjectTest, DotEnvStandsBelowTheEnvironmentAndSecretsComeFromFiles) {
  Write("tributary.yaml", R"(name: ${NAME}
connections: {a: "postgres://${USER1}:${file:secret}@h/d"}
)");
  Write(".env", "# comment\nexport NAME='from file'\nUSER1=\"u#1\" # x\n");
  Write("secret", "pass\n");
  const Project project = Sound({.target = "", .variables = {{"NAME", "env"}}});
  EXPECT_EQ(project.name, "env");
  EXPECT_EQ(project.connections.at("a"), "postgres://u#1:pass@h/d");
  Write(".env", "NAME=x\nUSER1='open\nhunter2\n");
  const std::string mistakes = Mistakes();
  EXPECT_THAT(mistakes, HasSubstr(".env:2: the quote of 'USER1' is not closed"));
  EXPECT_THAT(mistakes, HasSubstr(".env:3: this line is not NAME=value"));
  EXPECT_THAT(mistakes, Not(HasSubstr("hunter2")));
}

TEST_F(ProjectTest, NeverShowsAPassword) {
  Write("tributary.yaml",
        "name: a\nconnections: {a: postgres://u:hunter2@h/d, b: 'host=x password=hunter2'}\n"
        "targets: {x: {lake: a, connections: {b: {p: hunter2}}}, y: 'postgres://u:hunter2@h'}\n"
        "publish: {p: {connection: 'postgres://u:hunter2@h', schema: s, models: [m]}}\n");
  const std::string mistakes = Mistakes({.target = "x", .variables = {}});
  EXPECT_THAT(mistakes, HasSubstr("connection 'b'"));
  EXPECT_THAT(mistakes, Not(HasSubstr("hunter2")));
}

TEST_F(ProjectTest, IsFoundFromAFolderBelow) {
  Write("tributary.yaml", "name: a\n");
  Write("models/gold/a.sql", "SELECT 1");
  EXPECT_EQ(FindProject(files_, "/p/models/gold").value(), "/p");
  EXPECT_EQ(FindProject(files_, "/p/").value(), "/p");
  ASSERT_TRUE(files_.CreateDirectories("/elsewhere").ok());
  EXPECT_EQ(FindProject(files_, "/elsewhere").error().code(), base::Code::kNotFound);
}

}  // namespace
}  // namespace pipeline
