// DescribeCluster and DescribeQuorum: the cluster is this node, which is its own controller.
// THREAD: the session's.
#include "kafka/wire/describe_cluster.h"

#include "kafka/server/api/handlers.h"
#include "kafka/server/api/topics.h"
#include "kafka/server/authorized_operations.h"
#include "kafka/wire/describe_quorum.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;

constexpr int8_t kBrokers = 1;  // the endpoint type
constexpr int8_t kControllers = 2;

}  // namespace

Answer<wire::DescribeClusterResponse> Handle(const wire::DescribeClusterRequest& request,
                                             Call& call) {
  const BrokerConfig& config = call.broker.config;
  wire::DescribeClusterResponse response;
  response.endpoint_type = request.endpoint_type;
  if (request.endpoint_type != kBrokers) {
    const bool controllers = request.endpoint_type == kControllers;
    response.error_code = Code(controllers ? ErrorCode::kMismatchedEndpointType
                                           : ErrorCode::kUnsupportedEndpointType);
    response.error_message = controllers ? "This is a broker's endpoint, not a controller's."
                                         : "There is no such type of endpoint.";
    return response;
  }
  response.cluster_id = config.cluster_id;
  response.controller_id = config.node_id;
  auto& broker = response.brokers.emplace_back();
  broker.broker_id = config.node_id;
  broker.host = Advertised(call).host;
  broker.port = Advertised(call).port;
  if (request.include_cluster_authorized_operations) {
    response.cluster_authorized_operations =
        call.AllowedOnCluster(Operation::kDescribe)
            ? AuthorizedOperations(call, ResourceType::kCluster, kClusterResource)
            : 0;
  }
  return response;
}

Answer<wire::DescribeQuorumResponse> Handle(const wire::DescribeQuorumRequest& request,
                                            Call& call) {
  const int32_t node = call.broker.config.node_id;
  const int64_t now = call.broker.clock.NowUnixMs();
  wire::DescribeQuorumResponse response;
  response.error_message.reset();
  if (!call.AllowedOnCluster(Operation::kDescribe)) {
    response.error_code = Code(ErrorCode::kClusterAuthorizationFailed);
    return response;
  }
  for (const auto& topic : request.topics) {
    auto& answered = response.topics.emplace_back();
    answered.topic_name = topic.topic_name;
    for (const auto& asked : topic.partitions) {
      auto& partition = answered.partitions.emplace_back();
      partition.partition_index = asked.partition_index;
      partition.error_message.reset();
      if (topic.topic_name != "__cluster_metadata" || asked.partition_index != 0) {
        partition.error_code = Code(ErrorCode::kUnknownTopicOrPartition);
        continue;
      }
      // The quorum of one: nobody votes, and nobody lags.
      partition.leader_id = node;
      partition.leader_epoch = kLeaderEpoch;
      auto& voter = partition.current_voters.emplace_back();
      voter.replica_id = node;
      voter.last_fetch_timestamp = now;
      voter.last_caught_up_timestamp = now;
    }
  }
  auto& self = response.nodes.emplace_back();
  self.node_id = node;
  auto& listener = self.listeners.emplace_back();
  listener.name = call.connection.peer.listener;
  listener.host = Advertised(call).host;
  listener.port = static_cast<uint16_t>(Advertised(call).port);
  return response;
}

}  // namespace kafka::server
