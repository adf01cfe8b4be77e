// Type: makers, comparison and SQL text. Pure; THREAD: any.
#include "columnar/type.h"

#include "base/text.h"

namespace columnar {
namespace {

std::string MembersToSql(std::string_view keyword, const std::vector<Field>& fields) {
  std::string text(keyword);
  text += '(';
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) text += ", ";
    text += base::QuoteIdentifier(fields[i].name) + " " + fields[i].type.ToSql();
  }
  return text + ")";
}

std::string EnumToSql(const std::vector<std::string>& labels) {
  std::vector<std::string> quoted;
  for (const std::string& label : labels) quoted.push_back(base::QuoteLiteral(label));
  return "ENUM(" + base::Join(quoted, ", ") + ")";
}

}  // namespace

Type::Type() = default;
Type::Type(TypeId type_id) : id(type_id) {}
Type::Type(const Type&) = default;
Type::Type(Type&&) noexcept = default;
Type& Type::operator=(const Type&) = default;
Type& Type::operator=(Type&&) noexcept = default;
Type::~Type() = default;

Type Type::Decimal(uint8_t width, uint8_t scale) {
  Type type(TypeId::kDecimal);
  type.width = width;
  type.scale = scale;
  return type;
}

Type Type::List(Type element) {
  Type type(TypeId::kList);
  type.children.push_back({"element", std::move(element), true, {}});
  return type;
}

Type Type::Map(Type key, Type value) {
  Type type(TypeId::kMap);
  type.children.push_back({"key", std::move(key), false, {}});
  type.children.push_back({"value", std::move(value), true, {}});
  return type;
}

Type Type::Struct(std::vector<Field> fields) {
  Type type(TypeId::kStruct);
  type.children = std::move(fields);
  return type;
}

std::string Type::ToSql() const {
  switch (id) {
    case TypeId::kBoolean:
      return "BOOLEAN";
    case TypeId::kTinyInt:
      return "TINYINT";
    case TypeId::kSmallInt:
      return "SMALLINT";
    case TypeId::kInteger:
      return "INTEGER";
    case TypeId::kBigInt:
      return "BIGINT";
    case TypeId::kHugeInt:
      return "HUGEINT";
    case TypeId::kUTinyInt:
      return "UTINYINT";
    case TypeId::kUSmallInt:
      return "USMALLINT";
    case TypeId::kUInteger:
      return "UINTEGER";
    case TypeId::kUBigInt:
      return "UBIGINT";
    case TypeId::kUHugeInt:
      return "UHUGEINT";
    case TypeId::kFloat:
      return "FLOAT";
    case TypeId::kDouble:
      return "DOUBLE";
    case TypeId::kDecimal:
      return "DECIMAL(" + std::to_string(width) + "," + std::to_string(scale) + ")";
    case TypeId::kVarchar:
      return "VARCHAR";
    case TypeId::kBlob:
      return "BLOB";
    case TypeId::kUuid:
      return "UUID";
    case TypeId::kEnum:
      return EnumToSql(labels);
    case TypeId::kJson:
      return "JSON";
    case TypeId::kDate:
      return "DATE";
    case TypeId::kTime:
      return "TIME";
    case TypeId::kTimeTz:
      return "TIME WITH TIME ZONE";
    case TypeId::kTimestamp:
      return "TIMESTAMP";
    case TypeId::kTimestampS:
      return "TIMESTAMP_S";
    case TypeId::kTimestampMs:
      return "TIMESTAMP_MS";
    case TypeId::kTimestampNs:
      return "TIMESTAMP_NS";
    case TypeId::kTimestampTz:
      return "TIMESTAMP WITH TIME ZONE";
    case TypeId::kInterval:
      return "INTERVAL";
    case TypeId::kBit:
      return "BIT";
    case TypeId::kUnion:
      return MembersToSql("UNION", children);
    case TypeId::kNull:
      return "\"NULL\"";
    case TypeId::kStruct:
      return MembersToSql("STRUCT", children);
    case TypeId::kList:
      return children.at(0).type.ToSql() + "[]";
    case TypeId::kMap:
      return "MAP(" + children.at(0).type.ToSql() + ", " + children.at(1).type.ToSql() + ")";
    case TypeId::kArray:
      return children.at(0).type.ToSql() + "[" + std::to_string(array_size) + "]";
    case TypeId::kOther:
      return name;
  }
  return name;
}

bool operator==(const Type& a, const Type& b) {
  return a.id == b.id && a.width == b.width && a.scale == b.scale && a.array_size == b.array_size &&
         a.children == b.children && a.labels == b.labels && a.name == b.name;
}

bool operator==(const Field& a, const Field& b) {
  return a.name == b.name && a.type == b.type && a.nullable == b.nullable &&
         a.metadata == b.metadata;
}

int Schema::IndexOf(std::string_view name) const {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace columnar
