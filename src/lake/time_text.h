// Dates and timestamps between DuckDB's text, the protocol's and numbers. Proleptic Gregorian, UTC.
// Pure; THREAD: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lake {

// "2026-11-21" to days since 1970-01-01; nullopt for anything else, years before 0 and beyond 9999
// included.
[[nodiscard]] std::optional<int64_t> ParseDate(std::string_view text);

struct TimestampText {
  int64_t micros = 0;     // since 1970-01-01 00:00:00, of UTC when there is an offset
  bool has_zone = false;  // "Z", "+00", "-03:30"
};
// "2026-11-21 04:10:00.123456+00", "2026-11-21T04:10:00Z", "2026-11-21"; as ParseDate in its range.
[[nodiscard]] std::optional<TimestampText> ParseTimestamp(std::string_view text);

struct TimestampFormat {
  char separator = ' ';     // between date and time
  int fraction_digits = 6;  // 0, 3 or 6; what is below them is cut off downwards
  std::string_view zone;    // appended
};
// REQUIRES: the year is within 0 to 9999.
[[nodiscard]] std::string FormatTimestamp(int64_t micros, const TimestampFormat& format);

// True for a year within 0 to 9999.
[[nodiscard]] bool IsFourDigitYear(int64_t micros);

}  // namespace lake
