#include "lake/prune.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lake/test_table.h"
#include "lake/typed_text.h"

namespace lake {
namespace {

using columnar::Type;
using columnar::TypeId;
using testing::ElementsAre;
using testing::IsEmpty;

// A table of files given by partition value and statistics; which of them may match.
class PruneTest : public TableTest {
 protected:
  void Make(const columnar::Schema& schema, const std::vector<std::string>& partition_columns,
            std::vector<AddFile> files) {
    CommitRequest request;
    request.metadata = MakeMetadata(schema, partition_columns, "id", 1).value();
    for (size_t i = 0; i < files.size(); ++i) {
      files[i].path = std::string(1, static_cast<char>('a' + i));
      request.adds.push_back(files[i]);
    }
    MustCommit(*table_, std::move(request));
    snapshot_ = table_->Load().value();
  }
  // One column "c" with a minimum and a maximum as JSON; "" leaves one out.
  void MakeColumn(const Type& type,
                  const std::vector<std::pair<std::string, std::string>>& bounds) {
    std::vector<AddFile> files;
    for (const auto& [min, max] : bounds) {
      std::string stats = R"({"numRecords":10,"minValues":{)";
      if (!min.empty()) stats += R"("c":)" + min;
      stats += R"(},"maxValues":{)";
      if (!max.empty()) stats += R"("c":)" + max;
      files.push_back({.stats_json = stats + R"(},"nullCount":{"c":1}})"});
    }
    Make({{{"c", type}}}, {}, std::move(files));
  }
  std::vector<size_t> Kept(CompareOp op, std::vector<std::string> values,
                           const std::string& column = "c") {
    return PruneFiles(*snapshot_, {{.column = column, .op = op, .values = std::move(values)}});
  }

