#include "log/topic_config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "base/text.h"

namespace logs {

namespace {

using base::Result;

base::Error Invalid(std::string_view name, std::string_view value, const std::string& wanted) {
  return base::InvalidArgument("invalid value '" + std::string(value) + "' for " +
                               std::string(name) + ": it must be " + wanted);
}

// One name: how a value gets into a TopicConfig and out again. Without them the name is inert.
struct Definition {
  ConfigDescription description;
  Result<void> (*set)(TopicConfig& config, std::string_view name, std::string_view value) = nullptr;
  std::string (*get)(const TopicConfig& config) = nullptr;
  std::string_view inert_default = {};
};

// --- kinds of values ----------------------------------------------------------------------------

std::string Range(int64_t least, int64_t greatest) {
  if (greatest == std::numeric_limits<int64_t>::max() ||
      greatest == std::numeric_limits<int32_t>::max()) {
    return "a whole number of at least " + std::to_string(least);
  }
  return "a whole number from " + std::to_string(least) + " to " + std::to_string(greatest);
}

Result<int64_t> ParseNumber(std::string_view name, std::string_view value, int64_t least,
                            int64_t greatest) {
  std::string_view digits = value;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number < least ||
      number > greatest) {
    return Invalid(name, value, Range(least, greatest));
  }
  return number;
}

template <auto kMember, int64_t kLeast, int64_t kGreatest = std::numeric_limits<int64_t>::max()>
Result<void> SetNumber(TopicConfig& config, std::string_view name, std::string_view value) {
  using T = std::remove_reference_t<decltype(config.*kMember)>;
  constexpr int64_t greatest =
      std::min<int64_t>(kGreatest, std::numeric_limits<T>::max());
  config.*kMember = static_cast<T>(TRY(ParseNumber(name, value, kLeast, greatest)));
  return {};
}

template <auto kMember>
std::string GetNumber(const TopicConfig& config) {
  return std::to_string(config.*kMember);
}

Result<bool> ParseBool(std::string_view name, std::string_view value) {
  const std::string lower = base::ToLower(value);
  if (lower == "true") return true;
  if (lower == "false") return false;
  return Invalid(name, value, "true or false");
}

template <auto kMember>
Result<void> SetBool(TopicConfig& config, std::string_view name, std::string_view value) {
  config.*kMember = TRY(ParseBool(name, value));
  return {};
}

template <auto kMember>
std::string GetBool(const TopicConfig& config) {
  return config.*kMember ? "true" : "false";
}

// As Java prints doubles between 0 and 1: the shortest form, with a point.
std::string PrintDouble(double value) {
  std::array<char, 32> buffer;
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  std::string text(buffer.data(), end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

// --- values of their own ------------------------------------------------------------------------

Result<void> SetCleanupPolicy(TopicConfig& config, std::string_view name, std::string_view value) {
  config.cleanup_delete = false;
  config.cleanup_compact = false;
  if (value.empty()) return {};  // records stay for ever
  for (const std::string_view part : base::Split(value, ',')) {
    const std::string_view policy = base::Trim(part);
    if (policy == "delete") {
      config.cleanup_delete = true;
    } else if (policy == "compact") {
      config.cleanup_compact = true;
    } else {
      return Invalid(name, value, "delete, compact or both");
    }
  }
  return {};
}

std::string GetCleanupPolicy(const TopicConfig& config) {
  if (config.cleanup_compact) return config.cleanup_delete ? "compact,delete" : "compact";
  return config.cleanup_delete ? "delete" : "";
}

constexpr std::array<std::string_view, 6> kCompressions = {"producer", "uncompressed", "gzip",
                                                           "snappy",   "lz4",          "zstd"};

Result<void> SetCompression(TopicConfig& config, std::string_view name, std::string_view value) {
  const auto found = std::ranges::find(kCompressions, value);
  if (found == kCompressions.end()) {
    return Invalid(name, value, "producer, uncompressed, gzip, snappy, lz4 or zstd");
  }
  config.compression = static_cast<TopicCompression>(found - kCompressions.begin());
  return {};
}

std::string GetCompression(const TopicConfig& config) {
  return std::string(kCompressions.at(static_cast<size_t>(config.compression)));
}

Result<void> SetTimestampType(TopicConfig& config, std::string_view name, std::string_view value) {
  if (value == "CreateTime") {
    config.timestamp_type = TimestampType::kCreateTime;
  } else if (value == "LogAppendTime") {
    config.timestamp_type = TimestampType::kLogAppendTime;
  } else {
    return Invalid(name, value, "CreateTime or LogAppendTime");
  }
  return {};
}

std::string GetTimestampType(const TopicConfig& config) {
  return config.timestamp_type == TimestampType::kCreateTime ? "CreateTime" : "LogAppendTime";
}

Result<void> SetDirtyRatio(TopicConfig& config, std::string_view name, std::string_view value) {
  double ratio = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), ratio);
  if (error != std::errc() || end != value.data() + value.size() || !(ratio >= 0 && ratio <= 1)) {
    return Invalid(name, value, "a number from 0 to 1");
  }
  config.min_cleanable_dirty_ratio = ratio;
  return {};
}

std::string GetDirtyRatio(const TopicConfig& config) {
  return PrintDouble(config.min_cleanable_dirty_ratio);
}

Result<void> SetFlushPolicy(TopicConfig& config, std::string_view name, std::string_view value) {
  if (value.empty()) {
    config.flush_policy.reset();
    return {};
  }
  if (value != "always" && value != "interval" && value != "never") {
    return Invalid(name, value, "always, interval or never");
  }
  config.flush_policy = std::string(value);
  return {};
}

std::string GetFlushPolicy(const TopicConfig& config) { return config.flush_policy.value_or(""); }

// --- the names ----------------------------------------------------------------------------------

using C = TopicConfig;

// In alphabetical order.
constexpr std::array kDefinitions = std::to_array<Definition>({
    {{"cleanup.policy", "list", "What happens to old records: delete, compact, or both."},
     &SetCleanupPolicy, &GetCleanupPolicy},
    {{"compression.gzip.level", "int", "Taken for compatibility; the library's default is used."},
     nullptr, nullptr, "-1"},
    {{"compression.lz4.level", "int", "Taken for compatibility; the library's default is used."},
     nullptr, nullptr, "9"},
    {{"compression.type", "string",
      "The codec of stored batches; producer keeps what the producer chose."},
     &SetCompression, &GetCompression},
    {{"compression.zstd.level", "int", "Taken for compatibility; the library's default is used."},
     nullptr, nullptr, "3"},
    {{"delete.retention.ms", "long", "How long a compacted topic keeps tombstones."},
     &SetNumber<&C::delete_retention_ms, 0>, &GetNumber<&C::delete_retention_ms>},
    {{"errors.deadletterqueue.group.enable", "boolean",
      "Taken for compatibility; there are no share groups."},
     nullptr, nullptr, "false"},
    {{"file.delete.delay.ms", "long", "How long files stay on disk after they were given up."},
     &SetNumber<&C::file_delete_delay_ms, 0>, &GetNumber<&C::file_delete_delay_ms>},
    {{"flush.messages", "long", "Taken for compatibility; flush.policy decides."},
     nullptr, nullptr, "9223372036854775807"},
    {{"flush.ms", "long", "Taken for compatibility; flush.policy decides."},
     nullptr, nullptr, "9223372036854775807"},
    {{"flush.policy", "string",
      "When a record is acknowledged: always (synced), interval or never. Empty: the broker's."},
     &SetFlushPolicy, &GetFlushPolicy},
    {{"follower.replication.throttled.replicas", "list", "Taken for compatibility; one node."},
     nullptr, nullptr, ""},
    {{"index.interval.bytes", "int", "Bytes of a segment between two entries of its index."},
     &SetNumber<&C::index_interval_bytes, 0>, &GetNumber<&C::index_interval_bytes>},
    {{"leader.replication.throttled.replicas", "list", "Taken for compatibility; one node."},
     nullptr, nullptr, ""},
    {{"local.retention.bytes", "long",
      "Bytes of an archived partition kept on local disk; -2: as retention.bytes."},
     &SetNumber<&C::local_retention_bytes, -2>, &GetNumber<&C::local_retention_bytes>},
    {{"local.retention.ms", "long",
      "How long an archived partition keeps records on local disk; -2: as retention.ms."},
     &SetNumber<&C::local_retention_ms, -2>, &GetNumber<&C::local_retention_ms>},
    {{"max.compaction.lag.ms", "long", "The longest a record may stay without being compacted."},
     &SetNumber<&C::max_compaction_lag_ms, 1>, &GetNumber<&C::max_compaction_lag_ms>},
    {{"max.decompressed.message.bytes", "int",
      "Taken for compatibility; what a batch may decompress to has a bound of its own."},
     nullptr, nullptr, "2147483639"},
    {{"max.message.bytes", "int", "The largest record batch taken."},
     &SetNumber<&C::max_message_bytes, 0, std::numeric_limits<int32_t>::max()>,
     &GetNumber<&C::max_message_bytes>},
    {{"message.timestamp.after.max.ms", "long",
      "How far a record's timestamp may be ahead of the broker's clock."},
     &SetNumber<&C::timestamp_after_max_ms, 0>, &GetNumber<&C::timestamp_after_max_ms>},
    {{"message.timestamp.before.max.ms", "long",
      "How far a record's timestamp may be behind the broker's clock."},
     &SetNumber<&C::timestamp_before_max_ms, 0>, &GetNumber<&C::timestamp_before_max_ms>},
    {{"message.timestamp.type", "string",
      "Whose time a record carries: CreateTime (its producer's) or LogAppendTime (the broker's)."},
     &SetTimestampType, &GetTimestampType},
    {{"min.cleanable.dirty.ratio", "double",
      "The share of a log that must be uncompacted before compaction starts."},
     &SetDirtyRatio, &GetDirtyRatio},
    {{"min.compaction.lag.ms", "long", "How long a record stays uncompacted at least."},
     &SetNumber<&C::min_compaction_lag_ms, 0>, &GetNumber<&C::min_compaction_lag_ms>},
    {{"min.insync.replicas", "int", "Taken for compatibility; there is one replica."},
     &SetNumber<&C::min_insync_replicas, 1>, &GetNumber<&C::min_insync_replicas>},
    {{"preallocate", "boolean", "Taken for compatibility; files grow as they are written."},
     nullptr, nullptr, "false"},
    {{"remote.copy.lag.bytes", "long",
      "Taken for compatibility; segments are archived once they are closed."},
     nullptr, nullptr, "0"},
    {{"remote.copy.lag.ms", "long",
      "Taken for compatibility; segments are archived once they are closed."},
     nullptr, nullptr, "0"},
    {{"remote.log.copy.disable", "boolean", "Taken for compatibility; remote.storage.enable decides."},
     nullptr, nullptr, "false"},
    {{"remote.log.delete.on.disable", "boolean",
      "Taken for compatibility; what is archived stays readable."},
     nullptr, nullptr, "false"},
    {{"remote.storage.enable", "boolean", "Whether closed segments are copied to the archive."},
     &SetBool<&C::remote_storage_enable>, &GetBool<&C::remote_storage_enable>},
    {{"retention.bytes", "long", "The size a partition may reach before old segments go; -1: any."},
     &SetNumber<&C::retention_bytes, -1>, &GetNumber<&C::retention_bytes>},
    {{"retention.ms", "long", "How long records are kept; -1: for ever."},
     &SetNumber<&C::retention_ms, -1>, &GetNumber<&C::retention_ms>},
    {{"segment.bytes", "int", "The size at which a segment is closed and the next begins."},
     &SetNumber<&C::segment_bytes, 14, std::numeric_limits<int32_t>::max()>,
     &GetNumber<&C::segment_bytes>},
    {{"segment.index.bytes", "int", "The largest index of a segment; a full one closes it."},
     &SetNumber<&C::segment_index_bytes, 4>, &GetNumber<&C::segment_index_bytes>},
    {{"segment.jitter.ms", "long", "Taken for compatibility; segments close when they are due."},
     nullptr, nullptr, "0"},
    {{"segment.ms", "long", "The age at which a segment is closed although it is not full."},
     &SetNumber<&C::segment_ms, 1>, &GetNumber<&C::segment_ms>},
    {{"unclean.leader.election.enable", "boolean", "Taken for compatibility; one node."},
     nullptr, nullptr, "false"},
});

constexpr auto kDescriptions = [] {
  std::array<ConfigDescription, kDefinitions.size()> descriptions{};
  for (size_t i = 0; i < kDefinitions.size(); ++i) descriptions[i] = kDefinitions[i].description;
  return descriptions;
}();

const Definition* FindDefinition(std::string_view name) {
  const auto found = std::ranges::lower_bound(
      kDefinitions, name, {}, [](const Definition& each) { return each.description.name; });
  if (found == kDefinitions.end() || found->description.name != name) return nullptr;
  return &*found;
}

Result<void> SetInert(const Definition& definition, TopicConfig& config, std::string_view value) {
  const ConfigDescription& description = definition.description;
  if (description.type == "boolean") TRY(ParseBool(description.name, value));
  if (description.type == "int") {
    TRY(ParseNumber(description.name, value, std::numeric_limits<int32_t>::min(),
                    std::numeric_limits<int32_t>::max()));
  }
  if (description.type == "long") {
    TRY(ParseNumber(description.name, value, -1, std::numeric_limits<int64_t>::max()));
  }
  config.inert[std::string(description.name)] = std::string(value);
  return {};
}

// What cannot be together.
Result<void> CheckTogether(const TopicConfig& config) {
  if (config.min_compaction_lag_ms > config.max_compaction_lag_ms) {
    return base::InvalidArgument("min.compaction.lag.ms (" +
                                 std::to_string(config.min_compaction_lag_ms) +
                                 ") is greater than max.compaction.lag.ms (" +
                                 std::to_string(config.max_compaction_lag_ms) + ")");
  }
  if (!config.remote_storage_enable) return {};
  if (config.cleanup_compact) {
    return base::InvalidArgument("remote.storage.enable does not go with cleanup.policy=compact");
  }
  const auto exceeds = [](int64_t local, int64_t whole) {
    return whole != -1 && local != -2 && (local == -1 || local > whole);
  };
  if (exceeds(config.local_retention_ms, config.retention_ms)) {
    return base::InvalidArgument("local.retention.ms (" +
                                 std::to_string(config.local_retention_ms) +
                                 ") is greater than retention.ms (" +
                                 std::to_string(config.retention_ms) + ")");
  }
  if (exceeds(config.local_retention_bytes, config.retention_bytes)) {
    return base::InvalidArgument("local.retention.bytes (" +
                                 std::to_string(config.local_retention_bytes) +
                                 ") is greater than retention.bytes (" +
                                 std::to_string(config.retention_bytes) + ")");
  }
  return {};
}

}  // namespace

std::span<const ConfigDescription> TopicConfigNames() { return kDescriptions; }

std::string TopicConfigValue(const TopicConfig& config, std::string_view name) {
  const Definition* definition = FindDefinition(name);
  CHECK(definition != nullptr);
  if (definition->get != nullptr) return definition->get(config);
  const auto found = config.inert.find(name);
  return found != config.inert.end() ? found->second : std::string(definition->inert_default);
}

Result<TopicConfig> Apply(const TopicConfig& base, const std::map<std::string, std::string>& values) {
  TopicConfig config = base;
  for (const auto& [name, text] : values) {
    const Definition* definition = FindDefinition(name);
    if (definition == nullptr) {
      return base::InvalidArgument("unknown topic configuration '" + name + "'");
    }
    const std::string_view value = base::Trim(text);
    if (definition->set != nullptr) {
      TRY(definition->set(config, name, value));
    } else {
      TRY(SetInert(*definition, config, value));
    }
  }
  TRY(CheckTogether(config));
  return config;
}

}  // namespace logs
