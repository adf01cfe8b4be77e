// Amounts of memory and of time as people write them in tributary.yaml. Pure; THREAD: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pipeline {

// "4 GiB", "500mb", "1.5 TB", "1048576" (bytes); "50%" of this machine's memory. nullopt when it is
// none, or above 2^50.
[[nodiscard]] std::optional<uint64_t> ParseBytes(std::string_view text);

// "250ms", "10 s", "1.5h", "7d" as milliseconds; a number alone is none: of what? nullopt also above
// ten thousand years.
[[nodiscard]] std::optional<int64_t> ParseDurationMs(std::string_view text);

}  // namespace pipeline
