// A small strict YAML: the text as a tree whose every value knows its place, read through helpers
// that report duplicate and unknown keys and wrong types, all in one pass. The parser is yaml-cpp;
// nesting, size and aliases are bounded. Values; THREAD: any.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "pipeline/problems.h"
#include "pipeline/variables.h"

namespace pipeline::yaml {

enum class Kind { kNull, kScalar, kList, kMap };

struct Entry;

struct Value {
  Kind kind = Kind::kNull;
  std::string text;     // kScalar, as written
  bool quoted = false;  // kScalar: "x", 'x' or a block
  base::SourcePosition position;
  std::vector<Value> items;    // kList
  std::vector<Entry> entries;  // kMap, in the text's order, no key twice
};

struct Entry {
  std::string key;
  base::SourcePosition position;
  Value value;
};

// nullptr when the map lacks the key, or is none.
const Entry* FindEntry(const Value& map, std::string_view key);

// One document. nullopt when the text is no YAML or passes a bound; the reason is in `problems`.
// An empty text is a kNull value. A key given twice is reported and its first value kept.
std::optional<Value> Parse(const std::string& text, Problems& problems);

// A text read from the document. `written` may be shown in a message, `text` may hold a secret.
struct Text {
  std::string text;  // variables replaced
  std::string written;
  base::SourcePosition position;
};

// Where reading reports to, and what ${...} means; no variables: "${" is plain text.
struct Context {
  Problems& problems;
  const Variables* variables = nullptr;
};

// The readers below report a value of another type as "<what> is a text, not a list".
std::optional<Text> ReadText(const Value& value, std::string_view what, const Context& context);
std::optional<bool> ReadBool(const Value& value, std::string_view what, const Context& context);
// One text or a list of texts.
std::vector<Text> ReadTexts(const Value& value, std::string_view what, const Context& context);

// Reads the keys of one map; Finish reports those nobody asked for. `what` names the map in
// messages: "source 'reviews'".
class MapReader {
 public:
  MapReader(const Value& map, std::string what, const Context& context);

  [[nodiscard]] bool ok() const { return map_ != nullptr; }  // it is a map
  const Entry* Find(std::string_view key);
  const Entry* Require(std::string_view key);
  std::optional<Text> FindText(std::string_view key);
  std::optional<Text> RequireText(std::string_view key);
  std::optional<bool> FindBool(std::string_view key);
  std::vector<Text> FindTexts(std::string_view key);
  // Keys that the format knows and this version does not serve.
  void Refuse(std::initializer_list<std::string_view> keys);
  void Finish();

 private:
  const Value* map_;
  std::string what_;
  base::SourcePosition position_;
  const Context& context_;
  std::vector<std::string> known_;
  std::vector<std::string> refused_;  // never offered as what somebody may have meant
};

}  // namespace pipeline::yaml
