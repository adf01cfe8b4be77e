// Metadata: which topics and partitions there are, and where; makes unknown topics on first use
// when the broker is set so. THREAD: the session's.
#include "kafka/wire/metadata.h"

#include <string>
#include <utility>

#include "kafka/server/api/handlers.h"
#include "kafka/server/api/topics.h"
#include "kafka/server/authorized_operations.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;
using Answered = wire::MetadataResponse::MetadataResponseTopic;

Answered Refusal(ErrorCode error, std::optional<std::string> name, const base::Uuid& id = {}) {
  Answered topic;
  topic.error_code = Code(error);
  topic.name = std::move(name);
  topic.topic_id = id;
  return topic;
}

Answered Describe(const logs::Topic& topic, const wire::MetadataRequest& request,
                  const Call& call) {
  const int32_t node = call.broker.config.node_id;
  Answered answered;
  answered.name = topic.name;
  answered.topic_id = topic.id;
  answered.is_internal = topic.internal;
  answered.partitions.reserve(topic.partitions.size());
  for (size_t i = 0; i < topic.partitions.size(); ++i) {
    auto& partition = answered.partitions.emplace_back();
    partition.partition_index = static_cast<int32_t>(i);
    partition.leader_id = node;
    partition.leader_epoch = kLeaderEpoch;
    partition.replica_nodes = {node};
    partition.isr_nodes = {node};
  }
  if (request.include_topic_authorized_operations) {
    answered.topic_authorized_operations =
        AuthorizedOperations(call, ResourceType::kTopic, topic.name);
  }
  return answered;
}

// The topic, made when that is wanted and allowed.
Answered ByName(const std::string& name, const wire::MetadataRequest& request, const Call& call) {
  logs::Log& log = call.broker.log;
  const bool may_describe = AllowedOnTopic(call, Operation::kDescribe, name);
  if (may_describe) {
    if (const auto topic = log.Find(name)) return Describe(*topic, request, call);
  }
  const bool create = request.allow_auto_topic_creation && call.broker.config.auto_create_topics;
  if (!may_describe && !(create && MayCreateTopic(call, name) && log.Find(name) == nullptr)) {
    return Refusal(ErrorCode::kTopicAuthorizationFailed, name);
  }
  if (TopicNameProblem(name).has_value()) {
    return Refusal(ErrorCode::kInvalidTopicException, name);
  }
  if (!create || IsInternalTopicName(name))
    return Refusal(ErrorCode::kUnknownTopicOrPartition, name);
  if (!MayCreateTopic(call, name)) return Refusal(ErrorCode::kTopicAuthorizationFailed, name);
  const auto created =
      log.CreateTopic({.name = name, .num_partitions = call.broker.config.default_num_partitions});
  if (created.ok()) return Describe(**created, request, call);
  // Another connection may have been faster.
  if (const auto topic = log.Find(name)) return Describe(*topic, request, call);
  return Refusal(created.error().code() == base::Code::kInvalidArgument
                     ? ErrorCode::kInvalidTopicException
                     : ErrorCode::kLeaderNotAvailable,
                 name);
}

Answered ById(const base::Uuid& id, const wire::MetadataRequest& request, const Call& call) {
  const auto topic = call.broker.log.Find(id);
  if (topic == nullptr) return Refusal(ErrorCode::kUnknownTopicId, std::nullopt, id);
  if (!AllowedOnTopic(call, Operation::kDescribe, topic->name)) {
    return Refusal(ErrorCode::kTopicAuthorizationFailed, std::nullopt, id);
  }
  return Describe(*topic, request, call);
}

}  // namespace

Answer<wire::MetadataResponse> Handle(const wire::MetadataRequest& request, Call& call) {
  const BrokerConfig& config = call.broker.config;
  wire::MetadataResponse response;
  auto& broker = response.brokers.emplace_back();
  broker.node_id = config.node_id;
  broker.host = Advertised(call).host;
  broker.port = Advertised(call).port;
  response.cluster_id = config.cluster_id;
  response.controller_id = config.node_id;

  // An empty list asks for all topics in version 0, and for none since.
  if (!request.topics.has_value() || (call.version == 0 && request.topics->empty())) {
    for (const auto& topic : call.broker.log.Topics()) {
      if (AllowedOnTopic(call, Operation::kDescribe, topic->name)) {
        response.topics.push_back(Describe(*topic, request, call));
      }
    }
  } else {
    response.topics.reserve(request.topics->size());
    for (const auto& topic : *request.topics) {
      // Whoever asks by id leaves the name null, or empty as the Java client does.
      if (topic.topic_id == base::Uuid() && topic.name.has_value()) {
        response.topics.push_back(ByName(*topic.name, request, call));
      } else {
        response.topics.push_back(ById(topic.topic_id, request, call));
      }
    }
  }
  if (request.include_cluster_authorized_operations) {
    response.cluster_authorized_operations =
        call.AllowedOnCluster(Operation::kDescribe)
            ? AuthorizedOperations(call, ResourceType::kCluster, kClusterResource)
            : 0;
  }
  return response;
}

}  // namespace kafka::server
