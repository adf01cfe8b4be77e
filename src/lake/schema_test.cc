// Types and schemas: delta_schema.h, StorageType, MakeMetadata, ProtocolFor, CheckWrite.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lake/delta_schema.h"
#include "lake/table.h"

namespace lake {
namespace {

using columnar::Field;
using columnar::Schema;
using columnar::Type;
using columnar::TypeId;
using testing::HasSubstr;

Type Enum(std::vector<std::string> labels) {
  Type type(TypeId::kEnum);
  type.labels = std::move(labels);
  return type;
}

Type Array(Type element, uint64_t size) {
  Type type = Type::List(std::move(element));
  type.id = TypeId::kArray;
  type.array_size = size;
  return type;
}

struct TypeRow {
  Type type;
  std::string delta;  // as it stands in the schema
  Type read_back;
  Type stored;
};

// The table of docs/lake.md, "Types".
std::vector<TypeRow> TypeTable() {
  const Type varchar(TypeId::kVarchar);
  return {
      {TypeId::kBoolean, R"j("boolean")j", TypeId::kBoolean, TypeId::kBoolean},
      {TypeId::kTinyInt, R"j("byte")j", TypeId::kTinyInt, TypeId::kTinyInt},
      {TypeId::kSmallInt, R"j("short")j", TypeId::kSmallInt, TypeId::kSmallInt},
      {TypeId::kInteger, R"j("integer")j", TypeId::kInteger, TypeId::kInteger},
      {TypeId::kBigInt, R"j("long")j", TypeId::kBigInt, TypeId::kBigInt},
      {TypeId::kUTinyInt, R"j("short")j", TypeId::kSmallInt, TypeId::kSmallInt},
      {TypeId::kUSmallInt, R"j("integer")j", TypeId::kInteger, TypeId::kInteger},
      {TypeId::kUInteger, R"j("long")j", TypeId::kBigInt, TypeId::kBigInt},
      {TypeId::kUBigInt, R"j("decimal(20,0)")j", Type::Decimal(20, 0), Type::Decimal(20, 0)},
      {TypeId::kHugeInt, R"j("decimal(38,0)")j", Type::Decimal(38, 0), Type::Decimal(38, 0)},
      {TypeId::kFloat, R"j("float")j", TypeId::kFloat, TypeId::kFloat},
      {TypeId::kDouble, R"j("double")j", TypeId::kDouble, TypeId::kDouble},
      {Type::Decimal(10, 2), R"j("decimal(10,2)")j", Type::Decimal(10, 2), Type::Decimal(10, 2)},
      {varchar, R"j("string")j", varchar, varchar},
      {TypeId::kBlob, R"j("binary")j", TypeId::kBlob, TypeId::kBlob},
      {TypeId::kDate, R"j("date")j", TypeId::kDate, TypeId::kDate},
      {TypeId::kTimestampTz, R"j("timestamp")j", TypeId::kTimestampTz, TypeId::kTimestampTz},
      {TypeId::kTimestamp, R"j("timestamp_ntz")j", TypeId::kTimestamp, TypeId::kTimestamp},
      {TypeId::kTimestampS, R"j("timestamp_ntz")j", TypeId::kTimestamp, TypeId::kTimestamp},
      {TypeId::kTimestampMs, R"j("timestamp_ntz")j", TypeId::kTimestamp, TypeId::kTimestamp},
      {TypeId::kUuid, R"j("string")j", TypeId::kUuid, varchar},
      {TypeId::kJson, R"j("string")j", TypeId::kJson, varchar},
      {TypeId::kTime, R"j("string")j", TypeId::kTime, varchar},
      {Enum({"a", "it's, 'x'"}), R"j("string")j", Enum({"a", "it's, 'x'"}), varchar},
      {Type::List(TypeId::kUTinyInt),
       R"j({"type":"array","elementType":"short","containsNull":true})j",
       Type::List(TypeId::kSmallInt), Type::List(TypeId::kSmallInt)},
      {Array(TypeId::kUuid, 3), R"j({"type":"array","elementType":"string","containsNull":true})j",
       Array(TypeId::kUuid, 3), Type::List(varchar)},
      {Type::Map(TypeId::kTime, Type::List(Type::List(TypeId::kJson))),
       R"j({"type":"map","keyType":"string","valueType":{"type":"array","elementType":{"type":)j"
       R"j("array","elementType":"string","containsNull":true},"containsNull":true},)j"
       R"j("valueContainsNull":true})j",
       Type::Map(TypeId::kTime, Type::List(Type::List(TypeId::kJson))),
       Type::Map(varchar, Type::List(Type::List(varchar)))},
      {Type::Struct({{"a", TypeId::kUuid}, {"b", Type::List(TypeId::kHugeInt)}}),
       R"j({"type":"struct","fields":[{"name":"a","type":"string","nullable":true,"metadata":)j"
       R"j({"tributary.type":"UUID"}},{"name":"b","type":{"type":"array","elementType":)j"
       R"j("decimal(38,0)","containsNull":true},"nullable":true,"metadata":{}}]})j",
       Type::Struct({{"a", TypeId::kUuid}, {"b", Type::List(Type::Decimal(38, 0))}}),
       Type::Struct({{"a", varchar}, {"b", Type::List(Type::Decimal(38, 0))}})},
  };
}

TEST(TypesTest, EveryRowOfTheTypeTableIsWrittenAndReadBack) {
  for (const TypeRow& row : TypeTable()) {
    SCOPED_TRACE(row.type.ToSql());
    const std::string json = SchemaToJson({{{"c", row.type}}}).value();
    EXPECT_THAT(json, HasSubstr(R"j("type":)j" + row.delta + R"j(,"nullable":true)j"));
    const Schema read = ParseSchema(json).value();
    EXPECT_EQ(read.fields[0].type, row.read_back) << read.fields[0].type.ToSql();
    EXPECT_TRUE(read.fields[0].metadata.empty());
    EXPECT_EQ(LakeType(row.type, "c").value(), row.read_back);
    EXPECT_EQ(StorageType(row.type, "c").value(), row.stored);
    // What was read is written the same again.
    EXPECT_EQ(SchemaToJson(read).value(), json);
  }
}

TEST(TypesTest, WhatDeltaCannotHoldIsRefusedWithTheCastToWrite) {
  const std::vector<std::pair<Type, std::string>> refused = {
      {TypeId::kUHugeInt, "AS DECIMAL(38,0))"}, {TypeId::kTimestampNs, "AS TIMESTAMP)"},
      {TypeId::kInterval, "AS VARCHAR)"},       {TypeId::kBit, "AS VARCHAR)"},
      {TypeId::kTimeTz, "AS VARCHAR)"},         {TypeId::kNull, "AS VARCHAR)"},
  };
  for (const auto& [type, cast] : refused) {
    for (const Type& whole : {type, Type::List(type), Type::Struct({{"m", type}})}) {
      const auto storage = StorageType(whole, "c");
      ASSERT_EQ(storage.error().code(), base::Code::kUnsupported);
      EXPECT_THAT(storage.error().message(), HasSubstr("'c"));
      EXPECT_THAT(storage.error().hint(), HasSubstr(cast));
      EXPECT_EQ(SchemaToJson({{{"c", whole}}}).error().code(), base::Code::kUnsupported);
      EXPECT_EQ(ProtocolFor({{{"c", whole}}}).error().code(), base::Code::kUnsupported);
    }
  }
}

TEST(SchemaTest, ReadsTheSchemaOfTheProtocolsExample) {
  const Schema schema = ParseSchema(R"j({"type":"struct","fields":[
    {"name":"a","type":"integer","nullable":false,"metadata":{}},
    {"name":"b","type":{"type":"struct","fields":[
      {"name":"d","type":"integer","nullable":false,"metadata":{}}]},"nullable":true},
    {"name":"c","type":{"type":"array","elementType":"integer","containsNull":false},
     "nullable":true,"metadata":{"comment":"why","n":1,"tributary.type":"UUID"}},
    {"name":"f","type":{"type":"map","keyType":"string","valueType":"decimal( 5 , 1 )",
     "valueContainsNull":true},"nullable":true,"metadata":null},
    {"name":"v","type":"void","nullable":true,"metadata":{}}]})j")
                            .value();
  ASSERT_EQ(schema.fields.size(), 5u);
  EXPECT_FALSE(schema.fields[0].nullable);
  EXPECT_EQ(schema.fields[1].type.children[0].name, "d");
  EXPECT_FALSE(schema.fields[2].type.children[0].nullable);
  // A remembered type that no longer fits is passed over.
  EXPECT_EQ(schema.fields[2].type.id, TypeId::kList);
  EXPECT_THAT(schema.fields[2].metadata,
              testing::ElementsAre(testing::Pair("comment", "why"), testing::Pair("n", "json:1")));
  EXPECT_EQ(schema.fields[3].type, Type::Map(TypeId::kVarchar, Type::Decimal(5, 1)));
  EXPECT_EQ(schema.fields[4].type.id, TypeId::kNull);
}

