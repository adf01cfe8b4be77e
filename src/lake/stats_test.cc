#include "lake/stats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lake/partition.h"
#include "lake/time_text.h"

namespace lake {
namespace {

using columnar::Type;
using columnar::TypeId;
using testing::HasSubstr;

TEST(StatsTest, AreWrittenAsSparkAndDeltaRsReadThem) {
  const std::string json = StatsJson(
      3, {{.path = {"id"}, .type = TypeId::kBigInt, .min = "1", .max = "9", .null_count = 0},
          {.path = {"a", "b"}, .type = TypeId::kDouble, .min = "-0.5", .max = "1e+20"},
          {.path = {"price"}, .type = Type::Decimal(10, 2), .min = "0.10", .max = "7.00"},
          {.path = {"a", "c", "d"}, .type = TypeId::kDate, .min = "2026-01-02", .null_count = 1},
          {.path = {"tags"}, .type = Type::List(TypeId::kVarchar), .null_count = 2}});
  EXPECT_EQ(json, R"({"numRecords":3,)"
                  R"("minValues":{"id":1,"a":{"b":-0.5,"c":{"d":"2026-01-02"}},"price":0.10},)"
                  R"("maxValues":{"id":9,"a":{"b":1e+20},"price":7.00},)"
                  R"("nullCount":{"id":0,"a":{"c":{"d":1}},"tags":2}})");
  EXPECT_EQ(NumRecords(json), 3);
  EXPECT_EQ(NumRecords("{}"), std::nullopt);
  EXPECT_EQ(NumRecords("no json"), std::nullopt);
  EXPECT_EQ(StatsJson(0, {}), R"({"numRecords":0,"minValues":{},"maxValues":{},"nullCount":{}})");
}

struct BoundRow {
  Type type;
  std::string min, max;
  std::string min_json, max_json;  // "" when it is left out
};

TEST(StatsTest, BoundsAreWidenedOrLeftOutNeverBent) {
  const std::string long_text = std::string(31, 'x') + "éy";
  const std::string greatest = "\xF4\x8F\xBF\xBF";
  const std::vector<BoundRow> rows = {
      {TypeId::kTimestampTz, "2026-11-21 04:10:00.123456+00", "2026-11-21 04:10:00.123456+00",
       R"("2026-11-21T04:10:00.123Z")", R"("2026-11-21T04:10:00.124Z")"},
      {TypeId::kTimestampTz, "2026-11-21 01:00:00+02", "2026-11-21 01:00:00.999-05:30",
       R"("2026-11-20T23:00:00.000Z")", R"("2026-11-21T06:30:00.999Z")"},
      {TypeId::kTimestamp, "1969-12-31 23:59:59.9999", "1969-12-31 23:59:59.9999",
       R"("1969-12-31T23:59:59.999")", R"("1970-01-01T00:00:00.000")"},
      {TypeId::kTimestamp, "-infinity", "infinity", "", ""},
      {TypeId::kTimestamp, "0044-03-15 (BC) 00:00:00", "12026-01-01 00:00:00", "", ""},
      {TypeId::kTimestamp, "9999-12-31 23:59:59.9999", "9999-12-31 23:59:59.9999",
       R"("9999-12-31T23:59:59.999")", ""},
      {TypeId::kDate, "0044-03-15 (BC)", "12026-01-01", "", ""},
      {TypeId::kDouble, "-inf", "nan", "", ""},
      {TypeId::kBoolean, "false", "true", "", ""},
      {TypeId::kBlob, "\\x00", "z", "", ""},
      {TypeId::kVarchar, long_text, long_text, "\"" + std::string(31, 'x') + "é\"",
       "\"" + std::string(31, 'x') + "é" + greatest + "\""},
      {TypeId::kVarchar, std::string(32, 'x'), std::string(32, 'x'),
       "\"" + std::string(32, 'x') + "\"", "\"" + std::string(32, 'x') + "\""},
      {TypeId::kVarchar, "", std::string(32, 'x') + greatest + "a", R"("")",
       "\"" + std::string(32, 'x') + greatest + greatest + "\""},
      {TypeId::kVarchar, "a\"\n", "\xFF", R"("a\"\n")", ""},
      {TypeId::kUuid, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
       "017f22e2-79b0-7cc3-98c4-dc0c0c07398f", R"("017f22e2-79b0-7cc3-98c4-dc0c0c07")",
       "\"017f22e2-79b0-7cc3-98c4-dc0c0c07" + greatest + "\""},
  };
  for (const BoundRow& row : rows) {
    SCOPED_TRACE(row.type.ToSql() + " " + row.min);
    const std::string json =
        StatsJson(1, {{.path = {"c"}, .type = row.type, .min = row.min, .max = row.max}});
    EXPECT_THAT(json,
                HasSubstr(row.min_json.empty() ? R"("minValues":{})"
                                               : R"("minValues":{"c":)" + row.min_json + "}"));
    EXPECT_THAT(json,
                HasSubstr(row.max_json.empty() ? R"("maxValues":{})"
                                               : R"("maxValues":{"c":)" + row.max_json + "}"));
  }
}

TEST(TimeTextTest, DatesAndTimestampsArePrecise) {
  EXPECT_EQ(ParseDate("1970-01-01"), 0);
  EXPECT_EQ(ParseDate("2000-02-29"), 11016);
  EXPECT_EQ(ParseDate("0000-01-01"), -719528);
  for (const char* bad : {"2026-02-29", "2026-13-01", "2026-1-1", "2026-01-01 ", "", "26-01-01"}) {
    EXPECT_EQ(ParseDate(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(ParseTimestamp("1970-01-01 00:00:01.5")->micros, 1'500'000);
  EXPECT_EQ(ParseTimestamp("1970-01-01T00:00:00.000001Z")->micros, 1);
  EXPECT_TRUE(ParseTimestamp("1970-01-01T00:00:00.000001Z")->has_zone);
  EXPECT_EQ(ParseTimestamp("1970-01-01 00:00:00-00:30")->micros, 1'800'000'000);
  EXPECT_EQ(ParseTimestamp("1970-01-01 00:00:00.0000001"), std::nullopt);
  EXPECT_EQ(ParseTimestamp("1970-01-01 24:00:00"), std::nullopt);
  EXPECT_EQ(ParseTimestamp("1970-01-01 00:00:00 x"), std::nullopt);
  for (const int64_t micros :
       {int64_t{0}, int64_t{-1}, int64_t{951'782'400'000'000}, int64_t{-62'167'219'200'000'000},
        int64_t{253'402'300'799'999'999}}) {
    EXPECT_EQ(ParseTimestamp(FormatTimestamp(micros, {}))->micros, micros);
  }
  EXPECT_FALSE(IsFourDigitYear(253'402'300'800'000'000));
}

TEST(PartitionTextTest, FollowsTheProtocol) {
  const auto text = [](const Type& type, const char* duckdb) {
    return PartitionText(type, std::string(duckdb)).value().value();
  };
  EXPECT_EQ(PartitionText(TypeId::kDate, std::nullopt).value(), std::nullopt);
  EXPECT_EQ(text(TypeId::kInteger, "-7"), "-7");
  EXPECT_EQ(text(TypeId::kBoolean, "true"), "true");
  EXPECT_EQ(text(TypeId::kDate, "2026-11-21"), "2026-11-21");
  EXPECT_EQ(text(TypeId::kTimestamp, "2026-11-21 04:10:00"), "2026-11-21 04:10:00.000000");
  EXPECT_EQ(text(TypeId::kTimestampTz, "2026-11-21 04:10:00.5+01"), "2026-11-21T03:10:00.500000Z");
  EXPECT_FALSE(PartitionText(TypeId::kVarchar, std::string()).ok());
  EXPECT_FALSE(PartitionText(TypeId::kDate, std::string("infinity")).ok());
  EXPECT_FALSE(PartitionText(TypeId::kTimestamp, std::string("infinity")).ok());
}

}  // namespace
}  // namespace lake
