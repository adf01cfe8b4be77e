// DuckDB vectors as JSON texts, a column at a time: leaves are cast to text by DuckDB and quoted
// where JSON wants it, nested vectors are joined from their children's texts.
#include <cmath>

#include <duckdb/common/types/blob.hpp>
#include <duckdb/common/types/vector.hpp>
#include <duckdb/common/vector_operations/vector_operations.hpp>

#include "base/json_writer.h"
#include "sql/rows.h"

namespace sql {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;

// Leaf texts of a flat vector, cast by DuckDB without a time zone: instants come out in UTC.
std::vector<std::string> CastToText(duckdb::Vector& vector, size_t num_rows) {
  duckdb::Vector texts(LogicalType::VARCHAR, num_rows);
  duckdb::VectorOperations::DefaultCast(vector, texts, num_rows);
  texts.Flatten(num_rows);
  const auto* data = duckdb::FlatVector::GetData<duckdb::string_t>(texts);
  const auto& validity = duckdb::FlatVector::Validity(texts);
  std::vector<std::string> result(num_rows, "null");
  for (size_t row = 0; row < num_rows; ++row) {
    if (validity.RowIsValid(row)) result[row] = data[row].GetString();
  }
  return result;
}

// "2026-11-21 04:10:00+00" -> "2026-11-21T04:10:00Z"; "infinity" and years BC stay as they are.
std::string IsoTimestamp(std::string text) {
  const size_t space = text.find(' ');
  if (space == std::string::npos || text.ends_with(")")) return text;
  text[space] = 'T';
  if (text.ends_with("+00")) text.replace(text.size() - 3, 3, "Z");
  return text;
}

// DuckDB writes a fraction of full width as ".05", which JSON has no number for.
std::string JsonDecimal(std::string text) {
  const size_t point = text.starts_with('-') ? 1 : 0;
  if (point < text.size() && text[point] == '.') text.insert(point, "0");
  return text;
}

template <typename Edit>
std::vector<std::string> EditValid(duckdb::Vector& vector, size_t num_rows, Edit edit) {
  auto texts = CastToText(vector, num_rows);
  const auto& validity = duckdb::FlatVector::Validity(vector);
  for (size_t row = 0; row < num_rows; ++row) {
    if (validity.RowIsValid(row)) texts[row] = edit(std::move(texts[row]));
  }
  return texts;
}

std::vector<std::string> RenderBlob(duckdb::Vector& vector, size_t num_rows) {
  const auto* data = duckdb::FlatVector::GetData<duckdb::string_t>(vector);
  const auto& validity = duckdb::FlatVector::Validity(vector);
  std::vector<std::string> result(num_rows, "null");
  for (size_t row = 0; row < num_rows; ++row) {
    if (validity.RowIsValid(row)) {
      result[row] = "\"" + duckdb::Blob::ToBase64(data[row]) + "\"";
    }
  }
  return result;
}

std::vector<std::string> RenderElements(duckdb::Vector& vector, size_t num_rows) {
  auto& child = duckdb::ListVector::GetEntry(vector);
  const size_t num_elements = duckdb::ListVector::GetListSize(vector);
  child.Flatten(num_elements);
  const auto elements = RenderJson(child, num_elements);
  const auto* lists = duckdb::FlatVector::GetData<duckdb::list_entry_t>(vector);
  const auto& validity = duckdb::FlatVector::Validity(vector);
  std::vector<std::string> result(num_rows, "null");
  for (size_t row = 0; row < num_rows; ++row) {
    if (!validity.RowIsValid(row)) continue;
    result[row] = "[";
    for (size_t i = 0; i < lists[row].length; ++i) {
      if (i > 0) result[row] += ',';
      result[row] += elements[lists[row].offset + i];
    }
    result[row] += "]";
  }
  return result;
}

std::vector<std::string> RenderArray(duckdb::Vector& vector, size_t num_rows) {
  const size_t size = duckdb::ArrayType::GetSize(vector.GetType());
  auto& child = duckdb::ArrayVector::GetEntry(vector);
  child.Flatten(num_rows * size);
  const auto elements = RenderJson(child, num_rows * size);
  const auto& validity = duckdb::FlatVector::Validity(vector);
  std::vector<std::string> result(num_rows, "null");
  for (size_t row = 0; row < num_rows; ++row) {
    if (!validity.RowIsValid(row)) continue;
    result[row] = "[";
    for (size_t i = 0; i < size; ++i) result[row] += (i > 0 ? "," : "") + elements[row * size + i];
    result[row] += "]";
  }
  return result;
}

// A map becomes an object; a key that is no string is one by its text.
std::vector<std::string> RenderMap(duckdb::Vector& vector, size_t num_rows) {
  auto& entries = duckdb::ListVector::GetEntry(vector);
  const size_t num_entries = duckdb::ListVector::GetListSize(vector);
  entries.Flatten(num_entries);
  auto keys = RenderJson(*duckdb::StructVector::GetEntries(entries)[0], num_entries);
  for (std::string& key : keys) {
    if (!key.starts_with('"')) key = base::JsonQuote(key);
  }
  const auto values = RenderJson(*duckdb::StructVector::GetEntries(entries)[1], num_entries);
  const auto* lists = duckdb::FlatVector::GetData<duckdb::list_entry_t>(vector);
  const auto& validity = duckdb::FlatVector::Validity(vector);
  std::vector<std::string> result(num_rows, "null");
  for (size_t row = 0; row < num_rows; ++row) {
    if (!validity.RowIsValid(row)) continue;
    result[row] = "{";
    for (size_t i = 0; i < lists[row].length; ++i) {
      const size_t entry = lists[row].offset + i;
      if (i > 0) result[row] += ',';
      result[row] += keys[entry] + ":" + values[entry];
    }
    result[row] += "}";
  }
  return result;
}

std::vector<std::string> RenderStruct(duckdb::Vector& vector, size_t num_rows) {
  const auto& members = duckdb::StructType::GetChildTypes(vector.GetType());
  const bool unnamed = duckdb::StructType::IsUnnamed(vector.GetType());
  std::vector<std::vector<std::string>> values;
  for (auto& entry : duckdb::StructVector::GetEntries(vector)) {
    entry->Flatten(num_rows);
    values.push_back(RenderJson(*entry, num_rows));
  }
  const auto& validity = duckdb::FlatVector::Validity(vector);
  std::vector<std::string> result(num_rows, "null");
  for (size_t row = 0; row < num_rows; ++row) {
    if (!validity.RowIsValid(row)) continue;
    result[row] = unnamed ? "[" : "{";
    for (size_t i = 0; i < members.size(); ++i) {
      if (i > 0) result[row] += ',';
      if (!unnamed) result[row] += base::JsonQuote(members[i].first) + ":";
      result[row] += values[i][row];
    }
    result[row] += unnamed ? "]" : "}";
  }
  return result;
}

// The value of the member that is set; its name is not told.
std::vector<std::string> RenderUnion(duckdb::Vector& vector, size_t num_rows) {
  std::vector<std::vector<std::string>> members;
  const size_t num_members = duckdb::UnionType::GetMemberCount(vector.GetType());
  for (size_t i = 0; i < num_members; ++i) {
    auto& member = duckdb::UnionVector::GetMember(vector, i);
    member.Flatten(num_rows);
    members.push_back(RenderJson(member, num_rows));
  }
  std::vector<std::string> result(num_rows, "null");
  for (size_t row = 0; row < num_rows; ++row) {
    duckdb::union_tag_t tag = 0;
    if (duckdb::UnionVector::TryGetTag(vector, row, tag)) result[row] = members[tag][row];
  }
  return result;
}

}  // namespace

