// JsonTokens: where the tokens of one JSON text stand, and readers of single tokens. simdjson's
// first stage (UTF-8, quotes, control characters, token starts) does the scanning; what the tokens
// mean is decided by our own readers, because a refused record must say exactly why: simdjson's
// second stage rounds numbers, accepts a lone surrogate and keeps either of two equal keys.
// Owner of reusable buffers; THREAD: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simdjson::internal {
class dom_parser_implementation;
}

namespace codec {

class JsonTokens {
 public:
  JsonTokens();
  ~JsonTokens();
  JsonTokens(JsonTokens&&) noexcept;
  JsonTokens& operator=(JsonTokens&&) noexcept;

  enum class Status { kOk, kEmpty, kInvalidUtf8, kUnclosedString, kControlCharacter };

  // Copies `text`, so that the caller's bytes need no padding. Earlier views end here.
  Status Scan(std::string_view text);

  [[nodiscard]] size_t size() const { return count_; }
  [[nodiscard]] size_t OffsetOf(size_t index) const {
    return index < count_ ? starts_[index] : length_;
  }
  // The first character of a token: one of {}[],:" or that of a literal; 0 past the end.
  [[nodiscard]] char First(size_t index) const {
    return index < count_ ? text_[starts_[index]] : '\0';
  }
  // The whole token without the white space behind it; for a string the quotes included.
  [[nodiscard]] std::string_view Raw(size_t index) const;
  // The characters of a string token, escapes resolved; nullopt for a bad escape or a surrogate
  // without its pair. The view lives until the next Scan. REQUIRES: First(index) == '"'.
  std::optional<std::string_view> String(size_t index);
  // All of the text between two tokens, the first included, the second not, trimmed.
  [[nodiscard]] std::string_view Between(size_t first, size_t past) const;

 private:
  std::optional<std::string_view> Unescape(std::string_view raw);

  std::unique_ptr<simdjson::internal::dom_parser_implementation> scanner_;
  std::unique_ptr<char[]> text_;  // a copy with simdjson's padding
  // Strings whose escapes were resolved, in blocks as long as the text can be. One is enough
  // unless tokens are read more than once (a key that feeds two fields).
  std::vector<std::unique_ptr<char[]>> blocks_;
  size_t block_ = 0;
  size_t block_used_ = 0;
  size_t capacity_ = 0;
  size_t length_ = 0;
  size_t count_ = 0;
  const uint32_t* starts_ = nullptr;
};

// A fault in the grammar of a JSON text: where and what.
struct JsonFault {
  size_t offset = 0;
  std::string reason;
  bool too_deep = false;
};

// Checks the value that starts at token `index` against the grammar and returns the index of the
// token behind it; nullopt and `fault` when it is not JSON. `depth` is that of the value.
std::optional<size_t> SkipJson(JsonTokens& tokens, size_t index, int depth, JsonFault& fault);

// "a string", "an object", "the number 3.7": what a person would say stands there.
[[nodiscard]] std::string DescribeToken(const JsonTokens& tokens, size_t index);

}  // namespace codec
