#include "log/group/group_log.h"

#include <span>
#include <string>
#include <utility>

#include "base/limits.h"
#include "log/group/group_coordinator.h"
#include "log/record/record_batch.h"

namespace logs {
namespace {

ErrorCode AnswerOf(ErrorCode error) {
  switch (error) {
    case ErrorCode::kMessageTooLarge:
    case ErrorCode::kRecordListTooLarge:
      return ErrorCode::kInvalidCommitOffsetSize;
    case ErrorCode::kInvalidProducerEpoch:
    case ErrorCode::kProducerFenced:
      return ErrorCode::kInvalidProducerEpoch;
    case ErrorCode::kNone:
    case ErrorCode::kInvalidTxnState:
      return error;
    default:
      return ErrorCode::kCoordinatorNotAvailable;
  }
}

// The records of one batch that is no control batch.
base::Result<void> Visit(const BatchView& batch, const GroupLog::Visitor& visitor) {
  auto reader = TRY(RecordReader::Open(batch, base::limits::kGroupRecordsBytesMax));
  const ProducerId producer = batch.transactional() ? batch.producer_id() : kNoProducerId;
  while (const auto record = reader.Next()) {
    if (!record->key.has_value()) continue;
    auto decoded = TRY(DecodeGroupRecord(*record->key, record->value));
    if (decoded.has_value()) visitor.on_record(*std::move(decoded), record->offset, producer);
  }
  if (reader.failed()) return base::Corruption("malformed record in __consumer_offsets");
  return {};
}

}  // namespace

int32_t JavaHash(std::string_view utf8) {
  uint32_t hash = 0;
  for (size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<uint8_t>(utf8[i]);
    const size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    uint32_t code = size == 1 ? lead : lead & (0xffU >> (size + 1));
    for (size_t k = 1; k < size && i + k < utf8.size(); ++k) {
      code = code << 6 | (static_cast<uint8_t>(utf8[i + k]) & 0x3fU);
    }
    i += size;
    if (code >= 0x10000) {  // Java counts in UTF-16
      hash = hash * 31 + (0xd800 + ((code - 0x10000) >> 10));
      hash = hash * 31 + (0xdc00 + ((code - 0x10000) & 0x3ff));
    } else {
      hash = hash * 31 + code;
    }
  }
  return static_cast<int32_t>(hash);
}

base::Result<std::shared_ptr<const Topic>> GroupLog::OpenTopic() {
  if (auto topic = log_.Find(kOffsetsTopic)) return topic;
  const NewTopic wanted{
      .name = std::string(kOffsetsTopic),
      .num_partitions = num_partitions_,
      .configs = {{"cleanup.policy", "compact"},
                  {"compression.type", "producer"},
                  {"max.message.bytes", std::to_string(base::limits::kGroupBatchBytesMax)},
                  {"segment.bytes", std::to_string(100 << 20)}},
      .internal = true,
  };
  auto created = log_.CreateTopic(wanted);
  if (!created.ok() && created.error().code() == base::Code::kAlreadyExists) {
    if (auto topic = log_.Find(kOffsetsTopic)) return topic;
  }
  return created;
}

base::Result<TopicPartition> GroupLog::PartitionOf(std::string_view group_id) {
  const auto topic = TRY(OpenTopic());
  // Java's Math.abs leaves the smallest number as it is; Kafka takes the low 31 bits instead.
  const auto hash = static_cast<uint32_t>(JavaHash(group_id)) & 0x7fffffffU;
  const auto partition = static_cast<int32_t>(hash % topic->partitions.size());
  return TopicPartition{.topic = std::string(kOffsetsTopic), .partition = partition};
}

GroupLog::Appended GroupLog::Append(std::string_view group_id,
                                    const std::vector<GroupRecord>& records,
                                    const GroupProducer& producer) {
  const auto name = PartitionOf(group_id);
  const auto partition = name.ok() ? log_.Find(*name) : nullptr;
  if (partition == nullptr) return {.error = ErrorCode::kCoordinatorNotAvailable, .ticket = {}};

  const int64_t now_ms = clock_.NowUnixMs();
  const bool transactional = producer.id != kNoProducerId;
  BatchBuilder builder(BatchOptions{.producer_id = producer.id,
                                    .producer_epoch = producer.epoch,
                                    .transactional = transactional});
  for (const auto& record : records) {
    const std::string key = EncodeGroupKey(record);
    const auto value = EncodeGroupValue(record);
    builder.Append(Record{.key = key, .value = value, .timestamp_ms = now_ms});
  }
  if (builder.size_bytes() > base::limits::kGroupBatchBytesMax) {
    return {.error = ErrorCode::kInvalidCommitOffsetSize, .ticket = {}};
  }
  auto batch = std::move(builder).Finish();
  if (!batch.ok()) return {.error = ErrorCode::kUnknownServerError, .ticket = {}};
  const AppendResult result =
      partition->Append({.batches = std::span<char>(*batch), .origin = AppendOrigin::kCoordinator});
  return {
      .error = AnswerOf(result.error), .ticket = result.ticket, .base_offset = result.base_offset};
}

base::Result<void> GroupLog::LoadPartition(Partition& partition, const Visitor& visitor) {
  const PartitionEnds ends = partition.Ends();
  Offset next = ends.log_start;
  while (next < ends.log_end) {
    const ReadResult read = partition.Read({.offset = next,
                                            .bytes_max = base::limits::kGroupLoadBytes,
                                            .isolation = Isolation::kLogEnd});
    if (read.error != ErrorCode::kNone) {
      return base::Io("cannot read " + partition.name().ToString() + " at offset " +
                      std::to_string(next.get()) + ": " + read.message);
    }
    BatchWalk walk(read.batches);
    const Offset before = next;
    while (const auto batch = walk.Next()) {
      if (batch->next_offset() <= next) continue;
      next = batch->next_offset();
      if (!batch->control()) {
        TRY(Visit(*batch, visitor).With(partition.name().ToString()));
      } else if (const auto marker = TRY(ReadEndMarker(*batch)); marker.has_value()) {
        visitor.on_marker(partition.name(), batch->producer_id(), marker->commit);
      }
    }
    if (next == before) break;  // compaction took what was left
  }
  return {};
}

base::Result<void> GroupLog::Load(const Visitor& visitor) {
  const auto topic = log_.Find(kOffsetsTopic);
  if (topic == nullptr) return {};
  for (const auto& partition : topic->partitions) TRY(LoadPartition(*partition, visitor));
  return {};
}

}  // namespace logs
