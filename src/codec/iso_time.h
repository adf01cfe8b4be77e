// Dates and times as ISO 8601 writes them, read strictly: extended format, real calendar days,
// years 0001 to 9999, no leap seconds, fractions of at most nine digits. Pure; THREAD: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace codec {

inline constexpr int64_t kMicrosPerDay = int64_t{86'400} * 1'000'000;
inline constexpr int32_t kDayMin = -719'162;   // 0001-01-01
inline constexpr int32_t kDayMax = 2'932'896;  // 9999-12-31

struct IsoTimestamp {
  int64_t micros = 0;        // since 1970-01-01T00:00:00, of UTC when has_offset
  int64_t below_micros = 0;  // nanoseconds that micros does not hold
  bool has_offset = false;   // "Z" or "+02:00" stood there
};

struct IsoTime {
  int64_t micros = 0;  // since midnight
  int64_t below_micros = 0;
};

std::optional<int32_t> ParseIsoDate(std::string_view text);  // "2026-11-21" -> days since 1970
std::optional<IsoTime> ParseIsoTime(std::string_view text);  // "04:10:00.123"
// "2026-11-21T04:10:00.123Z", "... 04:10:00+01:00"; 'T' or a space between.
std::optional<IsoTimestamp> ParseIsoTimestamp(std::string_view text);

}  // namespace codec
