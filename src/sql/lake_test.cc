// Lake tables through SQL: what is written is what is read, whoever else writes meanwhile.
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/text.h"
#include "columnar/column_writer.h"
#include "env/files.h"
#include "lake/stats.h"
#include "object/faulty_store.h"
#include "object/local_store.h"
#include "object/memory_store.h"
#include "sql/engine.h"

namespace sql {
namespace {

using columnar::TypeId;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

enum class StoreKind { kMemory, kLocal };

// A millisecond later every time somebody looks, so that no two commits share one.
class TickingClock final : public base::Clock {
 public:
  int64_t NowUnixMs() const override { return ++unix_ms_; }
  int64_t MonotonicMs() const override { return ++unix_ms_; }

 private:
  mutable std::atomic<int64_t> unix_ms_ = base::SystemClock().NowUnixMs();
};

class LakeSqlTest : public testing::TestWithParam<StoreKind> {
 protected:
  LakeSqlTest() : files_(env::NewRealFiles()) {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    root_ = testing::TempDir() + "/lake_sql_" + std::to_string(getpid()) + "_" +
            std::to_string(std::hash<std::string>{}(std::string(info->name())));
    std::filesystem::remove_all(root_);
    if (GetParam() == StoreKind::kMemory) {
      inner_ = std::make_shared<object::MemoryStore>(&clock_);
    } else {
      inner_ = std::make_shared<object::LocalStore>(files_.get(), root_ + "/lake");
    }
    store_ = std::make_shared<object::FaultyStore>(inner_);
    EngineOptions options;
    options.temp_directory = root_ + "/spill";
    options.threads = 2;
    options.memory_bytes_max = uint64_t{512} << 20;
    engine_ = std::move(Engine::Open(options)).value();
    connection_ = std::move(engine_->Connect()).value();
  }
  ~LakeSqlTest() override { std::filesystem::remove_all(root_); }

  std::shared_ptr<lake::Table> NewTable(const std::string& folder) {
    return std::make_shared<lake::Table>(object::Under(store_, folder),
                                         &engine_->checkpoint_files(), &clock_);
  }

  // A registered table of silver's.
  std::shared_ptr<lake::Table> Registered(const std::string& name) {
    auto table = NewTable("silver/" + name);
    const auto result = engine_->RegisterTable("silver", name, table);
    EXPECT_TRUE(result.ok()) << result.error().ToString();
    return table;
  }

  static WriteOptions Overwrite() {
    WriteOptions options;
    options.mode = SaveMode::kOverwrite;
    return options;
  }

  WriteResult Write(lake::Table& table, const std::string& query,
                    const WriteOptions& options = WriteOptions()) {
    const auto result = connection_->WriteTable(table, query, options);
    EXPECT_TRUE(result.ok()) << query << ": " << result.error().ToString();
    return result.ok() ? *result : WriteResult();
  }

  base::Error WriteError(lake::Table& table, const std::string& query,
                         const WriteOptions& options = WriteOptions()) {
    const auto result = connection_->WriteTable(table, query, options);
    EXPECT_FALSE(result.ok()) << query;
    return result.ok() ? base::Internal("no error came") : result.error();
  }

  std::vector<std::string> Text(const std::string& query) { return Text(*connection_, query); }

  static std::vector<std::string> Text(Connection& connection, const std::string& query) {
    auto rows = connection.Query(query);
    EXPECT_TRUE(rows.ok()) << query << ": " << rows.error().ToString();
    std::vector<std::string> lines;
    if (!rows.ok()) return lines;
    std::vector<Rows::TextRow> batch;
    while (true) {
      const auto more = (*rows)->NextText(batch);
      EXPECT_TRUE(more.ok()) << query << ": " << more.error().ToString();
      if (!more.ok() || !*more) return lines;
      for (const auto& row : batch) {
        std::string line;
        for (const auto& cell : row) line += (line.empty() ? "" : "|") + cell.value_or("<null>");
        lines.push_back(line);
      }
    }
  }

  std::vector<std::string> DataKeys(const std::string& folder) {
    std::vector<std::string> keys;
    const auto objects = inner_->List(folder);
    EXPECT_TRUE(objects.ok());
    for (const auto& info : objects.value()) {
      if (info.key.find("_delta_log") == std::string::npos) keys.push_back(info.key);
    }
    return keys;
  }