std::vector<std::string> RenderJson(duckdb::Vector& vector, size_t num_rows) {
  const LogicalType& type = vector.GetType();
  if (type.IsJSONType()) {
    return EditValid(vector, num_rows, [](std::string text) { return text; });
  }
  switch (type.id()) {
    case LogicalTypeId::BOOLEAN:
    case LogicalTypeId::TINYINT:
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::BIGINT:
    case LogicalTypeId::HUGEINT:
    case LogicalTypeId::UTINYINT:
    case LogicalTypeId::USMALLINT:
    case LogicalTypeId::UINTEGER:
    case LogicalTypeId::UBIGINT:
    case LogicalTypeId::UHUGEINT:
    case LogicalTypeId::BIGNUM:
    case LogicalTypeId::SQLNULL:
      return CastToText(vector, num_rows);
    case LogicalTypeId::DECIMAL:
      return EditValid(vector, num_rows, JsonDecimal);
    case LogicalTypeId::FLOAT:
    case LogicalTypeId::DOUBLE:
      return EditValid(vector, num_rows, [](std::string text) {
        return text.find_first_of("in") == std::string::npos ? text : base::JsonQuote(text);
      });
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_SEC:
    case LogicalTypeId::TIMESTAMP_MS:
    case LogicalTypeId::TIMESTAMP_NS:
    case LogicalTypeId::TIMESTAMP_TZ:
      return EditValid(vector, num_rows, [](std::string text) {
        return base::JsonQuote(IsoTimestamp(std::move(text)));
      });
    case LogicalTypeId::BLOB:
      return RenderBlob(vector, num_rows);
    case LogicalTypeId::LIST:
      return RenderElements(vector, num_rows);
    case LogicalTypeId::ARRAY:
      return RenderArray(vector, num_rows);
    case LogicalTypeId::MAP:
      return RenderMap(vector, num_rows);
    case LogicalTypeId::STRUCT:
      return RenderStruct(vector, num_rows);
    case LogicalTypeId::UNION:
      return RenderUnion(vector, num_rows);
    default:
      return EditValid(vector, num_rows,
                       [](const std::string& text) { return base::JsonQuote(text); });
  }
}

}  // namespace sql
