// Lake tables read through SQL: the right version, the files that matter.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "lake/stats.h"
#include "sql/test_lake.h"

namespace sql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class LakeReadTest : public LakeSqlTest {};

INSTANTIATE_TEST_SUITE_P(Stores, LakeReadTest,
                         testing::Values(StoreKind::kMemory, StoreKind::kLocal),
                         [](const auto& kind) {
                           return kind.param == StoreKind::kMemory ? "Memory" : "Local";
                         });

TEST_P(LakeReadTest, FilesThatCannotMatchAreNotRead) {
  const auto table = Registered("t");
  for (int part = 0; part < 4; ++part) {
    Write(*table, "SELECT range + " + std::to_string(part * 1000) +
                      " AS i, 'x' || range AS s FROM range(1000)");
  }
  const auto plan_of = [&](const std::string& where) {
    return base::Join(Text("EXPLAIN ANALYZE SELECT count(s) FROM silver.t WHERE " + where), "\n");
  };
  EXPECT_THAT(plan_of("i = 2500"), HasSubstr("Total Files Read: 1"));
  EXPECT_THAT(plan_of("i BETWEEN 900 AND 1100"), HasSubstr("Total Files Read: 2"));
  EXPECT_THAT(plan_of("i < 10 OR i > 3990"), HasSubstr("Total Files Read: 4"));
  EXPECT_THAT(plan_of("true"), HasSubstr("Total Files Read: 4"));
  EXPECT_THAT(Text("SELECT count(*), min(i) FROM silver.t WHERE i >= 2500"),
              ElementsAre("1500|2500"));
  EXPECT_THAT(Text("SELECT count(*) FROM silver.t WHERE i > 5000"), ElementsAre("0"));
}

TEST_P(LakeReadTest, FilesOfOtherPartitionsAreNotRead) {
  const auto table = Registered("t");
  WriteOptions options;
  options.partition_by = {"p"};
  Write(*table, "SELECT range AS i, range % 5 AS p FROM range(1000)", options);
  const auto plan = base::Join(
      Text("EXPLAIN ANALYZE SELECT sum(i) FROM silver.t WHERE p IN (1, 3) AND i > 10"), "\n");
  EXPECT_THAT(plan, HasSubstr("Total Files Read: 2"));
}

TEST_P(LakeReadTest, OnlyTheColumnsAskedForAreRead) {
  const auto table = Registered("t");
  Write(*table, "SELECT range AS a, range * 2 AS b, 'c' AS c FROM range(10)");
  const auto plan = base::Join(Text("EXPLAIN SELECT b FROM silver.t WHERE a = 3"), "\n");
  EXPECT_THAT(plan, Not(HasSubstr("c\n")));
  EXPECT_THAT(Text("SELECT b FROM silver.t WHERE a = 3"), ElementsAre("6"));
}

TEST_P(LakeReadTest, EarlierStatesAreReadByVersionAndTime) {
  const auto table = Registered("t");
  Write(*table, "SELECT 1 AS i");
  Write(*table, "SELECT 2 AS i");
  Write(*table, "SELECT 3 AS i", Overwrite());
  EXPECT_THAT(Text("SELECT i FROM silver.t"), ElementsAre("3"));
  EXPECT_THAT(Text("SELECT i FROM lake_scan('silver.t', version => 1) ORDER BY i"),
              ElementsAre("1", "2"));
  EXPECT_THAT(Text("SELECT i FROM lake_scan('silver.t', version => 0)"), ElementsAre("1"));
  const int64_t first = (*table->LoadVersion(lake::Version(0)))->timestamp_unix_ms();
  const int64_t last = (*table->LoadVersion(lake::Version(2)))->timestamp_unix_ms();
  EXPECT_THAT(
      Text("SELECT count(*) FROM lake_scan('silver.t', as_of => '" + base::FormatUtc(last) + "')"),
      ElementsAre("1"));
  const auto too_early = connection_->Query("SELECT * FROM lake_scan('silver.t', as_of => '" +
                                            base::FormatUtc(first - 86'400'000) + "')");
  EXPECT_EQ(too_early.error().code(), base::Code::kNotFound) << too_early.error().ToString();
  EXPECT_EQ(connection_->Query("SELECT * FROM lake_scan('silver.t', version => 9)").error().code(),
            base::Code::kNotFound);
}

