// Reading of schemas. Writing, and the type table itself, is in types.cc.
#include "lake/delta_schema.h"

#include <array>
#include <charconv>
#include <set>
#include <utility>

#include <simdjson.h>

#include "base/limits.h"
#include "base/text.h"
#include "lake/type_names.h"

namespace lake {
namespace {

namespace dom = simdjson::dom;
using columnar::Field;
using columnar::Schema;
using columnar::Type;
using columnar::TypeId;

base::Error NoSchema(std::string_view what) {
  return base::Corruption("the table's schema cannot be read: " + std::string(what));
}

base::Result<std::string> Text(dom::object object, std::string_view key) {
  std::string_view text;
  if (object[key].get_string().get(text) != simdjson::SUCCESS) return NoSchema(key);
  return std::string(text);
}

base::Result<bool> Bool(dom::object object, std::string_view key) {
  bool truth = false;
  if (object[key].get_bool().get(truth) != simdjson::SUCCESS) return NoSchema(key);
  return truth;
}

base::Result<Type> ParseDecimal(std::string_view name, const std::string& column) {
  // "decimal(10,2)", with or without spaces; plain "decimal" is (10,0) in Spark.
  if (name == "decimal") return Type::Decimal(10, 0);
  std::string digits;
  for (const char c : name.substr(std::string_view("decimal").size())) {
    if (c != ' ') digits += c;
  }
  int precision = 0;
  int scale = 0;
  const char* end = digits.data() + digits.size();
  const auto first = std::from_chars(digits.data() + 1, end, precision);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != ',') {
    return NoSchema("column '" + column + "' has type " + std::string(name));
  }
  const auto second = std::from_chars(first.ptr + 1, end, scale);
  if (second.ec != std::errc{} || std::string_view(second.ptr, end) != ")" || precision < 1 ||
      precision > 38 || scale < 0 || scale > precision) {
    return NoSchema("column '" + column + "' has type " + std::string(name));
  }
  return Type::Decimal(static_cast<uint8_t>(precision), static_cast<uint8_t>(scale));
}

base::Result<Type> ParsePrimitive(std::string_view name, const std::string& column) {
  for (const PrimitiveName& primitive : kPrimitiveNames) {
    if (primitive.delta == name) return Type(primitive.id);
  }
  if (name == "decimal" || name.starts_with("decimal(")) return ParseDecimal(name, column);
  return base::Unsupported("column '" + column + "' is of the Delta type '" + std::string(name) +
                           "', which is not supported");
}

class SchemaReader {
 public:
  base::Result<Schema> Read(dom::element root) {
    dom::object object;
    if (root.get_object().get(object) != simdjson::SUCCESS) return NoSchema("not an object");
    if (TRY(Text(object, "type")) != "struct") return NoSchema("not a struct");
    return Schema{.fields = TRY(ReadFields(object, "", 0))};
  }

 private:
  base::Result<std::vector<Field>> ReadFields(dom::object object, const std::string& parent,
                                              int depth) {
    dom::array array;
    if (object["fields"].get_array().get(array) != simdjson::SUCCESS) return NoSchema("fields");
    std::vector<Field> fields;
    for (const dom::element element : array) {
      dom::object member;
      if (element.get_object().get(member) != simdjson::SUCCESS) return NoSchema("a field");
      Field field;
      field.name = TRY(Text(member, "name"));
      const std::string path = parent.empty() ? field.name : parent + "." + field.name;
      dom::element type;
      if (member["type"].get(type) != simdjson::SUCCESS) return NoSchema("type of " + path);
      field.type = TRY(ReadType(type, path, depth));
      field.nullable = TRY(Bool(member, "nullable"));
      TRY(ReadMetadata(member, path, field));
      fields.push_back(std::move(field));
    }
    return fields;
  }

  base::Result<Type> ReadType(dom::element element, const std::string& path, int depth) {
    if (depth > base::limits::kNestingMax) return NoSchema("types are nested too deep");
    std::string_view name;
    if (element.get_string().get(name) == simdjson::SUCCESS) return ParsePrimitive(name, path);
    dom::object object;
    if (element.get_object().get(object) != simdjson::SUCCESS) return NoSchema("type of " + path);
    const std::string kind = TRY(Text(object, "type"));
    if (kind == "struct") return Type::Struct(TRY(ReadFields(object, path, depth + 1)));
    if (kind == "array") {
      Type list = Type::List(TRY(ReadMember(object, "elementType", path, depth)));
      list.children[0].nullable = TRY(Bool(object, "containsNull"));
      return list;
    }
    if (kind == "map") {
      Type key = TRY(ReadMember(object, "keyType", path, depth));
      Type value = TRY(ReadMember(object, "valueType", path, depth));
      Type map = Type::Map(std::move(key), std::move(value));
      map.children[1].nullable = TRY(Bool(object, "valueContainsNull"));
      return map;
    }
    return ParsePrimitive(kind, path);
  }

  base::Result<Type> ReadMember(dom::object object, std::string_view key, const std::string& path,
                                int depth) {
    dom::element element;
    if (object[key].get(element) != simdjson::SUCCESS) return NoSchema(key);
    return ReadType(element, path, depth + 1);
  }

  base::Result<void> ReadMetadata(dom::object member, const std::string& path, Field& field) {
    dom::element element;
    if (member["metadata"].get(element) != simdjson::SUCCESS || element.is_null()) return {};
    dom::object metadata;
    if (element.get_object().get(metadata) != simdjson::SUCCESS) {
      return NoSchema("metadata of " + path);
    }
    for (const auto& [key, value] : metadata) {
      std::string_view text;
      const bool is_text = value.get_string().get(text) == simdjson::SUCCESS;
      if (is_text && (key == kTypeKey || key.starts_with(std::string(kTypeKey) + "."))) {
        Remember(field.type, key.substr(kTypeKey.size()), text);
      } else if (is_text && !text.starts_with(kJsonPrefix)) {
        field.metadata.emplace_back(key, text);
      } else {
        field.metadata.emplace_back(key, std::string(kJsonPrefix) + simdjson::minify(value));
      }
    }
    return {};
  }

  // Gives the part of `type` at `place` (".element.key") the DuckDB type it had when written. What
  // does not fit, since somebody changed the column, is left as Delta has it.
  static void Remember(Type& type, std::string_view place, std::string_view duckdb_type) {
    if (place.empty()) return RestoreType(type, duckdb_type);
    const size_t dot = place.find('.', 1);
    const std::string_view step = place.substr(1, dot == std::string_view::npos ? dot : dot - 1);
    const std::string_view rest = dot == std::string_view::npos ? "" : place.substr(dot);
    const bool is_list = type.id == TypeId::kList || type.id == TypeId::kArray;
    if (is_list && step == "element") return Remember(type.children[0].type, rest, duckdb_type);
    if (type.id != TypeId::kMap) return;
    if (step == "key") Remember(type.children[0].type, rest, duckdb_type);
    if (step == "value") Remember(type.children[1].type, rest, duckdb_type);
  }
};

}  // namespace

base::Result<Schema> ParseSchema(std::string_view json) {
  dom::parser parser;
  dom::element root;
  if (const auto error = parser.parse(json.data(), json.size()).get(root);
      error != simdjson::SUCCESS) {
    return NoSchema(simdjson::error_message(error));
  }
  return SchemaReader().Read(root);
}

}  // namespace lake
