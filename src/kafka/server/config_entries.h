// ConfigEntry: one configuration as DescribeConfigs and CreateTopics show it, with where its value
// comes from. Names, sources and types are Kafka's. Value type; THREAD: any.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "log/topic_config.h"

namespace kafka::server {

// The protocol's numbers (DescribeConfigs).
enum class ConfigSource : int8_t {
  kDynamicTopic = 1,
  kDynamicBroker = 2,
  kDynamicDefaultBroker = 3,
  kStaticBroker = 4,
  kDefault = 5,
  kDynamicGroup = 8,
};

enum class ConfigType : int8_t {
  kUnknown = 0,
  kBoolean = 1,
  kString = 2,
  kInt = 3,
  kShort = 4,
  kLong = 5,
  kDouble = 6,
  kList = 7,
};

// "boolean", "string", ... as the log names them.
[[nodiscard]] ConfigType ConfigTypeOf(std::string_view name);

using ConfigValues = std::map<std::string, std::string>;

struct ConfigSynonym {
  std::string name;
  std::string value;
  ConfigSource source;
};

struct ConfigEntry {
  std::string name;
  std::string value;
  ConfigSource source = ConfigSource::kDefault;
  ConfigType type = ConfigType::kString;
  bool read_only = false;
  std::string documentation = {};
  std::vector<ConfigSynonym> synonyms = {};  // where a value is looked for; the first found counts
};

// The broker's name for the default of a topic's configuration: log.retention.ms of retention.ms.
// "" when it has none.
[[nodiscard]] std::string_view BrokerNameOf(std::string_view topic_config_name);

// And back: "" when a broker's setting is no topic's default.
[[nodiscard]] std::string_view TopicNameOf(std::string_view broker_config_name);

// All configurations of a topic. `config` has everything applied: what was set for this topic,
// which is `set`, over the broker's defaults.
[[nodiscard]] std::vector<ConfigEntry> TopicConfigEntries(const logs::TopicConfig& config,
                                                          const ConfigValues& set);

}  // namespace kafka::server
