// AvroSchema::ToColumns: what an Avro schema means as columns. docs/files.md has the table.
#include <map>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "codec/avro_schema.h"

namespace codec {
namespace {

// SQL names are the same in either case, so two such fields could not both be asked for.
base::Result<void> CheckNames(const AvroType& record) {
  std::map<std::string, std::string> seen;
  for (const AvroField& field : record.fields) {
    const auto [other, fresh] = seen.emplace(base::ToLower(field.name), field.name);
    if (!fresh)
      return base::Unsupported(
          "the fields '" + other->second + "' and '" + field.name +
              "' differ only in case, which SQL does not tell apart",
          "Rename one; \"json\": {\"path\": [...]} says its key in the files.");
  }
  if (record.fields.empty())
    return base::Unsupported("the record '" + record.full_name + "' has no fields",
                             "Declare it as a map, or leave it out.");
  return {};
}

// Named types can be used again and again, so a short text can mean a vast or a very deep table.
struct Budget {
  size_t types = 0;
  int depth = 0;
};

base::Result<columnar::Type> Nested(const AvroType& declared, const std::string& place,
                                    Budget& budget);

base::Result<columnar::Type> ColumnType(const AvroType& declared, const std::string& place,
                                        Budget& budget) {
  if (++budget.types > base::limits::kSchemaTypesMax || budget.depth >= base::limits::kNestingMax)
    return base::Unsupported(
        "the schema means more than " + std::to_string(base::limits::kSchemaTypesMax) +
            " columns with nested ones counted, or nests more than " +
            std::to_string(base::limits::kNestingMax) + " deep at '" + place + "'",
        "Declare the inner parts as string.");
  const AvroType* type = declared.NonNull();
  if (type == nullptr)
    return base::Unsupported(
        "the field '" + place + "' is a union of several types, which is no column",
        "Only [\"null\", T] can be one: split it into fields, or declare it as string.");
  switch (type->logical) {
    case AvroLogical::kNone:
      break;
    case AvroLogical::kDecimal:
      return columnar::Type::Decimal(static_cast<uint8_t>(type->precision),
                                     static_cast<uint8_t>(type->scale));
    case AvroLogical::kUuid:
      return columnar::Type(columnar::TypeId::kUuid);
    case AvroLogical::kDate:
      return columnar::Type(columnar::TypeId::kDate);
    case AvroLogical::kTimeMillis:
    case AvroLogical::kTimeMicros:
      return columnar::Type(columnar::TypeId::kTime);
    case AvroLogical::kTimestampMillis:
    case AvroLogical::kTimestampMicros:
      return columnar::Type(columnar::TypeId::kTimestampTz);
    case AvroLogical::kLocalTimestampMillis:
    case AvroLogical::kLocalTimestampMicros:
      return columnar::Type(columnar::TypeId::kTimestamp);
  }
  switch (type->kind) {
    case AvroKind::kBoolean:
      return columnar::Type(columnar::TypeId::kBoolean);
    case AvroKind::kInt:
      return columnar::Type(columnar::TypeId::kInteger);
    case AvroKind::kLong:
      return columnar::Type(columnar::TypeId::kBigInt);
    case AvroKind::kFloat:
      return columnar::Type(columnar::TypeId::kFloat);
    case AvroKind::kDouble:
      return columnar::Type(columnar::TypeId::kDouble);
    case AvroKind::kBytes:
    case AvroKind::kFixed:
      return columnar::Type(columnar::TypeId::kBlob);
    case AvroKind::kString:
    case AvroKind::kEnum:
      // An enum is text in the lake, whose protocol has no enumerations, and so can gain symbols.
      return columnar::Type(columnar::TypeId::kVarchar);
    case AvroKind::kArray:
      return columnar::Type::List(TRY(Nested(*type->element, place + "[]", budget)));
    case AvroKind::kMap:
      return columnar::Type::Map(columnar::TypeId::kVarchar,
                                 TRY(Nested(*type->element, place + "{}", budget)));
    case AvroKind::kRecord: {
      TRY(CheckNames(*type));
      std::vector<columnar::Field> fields;
      for (const AvroField& field : type->fields) {
        columnar::Field member;
        member.name = field.name;
        member.type = TRY(Nested(*field.type, place + "." + field.name, budget));
        fields.push_back(std::move(member));
      }
      return columnar::Type::Struct(std::move(fields));
    }
    case AvroKind::kNull:
    case AvroKind::kUnion:
      break;
  }
  return base::Unsupported("the field '" + place + "' is only ever null, which is no column",
                           "Give it a type, [\"null\", \"string\"] for one, or leave it out.");
}

base::Result<columnar::Type> Nested(const AvroType& declared, const std::string& place,
                                    Budget& budget) {
  ++budget.depth;
  columnar::Type type = TRY(ColumnType(declared, place, budget));
  --budget.depth;
  return type;
}

}  // namespace

base::Result<columnar::Schema> AvroSchema::ToColumns() const {
  if (root_->kind != AvroKind::kRecord)
    return base::InvalidArgument("the schema of a table must be a record",
                                 "Write {\"type\": \"record\", \"name\": ..., \"fields\": [...]}.");
  TRY(CheckNames(*root_));
  columnar::Schema schema;
  Budget budget;
  for (const AvroField& field : root_->fields) {
    columnar::Field column;
    column.name = field.name;
    column.type = TRY(ColumnType(*field.type, field.name, budget));
    column.nullable = field.type->nullable();
    schema.fields.push_back(std::move(column));
  }
  return schema;
}

}  // namespace codec
