#include "app/offset_text.h"

#include <charconv>

#include "codec/iso_time.h"

namespace app {
namespace {

constexpr const char* kPlaces =
    "Write beginning, end, stored, an offset (42), so many before the end (-10), or a time "
    "(s@2026-11-21, s@15m).";
constexpr const char* kTimes =
    "Write 2026-11-21, '2026-11-21 04:10:00' (UTC), milliseconds since 1970, or how long ago: 90s, "
    "15m, 2h, 7d.";

std::optional<int64_t> WholeNumber(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Of the units that a duration may end with.
int64_t UnitMs(char unit) {
  switch (unit) {
    case 's':
      return 1'000;
    case 'm':
      return 60'000;
    case 'h':
      return 3'600'000;
    case 'd':
      return int64_t{24} * 3'600'000;
    default:
      return 0;
  }
}

}  // namespace

base::Result<int64_t> ParseTime(std::string_view text, int64_t now_ms) {
  if (const auto unix_ms = WholeNumber(text); unix_ms && *unix_ms >= 0) return *unix_ms;
  if (!text.empty()) {
    const int64_t unit = UnitMs(text.back());
    const auto count = WholeNumber(text.substr(0, text.size() - 1));
    if (unit != 0 && count && *count >= 0 && *count <= now_ms / unit) {
      return now_ms - *count * unit;
    }
  }
  if (const auto time = codec::ParseIsoTimestamp(text); time && time->micros >= 0) {
    return time->micros / 1'000;
  }
  if (const auto day = codec::ParseIsoDate(text); day && *day >= 0) {
    return *day * (codec::kMicrosPerDay / 1'000);
  }
  return base::InvalidArgument("'" + std::string(text) + "' is no time", kTimes);
}

base::Result<PlaceInLog> ParsePlace(std::string_view text, int64_t now_ms) {
  using Kind = PlaceInLog::Kind;
  if (text == "beginning" || text == "start" || text == "earliest") {
    return PlaceInLog{.kind = Kind::kBeginning};
  }
  if (text == "end" || text == "latest") return PlaceInLog{.kind = Kind::kEnd};
  if (text == "stored") return PlaceInLog{.kind = Kind::kStored};
  if (text.substr(0, 2) == "s@") {
    const int64_t time_ms = TRY(ParseTime(text.substr(2), now_ms));
    return PlaceInLog{.kind = Kind::kTime, .value = time_ms};
  }
  if (const auto number = WholeNumber(text); number && *number > INT64_MIN) {
    if (*number >= 0 && text.front() != '-') {
      return PlaceInLog{.kind = Kind::kOffset, .value = *number};
    }
    return PlaceInLog{.kind = Kind::kBeforeEnd, .value = -*number};
  }
  return base::InvalidArgument("'" + std::string(text) + "' is no place in a log", kPlaces);
}

base::Result<void> AddRangeText(std::string_view text, int64_t now_ms, ReadRange& range) {
  if (text.substr(0, 2) != "e@") {
    range.from = TRY(ParsePlace(text, now_ms));
    return {};
  }
  const int64_t time_ms = TRY(ParseTime(text.substr(2), now_ms));
  range.until = PlaceInLog{.kind = PlaceInLog::Kind::kTime, .value = time_ms};
  return {};
}

}  // namespace app
