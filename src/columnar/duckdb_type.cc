// Type to duckdb::LogicalType and back.
#include "columnar/duckdb_type.h"

#include <exception>

#include <duckdb/common/error_data.hpp>
#include <duckdb/common/extra_type_info.hpp>
#include <duckdb/common/types/vector.hpp>

namespace columnar {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;

LogicalType EnumType(const std::vector<std::string>& labels) {
  duckdb::Vector texts(LogicalType::VARCHAR, labels.empty() ? 1 : labels.size());
  auto* data = duckdb::FlatVector::GetData<duckdb::string_t>(texts);
  for (size_t i = 0; i < labels.size(); ++i) {
    data[i] = duckdb::StringVector::AddString(texts, labels[i]);
  }
  return LogicalType::ENUM(texts, labels.size());
}

base::Result<duckdb::child_list_t<LogicalType>> Members(const std::vector<Field>& fields) {
  duckdb::child_list_t<LogicalType> members;
  for (const Field& field : fields) members.emplace_back(field.name, TRY(ToDuckDb(field.type)));
  return members;
}

base::Result<LogicalType> Convert(const Type& type) {
  switch (type.id) {
    case TypeId::kBoolean:
      return LogicalType(LogicalType::BOOLEAN);
    case TypeId::kTinyInt:
      return LogicalType(LogicalType::TINYINT);
    case TypeId::kSmallInt:
      return LogicalType(LogicalType::SMALLINT);
    case TypeId::kInteger:
      return LogicalType(LogicalType::INTEGER);
    case TypeId::kBigInt:
      return LogicalType(LogicalType::BIGINT);
    case TypeId::kHugeInt:
      return LogicalType(LogicalType::HUGEINT);
    case TypeId::kUTinyInt:
      return LogicalType(LogicalType::UTINYINT);
    case TypeId::kUSmallInt:
      return LogicalType(LogicalType::USMALLINT);
    case TypeId::kUInteger:
      return LogicalType(LogicalType::UINTEGER);
    case TypeId::kUBigInt:
      return LogicalType(LogicalType::UBIGINT);
    case TypeId::kUHugeInt:
      return LogicalType(LogicalType::UHUGEINT);
    case TypeId::kFloat:
      return LogicalType(LogicalType::FLOAT);
    case TypeId::kDouble:
      return LogicalType(LogicalType::DOUBLE);
    case TypeId::kDecimal:
      if (type.width < 1 || type.width > 38 || type.scale > type.width) {
        return base::Unsupported("no such type as " + type.ToSql(),
                                 "A decimal has 1 to 38 digits, no more of them after the point.");
      }
      return LogicalType::DECIMAL(type.width, type.scale);
    case TypeId::kVarchar:
      return LogicalType(LogicalType::VARCHAR);
    case TypeId::kBlob:
      return LogicalType(LogicalType::BLOB);
    case TypeId::kUuid:
      return LogicalType(LogicalType::UUID);
    case TypeId::kEnum:
      return EnumType(type.labels);
    case TypeId::kJson:
      return LogicalType::JSON();
    case TypeId::kDate:
      return LogicalType(LogicalType::DATE);
    case TypeId::kTime:
      return LogicalType(LogicalType::TIME);
    case TypeId::kTimeTz:
      return LogicalType(LogicalType::TIME_TZ);
    case TypeId::kTimestamp:
      return LogicalType(LogicalType::TIMESTAMP);
    case TypeId::kTimestampS:
      return LogicalType(LogicalType::TIMESTAMP_S);
    case TypeId::kTimestampMs:
      return LogicalType(LogicalType::TIMESTAMP_MS);
    case TypeId::kTimestampNs:
      return LogicalType(LogicalType::TIMESTAMP_NS);
    case TypeId::kTimestampTz:
      return LogicalType(LogicalType::TIMESTAMP_TZ);
    case TypeId::kInterval:
      return LogicalType(LogicalType::INTERVAL);
    case TypeId::kBit:
      return LogicalType(LogicalType::BIT);
    case TypeId::kUnion:
      return LogicalType::UNION(TRY(Members(type.children)));
    case TypeId::kNull:
      return LogicalType(LogicalType::SQLNULL);
    case TypeId::kStruct:
      return LogicalType::STRUCT(TRY(Members(type.children)));
    case TypeId::kList:
      return LogicalType::LIST(TRY(ToDuckDb(type.children.at(0).type)));
    case TypeId::kMap:
      return LogicalType::MAP(TRY(ToDuckDb(type.children.at(0).type)),
                              TRY(ToDuckDb(type.children.at(1).type)));
    case TypeId::kArray:
      return LogicalType::ARRAY(TRY(ToDuckDb(type.children.at(0).type)),
                                duckdb::optional_idx(type.array_size));
    case TypeId::kOther:
      return duckdb::TransformStringToLogicalType(type.name);
  }
  return base::Unsupported("no such type as " + type.ToSql());
}

std::vector<Field> FieldsOf(const duckdb::child_list_t<LogicalType>& members) {
  std::vector<Field> fields;
  for (const auto& [name, type] : members) fields.push_back({name, FromDuckDb(type), true, {}});
  return fields;
}

Type EnumFrom(const LogicalType& type) {
  Type result(TypeId::kEnum);
  const auto num_labels = duckdb::EnumType::GetSize(type);
  for (duckdb::idx_t i = 0; i < num_labels; ++i) {
    result.labels.push_back(duckdb::EnumType::GetString(type, i).GetString());
  }
  return result;
}

Type UnionFrom(const LogicalType& type) {
  Type result(TypeId::kUnion);
  const auto num_members = duckdb::UnionType::GetMemberCount(type);
  for (duckdb::idx_t i = 0; i < num_members; ++i) {
    result.children.push_back({duckdb::UnionType::GetMemberName(type, i),
                               FromDuckDb(duckdb::UnionType::GetMemberType(type, i)),
                               true,
                               {}});
  }
  return result;
}

Type Other(const LogicalType& type) {
  Type result(TypeId::kOther);
  result.name = type.ToString();
  return result;
}

Type NestedFrom(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::STRUCT:
      return Type::Struct(FieldsOf(duckdb::StructType::GetChildTypes(type)));
    case LogicalTypeId::LIST:
      return Type::List(FromDuckDb(duckdb::ListType::GetChildType(type)));
    case LogicalTypeId::MAP:
      return Type::Map(FromDuckDb(duckdb::MapType::KeyType(type)),
                       FromDuckDb(duckdb::MapType::ValueType(type)));
    case LogicalTypeId::ARRAY: {
      Type result = Type::List(FromDuckDb(duckdb::ArrayType::GetChildType(type)));
      result.id = TypeId::kArray;
      result.array_size = duckdb::ArrayType::GetSize(type);
      return result;
    }
    case LogicalTypeId::ENUM:
      return EnumFrom(type);
    case LogicalTypeId::UNION:
      return UnionFrom(type);
    default:
      return Other(type);
  }
}

}  // namespace