TEST_P(LakeReadTest, AnUnknownTableIsNamedWithTheNearestOne) {
  Registered("reviews");
  const auto error = connection_->Query("SELECT * FROM lake_scan('silver.review')").error();
  EXPECT_THAT(error.message(), HasSubstr("silver.review"));
  EXPECT_THAT(error.hint(), HasSubstr("silver.reviews"));
}

TEST_P(LakeReadTest, ATableRegisteredBeforeItExistsAppearsOnceItDoes) {
  const auto table = Registered("later");
  EXPECT_FALSE(connection_->Query("SELECT * FROM silver.later").ok());
  Write(*table, "SELECT 1 AS i");
  EXPECT_THAT(Text("SELECT later.i FROM silver.later"), ElementsAre("1"));
}

TEST_P(LakeReadTest, AViewOverATableFollowsItsSchema) {
  const auto table = Registered("t");
  Write(*table, "SELECT 1 AS i");
  ASSERT_TRUE(engine_->RegisterTable("silver", "t", table).ok());
  ASSERT_TRUE(engine_->RegisterView("gold", "v", "SELECT i FROM silver.t").ok());
  WriteOptions replace = Overwrite();
  replace.evolve_schema = true;
  Write(*table, "SELECT 'x' AS s, 2.5::DOUBLE AS i", replace);
  EXPECT_THAT(Text("SELECT * FROM gold.v"), ElementsAre("2.5"));
  ASSERT_TRUE(engine_->RegisterTable("silver", "t", table).ok());
  EXPECT_THAT(Text("SELECT * FROM silver.t"), ElementsAre("x|2.5"));
  EXPECT_THAT(Text("SELECT column_name FROM information_schema.columns "
                   "WHERE table_schema = 'silver' ORDER BY ordinal_position"),
              ElementsAre("s", "i"));
}

TEST_P(LakeReadTest, ATransactionSeesOneVersion) {
  const auto table = Registered("t");
  Write(*table, "SELECT 1 AS i");
  auto reader = std::move(engine_->Connect()).value();
  ASSERT_TRUE(reader->Execute("BEGIN").ok());
  EXPECT_THAT(Text(*reader, "SELECT count(*) FROM silver.t"), ElementsAre("1"));
  Write(*table, "SELECT 2 AS i");
  EXPECT_THAT(Text(*reader, "SELECT count(*) FROM silver.t"), ElementsAre("1"));
  ASSERT_TRUE(reader->Execute("COMMIT").ok());
  EXPECT_THAT(Text(*reader, "SELECT count(*) FROM silver.t"), ElementsAre("2"));
}

TEST_P(LakeReadTest, AReaderUnderWayKeepsItsVersionWhenTheTableIsOverwritten) {
  const auto table = Registered("t");
  Write(*table, "SELECT range AS i FROM range(500000)");
  auto reader = std::move(engine_->Connect()).value();
  auto rows = std::move(reader->Query("SELECT i FROM silver.t")).value();
  std::vector<Rows::TextRow> batch;
  ASSERT_TRUE(*rows->NextText(batch));
  int64_t count = static_cast<int64_t>(batch.size());
  Write(*table, "SELECT -1::BIGINT AS i", Overwrite());
  while (*rows->NextText(batch)) {
    for (const auto& row : batch) ASSERT_NE(*row[0], "-1");
    count += static_cast<int64_t>(batch.size());
  }
  EXPECT_EQ(count, 500000);
  EXPECT_THAT(Text("SELECT i FROM silver.t"), ElementsAre("-1"));
}

