#include "columnar/type.h"

#include <duckdb/common/types.hpp>
#include <gtest/gtest.h>

#include "columnar/duckdb_type.h"

namespace columnar {
namespace {

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

Type Union(std::vector<Field> members) {
  Type type(TypeId::kUnion);
  type.children = std::move(members);
  return type;
}

std::vector<Type> EveryType() {
  std::vector<Type> types;
  for (const TypeId id :
       {TypeId::kBoolean,     TypeId::kTinyInt,    TypeId::kSmallInt,    TypeId::kInteger,
        TypeId::kBigInt,      TypeId::kHugeInt,    TypeId::kUTinyInt,    TypeId::kUSmallInt,
        TypeId::kUInteger,    TypeId::kUBigInt,    TypeId::kUHugeInt,    TypeId::kFloat,
        TypeId::kDouble,      TypeId::kVarchar,    TypeId::kBlob,        TypeId::kUuid,
        TypeId::kJson,        TypeId::kDate,       TypeId::kTime,        TypeId::kTimeTz,
        TypeId::kTimestamp,   TypeId::kTimestampS, TypeId::kTimestampMs, TypeId::kTimestampNs,
        TypeId::kTimestampTz, TypeId::kInterval,   TypeId::kBit,         TypeId::kNull}) {
    types.emplace_back(id);
  }
  types.push_back(Type::Decimal(10, 2));
  types.push_back(Type::Decimal(38, 0));
  types.push_back(Enum({"small", "it's large"}));
  types.push_back(Type::List(Type::List(TypeId::kInteger)));
  types.push_back(Type::Map(TypeId::kVarchar, Type::Decimal(4, 1)));
  types.push_back(Type::Struct(
      {{"a b", TypeId::kInteger, true, {}}, {"say \"x\"", Type::List(TypeId::kJson), true, {}}}));
  types.push_back(Array(TypeId::kFloat, 3));
  types.push_back(
      Union({{"number", TypeId::kInteger, true, {}}, {"text", TypeId::kVarchar, true, {}}}));
  return types;
}

TEST(TypeTest, EveryTypeGoesToDuckDbAndBackUnchanged) {
  for (const Type& type : EveryType()) {
    const auto logical = ToDuckDb(type);
    ASSERT_TRUE(logical.ok()) << type.ToSql() << ": " << logical.error().ToString();
    EXPECT_EQ(FromDuckDb(*logical), type) << type.ToSql();
  }
}

TEST(TypeTest, TheSqlTextOfATypeIsReadBackByDuckDbAsTheSameType) {
  for (const Type& type : EveryType()) {
    if (type.id == TypeId::kJson || type.id == TypeId::kNull) continue;  // names of a catalog
    if (type.ToSql().find("JSON") != std::string::npos) continue;
    const auto parsed = duckdb::TransformStringToLogicalType(type.ToSql());
    EXPECT_EQ(FromDuckDb(parsed), type) << type.ToSql() << " became " << parsed.ToString();
  }
}

TEST(TypeTest, ATypeWithoutAnIdKeepsDuckDbsName) {
  const Type type = FromDuckDb(duckdb::LogicalType::BIGNUM);
  EXPECT_EQ(type.id, TypeId::kOther);
  EXPECT_EQ(type.ToSql(), "BIGNUM");
  const auto back = ToDuckDb(type);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->id(), duckdb::LogicalTypeId::BIGNUM);
}

TEST(TypeTest, AnImpossibleDecimalIsRefusedByName) {
  const auto result = ToDuckDb(Type::Decimal(39, 0));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), base::Code::kUnsupported);
  EXPECT_NE(result.error().message().find("DECIMAL(39,0)"), std::string::npos);
}

TEST(TypeTest, FieldsAreFoundByNameAsWritten) {
  const Schema schema{{{"id", TypeId::kBigInt, true, {}}, {"Name", TypeId::kVarchar, true, {}}}};
  EXPECT_EQ(schema.IndexOf("Name"), 1);
  EXPECT_EQ(schema.IndexOf("name"), -1);
}

}  // namespace
}  // namespace columnar
