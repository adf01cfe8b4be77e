#include "codec/iso_time.h"

namespace codec {
namespace {

// Reads exactly `count` digits off the front of `text`.
std::optional<int32_t> TakeDigits(std::string_view& text, size_t count) {
  if (text.size() < count) return std::nullopt;
  int32_t value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool Take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

// Howard Hinnant's days_from_civil, for years from 1 on.
int32_t DaysFromCivil(int32_t year, int32_t month, int32_t day) {
  if (month <= 2) --year;
  const int32_t era = year / 400;
  const int32_t year_of_era = year - era * 400;
  const int32_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

int32_t DaysInMonth(int32_t year, int32_t month) {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

std::optional<int32_t> TakeDate(std::string_view& text) {
  const auto year = TakeDigits(text, 4);
  if (!year || *year == 0 || !Take(text, '-')) return std::nullopt;
  const auto month = TakeDigits(text, 2);
  if (!month || *month < 1 || *month > 12 || !Take(text, '-')) return std::nullopt;
  const auto day = TakeDigits(text, 2);
  if (!day || *day < 1 || *day > DaysInMonth(*year, *month)) return std::nullopt;
  return DaysFromCivil(*year, *month, *day);
}

std::optional<IsoTime> TakeTime(std::string_view& text) {
  const auto hour = TakeDigits(text, 2);
  if (!hour || *hour > 23 || !Take(text, ':')) return std::nullopt;
  const auto minute = TakeDigits(text, 2);
  if (!minute || *minute > 59 || !Take(text, ':')) return std::nullopt;
  const auto second = TakeDigits(text, 2);
  if (!second || *second > 59) return std::nullopt;
  int64_t nanos = 0;
  if (Take(text, '.')) {
    int64_t unit = 1'000'000'000;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
      unit /= 10;
      if (unit == 0) return std::nullopt;
      nanos += (text.front() - '0') * unit;
      text.remove_prefix(1);
    }
    if (unit == 1'000'000'000) return std::nullopt;
  }
  const int64_t seconds = int64_t{*hour} * 3600 + *minute * 60 + *second;
  return IsoTime{seconds * 1'000'000 + nanos / 1000, nanos % 1000};
}

}  // namespace

std::optional<int32_t> ParseIsoDate(std::string_view text) {
  const auto days = TakeDate(text);
  return text.empty() ? days : std::nullopt;
}

std::optional<IsoTime> ParseIsoTime(std::string_view text) {
  const auto time = TakeTime(text);
  return text.empty() ? time : std::nullopt;
}

std::optional<IsoTimestamp> ParseIsoTimestamp(std::string_view text) {
  const auto days = TakeDate(text);
  if (!days || !(Take(text, 'T') || Take(text, ' '))) return std::nullopt;
  const auto time = TakeTime(text);
  if (!time) return std::nullopt;
  IsoTimestamp stamp{*days * kMicrosPerDay + time->micros, time->below_micros, !text.empty()};
  if (text.empty()) return stamp;
  if (Take(text, 'Z')) return text.empty() ? std::optional(stamp) : std::nullopt;
  const bool behind = Take(text, '-');
  if (!behind && !Take(text, '+')) return std::nullopt;
  const auto hours = TakeDigits(text, 2);
  if (!hours || *hours > 23 || !Take(text, ':')) return std::nullopt;
  const auto minutes = TakeDigits(text, 2);
  if (!minutes || *minutes > 59 || !text.empty()) return std::nullopt;
  const int64_t offset = (int64_t{*hours} * 60 + *minutes) * 60 * 1'000'000;
  stamp.micros += behind ? offset : -offset;
  return stamp;
}

}  // namespace codec
