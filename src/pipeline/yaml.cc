#include "pipeline/yaml.h"

#include <algorithm>
#include <exception>
#include <map>
#include <sstream>
#include <utility>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "base/limits.h"
#include "base/text.h"

namespace pipeline::yaml {
namespace {

// Carries a mistake out of yaml-cpp's callbacks; never leaves this file.
struct Refused {
  base::SourcePosition position;
  std::string message;
  std::string hint;
};

// yaml-cpp counts from zero, and columns in bytes.
base::SourcePosition PositionOf(const std::string& text, const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  const std::string_view line = base::LineAt(text, mark.line + 1);
  const size_t bytes = std::min(line.size(), static_cast<size_t>(std::max(mark.column, 0)));
  const int extra = mark.column - static_cast<int>(bytes);  // a place after the line's end
  return {.line = mark.line + 1, .column = base::PositionOf(line, bytes).column + extra};
}

Value Make(Kind kind, base::SourcePosition position) {
  Value value;
  value.kind = kind;
  value.position = position;
  return value;
}

size_t CountValues(const Value& value) {
  size_t count = 1;
  for (const Value& item : value.items) count += CountValues(item);
  for (const Entry& entry : value.entries) count += CountValues(entry.value);
  return count;
}

// Builds the tree from yaml-cpp's events.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const std::string& text, Problems& problems) : text_(text), problems_(problems) {}

