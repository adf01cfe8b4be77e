// CreatePartitions: more partitions for topics. THREAD: the session's. BLOCKS: until they are
// durable.
#include "kafka/wire/create_partitions.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "kafka/server/api/handlers.h"
#include "kafka/server/api/topics.h"
#include "kafka/server/error_map.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;
using Asked = wire::CreatePartitionsRequest::CreatePartitionsTopic;
using Answered = wire::CreatePartitionsResponse::CreatePartitionsTopicResult;

void Grow(const Asked& asked, Answered& answered, bool validate_only, const Call& call) {
  const auto fail = [&answered](ErrorCode error, std::string message = {}) {
    answered.error_code = Code(error);
    if (!message.empty()) answered.error_message = std::move(message);
  };
  if (!AllowedOnTopic(call, Operation::kAlter, asked.name)) {
    return fail(ErrorCode::kTopicAuthorizationFailed);
  }
  const auto topic = call.broker.log.Find(std::string_view(asked.name));
  if (topic == nullptr) return fail(ErrorCode::kUnknownTopicOrPartition);
  if (topic->internal) {
    return fail(ErrorCode::kInvalidTopicException,
                "Keys of internal topics are spread over the partitions there are.");
  }
  const auto now = static_cast<int32_t>(topic->partitions.size());
  if (asked.count <= now || asked.count > base::limits::kKafkaPartitionsPerTopicMax) {
    return fail(ErrorCode::kInvalidPartitions,
                "Topic '" + asked.name + "' has " + std::to_string(now) +
                    " partitions and can get more, up to " +
                    std::to_string(base::limits::kKafkaPartitionsPerTopicMax) + ", but not have " +
                    std::to_string(asked.count) + ".");
  }
  if (asked.assignments.has_value()) {
    const std::vector<int32_t> only = {call.broker.config.node_id};
    if (static_cast<int32_t>(asked.assignments->size()) != asked.count - now) {
      return fail(ErrorCode::kInvalidReplicaAssignment, "Each new partition needs one assignment.");
    }
    for (const auto& assignment : *asked.assignments) {
      if (assignment.broker_ids != only) {
        return fail(
            ErrorCode::kInvalidReplicaAssignment,
            "Each partition has one replica here, on node " + std::to_string(only[0]) + ".");
      }
    }
  }
  if (validate_only) return;
  const auto grown = call.broker.log.AddPartitions(asked.name, asked.count);
  if (!grown.ok()) fail(ErrorOf(grown.error()), grown.error().message());
}

}  // namespace

Answer<wire::CreatePartitionsResponse> Handle(const wire::CreatePartitionsRequest& request,
                                              Call& call) {
  std::map<std::string_view, int> times;
  for (const auto& topic : request.topics) ++times[topic.name];
  wire::CreatePartitionsResponse response;
  for (const auto& asked : request.topics) {
    int& left = times[asked.name];
    if (left == 0) continue;  // named twice, answered once
    auto& answered = response.results.emplace_back();
    answered.name = asked.name;
    if (left > 1) {
      left = 0;
      answered.error_code = Code(ErrorCode::kInvalidRequest);
      answered.error_message = "The request names this topic more than once.";
      continue;
    }
    Grow(asked, answered, request.validate_only, call);
  }
  return response;
}

}  // namespace kafka::server