TEST(SchemaTest, MetadataOfOthersIsKeptAsItStands) {
  const std::string json =
      R"j({"type":"struct","fields":[{"name":"a","type":"long","nullable":true,"metadata":)j"
      R"j({"comment":"x","json":"json:odd","deep":{"a":[1,null]},"t":true}}]})j";
  EXPECT_EQ(SchemaToJson(ParseSchema(json).value()).value(),
            R"j({"type":"struct","fields":[{"name":"a","type":"long","nullable":true,"metadata":)j"
            R"j({"comment":"x","json":"json:odd","deep":{"a":[1,null]},"t":true}}]})j");
}

TEST(SchemaTest, BrokenSchemasAreCorruptionAndForeignTypesAreNamed) {
  for (const char* json :
       {"", "{}", "[]", R"j({"type":"struct"})j", R"j({"type":"struct","fields":[1]})j",
        R"j({"type":"struct","fields":[{"name":"a","nullable":true}]})j",
        R"j({"type":"struct","fields":[{"name":"a","type":"decimal(39,0)","nullable":true}]})j",
        R"j({"type":"struct","fields":[{"name":"a","type":"decimal(5)","nullable":true}]})j",
        R"j({"type":"struct","fields":[{"name":"a","type":{"type":"array"},"nullable":true}]})j"}) {
    EXPECT_EQ(ParseSchema(json).error().code(), base::Code::kCorruption) << json;
  }
  const auto variant = ParseSchema(
      R"j({"type":"struct","fields":[{"name":"a","type":"variant","nullable":true}]})j");
  EXPECT_EQ(variant.error().code(), base::Code::kUnsupported);
  EXPECT_THAT(variant.error().message(), HasSubstr("'variant'"));

  std::string deep = R"j("long")j";
  for (int i = 0; i < 200; ++i) {
    deep = R"j({"type":"array","containsNull":true,"elementType":)j" + deep + "}";
  }
  EXPECT_EQ(ParseSchema(R"j({"type":"struct","fields":[{"name":"a","nullable":true,"type":)j" +
                        deep + "}]}")
                .error()
                .code(),
            base::Code::kCorruption);
}

