#include "codec/json_tree.h"

#include <algorithm>

#include "base/diagnostic.h"
#include "base/json_writer.h"
#include "base/text.h"

namespace codec {
namespace {

// Builds the tree of a text whose grammar SkipJson has accepted.
class Builder {
 public:
  Builder(JsonTokens& tokens, std::string_view source) : tokens_(tokens), source_(source) {}

  base::Result<JsonNode> Value() {
    JsonNode node;
    const size_t first = index_;
    node.offset = tokens_.OffsetOf(first);
    switch (tokens_.First(first)) {
      case '{':
        node.kind = JsonNode::Kind::kObject;
        TRY(Members(node));
        break;
      case '[':
        node.kind = JsonNode::Kind::kArray;
        TRY(Items(node));
        break;
      case '"':
        node.kind = JsonNode::Kind::kString;
        node.text = tokens_.String(first).value();
        ++index_;
        break;
      default:
        node.text = tokens_.Raw(first);
        node.kind = node.text == "null"                           ? JsonNode::Kind::kNull
                    : node.text == "true" || node.text == "false" ? JsonNode::Kind::kBool
                                                                  : JsonNode::Kind::kNumber;
        ++index_;
        break;
    }
    // The token after a value is a separator or a bracket, so the value's text ends before it.
    node.raw = tokens_.Between(first, index_);
    return node;
  }

 private:
  base::Result<void> Members(JsonNode& node) {
    ++index_;
    while (tokens_.First(index_) != '}') {
      JsonMember member;
      member.offset = tokens_.OffsetOf(index_);
      member.key = tokens_.String(index_).value();
      if (node.Find(member.key) != nullptr)
        return ErrorAt(source_, member.offset, "the key '" + member.key + "' stands here twice");
      index_ += 2;
      member.value = TRY(Value());
      node.members.push_back(std::move(member));
      if (tokens_.First(index_) == ',') ++index_;
    }
    ++index_;
    return {};
  }

  base::Result<void> Items(JsonNode& node) {
    ++index_;
    while (tokens_.First(index_) != ']') {
      node.items.push_back(TRY(Value()));
      if (tokens_.First(index_) == ',') ++index_;
    }
    ++index_;
    return {};
  }

  JsonTokens& tokens_;
  std::string_view source_;
  size_t index_ = 0;
};

void AppendCompact(const JsonNode& node, std::string& out) {
  switch (node.kind) {
    case JsonNode::Kind::kObject:
      out += '{';
      for (size_t i = 0; i < node.members.size(); ++i) {
        if (i > 0) out += ", ";
        out += base::JsonQuote(node.members[i].key) + ": ";
        AppendCompact(node.members[i].value, out);
      }
      out += '}';
      break;
    case JsonNode::Kind::kArray:
      out += '[';
      for (size_t i = 0; i < node.items.size(); ++i) {
        if (i > 0) out += ", ";
        AppendCompact(node.items[i], out);
      }
      out += ']';
      break;
    case JsonNode::Kind::kString:
      out += base::JsonQuote(node.text);
      break;
    case JsonNode::Kind::kNull:
    case JsonNode::Kind::kBool:
    case JsonNode::Kind::kNumber:
      out += node.text;
      break;
  }
}

enum class Layout { kAsFits, kBroken };

void AppendPretty(const JsonNode& node, size_t indent, size_t column, Layout layout,
                  std::string& out) {
  constexpr size_t kColumns = 100;
  std::string compact;
  AppendCompact(node, compact);
  const bool empty = node.items.empty() && node.members.empty();
  if (empty || (layout == Layout::kAsFits && column + compact.size() <= kColumns)) {
    out += compact;
    return;
  }
  const std::string inner(indent + 2, ' ');
  const bool object = node.kind == JsonNode::Kind::kObject;
  const size_t count = object ? node.members.size() : node.items.size();
  out += object ? "{\n" : "[\n";
  for (size_t i = 0; i < count; ++i) {
    out += inner;
    if (object) {
      const JsonMember& member = node.members[i];
      const std::string key = base::JsonQuote(member.key) + ": ";
      out += key;
      const bool fields = member.key == "fields" && member.value.kind == JsonNode::Kind::kArray;
      AppendPretty(member.value, indent + 2, indent + 3 + key.size(),
                   fields ? Layout::kBroken : Layout::kAsFits, out);
    } else {
      AppendPretty(node.items[i], indent + 2, indent + 3, Layout::kAsFits, out);
    }
    out += i + 1 < count ? ",\n" : "\n";
  }
  out += std::string(indent, ' ');
  out += object ? '}' : ']';
}

}  // namespace

const JsonNode* JsonNode::Find(std::string_view key) const {
  const auto found = std::find_if(members.begin(), members.end(),
                                  [key](const JsonMember& member) { return member.key == key; });
  return found == members.end() ? nullptr : &found->value;
}

std::string_view JsonNode::KindName() const {
  switch (kind) {
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return "a boolean";
    case Kind::kNumber:
      return "a number";
    case Kind::kString:
      return "a string";
    case Kind::kArray:
      return "an array";
    case Kind::kObject:
      return "an object";
  }
  return "";
}

base::Error ErrorAt(std::string_view text, size_t offset, const std::string& message,
                    std::string hint) {
  const base::SourcePosition position = base::PositionOf(text, offset);
  return base::InvalidArgument(
      std::to_string(position.line) + ":" + std::to_string(position.column) + ": " + message,
      std::move(hint));
}

base::Result<JsonNode> ParseJson(std::string_view text) {
  JsonTokens tokens;
  switch (tokens.Scan(text)) {
    case JsonTokens::Status::kOk:
      break;
    case JsonTokens::Status::kEmpty:
      return base::InvalidArgument("1:1: expected a JSON value, found nothing");
    case JsonTokens::Status::kInvalidUtf8:
      return ErrorAt(text, base::ValidUtf8Prefix(text), "not UTF-8");
    case JsonTokens::Status::kUnclosedString:
      return ErrorAt(text, text.size(), "a string has no closing quote");
    case JsonTokens::Status::kControlCharacter:
      return base::InvalidArgument("a string holds a line end or another control character",
                                   "Write it as an escape, \\n for a line end.");
  }
  JsonFault fault;
  const std::optional<size_t> end = SkipJson(tokens, 0, 0, fault);
  if (!end.has_value()) return ErrorAt(text, fault.offset, fault.reason);
  if (*end != tokens.size())
    return ErrorAt(text, tokens.OffsetOf(*end),
                   "expected the end, found " + DescribeToken(tokens, *end));
  return Builder(tokens, text).Value();
}

std::string PrettyJson(const JsonNode& root) {
  std::string out;
  AppendPretty(root, 0, 0, Layout::kBroken, out);
  out += '\n';
  return out;
}

}  // namespace codec
