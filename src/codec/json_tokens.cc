#include "codec/json_tokens.h"

#include <algorithm>
#include <cstring>

#include <simdjson.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/text.h"
#include "codec/json_number.h"

namespace codec {
namespace {

constexpr bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view TrimEnd(const char* begin, const char* end) {
  while (end > begin && IsSpace(end[-1])) --end;
  return {begin, static_cast<size_t>(end - begin)};
}

// Four hexadecimal digits, or -1.
int32_t HexQuad(const char* at) {
  int32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = at[i];
    int32_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = c - '0';
    } else if (c >= 'a' && c <= 'f') {
      digit = c - 'a' + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = c - 'A' + 10;
    } else {
      return -1;
    }
    value = value * 16 + digit;
  }
  return value;
}

char* AppendUtf8(char* out, uint32_t code_point) {
  if (code_point < 0x80) {
    *out++ = static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    *out++ = static_cast<char>(0xC0 | code_point >> 6);
    *out++ = static_cast<char>(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    *out++ = static_cast<char>(0xE0 | code_point >> 12);
    *out++ = static_cast<char>(0x80 | ((code_point >> 6) & 0x3F));
    *out++ = static_cast<char>(0x80 | (code_point & 0x3F));
  } else {
    *out++ = static_cast<char>(0xF0 | code_point >> 18);
    *out++ = static_cast<char>(0x80 | ((code_point >> 12) & 0x3F));
    *out++ = static_cast<char>(0x80 | ((code_point >> 6) & 0x3F));
    *out++ = static_cast<char>(0x80 | (code_point & 0x3F));
  }
  return out;
}

// The character of a one-letter escape, or 0.
char SimpleEscape(char letter) {
  switch (letter) {
    case '"':
    case '\\':
    case '/':
      return letter;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return '\0';
  }
}

}  // namespace

JsonTokens::JsonTokens() = default;
JsonTokens::~JsonTokens() = default;
JsonTokens::JsonTokens(JsonTokens&&) noexcept = default;
JsonTokens& JsonTokens::operator=(JsonTokens&&) noexcept = default;

JsonTokens::Status JsonTokens::Scan(std::string_view text) {
  count_ = 0;
  block_ = 0;
  block_used_ = 0;
  length_ = text.size();
  if (text.size() > capacity_ || scanner_ == nullptr) {
    capacity_ = std::max<size_t>(text.size() + text.size() / 2, 4096);
    text_ = std::make_unique<char[]>(capacity_ + simdjson::SIMDJSON_PADDING);
    blocks_.clear();
    // Depth is counted by the readers: the first stage has none.
    CHECK(simdjson::get_active_implementation()->create_dom_parser_implementation(
              capacity_, 1, scanner_) == simdjson::SUCCESS);
  }
  if (!text.empty()) std::memcpy(text_.get(), text.data(), text.size());
  std::memset(text_.get() + text.size(), ' ', simdjson::SIMDJSON_PADDING);
  if (TrimEnd(text.data(), text.data() + text.size()).empty()) return Status::kEmpty;
  const simdjson::error_code error = scanner_->stage1(reinterpret_cast<const uint8_t*>(text_.get()),
                                                      text.size(), simdjson::stage1_mode::regular);
  if (error != simdjson::SUCCESS) {
    if (!simdjson::validate_utf8(text.data(), text.size())) return Status::kInvalidUtf8;
    return error == simdjson::UNESCAPED_CHARS ? Status::kControlCharacter : Status::kUnclosedString;
  }
  count_ = scanner_->n_structural_indexes;
  starts_ = scanner_->structural_indexes.get();
  return Status::kOk;
}

std::string_view JsonTokens::Raw(size_t index) const {
  CHECK(index < count_);
  const size_t start = starts_[index];
  return TrimEnd(text_.get() + start, text_.get() + OffsetOf(index + 1));
}

std::string_view JsonTokens::Between(size_t first, size_t past) const {
  return TrimEnd(text_.get() + OffsetOf(first), text_.get() + OffsetOf(past));
}

std::optional<std::string_view> JsonTokens::String(size_t index) {
  const std::string_view raw = Raw(index);
  // Between the closing quote and the next token there is only white space, or the scan would have
  // found a token there; so the last character is the closing quote.
  DCHECK(raw.size() >= 2 && raw.front() == '"' && raw.back() == '"');
  const std::string_view inner = raw.substr(1, raw.size() - 2);
  if (std::memchr(inner.data(), '\\', inner.size()) == nullptr) return inner;
  return Unescape(inner);
}