  TickingClock clock_;
  std::unique_ptr<env::Files> files_;
  std::string root_;
  std::shared_ptr<object::ObjectStore> inner_;
  std::shared_ptr<object::FaultyStore> store_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Connection> connection_;
};

INSTANTIATE_TEST_SUITE_P(Stores, LakeSqlTest,
                         testing::Values(StoreKind::kMemory, StoreKind::kLocal),
                         [](const auto& kind) {
                           return kind.param == StoreKind::kMemory ? "Memory" : "Local";
                         });

struct TypeCase {
  const char* value;  // SQL
  const char* type;   // read back as
};

constexpr TypeCase kTypeCases[] = {
    {"true", "BOOLEAN"},
    {"(-128)::TINYINT", "TINYINT"},
    {"32767::SMALLINT", "SMALLINT"},
    {"(-2147483648)::INTEGER", "INTEGER"},
    {"9223372036854775807::BIGINT", "BIGINT"},
    {"255::UTINYINT", "SMALLINT"},
    {"65535::USMALLINT", "INTEGER"},
    {"4294967295::UINTEGER", "BIGINT"},
    {"18446744073709551615::UBIGINT", "DECIMAL(20,0)"},
    {"99999999999999999999999999999999999999::HUGEINT", "DECIMAL(38,0)"},
    {"9007199254740993::HUGEINT", "DECIMAL(38,0)"},
    {"0.1::FLOAT", "FLOAT"},
    {"(-1e300)::DOUBLE", "DOUBLE"},
    {"'nan'::DOUBLE", "DOUBLE"},
    {"'-infinity'::DOUBLE", "DOUBLE"},
    {"1234567.89::DECIMAL(9,2)", "DECIMAL(9,2)"},
    {"(-0.05)::DECIMAL(2,2)", "DECIMAL(2,2)"},
    {"12345678901234567890123456789012345.678::DECIMAL(38,3)", "DECIMAL(38,3)"},
    {"'größe € \U0001F600 \"quoted\"'", "VARCHAR"},
    {"''", "VARCHAR"},
    {"'\\x00\\xFFab'::BLOB", "BLOB"},
    {"'6ba7b810-9dad-11d1-80b4-00c04fd430c8'::UUID", "UUID"},
    {"'it''s b'::ENUM('a', 'it''s b')", "ENUM('a', 'it''s b')"},
    {"'{\"a\": [1, null, \"é\"]}'::JSON", "JSON"},
    {"DATE '1583-10-15'", "DATE"},
    {"TIME '23:59:59.999999'", "TIME"},
    {"TIMESTAMP '2026-11-21 04:10:00.123456'", "TIMESTAMP"},
    {"TIMESTAMP_S '1900-01-01 00:00:01'", "TIMESTAMP"},
    {"TIMESTAMP_MS '2026-11-21 04:10:00.123'", "TIMESTAMP"},
    {"TIMESTAMPTZ '2026-11-21 04:10:00.123456+02'", "TIMESTAMP WITH TIME ZONE"},
    {"[1, NULL, 3]", "INTEGER[]"},
    {"[]::VARCHAR[]", "VARCHAR[]"},
    {"[['a'], NULL, []]", "VARCHAR[][]"},
    {"array_value(1.5::FLOAT, 2.5)", "FLOAT[2]"},
    {"{'a': 1, 'b c': {'d': 'x', 'e': NULL::DATE}}",
     "STRUCT(a INTEGER, \"b c\" STRUCT(d VARCHAR, e DATE))"},
    {"MAP {'k': 1.5, 'l': NULL}", "MAP(VARCHAR, DECIMAL(2,1))"},
    {"[{'id': '6ba7b810-9dad-11d1-80b4-00c04fd430c8'::UUID, 't': TIME '01:02:03'}]",
     "STRUCT(id UUID, t TIME)[]"},
    {"MAP {'k': ['{}'::JSON]}", "MAP(VARCHAR, JSON[])"},
};

TEST_P(LakeSqlTest, EveryTypeComesBackAsItsRowOfTheTableSays) {
  int number = 0;
  for (const TypeCase& test : kTypeCases) {
    const auto table = Registered("t" + std::to_string(++number));
    const std::string value = test.value;
    Write(*table, "SELECT 1 AS i, " + value + " AS v UNION ALL SELECT 2, NULL");
    const std::string name = "silver.t" + std::to_string(number);
    const auto expected = Text("SELECT CAST(" + value + " AS " + test.type + ")::VARCHAR");
    EXPECT_EQ(Text("SELECT v::VARCHAR FROM " + name + " WHERE i = 1"), expected) << value;
    EXPECT_THAT(Text("SELECT v FROM " + name + " WHERE i = 2"), ElementsAre("<null>")) << value;
    EXPECT_THAT(Text("SELECT DISTINCT typeof(v) FROM " + name), ElementsAre(test.type)) << value;
  }
}

TEST_P(LakeSqlTest, FiltersOnEveryTypeFindTheirRows) {
  int number = 0;
  for (const TypeCase& test : kTypeCases) {
    if (std::string_view(test.type).find("JSON") != std::string_view::npos) continue;  // no order
    const auto table = Registered("t" + std::to_string(++number));
    const std::string value = std::string("CAST(") + test.value + " AS " + test.type + ")";
    Write(*table, "SELECT 1 AS i, " + std::string(test.value) + " AS v");
    Write(*table, "SELECT 2 AS i, NULL::" + std::string(test.type) + " AS v");
    const std::string from = "SELECT i FROM silver.t" + std::to_string(number) + " WHERE v ";
    EXPECT_THAT(Text(from + "= " + value), ElementsAre("1")) << value;
    EXPECT_THAT(Text(from + "<= " + value), ElementsAre("1")) << value;
    EXPECT_THAT(Text(from + "< " + value), IsEmpty()) << value;
    EXPECT_THAT(Text(from + "> " + value), IsEmpty()) << value;
    EXPECT_THAT(Text(from + "IS NULL"), ElementsAre("2")) << value;
    EXPECT_THAT(Text(from + "IN (" + value + ")"), ElementsAre("1")) << value;
  }
}

TEST_P(LakeSqlTest, ATypeNoTableHoldsIsRefusedWithTheCastToWrite) {
  const auto table = NewTable("silver/t");
  for (const char* value : {"INTERVAL 1 DAY", "'0101'::BIT", "NULL", "union_value(a := 1)",
                            "TIMESTAMP_NS '2026-01-01'", "1::UHUGEINT"}) {
    const auto error = WriteError(*table, std::string("SELECT ") + value + " AS v");
    EXPECT_EQ(error.code(), base::Code::kUnsupported) << value;
    EXPECT_THAT(error.hint(), HasSubstr("CAST(\"v\" AS ")) << value;
  }
  EXPECT_THAT(DataKeys(""), IsEmpty());
}

TEST_P(LakeSqlTest, ANumberTooLargeForTheTableIsAnErrorAndLeavesNothing) {
  const auto table = NewTable("silver/t");
  const auto error =
      WriteError(*table,
                 "SELECT 170141183460469231731687303715884105727::HUGEINT + range AS v "
                 "FROM range(1)");
  EXPECT_EQ(error.code(), base::Code::kInvalidArgument) << error.ToString();
  EXPECT_THAT(error.message(), HasSubstr("170141183460469231731687303715884105727"));
  EXPECT_THAT(DataKeys(""), IsEmpty());
  EXPECT_EQ(table->Load().error().code(), base::Code::kNotFound);
}

TEST_P(LakeSqlTest, PartitionValuesOfAnyLookComeBack) {
  const auto table = Registered("t");
  WriteOptions options;
  options.partition_by = {"p"};
  const std::string values =
      "(VALUES (1, 'a b'), (2, 'a/b=c%20'), (3, NULL), (4, 'NULL'), (5, 'größe €'), "
      "(6, '__HIVE_DEFAULT_PARTITION__x'), (7, '..'), (8, 'a:b?*'), (9, ' '), (10, 'v1:x'), "
      "(11, '\"'), (12, chr(10))) t(i, p)";
  const auto result = Write(*table, "SELECT i, p FROM " + values, options);
  EXPECT_EQ(result.num_files, 12);
  EXPECT_EQ(Text("SELECT i, p FROM silver.t ORDER BY i"), Text("SELECT i, p FROM " + values));
  EXPECT_THAT(Text("SELECT i FROM silver.t WHERE p = 'a/b=c%20'"), ElementsAre("2"));
  EXPECT_THAT(Text("SELECT i FROM silver.t WHERE p IS NULL"), ElementsAre("3"));
  EXPECT_THAT(Text("SELECT i FROM silver.t WHERE p = 'NULL'"), ElementsAre("4"));
  EXPECT_THAT(Text("SELECT count(*) FROM silver.t"), ElementsAre("12"));
  EXPECT_THAT(Text("SELECT DISTINCT p FROM silver.t WHERE p < 'a' ORDER BY 1"), Not(IsEmpty()));
}

TEST_P(LakeSqlTest, PartitionsOfEveryTypeAreReadAndPruned) {
  int number = 0;
  for (const TypeCase& test : kTypeCases) {
    const std::string type = test.type;
    if (type.find('[') != std::string::npos || type.find("STRUCT") == 0 || type.find("MAP") == 0 ||
        type == "BLOB" || type.find("JSON") == 0 || std::string(test.value) == "''") {
      continue;
    }
    const auto table = Registered("t" + std::to_string(++number));
    WriteOptions options;
    options.partition_by = {"v"};
    Write(*table, "SELECT 1 AS i, " + std::string(test.value) + " AS v UNION ALL SELECT 2, NULL",
          options);
    const std::string from = " FROM silver.t" + std::to_string(number);
    const std::string value = std::string("CAST(") + test.value + " AS " + type + ")";
    EXPECT_EQ(Text("SELECT v::VARCHAR" + from + " WHERE i = 1"),
              Text("SELECT " + value + "::VARCHAR"));
    EXPECT_THAT(Text("SELECT i" + from + " WHERE v = " + value), ElementsAre("1")) << value;
    EXPECT_THAT(Text("SELECT i" + from + " WHERE v IS NULL"), ElementsAre("2")) << value;
    EXPECT_THAT(Text("SELECT DISTINCT typeof(v)" + from), ElementsAre(type)) << value;
  }
}

TEST_P(LakeSqlTest, AnEmptyTextToPartitionByIsRefusedForItWouldBecomeNull) {
  const auto table = NewTable("silver/t");
  WriteOptions options;
  options.partition_by = {"p"};
  const auto error = WriteError(*table, "SELECT 1 AS i, '' AS p", options);
  EXPECT_EQ(error.code(), base::Code::kInvalidArgument) << error.ToString();
  EXPECT_THAT(error.message(), HasSubstr("'p'"));
  EXPECT_THAT(DataKeys(""), IsEmpty());
}

TEST_P(LakeSqlTest, SeveralPartitionColumnsNestTheirFolders) {
  const auto table = Registered("t");
  WriteOptions options;
  options.partition_by = {"day", "country"};
  Write(*table,
        "SELECT range AS i, DATE '2026-01-01' + (range % 2)::INT AS day, "
        "CASE WHEN range % 3 = 0 THEN 'de' END AS country FROM range(12)",
        options);
  for (const std::string& key : DataKeys("silver/t")) {
    EXPECT_THAT(key, HasSubstr("/day=2026-01-0"));
    EXPECT_THAT(key, HasSubstr("/country="));
  }
  EXPECT_THAT(Text("SELECT day, country, count(*), sum(i) FROM silver.t GROUP BY ALL ORDER BY ALL"),
              ElementsAre("2026-01-01|de|2|6", "2026-01-01|<null>|4|24", "2026-01-02|de|2|12",
                          "2026-01-02|<null>|4|24"));
}

TEST_P(LakeSqlTest, FilesThatCannotMatchAreNotRead) {
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

TEST_P(LakeSqlTest, FilesOfOtherPartitionsAreNotRead) {
  const auto table = Registered("t");
  WriteOptions options;
  options.partition_by = {"p"};
  Write(*table, "SELECT range AS i, range % 5 AS p FROM range(1000)", options);
  const auto plan = base::Join(
      Text("EXPLAIN ANALYZE SELECT sum(i) FROM silver.t WHERE p IN (1, 3) AND i > 10"), "\n");
  EXPECT_THAT(plan, HasSubstr("Total Files Read: 2"));
}

TEST_P(LakeSqlTest, OnlyTheColumnsAskedForAreRead) {
  const auto table = Registered("t");
  Write(*table, "SELECT range AS a, range * 2 AS b, 'c' AS c FROM range(10)");
  const auto plan = base::Join(Text("EXPLAIN SELECT b FROM silver.t WHERE a = 3"), "\n");
  EXPECT_THAT(plan, Not(HasSubstr("c\n")));
  EXPECT_THAT(Text("SELECT b FROM silver.t WHERE a = 3"), ElementsAre("6"));
}

TEST_P(LakeSqlTest, EarlierStatesAreReadByVersionAndTime) {
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

TEST_P(LakeSqlTest, AnUnknownTableIsNamedWithTheNearestOne) {
  Registered("reviews");
  const auto error = connection_->Query("SELECT * FROM lake_scan('silver.review')").error();
  EXPECT_THAT(error.message(), HasSubstr("silver.review"));
  EXPECT_THAT(error.hint(), HasSubstr("silver.reviews"));
}

TEST_P(LakeSqlTest, ATableRegisteredBeforeItExistsAppearsOnceItDoes) {
  const auto table = Registered("later");
  EXPECT_FALSE(connection_->Query("SELECT * FROM silver.later").ok());
  Write(*table, "SELECT 1 AS i");
  EXPECT_THAT(Text("SELECT later.i FROM silver.later"), ElementsAre("1"));
}

TEST_P(LakeSqlTest, AViewOverATableFollowsItsSchema) {
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

TEST_P(LakeSqlTest, ATransactionSeesOneVersion) {
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

TEST_P(LakeSqlTest, AReaderUnderWayKeepsItsVersionWhenTheTableIsOverwritten) {
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

TEST_P(LakeSqlTest, AQueryMayReadTheTableItOverwrites) {
  const auto table = Registered("t");
  Write(*table, "SELECT range AS i FROM range(10)");
  Write(*table, "SELECT i * 2 AS i FROM silver.t WHERE i > 7", Overwrite());
  EXPECT_THAT(Text("SELECT i FROM silver.t ORDER BY i"), ElementsAre("16", "18"));
}

TEST_P(LakeSqlTest, TwoWritersAppendingAtOnceLoseNothing) {
  const auto first = Registered("t");
  Write(*first, "SELECT -1::BIGINT AS i");
  const auto append = [&](int64_t from) {
    const auto table = NewTable("silver/t");  // as another process would
    auto connection = std::move(engine_->Connect()).value();
    for (int64_t i = from; i < from + 12; ++i) {
      const auto result = connection->WriteTable(
          *table, "SELECT " + std::to_string(i) + "::BIGINT AS i", WriteOptions());
      ASSERT_TRUE(result.ok()) << result.error().ToString();
    }
  };
  std::thread one(append, 0), two(append, 100);
  one.join();
  two.join();
  EXPECT_THAT(Text("SELECT count(*), count(DISTINCT i) FROM silver.t WHERE i >= 0"),
              ElementsAre("24|24"));
}

TEST_P(LakeSqlTest, OverwritesAtOnceEachEndWithOneOfThemWhole) {
  const auto first = Registered("t");
  Write(*first, "SELECT 0::BIGINT AS writer, 0::BIGINT AS i");
  const auto overwrite = [&](int64_t writer) {
    const auto table = NewTable("silver/t");
    auto connection = std::move(engine_->Connect()).value();
    for (int round = 0; round < 5; ++round) {
      const auto result = connection->WriteTable(*table,
                                                 "SELECT " + std::to_string(writer) +
                                                     "::BIGINT AS writer, range AS i "
                                                     "FROM range(10)",
                                                 Overwrite());
      ASSERT_TRUE(result.ok()) << result.error().ToString();
    }
  };
  std::thread one(overwrite, 1), two(overwrite, 2);
  one.join();
  two.join();
  EXPECT_THAT(Text("SELECT count(*), count(DISTINCT writer) FROM silver.t"), ElementsAre("10|1"));
  EXPECT_EQ((*first->Load())->version(), lake::Version(10));
}

TEST_P(LakeSqlTest, ColumnsGoToTheirNamesWhateverTheirOrder) {
  const auto table = Registered("t");
  Write(*table, "SELECT 1 AS a, 'x' AS b");
  Write(*table, "SELECT 'y' AS B, 2 AS A");
  Write(*table, "SELECT 3::TINYINT AS a");
  EXPECT_THAT(Text("SELECT a, b FROM silver.t ORDER BY a"), ElementsAre("1|x", "2|y", "3|<null>"));
}

TEST_P(LakeSqlTest, ASchemaGrowsOnlyWhenAsked) {
  const auto table = Registered("t");
  Write(*table, "SELECT 1 AS a");
  const auto error = WriteError(*table, "SELECT 2 AS a, 'new' AS b");
  EXPECT_EQ(error.code(), base::Code::kInvalidArgument);
  EXPECT_THAT(error.message(), HasSubstr("'b'"));
  WriteOptions evolve;
  evolve.evolve_schema = true;
  Write(*table, "SELECT 2 AS a, 'new' AS b, {'x': 1} AS c", evolve);
  ASSERT_TRUE(engine_->RegisterTable("silver", "t", table).ok());
  EXPECT_THAT(Text("SELECT a, b, c, c.x FROM silver.t ORDER BY a"),
              ElementsAre("1|<null>|<null>|<null>", "2|new|{'x': 1}|1"));
  EXPECT_THAT(Text("SELECT a FROM silver.t WHERE b IS NULL"), ElementsAre("1"));
  EXPECT_THAT(Text("SELECT a FROM silver.t WHERE c.x = 1"), ElementsAre("2"));
}

TEST_P(LakeSqlTest, AValueIsNeverNarrowed) {
  const auto table = NewTable("silver/t");
  Write(*table, "SELECT 1::INTEGER AS a");
  EXPECT_EQ(WriteError(*table, "SELECT 1::BIGINT AS a").code(), base::Code::kInvalidArgument);
  EXPECT_EQ(WriteError(*table, "SELECT 1.5 AS a").code(), base::Code::kInvalidArgument);
  EXPECT_EQ(WriteError(*table, "SELECT 'x' AS a").code(), base::Code::kInvalidArgument);
}

TEST_P(LakeSqlTest, AnOverwriteMayReplaceSchemaAndPartitions) {
  const auto table = Registered("t");
  Write(*table, "SELECT 1 AS a");
  WriteOptions replace = Overwrite();
  replace.evolve_schema = true;
  replace.partition_by = {"p"};
  Write(*table, "SELECT 'x' AS s, 7 AS p", replace);
  EXPECT_THAT((*table->Load())->metadata().partition_columns, ElementsAre("p"));
  ASSERT_TRUE(engine_->RegisterTable("silver", "t", table).ok());
  EXPECT_THAT(Text("SELECT s, p FROM silver.t WHERE p = 7"), ElementsAre("x|7"));
  EXPECT_THAT(Text("SELECT * FROM lake_scan('silver.t', version => 0)"), ElementsAre("1"));
  Write(*table, "SELECT 'y' AS s, 8 AS p", replace);
  EXPECT_EQ(table->History(1)->size(), 1u);
}

TEST_P(LakeSqlTest, AWriteThatNeedsAnotherPartitioningIsRefused) {
  const auto table = NewTable("silver/t");
  Write(*table, "SELECT 1 AS a, 2 AS p");
  WriteOptions options;
  options.partition_by = {"p"};
  EXPECT_EQ(WriteError(*table, "SELECT 1 AS a, 2 AS p", options).code(),
            base::Code::kInvalidArgument);
  EXPECT_EQ(WriteError(*NewTable("silver/u"), "SELECT 1 AS a, 2 AS b", options).code(),
            base::Code::kInvalidArgument);
}

TEST_P(LakeSqlTest, NoRowsStillMakeATableWithItsColumns) {
  const auto table = Registered("t");
  const auto result = Write(*table, "SELECT 1 AS a, 'x' AS b WHERE false");
  EXPECT_EQ(result.num_rows, 0);
  EXPECT_EQ(result.num_files, 0);
  EXPECT_THAT(DataKeys(""), IsEmpty());
  EXPECT_THAT(Text("SELECT count(*) FROM silver.t"), ElementsAre("0"));
  EXPECT_THAT(Text("SELECT a, b FROM silver.t WHERE a = 1"), IsEmpty());
  WriteOptions only_rows;
  only_rows.commit_when_empty = false;
  EXPECT_EQ(Write(*table, "SELECT 1 AS a WHERE false", only_rows).version, lake::Version(0));
  EXPECT_EQ(Write(*table, "SELECT 1 AS a WHERE false").version, lake::Version(1));
}

TEST_P(LakeSqlTest, ACommitCarriesWhatItsWriterSaysOfIt) {
  const auto table = NewTable("silver/t");
  WriteOptions options;
  options.operation = "LOAD";
  options.parameters = {{"source", "\"reviews\""}};
  options.extra = {{"positions", "{\"p\":1}"}};
  options.txns = {{.app_id = "files", .version = 7}};
  Write(*table, "SELECT range AS i FROM range(10)", options);
  const auto history = table->History(1);
  ASSERT_TRUE(history.ok());
  const lake::CommitInfo& info = history->at(0).info;
  EXPECT_EQ(info.operation, "LOAD");
  EXPECT_EQ(info.parameters.at("source"), "\"reviews\"");
  EXPECT_EQ(info.extra.at("positions"), "{\"p\":1}");
  EXPECT_EQ(info.metrics.at("numOutputRows"), "10");
  EXPECT_EQ((*table->Load())->TxnVersion("files"), 7);
}

TEST_P(LakeSqlTest, ATransactionOfAnApplicationIsWrittenOnce) {
  const auto table = Registered("t");
  WriteOptions options;
  options.txns = {{.app_id = "files", .version = 7}};
  Write(*table, "SELECT 1 AS i", options);
  EXPECT_EQ(WriteError(*table, "SELECT 1 AS i", options).code(), base::Code::kConflict);
  EXPECT_THAT(Text("SELECT count(*) FROM silver.t"), ElementsAre("1"));
  EXPECT_EQ(DataKeys("silver/t").size(), 1u);
}

TEST_P(LakeSqlTest, StatisticsTellTheTruthOfEveryFile) {
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

TEST_P(LakeSqlTest, TextsAndFilesOfAMillionRowsComeBackWhole) {
  const auto table = Registered("t");
  const auto result = Write(
      *table, "SELECT range AS i, md5(range::VARCHAR) AS s, range % 7 AS k FROM range(1000000)");
  EXPECT_EQ(result.num_rows, 1000000);
  EXPECT_THAT(Text("SELECT count(*), count(DISTINCT s), sum(i), sum(k) FROM silver.t"),
              ElementsAre("1000000|1000000|499999500000|2999997"));
}

TEST_P(LakeSqlTest, AnInterruptedWriteLeavesNothing) {
  const auto table = NewTable("silver/t");
  Write(*table, "SELECT 0::BIGINT AS i");
  std::atomic<bool> done{false};
  std::thread stopper([&] {
    while (!done) connection_->Interrupt();
  });
  const auto error =
      WriteError(*table, "SELECT a.range AS i FROM range(100000) a, range(100000) b");
  done = true;
  stopper.join();
  EXPECT_EQ(error.code(), base::Code::kCancelled) << error.ToString();
  EXPECT_EQ(DataKeys("silver/t").size(), 1u);
  EXPECT_EQ((*table->Load())->version(), lake::Version(0));
}

// Numbers 0 .. n-1 in batches, every third one empty, from two streams.
class NumberSource final : public columnar::BatchSource {
 public:
  explicit NumberSource(int64_t num_rows) : num_rows_(num_rows) {}

  const columnar::Schema& schema() const override { return schema_; }
  size_t parallelism() const override { return 2; }
  base::Result<std::unique_ptr<columnar::BatchStream>> OpenStream() override {
    return std::make_unique<Stream>(*this);
  }

  std::optional<int64_t> fail_at;

 private:
  class Stream final : public columnar::BatchStream {
   public:
    explicit Stream(NumberSource& source) : source_(source) {}
    base::Result<bool> Next(duckdb::DataChunk& chunk) override {
      columnar::BatchWriter batch(source_.schema_, chunk);
      if (++calls_ % 3 == 0) return true;  // nothing to give this time
      const int64_t start = source_.next_.fetch_add(1000);
      if (start >= source_.num_rows_) return false;
      if (source_.fail_at.has_value() && start >= *source_.fail_at) {
        return base::Corruption("the source broke", "Mend it.");
      }
      for (int64_t i = start; i < std::min(start + 1000, source_.num_rows_); ++i) {
        batch.Column(0).Value<int64_t>(i);
        if (i % 10 == 0) {
          batch.Column(1).Null();
        } else {
          batch.Column(1).String("text " + std::to_string(i));
        }
        batch.EndRow();
      }
      batch.Finish();
      return true;
    }

   private:
    NumberSource& source_;
    int calls_ = 0;
  };

  int64_t num_rows_;
  std::atomic<int64_t> next_{0};
  columnar::Schema schema_{{{"i", TypeId::kBigInt, false, {}}, {"s", TypeId::kVarchar, true, {}}}};
};

TEST_P(LakeSqlTest, RowsFromOutsideOfSqlAreWritten) {
  const auto table = Registered("t");
  NumberSource source(50000);
  const auto result = connection_->WriteTable(*table, source, WriteOptions());
  ASSERT_TRUE(result.ok()) << result.error().ToString();
  EXPECT_EQ(result->num_rows, 50000);
  EXPECT_THAT(Text("SELECT count(*), count(s), sum(i), max(s) FROM silver.t"),
              ElementsAre("50000|45000|1249975000|text 9999"));
  EXPECT_FALSE((*table->Load())->schema().fields[0].nullable);
}

TEST_P(LakeSqlTest, AnErrorOfASourceReachesTheCallerAsItWas) {
  const auto table = NewTable("silver/t");
  NumberSource source(50000);
  source.fail_at = 20000;
  const auto result = connection_->WriteTable(*table, source, WriteOptions());
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), base::Code::kCorruption);
  EXPECT_EQ(result.error().message(), "the source broke");
  EXPECT_EQ(result.error().hint(), "Mend it.");
  EXPECT_THAT(DataKeys(""), IsEmpty());
}

TEST_P(LakeSqlTest, AColumnThatMustHaveAValueGetsOne) {
  const auto table = Registered("t");
  NumberSource source(10);
  ASSERT_TRUE(connection_->WriteTable(*table, source, WriteOptions()).ok());
  const auto error =
      WriteError(*table, "SELECT CASE WHEN range <> 5 THEN range END AS i FROM range(10)");
  EXPECT_THAT(error.message(), HasSubstr("'i' must have a value"));
  EXPECT_EQ(WriteError(*table, "SELECT 'x' AS s").code(), base::Code::kInvalidArgument);
  EXPECT_THAT(Text("SELECT count(*) FROM silver.t"), ElementsAre("10"));
}

TEST_P(LakeSqlTest, OnlyOneSelectCanBeWritten) {
  const auto table = Registered("t");
  EXPECT_EQ(WriteError(*table, "SELECT 1 AS i; SELECT 2 AS i").code(),
            base::Code::kInvalidArgument);
  EXPECT_EQ(WriteError(*table, "CREATE TABLE x(i INT)").code(), base::Code::kInvalidArgument);
  EXPECT_EQ(WriteError(*table, "SELECT 1 AS a, 2 AS A").code(), base::Code::kInvalidArgument);
  Write(*table, "SELECT ';' AS i -- a; comment\n; -- the end");
  EXPECT_THAT(Text("SELECT i FROM silver.t"), ElementsAre(";"));
}

TEST_P(LakeSqlTest, ACheckpointHoldsTheTableAndReadersStartFromIt) {
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

TEST_P(LakeSqlTest, WhicheverRequestFailsAWriteIsWholeOrAbsent) {
  using object::StoreFault;
  for (const StoreFault fault :
       {StoreFault::kBefore, StoreFault::kAfter, StoreFault::kDieBefore, StoreFault::kDieAfter}) {
    int completed = 0;
    for (int64_t request = 1; completed == 0; ++request) {
      ASSERT_LT(request, 200) << "the loop must end";
      const std::string folder =
          "silver/f" + std::to_string(static_cast<int>(fault)) + "_" + std::to_string(request);
      WriteOptions options;
      options.partition_by = {"p"};
      const auto before = connection_->WriteTable(
          *NewTable(folder), "SELECT range AS i, range % 2 AS p FROM range(10)", options);
      ASSERT_TRUE(before.ok()) << before.error().ToString();
      store_->FailRequest(request, fault);
      const auto written = connection_->WriteTable(
          *NewTable(folder), "SELECT range AS i, range % 2 AS p FROM range(100)", options);
      const bool hit = store_->failed();
      store_->FailRequest(0, fault);
      const auto table = NewTable(folder);
      ASSERT_TRUE(engine_->RegisterTable("silver", "f", table).ok());
      const auto count = Text("SELECT count(*) FROM silver.f");
      if (written.ok()) {
        EXPECT_THAT(count, ElementsAre("110")) << "request " << request;
      } else {
        EXPECT_THAT(count, testing::AnyOf(ElementsAre("10"), ElementsAre("110")))
            << "request " << request << ": " << written.error().ToString();
      }
      if (!hit) ++completed;
    }
  }
}

}  // namespace
}  // namespace sql
