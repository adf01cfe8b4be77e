// JsonNode: a small JSON text as a tree that remembers where each value stood, for schemas and
// samples; records go through codec/json.h. Value type.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json_tokens.h"

namespace codec {

struct JsonMember;

struct JsonNode {
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  size_t offset = 0;  // in the text
  std::string text;   // kString: its characters; kNumber, kBool: as written
  std::string raw;    // the value as written, inner white space included
  std::vector<JsonNode> items;
  std::vector<JsonMember> members;  // in the order written

  [[nodiscard]] const JsonNode* Find(std::string_view key) const;
  // "a string", "an array", ...
  [[nodiscard]] std::string_view KindName() const;
};

struct JsonMember {
  std::string key;
  size_t offset = 0;
  JsonNode value;
};

// The one value of a text. ERRORS: kInvalidArgument "3:14: expected ',' or '}', found ...", also
// for a key that stands twice in one object.
base::Result<JsonNode> ParseJson(std::string_view text);

// An error at a byte of `text`: "3:14: message".
base::Error ErrorAt(std::string_view text, size_t offset, const std::string& message,
                    std::string hint = {});

// A JSON text written for people: two-space indents; what fits into 100 columns stands on one line,
// except the outermost value and the "fields" of records.
[[nodiscard]] std::string PrettyJson(const JsonNode& root);

}  // namespace codec
