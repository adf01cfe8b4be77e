#include "lake/typed_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/check.h"
#include "lake/time_text.h"

namespace lake {
namespace {

using columnar::TypeId;

constexpr int kExponentMax = 400;  // beyond what a double can hold; more would only be zeros

std::string TakeDigits(std::string_view& text) {
  const size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
  std::string digits(text.substr(0, count));
  text.remove_prefix(count);
  return digits;
}

// By magnitude; both without leading zeros.
std::strong_ordering CompareIntegers(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return a.size() <=> b.size();
  return a.compare(b) <=> 0;
}

std::optional<TypedText> ParseFloating(std::string_view text, bool is_float) {
  const std::string terminated(text);
  char* end = nullptr;
  // A FLOAT's text is short for its nearest float, which as a double would be another number.
  const double value = is_float ? static_cast<double>(std::strtof(terminated.c_str(), &end))
                                : std::strtod(terminated.c_str(), &end);
  if (terminated.empty() || *end != '\0' || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Number> Number::Parse(std::string_view text) {
  Number number;
  if (text.starts_with('-')) {
    number.negative_ = true;
    text.remove_prefix(1);
  }
  number.integer_ = TakeDigits(text);
  if (number.integer_.empty()) return std::nullopt;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    number.fraction_ = TakeDigits(text);
    if (number.fraction_.empty()) return std::nullopt;
  }
  int exponent = 0;
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (parsed.ec != std::errc{} || std::abs(exponent) > kExponentMax) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(parsed.ptr - text.data()));
  }
  if (!text.empty()) return std::nullopt;
  for (; exponent > 0; --exponent) {
    number.integer_ += number.fraction_.empty() ? '0' : number.fraction_.front();
    if (!number.fraction_.empty()) number.fraction_.erase(0, 1);
  }
  for (; exponent < 0; ++exponent) {
    number.fraction_.insert(0, 1, number.integer_.empty() ? '0' : number.integer_.back());
    if (!number.integer_.empty()) number.integer_.pop_back();
  }
  number.integer_.erase(0,
                        std::min(number.integer_.find_first_not_of('0'), number.integer_.size()));
  number.fraction_.resize(number.fraction_.find_last_not_of('0') + 1);
  if (number.integer_.empty() && number.fraction_.empty()) number.negative_ = false;
  return number;
}

std::strong_ordering operator<=>(const Number& a, const Number& b) {
  if (a.negative_ != b.negative_) {
    return a.negative_ ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  auto order = CompareIntegers(a.integer_, b.integer_);
  if (order == 0) order = a.fraction_.compare(b.fraction_) <=> 0;
  return a.negative_ ? 0 <=> order : order;
}

std::optional<TypedText> ParseTyped(const columnar::Type& type, std::string_view text,
                                    ZoneRule zone_rule) {
  switch (type.id) {
    case TypeId::kTinyInt:
    case TypeId::kSmallInt:
    case TypeId::kInteger:
    case TypeId::kBigInt:
    case TypeId::kDecimal:
      if (auto number = Number::Parse(text)) return *std::move(number);
      return std::nullopt;
    case TypeId::kFloat:
      return ParseFloating(text, true);
    case TypeId::kDouble:
      return ParseFloating(text, false);
    case TypeId::kBoolean:
      if (text != "true" && text != "false") return std::nullopt;
      return int64_t{text == "true"};
    case TypeId::kDate:
      if (const auto days = ParseDate(text)) return *days;
      return std::nullopt;
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz: {
      const auto timestamp = ParseTimestamp(text);
      const bool is_instant = type.id == TypeId::kTimestampTz;
      if (!timestamp || (timestamp->has_zone && !is_instant)) return std::nullopt;
      if (is_instant && !timestamp->has_zone && zone_rule == ZoneRule::kRequired) {
        return std::nullopt;
      }
      return timestamp->micros;
    }
    case TypeId::kVarchar:
    case TypeId::kEnum:
      return std::string(text);
    case TypeId::kUuid:
    case TypeId::kJson:
    case TypeId::kTime:  // another engine may have written other texts of the same value
    case TypeId::kHugeInt:
    case TypeId::kUTinyInt:
    case TypeId::kUSmallInt:
    case TypeId::kUInteger:
    case TypeId::kUBigInt:
    case TypeId::kUHugeInt:
    case TypeId::kBlob:
    case TypeId::kTimeTz:
    case TypeId::kTimestampS:
    case TypeId::kTimestampMs:
    case TypeId::kTimestampNs:
    case TypeId::kInterval:
    case TypeId::kBit:
    case TypeId::kUnion:
    case TypeId::kNull:
    case TypeId::kStruct:
    case TypeId::kList:
    case TypeId::kMap:
    case TypeId::kArray:
    case TypeId::kOther:
      return std::nullopt;
  }
  return std::nullopt;
}

std::weak_ordering Compare(const TypedText& a, const TypedText& b) {
  CHECK(a.index() == b.index());
  if (const auto* value = std::get_if<double>(&a)) {
    const double other = std::get<double>(b);
    if (*value == other) return std::weak_ordering::equivalent;
    return *value < other ? std::weak_ordering::less : std::weak_ordering::greater;
  }
  if (const auto* value = std::get_if<Number>(&a)) return *value <=> std::get<Number>(b);
  if (const auto* value = std::get_if<int64_t>(&a)) return *value <=> std::get<int64_t>(b);
  return std::get<std::string>(a).compare(std::get<std::string>(b)) <=> 0;
}

}  // namespace lake