TEST(MetadataTest, TimestampsWithoutZoneRaiseTheProtocol) {
  EXPECT_EQ(ProtocolFor({{{"a", TypeId::kTimestampTz}}}).value(), Protocol{});
  const Protocol raised =
      ProtocolFor({{{"a", Type::List(Type::Struct({{"m", TypeId::kTimestampS}}))}}}).value();
  EXPECT_EQ(raised.min_reader_version, 3);
  EXPECT_EQ(raised.min_writer_version, 7);
  EXPECT_THAT(raised.reader_features.value(), testing::ElementsAre("timestampNtz"));
  EXPECT_THAT(raised.writer_features.value(),
              testing::UnorderedElementsAre("timestampNtz", "appendOnly", "invariants"));
}

TEST(MetadataTest, PartitionColumnsAreChecked) {
  const Schema schema{{{"day", TypeId::kDate}, {"tags", Type::List(TypeId::kVarchar)}}};
  const Metadata metadata = MakeMetadata(schema, {"day"}, "id", 7).value();
  EXPECT_THAT(metadata.partition_columns, testing::ElementsAre("day"));
  EXPECT_EQ(metadata.created_unix_ms, 7);
  EXPECT_EQ(MakeMetadata(schema, {"dya"}, "id", 7).error().hint(), "Did you mean 'day'?");
  EXPECT_FALSE(MakeMetadata(schema, {"tags"}, "id", 7).ok());
  EXPECT_FALSE(MakeMetadata(schema, {"day", "day"}, "id", 7).ok());
  EXPECT_FALSE(MakeMetadata({{{"day", TypeId::kDate}}}, {"day"}, "id", 7).ok());
  EXPECT_FALSE(MakeMetadata({}, {}, "id", 7).ok());
  EXPECT_FALSE(MakeMetadata({{{"a", TypeId::kDate}, {"A", TypeId::kDate}}}, {}, "id", 7).ok());
}

TEST(PartitionTest, FoldersAreEscapedAsHiveDoes) {
  EXPECT_EQ(PartitionFolder({}, {}), "");
  EXPECT_EQ(PartitionFolder({"day", "a=b"}, {{"day", "2026-11-21 04:10:00"}, {"a=b", "x/y%z é"}}),
            "day=2026-11-21 04%3A10%3A00/a%3Db=x%2Fy%25z é/");
  EXPECT_EQ(PartitionFolder({"a", "b", "c"}, {{"a", std::nullopt}, {"b", ""}}),
            "a=__HIVE_DEFAULT_PARTITION__/b=__HIVE_DEFAULT_PARTITION__/"
            "c=__HIVE_DEFAULT_PARTITION__/");
}

struct FitRow {
  Type incoming;
  Type table;
  bool fits;
};

