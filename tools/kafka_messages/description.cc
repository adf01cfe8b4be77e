#include "description.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <set>

namespace messages {
namespace {

constexpr int kVersionMost = 32767;

const std::map<std::string, Kind, std::less<>> kKinds = {
    {"bool", Kind::kBool},     {"int8", Kind::kInt8},       {"int16", Kind::kInt16},
    {"uint16", Kind::kUint16}, {"int32", Kind::kInt32},     {"uint32", Kind::kUint32},
    {"int64", Kind::kInt64},   {"float64", Kind::kFloat64}, {"uuid", Kind::kUuid},
    {"string", Kind::kString}, {"bytes", Kind::kBytes},     {"records", Kind::kRecords},
};

std::optional<int64_t> Number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool StartsWithVersion(std::string_view text) {
  return !text.empty() && text[0] >= '0' && text[0] <= '9';
}

// "3-12", "13+" (up to the end of `within`) or "4".
std::optional<Versions> ParseVersions(std::string_view text, int last) {
  const bool open = !text.empty() && text.back() == '+';
  if (open) text.remove_suffix(1);
  const size_t dash = text.find('-');
  const auto min = Number(text.substr(0, dash));
  const auto max = open                             ? std::optional<int64_t>(last)
                   : dash == std::string_view::npos ? min
                                                    : Number(text.substr(dash + 1));
  if (!min || !max || (open && dash != std::string_view::npos)) return std::nullopt;
  if (*min < 0 || *min > *max || *max > kVersionMost) return std::nullopt;
  return Versions{static_cast<int>(*min), static_cast<int>(*max)};
}

bool IsFieldName(std::string_view name) {
  return !name.empty() && name[0] >= 'a' && name[0] <= 'z' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

bool IsStructName(std::string_view name) {
  return !name.empty() && name[0] >= 'A' && name[0] <= 'Z' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
         });
}

bool IsInteger(Kind kind) { return kind >= Kind::kInt8 && kind <= Kind::kInt64; }

bool FitsDefault(Kind kind, std::string_view text) {
  if (kind == Kind::kBool) return text == "true" || text == "false";
  if (!IsInteger(kind)) return false;
  const auto value = Number(text);
  if (!value) return false;
  switch (kind) {
    case Kind::kInt8:
      return *value >= INT8_MIN && *value <= INT8_MAX;
    case Kind::kInt16:
      return *value >= INT16_MIN && *value <= INT16_MAX;
    case Kind::kUint16:
      return *value >= 0 && *value <= UINT16_MAX;
    case Kind::kInt32:
      return *value >= INT32_MIN && *value <= INT32_MAX;
    case Kind::kUint32:
      return *value >= 0 && *value <= UINT32_MAX;
    default:
      return true;
  }
}

struct Line {
  int number = 0;
  size_t depth = 0;
  std::vector<std::string> words;
};

class Parser {
 public:
  Parser(std::string_view text, std::string file_name) : file_name_(std::move(file_name)) {
    int number = 0;
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size());
      AddLine(text.substr(0, end), ++number);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  std::variant<Description, Faults> Run() {
    while (faults_.empty() && next_ < lines_.size()) Top();
    if (faults_.empty()) CheckWhole();
    if (!faults_.empty()) return faults_;
    return std::move(description_);
  }

 private:
  void AddLine(std::string_view text, int number) {
    text = text.substr(0, text.find('#'));
    const size_t indent = std::min(text.find_first_not_of(' '), text.size());
    Line line{number, indent / 2, {}};
    for (size_t at = indent; at < text.size();) {
      const size_t end = std::min(text.find(' ', at), text.size());
      line.words.emplace_back(text.substr(at, end - at));
      at = std::min(text.find_first_not_of(' ', end), text.size());
    }
    if (line.words.empty()) return;
    if (indent % 2 != 0) Fault(line, "indent by two spaces a level");
    lines_.push_back(std::move(line));
  }

  void Fault(const Line& line, const std::string& problem) {
    faults_.push_back(file_name_ + ":" + std::to_string(line.number) + ": " + problem);
  }

