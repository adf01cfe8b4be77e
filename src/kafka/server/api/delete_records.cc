// DeleteRecords: moves the beginning of partitions forward. THREAD: the session's. BLOCKS: for the
// disk.
#include "kafka/wire/delete_records.h"

#include <string_view>

#include "kafka/server/api/handlers.h"
#include "kafka/server/api/topics.h"
#include "kafka/server/error_map.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;
using Asked = wire::DeleteRecordsRequest::DeleteRecordsPartition;
using Answered = wire::DeleteRecordsResponse::DeleteRecordsPartitionResult;

constexpr int64_t kHighWatermark = -1;

void Delete(const Asked& asked, const logs::Topic* maybe_topic, Answered& answered) {
  const auto fail = [&answered](ErrorCode error) { answered.error_code = Code(error); };
  const auto [error, partition] = FindPartition(maybe_topic, asked.partition_index);
  if (error != ErrorCode::kNone) return fail(error);
  if (maybe_topic->internal) return fail(ErrorCode::kInvalidTopicException);
  // A compacted topic holds the last record of every key; cutting it off would not be that any
  // more.
  if (!maybe_topic->config.cleanup_delete) return fail(ErrorCode::kPolicyViolation);
  if (asked.offset < kHighWatermark) return fail(ErrorCode::kOffsetOutOfRange);
  const auto deleted = partition->DeleteRecords(logs::Offset(asked.offset));
  if (deleted.ok()) {
    answered.low_watermark = deleted->get();
  } else {
    fail(deleted.error().code() == base::Code::kInvalidArgument ? ErrorCode::kOffsetOutOfRange
                                                                : ErrorOf(deleted.error()));
  }
}

}  // namespace

Answer<wire::DeleteRecordsResponse> Handle(const wire::DeleteRecordsRequest& request, Call& call) {
  wire::DeleteRecordsResponse response;
  for (const auto& topic : request.topics) {
    auto& answered = response.topics.emplace_back();
    answered.name = topic.name;
    const bool allowed = AllowedOnTopic(call, Operation::kDelete, topic.name);
    const auto found = call.broker.log.Find(std::string_view(topic.name));
    for (const auto& asked : topic.partitions) {
      auto& partition = answered.partitions.emplace_back();
      partition.partition_index = asked.partition_index;
      partition.low_watermark = -1;
      if (allowed) {
        Delete(asked, found.get(), partition);
      } else {
        partition.error_code = Code(ErrorCode::kTopicAuthorizationFailed);
      }
    }
  }
  return response;
}

}  // namespace kafka::server
