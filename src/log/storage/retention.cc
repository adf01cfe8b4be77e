#include "log/storage/retention.h"

#include <algorithm>

namespace logs {

size_t NumExpired(std::span<const SegmentAge> segments, const RetentionLimits& limits,
                  int64_t now_ms) {
  uint64_t rest = 0;
  for (const SegmentAge& segment : segments) rest += segment.size_bytes;
  size_t count = 0;
  for (const SegmentAge& segment : segments) {
    if (segment.end > limits.safe_end) break;
    rest -= segment.size_bytes;
    // Timestamps are the producers': now may lie before them.
    const bool too_old = limits.retention_ms >= 0 && segment.newest_ms >= 0 &&
                         segment.newest_ms < now_ms &&
                         now_ms - segment.newest_ms > limits.retention_ms;
    const bool too_much = limits.retention_bytes >= 0 && segment.size_bytes > 0 &&
                          rest >= static_cast<uint64_t>(limits.retention_bytes);
    if (!too_old && !too_much) break;
    ++count;
  }
  return count;
}

RetentionLimits RetentionOf(const TopicConfig& config, Offset safe_end) {
  if (!config.cleanup_delete) return {.safe_end = safe_end};
  return {.retention_ms = config.retention_ms,
          .retention_bytes = config.retention_bytes,
          .safe_end = safe_end};
}

RetentionLimits LocalRetentionOf(const TopicConfig& config, Offset safe_end) {
  RetentionLimits limits = RetentionOf(config, safe_end);
  if (config.local_retention_ms != -2) limits.retention_ms = config.local_retention_ms;
  if (config.local_retention_bytes != -2) limits.retention_bytes = config.local_retention_bytes;
  return limits;
}

int64_t SegmentAgeMax(const TopicConfig& config) {
  if (!config.cleanup_compact) return config.segment_ms;
  return std::min(config.segment_ms, config.max_compaction_lag_ms);
}

}  // namespace logs
