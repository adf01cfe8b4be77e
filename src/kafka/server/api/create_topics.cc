// CreateTopics. THREAD: the session's. BLOCKS: until the topics are durable.
#include "kafka/wire/create_topics.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/limits.h"
#include "kafka/server/api/handlers.h"
#include "kafka/server/api/topics.h"
#include "kafka/server/config_entries.h"
#include "kafka/server/error_map.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;
using Asked = wire::CreateTopicsRequest::CreatableTopic;
using Answered = wire::CreateTopicsResponse::CreatableTopicResult;

constexpr int32_t kDefault = -1;  // of partitions and replicas: as the broker is set (KIP-464)
constexpr int16_t kReplicationFactor = 1;

// Why a topic cannot be made.
struct Refusal {
  ErrorCode error;
  std::string message;
};

std::optional<Refusal> CheckAssignments(const Asked& asked, int32_t node) {
  if (asked.num_partitions != kDefault || asked.replication_factor != kDefault) {
    return Refusal{ErrorCode::kInvalidRequest,
                   "Either replicas are assigned, or numbers of partitions and replicas given."};
  }
  std::set<int32_t> indexes;
  for (const auto& assignment : asked.assignments) {
    if (!indexes.insert(assignment.partition_index).second) {
      return Refusal{
          ErrorCode::kInvalidReplicaAssignment,
          "Partition " + std::to_string(assignment.partition_index) + " is assigned twice."};
    }
    if (assignment.broker_ids != std::vector<int32_t>{node}) {
      return Refusal{ErrorCode::kInvalidReplicaAssignment,
                     "Each partition has one replica here, on node " + std::to_string(node) + "."};
    }
  }
  if (*indexes.begin() != 0 || *indexes.rbegin() != static_cast<int32_t>(indexes.size()) - 1) {
    return Refusal{ErrorCode::kInvalidReplicaAssignment,
                   "Partitions are numbered from 0 without gaps."};
  }
  return std::nullopt;
}

std::optional<Refusal> CheckNumbers(const Asked& asked, int32_t num_partitions) {
  if (num_partitions <= 0 || num_partitions > base::limits::kKafkaPartitionsPerTopicMax) {
    return Refusal{ErrorCode::kInvalidPartitions,
                   "A topic has 1 to " + std::to_string(base::limits::kKafkaPartitionsPerTopicMax) +
                       " partitions, not " + std::to_string(num_partitions) + "."};
  }
  if (asked.replication_factor != kDefault && asked.replication_factor != kReplicationFactor) {
    return Refusal{ErrorCode::kInvalidReplicationFactor,
                   "There is one node, so the replication factor is 1, not " +
                       std::to_string(asked.replication_factor) + "."};
  }
  return std::nullopt;
}

// The topic to make, or why not.
std::variant<logs::NewTopic, Refusal> Check(const Asked& asked, const Call& call) {
  if (auto problem = TopicNameProblem(asked.name)) {
    return Refusal{ErrorCode::kInvalidTopicException, *std::move(problem)};
  }
  if (!MayCreateTopic(call, asked.name)) {
    return Refusal{ErrorCode::kTopicAuthorizationFailed, {}};
  }
  if (call.broker.log.Find(std::string_view(asked.name)) != nullptr) {
    return Refusal{ErrorCode::kTopicAlreadyExists, "Topic '" + asked.name + "' already exists."};
  }
  if (IsInternalTopicName(asked.name)) {
    return Refusal{ErrorCode::kInvalidTopicException,
                   "The broker makes its internal topics itself."};
  }
  logs::NewTopic topic{.name = asked.name};
  if (!asked.assignments.empty()) {
    if (auto refusal = CheckAssignments(asked, call.broker.config.node_id)) return *refusal;
    topic.num_partitions = static_cast<int32_t>(asked.assignments.size());
  } else {
    topic.num_partitions = asked.num_partitions == kDefault
                               ? call.broker.config.default_num_partitions
                               : asked.num_partitions;
  }
  if (auto refusal = CheckNumbers(asked, topic.num_partitions)) return *refusal;
  for (const auto& config : asked.configs) {
    if (!config.value.has_value()) {
      return Refusal{ErrorCode::kInvalidConfig, "Configuration '" + config.name + "' is null."};
    }
    topic.configs[config.name] = *config.value;
  }
  const auto applied = logs::Apply(call.broker.log.topic_defaults(), topic.configs);
  if (!applied.ok()) return Refusal{ErrorCode::kInvalidConfig, applied.error().message()};
  return topic;
}

void Fail(Answered& answered, Refusal refusal) {
  answered.error_code = Code(refusal.error);
  if (!refusal.message.empty()) answered.error_message = std::move(refusal.message);
}

// What the new topic is like (version 5 on, KIP-525).
void Echo(Answered& answered, int32_t num_partitions, const logs::TopicConfig& config,
          const std::map<std::string, std::string>& configs, const Call& call) {
  if (!AllowedOnTopic(call, Operation::kDescribeConfigs, answered.name)) {
    answered.topic_config_error_code = Code(ErrorCode::kTopicAuthorizationFailed);
    return;
  }
  answered.num_partitions = num_partitions;
  answered.replication_factor = kReplicationFactor;
  answered.configs.emplace();
  for (const ConfigEntry& entry : TopicConfigEntries(config, configs)) {
    auto& out = answered.configs->emplace_back();
    out.name = entry.name;
    out.value = entry.value;
    out.config_source = static_cast<int8_t>(entry.source);
    out.read_only = entry.read_only;
  }
}

void Create(Answered& answered, const logs::NewTopic& topic, bool validate_only, const Call& call) {
  if (validate_only) {
    const auto config = logs::Apply(call.broker.log.topic_defaults(), topic.configs);
    if (config.ok()) Echo(answered, topic.num_partitions, *config, topic.configs, call);
    return;
  }
  const auto created = call.broker.log.CreateTopic(topic);
  if (!created.ok()) {
    const bool invalid = created.error().code() == base::Code::kInvalidArgument;
    Fail(answered, {invalid ? ErrorCode::kInvalidConfig : ErrorOf(created.error()),
                    created.error().message()});
    return;
  }
  answered.topic_id = (*created)->id;
  Echo(answered, topic.num_partitions, (*created)->config, (*created)->configs, call);
}

}  // namespace

Answer<wire::CreateTopicsResponse> Handle(const wire::CreateTopicsRequest& request, Call& call) {
  std::map<std::string_view, int> times;
  for (const auto& topic : request.topics) ++times[topic.name];
  wire::CreateTopicsResponse response;
  for (const auto& asked : request.topics) {
    int& left = times[asked.name];
    if (left == 0) continue;  // named twice, answered once
    auto& answered = response.topics.emplace_back();
    answered.name = asked.name;
    answered.error_message.reset();
    answered.configs.reset();
    if (left > 1) {
      left = 0;
      Fail(answered, {ErrorCode::kInvalidRequest, "The request names this topic more than once."});
      continue;
    }
    auto checked = Check(asked, call);
    if (auto* refusal = std::get_if<Refusal>(&checked)) {
      Fail(answered, std::move(*refusal));
    } else {
      Create(answered, std::get<logs::NewTopic>(checked), request.validate_only, call);
    }
  }
  return response;
}

}  // namespace kafka::server
