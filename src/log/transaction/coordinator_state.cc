#include "log/transaction/coordinator_state.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/log.h"
#include "log/record/record_batch.h"
#include "log/transaction/transaction_record.h"

namespace logs {
namespace {

// On one node the coordinator is never another one's successor.
constexpr int32_t kCoordinatorEpoch = 0;

base::Result<void> LoadBatch(const BatchView& batch,
                             std::map<std::string, TransactionMetadata>& loaded) {
  auto records = TRY(RecordReader::Open(batch, base::limits::kRecordsBytesMax));
  while (const auto record = records.Next()) {
    if (!record->key.has_value()) return base::Corruption("a record without a key");
    const auto id = TRY(DecodeTransactionKey(*record->key));
    if (!id.has_value()) {
      LOG_WARN("a record of another kind in the transaction log is left alone",
               {{"offset", record->offset.get()}});
    } else if (!record->value.has_value()) {
      loaded.erase(*id);
    } else {
      loaded[*id] = TRY(DecodeTransactionValue(*record->value));
    }
  }
  if (records.failed()) return base::Corruption("a malformed record");
  return {};
}

}  // namespace

base::Result<void> CoordinatorState::Load() {
  TRY(ReadStates());
  AbortHanging();
  return {};
}

void CoordinatorState::AbortHanging() {
  std::set<std::pair<ProducerId, TopicPartition>> open;
  book_.ForEach([&](const std::string&, const TransactionMetadata& metadata) {
    if (metadata.state != TransactionState::kOngoing && !IsPreparing(metadata.state)) return;
    for (const auto& partition : metadata.partitions) open.emplace(metadata.producer.id, partition);
  });
  for (const auto& topic : options_.log->Topics()) {
    for (const auto& partition : topic->partitions) {
      for (const ProducerDescription& producer : partition->Producers()) {
        ids_->Skip(producer.producer_id);
        if (producer.current_transaction_start == kNoOffset) continue;
        if (open.contains({producer.producer_id, partition->name()})) continue;
        LOG_WARN("a transaction that nobody will end is aborted",
                 {{"partition", partition->name().ToString()},
                  {"producer_id", producer.producer_id.get()},
                  {"offset", producer.current_transaction_start.get()}});
        // Should it be refused, the next start tries again.
        WriteMarker(partition->name(), {.producer_id = producer.producer_id,
                                        .producer_epoch = producer.producer_epoch,
                                        .commit = false,
                                        .coordinator_epoch = kCoordinatorEpoch});
      }
    }
  }
}

base::Result<void> CoordinatorState::ReadStates() {
  const auto partition = options_.log->Find(state_name_);
  if (partition == nullptr) return {};
  std::map<std::string, TransactionMetadata> loaded;
  Offset next = partition->Ends().log_start;
  const Offset end = partition->Ends().log_end;
  while (next < end) {
    const ReadResult read = partition->Read({.offset = next,
                                             .bytes_max = base::limits::kTransactionLoadBytes,
                                             .isolation = Isolation::kLogEnd});
    if (read.error != ErrorCode::kNone) {
      return base::Io("cannot read " + state_name_.ToString() + ": " + read.message);
    }
    BatchWalk walk(read.batches);
    bool any = false;
    while (const auto batch = walk.Next()) {
      any = true;
      const Offset base = batch->base_offset();
      TRY(LoadBatch(*batch, loaded)
              .With(state_name_.ToString() + " at offset " + std::to_string(base.get())));
      next = batch->next_offset();
    }
    if (!any) break;  // the last batches were compacted away
  }
  for (auto& [id, metadata] : loaded) {
    ids_->Skip(std::max(metadata.producer.id, metadata.next_id));
    auto taken = book_.Take(id, TransactionBook::IfAbsent::kMake, nullptr);
    if (!taken.turn.has_value()) {
      return base::Unsupported("there are more transactional ids than " +
                               std::to_string(base::limits::kTransactionalIdsMax));
    }
    book_.Set(*taken.turn, std::move(metadata));
  }
  return {};
}

base::Result<std::shared_ptr<Partition>> CoordinatorState::StatePartition() {
  if (auto partition = options_.log->Find(state_name_)) return partition;
  const auto made = options_.log->CreateTopic({.name = state_name_.topic,
                                               .num_partitions = 1,
                                               .configs = {{"cleanup.policy", "compact"},
                                                           {"compression.type", "uncompressed"},
                                                           {"segment.bytes", "104857600"}},
                                               .internal = true});
  if (!made.ok() && made.error().code() != base::Code::kAlreadyExists) return made.error();
  if (auto partition = options_.log->Find(state_name_)) return partition;
  return base::Unavailable("topic '" + state_name_.topic + "' was deleted");
}

ErrorCode CoordinatorState::Append(const TransactionBook::Turn& turn,
                                   std::optional<TransactionMetadata> metadata) {
  const auto partition = StatePartition();
  if (!partition.ok()) {
    LOG_WARN("the transaction log cannot be made", {{"error", partition.error().ToString()}});
    return ErrorCode::kCoordinatorNotAvailable;
  }
  const std::string key = EncodeTransactionKey(turn->id);
  std::string value;
  if (metadata.has_value()) value = EncodeTransactionValue(*metadata);
  BatchBuilder builder({});
  builder.Append(
      {.key = key,
       .value = metadata.has_value() ? std::optional<std::string_view>(value) : std::nullopt,
       .timestamp_ms = NowUnixMs()});
  auto batch = std::move(builder).Finish();
  if (!batch.ok()) return ErrorCode::kUnknownServerError;
  const AppendResult result =
      (*partition)
          ->Append({.batches = std::span<char>(*batch), .origin = AppendOrigin::kCoordinator});
  if (result.error != ErrorCode::kNone) {
    LOG_WARN("the transaction log refuses a record",
             {{"transactional_id", turn->id}, {"error", ErrorCodeName(result.error)}});
    // It may have been written in part or in whole. What stands must be the last to survive.
    if (turn->metadata.has_value() && result.error != ErrorCode::kMessageTooLarge) {
      turn->unsaved = true;
      turn->not_before_ms = MonotonicMs() + base::limits::kTransactionFailedRetryMs;
    }
    return result.error == ErrorCode::kMessageTooLarge ? ErrorCode::kUnknownServerError
                                                       : ErrorCode::kCoordinatorNotAvailable;
  }
  book_.Set(turn, std::move(metadata));
  turn->ticket = result.ticket;
  turn->unsaved = false;
  turn->marked = false;
  turn->not_before_ms = 0;
  return ErrorCode::kNone;
}

CoordinatorState::Progress CoordinatorState::Refused(const TransactionBook::Turn& turn) {
  turn->not_before_ms = MonotonicMs() + base::limits::kTransactionFailedRetryMs;
  return Progress::kFailed;
}

CoordinatorState::Progress CoordinatorState::Advance(
    const TransactionBook::Turn& turn, const std::shared_ptr<Watcher>& maybe_watcher) {
  while (turn->metadata.has_value()) {
    if (turn->not_before_ms > MonotonicMs()) return Progress::kFailed;
    const TransactionState state = turn->metadata->state;
    if (turn->unsaved) {
      if (Append(turn, turn->metadata) != ErrorCode::kNone) return Refused(turn);
      continue;
    }
    if (!IsPreparing(state)) return Progress::kSettled;

    // A marker ahead of the decision would survive a power failure that the decision does not.
    switch (DurabilityOf(turn->ticket, maybe_watcher)) {
      case Durable::kNotYet:
        return Progress::kLater;
      case Durable::kFailed:
        turn->unsaved = true;
        return Refused(turn);
      case Durable::kYes:
        break;
    }
    if (!turn->marked) {
      if (book_.IsAppending(turn, maybe_watcher)) return Progress::kLater;
      if (!WriteMarkers(turn)) return Refused(turn);
      turn->marked = true;
    }
    switch (DurabilityOf(turn->markers, maybe_watcher)) {
      case Durable::kNotYet:
        return Progress::kLater;
      case Durable::kFailed:
        turn->marked = false;
        return Refused(turn);
      case Durable::kYes:
        break;
    }
    if (Append(turn, Completed(*turn->metadata, NowUnixMs())) != ErrorCode::kNone) {
      return Refused(turn);
    }
  }
  return Progress::kSettled;
}

bool CoordinatorState::WriteMarkers(const TransactionBook::Turn& turn) {
  const TransactionMetadata& metadata = *turn->metadata;
  const Marker marker{.producer_id = metadata.producer.id,
                      .producer_epoch = metadata.producer.epoch,
                      .commit = metadata.state == TransactionState::kPrepareCommit,
                      .coordinator_epoch = kCoordinatorEpoch};
  turn->markers = {};
  for (const TopicPartition& partition : metadata.partitions) {
    const AppendResult result = WriteMarker(partition, marker);
    switch (result.error) {
      case ErrorCode::kNone:
        turn->markers = std::max(turn->markers, result.ticket);
        break;
      case ErrorCode::kUnknownTopicOrPartition:  // deleted, and the transaction's records with it
        break;
      case ErrorCode::kInvalidProducerEpoch:
        // A marker of a later epoch stands there already, so this transaction is over there.
        LOG_WARN("a partition knows a later epoch than the transaction's",
                 {{"transactional_id", turn->id}, {"partition", partition.ToString()}});
        break;
      default:
        LOG_WARN("a partition refuses the marker of a transaction",
                 {{"transactional_id", turn->id},
                  {"partition", partition.ToString()},
                  {"error", ErrorCodeName(result.error)}});
        return false;
    }
  }
  return true;
}

AppendResult CoordinatorState::WriteMarker(const TopicPartition& partition, const Marker& marker) {
  const auto found = options_.log->Find(partition);
  if (found == nullptr) return {.error = ErrorCode::kUnknownTopicOrPartition};
  AppendResult result = found->AppendMarker(marker);
  if (result.error == ErrorCode::kNone && options_.on_marker != nullptr) {
    options_.on_marker(partition, marker, result.ticket);
  }
  return result;
}

Durable CoordinatorState::DurabilityOf(Ticket ticket,
                                       const std::shared_ptr<Watcher>& maybe_watcher) const {
  Durable durable = options_.log->IsDurable(ticket);
  if (durable != Durable::kNotYet || maybe_watcher == nullptr) return durable;
  options_.log->WatchDurable(ticket, maybe_watcher);
  return options_.log->IsDurable(ticket);
}

}  // namespace logs
