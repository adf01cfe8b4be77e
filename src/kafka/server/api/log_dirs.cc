// DescribeLogDirs and AlterReplicaLogDirs: there is one folder, and partitions stay in it. THREAD:
// the session's. BLOCKS: for the disk.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "kafka/server/api/handlers.h"
#include "kafka/server/api/topics.h"
#include "kafka/wire/alter_replica_log_dirs.h"
#include "kafka/wire/describe_log_dirs.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;

}  // namespace

Answer<wire::DescribeLogDirsResponse> Handle(const wire::DescribeLogDirsRequest& request,
                                             Call& call) {
  wire::DescribeLogDirsResponse response;
  if (!call.AllowedOnCluster(Operation::kDescribe)) {
    response.error_code = Code(ErrorCode::kClusterAuthorizationFailed);
    return response;
  }
  std::map<std::string_view, std::set<int32_t>> wanted;
  if (request.topics.has_value()) {
    for (const auto& topic : *request.topics) {
      wanted[topic.topic].insert(topic.partitions.begin(), topic.partitions.end());
    }
  }
  auto& folder = response.results.emplace_back();
  folder.log_dir = call.broker.log.folder();
  if (call.broker.log.Trouble().has_value()) {
    folder.error_code = Code(ErrorCode::kKafkaStorageError);
    return response;
  }
  for (const auto& topic : call.broker.log.Topics()) {
    const auto of_topic = wanted.find(topic->name);
    if (request.topics.has_value() && of_topic == wanted.end()) continue;
    auto& answered = folder.topics.emplace_back();
    answered.name = topic->name;
    for (size_t i = 0; i < topic->partitions.size(); ++i) {
      const auto index = static_cast<int32_t>(i);
      if (request.topics.has_value() && !of_topic->second.contains(index)) continue;
      auto& partition = answered.partitions.emplace_back();
      partition.partition_index = index;
      partition.partition_size = static_cast<int64_t>(topic->partitions[i]->SizeBytes());
    }
  }
  return response;
}

Answer<wire::AlterReplicaLogDirsResponse> Handle(const wire::AlterReplicaLogDirsRequest& request,
                                                 Call& call) {
  const bool allowed = call.AllowedOnCluster(Operation::kAlter);
  wire::AlterReplicaLogDirsResponse response;
  for (const auto& dir : request.dirs) {
    for (const auto& topic : dir.topics) {
      auto& answered = response.results.emplace_back();
      answered.topic_name = topic.name;
      const auto found = call.broker.log.Find(std::string_view(topic.name));
      for (const int32_t index : topic.partitions) {
        auto& partition = answered.partitions.emplace_back();
        partition.partition_index = index;
        ErrorCode error = FindPartition(found.get(), index).error;
        // To where it is already, a partition need not move.
        if (dir.path != call.broker.log.folder()) error = ErrorCode::kLogDirNotFound;
        if (!allowed) error = ErrorCode::kClusterAuthorizationFailed;
        partition.error_code = Code(error);
      }
    }
  }
  return response;
}

}  // namespace kafka::server