TEST_P(LakeReadTest, StatisticsTellTheTruthOfEveryFile) {
  const auto table = NewTable("silver/t");
  Write(*table,
        "SELECT range AS i, CASE WHEN range > 2 THEN 'x' || range END AS s, "
        "{'x': -range} AS st, CASE WHEN range = 1 THEN 'nan'::DOUBLE ELSE 0.5 END AS d "
        "FROM range(5)");
  const auto snapshot = *table->Load();
  ASSERT_EQ(snapshot->files().size(), 1u);
  const lake::AddFile& file = snapshot->files()[0];
  ASSERT_TRUE(file.stats_json.has_value());
  EXPECT_EQ(lake::NumRecords(*file.stats_json), 5);
  EXPECT_THAT(*file.stats_json, HasSubstr(R"("i":0)"));
  EXPECT_THAT(*file.stats_json, HasSubstr(R"("i":4)"));
  EXPECT_THAT(*file.stats_json, HasSubstr(R"("s":"x3")"));
  EXPECT_THAT(*file.stats_json, HasSubstr(R"("s":3)"));
  EXPECT_THAT(*file.stats_json, HasSubstr(R"("st":{"x":-4})"));
  EXPECT_EQ(file.stats_json->find(R"("d":0.5)"), file.stats_json->rfind(R"("d":0.5)"))
      << "a column with a NaN has no maximum";
  EXPECT_EQ(static_cast<uint64_t>(file.size_bytes),
            inner_->Head("silver/t/" + file.path)->size_bytes);
}

TEST_P(LakeReadTest, TextsAndFilesOfAMillionRowsComeBackWhole) {
  const auto table = Registered("t");
  const auto result = Write(
      *table, "SELECT range AS i, md5(range::VARCHAR) AS s, range % 7 AS k FROM range(1000000)");
  EXPECT_EQ(result.num_rows, 1000000);
  EXPECT_THAT(Text("SELECT count(*), count(DISTINCT s), sum(i), sum(k) FROM silver.t"),
              ElementsAre("1000000|1000000|499999500000|2999997"));
}

TEST_P(LakeReadTest, ACheckpointHoldsTheTableAndReadersStartFromIt) {
  const auto table = Registered("t");
  WriteOptions options;
  options.partition_by = {"p"};
  options.txns = {{.app_id = "app", .version = 3}};
  Write(*table,
        "SELECT range AS i, CASE WHEN range % 3 > 0 THEN 'p' || range % 3 END AS p, "
        "TIMESTAMP '2026-01-01' AS t FROM range(30)",
        options);
  options.txns.clear();
  Write(*table, "SELECT 100 AS i, 'p1' AS p, NULL::TIMESTAMP AS t", options);
  Write(*table, "SELECT range AS i, 'a/b' AS p, TIMESTAMP '2026-01-01' AS t FROM range(5)",
        Overwrite());
  Write(*table, "SELECT 7 AS i, NULL::VARCHAR AS p, NULL::TIMESTAMP AS t");
  const auto before = *table->Load();
  ASSERT_TRUE(table->Checkpoint().ok());
  const auto log = inner_->List("silver/t/_delta_log/");
  ASSERT_TRUE(log.ok());
  for (const auto& info : log.value()) {
    if (!info.key.ends_with(".json")) continue;
    ASSERT_TRUE(inner_->Delete(info.key).ok());
  }
  const auto reopened = NewTable("silver/t");
  const auto after = reopened->Load();
  ASSERT_TRUE(after.ok()) << after.error().ToString();
  EXPECT_EQ((*after)->version(), before->version());
  EXPECT_EQ((*after)->metadata(), before->metadata());
  EXPECT_EQ((*after)->protocol(), before->protocol());
  EXPECT_EQ((*after)->files().size(), before->files().size());
  for (size_t i = 0; i < before->files().size(); ++i) {
    EXPECT_EQ((*after)->files()[i].path, before->files()[i].path);
    EXPECT_EQ((*after)->files()[i].partition_values, before->files()[i].partition_values);
    EXPECT_EQ((*after)->files()[i].stats_json, before->files()[i].stats_json);
  }
  EXPECT_EQ((*after)->TxnVersion("app"), 3);
  ASSERT_TRUE(engine_->RegisterTable("silver", "again", reopened).ok());
  EXPECT_EQ(Text("SELECT i, p, t FROM silver.again ORDER BY ALL"),
            Text("SELECT i, p, t FROM silver.t ORDER BY ALL"));
}

}  // namespace
}  // namespace sql
