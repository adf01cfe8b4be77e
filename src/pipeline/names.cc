#include "pipeline/names.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace pipeline {
namespace {

constexpr size_t kNameBytesMax = 63;  // PostgreSQL cuts longer ones
constexpr std::array<std::string_view, 6> kReservedSchemas = {
    "information_schema", "main", "pg_catalog", "system", "temp", "pg_temp"};

bool IsNameByte(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

// The nearest valid name: "2024 Sales" -> "_2024_sales".
std::string Repair(std::string_view name) {
  std::string repaired = base::ToLower(name);
  std::replace_if(
      repaired.begin(), repaired.end(), [](char c) { return !IsNameByte(c); }, '_');
  if (!repaired.empty() && repaired[0] >= '0' && repaired[0] <= '9') repaired.insert(0, 1, '_');
  return repaired.substr(0, kNameBytesMax);
}

}  // namespace

base::Result<void> CheckName(std::string_view what, std::string_view name) {
  if (name.empty()) return base::InvalidArgument(std::string(what) + " is empty");
  const bool valid = std::all_of(name.begin(), name.end(), IsNameByte) &&
                     !(name[0] >= '0' && name[0] <= '9') && name.size() <= kNameBytesMax;
  if (valid) return {};
  return base::InvalidArgument(
      std::string(what) + " '" + std::string(name) +
          "' is not lower-case letters, digits and '_' (63 at most, no digit first)",
      "'" + Repair(name) + "' would do.");
}

base::Result<void> CheckSchemaName(std::string_view what, std::string_view name) {
  TRY(CheckName(what, name));
  if (std::find(kReservedSchemas.begin(), kReservedSchemas.end(), name) == kReservedSchemas.end()) {
    return {};
  }
  return base::InvalidArgument(
      std::string(what) + " is '" + std::string(name) + "', which the database keeps for itself",
      "Choose another, such as 'silver'.");
}

base::Result<RelationName> ParseRelationName(std::string_view what, std::string_view text) {
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos || text.find('.', dot + 1) != std::string_view::npos) {
    return base::InvalidArgument(
        std::string(what) + " '" + std::string(text) + "' is not of the form schema.name",
        dot == std::string_view::npos && !text.empty()
            ? "For example 'bronze." + Repair(text) + "'."
            : "");
  }
  RelationName name{.schema = std::string(text.substr(0, dot)),
                    .name = std::string(text.substr(dot + 1))};
  TRY(CheckSchemaName("the schema of " + std::string(what), name.schema));
  TRY(CheckName(what, name.name));
  return name;
}

}  // namespace pipeline
