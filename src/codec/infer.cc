#include "codec/infer.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/json_writer.h"
#include "base/limits.h"
#include "base/text.h"
#include "codec/json_number.h"
#include "codec/json_tree.h"

namespace codec {

// What was seen at one place of the records.
struct SchemaGuess::Shape {
  int64_t seen = 0;  // values, null or not
  bool null = false;
  bool boolean = false;
  bool integer = false;
  bool fraction = false;
  bool string = false;
  bool array = false;
  bool object = false;
  int64_t objects = 0;
  std::unique_ptr<Shape> element;
  std::vector<std::pair<std::string, std::unique_ptr<Shape>>> members;  // in order of appearance
  std::unordered_map<std::string, size_t> index;                        // of members, by key

  void Add(const JsonNode& node);
  void Merge(const Shape& other);
  [[nodiscard]] Shape& Member(const std::string& key);
  [[nodiscard]] bool is_map() const {
    return members.empty() || members.size() > base::limits::kInferKeysMax;
  }
  [[nodiscard]] std::vector<std::string> Kinds() const;
};

SchemaGuess::Shape& SchemaGuess::Shape::Member(const std::string& key) {
  const auto [place, fresh] = index.emplace(key, members.size());
  if (fresh) members.emplace_back(key, std::make_unique<Shape>());
  return *members[place->second].second;
}

void SchemaGuess::Shape::Add(const JsonNode& node) {
  ++seen;
  switch (node.kind) {
    case JsonNode::Kind::kNull:
      null = true;
      break;
    case JsonNode::Kind::kBool:
      boolean = true;
      break;
    case JsonNode::Kind::kString:
      string = true;
      break;
    case JsonNode::Kind::kNumber: {
      int64_t value = 0;
      const auto number = JsonNumber::Parse(node.text);
      const bool whole = number.has_value() && number->integer_literal &&
                         number->ToInt64(value) == NumberFit::kExact;
      (whole ? integer : fraction) = true;
      break;
    }
    case JsonNode::Kind::kArray:
      array = true;
      if (element == nullptr) element = std::make_unique<Shape>();
      for (const JsonNode& item : node.items) element->Add(item);
      break;
    case JsonNode::Kind::kObject:
      object = true;
      ++objects;
      for (const JsonMember& member : node.members) Member(member.key).Add(member.value);
      break;
  }
}

void SchemaGuess::Shape::Merge(const Shape& other) {
  seen += other.seen;
  null |= other.null;
  boolean |= other.boolean;
  integer |= other.integer;
  fraction |= other.fraction;
  string |= other.string;
  array |= other.array;
  object |= other.object;
  objects += other.objects;
  if (other.element != nullptr) {
    if (element == nullptr) element = std::make_unique<Shape>();
    element->Merge(*other.element);
  }
  for (const auto& [key, shape] : other.members) Member(key).Merge(*shape);
}

std::vector<std::string> SchemaGuess::Shape::Kinds() const {
  std::vector<std::string> kinds;
  if (boolean) kinds.emplace_back("a boolean");
  if (integer || fraction) kinds.emplace_back("a number");
  if (string) kinds.emplace_back("a string");
  if (array) kinds.emplace_back("an array");
  if (object) kinds.emplace_back("an object");
  return kinds;
}

namespace {

constexpr std::string_view kNullDoc = "only null or empty in the sample: the type is a guess";

}  // namespace

SchemaGuess::SchemaGuess() : root_(std::make_unique<Shape>()) {}
SchemaGuess::~SchemaGuess() = default;

void SchemaGuess::Add(std::string_view line) {
  const base::Result<JsonNode> node = ParseJson(line);
  if (!node.ok() || node->kind != JsonNode::Kind::kObject) return;
  ++samples_;
  root_->Add(*node);
}

std::string AvroName(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool digit = c >= '0' && c <= '9';
    if (digit && name.empty()) name += '_';
    name += letter || digit ? c : '_';
  }
  return name.empty() ? "_" : name;
}

