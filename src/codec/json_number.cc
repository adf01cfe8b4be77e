#include "codec/json_number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string>
#include <system_error>

namespace codec {
namespace {

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

size_t DigitsFrom(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && IsDigit(text[end])) ++end;
  return end - at;
}

template <typename T>
NumberFit ToFloating(const JsonNumber& number, T& value) {
  const char* const end = number.text.data() + number.text.size();
  const auto [stop, error] = std::from_chars(number.text.data(), end, value);
  if (error != std::errc() || stop != end) return NumberFit::kOutOfRange;
  // Any integer of so few digits is exact.
  if (!number.integer_literal || number.whole.size() <= std::numeric_limits<T>::digits10)
    return NumberFit::kExact;
  std::array<char, 400> buffer;  // the greatest double has 309 digits
  const auto [last, failed] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), number.negative ? -value : value,
                    std::chars_format::fixed, 0);
  const std::string_view exact(buffer.data(), static_cast<size_t>(last - buffer.data()));
  return failed == std::errc() && exact == number.whole ? NumberFit::kExact : NumberFit::kRounds;
}

}  // namespace

std::optional<JsonNumber> JsonNumber::Parse(std::string_view text) {
  JsonNumber number;
  number.text = text;
  size_t at = 0;
  if (at < text.size() && text[at] == '-') {
    number.negative = true;
    ++at;
  }
  const size_t whole = DigitsFrom(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) return std::nullopt;
  number.whole = text.substr(at, whole);
  at += whole;
  if (at == text.size()) return number;
  number.integer_literal = false;
  if (text[at] == '.') {
    const size_t fraction = DigitsFrom(text, at + 1);
    if (fraction == 0) return std::nullopt;
    number.fraction = text.substr(at + 1, fraction);
    at += 1 + fraction;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    bool negative = false;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) negative = text[at++] == '-';
    const size_t digits = DigitsFrom(text, at);
    if (digits == 0) return std::nullopt;
    constexpr int64_t kExponentMax = int64_t{1} << 40;
    int64_t exponent = 0;
    for (const char c : text.substr(at, digits))
      exponent = std::min(exponent * 10 + (c - '0'), kExponentMax);
    number.exponent = negative ? -exponent : exponent;
    at += digits;
  }
  if (at != text.size()) return std::nullopt;
  return number;
}

NumberFit JsonNumber::ToInt64(int64_t& value) const {
  if (integer_literal && whole.size() <= 18) {
    int64_t magnitude = 0;
    for (const char c : whole) magnitude = magnitude * 10 + (c - '0');
    value = negative ? -magnitude : magnitude;
    return NumberFit::kExact;
  }
  Int128 wide = 0;
  const NumberFit fit = ToScaled(0, 20, wide);
  if (fit != NumberFit::kExact) return fit;
  if (wide < std::numeric_limits<int64_t>::min() || wide > std::numeric_limits<int64_t>::max())
    return NumberFit::kOutOfRange;
  value = static_cast<int64_t>(wide);
  return NumberFit::kExact;
}

NumberFit JsonNumber::ToScaled(int scale, int digits_max, Int128& value) const {
  // The digits as one integer times 10^power, zeros at both ends dropped.
  std::string_view head = whole;
  std::string_view tail = fraction;
  int64_t power = exponent - static_cast<int64_t>(fraction.size()) + scale;
  const auto drop_back = [&power](std::string_view& digits) {
    while (!digits.empty() && digits.back() == '0') {
      digits.remove_suffix(1);
      ++power;
    }
  };
  drop_back(tail);
  if (tail.empty()) drop_back(head);
  while (!head.empty() && head.front() == '0') head.remove_prefix(1);
  if (head.empty()) {
    while (!tail.empty() && tail.front() == '0') tail.remove_prefix(1);
  }
  value = 0;
  if (head.empty() && tail.empty()) return NumberFit::kExact;
  if (power < 0) return NumberFit::kRounds;
  const int64_t digits = static_cast<int64_t>(head.size() + tail.size()) + power;
  if (digits > digits_max) return NumberFit::kOutOfRange;
  for (const char c : head) value = value * 10 + (c - '0');
  for (const char c : tail) value = value * 10 + (c - '0');
  for (int64_t i = 0; i < power; ++i) value *= 10;
  if (negative) value = -value;
  return NumberFit::kExact;
}

NumberFit JsonNumber::ToDouble(double& value) const { return ToFloating(*this, value); }
NumberFit JsonNumber::ToFloat(float& value) const { return ToFloating(*this, value); }

}  // namespace codec
