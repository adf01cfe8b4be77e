// JsonNumber: a number as its JSON text has it, converted only where nothing is lost.
// Pure values; THREAD: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace codec {

__extension__ using Int128 = __int128;

enum class NumberFit {
  kExact,
  kRounds,      // the value lies between two that the type has
  kOutOfRange,  // beyond the type's least or greatest
};

struct JsonNumber {
  std::string_view text;
  std::string_view whole, fraction;  // digits before and behind the point
  int64_t exponent = 0;              // held within +-2^40: beyond, no type has the value anyway
  bool negative = false;
  bool integer_literal = true;  // neither point nor exponent

  // nullopt when `text` is not exactly one number of the JSON grammar.
  static std::optional<JsonNumber> Parse(std::string_view text);

  // A number is its value, not its spelling: 3.0 and 3e0 are 3.
  NumberFit ToInt64(int64_t& value) const;
  // value * 10^scale as an integer of at most `digits_max` digits (38 or less).
  NumberFit ToScaled(int scale, int digits_max, Int128& value) const;

  // The nearest value of the type for a fraction or an exponent, as every JSON reader takes it;
  // an integer literal must be the type's value exactly (9007199254740993 is refused). Infinity,
  // and zero for what is not zero, are out of range.
  NumberFit ToDouble(double& value) const;
  NumberFit ToFloat(float& value) const;
};

}  // namespace codec
