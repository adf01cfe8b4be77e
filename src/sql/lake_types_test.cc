// Values of every type through lake tables: stored, partitioned by, filtered on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sql/test_lake.h"

namespace sql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class LakeTypesTest : public LakeSqlTest {};

INSTANTIATE_TEST_SUITE_P(Stores, LakeTypesTest,
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

TEST_P(LakeTypesTest, EveryTypeComesBackAsItsRowOfTheTableSays) {
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

TEST_P(LakeTypesTest, FiltersOnEveryTypeFindTheirRows) {
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

TEST_P(LakeTypesTest, ATypeNoTableHoldsIsRefusedWithTheCastToWrite) {
  const auto table = NewTable("silver/t");
  for (const char* value : {"INTERVAL 1 DAY", "'0101'::BIT", "NULL", "union_value(a := 1)",
                            "TIMESTAMP_NS '2026-01-01'", "1::UHUGEINT"}) {
    const auto error = WriteError(*table, std::string("SELECT ") + value + " AS v");
    EXPECT_EQ(error.code(), base::Code::kUnsupported) << value;
    EXPECT_THAT(error.hint(), HasSubstr("CAST(\"v\" AS ")) << value;
  }
  EXPECT_THAT(DataKeys(""), IsEmpty());
}

TEST_P(LakeTypesTest, ANumberTooLargeForTheTableIsAnErrorAndLeavesNothing) {
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

TEST_P(LakeTypesTest, PartitionValuesOfAnyLookComeBack) {
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

TEST_P(LakeTypesTest, PartitionsOfEveryTypeAreReadAndPruned) {
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

TEST_P(LakeTypesTest, AnEmptyTextToPartitionByIsRefusedForItWouldBecomeNull) {
  const auto table = NewTable("silver/t");
  WriteOptions options;
  options.partition_by = {"p"};
  const auto error = WriteError(*table, "SELECT 1 AS i, '' AS p", options);
  EXPECT_EQ(error.code(), base::Code::kInvalidArgument) << error.ToString();
  EXPECT_THAT(error.message(), HasSubstr("'p'"));
  EXPECT_THAT(DataKeys(""), IsEmpty());
}

TEST_P(LakeTypesTest, SeveralPartitionColumnsNestTheirFolders) {
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

}  // namespace
}  // namespace sql