  // api KEY NAME | request VERSIONS [flexible N+] | response ... | data NAME VERSIONS [flexible N+]
  void Top() {
    const Line& line = lines_[next_++];
    const auto& words = line.words;
    if (line.depth != 0) return Fault(line, "'" + words[0] + "' is indented below nothing");
    if (words[0] == "api") {
      const auto key = words.size() == 3 ? Number(words[1]) : std::nullopt;
      if (!key || *key < 0 || *key > INT16_MAX || !IsStructName(words[2])) {
        return Fault(line, "write: api KEY NAME");
      }
      if (description_.api || !description_.messages.empty()) {
        return Fault(line, "one api a file, in its first line");
      }
      description_.api = Api{static_cast<int>(*key), words[2]};
      return;
    }
    Message message;
    size_t at = 1;
    if (words[0] == "request" || words[0] == "response") {
      if (!description_.api) return Fault(line, "a " + words[0] + " stands after its api");
      message.role = words[0] == "request" ? Message::Role::kRequest : Message::Role::kResponse;
      message.name = description_.api->name + (words[0] == "request" ? "Request" : "Response");
    } else if (words[0] == "data" && words.size() > 1 && IsStructName(words[1])) {
      message.role = Message::Role::kData;
      message.name = words[at++];
    } else {
      return Fault(line,
                   "write: api KEY NAME, request VERSIONS, response VERSIONS or data NAME "
                   "VERSIONS");
    }
    const auto versions =
        at < words.size() ? ParseVersions(words[at++], kVersionMost) : std::nullopt;
    if (!versions || versions->max == kVersionMost) {
      return Fault(line, "the versions of " + message.name + " are missing: write 0-3");
    }
    message.versions = *versions;
    if (at < words.size()) {
      const auto flexible = words[at] == "flexible" && at + 2 == words.size()
                                ? ParseVersions(words[at + 1], message.versions.max)
                                : std::nullopt;
      if (!flexible || flexible->max != message.versions.max || words[at + 1].back() != '+') {
        return Fault(line, "after the versions may stand: flexible N+");
      }
      message.flexible_min = flexible->min;
    }
    description_.messages.push_back(std::move(message));
    message_ = &description_.messages.back();
    Struct root;
    root.name = message_->name;
    root.versions = message_->versions;
    root.used = true;
    root.line = line.number;
    Fields(root, 1, line);
    message_->structs.push_back(std::move(root));
  }

  // The lines at `depth`, below `parent_line`, into `parent`.
  void Fields(Struct& parent, size_t depth, const Line& parent_line) {
    std::set<std::string> names;
    std::set<int> tags;
    while (next_ < lines_.size() && lines_[next_].depth >= depth) {
      const Line& line = lines_[next_++];
      if (line.depth > depth) {
        Fault(line, "'" + line.words[0] + "' is indented too far");
      } else if (line.words[0] == "struct") {
        SharedStruct(parent, depth, line);
      } else if (auto field = ParseField(parent, depth, line)) {
        if (!names.insert(field->name).second) Fault(line, "a second '" + field->name + "'");
        if (field->tag && !tags.insert(*field->tag).second) {
          Fault(line, "a second tag " + std::to_string(*field->tag));
        }
        parent.has_records |= field->kind == Kind::kRecords;
        if (field->kind == Kind::kStruct) {
          Struct* inner = FindStruct(field->struct_name);
          parent.has_records |= inner != nullptr && inner->has_records;
        }
        parent.fields.push_back(std::move(*field));
      }
    }
    if (parent.fields.empty() && depth > 1) {
      Fault(parent_line, "struct " + parent.name + " has no field");
    }
    if (!tags.empty() && *tags.rbegin() != static_cast<int>(tags.size()) - 1) {
      Fault(parent_line, "the tags of " + parent.name + " do not count from 0");
    }
  }

  void SharedStruct(const Struct& parent, size_t depth, const Line& line) {
    if (depth != 1 || line.words.size() != 2 || !IsStructName(line.words[1])) {
      return Fault(line, "write, directly below the message: struct NAME");
    }
    DefineStruct(line.words[1], parent.versions, depth, line);
  }

  void DefineStruct(const std::string& name, const Versions& versions, size_t depth,
                    const Line& line) {
    Struct inner;
    inner.name = name;
    inner.versions = versions;
    inner.line = line.number;
    Fields(inner, depth + 1, line);
    if (FindStruct(name) != nullptr || name == message_->name) {
      Fault(line, "a second struct " + name);
    }
    message_->structs.push_back(std::move(inner));
  }

  Struct* FindStruct(const std::string& name) {
    for (Struct& known : message_->structs) {
      if (known.name == name) return &known;
    }
    return nullptr;
  }

