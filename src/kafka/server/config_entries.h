// ConfigEntry: one configuration as DescribeConfigs and CreateTopics show it, with where its value
// comes from. Names and sources are Kafka's. Value type; THREAD: any.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/topic_config.h"

namespace kafka::server {

struct BrokerConfig;

// The protocol's numbers (DescribeConfigs).
enum class ConfigSource : int8_t {
  kDynamicTopic = 1,
  kDynamicBroker = 2,
  kDynamicDefaultBroker = 3,
  kStaticBroker = 4,
  kDefault = 5,
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
  std::vector<ConfigSynonym> synonyms = {};  // where a value is looked for, the first found counts
};

// All configurations of a topic. `config` has the broker's defaults and `configs`, what was set for
// the topic, applied.
[[nodiscard]] std::vector<ConfigEntry> TopicConfigEntries(
    const logs::TopicConfig& config, const std::map<std::string, std::string>& configs);

}  // namespace kafka::server