  Value Take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Add(Make(Kind::kNull, PositionOf(text_, mark)), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    const base::SourcePosition position = PositionOf(text_, mark);
    if (found == anchors_.end()) throw Refused{position, "this alias contains itself", ""};
    CountUp(CountValues(found->second), position);
    Place(Value(found->second));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const base::SourcePosition position = PositionOf(text_, mark);
    if (tag != "?" && tag != "!") RefuseTag(position);
    if (tag == "!") CheckQuoteCloses(mark, position);
    Value scalar = Make(Kind::kScalar, position);
    scalar.text = value;
    scalar.quoted = tag == "!";
    Add(std::move(scalar), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(Kind::kList, mark, tag, anchor);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { Close(); }

 private:
  struct OpenValue {
    Value value;
    YAML::anchor_t anchor = 0;
    std::optional<Entry> entry;  // a map's key that waits for its value
  };

  [[noreturn]] static void RefuseTag(base::SourcePosition position) {
    throw Refused{position, "YAML tags ('!...') are not used in project files", ""};
  }

  void CountUp(size_t count, base::SourcePosition position) {
    num_values_ += count;
    if (num_values_ > base::limits::kYamlValuesMax) {
      throw Refused{position,
                    "this document has more than " +
                        base::FormatCount(base::limits::kYamlValuesMax) +
                        " values, aliases written out",
                    ""};
    }
  }

  // yaml-cpp takes a quote that never ends for one that ends with the file.
  void CheckQuoteCloses(const YAML::Mark& mark, base::SourcePosition position) const {
    size_t at = 0;
    for (int line = 0; line < mark.line; ++line) at = text_.find('\n', at) + 1;
    at += static_cast<size_t>(mark.column);
    if (at >= text_.size() || (text_[at] != '"' && text_[at] != '\'')) return;  // a block
    const char quote = text_[at];
    for (++at; at < text_.size(); ++at) {
      if (quote == '"' && text_[at] == '\\') {
        ++at;
      } else if (text_[at] == quote) {
        if (quote == '"' || at + 1 >= text_.size() || text_[at + 1] != quote) return;
        ++at;
      }
    }
    throw Refused{position, "this quote is not closed", ""};
  }

  void Add(Value value, YAML::anchor_t anchor) {
    CountUp(1, value.position);
    if (anchor != 0) anchors_[anchor] = value;
    Place(std::move(value));
  }

  void Open(Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    const base::SourcePosition position = PositionOf(text_, mark);
    if (tag != "?" && tag != "!") RefuseTag(position);
    if (open_.size() >= base::limits::kNestingMax) throw Refused{position, "nested too deeply", ""};
    CountUp(1, position);
    open_.push_back({.value = Make(kind, position), .anchor = anchor, .entry = {}});
  }

  void Close() {
    OpenValue closed = std::move(open_.back());
    open_.pop_back();
    if (closed.anchor != 0) anchors_[closed.anchor] = closed.value;
    Place(std::move(closed.value));
  }

  void Place(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    OpenValue& parent = open_.back();
    if (parent.value.kind == Kind::kList) {
      parent.value.items.push_back(std::move(value));
    } else if (!parent.entry) {
      if (value.kind != Kind::kScalar) {
        throw Refused{value.position, "a key is a plain word, not a list or a map", ""};
      }
      parent.entry = Entry{.key = std::move(value.text), .position = value.position, .value = {}};
    } else {
      // yaml-cpp places an absent value at whatever comes next; its key is what people look for.
      if (value.kind == Kind::kNull) value.position = parent.entry->position;
      parent.entry->value = std::move(value);
      Keep(parent.value, std::move(*parent.entry));
      parent.entry.reset();
    }
  }

  void Keep(Value& map, Entry entry) {
    const auto first = std::find_if(map.entries.begin(), map.entries.end(),
                                    [&](const Entry& other) { return other.key == entry.key; });
    if (first == map.entries.end()) {
      map.entries.push_back(std::move(entry));
      return;
    }
    problems_.Error(entry.position, "the key '" + entry.key + "' stands here a second time",
                    "It is on line " + std::to_string(first->position.line) + " already.");
  }

  const std::string& text_;
  Problems& problems_;
  Value root_;
  std::vector<OpenValue> open_;
  std::map<YAML::anchor_t, Value> anchors_;
  size_t num_values_ = 0;
};

bool ParseEvents(const std::string& text, TreeBuilder& tree, Problems& problems) {
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    parser.HandleNextDocument(tree);
    if (parser) {
      TreeBuilder second(text, problems);
      if (parser.HandleNextDocument(second)) {
        problems.Error(second.Take().position, "a second YAML document starts here",
                       "Remove the '---' line before it.");
        return false;
      }
    }
    return true;
  } catch (const Refused& refused) {
    problems.Error(refused.position, refused.message, refused.hint);
  } catch (const YAML::Exception& error) {
    const base::SourcePosition position = PositionOf(text, error.mark);
    const std::string_view line = base::LineAt(text, position.line);
    const size_t indent = line.find_first_not_of(" \t");
    const bool tab = line.substr(0, indent).find('\t') != std::string_view::npos;
    problems.Error(position, "not valid YAML: " + error.msg,
                   tab ? "Indent with spaces: YAML does not take tabs." : "");
  } catch (const std::exception& error) {
    problems.Error({}, std::string("not valid YAML: ") + error.what());
  }
  return false;
}

std::string_view KindWords(const Value& value) {
  switch (value.kind) {
    case Kind::kNull:
      return "nothing";
    case Kind::kScalar:
      return "a text";
    case Kind::kList:
      return "a list";
    case Kind::kMap:
      return "a map";
  }
  return "";
}

void WrongType(const Value& value, std::string_view what, std::string_view wanted,
               const Context& context, std::string hint = {}) {
  if (hint.empty() && value.kind == Kind::kNull && wanted == "a text") {
    hint = "Write \"\" for an empty text, and \"null\" in quotes for that word.";
  }
  context.problems.Error(value.position,
                         std::string(what) + " must be " + std::string(wanted) + ", not " +
                             std::string(KindWords(value)),
                         std::move(hint));
}

}  // namespace

std::optional<Value> Parse(const std::string& text, Problems& problems) {
  const size_t valid = base::ValidUtf8Prefix(text);
  if (valid != text.size()) {
    problems.Error(base::PositionOf(text, valid), "this byte is not UTF-8",
                   "Save the file as UTF-8.");
    return std::nullopt;
  }
  if (const size_t nul = text.find('\0'); nul != std::string::npos) {
    problems.Error(base::PositionOf(text, nul), "a text file has no NUL bytes");
    return std::nullopt;
  }
  TreeBuilder tree(text, problems);
  if (!ParseEvents(text, tree, problems)) return std::nullopt;
  return tree.Take();
}

std::optional<Text> ReadText(const Value& value, std::string_view what, const Context& context) {
  if (value.kind != Kind::kScalar) {
    WrongType(value, what, "a text", context);
    return std::nullopt;
  }
  Text text{.text = value.text, .written = value.text, .position = value.position};
  if (context.variables == nullptr) return text;
  auto expanded = context.variables->Expand(value.text);
  if (!expanded.ok()) {
    context.problems.Error(value.position, expanded.error().message(), expanded.error().hint());
    return std::nullopt;
  }
  text.text = std::move(*expanded);
  return text;
}

std::optional<bool> ReadBool(const Value& value, std::string_view what, const Context& context) {
  const auto text = value.kind == Kind::kScalar ? ReadText(value, what, context) : std::nullopt;
  if (text && text->text == "true") return true;
  if (text && text->text == "false") return false;
  if (text) {
    context.problems.Error(
        value.position, std::string(what) + " must be true or false, not '" + text->written + "'");
  } else if (value.kind != Kind::kScalar) {
    WrongType(value, what, "true or false", context);
  }
  return std::nullopt;
}

std::vector<Text> ReadTexts(const Value& value, std::string_view what, const Context& context) {
  std::vector<Text> texts;
  if (value.kind == Kind::kScalar) {
    if (auto text = ReadText(value, what, context)) texts.push_back(std::move(*text));
  } else if (value.kind == Kind::kList) {
    for (const Value& item : value.items) {
      if (auto text = ReadText(item, "an item of " + std::string(what), context)) {
        texts.push_back(std::move(*text));
      }
    }
  } else {
    WrongType(value, what, "a text or a list of texts", context);
  }
  return texts;
}

MapReader::MapReader(const Value& map, std::string what, const Context& context)
    : map_(map.kind == Kind::kMap ? &map : nullptr),
      what_(std::move(what)),
      position_(map.position),
      context_(context) {
  if (map_ == nullptr) WrongType(map, what_, "a map of keys and values", context_);
}

const Entry* FindEntry(const Value& map, std::string_view key) {
  for (const Entry& entry : map.entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

const Entry* MapReader::Find(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  return map_ == nullptr ? nullptr : FindEntry(*map_, key);
}

const Entry* MapReader::Require(std::string_view key) {
  const Entry* entry = Find(key);
  if (entry == nullptr && map_ != nullptr) {
    context_.problems.Error(position_, what_ + " has no '" + std::string(key) + "'");
  }
  return entry;
}

std::optional<Text> MapReader::FindText(std::string_view key) {
  const Entry* entry = Find(key);
  if (entry == nullptr) return std::nullopt;
  return ReadText(entry->value, "'" + std::string(key) + "'", context_);
}

std::optional<Text> MapReader::RequireText(std::string_view key) {
  const Entry* entry = Require(key);
  if (entry == nullptr) return std::nullopt;
  return ReadText(entry->value, "'" + std::string(key) + "'", context_);
}

std::optional<bool> MapReader::FindBool(std::string_view key) {
  const Entry* entry = Find(key);
  if (entry == nullptr) return std::nullopt;
  return ReadBool(entry->value, "'" + std::string(key) + "'", context_);
}

std::vector<Text> MapReader::FindTexts(std::string_view key) {
  const Entry* entry = Find(key);
  if (entry == nullptr) return {};
  return ReadTexts(entry->value, "'" + std::string(key) + "'", context_);
}

void MapReader::Refuse(std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (const Entry* entry = map_ == nullptr ? nullptr : FindEntry(*map_, key)) {
      context_.problems.Error(entry->position,
                              "'" + std::string(key) + "' is not supported by this version",
                              "Remove it: nothing would act on it.");
    }
    refused_.emplace_back(key);
  }
}

void MapReader::Finish() {
  if (map_ == nullptr) return;
  for (const Entry& entry : map_->entries) {
    const auto is_key = [&](const std::string& key) { return key == entry.key; };
    if (std::any_of(known_.begin(), known_.end(), is_key)) continue;
    if (std::any_of(refused_.begin(), refused_.end(), is_key)) continue;
    std::string hint = base::DidYouMean(entry.key, known_);
    if (hint.empty()) hint = "Its keys are: " + base::Join(known_, ", ") + ".";
    context_.problems.Error(entry.position, what_ + " has no key '" + entry.key + "'", hint);
  }
}

}  // namespace pipeline::yaml
