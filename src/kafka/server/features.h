// The features of the cluster (KIP-584) as clients are told: which protocols of transactions and
// groups are in use. Constant; THREAD: any.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace kafka::server {

struct Feature {
  std::string_view name;
  int16_t min;
  int16_t max;
  int16_t level;  // in use; 0: not
};

[[nodiscard]] std::span<const Feature> Features();

// How often the levels changed: never.
inline constexpr int64_t kFeaturesEpoch = 0;

}  // namespace kafka::server
