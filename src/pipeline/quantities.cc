#include "pipeline/quantities.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>

#include <unistd.h>

#include "base/text.h"

namespace pipeline {
namespace {

using Unit = std::pair<std::string_view, double>;

template <size_t kCount>
std::optional<double> Parse(std::string_view text, const std::array<Unit, kCount>& units) {
  text = base::Trim(text);
  double amount = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (parsed.ec != std::errc() || !std::isfinite(amount) || amount < 0) return std::nullopt;
  const std::string unit =
      base::ToLower(base::Trim(text.substr(static_cast<size_t>(parsed.ptr - text.data()))));
  for (const auto& [name, scale] : units) {
    if (unit == name) return amount * scale;
  }
  return std::nullopt;
}

}  // namespace

std::optional<uint64_t> ParseBytes(std::string_view text) {
  static constexpr std::array<Unit, 11> kUnits = {{{"", 1},
                                                   {"b", 1},
                                                   {"kb", 1e3},
                                                   {"mb", 1e6},
                                                   {"gb", 1e9},
                                                   {"tb", 1e12},
                                                   {"kib", 0x1p10},
                                                   {"mib", 0x1p20},
                                                   {"gib", 0x1p30},
                                                   {"tib", 0x1p40},
                                                   {"%", -1}}};
  auto bytes = Parse(text, kUnits);
  if (bytes && *bytes < 0) {
    if (*bytes < -100) return std::nullopt;
    const double memory = static_cast<double>(sysconf(_SC_PHYS_PAGES)) *
                          static_cast<double>(sysconf(_SC_PAGE_SIZE));
    bytes = -*bytes / 100 * memory;
  }
  if (!bytes || *bytes >= 0x1p50) return std::nullopt;
  return static_cast<uint64_t>(*bytes);
}

std::optional<int64_t> ParseDurationMs(std::string_view text) {
  static constexpr std::array<Unit, 5> kUnits = {
      {{"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3'600e3}, {"d", 86'400e3}}};
  const auto duration = Parse(text, kUnits);
  if (!duration || *duration > 10'000 * 365.25 * 86'400e3) return std::nullopt;
  return static_cast<int64_t>(*duration);
}

}  // namespace pipeline
