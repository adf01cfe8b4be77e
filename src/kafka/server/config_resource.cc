#include "kafka/server/config_resource.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "base/limits.h"
#include "base/result.h"
#include "kafka/server/api/topics.h"
#include "kafka/server/broker_settings.h"
#include "kafka/server/metadata_store.h"
#include "log/group/group_coordinator.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;

class TopicResource final : public ConfigResource {
 public:
  TopicResource(logs::Log& log, std::shared_ptr<const logs::Topic> topic)
      : log_(log), topic_(std::move(topic)) {}

  [[nodiscard]] std::vector<ConfigEntry> Entries() const override {
    return TopicConfigEntries(topic_->config, topic_->configs);
  }
  [[nodiscard]] ConfigValues Set() const override { return topic_->configs; }
  [[nodiscard]] base::Result<void> Check(const ConfigValues& values) const override {
    TRY(logs::Apply(log_.topic_defaults(), values));
    return {};
  }
  base::Result<void> Replace(const ConfigValues& values) override {
    topic_ = TRY(log_.SetConfigs(topic_->name, values));
    return {};
  }

 private:
  logs::Log& log_;
  std::shared_ptr<const logs::Topic> topic_;
};

// What was set at run time is in the metadata store, a key a setting: "config/broker/NAME",
// "config/group/GROUP/NAME".
class StoredValues {
 public:
  StoredValues(MetadataStore& store, std::string prefix)
      : store_(store), prefix_(std::move(prefix)) {}

  [[nodiscard]] ConfigValues Get() const {
    ConfigValues values;
    for (const auto& [key, value] : store_.WithPrefix(prefix_)) {
      // Below a group "a" stand those of a group "a/b" too.
      if (key.find('/', prefix_.size()) != std::string::npos) continue;
      values.emplace(key.substr(prefix_.size()), value);
    }
    return values;
  }
  base::Result<void> Replace(const ConfigValues& values) {
    std::vector<MetadataStore::Change> changes;
    for (const auto& [name, value] : values) changes.emplace_back(prefix_ + name, value);
    for (const auto& [name, value] : Get()) {
      if (!values.contains(name)) changes.emplace_back(prefix_ + name, std::nullopt);
    }
    return store_.Put(changes);
  }

 private:
  MetadataStore& store_;
  const std::string prefix_;
};

ConfigEntry EntryOf(const Setting& setting, const ConfigValues& set, ConfigSource source) {
  ConfigEntry entry{.name = std::string(setting.name),
                    .value = std::string(setting.by_default),
                    .type = setting.type,
                    .documentation = std::string(setting.documentation)};
  if (const auto found = set.find(entry.name); found != set.end()) {
    entry.value = found->second;
    entry.source = source;
    entry.synonyms.push_back({entry.name, entry.value, source});
  }
  entry.synonyms.push_back({entry.name, std::string(setting.by_default), ConfigSource::kDefault});
  return entry;
}

class BrokerResource final : public ConfigResource {
 public:
  explicit BrokerResource(Broker& broker)
      : broker_(broker), stored_(broker.metadata, "config/broker/") {}

  [[nodiscard]] std::vector<ConfigEntry> Entries() const override {
    std::vector<ConfigEntry> entries = Fixed();
    const ConfigValues set = Set();
    const logs::TopicConfig defaults = broker_.log.topic_defaults();
    const logs::TopicConfig by_default;
    for (const logs::ConfigDescription& description : logs::TopicConfigNames()) {
      const std::string name(BrokerNameOf(description.name));
      if (name.empty()) continue;
      const std::string value = logs::TopicConfigValue(by_default, description.name);
      ConfigEntry entry = EntryOf({.name = name,
                                   .type = ConfigTypeOf(description.type),
                                   .by_default = value,
                                   .documentation = description.documentation},
                                  set, ConfigSource::kDynamicBroker);
      if (!set.contains(name)) {
        entry.value = logs::TopicConfigValue(defaults, description.name);
        if (entry.value != value) entry.source = ConfigSource::kStaticBroker;
      }
      entries.push_back(std::move(entry));
    }
    for (const Setting& setting : InertBrokerSettings()) {
      entries.push_back(EntryOf(setting, set, ConfigSource::kDynamicBroker));
    }
    std::ranges::sort(entries, {}, &ConfigEntry::name);
    return entries;
  }
  [[nodiscard]] ConfigValues Set() const override { return stored_.Get(); }
  [[nodiscard]] base::Result<void> Check(const ConfigValues& values) const override {
    TRY(logs::Apply(broker_.log.topic_defaults(), TopicDefaultsOf(values)));
    for (const auto& [name, value] : values) {
      if (!TopicNameOf(name).empty()) continue;
      const Setting* setting = FindSetting(InertBrokerSettings(), name);
      if (setting == nullptr) {
        return base::InvalidArgument("'" + name + "' cannot be set while the broker runs");
      }
      TRY(CheckValue(*setting, value));
    }
    return {};
  }
  base::Result<void> Replace(const ConfigValues& values) override {
    TRY(Check(values));
    TRY(stored_.Replace(values));
    return Enforce();
  }

