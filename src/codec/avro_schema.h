// AvroSchema: a parsed Avro schema (Avro specification 1.11, "Schema Declaration") and what it
// means as columns. Value behind a shared pointer; THREAD: any. Made to be extended: the binary
// codec of the schema registry will compile from the same tree.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "columnar/type.h"

namespace codec {

enum class AvroKind : uint8_t {
  kNull,
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kBytes,
  kString,
  kRecord,
  kEnum,
  kArray,
  kMap,
  kUnion,
  kFixed,
};

enum class AvroLogical : uint8_t {
  kNone,
  kDecimal,
  kUuid,
  kDate,
  kTimeMillis,
  kTimeMicros,
  kTimestampMillis,
  kTimestampMicros,
  kLocalTimestampMillis,
  kLocalTimestampMicros,
};

struct AvroType;

struct AvroField {
  std::string name;
  std::vector<std::string> aliases;
  std::string doc;
  std::string order;  // "descending" or "ignore"; "" is Avro's default, ascending
  std::shared_ptr<const AvroType> type;
  std::optional<std::string> default_json;
  // Where the value stands in a JSON record when it is not simply under `name` or an alias: the
  // field property "json": {"path": ["details", "Brand"], "ignore_case": true}. An extension of
  // ours that Avro's own readers skip, as the specification asks of unknown properties.
  std::vector<std::string> json_path;
  bool json_ignore_case = false;
};

struct AvroType {
  AvroKind kind = AvroKind::kNull;
  AvroLogical logical = AvroLogical::kNone;
  int precision = 0, scale = 0;                           // kDecimal
  int64_t fixed_bytes = 0;                                // kFixed
  std::string full_name, doc;                             // kRecord, kEnum, kFixed
  std::vector<std::string> aliases;                       // kRecord, kEnum, kFixed: full names
  std::optional<std::string> default_symbol;              // kEnum
  std::vector<AvroField> fields;                          // kRecord
  std::vector<std::string> symbols;                       // kEnum
  std::vector<std::shared_ptr<const AvroType>> branches;  // kUnion
  std::shared_ptr<const AvroType> element;                // kArray items, kMap values

  // The type a value has when it is not null: for a union of null and one type that type, for any
  // other type itself; nullptr for a union of more, or of null alone.
  [[nodiscard]] const AvroType* NonNull() const;
  [[nodiscard]] bool nullable() const;  // null itself, or a union with a null branch
};

class AvroSchema {
 public:
  // ERRORS: kInvalidArgument "3:14: ...", line and column of the mistake; kUnsupported, with the
  // place too, for a type that contains itself.
  static base::Result<AvroSchema> Parse(std::string_view json);

  [[nodiscard]] const AvroType& root() const { return *root_; }
  // ERRORS: kUnsupported, naming the field, for a union of more than null and one type and for a
  // field that is only ever null; kInvalidArgument when the root is no record. docs/files.md has
  // the table of types.
  base::Result<columnar::Schema> ToColumns() const;
  // The schema written again, for people: two-space indents, fields one a line where they fit.
  [[nodiscard]] std::string ToPrettyJson() const;

 private:
  std::shared_ptr<const AvroType> root_;
};

}  // namespace codec
