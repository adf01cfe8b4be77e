// The opening half of StoredPartition: believes what the checkpoint covers, checks the rest batch by
// batch, cuts the first that does not hold and what follows it.
#include <algorithm>
#include <map>
#include <utility>

#include "base/log.h"
#include "log/record/record_batch.h"
#include "log/storage/stored_partition.h"

namespace logs {

base::Result<std::shared_ptr<StoredPartition>> StoredPartition::Open(
    StorageContext* context, PartitionIdentity identity,
    std::shared_ptr<const TopicConfig> config, const PartitionCheckpoint* maybe_checkpoint) {
  std::shared_ptr<StoredPartition> partition(
      new StoredPartition(context, std::move(identity), std::move(config)));
  TRY(partition->Recover(maybe_checkpoint).With(partition->identity_.folder));
  return partition;
}

base::Result<SegmentList> StoredPartition::ListSegments() const {
  std::map<Offset, SegmentFiles> found;
  for (const env::FileInfo& info : TRY(context_->files->List(identity_.folder))) {
    const size_t dot = info.name.find('.');
    const auto base = ParseSegmentName(std::string_view(info.name).substr(0, dot));
    if (!base.has_value() || dot == std::string::npos) continue;
    const std::string_view suffix = std::string_view(info.name).substr(dot);
    SegmentFiles& files = found[*base];
    files.base_offset = *base;
    if (suffix == kLogSuffix) files.has_log = true, files.log_bytes = info.size_bytes;
    if (suffix == kOffsetIndexSuffix) files.offset_index_bytes = info.size_bytes;
    if (suffix == kTimeIndexSuffix) files.time_index_bytes = info.size_bytes;
    if (suffix == kTransactionIndexSuffix) files.transaction_index_bytes = info.size_bytes;
  }
  SegmentList segments;
  for (const auto& [base, files] : found) {
    auto segment = std::make_shared<Segment>(context_->files, identity_.folder, files);
    if (files.has_log) {
      segments.push_back(std::move(segment));
    } else {
      // A crash took the log and left what tells of it. It must not tell of the next segment that
      // begins there.
      TRY(segment->RemoveFiles());
    }
  }
  return segments;
}

base::Result<void> StoredPartition::Recover(const PartitionCheckpoint* maybe_checkpoint) {
  PartitionCheckpoint from = maybe_checkpoint != nullptr ? *maybe_checkpoint : checkpoint_;
  checkpoint_ = from;
  TRY(context_->files->CreateDirectories(identity_.folder));
  TRY(FinishSwaps(*context_->files, identity_.folder));
  SegmentList segments = TRY(ListSegments());

  // Recovery begins in the segment that the checkpoint names. When that one is gone (compaction, or
  // lost files), in the last before it, or the first of all.
  size_t first = 0;
  while (first + 1 < segments.size() && segments[first + 1]->base_offset() <= from.segment) ++first;
  if (segments.empty() || segments[first]->base_offset() != from.segment) from.position = 0;
  // What recovery changes is not safe, wherever the checkpoint believed it began: SyncSegments must
  // not pass over a segment that stands before.
  if (!segments.empty() && segments[first]->base_offset() < from.segment) {
    checkpoint_.segment = segments[first]->base_offset();
    checkpoint_.position = 0;
  }
  if (!from.producers.empty()) {
    auto producers = ProducerState::FromSnapshot(from.producers);
    if (producers.ok()) {
      producers_ = std::move(*producers);
    } else {
      LOG_WARN("the snapshot of producers cannot be read; they are known from the log only",
               {{"partition", identity_.name.ToString()}, {"error", producers.error().message()}});
    }
  }

  log_end_ = from.log_start;
  for (size_t i = first; i < segments.size(); ++i) {
    Segment& segment = *segments[i];
    // Past the recovery point nothing is missing between two segments, so one that does not follow
    // is what a crash happened to leave of those that were not safe. The journal has what was.
    const bool follows = segment.base_offset() <= std::max(log_end_, from.recovery) &&
                         (i == first || segment.base_offset() >= log_end_);
    if (follows) {
      log_end_ = std::max(log_end_, segment.base_offset());
      if (TRY(RecoverSegment(segment, from.recovery, i == first ? from.position : 0))) continue;
    }
    for (size_t j = follows ? i + 1 : i; j < segments.size(); ++j) {
      LOG_WARN("a segment behind a torn end is removed",
               {{"partition", identity_.name.ToString()},
                {"base_offset", segments[j]->base_offset().get()},
                {"bytes", static_cast<int64_t>(segments[j]->size_bytes())}});
      TRY(segments[j]->RemoveFiles());
    }
    // They must not come back beside what takes their place.
    TRY(context_->files->SyncDirectory(identity_.folder));
    segments.resize(follows ? i + 1 : i);
    dirty_ = true;
  }
  if (segments.empty()) log_end_ = std::max(from.log_start, from.recovery);
  if (log_end_ < from.recovery) {
    LOG_ERROR("records that were safe on the disk are gone",
              {{"partition", identity_.name.ToString()},
               {"log_end", log_end_.get()},
               {"was_safe_to", from.recovery.get()}});
    dirty_ = true;
  }
  for (size_t i = 0; i + 1 < segments.size(); ++i) {
    if (i >= first) TRY(segments[i]->Seal());
  }
  if (!segments.empty()) active_ = segments.back();
  segments = TRY(WithArchived(std::move(segments), from.log_start));
  ends_.log_start = std::max(
      from.log_start, segments.empty() ? log_end_ : segments.front()->base_offset());
  segments_ = std::make_shared<const SegmentList>(std::move(segments));
  // The archive is all there is: what is appended needs a segment behind it.
  if (active_ == nullptr && !segments_->empty()) TRY(RollLocked());
  Publish(log_end_);
  return {};
}

base::Result<bool> StoredPartition::RecoverSegment(Segment& segment, Offset recovery,
                                                   uint64_t position) {
  const uint64_t size = segment.size_bytes();
  const int32_t interval = config_->index_interval_bytes;
  const uint64_t begin = TRY(segment.ResumeIndexes(std::min(position, size)));
  TRY(segment.CutAborted(std::max(recovery, segment.base_offset())));
  SegmentScan scan(&segment, begin, size);
  uint64_t good = begin;
  Offset next = segment.base_offset();
  while (const auto batch = TRY(scan.Next())) {
    // Before the recovery point the indexes only want to know what stands there.
    if (good >= position &&
        (batch->base_offset() < next || !CheckBatch(batch->bytes()).ok())) {
      break;
    }
    segment.Note(batch->bytes(), good, interval);
    next = batch->next_offset();
    if (batch->base_offset() >= recovery) {
      ApplyToProducers(*batch, segment);
      dirty_ = true;
    }
    good = scan.position();
  }
  log_end_ = std::max(log_end_, next);
  if (good == size) return true;
  LOG_WARN("a torn end of a partition is cut off",
           {{"partition", identity_.name.ToString()},
            {"offset", log_end_.get()},
            {"bytes", static_cast<int64_t>(size - good)}});
  TRY(segment.Cut(good));
  dirty_ = true;
  return false;
}

base::Result<void> StoredPartition::Replay(const JournalEntry& entry) {
  if (entry.base_offset > log_end_) {
    LOG_ERROR("the journal goes on behind the end of a partition; what is between is lost",
              {{"partition", identity_.name.ToString()},
               {"log_end", log_end_.get()},
               {"journal", entry.base_offset.get()}});
    return {};
  }
  BatchWalk walk(entry.batches);
  while (const auto batch = walk.Next()) {
    if (batch->next_offset() <= log_end_) continue;
    // Nothing is left, and the log starts within this batch.
    const bool empty = active_ == nullptr || active_->size_bytes() == 0;
    if (empty && batch->base_offset() < log_end_) log_end_ = batch->base_offset();
    if (batch->base_offset() != log_end_ || !CheckBatch(batch->bytes()).ok()) {
      return base::Corruption("the journal disagrees with " + identity_.name.ToString() +
                              " at offset " + std::to_string(log_end_.get()));
    }
    TRY(RollIfDue(batch->bytes(), *config_));
    TRY(active_->Append(batch->bytes(), config_->index_interval_bytes));
    dirty_ = true;
    ApplyToProducers(*batch, *active_);
    log_end_ = batch->next_offset();
    Publish(log_end_);
  }
  return {};
}

void StoredPartition::FinishRecovery() {
  const std::lock_guard lock(view_mutex_);
  ends_.log_end = log_end_;
  ends_.log_start = std::min(ends_.log_start, log_end_);
  ends_.high_watermark = log_end_;
  UpdateStable();
}

}  // namespace logs
