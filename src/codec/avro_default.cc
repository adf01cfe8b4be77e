#include "codec/avro_default.h"

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "codec/json_number.h"

namespace codec {
namespace {

std::optional<DefaultFault> Expected(std::string_view what, const JsonNode& value) {
  return DefaultFault{value.offset,
                      "expected " + std::string(what) + ", found " + std::string(value.KindName()),
                      ""};
}

std::optional<DefaultFault> CheckInteger(const JsonNode& value, int64_t least, int64_t greatest,
                                         std::string_view what) {
  if (value.kind != JsonNode::Kind::kNumber) return Expected(what, value);
  const std::optional<JsonNumber> number = JsonNumber::Parse(value.text);
  int64_t integer = 0;
  if (!number.has_value() || !number->integer_literal ||
      number->ToInt64(integer) != NumberFit::kExact || integer < least || integer > greatest)
    return DefaultFault{value.offset, value.text + " is not " + std::string(what), ""};
  return std::nullopt;
}

std::optional<DefaultFault> CheckBytes(const AvroType& type, const JsonNode& value) {
  if (value.kind != JsonNode::Kind::kString) return Expected("a string of bytes", value);
  int64_t bytes = 0;
  for (size_t i = 0; i < value.text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(value.text[i]);
    if (byte > 0xC3)
      return DefaultFault{value.offset, "a byte is a character from U+0000 to U+00FF", ""};
    if (byte < 0x80 || byte >= 0xC0) ++bytes;
  }
  if (type.kind == AvroKind::kFixed && bytes != type.fixed_bytes)
    return DefaultFault{
        value.offset,
        "expected " + std::to_string(type.fixed_bytes) + " bytes, found " + std::to_string(bytes),
        ""};
  return std::nullopt;
}

std::optional<DefaultFault> CheckRecord(const AvroType& type, const JsonNode& value) {
  if (value.kind != JsonNode::Kind::kObject) return Expected("an object", value);
  for (const JsonMember& member : value.members) {
    const auto found =
        std::find_if(type.fields.begin(), type.fields.end(),
                     [&](const AvroField& field) { return field.name == member.key; });
    if (found == type.fields.end())
      return DefaultFault{member.offset, "no field '" + member.key + "' in " + type.full_name, ""};
    if (auto fault = CheckDefault(*found->type, member.value)) return fault;
  }
  for (const AvroField& field : type.fields)
    if (!field.default_json.has_value() && value.Find(field.name) == nullptr)
      return DefaultFault{value.offset, "the field '" + field.name + "' is missing", ""};
  return std::nullopt;
}

}  // namespace

std::optional<DefaultFault> CheckDefault(const AvroType& type, const JsonNode& value) {
  switch (type.kind) {
    case AvroKind::kNull:
      return value.kind == JsonNode::Kind::kNull ? std::nullopt : Expected("null", value);
    case AvroKind::kBoolean:
      return value.kind == JsonNode::Kind::kBool ? std::nullopt : Expected("true or false", value);
    case AvroKind::kInt:
      return CheckInteger(value, std::numeric_limits<int32_t>::min(),
                          std::numeric_limits<int32_t>::max(), "an int");
    case AvroKind::kLong:
      return CheckInteger(value, std::numeric_limits<int64_t>::min(),
                          std::numeric_limits<int64_t>::max(), "a long");
    case AvroKind::kFloat:
    case AvroKind::kDouble:
      return value.kind == JsonNode::Kind::kNumber ? std::nullopt : Expected("a number", value);
    case AvroKind::kBytes:
    case AvroKind::kFixed:
      return CheckBytes(type, value);
    case AvroKind::kString:
      return value.kind == JsonNode::Kind::kString ? std::nullopt : Expected("a string", value);
    case AvroKind::kEnum: {
      if (value.kind != JsonNode::Kind::kString) return Expected("a symbol", value);
      const bool known = std::count(type.symbols.begin(), type.symbols.end(), value.text) > 0;
      if (known) return std::nullopt;
      return DefaultFault{value.offset, "'" + value.text + "' is no symbol of " + type.full_name,
                          base::DidYouMean(value.text, type.symbols)};
    }
    case AvroKind::kArray:
      if (value.kind != JsonNode::Kind::kArray) return Expected("an array", value);
      for (const JsonNode& item : value.items)
        if (auto fault = CheckDefault(*type.element, item)) return fault;
      return std::nullopt;
    case AvroKind::kMap:
      if (value.kind != JsonNode::Kind::kObject) return Expected("an object", value);
      for (const JsonMember& member : value.members)
        if (auto fault = CheckDefault(*type.element, member.value)) return fault;
      return std::nullopt;
    case AvroKind::kRecord:
      return CheckRecord(type, value);
    case AvroKind::kUnion: {
      auto fault = CheckDefault(*type.branches.at(0), value);
      if (fault.has_value())
        fault->hint =
            "The default of a union is one of its first branch: [\"null\", ...] for null.";
      return fault;
    }
  }
  return std::nullopt;
}

}  // namespace codec
