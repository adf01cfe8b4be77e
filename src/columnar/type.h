// Type: the data types that cross room doors, free of DuckDB's headers. One name per type, the one
// DuckDB's SQL uses. Value type. columnar/duckdb_type.h converts to and from duckdb::LogicalType.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace columnar {

enum class TypeId : uint8_t {
  kBoolean,
  kTinyInt,
  kSmallInt,
  kInteger,
  kBigInt,
  kHugeInt,
  kUTinyInt,
  kUSmallInt,
  kUInteger,
  kUBigInt,
  kUHugeInt,
  kFloat,
  kDouble,
  kDecimal,
  kVarchar,
  kBlob,
  kUuid,
  kEnum,
  kJson,
  kDate,
  kTime,
  kTimeTz,
  kTimestamp,  // microseconds, no time zone
  kTimestampS,
  kTimestampMs,
  kTimestampNs,
  kTimestampTz,  // microseconds since the epoch, an instant
  kInterval,
  kBit,
  kUnion,
  kNull,
  kStruct,
  kList,
  kMap,
  kArray,
  kOther,  // anything else DuckDB has; `name` carries its SQL name
};

struct Field;

struct Type {
  TypeId id = TypeId::kNull;
  uint8_t width = 0, scale = 0;  // kDecimal
  uint64_t array_size = 0;       // kArray
  std::vector<Field> children;   // kStruct: fields; kList, kArray: "element"; kMap: "key", "value"
  std::vector<std::string> labels;  // kEnum
  std::string name;                 // kOther

  // Defined where Field is complete.
  Type();
  Type(TypeId type_id);  // NOLINT(google-explicit-constructor)
  Type(const Type&);
  Type(Type&&) noexcept;
  Type& operator=(const Type&);
  Type& operator=(Type&&) noexcept;
  ~Type();

  static Type Decimal(uint8_t width, uint8_t scale);
  static Type List(Type element);
  static Type Map(Type key, Type value);
  static Type Struct(std::vector<Field> fields);

  // SQL text that DuckDB parses back: "DECIMAL(10,2)", "STRUCT(a INTEGER, b VARCHAR[])".
  [[nodiscard]] std::string ToSql() const;

  friend bool operator==(const Type&, const Type&);
};

// A named, possibly null value. `metadata` travels with the schema (Delta keeps it per column).
struct Field {
  std::string name;
  Type type;
  bool nullable = true;
  std::vector<std::pair<std::string, std::string>> metadata;

  friend bool operator==(const Field&, const Field&);
};

struct Schema {
  std::vector<Field> fields;
  // Index of the field of that name as written, or -1.
  [[nodiscard]] int IndexOf(std::string_view name) const;
  friend bool operator==(const Schema&, const Schema&) = default;
};

}  // namespace columnar