TEST(CheckWriteTest, OnlyWhatAlwaysFitsMayBeWritten) {
  const std::vector<FitRow> rows = {
      {TypeId::kInteger, TypeId::kBigInt, true},
      {TypeId::kBigInt, TypeId::kInteger, false},
      {TypeId::kUTinyInt, TypeId::kSmallInt, true},
      {TypeId::kUInteger, TypeId::kInteger, false},
      {TypeId::kHugeInt, Type::Decimal(38, 0), true},
      {TypeId::kBigInt, Type::Decimal(38, 0), true},
      {TypeId::kBigInt, Type::Decimal(18, 0), false},
      {Type::Decimal(10, 2), Type::Decimal(12, 4), true},
      {Type::Decimal(10, 2), Type::Decimal(11, 4), false},
      {Type::Decimal(10, 2), TypeId::kDouble, false},
      {TypeId::kInteger, TypeId::kDouble, true},
      {TypeId::kBigInt, TypeId::kDouble, false},
      {TypeId::kFloat, TypeId::kDouble, true},
      {TypeId::kDouble, TypeId::kFloat, false},
      {TypeId::kTimestampS, TypeId::kTimestamp, true},
      {TypeId::kTimestamp, TypeId::kTimestampTz, false},
      {TypeId::kUuid, TypeId::kVarchar, true},
      {TypeId::kVarchar, TypeId::kUuid, false},
      {TypeId::kVarchar, TypeId::kBlob, false},
      {Enum({"a"}), Enum({"b", "a"}), true},
      {Enum({"a", "c"}), Enum({"a", "b"}), false},
      {Type::List(TypeId::kInteger), Type::List(TypeId::kBigInt), true},
      {Type::List(TypeId::kBigInt), Type::List(TypeId::kInteger), false},
      {Array(TypeId::kFloat, 3), Type::List(TypeId::kFloat), true},
      {Array(TypeId::kFloat, 3), Array(TypeId::kFloat, 4), false},
      {Type::Struct({{"B", TypeId::kInteger}, {"a", TypeId::kDate}}),
       Type::Struct({{"a", TypeId::kDate}, {"b", TypeId::kBigInt}}), true},
      {Type::Struct({{"a", TypeId::kDate}}),
       Type::Struct({{"a", TypeId::kDate}, {"b", TypeId::kBigInt}}), false},
      {Type::Map(TypeId::kVarchar, TypeId::kInteger), Type::Map(TypeId::kVarchar, TypeId::kDouble),
       true},
  };
  for (const FitRow& row : rows) {
    SCOPED_TRACE(row.incoming.ToSql() + " into " + row.table.ToSql());
    const auto checked = CheckWrite({{{"c", row.table}}}, {{{"C", row.incoming}}}, false);
    EXPECT_EQ(checked.ok(), row.fits);
    if (checked.ok()) continue;
    EXPECT_EQ(checked.error().code(), base::Code::kInvalidArgument);
    EXPECT_THAT(checked.error().hint(), HasSubstr("CAST("));
  }
}

TEST(CheckWriteTest, ColumnsMatchByNameAndMayBeMissingWhenNullable) {
  const Schema table{
      {{"a", TypeId::kInteger}, {.name = "b", .type = TypeId::kDate, .nullable = false}}};
  EXPECT_EQ(CheckWrite(table, {{{"B", TypeId::kDate}, {"A", TypeId::kInteger}}}, false).value(),
            table);
  EXPECT_EQ(CheckWrite(table, {{{"b", TypeId::kDate}}}, false).value(), table);
  EXPECT_THAT(CheckWrite(table, {{{"a", TypeId::kInteger}}}, false).error().message(),
              HasSubstr("'b' is missing"));
  EXPECT_FALSE(CheckWrite(table, {{{"b", TypeId::kDate}, {"B", TypeId::kDate}}}, false).ok());
}

TEST(CheckWriteTest, NewColumnsNeedLeaveToEvolve) {
  const Schema table{{{"store", TypeId::kInteger}}};
  const Schema incoming{{{"store", TypeId::kInteger}, {"added", TypeId::kUTinyInt}}};
  EXPECT_THAT(CheckWrite(table, incoming, false).error().hint(), HasSubstr("evolve"));
  EXPECT_EQ(CheckWrite(table, {{{"stroe", TypeId::kInteger}}}, false).error().hint(),
            "Did you mean 'store'?");
  const Schema merged = CheckWrite(table, incoming, true).value();
  ASSERT_EQ(merged.fields.size(), 2u);
  EXPECT_EQ(merged.fields[1].name, "added");
  EXPECT_EQ(merged.fields[1].type.id, TypeId::kSmallInt);
  EXPECT_EQ(CheckWrite(table, {{{"store", TypeId::kInteger}, {"i", TypeId::kInterval}}}, true)
                .error()
                .code(),
            base::Code::kUnsupported);
}

}  // namespace
}  // namespace lake