  // NAME TYPE [VERSIONS] [tag N] [= DEFAULT]
  std::optional<Field> ParseField(const Struct& parent, size_t depth, const Line& line) {
    const auto& words = line.words;
    Field field;
    field.name = words[0];
    field.versions = parent.versions;
    if (!IsFieldName(field.name) || words.size() < 2) {
      Fault(line, "write: name type [versions] [tag N] [= default]");
      return std::nullopt;
    }
    size_t at = 2;
    if (at < words.size() && StartsWithVersion(words[at])) {
      const auto versions = ParseVersions(words[at], parent.versions.max);
      if (!versions || !parent.versions.Covers(*versions)) {
        Fault(line, "versions " + words[at] + " are not among " +
                        std::to_string(parent.versions.min) + "-" +
                        std::to_string(parent.versions.max));
        return std::nullopt;
      }
      field.versions = *versions;
      ++at;
    }
    if (!ParseType(words[1], field, line)) return std::nullopt;
    if (at + 1 < words.size() && words[at] == "tag") {
      const auto tag = Number(words[at + 1]);
      if (!tag || *tag < 0 || *tag > INT16_MAX) Fault(line, "no tag '" + words[at + 1] + "'");
      if (!message_->flexible_min || *message_->flexible_min > field.versions.min) {
        Fault(line, "a tagged field needs flexible versions");
      }
      field.tag = static_cast<int>(tag.value_or(0));
      at += 2;
    }
    if (at + 1 < words.size() && words[at] == "=") {
      field.default_text = words[at + 1];
      CheckDefault(field, line);
      at += 2;
    }
    if (at != words.size()) Fault(line, "'" + words[at] + "' is not understood here");
    if (field.kind == Kind::kStruct) UseStruct(field, depth, line);
    return field;
  }

  // []TYPE?VERSIONS
  bool ParseType(std::string_view text, Field& field, const Line& line) {
    if (text.rfind("[]", 0) == 0) {
      field.array = true;
      text.remove_prefix(2);
    }
    const size_t mark = text.find('?');
    const std::string name(text.substr(0, mark));
    if (const auto kind = kKinds.find(name); kind != kKinds.end()) {
      field.kind = kind->second;
    } else if (IsStructName(name)) {
      field.kind = Kind::kStruct;
      field.struct_name = name;
    } else {
      return Fault(line, "no type '" + name + "'"), false;
    }
    if (field.array && (field.kind == Kind::kBytes || field.kind == Kind::kRecords)) {
      return Fault(line, "there are no arrays of " + name), false;
    }
    if (mark == std::string_view::npos) {
      if (field.kind == Kind::kRecords) return Fault(line, "records are nullable: records?"), false;
      return true;
    }
    if (!field.array && field.kind < Kind::kString) {
      return Fault(line, "a " + name + " is never null"), false;
    }
    field.nullable = field.versions;
    if (const auto when = text.substr(mark + 1); !when.empty()) {
      field.nullable = ParseVersions(when, field.versions.max);
      if (!field.nullable || !field.versions.Covers(*field.nullable)) {
        return Fault(line, "nullable in versions " + std::string(when) + "?"), false;
      }
      if (field.kind == Kind::kRecords || (field.kind == Kind::kStruct && !field.array)) {
        return Fault(line, "this type is nullable in all its versions or in none"), false;
      }
    }
    return true;
  }

  void CheckDefault(const Field& field, const Line& line) {
    const std::string& text = *field.default_text;
    if (text == "null") {
      if (!field.nullable) Fault(line, "null is the default of what is not nullable");
    } else if (field.array || !FitsDefault(field.kind, text)) {
      Fault(line, "'" + text + "' is no default of this type");
    }
  }

  // Its fields follow, indented; or it was described above.
  void UseStruct(const Field& field, size_t depth, const Line& line) {
    const bool follows = next_ < lines_.size() && lines_[next_].depth > depth;
    if (follows) DefineStruct(field.struct_name, field.versions, depth, line);
    Struct* inner = FindStruct(field.struct_name);
    if (inner == nullptr) return Fault(line, "no type '" + field.struct_name + "'");
    inner->used = true;
    if (!inner->versions.Covers(field.versions)) {
      Fault(line, "struct " + inner->name + " is described for fewer versions");
    }
  }

  void CheckWhole() {
    for (const Message& message : description_.messages) {
      for (const Struct& known : message.structs) {
        if (!known.used) {
          faults_.push_back(file_name_ + ":" + std::to_string(known.line) + ": struct " +
                            known.name + " is not used");
        }
      }
    }
    const auto& messages = description_.messages;
    if (description_.api ? messages.size() != 2 || messages[0].role != Message::Role::kRequest ||
                               messages[1].role != Message::Role::kResponse
                         : messages.empty()) {
      faults_.push_back(file_name_ + ": an api has one request and then one response");
    } else if (description_.api && (messages[0].versions.min != messages[1].versions.min ||
                                    messages[0].versions.max != messages[1].versions.max)) {
      faults_.push_back(file_name_ + ": request and response differ in their versions");
    }
  }

  std::string file_name_;
  std::vector<Line> lines_;
  size_t next_ = 0;
  Description description_;
  Message* message_ = nullptr;
  Faults faults_;
};

}  // namespace

const Struct& Message::Find(const std::string& struct_name) const {
  for (const Struct& known : structs) {
    if (known.name == struct_name) return known;
  }
  std::abort();  // the parser has found it
}

std::variant<Description, Faults> Parse(std::string_view text, const std::string& file_name) {
  return Parser(text, file_name).Run();
}

}  // namespace messages
