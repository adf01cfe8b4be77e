// ListOffsets: where a partition begins and ends, and which record was first at some time. THREAD:
// the session's. BLOCKS: for the disk.
#include "kafka/wire/list_offsets.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "kafka/server/api/handlers.h"
#include "kafka/server/api/topics.h"
#include "kafka/server/error_map.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;

using Asked = wire::ListOffsetsRequest::ListOffsetsPartition;
using Answered = wire::ListOffsetsResponse::ListOffsetsPartitionResponse;

// Timestamps that mean a place (the protocol's ListOffsetsRequest).
constexpr int64_t kLatest = -1;
constexpr int64_t kEarliest = -2;
constexpr int64_t kMaxTimestamp = -3;           // version 7 on (KIP-734)
constexpr int64_t kEarliestLocal = -4;          // version 8 on (KIP-405)
constexpr int64_t kLatestTiered = -5;           // version 9 on (KIP-1005)
constexpr int64_t kEarliestPendingUpload = -6;  // version 11 on (KIP-1023)

// The version since which a special timestamp may be asked for.
int16_t VersionOf(int64_t timestamp) {
  switch (timestamp) {
    case kMaxTimestamp:
      return 7;
    case kEarliestLocal:
      return 8;
    case kLatestTiered:
      return 9;
    case kEarliestPendingUpload:
      return 11;
    default:
      return timestamp < kEarliestPendingUpload ? INT16_MAX : 0;
  }
}

base::Result<logs::TimestampedOffset> Look(logs::Partition& partition, int64_t timestamp,
                                           logs::Isolation isolation) {
  const logs::PartitionEnds ends = partition.Ends();
  switch (timestamp) {
    case kLatest:
      return logs::TimestampedOffset{
          isolation == logs::Isolation::kReadCommitted ? ends.last_stable : ends.high_watermark};
    case kEarliest:
    case kEarliestLocal:
      return logs::TimestampedOffset{ends.log_start};
    case kMaxTimestamp:
      return partition.FindMaxTimestamp();
    case kLatestTiered:
    case kEarliestPendingUpload:
      return logs::TimestampedOffset{};
    default:
      return partition.FindTimestamp(timestamp, isolation);
  }
}

Answered AnswerOf(const Asked& asked, const logs::Topic* maybe_topic, logs::Isolation isolation,
                  int16_t version) {
  Answered answered;
  answered.partition_index = asked.partition_index;
  const auto fail = [&answered](ErrorCode error) {
    answered.error_code = Code(error);
    return answered;
  };
  if (version < VersionOf(asked.timestamp)) return fail(ErrorCode::kUnsupportedVersion);
  const auto [error, partition] = FindPartition(maybe_topic, asked.partition_index);
  if (error != ErrorCode::kNone) return fail(error);
  const ErrorCode epoch_error = CheckLeaderEpoch(asked.current_leader_epoch);
  if (epoch_error != ErrorCode::kNone) return fail(epoch_error);
  const auto found = Look(*partition, asked.timestamp, isolation);
  if (!found.ok()) return fail(ErrorOf(found.error()));
  answered.offset = found->offset.get();
  answered.timestamp = found->timestamp_ms;
  if (found->offset != logs::kNoOffset) answered.leader_epoch = kLeaderEpoch;
  return answered;
}

}  // namespace

Answer<wire::ListOffsetsResponse> Handle(const wire::ListOffsetsRequest& request, Call& call) {
  const auto isolation = request.isolation_level == 1 ? logs::Isolation::kReadCommitted
                                                      : logs::Isolation::kReadUncommitted;
  // A partition named twice is answered twice, with an error: which timestamp was meant?
  std::map<std::pair<std::string, int32_t>, int> times;
  for (const auto& topic : request.topics) {
    for (const auto& partition : topic.partitions) ++times[{topic.name, partition.partition_index}];
  }
  wire::ListOffsetsResponse response;
  for (const auto& topic : request.topics) {
    auto& answered = response.topics.emplace_back();
    answered.name = topic.name;
    const bool allowed = AllowedOnTopic(call, Operation::kDescribe, topic.name);
    const auto found = call.broker.log.Find(std::string_view(topic.name));
    for (const auto& asked : topic.partitions) {
      if (allowed && times[{topic.name, asked.partition_index}] == 1) {
        answered.partitions.push_back(AnswerOf(asked, found.get(), isolation, call.version));
        continue;
      }
      auto& refused = answered.partitions.emplace_back();
      refused.partition_index = asked.partition_index;
      refused.error_code =
          Code(allowed ? ErrorCode::kInvalidRequest : ErrorCode::kTopicAuthorizationFailed);
    }
  }
  return response;
}

}  // namespace kafka::server
