#include "log/storage/compaction_filter.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/limits.h"

namespace logs {

namespace {

base::Error Unreadable(const BatchView& batch) {
  return base::Corruption("the batch at offset " + std::to_string(batch.base_offset().get()) +
                          " cannot be read");
}

}  // namespace

// --- transactions -------------------------------------------------------------------------------

TransactionOutcomes::TransactionOutcomes(const std::vector<AbortedEntry>& aborted)
    : aborted_(aborted) {
  const auto place = [](const AbortedEntry& entry) {
    return std::pair(entry.first_offset, entry.last_offset);
  };
  std::ranges::sort(aborted_, {}, place);
  aborted_.erase(std::unique(aborted_.begin(), aborted_.end()), aborted_.end());
}

void TransactionOutcomes::OpenUpTo(Offset offset) {
  for (; next_ < aborted_.size() && aborted_[next_].first_offset <= offset; ++next_) {
    open_[aborted_[next_].producer_id] = {.entry = aborted_[next_]};
  }
}

bool TransactionOutcomes::IsAborted(const BatchView& batch) {
  OpenUpTo(batch.last_offset());
  if (!batch.transactional()) return false;
  const auto open = open_.find(batch.producer_id());
  // A transaction whose marker was passed by, or removed, does not reach this batch.
  if (open == open_.end() || open->second.entry.last_offset < batch.base_offset()) {
    committed_.insert(batch.producer_id());
    return false;
  }
  open->second.seen = true;
  return true;
}

base::Result<TransactionOutcomes::Marker> TransactionOutcomes::OnMarker(const BatchView& batch) {
  OpenUpTo(batch.last_offset());
  // Emptied by an earlier compaction.
  if (batch.num_records() == 0) return Marker{.discardable = true};
  const std::optional<EndMarker> end = TRY(ReadEndMarker(batch));
  if (!end.has_value()) return Marker{};  // another control record: not ours to remove
  if (end->commit) return Marker{.discardable = committed_.erase(batch.producer_id()) == 0};
  const auto open = open_.find(batch.producer_id());
  if (open == open_.end()) return Marker{.discardable = true};
  const Open transaction = open->second;
  open_.erase(open);
  if (!transaction.seen) return Marker{.discardable = true};
  Marker marker;
  marker.aborted = transaction.entry;
  return marker;
}

// --- the first pass -----------------------------------------------------------------------------

base::Result<bool> MapKeys(const BatchView& batch, Offset from, TransactionOutcomes& outcomes,
                           KeyOffsets& keys) {
  if (batch.control()) {
    TRY(outcomes.OnMarker(batch));
    return true;
  }
  if (outcomes.IsAborted(batch) || batch.num_records() == 0 || batch.last_offset() < from) {
    return true;
  }
  RecordReader reader = TRY(RecordReader::Open(batch, base::limits::kRecordsBytesMax));
  while (const auto record = reader.Next()) {
    if (!record->key.has_value() || record->offset < from) continue;
    if (!keys.Put(*record->key, record->offset)) return false;
  }
  if (reader.failed()) return Unreadable(batch);
  return true;
}

// --- the second pass ----------------------------------------------------------------------------

CompactionFilter::CompactionFilter(FilterOptions options, const KeyOffsets* keys,
                                   TransactionOutcomes outcomes)
    : options_(std::move(options)), keys_(keys), outcomes_(std::move(outcomes)) {}

bool CompactionFilter::HoldsProducerState(const BatchView& batch) const {
  if (!batch.has_producer()) return false;
  const auto last = options_.last_records.find(batch.producer_id());
  if (last == options_.last_records.end()) return false;
  if (last->second.data_offset.has_value()) return batch.last_offset() == *last->second.data_offset;
  return batch.control() && batch.producer_epoch() == last->second.epoch;
}

bool CompactionFilter::Stays(const BatchView& batch, const RecordView& record) const {
  if (record.offset >= options_.mapped_end) return true;
  // Not taken by a compacted topic, but left from before it was one.
  if (!record.key.has_value()) return false;
  if (record.offset < keys_->Find(*record.key)) return false;
  const auto horizon = batch.delete_horizon_ms();
  return record.value.has_value() || !horizon.has_value() || options_.now_ms < *horizon;
}

base::Result<CompactionFilter::Outcome> CompactionFilter::Filter(const BatchView& batch,
                                                                 EmptyBatch empty) {
  if (HoldsProducerState(batch)) empty = EmptyBatch::kKeep;
  if (batch.control()) return FilterMarker(batch, empty);

  std::vector<RecordView> staying;
  bool tombstones = false;
  std::optional<RecordReader> reader;  // what stays points into it
  if (!outcomes_.IsAborted(batch)) {
    reader = TRY(RecordReader::Open(batch, base::limits::kRecordsBytesMax));
    while (const auto record = reader->Next()) {
      if (!Stays(batch, *record)) continue;
      staying.push_back(*record);
      tombstones = tombstones || (record->key.has_value() && !record->value.has_value());
    }
    if (reader->failed()) return Unreadable(batch);
  }

  Outcome outcome;
  if (staying.empty() && empty == EmptyBatch::kDrop) {
    outcome.action = Outcome::Action::kDrop;
    return outcome;
  }
  std::optional<int64_t> horizon = batch.delete_horizon_ms();
  const bool new_horizon = tombstones && !horizon.has_value();
  if (new_horizon) horizon = options_.now_ms + options_.delete_retention_ms;
  if (static_cast<int32_t>(staying.size()) != batch.num_records() || new_horizon) {
    outcome = TRY(Rebuild(batch, staying, horizon));
  }
  if (tombstones) outcome.horizon_ms = horizon;
  return outcome;
}

base::Result<CompactionFilter::Outcome> CompactionFilter::FilterMarker(const BatchView& batch,
                                                                       EmptyBatch empty) {
  const TransactionOutcomes::Marker marker = TRY(outcomes_.OnMarker(batch));
  const auto horizon = batch.delete_horizon_ms();
  Outcome outcome;
  outcome.aborted = marker.aborted;
  if (!marker.discardable) return outcome;
  if (batch.num_records() == 0) {
    if (empty == EmptyBatch::kDrop) outcome.action = Outcome::Action::kDrop;
    return outcome;
  }
  if (horizon.has_value() && *horizon <= options_.now_ms) {
    // An epoch that nothing else in the log shows stays as a marker, not as an empty batch: only the
    // record in it says so when the log is read again.
    if (HoldsProducerState(batch)) return outcome;
    if (empty == EmptyBatch::kKeep) return Rebuild(batch, {}, horizon);
    outcome.action = Outcome::Action::kDrop;
    return outcome;
  }
  if (horizon.has_value()) {
    outcome.horizon_ms = horizon;
    return outcome;
  }
  RecordReader reader = TRY(RecordReader::Open(batch, base::limits::kRecordsBytesMax));
  std::vector<RecordView> records;
  while (const auto record = reader.Next()) records.push_back(*record);
  if (reader.failed()) return Unreadable(batch);
  const int64_t new_horizon = options_.now_ms + options_.delete_retention_ms;
  outcome = TRY(Rebuild(batch, records, new_horizon));
  outcome.horizon_ms = new_horizon;
  return outcome;
}

base::Result<CompactionFilter::Outcome> CompactionFilter::Rebuild(
    const BatchView& batch, const std::vector<RecordView>& records,
    std::optional<int64_t> horizon_ms) {
  BatchBuilder builder({.compression = batch.compression(),
                        .base_offset = batch.base_offset(),
                        .leader_epoch = batch.leader_epoch(),
                        .producer_id = batch.producer_id(),
                        .producer_epoch = batch.producer_epoch(),
                        .base_sequence = batch.base_sequence(),
                        .transactional = batch.transactional(),
                        .control = batch.control(),
                        .timestamp_type = batch.timestamp_type(),
                        .base_timestamp = horizon_ms,
                        .has_delete_horizon = horizon_ms.has_value()});
  for (const RecordView& record : records) builder.AppendCopy(record);
  builder.SetLastOffsetDelta(batch.last_offset_delta());
  if (records.empty() || batch.timestamp_type() == TimestampType::kLogAppendTime) {
    builder.SetMaxTimestamp(batch.max_timestamp());
  }
  Outcome outcome;
  outcome.action = Outcome::Action::kReplace;
  outcome.replacement = TRY(std::move(builder).Finish());
  DCHECK(CheckBatch(outcome.replacement).ok());
  return outcome;
}

}  // namespace logs
