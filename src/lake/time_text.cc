#include "lake/time_text.h"

#include <array>
#include <cstdio>

#include "base/check.h"

namespace lake {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

struct CivilDate {
  int64_t year = 0;
  int month = 0;
  int day = 0;
};

// Howard Hinnant's day-count formulas ("chrono-Compatible Low-Level Date Algorithms").
int64_t DaysFromCivil(const CivilDate& date) {
  const int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year =
      (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

CivilDate CivilFromDays(int64_t days) {
  days += 719'468;
  const int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const int64_t day_of_era = days - era * 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  return {.year = year_of_era + era * 400 + (month <= 2 ? 1 : 0),
          .month = month,
          .day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1)};
}

int DaysInMonth(int64_t year, int month) {
  static constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return kDays[static_cast<size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
}

int64_t FloorDivide(int64_t value, int64_t divisor) {
  return value / divisor - (value % divisor < 0 ? 1 : 0);
}

// Eats fixed-width fields from the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}
  [[nodiscard]] bool done() const { return rest_.empty(); }
  [[nodiscard]] char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

  std::optional<int> Digits(size_t count) {
    if (rest_.size() < count) return std::nullopt;
    int number = 0;
    for (size_t i = 0; i < count; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return std::nullopt;
      number = number * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return number;
  }
  bool Eat(char c) {
    if (peek() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // ".5" is 500000 micros; digits below a microsecond are refused.
  std::optional<int64_t> Fraction() {
    int64_t micros = 0;
    int64_t unit = 100'000;
    if (peek() < '0' || peek() > '9') return std::nullopt;
    for (; peek() >= '0' && peek() <= '9'; rest_.remove_prefix(1)) {
      if (unit == 0 && peek() != '0') return std::nullopt;
      micros += (peek() - '0') * unit;
      unit /= 10;
    }
    return micros;
  }

 private:
  std::string_view rest_;
};

std::optional<int64_t> ScanDate(Scanner& scanner) {
  const auto year = scanner.Digits(4);
  if (!year || !scanner.Eat('-')) return std::nullopt;
  const auto month = scanner.Digits(2);
  if (!month || *month < 1 || *month > 12 || !scanner.Eat('-')) return std::nullopt;
  const auto day = scanner.Digits(2);
  if (!day || *day < 1 || *day > DaysInMonth(*year, *month)) return std::nullopt;
  return DaysFromCivil({.year = *year, .month = *month, .day = *day});
}

std::optional<int64_t> ScanTime(Scanner& scanner) {
  const auto hour = scanner.Digits(2);
  if (!hour || *hour > 23 || !scanner.Eat(':')) return std::nullopt;
  const auto minute = scanner.Digits(2);
  if (!minute || *minute > 59) return std::nullopt;
  int64_t micros = (int64_t{*hour} * 3600 + int64_t{*minute} * 60) * kMicrosPerSecond;
  if (!scanner.Eat(':')) return micros;
  const auto second = scanner.Digits(2);
  if (!second || *second > 59) return std::nullopt;
  micros += *second * kMicrosPerSecond;
  if (!scanner.Eat('.')) return micros;
  const auto fraction = scanner.Fraction();
  if (!fraction) return std::nullopt;
  return micros + *fraction;
}

// Micros east of UTC.
std::optional<int64_t> ScanZone(Scanner& scanner) {
  if (scanner.Eat('Z')) return 0;
  const bool west = scanner.peek() == '-';
  if (!scanner.Eat('-') && !scanner.Eat('+')) return std::nullopt;
  const auto hours = scanner.Digits(2);
  if (!hours) return std::nullopt;
  int64_t seconds = int64_t{*hours} * 3600;
  if (scanner.Eat(':')) {
    const auto minutes = scanner.Digits(2);
    if (!minutes) return std::nullopt;
    seconds += int64_t{*minutes} * 60;
    if (scanner.Eat(':')) {
      const auto rest = scanner.Digits(2);
      if (!rest) return std::nullopt;
      seconds += *rest;
    }
  }
  return (west ? -seconds : seconds) * kMicrosPerSecond;
}

}  // namespace

std::optional<int64_t> ParseDate(std::string_view text) {
  Scanner scanner(text);
  const auto days = ScanDate(scanner);
  return scanner.done() ? days : std::nullopt;
}

std::optional<TimestampText> ParseTimestamp(std::string_view text) {
  Scanner scanner(text);
  const auto days = ScanDate(scanner);
  if (!days) return std::nullopt;
  TimestampText timestamp{.micros = *days * kMicrosPerDay};
  if (scanner.done()) return timestamp;
  if (!scanner.Eat(' ') && !scanner.Eat('T')) return std::nullopt;
  const auto time = ScanTime(scanner);
  if (!time) return std::nullopt;
  timestamp.micros += *time;
  if (scanner.done()) return timestamp;
  const auto offset = ScanZone(scanner);
  if (!offset || !scanner.done()) return std::nullopt;
  timestamp.micros -= *offset;
  timestamp.has_zone = true;
  return timestamp;
}

bool IsFourDigitYear(int64_t micros) {
  const int64_t year = CivilFromDays(FloorDivide(micros, kMicrosPerDay)).year;
  return year >= 0 && year <= 9999;
}

std::string FormatTimestamp(int64_t micros, const TimestampFormat& format) {
  const int64_t days = FloorDivide(micros, kMicrosPerDay);
  const CivilDate date = CivilFromDays(days);
  CHECK(date.year >= 0 && date.year <= 9999);
  const int64_t of_day = micros - days * kMicrosPerDay;
  const auto seconds = static_cast<int>(of_day / kMicrosPerSecond);
  const auto fraction = static_cast<int>(of_day % kMicrosPerSecond);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02d%c%02d:%02d:%02d",
                static_cast<int>(date.year), date.month, date.day, format.separator, seconds / 3600,
                seconds / 60 % 60, seconds % 60);
  std::string formatted = text.data();
  if (format.fraction_digits > 0) {
    std::snprintf(text.data(), text.size(), ".%06d", fraction);
    formatted.append(text.data(), static_cast<size_t>(format.fraction_digits) + 1);
  }
  return formatted.append(format.zone);
}

}  // namespace lake