  base::Result<void> Enforce() { return broker_.log.SetTopicDefaults(TopicDefaultsOf(Set())); }

 private:
  // By the topics' names.
  static ConfigValues TopicDefaultsOf(const ConfigValues& values) {
    ConfigValues defaults;
    for (const auto& [name, value] : values) {
      const std::string_view topic_name = TopicNameOf(name);
      if (!topic_name.empty()) defaults.emplace(topic_name, value);
    }
    return defaults;
  }

  // What was decided when the broker started.
  [[nodiscard]] std::vector<ConfigEntry> Fixed() const {
    const BrokerConfig& config = broker_.config;
    const std::string node = std::to_string(config.node_id);
    const std::string listeners =
        "PLAINTEXT://" + config.advertised.host + ":" + std::to_string(config.advertised.port);
    std::vector<ConfigEntry> entries;
    const auto add = [&](std::string name, std::string value, ConfigType type) {
      entries.push_back({.name = std::move(name), .value = std::move(value), .type = type});
      entries.back().source = ConfigSource::kStaticBroker;
      entries.back().read_only = true;
      entries.back().synonyms.push_back(
          {entries.back().name, entries.back().value, ConfigSource::kStaticBroker});
    };
    add("advertised.listeners", listeners, ConfigType::kString);
    add("auto.create.topics.enable", config.auto_create_topics ? "true" : "false",
        ConfigType::kBoolean);
    add("broker.id", node, ConfigType::kInt);
    add("default.replication.factor", "1", ConfigType::kInt);
    add("delete.topic.enable", "true", ConfigType::kBoolean);
    add("log.dirs", broker_.log.folder(), ConfigType::kString);
    add("node.id", node, ConfigType::kInt);
    add("num.partitions", std::to_string(config.default_num_partitions), ConfigType::kInt);
    add("offsets.topic.replication.factor", "1", ConfigType::kShort);
    add("process.roles", "broker,controller", ConfigType::kList);
    add("socket.request.max.bytes", std::to_string(config.request_bytes_max), ConfigType::kInt);
    add("transaction.state.log.replication.factor", "1", ConfigType::kShort);
    return entries;
  }

  Broker& broker_;
  StoredValues stored_;
};

constexpr std::string_view kGroupPrefix = "config/group/";

// A group of KIP-848, which need not be there yet.
class GroupResource final : public ConfigResource {
 public:
  GroupResource(Broker& broker, std::string group)
      : broker_(broker),
        group_(std::move(group)),
        stored_(broker.metadata, std::string(kGroupPrefix) + group_ + "/") {}

  [[nodiscard]] std::vector<ConfigEntry> Entries() const override {
    std::vector<ConfigEntry> entries;
    const ConfigValues set = Set();
    for (const Setting& setting : GroupSettings()) {
      entries.push_back(EntryOf(setting, set, ConfigSource::kDynamicGroup));
    }
    return entries;
  }
  [[nodiscard]] ConfigValues Set() const override { return stored_.Get(); }
  [[nodiscard]] base::Result<void> Check(const ConfigValues& values) const override {
    for (const auto& [name, value] : values) {
      const Setting* setting = FindSetting(GroupSettings(), name);
      if (setting == nullptr) {
        return base::InvalidArgument("unknown group configuration '" + name + "'");
      }
      TRY(CheckValue(*setting, value));
      if (NumberOf(values, name).value_or(0) <= 0) {
        return base::InvalidArgument("invalid value '" + value + "' for " + name +
                                     ": it must be positive");
      }
    }
    return {};
  }
  base::Result<void> Replace(const ConfigValues& values) override {
    TRY(Check(values));
    TRY(stored_.Replace(values));
    Enforce();
    return {};
  }

