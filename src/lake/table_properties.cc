#include "lake/table_properties.h"

#include <array>
#include <charconv>

#include "base/log.h"
#include "base/text.h"

namespace lake {
namespace {

const std::string* Find(const Metadata& metadata, const std::string& name) {
  const auto found = metadata.configuration.find(name);
  return found == metadata.configuration.end() ? nullptr : &found->second;
}

std::optional<int64_t> ParseCount(std::string_view text) {
  int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size() || number < 0) {
    return std::nullopt;
  }
  return number;
}

std::optional<int64_t> UnitMs(std::string_view unit) {
  if (unit.ends_with('s')) unit.remove_suffix(1);
  if (unit == "millisecond") return 1;
  if (unit == "second") return 1000;
  if (unit == "minute") return 60'000;
  if (unit == "hour") return 3'600'000;
  if (unit == "day") return 86'400'000;
  if (unit == "week") return 7 * int64_t{86'400'000};
  return std::nullopt;
}

void Warn(const std::string& name, const std::string& value) {
  LOG_WARN("a table property cannot be read", {{"property", name}, {"value", value}});
}

}  // namespace

bool BoolProperty(const Metadata& metadata, const std::string& name, bool absent) {
  const std::string* value = Find(metadata, name);
  if (value == nullptr) return absent;
  return base::EqualsIgnoreCase(base::Trim(*value), "true");
}

int64_t IntProperty(const Metadata& metadata, const std::string& name, int64_t absent) {
  const std::string* value = Find(metadata, name);
  if (value == nullptr) return absent;
  const auto number = ParseCount(base::Trim(*value));
  if (number && *number > 0) return *number;
  Warn(name, *value);
  return absent;
}

std::optional<int64_t> ParseIntervalMs(std::string_view text) {
  const std::string lower = base::ToLower(base::Trim(text));
  std::vector<std::string_view> words;
  for (const std::string_view word : base::Split(lower, ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  if (!words.empty() && words.front() == "interval") words.erase(words.begin());
  if (words.empty() || words.size() % 2 != 0) return std::nullopt;
  int64_t total_ms = 0;
  for (size_t i = 0; i < words.size(); i += 2) {
    const auto count = ParseCount(words[i]);
    const auto unit = UnitMs(words[i + 1]);
    int64_t part_ms = 0;
    if (!count || !unit || __builtin_mul_overflow(*count, *unit, &part_ms) ||
        __builtin_add_overflow(total_ms, part_ms, &total_ms)) {
      return std::nullopt;
    }
  }
  return total_ms;
}

std::optional<int64_t> DurationPropertyMs(const Metadata& metadata, const std::string& name,
                                          int64_t absent_ms) {
  const std::string* value = Find(metadata, name);
  if (value == nullptr) return absent_ms;
  const auto duration_ms = ParseIntervalMs(*value);
  if (!duration_ms) Warn(name, *value);
  return duration_ms;
}

}  // namespace lake
