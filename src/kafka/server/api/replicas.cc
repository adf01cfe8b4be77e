// ElectLeaders, AlterPartitionReassignments, ListPartitionReassignments: every partition has one
// replica, which leads, so there is nothing to elect or to move. THREAD: the session's.
#include <string_view>
#include <vector>

#include "kafka/server/api/handlers.h"
#include "kafka/server/api/topics.h"
#include "kafka/wire/alter_partition_reassignments.h"
#include "kafka/wire/elect_leaders.h"
#include "kafka/wire/list_partition_reassignments.h"

namespace kafka::server {

using logs::ErrorCode;

Answer<wire::ElectLeadersResponse> Handle(const wire::ElectLeadersRequest& request, Call& call) {
  wire::ElectLeadersResponse response;
  if (!call.AllowedOnCluster(Operation::kAlter)) {
    response.error_code = Code(ErrorCode::kClusterAuthorizationFailed);
    return response;
  }
  // Without a list all partitions are meant, and those that need no election are left out.
  if (!request.topic_partitions.has_value()) return response;
  for (const auto& topic : *request.topic_partitions) {
    auto& answered = response.replica_election_results.emplace_back();
    answered.topic = topic.topic;
    const auto found = call.broker.log.Find(std::string_view(topic.topic));
    for (const int32_t index : topic.partitions) {
      auto& partition = answered.partition_result.emplace_back();
      partition.partition_id = index;
      const ErrorCode error = FindPartition(found.get(), index).error;
      const bool exists = error == ErrorCode::kNone;
      partition.error_code = Code(exists ? ErrorCode::kElectionNotNeeded : error);
      partition.error_message =
          exists ? "The only replica leads already." : "There is no such partition.";
    }
  }
  return response;
}

Answer<wire::AlterPartitionReassignmentsResponse> Handle(
    const wire::AlterPartitionReassignmentsRequest& request, Call& call) {
  wire::AlterPartitionReassignmentsResponse response;
  response.error_message.reset();
  response.allow_replication_factor_change = request.allow_replication_factor_change;
  if (!call.AllowedOnCluster(Operation::kAlter)) {
    response.error_code = Code(ErrorCode::kClusterAuthorizationFailed);
    return response;
  }
  const std::vector<int32_t> only = {call.broker.config.node_id};
  for (const auto& topic : request.topics) {
    auto& answered = response.responses.emplace_back();
    answered.name = topic.name;
    const auto found = call.broker.log.Find(std::string_view(topic.name));
    for (const auto& asked : topic.partitions) {
      auto& partition = answered.partitions.emplace_back();
      partition.partition_index = asked.partition_index;
      partition.error_message.reset();
      ErrorCode error = FindPartition(found.get(), asked.partition_index).error;
      if (error != ErrorCode::kNone) {
        partition.error_message = "There is no such partition.";
      } else if (!asked.replicas.has_value()) {  // cancels one that is going on
        error = ErrorCode::kNoReassignmentInProgress;
        partition.error_message = "The partition is not being moved.";
      } else if (*asked.replicas != only) {
        error = ErrorCode::kInvalidReplicaAssignment;
        partition.error_message = "There is one node, so a partition has one replica, there.";
      }
      partition.error_code = Code(error);
    }
  }
  return response;
}

Answer<wire::ListPartitionReassignmentsResponse> Handle(
    const wire::ListPartitionReassignmentsRequest&, Call& call) {
  wire::ListPartitionReassignmentsResponse response;
  response.error_message.reset();
  if (!call.AllowedOnCluster(Operation::kDescribe)) {
    response.error_code = Code(ErrorCode::kClusterAuthorizationFailed);
  }
  return response;
}

}  // namespace kafka::server