namespace {

// Writes a schema text from shapes; Parse then holds it to the rules of every schema.
template <typename Shape>  // SchemaGuess::Shape, whose name is private
class GuessWriter {
 public:
  base::Result<std::string> Write(const Shape& root, std::string_view name) {
    TRY(Record(root, AvroName(name), ""));
    return std::move(json_).Take();
  }

 private:
  base::Result<void> Record(const Shape& shape, std::string name, const std::string& place) {
    while (!type_names_.insert(name).second) name += "_";
    json_.BeginObject().Key("type").String("record").Key("name").String(name);
    json_.Key("fields").BeginArray();
    std::set<std::string> taken;  // lower case: SQL names are the same in either case
    for (const auto& [key, member] : shape.members) {
      const std::string base_name = AvroName(key);
      std::string field = base_name;
      for (int i = 2; !taken.insert(base::ToLower(field)).second; ++i)
        field = base_name + "_" + std::to_string(i);
      const bool nullable = member->null || member->seen < shape.objects;
      json_.BeginObject().Key("name").String(field).Key("type");
      const std::string inner = place.empty() ? key : place + "." + key;
      const bool guessed = member->Kinds().empty();
      TRY(Nullable(*member, nullable, name + "_" + field, inner));
      if (nullable || guessed) json_.Key("default").Null();
      if (field != key) {
        json_.Key("json").BeginObject().Key("path").BeginArray().String(key).EndArray();
        json_.EndObject();
      }
      if (guessed || IsHollow(*member)) json_.Key("doc").String(kNullDoc);
      json_.EndObject();
    }
    json_.EndArray().EndObject();
    return {};
  }

  // An array without elements or an object without keys: nothing known of what is inside.
  static bool IsHollow(const Shape& shape) {
    return (shape.array && shape.element->Kinds().empty()) ||
           (shape.object && shape.members.empty());
  }

  base::Result<void> Nullable(const Shape& shape, bool nullable, const std::string& name,
                              const std::string& place) {
    const bool guessed = shape.Kinds().empty();
    if (nullable || guessed) json_.BeginArray().String("null");
    TRY(Type(shape, name, place));
    if (nullable || guessed) json_.EndArray();
    return {};
  }

  base::Result<void> Type(const Shape& shape, const std::string& name, const std::string& place) {
    const std::vector<std::string> kinds = shape.Kinds();
    if (kinds.size() > 1) {
      return base::InvalidArgument(
          "the field '" + place + "' is " + base::Join(kinds, " in one record, ") + " in another",
          "Write the schema file by hand: records that fit the type you choose are loaded, the "
          "others are set aside as rejected.");
    }
    if (shape.array) {
      json_.BeginObject().Key("type").String("array").Key("items");
      TRY(Nullable(*shape.element, shape.element->null, name + "_item", place + "[]"));
      json_.EndObject();
    } else if (shape.object && shape.is_map()) {
      Shape values;
      for (const auto& [key, member] : shape.members) values.Merge(*member);
      json_.BeginObject().Key("type").String("map").Key("values");
      TRY(Nullable(values, values.null, name + "_value", place + "{}"));
      json_.EndObject();
    } else if (shape.object) {
      TRY(Record(shape, name, place));
    } else {
      json_.String(shape.boolean    ? "boolean"
                   : shape.fraction ? "double"
                   : shape.integer  ? "long"
                                    : "string");
    }
    return {};
  }

  base::JsonWriter json_;
  std::set<std::string> type_names_;
};

}  // namespace

base::Result<AvroSchema> SchemaGuess::Finish(std::string_view record_name) const {
  if (samples_ == 0)
    return base::InvalidArgument("no line of the sample is a JSON object",
                                 "Check the files, or write the schema file by hand.");
  if (root_->members.empty())
    return base::InvalidArgument("the records of the sample have no keys",
                                 "Write the schema file by hand.");
  const std::string text = TRY(GuessWriter<Shape>().Write(*root_, record_name));
  return AvroSchema::Parse(text);
}

}  // namespace codec
