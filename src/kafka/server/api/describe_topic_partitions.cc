// DescribeTopicPartitions: the partitions of topics, a page at a time (KIP-966). THREAD: the
// session's.
#include "kafka/wire/describe_topic_partitions.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "kafka/server/api/handlers.h"
#include "kafka/server/api/topics.h"
#include "kafka/server/authorized_operations.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;
using wire::DescribeTopicPartitionsRequest;
using wire::DescribeTopicPartitionsResponse;
using Answered = DescribeTopicPartitionsResponse::DescribeTopicPartitionsResponseTopic;

// The topics asked for, or all, in the order of their names, from the cursor's on.
std::set<std::string> Names(const DescribeTopicPartitionsRequest& request, const Call& call) {
  std::set<std::string> names;
  for (const auto& topic : request.topics) names.insert(topic.name);
  if (request.topics.empty()) {
    for (const auto& topic : call.broker.log.Topics()) {
      if (AllowedOnTopic(call, Operation::kDescribe, topic->name)) names.insert(topic->name);
    }
  }
  if (request.cursor.has_value()) {
    names.erase(names.begin(), names.lower_bound(request.cursor->topic_name));
  }
  return names;
}

}  // namespace

Answer<DescribeTopicPartitionsResponse> Handle(const DescribeTopicPartitionsRequest& request,
                                               Call& call) {
  const int32_t node = call.broker.config.node_id;
  DescribeTopicPartitionsResponse response;
  int32_t left =
      std::clamp(request.response_partition_limit, 1, base::limits::kKafkaDescribedPartitionsMax);
  const auto stop_at = [&response](const std::string& topic, int32_t partition) {
    response.next_cursor =
        DescribeTopicPartitionsResponse::Cursor{.topic_name = topic, .partition_index = partition};
  };
  for (const std::string& name : Names(request, call)) {
    if (left == 0) {
      stop_at(name, 0);
      break;
    }
    auto& answered = response.topics.emplace_back();
    answered.name = name;
    if (!AllowedOnTopic(call, Operation::kDescribe, name)) {
      answered.error_code = Code(ErrorCode::kTopicAuthorizationFailed);
      continue;
    }
    const auto topic = call.broker.log.Find(std::string_view(name));
    if (topic == nullptr) {
      answered.error_code =
          Code(TopicNameProblem(name).has_value() ? ErrorCode::kInvalidTopicException
                                                  : ErrorCode::kUnknownTopicOrPartition);
      continue;
    }
    answered.topic_id = topic->id;
    answered.is_internal = topic->internal;
    answered.topic_authorized_operations = AuthorizedOperations(call, ResourceType::kTopic, name);
    const auto end = static_cast<int32_t>(topic->partitions.size());
    int32_t index = 0;
    if (request.cursor.has_value() && request.cursor->topic_name == name) {
      index = std::max(request.cursor->partition_index, 0);
    }
    for (; index < end && left > 0; ++index, --left) {
      auto& partition = answered.partitions.emplace_back();
      partition.partition_index = index;
      partition.leader_id = node;
      partition.leader_epoch = kLeaderEpoch;
      partition.replica_nodes = {node};
      partition.isr_nodes = {node};
      partition.eligible_leader_replicas.emplace();
      partition.last_known_elr.emplace();
    }
    if (index < end) {
      stop_at(name, index);
      break;
    }
  }
  return response;
}

}  // namespace kafka::server
