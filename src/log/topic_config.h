// TopicConfig: how one topic keeps its records. Names, meanings and defaults are Kafka's topic
// configurations (its documentation, "Topic Configs"), and `flush.policy` of our own. Value type.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace logs {

enum class TimestampType : uint8_t { kCreateTime, kLogAppendTime };
enum class TopicCompression : uint8_t { kProducer, kUncompressed, kGzip, kSnappy, kLz4, kZstd };

struct TopicConfig {
  bool cleanup_delete = true;    // cleanup.policy contains "delete"
  bool cleanup_compact = false;  // cleanup.policy contains "compact"
  TopicCompression compression = TopicCompression::kProducer;
  int64_t retention_ms = 7LL * 24 * 3'600'000;  // -1: for ever
  int64_t retention_bytes = -1;                 // of a partition; -1: no limit
  int64_t local_retention_ms = -2;              // -2: as retention_ms
  int64_t local_retention_bytes = -2;
  bool remote_storage_enable = false;
  int64_t segment_bytes = int64_t{1} << 30;
  int64_t segment_ms = 7LL * 24 * 3'600'000;
  int64_t max_message_bytes = 1'048'588;  // of a record batch
  TimestampType timestamp_type = TimestampType::kCreateTime;
  int64_t timestamp_before_max_ms = INT64_MAX;
  int64_t timestamp_after_max_ms = 3'600'000;
  int64_t delete_retention_ms = 24LL * 3'600'000;  // how long tombstones stay
  int64_t min_compaction_lag_ms = 0;
  int64_t max_compaction_lag_ms = INT64_MAX;
  double min_cleanable_dirty_ratio = 0.5;
  int64_t file_delete_delay_ms = 60'000;
  int32_t min_insync_replicas = 1;
  int32_t index_interval_bytes = 4'096;
  int32_t segment_index_bytes = 10 << 20;
  // "always", "interval" or "never" for this topic; absent: the log's.
  std::optional<std::string> flush_policy = {};
  // Of Kafka's names that mean nothing on one node, those that were set.
  std::map<std::string, std::string, std::less<>> inert = {};
};

// One entry of DescribeConfigs.
struct ConfigDescription {
  std::string_view name;
  std::string_view type;  // "boolean", "string", "int", "long", "double", "list"
  std::string_view documentation;
};

// All names that Apply takes, in alphabetical order.
std::span<const ConfigDescription> TopicConfigNames();
// The value of `name` as Kafka prints it. REQUIRES: a name of TopicConfigNames.
std::string TopicConfigValue(const TopicConfig& config, std::string_view name);
// `base` changed by `values`. Names of Kafka that mean nothing on one node are taken and kept
// (leader.replication.throttled.replicas and the like). ERRORS: kInvalidArgument: an unknown name or
// a value that cannot be.
base::Result<TopicConfig> Apply(const TopicConfig& base,
                                const std::map<std::string, std::string>& values);

}  // namespace logs
