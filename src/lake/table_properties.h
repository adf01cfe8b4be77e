// Table properties: the `configuration` of a table's metadata ("delta.appendOnly", ...). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lake/actions.h"

namespace lake {

[[nodiscard]] bool BoolProperty(const Metadata& metadata, const std::string& name, bool absent);

// A positive number; what cannot be read counts as absent, with a warning.
[[nodiscard]] int64_t IntProperty(const Metadata& metadata, const std::string& name,
                                  int64_t absent);

// A duration; nullopt when the property is there and cannot be read (a warning says so), so that
// nothing is deleted by a guess.
[[nodiscard]] std::optional<int64_t> DurationPropertyMs(const Metadata& metadata,
                                                        const std::string& name, int64_t absent_ms);

// "interval 30 days", "7 days 12 hours", "interval 1 week"; nullopt for anything else.
[[nodiscard]] std::optional<int64_t> ParseIntervalMs(std::string_view text);

}  // namespace lake
