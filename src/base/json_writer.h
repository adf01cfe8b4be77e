// JsonWriter: builds one JSON text left to right, with commas and escapes handled. Doubles are
// written in their shortest form that reads back the same. Value type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace base {

class JsonWriter {
 public:
  JsonWriter& BeginObject();
  JsonWriter& EndObject();
  JsonWriter& BeginArray();
  JsonWriter& EndArray();
  JsonWriter& Key(std::string_view key);
  JsonWriter& String(std::string_view value);  // invalid UTF-8 becomes U+FFFD
  JsonWriter& Int(int64_t value);
  JsonWriter& Uint(uint64_t value);
  JsonWriter& Double(double value);  // REQUIRES: finite; JSON has no other
  JsonWriter& Bool(bool value);
  JsonWriter& Null();
  JsonWriter& Raw(std::string_view json);  // already JSON

  [[nodiscard]] const std::string& text() const& { return text_; }
  [[nodiscard]] std::string Take() && { return std::move(text_); }

 private:
  void Separate();

  std::string text_;
  bool need_comma_ = false;
};

// `text` as a JSON string, quotes included.
[[nodiscard]] std::string JsonQuote(std::string_view text);

}  // namespace base