  std::unique_ptr<Table> table_ = Open();
  std::shared_ptr<const Snapshot> snapshot_;
};

TEST_F(PruneTest, IntegersByEveryOperator) {
  MakeColumn(TypeId::kBigInt, {{"1", "5"}, {"5", "9"}, {"-9223372036854775808", "-1"}});
  EXPECT_THAT(Kept(CompareOp::kEqual, {"5"}), ElementsAre(0, 1));
  EXPECT_THAT(Kept(CompareOp::kEqual, {"10"}), IsEmpty());
  EXPECT_THAT(Kept(CompareOp::kLess, {"1"}), ElementsAre(2));
  EXPECT_THAT(Kept(CompareOp::kLessEqual, {"1"}), ElementsAre(0, 2));
  EXPECT_THAT(Kept(CompareOp::kGreater, {"5"}), ElementsAre(1));
  EXPECT_THAT(Kept(CompareOp::kGreaterEqual, {"5"}), ElementsAre(0, 1));
  EXPECT_THAT(Kept(CompareOp::kEqual, {"-9223372036854775808"}), ElementsAre(2));
  EXPECT_THAT(Kept(CompareOp::kIn, {"-1", "9", "100"}), ElementsAre(1, 2));
  EXPECT_THAT(Kept(CompareOp::kIn, {}), IsEmpty());
  EXPECT_THAT(
      PruneFiles(*snapshot_, {{"c", CompareOp::kGreater, {"4"}}, {"c", CompareOp::kLess, {"5"}}}),
      ElementsAre(0));
  EXPECT_THAT(PruneFiles(*snapshot_, {}), ElementsAre(0, 1, 2));
}

TEST_F(PruneTest, NullsByTheirCounts) {
  std::vector<AddFile> files(4);
  files[0].stats_json =
      R"({"numRecords":10,"minValues":{"c":1},"maxValues":{"c":9},"nullCount":{"c":0}})";
  files[1].stats_json = R"({"numRecords":10,"minValues":{},"maxValues":{},"nullCount":{"c":10}})";
  files[2].stats_json = R"({"numRecords":10,"nullCount":{"c":3}})";
  Make({{{"c", TypeId::kInteger}}}, {}, files);
  EXPECT_THAT(Kept(CompareOp::kIsNull, {}), ElementsAre(1, 2, 3));
  EXPECT_THAT(Kept(CompareOp::kIsNotNull, {}), ElementsAre(0, 2, 3));
  EXPECT_THAT(Kept(CompareOp::kEqual, {"20"}), ElementsAre(2, 3));
}

TEST_F(PruneTest, WhatIsNotKnownIsKept) {
  MakeColumn(TypeId::kInteger, {{"", ""}, {"1", ""}, {"", "5"}, {"\"x\"", "[1]"}});
  EXPECT_THAT(Kept(CompareOp::kEqual, {"9"}), ElementsAre(0, 1, 3));
  EXPECT_THAT(Kept(CompareOp::kEqual, {"0"}), ElementsAre(0, 2, 3));
  EXPECT_THAT(Kept(CompareOp::kEqual, {"no number"}), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(Kept(CompareOp::kEqual, {"9"}, "no_such_column"), ElementsAre(0, 1, 2, 3));
  std::vector<AddFile> files(2);
  files[0].stats_json = "no json";
  files[1].stats_json = R"({"numRecords":10,"minValues":{"c":1)";
  store_ = std::make_shared<object::MemoryStore>(&clock_);
  table_ = Open();
  Make({{{"c", TypeId::kInteger}}}, {}, files);
  EXPECT_THAT(Kept(CompareOp::kEqual, {"-5"}), testing::Contains(0));
}

TEST_F(PruneTest, DecimalsExactlyBeyondSixtyFourBits) {
  MakeColumn(Type::Decimal(38, 2),
             {{"99999999999999999999.01", "99999999999999999999.03"}, {"-0.50", "1e2"}});
  EXPECT_THAT(Kept(CompareOp::kEqual, {"99999999999999999999.02"}), ElementsAre(0));
  EXPECT_THAT(Kept(CompareOp::kEqual, {"99999999999999999999.04"}), IsEmpty());
  EXPECT_THAT(Kept(CompareOp::kGreater, {"100.00"}), ElementsAre(0));
  EXPECT_THAT(Kept(CompareOp::kGreaterEqual, {"100"}), ElementsAre(0, 1));
  EXPECT_THAT(Kept(CompareOp::kLess, {"-0.5"}), IsEmpty());
  EXPECT_THAT(Kept(CompareOp::kLess, {"-0.49"}), ElementsAre(1));
}

TEST_F(PruneTest, FloatsKeepFilesThatMayHoldNaN) {
  MakeColumn(TypeId::kDouble, {{"1.5", "2.5"}});
  EXPECT_THAT(Kept(CompareOp::kEqual, {"2.6"}), IsEmpty());
  EXPECT_THAT(Kept(CompareOp::kLess, {"1.5"}), IsEmpty());
  EXPECT_THAT(Kept(CompareOp::kGreater, {"2.5"}), ElementsAre(0));
  EXPECT_THAT(Kept(CompareOp::kEqual, {"nan"}), ElementsAre(0));
}

TEST_F(PruneTest, FloatTextsAreComparedAsFloats) {
  // 0.7 as a float is below 0.7 as a double.
  MakeColumn(TypeId::kFloat, {{"0.7", "0.7"}});
  EXPECT_THAT(Kept(CompareOp::kEqual, {"0.699999988"}), ElementsAre(0));
}

TEST_F(PruneTest, TextsAllowForACutMaximum) {
  MakeColumn(TypeId::kVarchar, {{R"("b")", R"("d\u00e9")"}, {R"("")", "\"m\xF4\x8F\xBF\xBF\""}});
  EXPECT_THAT(Kept(CompareOp::kEqual, {"dé"}), ElementsAre(0, 1));
  EXPECT_THAT(Kept(CompareOp::kEqual, {"défi"}), ElementsAre(0, 1));
  EXPECT_THAT(Kept(CompareOp::kEqual, {"dü"}), ElementsAre(1));
  EXPECT_THAT(Kept(CompareOp::kGreater, {"dé"}), ElementsAre(0, 1));
  EXPECT_THAT(Kept(CompareOp::kEqual, {"mzz"}), ElementsAre(1));
  EXPECT_THAT(Kept(CompareOp::kEqual, {"n"}), IsEmpty());
  EXPECT_THAT(Kept(CompareOp::kLess, {"b"}), ElementsAre(1));
}

TEST_F(PruneTest, TimestampsAllowForTheCutMillisecond) {
  MakeColumn(TypeId::kTimestampTz,
             {{R"("2026-11-21T04:10:00.000Z")", R"("2026-11-21T04:10:00.123Z")"},
              {R"("2026-11-21 04:10:00")", R"("2026-11-21 04:10:00")"}});
  EXPECT_THAT(Kept(CompareOp::kEqual, {"2026-11-21 04:10:00.123999+00"}), ElementsAre(0, 1));
  EXPECT_THAT(Kept(CompareOp::kEqual, {"2026-11-21 04:10:00.123999"}), ElementsAre(0, 1));
  EXPECT_THAT(Kept(CompareOp::kEqual, {"2026-11-21 04:10:00.124+00"}), ElementsAre(1));
  EXPECT_THAT(Kept(CompareOp::kLess, {"2026-11-21 05:10:00+01"}), ElementsAre(1));
}

TEST_F(PruneTest, TypesWhoseTextsDoNotSortAreKept) {
  for (const TypeId id : {TypeId::kUuid, TypeId::kJson, TypeId::kTime, TypeId::kBlob}) {
    store_ = std::make_shared<object::MemoryStore>(&clock_);
    table_ = Open();
    MakeColumn(id, {{R"("a")", R"("b")"}});
    EXPECT_THAT(Kept(CompareOp::kEqual, {"z"}), ElementsAre(0));
  }
  store_ = std::make_shared<object::MemoryStore>(&clock_);
  table_ = Open();
  Type letters(TypeId::kEnum);
  letters.labels = {"z", "a"};
  MakeColumn(letters, {{R"("a")", R"("a")"}});
  EXPECT_THAT(Kept(CompareOp::kEqual, {"z"}), IsEmpty());
  EXPECT_THAT(Kept(CompareOp::kLess, {"a"}), ElementsAre(0));
}

TEST_F(PruneTest, PartitionValuesAreExact) {
  std::vector<AddFile> files(4);
  files[0].partition_values = {
      {"day", "2026-11-20"}, {"country", "US"}, {"at", "2026-11-20 00:00:00"}};
  files[1].partition_values = {
      {"day", "2026-11-21"}, {"country", "USA"}, {"at", "2026-11-20T00:00:00.000001Z"}};
  files[2].partition_values = {
      {"day", std::nullopt}, {"country", std::nullopt}, {"at", std::nullopt}};
  files[3].partition_values = {{"day", "12026-01-01"}, {"country", "us"}, {"at", "x"}};
  Make({{{"day", TypeId::kDate},
         {"country", TypeId::kVarchar},
         {"at", TypeId::kTimestampTz},
         {"x", TypeId::kDate}}},
       {"day", "country", "at"}, files);
  EXPECT_THAT(Kept(CompareOp::kEqual, {"2026-11-21"}, "day"), ElementsAre(1, 3));
  EXPECT_THAT(Kept(CompareOp::kLess, {"2026-11-21"}, "day"), ElementsAre(0, 3));
  EXPECT_THAT(Kept(CompareOp::kIsNull, {}, "day"), ElementsAre(2));
  EXPECT_THAT(Kept(CompareOp::kIsNotNull, {}, "day"), ElementsAre(0, 1, 3));
  EXPECT_THAT(Kept(CompareOp::kEqual, {"USA"}, "country"), ElementsAre(1));
  EXPECT_THAT(Kept(CompareOp::kEqual, {"US"}, "country"), ElementsAre(0));
  EXPECT_THAT(Kept(CompareOp::kIn, {"us", "USA"}, "country"), ElementsAre(1, 3));
  // An instant written without its zone could be any; one with it is known to the microsecond.
  EXPECT_THAT(Kept(CompareOp::kEqual, {"2026-11-20 00:00:00"}, "at"), ElementsAre(0, 3));
}

TEST(NumberTest, ComparesExactly) {
  const std::vector<std::string> ascending = {"-1e20", "-99999999999999999999",
                                              "-12.5", "-12.49",
                                              "-1",    "-0.001",
                                              "0",     "1e-3",
                                              "0.01",  "0.5",
                                              "1",     "1.05",
                                              "1.5",   "10",
                                              "12e1",  "121",
                                              "1e30"};
  for (size_t i = 0; i < ascending.size(); ++i) {
    for (size_t j = 0; j < ascending.size(); ++j) {
      EXPECT_EQ(*Number::Parse(ascending[i]) <=> *Number::Parse(ascending[j]), i <=> j)
          << ascending[i] << " " << ascending[j];
    }
  }
  EXPECT_EQ(*Number::Parse("-0.00"), *Number::Parse("0"));
  EXPECT_EQ(*Number::Parse("1.50E+1"), *Number::Parse("015.0"));
  for (const char* bad : {"", "-", "1.", ".5", "nan", "1e", "1e999", "1 ", "+1"}) {
    EXPECT_FALSE(Number::Parse(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace lake