base::Result<LogicalType> ToDuckDb(const Type& type) {
  try {
    return Convert(type);
  } catch (const std::exception& exception) {
    return base::Unsupported("no such type as " + type.ToSql() + ": " +
                             duckdb::ErrorData(exception).RawMessage());
  }
}

Type FromDuckDb(const LogicalType& type) {
  if (type.IsJSONType()) return TypeId::kJson;
  switch (type.id()) {
    case LogicalTypeId::BOOLEAN:
      return TypeId::kBoolean;
    case LogicalTypeId::TINYINT:
      return TypeId::kTinyInt;
    case LogicalTypeId::SMALLINT:
      return TypeId::kSmallInt;
    case LogicalTypeId::INTEGER:
      return TypeId::kInteger;
    case LogicalTypeId::BIGINT:
      return TypeId::kBigInt;
    case LogicalTypeId::HUGEINT:
      return TypeId::kHugeInt;
    case LogicalTypeId::UTINYINT:
      return TypeId::kUTinyInt;
    case LogicalTypeId::USMALLINT:
      return TypeId::kUSmallInt;
    case LogicalTypeId::UINTEGER:
      return TypeId::kUInteger;
    case LogicalTypeId::UBIGINT:
      return TypeId::kUBigInt;
    case LogicalTypeId::UHUGEINT:
      return TypeId::kUHugeInt;
    case LogicalTypeId::FLOAT:
      return TypeId::kFloat;
    case LogicalTypeId::DOUBLE:
      return TypeId::kDouble;
    case LogicalTypeId::DECIMAL:
      return Type::Decimal(duckdb::DecimalType::GetWidth(type),
                           duckdb::DecimalType::GetScale(type));
    case LogicalTypeId::VARCHAR:
      return TypeId::kVarchar;
    case LogicalTypeId::BLOB:
      return TypeId::kBlob;
    case LogicalTypeId::UUID:
      return TypeId::kUuid;
    case LogicalTypeId::DATE:
      return TypeId::kDate;
    case LogicalTypeId::TIME:
      return TypeId::kTime;
    case LogicalTypeId::TIME_TZ:
      return TypeId::kTimeTz;
    case LogicalTypeId::TIMESTAMP:
      return TypeId::kTimestamp;
    case LogicalTypeId::TIMESTAMP_SEC:
      return TypeId::kTimestampS;
    case LogicalTypeId::TIMESTAMP_MS:
      return TypeId::kTimestampMs;
    case LogicalTypeId::TIMESTAMP_NS:
      return TypeId::kTimestampNs;
    case LogicalTypeId::TIMESTAMP_TZ:
      return TypeId::kTimestampTz;
    case LogicalTypeId::INTERVAL:
      return TypeId::kInterval;
    case LogicalTypeId::BIT:
      return TypeId::kBit;
    case LogicalTypeId::SQLNULL:
      return TypeId::kNull;
    default:
      return NestedFrom(type);
  }
}

}  // namespace columnar
