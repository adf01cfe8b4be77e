// OffsetForLeaderEpoch: where a leader's epoch ended, for clients that check whether what they read
// still stands (KIP-320). There is one epoch here, which has not ended. THREAD: the session's.
#include "kafka/wire/offset_for_leader_epoch.h"

#include <string_view>

#include "kafka/server/api/handlers.h"
#include "kafka/server/api/topics.h"

namespace kafka::server {

using logs::ErrorCode;

Answer<wire::OffsetForLeaderEpochResponse> Handle(const wire::OffsetForLeaderEpochRequest& request,
                                                  Call& call) {
  wire::OffsetForLeaderEpochResponse response;
  for (const auto& topic : request.topics) {
    auto& answered = response.topics.emplace_back();
    answered.topic = topic.topic;
    const bool allowed = AllowedOnTopic(call, Operation::kDescribe, topic.topic);
    const auto found = call.broker.log.Find(std::string_view(topic.topic));
    for (const auto& asked : topic.partitions) {
      auto& end = answered.partitions.emplace_back();
      end.partition = asked.partition;
      auto [error, partition] = FindPartition(found.get(), asked.partition);
      if (!allowed) error = ErrorCode::kTopicAuthorizationFailed;
      if (error == ErrorCode::kNone) error = CheckLeaderEpoch(asked.current_leader_epoch);
      end.error_code = Code(error);
      if (error == ErrorCode::kNone && asked.leader_epoch == kLeaderEpoch) {
        end.leader_epoch = kLeaderEpoch;
        end.end_offset = partition->Ends().log_end.get();
      }
    }
  }
  return response;
}

}  // namespace kafka::server
