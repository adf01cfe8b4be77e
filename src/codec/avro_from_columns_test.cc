// AvroFromColumns: columns that came with types keep them through their Avro schema.
#include "codec/avro_from_columns.h"

#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace codec {
namespace {

using columnar::Type;
using columnar::TypeId;

columnar::Field Column(std::string name, Type type) {
  columnar::Field field;
  field.name = std::move(name);
  field.type = std::move(type);
  return field;
}

TEST(AvroFromColumnsTest, TypesSurvive) {
  const columnar::Schema columns{
      {Column("b", TypeId::kBoolean), Column("i", TypeId::kInteger), Column("l", TypeId::kBigInt),
       Column("f", TypeId::kFloat), Column("d", TypeId::kDouble), Column("s", TypeId::kVarchar),
       Column("y", TypeId::kBlob), Column("u", TypeId::kUuid), Column("day", TypeId::kDate),
       Column("t", TypeId::kTime), Column("ts", TypeId::kTimestamp),
       Column("tz", TypeId::kTimestampTz), Column("n", Type::Decimal(12, 3)),
       Column("a", Type::List(Type::Struct({Column("x", TypeId::kInteger)}))),
       Column("m", Type::Map(TypeId::kVarchar, TypeId::kDouble))}};
  const auto schema = AvroFromColumns(columns, "x");
  ASSERT_TRUE(schema.ok()) << schema.error().ToString();
  const auto again = schema->ToColumns();
  ASSERT_EQ(again->fields.size(), columns.fields.size());
  for (size_t i = 0; i < columns.fields.size(); ++i) {
    EXPECT_EQ(again->fields[i].name, columns.fields[i].name);
    EXPECT_EQ(again->fields[i].type.ToSql(), columns.fields[i].type.ToSql());
  }
}

TEST(AvroFromColumnsTest, NamesAndTypesThatAvroHasNot) {
  const columnar::Schema odd{
      {Column("Unit Price", TypeId::kDouble), Column("2", TypeId::kUBigInt)}};
  const auto schema = AvroFromColumns(odd, "x");
  EXPECT_EQ(schema->root().fields[0].name, "Unit_Price");
  EXPECT_EQ(schema->root().fields[0].json_path, std::vector<std::string>{"Unit Price"});
  EXPECT_EQ(schema->ToColumns()->fields[1].type.ToSql(), "DECIMAL(20,0)");
  const columnar::Schema refused{{Column("v", Type::List(TypeId::kInterval))}};
  EXPECT_EQ(AvroFromColumns(refused, "x").error().message(),
            "the column 'v[]' of type INTERVAL has no Avro type");
}

}  // namespace
}  // namespace codec
