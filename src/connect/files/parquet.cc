#include "connect/files/parquet.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "codec/avro_from_columns.h"

namespace connect::files {
namespace {

using columnar::Type;
using columnar::TypeId;

std::string Relation(const InputFile& input) {
  return "read_parquet(" + base::QuoteLiteral(input.disk_path) + ")";
}

// The digits that every value of an integer type fits, with its sign; 0 for other types.
int IntegerDigits(TypeId id) {
  switch (id) {
    case TypeId::kTinyInt:
    case TypeId::kUTinyInt:
      return 3;
    case TypeId::kSmallInt:
    case TypeId::kUSmallInt:
      return 5;
    case TypeId::kInteger:
    case TypeId::kUInteger:
      return 10;
    case TypeId::kBigInt:
      return 19;
    case TypeId::kUBigInt:
      return 20;
    default:
      return 0;
  }
}

bool Widens(const Type& from, const Type& to);

bool ChildrenWiden(const Type& from, const Type& to) {
  if (from.children.size() != to.children.size()) return false;
  for (size_t i = 0; i < from.children.size(); ++i) {
    if (to.id == TypeId::kStruct && from.children[i].name != to.children[i].name) return false;
    if (!Widens(from.children[i].type, to.children[i].type)) return false;
  }
  return true;
}

// Is every value of `from` a value of `to`?
bool Widens(const Type& from, const Type& to) {
  switch (to.id) {
    case TypeId::kInteger:
      return from.id == TypeId::kInteger || from.id == TypeId::kSmallInt ||
             from.id == TypeId::kTinyInt || from.id == TypeId::kUSmallInt ||
             from.id == TypeId::kUTinyInt;
    case TypeId::kBigInt:
      return from.id != TypeId::kUBigInt && IntegerDigits(from.id) > 0;
    case TypeId::kDouble:
      return from.id == TypeId::kDouble || from.id == TypeId::kFloat ||
             (IntegerDigits(from.id) > 0 && IntegerDigits(from.id) <= 10);
    case TypeId::kDecimal:
      if (IntegerDigits(from.id) > 0) return IntegerDigits(from.id) <= to.width - to.scale;
      return from.id == TypeId::kDecimal && from.scale <= to.scale &&
             from.width - from.scale <= to.width - to.scale;
    case TypeId::kTimestamp:
      return from.id == TypeId::kTimestamp || from.id == TypeId::kTimestampMs ||
             from.id == TypeId::kTimestampS;
    case TypeId::kVarchar:
      return from.id == TypeId::kVarchar || from.id == TypeId::kEnum || from.id == TypeId::kJson;
    case TypeId::kList:
      return (from.id == TypeId::kList || from.id == TypeId::kArray) && ChildrenWiden(from, to);
    case TypeId::kMap:
    case TypeId::kStruct:
      return from.id == to.id && ChildrenWiden(from, to);
    default:
      return from.id == to.id;
  }
}

// The column of the file that feeds a field, under the rules of JSON keys.
const columnar::Field* FindColumn(const columnar::Schema& columns, const codec::AvroField& field) {
  std::vector<std::string> names = {field.name};
  names.insert(names.end(), field.aliases.begin(), field.aliases.end());
  if (!field.json_path.empty()) names = {field.json_path.front()};
  for (const std::string& name : names) {
    for (const columnar::Field& column : columns.fields) {
      if (column.name == name ||
          (field.json_ignore_case && base::EqualsIgnoreCase(column.name, name)))
        return &column;
    }
  }
  return nullptr;
}

// The columns of a file as its writer declared them.
base::Result<columnar::Schema> ParquetColumns(sql::Connection& connection, const InputFile& input) {
  const auto rows =
      TRY(connection.Query("SELECT * FROM " + Relation(input) + " LIMIT 0").With(input.path));
  columnar::Schema columns;
  for (const sql::Column& column : rows->columns()) {
    columnar::Field& field = columns.fields.emplace_back();
    field.name = column.name;
    field.type = column.type;
  }
  return columns;
}

base::Result<std::string> FileQuery(sql::Connection& connection, const InputFile& input,
                                    const codec::AvroSchema& schema,
                                    const columnar::Schema& wanted) {
  const columnar::Schema columns = TRY(ParquetColumns(connection, input));
  std::string select;
  std::string nulls;
  for (size_t i = 0; i < wanted.fields.size(); ++i) {
    const columnar::Field& target = wanted.fields[i];
    const codec::AvroField& field = schema.root().fields[i];
    if (field.json_path.size() > 1)
      return base::Unsupported(
          "the field '" + field.name + "' has a path, which Parquet has not",
          "Declare the outer column as a record and take it apart in a model.");
    const columnar::Field* column = FindColumn(columns, field);
    select += select.empty() ? "SELECT " : ", ";
    if (column == nullptr) {
      if (!target.nullable) {
        std::vector<std::string> names;
        for (const columnar::Field& other : columns.fields) names.push_back(other.name);
        return base::InvalidArgument(
            input.path + ": the required column '" + field.name + "' is not there",
            base::DidYouMean(field.name, names));
      }
      select += "NULL";
    } else {
      if (!Widens(column->type, target.type))
        return base::InvalidArgument(
            input.path + ": the column '" + column->name + "' is " + column->type.ToSql() +
                ", the schema has " + target.type.ToSql(),
            "Change the schema, or convert the column in the program that writes the file.");
      select += base::QuoteIdentifier(column->name);
      if (!target.nullable)
        nulls += (nulls.empty() ? "" : " UNION ALL ") +
                 ("SELECT " + base::QuoteLiteral(column->name)) + " FROM (SELECT 1 FROM " +
                 Relation(input) + " WHERE " + base::QuoteIdentifier(column->name) +
                 " IS NULL LIMIT 1)";
    }
    select += "::" + target.type.ToSql() + " AS " + base::QuoteIdentifier(target.name);
  }
  if (!nulls.empty()) {
    auto rows = TRY(connection.Query(nulls).With(input.path));
    std::vector<sql::Rows::TextRow> found;
    while (TRY(rows->NextText(found).With(input.path))) {
      if (found.empty()) continue;
      return base::InvalidArgument(
          input.path + ": the required column '" + found[0][0].value_or("") + "' holds nulls",
          "Allow them in the schema: [\"null\", ...].");
    }
  }
  return select + " FROM " + Relation(input);
}

}  // namespace

base::Result<codec::AvroSchema> ParquetSchema(sql::Connection& connection, const InputFile& input,
                                              const std::string& record_name) {
  const columnar::Schema columns = TRY(ParquetColumns(connection, input));
  return codec::AvroFromColumns(columns, record_name).With(input.path);
}

base::Result<std::string> ParquetQuery(sql::Connection& connection,
                                       const std::vector<InputFile>& inputs,
                                       const codec::AvroSchema& schema) {
  const columnar::Schema wanted = TRY(schema.ToColumns());
  std::string query;
  for (const InputFile& input : inputs) {
    const std::string one = TRY(FileQuery(connection, input, schema, wanted));
    query += (query.empty() ? "" : " UNION ALL ") + one;
  }
  return query;
}

}  // namespace connect::files