std::optional<std::string_view> JsonTokens::Unescape(std::string_view raw) {
  if (block_used_ + raw.size() > capacity_) {
    ++block_;
    block_used_ = 0;
  }
  if (block_ == blocks_.size()) blocks_.push_back(std::make_unique<char[]>(capacity_));
  char* const begin = blocks_[block_].get() + block_used_;
  char* out = begin;
  const char* at = raw.data();
  const char* const end = at + raw.size();
  while (at < end) {
    const char* slash =
        static_cast<const char*>(std::memchr(at, '\\', static_cast<size_t>(end - at)));
    if (slash == nullptr) slash = end;
    std::memcpy(out, at, static_cast<size_t>(slash - at));
    out += slash - at;
    at = slash;
    if (at == end) break;
    if (end - at < 2) return std::nullopt;
    if (at[1] != 'u') {
      const char character = SimpleEscape(at[1]);
      if (character == '\0') return std::nullopt;
      *out++ = character;
      at += 2;
      continue;
    }
    if (end - at < 6) return std::nullopt;
    const int32_t unit = HexQuad(at + 2);
    if (unit < 0 || (unit >= 0xDC00 && unit <= 0xDFFF)) return std::nullopt;
    at += 6;
    uint32_t code_point = static_cast<uint32_t>(unit);
    if (unit >= 0xD800 && unit <= 0xDBFF) {
      if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return std::nullopt;
      const int32_t low = HexQuad(at + 2);
      if (low < 0xDC00 || low > 0xDFFF) return std::nullopt;
      at += 6;
      code_point = 0x10000 + ((code_point - 0xD800) << 10) + (static_cast<uint32_t>(low) - 0xDC00);
    }
    out = AppendUtf8(out, code_point);
  }
  block_used_ += static_cast<size_t>(out - begin);
  return std::string_view(begin, static_cast<size_t>(out - begin));
}

namespace {

std::nullopt_t Fault(const JsonTokens& tokens, size_t index, std::string_view expected,
                     JsonFault& fault) {
  fault.offset = tokens.OffsetOf(index);
  fault.reason = "expected " + std::string(expected) + ", found " + DescribeToken(tokens, index);
  return std::nullopt;
}

bool IsScalar(JsonTokens& tokens, size_t index, JsonFault& fault) {
  const std::string_view raw = tokens.Raw(index);
  switch (raw.front()) {
    case '"':
      if (tokens.String(index).has_value()) return true;
      fault.offset = tokens.OffsetOf(index);
      fault.reason = "a string with a bad escape";
      return false;
    case 't':
      if (raw == "true") return true;
      break;
    case 'f':
      if (raw == "false") return true;
      break;
    case 'n':
      if (raw == "null") return true;
      break;
    default:
      if (JsonNumber::Parse(raw).has_value()) return true;
      break;
  }
  Fault(tokens, index, "a value", fault);
  return false;
}

std::optional<size_t> SkipArray(JsonTokens& tokens, size_t index, int depth, JsonFault& fault) {
  ++index;
  if (tokens.First(index) == ']') return index + 1;
  while (true) {
    const std::optional<size_t> next = SkipJson(tokens, index, depth + 1, fault);
    if (!next.has_value()) return std::nullopt;
    index = *next;
    const char separator = tokens.First(index);
    if (separator == ']') return index + 1;
    if (separator != ',') return Fault(tokens, index, "',' or ']'", fault);
    ++index;
  }
}

std::optional<size_t> SkipObject(JsonTokens& tokens, size_t index, int depth, JsonFault& fault) {
  ++index;
  if (tokens.First(index) == '}') return index + 1;
  while (true) {
    if (tokens.First(index) != '"') return Fault(tokens, index, "a key", fault);
    if (!IsScalar(tokens, index, fault)) return std::nullopt;
    if (tokens.First(index + 1) != ':') return Fault(tokens, index + 1, "':'", fault);
    const std::optional<size_t> next = SkipJson(tokens, index + 2, depth + 1, fault);
    if (!next.has_value()) return std::nullopt;
    index = *next;
    const char separator = tokens.First(index);
    if (separator == '}') return index + 1;
    if (separator != ',') return Fault(tokens, index, "',' or '}'", fault);
    ++index;
  }
}

}  // namespace

std::optional<size_t> SkipJson(JsonTokens& tokens, size_t index, int depth, JsonFault& fault) {
  if (index >= tokens.size()) return Fault(tokens, index, "a value", fault);
  const char first = tokens.First(index);
  if (first != '{' && first != '[') {
    if (!IsScalar(tokens, index, fault)) return std::nullopt;
    return index + 1;
  }
  if (depth >= base::limits::kNestingMax) {
    fault = {tokens.OffsetOf(index),
             "values nested more than " + std::to_string(base::limits::kNestingMax) + " deep",
             true};
    return std::nullopt;
  }
  return first == '{' ? SkipObject(tokens, index, depth, fault)
                      : SkipArray(tokens, index, depth, fault);
}

std::string DescribeToken(const JsonTokens& tokens, size_t index) {
  if (index >= tokens.size()) return "the end";
  // Long texts are cut on a character's border: the reason is for reading, the record has it all.
  const auto shorten = [](std::string_view text) {
    constexpr size_t kShown = 60;
    if (text.size() <= kShown) return std::string(text);
    const std::string_view head = text.substr(0, kShown);
    return std::string(head.substr(0, base::ValidUtf8Prefix(head))) + "...";
  };
  const std::string_view raw = tokens.Raw(index);
  switch (raw.front()) {
    case '{':
      return "an object";
    case '[':
      return "an array";
    case '"':
      return "the string " + shorten(raw);
    default:
      if (JsonNumber::Parse(raw).has_value()) return "the number " + shorten(raw);
      if (raw == "true" || raw == "false" || raw == "null") return std::string(raw);
      return "'" + shorten(raw) + "'";
  }
}

}  // namespace codec
