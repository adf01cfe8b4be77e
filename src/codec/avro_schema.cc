#include "codec/avro_schema.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "base/text.h"
#include "codec/avro_default.h"
#include "codec/json_number.h"
#include "codec/json_tree.h"

namespace codec {
namespace {

using TypePtr = std::shared_ptr<const AvroType>;

constexpr std::array<std::pair<std::string_view, AvroKind>, 8> kPrimitives = {{
    {"null", AvroKind::kNull},
    {"boolean", AvroKind::kBoolean},
    {"int", AvroKind::kInt},
    {"long", AvroKind::kLong},
    {"float", AvroKind::kFloat},
    {"double", AvroKind::kDouble},
    {"bytes", AvroKind::kBytes},
    {"string", AvroKind::kString},
}};

struct LogicalRule {
  std::string_view name;
  AvroLogical logical;
  AvroKind kind;
};
constexpr std::array<LogicalRule, 9> kLogicals = {{
    {"uuid", AvroLogical::kUuid, AvroKind::kString},
    {"date", AvroLogical::kDate, AvroKind::kInt},
    {"time-millis", AvroLogical::kTimeMillis, AvroKind::kInt},
    {"time-micros", AvroLogical::kTimeMicros, AvroKind::kLong},
    {"timestamp-millis", AvroLogical::kTimestampMillis, AvroKind::kLong},
    {"timestamp-micros", AvroLogical::kTimestampMicros, AvroKind::kLong},
    {"local-timestamp-millis", AvroLogical::kLocalTimestampMillis, AvroKind::kLong},
    {"local-timestamp-micros", AvroLogical::kLocalTimestampMicros, AvroKind::kLong},
    {"decimal", AvroLogical::kDecimal, AvroKind::kBytes},
}};

std::optional<AvroKind> PrimitiveOf(std::string_view name) {
  for (const auto& [primitive, kind] : kPrimitives)
    if (primitive == name) return kind;
  return std::nullopt;
}

std::string_view NameOf(AvroKind kind) {
  for (const auto& [primitive, value] : kPrimitives)
    if (value == kind) return primitive;
  switch (kind) {
    case AvroKind::kRecord:
      return "record";
    case AvroKind::kEnum:
      return "enum";
    case AvroKind::kArray:
      return "array";
    case AvroKind::kMap:
      return "map";
    case AvroKind::kUnion:
      return "union";
    default:
      return "fixed";
  }
}

bool IsName(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool IsFullName(std::string_view name) {
  const std::vector<std::string_view> parts = base::Split(name, '.');
  return std::all_of(parts.begin(), parts.end(), IsName);
}

// The part of a full name before its last dot.
std::string_view NamespaceOf(std::string_view full_name) {
  const size_t dot = full_name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : full_name.substr(0, dot);
}

constexpr std::string_view kNameHint =
    "Avro names are letters, digits and '_', not beginning with a digit; the JSON key may be any "
    "text with \"json\": {\"path\": [\"the key\"]}.";

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  base::Result<TypePtr> Type(const JsonNode& node, std::string_view name_space, int depth);

 private:
  base::Error At(size_t offset, const std::string& message, std::string hint = {}) const {
    return ErrorAt(text_, offset, message, std::move(hint));
  }
  base::Result<TypePtr> Named(const JsonNode& node, std::string_view name_space);
  base::Result<TypePtr> Union(const JsonNode& node, std::string_view name_space, int depth);
  base::Result<TypePtr> Complex(const JsonNode& node, std::string_view name_space, int depth);
  base::Result<void> Define(const JsonNode& node, std::string_view name_space, AvroType& type);
  base::Result<void> Fields(const JsonNode& node, AvroType& type, int depth);
  base::Result<AvroField> Field(const JsonNode& node, std::string_view name_space, int depth);
  base::Result<void> JsonPlace(const JsonNode& node, AvroField& field);
  base::Result<void> Symbols(const JsonNode& node, AvroType& type);
  base::Result<void> Logical(const JsonNode& node, AvroType& type);
  base::Result<void> Decimal(const JsonNode& node, AvroType& type);
  base::Result<const JsonNode*> Need(const JsonNode& node, std::string_view key,
                                     JsonNode::Kind kind, std::string_view owner);
  base::Result<std::string> OptionalText(const JsonNode& node, std::string_view key);
  base::Result<std::vector<std::string>> OptionalTexts(const JsonNode& node, std::string_view key);
  base::Result<int64_t> Integer(const JsonNode& node, std::string_view what);

  std::string_view text_;
  std::map<std::string, TypePtr> types_;  // a null value: being defined
};

base::Result<TypePtr> Parser::Type(const JsonNode& node, std::string_view name_space, int depth) {
  if (depth > base::limits::kNestingMax)
    return At(node.offset,
              "types nested more than " + std::to_string(base::limits::kNestingMax) + " deep");
  switch (node.kind) {
    case JsonNode::Kind::kString:
      return Named(node, name_space);
    case JsonNode::Kind::kArray:
      return Union(node, name_space, depth);
    case JsonNode::Kind::kObject:
      return Complex(node, name_space, depth);
    default:
      return At(node.offset, "expected a type, found " + std::string(node.KindName()),
                "A type is a name, an object with \"type\", or an array: a union.");
  }
}

base::Result<TypePtr> Parser::Named(const JsonNode& node, std::string_view name_space) {
  if (const std::optional<AvroKind> primitive = PrimitiveOf(node.text)) {
    auto type = std::make_shared<AvroType>();
    type->kind = *primitive;
    return TypePtr(std::move(type));
  }
  const bool dotted = node.text.find('.') != std::string::npos;
  std::string name = node.text;
  if (!dotted && !name_space.empty()) name = std::string(name_space) + "." + node.text;
  auto found = types_.find(name);
  if (found == types_.end()) {
    std::vector<std::string> known;
    for (const auto& [primitive, kind] : kPrimitives) known.emplace_back(primitive);
    for (const auto& [other, type] : types_) known.push_back(other);
    const bool complex = node.text == "record" || node.text == "enum" || node.text == "array" ||
                         node.text == "map" || node.text == "fixed";
    return At(node.offset, "no type '" + node.text + "' is defined before this place",
              complex ? "Write it as an object: {\"type\": \"" + node.text + "\", ...}."
                      : base::DidYouMean(node.text, known));
  }
  if (found->second == nullptr) {
    const base::Error place = At(node.offset, "the type '" + name + "' contains itself");
    return base::Unsupported(place.message(),
                             "A column has a fixed shape; give the inner value a type of its own.");
  }
  return found->second;
}

base::Result<TypePtr> Parser::Union(const JsonNode& node, std::string_view name_space, int depth) {
  auto type = std::make_shared<AvroType>();
  type->kind = AvroKind::kUnion;
  if (node.items.empty()) return At(node.offset, "a union of nothing");
  std::set<std::string> seen;
  for (const JsonNode& item : node.items) {
    TypePtr branch = TRY(Type(item, name_space, depth + 1));
    if (branch->kind == AvroKind::kUnion)
      return At(item.offset, "a union directly in a union", "Write all branches in one list.");
    const std::string name =
        branch->full_name.empty() ? std::string(NameOf(branch->kind)) : branch->full_name;
    if (!seen.insert(name).second)
      return At(item.offset, "the union has the branch '" + name + "' twice");
    type->branches.push_back(std::move(branch));
  }
  return TypePtr(std::move(type));
}

base::Result<TypePtr> Parser::Complex(const JsonNode& node, std::string_view name_space,
                                      int depth) {
  const JsonNode* inner = node.Find("type");
  if (inner == nullptr)
    return At(node.offset, "a type without \"type\"",
              "Say which it is: {\"type\": \"record\", \"name\": ..., \"fields\": [...]}.");
  if (inner->kind != JsonNode::Kind::kString) return Type(*inner, name_space, depth + 1);
  auto type = std::make_shared<AvroType>();
  const std::string& name = inner->text;
  if (const std::optional<AvroKind> primitive = PrimitiveOf(name)) {
    type->kind = *primitive;
  } else if (name == "array" || name == "map") {
    type->kind = name == "array" ? AvroKind::kArray : AvroKind::kMap;
    const std::string_view key = name == "array" ? "items" : "values";
    const JsonNode* element = node.Find(key);
    if (element == nullptr)
      return At(node.offset, "the " + name + " has no \"" + std::string(key) + "\"");
    type->element = TRY(Type(*element, name_space, depth + 1));
  } else if (name == "record" || name == "error" || name == "enum" || name == "fixed") {
    type->kind = name == "enum"    ? AvroKind::kEnum
                 : name == "fixed" ? AvroKind::kFixed
                                   : AvroKind::kRecord;
    TRY(Define(node, name_space, *type));
    if (type->kind == AvroKind::kRecord) TRY(Fields(node, *type, depth));
    if (type->kind == AvroKind::kEnum) TRY(Symbols(node, *type));
    if (type->kind == AvroKind::kFixed) {
      const JsonNode* size = TRY(Need(node, "size", JsonNode::Kind::kNumber, "fixed type"));
      type->fixed_bytes = TRY(Integer(*size, "the size of a fixed type"));
    }
  } else {
    return Named(*inner, name_space);
  }
  TRY(Logical(node, *type));
  if (!type->full_name.empty()) types_[type->full_name] = type;
  return TypePtr(std::move(type));
}

base::Result<void> Parser::Define(const JsonNode& node, std::string_view name_space,
                                  AvroType& type) {
  const JsonNode* name = TRY(Need(node, "name", JsonNode::Kind::kString, NameOf(type.kind)));
  const JsonNode* own = node.Find("namespace");
  if (own != nullptr && own->kind != JsonNode::Kind::kString)
    return At(own->offset, "a namespace must be a string, found " + std::string(own->KindName()));
  if (own != nullptr && !own->text.empty() && !IsFullName(own->text))
    return At(own->offset, "'" + own->text + "' is no namespace", std::string(kNameHint));
  if (!IsFullName(name->text))
    return At(name->offset, "'" + name->text + "' is no name", std::string(kNameHint));
  type.full_name = name->text;
  const std::string_view space = own != nullptr ? std::string_view(own->text) : name_space;
  if (name->text.find('.') == std::string::npos && !space.empty())
    type.full_name = std::string(space) + "." + name->text;
  if (PrimitiveOf(type.full_name).has_value())
    return At(name->offset, "'" + type.full_name + "' is the name of a primitive type");
  if (!types_.emplace(type.full_name, nullptr).second)
    return At(name->offset, "the type '" + type.full_name + "' is defined twice",
              "After its definition a type is used by its name.");
  type.doc = TRY(OptionalText(node, "doc"));
  for (std::string& alias : TRY(OptionalTexts(node, "aliases"))) {
    if (!IsFullName(alias))
      return At(node.Find("aliases")->offset, "'" + alias + "' is no name", std::string(kNameHint));
    const std::string_view of = NamespaceOf(type.full_name);
    if (alias.find('.') == std::string::npos && !of.empty()) alias = std::string(of) + "." + alias;
    type.aliases.push_back(std::move(alias));
  }
  return {};
}

base::Result<void> Parser::Fields(const JsonNode& node, AvroType& type, int depth) {
  const JsonNode* fields = TRY(Need(node, "fields", JsonNode::Kind::kArray, "record"));
  std::set<std::string> names;
  for (const JsonNode& item : fields->items) {
    if (item.kind != JsonNode::Kind::kObject)
      return At(item.offset, "expected a field, found " + std::string(item.KindName()),
                "A field is an object: {\"name\": ..., \"type\": ...}.");
    AvroField field = TRY(Field(item, NamespaceOf(type.full_name), depth + 1));
    if (!names.insert(field.name).second)
      return At(item.Find("name")->offset,
                "the record '" + type.full_name + "' has the field '" + field.name + "' twice");
    type.fields.push_back(std::move(field));
  }
  return {};
}

base::Result<AvroField> Parser::Field(const JsonNode& node, std::string_view name_space,
                                      int depth) {
  AvroField field;
  const JsonNode* name = TRY(Need(node, "name", JsonNode::Kind::kString, "field"));
  if (!IsName(name->text))
    return At(name->offset, "'" + name->text + "' is no field name", std::string(kNameHint));
  field.name = name->text;
  const JsonNode* type = node.Find("type");
  if (type == nullptr) return At(node.offset, "the field '" + field.name + "' has no \"type\"");
  field.type = TRY(Type(*type, name_space, depth));
  field.doc = TRY(OptionalText(node, "doc"));
  field.aliases = TRY(OptionalTexts(node, "aliases"));
  for (const std::string& alias : field.aliases)
    if (!IsName(alias))
      return At(node.Find("aliases")->offset, "'" + alias + "' is no field name",
                std::string(kNameHint));
  const std::string order = TRY(OptionalText(node, "order"));
  if (!order.empty() && order != "ascending" && order != "descending" && order != "ignore")
    return At(node.Find("order")->offset, "'" + order + "' is no sort order",
              "It is ascending, descending or ignore.");
  if (order != "ascending") field.order = order;
  if (const JsonNode* value = node.Find("default")) {
    const std::optional<DefaultFault> fault = CheckDefault(*field.type, *value);
    if (fault.has_value())
      return At(fault->offset, "the default of '" + field.name + "': " + fault->reason,
                fault->hint);
    field.default_json = value->raw;
  }
  TRY(JsonPlace(node, field));
  return field;
}

base::Result<void> Parser::JsonPlace(const JsonNode& node, AvroField& field) {
  const JsonNode* place = node.Find("json");
  if (place == nullptr) return {};
  constexpr std::string_view kHint =
      "It is an object: {\"path\": [\"details\", \"Brand\"], \"ignore_case\": true}.";
  if (place->kind != JsonNode::Kind::kObject)
    return At(place->offset,
              "\"json\" of '" + field.name + "' is " + std::string(place->KindName()),
              std::string(kHint));
  for (const JsonMember& member : place->members) {
    if (member.key == "path") {
      field.json_path = TRY(OptionalTexts(*place, "path"));
      if (field.json_path.empty())
        return At(member.value.offset, "the path of '" + field.name + "' is empty",
                  std::string(kHint));
      if (field.json_path.size() > static_cast<size_t>(base::limits::kNestingMax))
        return At(member.value.offset, "the path of '" + field.name + "' is too deep");
    } else if (member.key == "ignore_case") {
      if (member.value.kind != JsonNode::Kind::kBool)
        return At(member.value.offset, "\"ignore_case\" is true or false", std::string(kHint));
      field.json_ignore_case = member.value.text == "true";
    } else {
      return At(member.offset, "no property '" + member.key + "' here",
                base::DidYouMean(member.key, {"path", "ignore_case"}));
    }
  }
  return {};
}

base::Result<void> Parser::Symbols(const JsonNode& node, AvroType& type) {
  TRY(Need(node, "symbols", JsonNode::Kind::kArray, "enum"));
  type.symbols = TRY(OptionalTexts(node, "symbols"));
  const size_t offset = node.Find("symbols")->offset;
  std::set<std::string> seen;
  for (const std::string& symbol : type.symbols) {
    if (!IsName(symbol))
      return At(offset, "'" + symbol + "' is no enum symbol",
                "Symbols are letters, digits and '_'; use the type string for other texts.");
    if (!seen.insert(symbol).second) return At(offset, "the symbol '" + symbol + "' stands twice");
  }
  if (type.symbols.empty()) return At(offset, "an enum without symbols");
  const JsonNode* value = node.Find("default");
  if (value == nullptr) return {};
  if (value->kind != JsonNode::Kind::kString || seen.count(value->text) == 0)
    return At(value->offset, "the default of an enum must be one of its symbols",
              base::DidYouMean(value->text, type.symbols));
  type.default_symbol = value->text;
  return {};
}

base::Result<void> Parser::Logical(const JsonNode& node, AvroType& type) {
  const std::string name = TRY(OptionalText(node, "logicalType"));
  const auto* const rule =
      std::find_if(kLogicals.begin(), kLogicals.end(),
                   [&](const LogicalRule& known) { return known.name == name; });
  // The specification has readers skip logical types they do not know.
  if (rule == kLogicals.end()) return {};
  const size_t offset = node.Find("logicalType")->offset;
  const bool fits = rule->kind == type.kind ||
                    (rule->logical == AvroLogical::kDecimal && type.kind == AvroKind::kFixed);
  if (!fits)
    return At(offset,
              "the logical type '" + name + "' is one of " + std::string(NameOf(rule->kind)) +
                  ", not of " + std::string(NameOf(type.kind)),
              "The specification lets readers skip it; we would rather not load something else "
              "than what was meant.");
  type.logical = rule->logical;
  return type.logical == AvroLogical::kDecimal ? Decimal(node, type) : base::Result<void>();
}

base::Result<void> Parser::Decimal(const JsonNode& node, AvroType& type) {
  const JsonNode* precision = TRY(Need(node, "precision", JsonNode::Kind::kNumber, "decimal"));
  const int64_t width = TRY(Integer(*precision, "the precision of a decimal"));
  int64_t scale = 0;
  if (const JsonNode* given = node.Find("scale"))
    scale = TRY(Integer(*given, "the scale of a decimal"));
  if (width < 1 || width > 38)
    return At(precision->offset, "a decimal's precision is 1 to 38, not " + std::to_string(width));
  if (scale > width)
    return At(node.Find("scale")->offset, "a decimal's scale is at most its precision");
  type.precision = static_cast<int>(width);
  type.scale = static_cast<int>(scale);
  return {};
}

base::Result<const JsonNode*> Parser::Need(const JsonNode& node, std::string_view key,
                                           JsonNode::Kind kind, std::string_view owner) {
  const JsonNode* found = node.Find(key);
  if (found == nullptr)
    return At(node.offset, "the " + std::string(owner) + " has no \"" + std::string(key) + "\"");
  JsonNode wanted;
  wanted.kind = kind;
  if (found->kind != kind)
    return At(found->offset, "\"" + std::string(key) + "\" must be " +
                                 std::string(wanted.KindName()) + ", found " +
                                 std::string(found->KindName()));
  return found;
}

base::Result<std::string> Parser::OptionalText(const JsonNode& node, std::string_view key) {
  const JsonNode* found = node.Find(key);
  if (found == nullptr) return std::string();
  if (found->kind != JsonNode::Kind::kString)
    return At(found->offset, "\"" + std::string(key) + "\" must be a string, found " +
                                 std::string(found->KindName()));
  return found->text;
}

base::Result<std::vector<std::string>> Parser::OptionalTexts(const JsonNode& node,
                                                             std::string_view key) {
  std::vector<std::string> texts;
  const JsonNode* found = node.Find(key);
  if (found == nullptr) return texts;
  if (found->kind != JsonNode::Kind::kArray)
    return At(found->offset, "\"" + std::string(key) + "\" must be an array of strings, found " +
                                 std::string(found->KindName()));
  for (const JsonNode& item : found->items) {
    if (item.kind != JsonNode::Kind::kString)
      return At(item.offset, "\"" + std::string(key) + "\" must hold strings, found " +
                                 std::string(item.KindName()));
    texts.push_back(item.text);
  }
  return texts;
}

base::Result<int64_t> Parser::Integer(const JsonNode& node, std::string_view what) {
  const std::optional<JsonNumber> number =
      node.kind == JsonNode::Kind::kNumber ? JsonNumber::Parse(node.text) : std::nullopt;
  int64_t value = 0;
  if (!number.has_value() || !number->integer_literal || number->negative ||
      number->ToInt64(value) != NumberFit::kExact || value > std::numeric_limits<int32_t>::max())
    return At(node.offset, std::string(what) + " must be a whole number of at most 2147483647");
  return value;
}

// The tree as JSON; `defined` holds the names written out already.
void Write(const AvroType& type, std::string_view name_space, std::set<std::string>& defined,
           base::JsonWriter& json);

void WriteName(const AvroType& type, std::string_view name_space, base::JsonWriter& json) {
  const std::string_view space = NamespaceOf(type.full_name);
  const std::string_view name = space.empty()
                                    ? std::string_view(type.full_name)
                                    : std::string_view(type.full_name).substr(space.size() + 1);
  json.Key("name").String(name);
  if (space != name_space) json.Key("namespace").String(space);
  if (!type.doc.empty()) json.Key("doc").String(type.doc);
  if (type.aliases.empty()) return;
  json.Key("aliases").BeginArray();
  for (const std::string& alias : type.aliases) json.String(alias);
  json.EndArray();
}

void WriteField(const AvroField& field, std::string_view name_space, std::set<std::string>& defined,
                base::JsonWriter& json) {
  json.BeginObject().Key("name").String(field.name).Key("type");
  Write(*field.type, name_space, defined, json);
  if (field.default_json.has_value()) json.Key("default").Raw(*field.default_json);
  if (!field.aliases.empty()) {
    json.Key("aliases").BeginArray();
    for (const std::string& alias : field.aliases) json.String(alias);
    json.EndArray();
  }
  if (!field.order.empty()) json.Key("order").String(field.order);
  if (!field.json_path.empty() || field.json_ignore_case) {
    json.Key("json").BeginObject();
    if (!field.json_path.empty()) {
      json.Key("path").BeginArray();
      for (const std::string& key : field.json_path) json.String(key);
      json.EndArray();
    }
    if (field.json_ignore_case) json.Key("ignore_case").Bool(true);
    json.EndObject();
  }
  if (!field.doc.empty()) json.Key("doc").String(field.doc);
  json.EndObject();
}

void WriteLogical(const AvroType& type, base::JsonWriter& json) {
  if (type.logical == AvroLogical::kNone) return;
  for (const LogicalRule& rule : kLogicals)
    if (rule.logical == type.logical) json.Key("logicalType").String(rule.name);
  if (type.logical != AvroLogical::kDecimal) return;
  json.Key("precision").Int(type.precision);
  json.Key("scale").Int(type.scale);
}

void WriteNamed(const AvroType& type, std::string_view name_space, std::set<std::string>& defined,
                base::JsonWriter& json) {
  if (!defined.insert(type.full_name).second) {
    json.String(type.full_name);
    return;
  }
  json.BeginObject().Key("type").String(NameOf(type.kind));
  WriteName(type, name_space, json);
  if (type.kind == AvroKind::kRecord) {
    json.Key("fields").BeginArray();
    for (const AvroField& field : type.fields)
      WriteField(field, NamespaceOf(type.full_name), defined, json);
    json.EndArray();
  } else if (type.kind == AvroKind::kEnum) {
    json.Key("symbols").BeginArray();
    for (const std::string& symbol : type.symbols) json.String(symbol);
    json.EndArray();
    if (type.default_symbol.has_value()) json.Key("default").String(*type.default_symbol);
  } else {
    json.Key("size").Int(type.fixed_bytes);
    WriteLogical(type, json);
  }
  json.EndObject();
}

void Write(const AvroType& type, std::string_view name_space, std::set<std::string>& defined,
           base::JsonWriter& json) {
  switch (type.kind) {
    case AvroKind::kRecord:
    case AvroKind::kEnum:
    case AvroKind::kFixed:
      WriteNamed(type, name_space, defined, json);
      break;
    case AvroKind::kUnion:
      json.BeginArray();
      for (const TypePtr& branch : type.branches) Write(*branch, name_space, defined, json);
      json.EndArray();
      break;
    case AvroKind::kArray:
    case AvroKind::kMap:
      json.BeginObject().Key("type").String(NameOf(type.kind));
      json.Key(type.kind == AvroKind::kArray ? "items" : "values");
      Write(*type.element, name_space, defined, json);
      json.EndObject();
      break;
    default:
      if (type.logical == AvroLogical::kNone) {
        json.String(NameOf(type.kind));
        break;
      }
      json.BeginObject().Key("type").String(NameOf(type.kind));
      WriteLogical(type, json);
      json.EndObject();
      break;
  }
}

}  // namespace

const AvroType* AvroType::NonNull() const {
  if (kind != AvroKind::kUnion) return this;
  const AvroType* found = nullptr;
  for (const TypePtr& branch : branches) {
    if (branch->kind == AvroKind::kNull) continue;
    if (found != nullptr) return nullptr;
    found = branch.get();
  }
  return found;
}

bool AvroType::nullable() const {
  if (kind == AvroKind::kNull) return true;
  return std::any_of(branches.begin(), branches.end(),
                     [](const TypePtr& branch) { return branch->kind == AvroKind::kNull; });
}

base::Result<AvroSchema> AvroSchema::Parse(std::string_view json) {
  const JsonNode tree = TRY(ParseJson(json));
  AvroSchema schema;
  schema.root_ = TRY(Parser(json).Type(tree, "", 0));
  return schema;
}

std::string AvroSchema::ToPrettyJson() const {
  base::JsonWriter json;
  std::set<std::string> defined;
  Write(*root_, "", defined, json);
  base::Result<JsonNode> tree = ParseJson(json.text());
  CHECK(tree.ok());
  return PrettyJson(*tree);
}

}  // namespace codec
