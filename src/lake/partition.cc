#include "lake/partition.h"

#include "lake/table.h"
#include "lake/time_text.h"

namespace lake {
namespace {

using columnar::TypeId;

bool IsEscaped(char c) {
  constexpr std::string_view kEscaped = "\"#%'*/:=?\\{[]^";
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F || kEscaped.find(c) != std::string_view::npos;
}

}  // namespace

std::string EscapePathName(std::string_view name) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string escaped;
  escaped.reserve(name.size());
  for (const char c : name) {
    if (!IsEscaped(c)) {
      escaped += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    escaped += '%';
    escaped += kDigits[byte >> 4];
    escaped += kDigits[byte & 0x0F];
  }
  return escaped;
}

std::string PartitionFolder(const std::vector<std::string>& columns,
                            const PartitionValues& values) {
  std::string folder;
  for (const std::string& column : columns) {
    const auto found = values.find(column);
    const bool is_null =
        found == values.end() || !found->second.has_value() || found->second->empty();
    folder += EscapePathName(column);
    folder += '=';
    folder += is_null ? std::string(kNullPartition) : EscapePathName(*found->second);
    folder += '/';
  }
  return folder;
}

base::Result<std::optional<std::string>> PartitionText(
    const columnar::Type& type, const std::optional<std::string>& duckdb_text) {
  if (!duckdb_text.has_value()) return std::optional<std::string>();
  const std::string& text = *duckdb_text;
  if (text.empty()) {
    return base::InvalidArgument("an empty string cannot be a partition value",
                                 "A lake table cannot tell it from NULL: write nullif(x, '') or "
                                 "another text in its place.");
  }
  const bool is_instant = type.id == TypeId::kTimestampTz;
  if (is_instant || type.id == TypeId::kTimestamp || type.id == TypeId::kTimestampS ||
      type.id == TypeId::kTimestampMs) {
    const auto parsed = ParseTimestamp(text);
    if (!parsed || !IsFourDigitYear(parsed->micros) || parsed->has_zone != is_instant) {
      return base::InvalidArgument("timestamp '" + text + "' cannot be a partition value",
                                   "Lake tables are partitioned by timestamps of the years 0 to "
                                   "9999.");
    }
    return std::optional(
        FormatTimestamp(parsed->micros, is_instant ? TimestampFormat{.separator = 'T', .zone = "Z"}
                                                   : TimestampFormat{}));
  }
  if (type.id == TypeId::kDate && !ParseDate(text)) {
    return base::InvalidArgument("date '" + text + "' cannot be a partition value",
                                 "Lake tables are partitioned by dates of the years 0 to 9999.");
  }
  return std::optional(text);
}

}  // namespace lake
