#include "emit.h"

#include <algorithm>

namespace messages {
namespace {

std::string ScalarType(Kind kind) {
  switch (kind) {
    case Kind::kBool:
      return "bool";
    case Kind::kInt8:
      return "int8_t";
    case Kind::kInt16:
      return "int16_t";
    case Kind::kUint16:
      return "uint16_t";
    case Kind::kInt32:
      return "int32_t";
    case Kind::kUint32:
      return "uint32_t";
    case Kind::kInt64:
      return "int64_t";
    case Kind::kFloat64:
      return "double";
    case Kind::kUuid:
      return "base::Uuid";
    case Kind::kString:
    case Kind::kBytes:
      return "std::string";
    case Kind::kRecords:
    case Kind::kStruct:
      break;
  }
  return {};
}

// A response owns its records, a request looks into its frame.
std::string BareType(const Field& field, const Message& message) {
  std::string type = ScalarType(field.kind);
  if (field.kind == Kind::kRecords) {
    type = message.role == Message::Role::kRequest ? "std::string_view" : "std::string";
  }
  if (field.kind == Kind::kStruct) type = field.struct_name;
  return field.array ? "std::vector<" + type + ">" : type;
}

std::string CppType(const Field& field, const Message& message) {
  const std::string bare = BareType(field, message);
  return field.nullable ? "std::optional<" + bare + ">" : bare;
}

bool IsNumber(const Field& field) { return !field.array && field.kind <= Kind::kFloat64; }

bool IsNullByDefault(const Field& field) {
  return field.nullable && (field.default_text == "null" || field.kind == Kind::kRecords);
}

std::string NumberText(const Field& field) {
  const std::string text = field.default_text.value_or(field.kind == Kind::kBool ? "false" : "0");
  return text == "-9223372036854775808" ? "INT64_MIN" : text;
}

// " = -1" and the like; empty where the type's own default is right.
std::string Initializer(const Field& field, const Message& message) {
  if (IsNumber(field)) return " = " + NumberText(field);
  if (field.nullable && !IsNullByDefault(field)) return " = " + BareType(field, message) + "()";
  return {};
}

// How the codec names a member: some are called like its own locals.
std::string Member(const Field& field) {
  for (const char* local : {"version", "in", "out", "tag", "tags", "field"}) {
    if (field.name == local) return "this->" + field.name;
  }
  return field.name;
}

// What holds when the field travels in `version`, of those in `within`; empty: always.
std::string InVersions(const Versions& versions, const Versions& within) {
  std::string text;
  if (versions.min > within.min) text = "version >= " + std::to_string(versions.min);
  if (versions.max < within.max) {
    if (!text.empty()) text += " && ";
    text += "version <= " + std::to_string(versions.max);
  }
  return text;
}

// ", version >= 3", the argument of the codec's nullable forms; empty: in all versions.
std::string NullableArgument(const Field& field) {
  const std::string when = InVersions(*field.nullable, field.versions);
  return when.empty() ? when : ", " + when;
}

// The fewest bytes that a value takes, in any of the versions.
int BytesMin(const Field& field, const Message& message);

int StructBytesMin(const Struct& known, const Message& message) {
  int bytes = 0;
  for (const Field& field : known.fields) {
    if (!field.tag && field.versions.Covers(known.versions)) bytes += BytesMin(field, message);
  }
  return std::max(bytes, 1);
}

int ElementBytesMin(const Field& field, const Message& message) {
  switch (field.kind) {
    case Kind::kBool:
    case Kind::kInt8:
      return 1;
    case Kind::kInt16:
    case Kind::kUint16:
      return 2;
    case Kind::kInt32:
    case Kind::kUint32:
      return 4;
    case Kind::kInt64:
    case Kind::kFloat64:
      return 8;
    case Kind::kUuid:
      return 16;
    case Kind::kString:
      return message.flexible_min ? 1 : 2;
    case Kind::kBytes:
    case Kind::kRecords:
      return message.flexible_min ? 1 : 4;
    case Kind::kStruct:
      return StructBytesMin(message.Find(field.struct_name), message);
  }
  return 1;
}

int BytesMin(const Field& field, const Message& message) {
  if (field.array) return message.flexible_min ? 1 : 4;
  if (field.kind == Kind::kStruct && field.nullable) return 1;
  return ElementBytesMin(field, message);
}

bool HoldsRecords(const Field& field, const Message& message) {
  return field.kind == Kind::kRecords ||
         (field.kind == Kind::kStruct && message.Find(field.struct_name).has_records);
}

// Whether the message's records are given away by an Encode of its own on rvalues.
bool GivesAway(const Struct& known, const Message& message) {
  return known.has_records && message.role == Message::Role::kResponse;
}

std::string EncodeStatement(const Field& field, const Message& message, bool rvalue,
                            const std::string& out = "out") {
  const bool moved = rvalue && HoldsRecords(field, message);
  const std::string value = moved ? "std::move(" + Member(field) + ")" : Member(field);
  if (field.array) {
    return field.nullable
               ? out + ".NullableArray(" + value + ", version" + NullableArgument(field) + ");"
               : out + ".Array(" + value + ", version);";
  }
  switch (field.kind) {
    case Kind::kString:
      return field.nullable ? out + ".NullableString(" + value + NullableArgument(field) + ");"
                            : out + ".String(" + value + ");";
    case Kind::kBytes:
      return field.nullable ? out + ".NullableBytes(" + value + NullableArgument(field) + ");"
                            : out + ".Bytes(" + value + ");";
    case Kind::kRecords:
      return out + ".Records(" + value + ");";
    case Kind::kStruct:
      return field.nullable
                 ? out + (field.tag ? ".TaggedStruct(" : ".NullableStruct(") + value + ", version);"
                 : value + ".Encode(" + out + ", version);";
    default:
      return out + ".Scalar(" + value + ");";
  }
}

std::string DecodeStatement(const Field& field, const Message& message,
                            const std::string& in = "in") {
  const std::string name = Member(field);
  if (field.array) {
    const std::string least = std::to_string(ElementBytesMin(field, message));
    return field.nullable ? in + ".NullableArray(" + name + ", " + least + ", version" +
                                NullableArgument(field) + ");"
                          : in + ".Array(" + name + ", " + least + ", version);";
  }
  switch (field.kind) {
    case Kind::kString:
      return field.nullable ? in + ".NullableString(" + name + NullableArgument(field) + ");"
                            : in + ".String(" + name + ");";
    case Kind::kBytes:
      return field.nullable ? in + ".NullableBytes(" + name + NullableArgument(field) + ");"
                            : in + ".Bytes(" + name + ");";
    case Kind::kRecords:
      return in + ".Records(" + name + ");";
    case Kind::kStruct:
      return field.nullable
                 ? in + (field.tag ? ".TaggedStruct(" : ".NullableStruct(") + name + ", version);"
                 : name + ".Decode(" + in + ", version);";
    default:
      return in + ".Scalar(" + name + ");";
  }
}

// A tagged field is written when it differs from its default.
std::string DiffersFromDefault(const Field& field) {
  if (IsNumber(field)) {
    if (field.kind == Kind::kBool) {
      return field.default_text == "true" ? "!" + Member(field) : Member(field);
    }
    return Member(field) + " != " + NumberText(field);
  }
  if (field.nullable) {
    if (IsNullByDefault(field)) return Member(field) + ".has_value()";
    return Member(field) + " != decltype(" + Member(field) + ")::value_type()";
  }
  if (field.array || field.kind == Kind::kString || field.kind == Kind::kBytes) {
    return "!" + Member(field) + ".empty()";
  }
  return Member(field) + " != " + (field.kind == Kind::kUuid ? "base::Uuid" : field.struct_name) +
         "()";
}

std::string And(const std::string& left, const std::string& right) {
  return left.empty() ? right : right.empty() ? left : left + " && " + right;
}

std::vector<const Field*> Tagged(const Struct& known) {
  std::vector<const Field*> tagged;
  for (const Field& field : known.fields) {
    if (field.tag) tagged.push_back(&field);
  }
  std::sort(tagged.begin(), tagged.end(),
            [](const Field* a, const Field* b) { return *a->tag < *b->tag; });
  return tagged;
}

// "    if (version >= 3) STATEMENT"
std::string Line(const std::string& condition, const std::string& statement, int indent = 2) {
  const std::string space(static_cast<size_t>(indent), ' ');
  return space + (condition.empty() ? "" : "if (" + condition + ") ") + statement + "\n";
}

// Whether, and by which condition, structs of these versions end with tagged fields.
bool MayBeFlexible(const Struct& known, const Message& message) {
  return message.flexible_min && *message.flexible_min <= known.versions.max;
}

std::string WhenFlexible(const Struct& known, const Message& message) {
  return *message.flexible_min <= known.versions.min
             ? ""
             : "version >= " + std::to_string(*message.flexible_min);
}

std::string EncodeBody(const Struct& known, const Message& message, bool rvalue) {
  std::string text;
  for (const Field& field : known.fields) {
    if (field.tag) continue;
    text +=
        Line(InVersions(field.versions, known.versions), EncodeStatement(field, message, rvalue));
  }
  if (!MayBeFlexible(known, message)) return text;
  const auto tagged = Tagged(known);
  const std::string when = WhenFlexible(known, message);
  if (tagged.empty()) return text + Line(when, "out.NoTags();");
  text += when.empty() ? "" : "  if (!(" + when + ")) return;\n";
  text += "  TaggedFields tags;\n";
  for (const Field* field : tagged) {
    text += Line(And(InVersions(field->versions, known.versions), DiffersFromDefault(*field)), "{");
    text += "    tags.Add(" + std::to_string(*field->tag) + ", [&](Encoder& field) { " +
            EncodeStatement(*field, message, false, "field") + " });\n  }\n";
  }
  return text + "  tags.Finish(out);\n";
}

std::string DecodeBody(const Struct& known, const Message& message) {
  std::string text;
  for (const Field& field : known.fields) {
    if (field.tag) continue;
    text += Line(InVersions(field.versions, known.versions), DecodeStatement(field, message));
  }
  if (!MayBeFlexible(known, message)) return text;
  const auto tagged = Tagged(known);
  const std::string when = WhenFlexible(known, message);
  if (tagged.empty()) return text + Line(when, "in.SkipTags();");
  text += when.empty() ? "" : "  if (!(" + when + ")) return;\n";
  text += "  in.Tags([&](uint32_t tag, Decoder& field) {\n    switch (tag) {\n";
  for (const Field* field : tagged) {
    const std::string in_versions = InVersions(field->versions, known.versions);
    text += "      case " + std::to_string(*field->tag) + ":\n";
    if (!in_versions.empty()) text += "        if (!(" + in_versions + ")) return false;\n";
    text += "        " + DecodeStatement(*field, message, "field") + "\n        return true;\n";
  }
  return text + "      default:\n        return false;\n    }\n  });\n";
}

std::string QualifiedName(const Struct& known, const Message& message) {
  return known.name == message.name ? message.name : message.name + "::" + known.name;
}

std::string EmitStruct(const Struct& known, const Message& message, const std::string& indent) {
  std::string text;
  for (const Field& field : known.fields) {
    text +=
        indent + CppType(field, message) + " " + field.name + Initializer(field, message) + ";\n";
  }
  const bool root = known.name == message.name;
  const std::string ref = GivesAway(known, message) ? "&" : "";
  text += "\n" + indent + "void Encode(Encoder& out, int16_t version) const" + ref + ";\n";
  if (GivesAway(known, message)) {
    text += indent + "void Encode(Encoder& out, int16_t version) &&;\n";
  }
  if (root) {
    text += indent + "static base::Result<" + message.name +
            "> Decode(std::string_view body, int16_t version);\n";
  } else {
    text += indent + "void Decode(Decoder& in, int16_t version);\n";
  }
  text += indent + "friend bool operator==(const " + known.name + "&, const " + known.name +
          "&) = default;\n";
  if (root) text += "\n private:\n  void DecodeFields(Decoder& in, int16_t version);\n";
  return text;
}

std::string EmitMessageStruct(const Message& message, const Description& description) {
  std::string text = "struct " + message.name + " {\n";
  if (description.api) {
    text += "  static constexpr std::string_view kName = \"" + description.api->name + "\";\n" +
            "  static constexpr int16_t kApiKey = " + std::to_string(description.api->key) + ";\n";
  } else {
    text += "  static constexpr std::string_view kName = \"" + message.name + "\";\n";
  }
  text += "  static constexpr int16_t kVersionMin = " + std::to_string(message.versions.min) +
          ";\n  static constexpr int16_t kVersionMax = " + std::to_string(message.versions.max) +
          ";\n  static constexpr int16_t kFlexibleMin = " +
          (message.flexible_min ? std::to_string(*message.flexible_min) : "INT16_MAX") + ";\n";
  if (message.role == Message::Role::kRequest) {
    text += "  using Response = " + description.api->name + "Response;\n";
  }
  text += "\n";
  for (const Struct& known : message.structs) {
    if (known.name == message.name) continue;
    text += "  struct " + known.name + " {\n" + EmitStruct(known, message, "    ") + "  };\n\n";
  }
  return text + EmitStruct(message.root(), message, "  ") + "};\n\n";
}

std::string Head(const std::string& base_name, const std::string& what) {
  return "// " + what + ", made from src/kafka/wire/messages/" + base_name + ".txt.\n";
}

}  // namespace

std::string EmitHeader(const Description& description, const std::string& base_name) {
  std::string text = Head(base_name, "Messages of the Kafka protocol") +
                     "#pragma once\n\n#include <cstdint>\n#include <optional>\n#include <string>\n"
                     "#include <string_view>\n#include <vector>\n\n#include \"base/result.h\"\n"
                     "#include \"base/uuid.h\"\n\nnamespace kafka::wire {\n\n"
                     "class Decoder;\nclass Encoder;\n";
  if (description.api) text += "struct " + description.api->name + "Response;\n";
  text += "\n";
  for (const Message& message : description.messages) {
    text += EmitMessageStruct(message, description);
  }
  return text + "}  // namespace kafka::wire\n";
}

std::string EmitSource(const Description& description, const std::string& base_name) {
  std::string text = Head(base_name, "The codec of these messages") + "#include \"kafka/wire/" +
                     base_name +
                     ".h\"\n\n#include \"base/check.h\"\n#include \"kafka/wire/decoder.h\"\n"
                     "#include \"kafka/wire/encoder.h\"\n\nnamespace kafka::wire {\n";
  for (const Message& message : description.messages) {
    for (const Struct& known : message.structs) {
      const std::string name = QualifiedName(known, message);
      const bool root = known.name == message.name;
      for (const bool rvalue : {false, true}) {
        if (rvalue && !GivesAway(known, message)) continue;
        std::string body = EncodeBody(known, message, rvalue);
        if (root) {
          body =
              "  CHECK(version >= kVersionMin && version <= kVersionMax);\n"
              "  out.set_flexible(version >= kFlexibleMin);\n" +
              body;
        }
        text += "\nvoid " + name +
                "::Encode([[maybe_unused]] Encoder& out, [[maybe_unused]] int16_t version) " +
                (rvalue                      ? "&&"
                 : GivesAway(known, message) ? "const&"
                                             : "const") +
                " {\n" + body + "}\n";
      }
      const std::string body = DecodeBody(known, message);
      if (!root) {
        text += "\nvoid " + name + "::Decode(Decoder& in, [[maybe_unused]] int16_t version) {\n" +
                body + "}\n";
        continue;
      }
      text += "\nbase::Result<" + name + "> " + name +
              "::Decode(std::string_view body, int16_t version) {\n"
              "  if (version < kVersionMin || version > kVersionMax) {\n"
              "    return base::Unsupported(\"" +
              name +
              " has no version \" + std::to_string(version));\n  }\n"
              "  " +
              name +
              " message;\n  Decoder decoder(body);\n"
              "  decoder.set_flexible(version >= kFlexibleMin);\n"
              "  message.DecodeFields(decoder, version);\n"
              "  if (auto whole = decoder.Finish(\"" +
              name +
              "\", version); !whole.ok()) return std::move(whole).error();\n"
              "  return message;\n}\n";
      text += "\nvoid " + name +
              "::DecodeFields([[maybe_unused]] Decoder& in,\n"
              "    [[maybe_unused]] int16_t version) {\n" +
              body + "}\n";
    }
  }
  return text + "\n}  // namespace kafka::wire\n";
}

std::string EmitFields(const Description& description, const std::string& base_name) {
  std::string text = Head(base_name, "The fields of these messages, for tests") +
                     "#pragma once\n\n#include \"kafka/wire/" + base_name +
                     ".h\"\n\nnamespace kafka::wire {\n";
  for (const Message& message : description.messages) {
    for (const Struct& known : message.structs) {
      std::vector<const Field*> fields;
      for (const Field& field : known.fields) {
        if (!field.tag) fields.push_back(&field);
      }
      for (const Field* field : Tagged(known)) fields.push_back(field);
      std::string body;
      for (const Field* field : fields) {
        const std::string when =
            field->nullable ? InVersions(*field->nullable, field->versions) : "";
        body += Line(InVersions(field->versions, known.versions),
                     "visit(\"" + field->name + "\", message." + field->name + ", " +
                         (field->nullable ? when.empty() ? "true" : when : "false") + ");");
      }
      text +=
          "\n// `visit(name, value, nullable)`, in the order of the bytes.\n"
          "template <typename Message, typename Visit>\n"
          "requires(std::is_same_v<std::remove_const_t<Message>, " +
          QualifiedName(known, message) +
          ">) void VisitFields(Message& message, [[maybe_unused]] int16_t version,\n"
          "    [[maybe_unused]] Visit&& visit) {\n" +
          (body.empty() ? "  static_cast<void>(message);\n" : body) + "}\n";
    }
  }
  return text + "\n}  // namespace kafka::wire\n";
}

std::string EmitApiTable(const std::vector<NamedDescription>& all) {
  std::string keys, rows;
  std::vector<const Description*> apis;
  for (const auto& one : all) {
    if (one.description.api) apis.push_back(&one.description);
  }
  std::sort(apis.begin(), apis.end(),
            [](const Description* a, const Description* b) { return a->api->key < b->api->key; });
  for (const Description* one : apis) {
    const Message& request = one->messages[0];
    const auto flexible = [](const Message& message) {
      return message.flexible_min ? std::to_string(*message.flexible_min)
                                  : std::string("INT16_MAX");
    };
    keys += "  k" + one->api->name + " = " + std::to_string(one->api->key) + ",\n";
    rows += "    {" + std::to_string(one->api->key) + ", \"" + one->api->name + "\", " +
            std::to_string(request.versions.min) + ", " + std::to_string(request.versions.max) +
            ", " + flexible(request) + ", " + flexible(one->messages[1]) + "},\n";
  }
  return "// The APIs of the Kafka protocol that src/kafka/wire/messages describes. Constants.\n"
         "#pragma once\n\n#include <cstdint>\n#include <string_view>\n\nnamespace kafka::wire {\n\n"
         "enum class ApiKey : int16_t {\n" +
         keys +
         "};\n\n"
         "struct Api {\n  int16_t key;\n  std::string_view name;\n  int16_t version_min;\n"
         "  int16_t version_max;\n  int16_t request_flexible_min;\n"
         "  int16_t response_flexible_min;\n};\n\n"
         "inline constexpr Api kApis[] = {\n" +
         rows +
         "};\n\n"
         "// nullptr: none has this key.\n"
         "constexpr const Api* FindApi(int16_t key) {\n  for (const Api& api : kApis) {\n"
         "    if (api.key == key) return &api;\n  }\n  return nullptr;\n}\n\n"
         "}  // namespace kafka::wire\n";
}

std::string EmitAllFields(const std::vector<NamedDescription>& all) {
  std::string text =
      "// Every message and its fields, for tests.\n#pragma once\n\n"
      "#include <type_traits>\n\n";
  std::string calls;
  for (const auto& one : all) {
    text += "#include \"kafka/wire/" + one.base_name + "_fields.h\"\n";
    for (const Message& message : one.description.messages) {
      calls += "  visit(std::type_identity<" + message.name + ">());\n";
    }
  }
  return text +
         "\nnamespace kafka::wire {\n\ntemplate <typename Visit>\n"
         "void ForEachMessage(Visit&& visit) {\n" +
         calls + "}\n\n}  // namespace kafka::wire\n";
}

}  // namespace messages
