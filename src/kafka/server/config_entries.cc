#include "kafka/server/config_entries.h"

#include <algorithm>
#include <utility>

namespace kafka::server {
namespace {

// Pairs of Kafka's documentation ("Server Default Property" of each topic configuration).
constexpr std::pair<std::string_view, std::string_view> kBrokerNames[] = {
    {"cleanup.policy", "log.cleanup.policy"},
    {"compression.gzip.level", "compression.gzip.level"},
    {"compression.lz4.level", "compression.lz4.level"},
    {"compression.type", "compression.type"},
    {"compression.zstd.level", "compression.zstd.level"},
    {"delete.retention.ms", "log.cleaner.delete.retention.ms"},
    {"file.delete.delay.ms", "log.segment.delete.delay.ms"},
    {"flush.messages", "log.flush.interval.messages"},
    {"flush.ms", "log.flush.interval.ms"},
    {"index.interval.bytes", "log.index.interval.bytes"},
    {"local.retention.bytes", "log.local.retention.bytes"},
    {"local.retention.ms", "log.local.retention.ms"},
    {"max.compaction.lag.ms", "log.cleaner.max.compaction.lag.ms"},
    {"max.message.bytes", "message.max.bytes"},
    {"message.timestamp.after.max.ms", "log.message.timestamp.after.max.ms"},
    {"message.timestamp.before.max.ms", "log.message.timestamp.before.max.ms"},
    {"message.timestamp.type", "log.message.timestamp.type"},
    {"min.cleanable.dirty.ratio", "log.cleaner.min.cleanable.ratio"},
    {"min.compaction.lag.ms", "log.cleaner.min.compaction.lag.ms"},
    {"min.insync.replicas", "min.insync.replicas"},
    {"preallocate", "log.preallocate"},
    {"retention.bytes", "log.retention.bytes"},
    {"retention.ms", "log.retention.ms"},
    {"segment.bytes", "log.segment.bytes"},
    {"segment.index.bytes", "log.index.size.max.bytes"},
    {"segment.jitter.ms", "log.roll.jitter.ms"},
    {"segment.ms", "log.roll.ms"},
    {"unclean.leader.election.enable", "unclean.leader.election.enable"},
};

}  // namespace

ConfigType ConfigTypeOf(std::string_view name) {
  if (name == "boolean") return ConfigType::kBoolean;
  if (name == "string") return ConfigType::kString;
  if (name == "int") return ConfigType::kInt;
  if (name == "long") return ConfigType::kLong;
  if (name == "double") return ConfigType::kDouble;
  if (name == "list") return ConfigType::kList;
  return ConfigType::kUnknown;
}

std::string_view BrokerNameOf(std::string_view topic_config_name) {
  const auto* found = std::ranges::find(kBrokerNames, topic_config_name,
                                        &std::pair<std::string_view, std::string_view>::first);
  return found != std::end(kBrokerNames) ? found->second : std::string_view();
}

std::string_view TopicNameOf(std::string_view broker_config_name) {
  const auto* found = std::ranges::find(kBrokerNames, broker_config_name,
                                        &std::pair<std::string_view, std::string_view>::second);
  return found != std::end(kBrokerNames) ? found->first : std::string_view();
}

std::vector<ConfigEntry> TopicConfigEntries(const logs::TopicConfig& config,
                                            const ConfigValues& set) {
  std::vector<ConfigEntry> entries;
  const logs::TopicConfig defaults;
  for (const logs::ConfigDescription& description : logs::TopicConfigNames()) {
    ConfigEntry entry{.name = std::string(description.name),
                      .value = logs::TopicConfigValue(config, description.name),
                      .type = ConfigTypeOf(description.type),
                      .documentation = std::string(description.documentation)};
    const std::string by_default = logs::TopicConfigValue(defaults, description.name);
    std::string broker_name(BrokerNameOf(description.name));
    if (broker_name.empty()) broker_name = entry.name;
    if (set.contains(entry.name)) {
      entry.source = ConfigSource::kDynamicTopic;
      entry.synonyms.push_back({entry.name, entry.value, entry.source});
    } else if (entry.value != by_default) {
      entry.source = ConfigSource::kStaticBroker;
      entry.synonyms.push_back({broker_name, entry.value, entry.source});
    }
    entry.synonyms.push_back({std::move(broker_name), by_default, ConfigSource::kDefault});
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace kafka::server
