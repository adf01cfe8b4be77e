// The names of the log's parts: Offset, TopicPartition, ProducerId. Value types.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

#include "base/strong_id.h"

namespace logs {

// The place of a record in its partition: 0, 1, 2, ...; gaps are where compaction removed records
// and where transaction markers stand.
using Offset = base::StrongId<struct OffsetTag>;

constexpr Offset operator+(Offset offset, int64_t count) { return Offset(offset.get() + count); }
constexpr int64_t operator-(Offset to, Offset from) { return to.get() - from.get(); }

inline constexpr Offset kNoOffset{-1};

// Given out once, never again; names a producer across its restarts when it has a transactional id.
using ProducerId = base::StrongId<struct ProducerIdTag>;
inline constexpr ProducerId kNoProducerId{-1};

struct TopicPartition {
  std::string topic;
  int32_t partition = 0;
  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;

  [[nodiscard]] std::string ToString() const { return topic + "-" + std::to_string(partition); }
};

}  // namespace logs

template <>
struct std::hash<logs::TopicPartition> {
  size_t operator()(const logs::TopicPartition& key) const noexcept {
    return std::hash<std::string>{}(key.topic) * 31 + static_cast<size_t>(key.partition);
  }
};