  void Enforce() {
    const ConfigValues set = Set();
    broker_.groups.Configure(
        group_, {.session_timeout_ms = NumberOf(set, "consumer.session.timeout.ms"),
                 .heartbeat_interval_ms = NumberOf(set, "consumer.heartbeat.interval.ms")});
  }

 private:
  static std::optional<int32_t> NumberOf(const ConfigValues& values, const std::string& name) {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    int32_t number = 0;
    const std::string& text = found->second;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() ? std::optional(number) : std::nullopt;
  }

  Broker& broker_;
  const std::string group_;
  StoredValues stored_;
};

using Opened = std::variant<std::unique_ptr<ConfigResource>, ConfigRefusal>;

Opened OpenTopic(Call& call, const std::string& name, Operation operation) {
  if (!AllowedOnTopic(call, operation, name)) {
    return ConfigRefusal{ErrorCode::kTopicAuthorizationFailed};
  }
  if (auto problem = TopicNameProblem(name)) {
    return ConfigRefusal{ErrorCode::kInvalidTopicException, *std::move(problem)};
  }
  auto topic = call.broker.log.Find(std::string_view(name));
  if (topic == nullptr) {
    return ConfigRefusal{ErrorCode::kUnknownTopicOrPartition, "There is no topic '" + name + "'."};
  }
  return std::make_unique<TopicResource>(call.broker.log, std::move(topic));
}

Opened OpenBroker(Call& call, const std::string& name, Operation operation) {
  if (!call.AllowedOnCluster(operation)) {
    return ConfigRefusal{ErrorCode::kClusterAuthorizationFailed};
  }
  // "" is all brokers of the cluster, which is this one.
  const std::string node = std::to_string(call.broker.config.node_id);
  if (!name.empty() && name != node) {
    return ConfigRefusal{ErrorCode::kInvalidRequest,
                         "There is one broker, '" + node + "', and no '" + name + "'."};
  }
  return std::make_unique<BrokerResource>(call.broker);
}

Opened OpenGroup(Call& call, const std::string& name, Operation operation) {
  if (!call.Allowed(operation, ResourceType::kGroup, name)) {
    return ConfigRefusal{ErrorCode::kGroupAuthorizationFailed};
  }
  // The name becomes a part of a key of the metadata store.
  if (name.empty() || name.size() > base::limits::kGroupNameBytesMax) {
    return ConfigRefusal{ErrorCode::kInvalidRequest, "A group's name is not empty, nor that long."};
  }
  return std::make_unique<GroupResource>(call.broker, name);
}

}  // namespace

base::Result<void> ApplyStoredConfigs(Broker& broker) {
  TRY(BrokerResource(broker).Enforce());
  for (const auto& [key, value] : broker.metadata.WithPrefix(kGroupPrefix)) {
    // No setting has a slash in its name, a group may.
    const size_t end = key.rfind('/');
    GroupResource(broker, key.substr(kGroupPrefix.size(), end - kGroupPrefix.size())).Enforce();
  }
  return {};
}

std::variant<std::unique_ptr<ConfigResource>, ConfigRefusal> OpenConfigResource(
    Call& call, int8_t type, const std::string& name, ConfigAccess access) {
  const Operation operation =
      access == ConfigAccess::kDescribe ? Operation::kDescribeConfigs : Operation::kAlterConfigs;
  switch (static_cast<ConfigResourceType>(type)) {
    case ConfigResourceType::kTopic:
      return OpenTopic(call, name, operation);
    case ConfigResourceType::kBroker:
      return OpenBroker(call, name, operation);
    case ConfigResourceType::kGroup:
      return OpenGroup(call, name, operation);
    case ConfigResourceType::kUnknown:
    case ConfigResourceType::kBrokerLogger:
    case ConfigResourceType::kClientMetrics:
      break;
  }
  return ConfigRefusal{ErrorCode::kInvalidRequest, "Resources of type " + std::to_string(type) +
                                                       " have no configurations here."};
}

}  // namespace kafka::server
