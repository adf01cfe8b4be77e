// Retention: which of a partition's segments have outlived their time or its size. Pure; THREAD: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "log/topic_config.h"
#include "log/topic_partition.h"

namespace logs {

// Whether a round of keeping house looks at it.
enum class Retention : uint8_t { kDue, kNotYet };

struct SegmentAge {
  Offset base_offset;
  Offset end;  // the next segment's base, or the log's end
  uint64_t size_bytes = 0;
  int64_t newest_ms = -1;  // greatest timestamp of its records, or when it was last written
};

struct RetentionLimits {
  int64_t retention_ms = -1;     // -1: none
  int64_t retention_bytes = -1;  // -1: none
  Offset safe_end;               // nothing at or behind it goes: the high watermark
};

// How many of the first segments may go: too old, or more than the size allows without them. Order
// counts: a segment goes only after those before it.
[[nodiscard]] size_t NumExpired(std::span<const SegmentAge> segments,
                                const RetentionLimits& limits, int64_t now_ms);

// Whole retention of the partition; {-1, -1} where the topic is only compacted.
[[nodiscard]] RetentionLimits RetentionOf(const TopicConfig& config, Offset safe_end);
// What stays on local disk of a partition whose segments are archived.
[[nodiscard]] RetentionLimits LocalRetentionOf(const TopicConfig& config, Offset safe_end);

// How old the first record of a segment may get before the next begins: compaction reaches only
// segments that are closed.
[[nodiscard]] int64_t SegmentAgeMax(const TopicConfig& config);

}  // namespace logs
