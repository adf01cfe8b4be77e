// TypedText: a value known by its text, compared as its type would. Value; THREAD: any.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "columnar/type.h"

namespace lake {

// A decimal number of any size, exact.
class Number {
 public:
  // "12", "-0.50", "1e+20"; nullopt for anything else, infinities and NaN included.
  static std::optional<Number> Parse(std::string_view text);
  friend std::strong_ordering operator<=>(const Number& a, const Number& b);
  friend bool operator==(const Number& a, const Number& b) { return (a <=> b) == 0; }

 private:
  bool negative_ = false;
  std::string integer_;   // without leading zeros
  std::string fraction_;  // without trailing zeros
};

using TypedText = std::variant<Number, double, int64_t, std::string>;

enum class ZoneRule : uint8_t {
  kRequired,  // an instant without a zone is in whoever wrote it's, so it says nothing
  kUtc,       // an instant without a zone is in UTC
};

// nullopt when the text is no value of the type, or when texts of it do not sort as its values do.
[[nodiscard]] std::optional<TypedText> ParseTyped(const columnar::Type& type, std::string_view text,
                                                  ZoneRule zone_rule);

// REQUIRES: both parsed for the same type.
[[nodiscard]] std::weak_ordering Compare(const TypedText& a, const TypedText& b);

}  // namespace lake
