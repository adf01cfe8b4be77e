#include "log/storage/stored_partition.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/limits.h"
#include "base/log.h"
#include "log/record/record_batch.h"

namespace logs {
namespace {

std::string_view AsText(std::span<const char> bytes) { return {bytes.data(), bytes.size()}; }

Compression CodecOf(TopicCompression compression) {
  switch (compression) {
    case TopicCompression::kProducer:
    case TopicCompression::kUncompressed:
      return Compression::kNone;
    case TopicCompression::kGzip:
      return Compression::kGzip;
    case TopicCompression::kSnappy:
      return Compression::kSnappy;
    case TopicCompression::kLz4:
      return Compression::kLz4;
    case TopicCompression::kZstd:
      return Compression::kZstd;
  }
  return Compression::kNone;
}

// The same records in another compression.
base::Result<std::string> Recompress(const BatchView& batch, Compression compression) {
  RecordReader records = TRY(RecordReader::Open(batch, base::limits::kRecordsBytesMax));
  BatchBuilder builder({.compression = compression,
                        .base_offset = batch.base_offset(),
                        .producer_id = batch.producer_id(),
                        .producer_epoch = batch.producer_epoch(),
                        .base_sequence = batch.base_sequence(),
                        .transactional = batch.transactional(),
                        .base_timestamp = batch.base_timestamp()});
  while (const auto record = records.Next()) {
    RecordView copy = *record;
    copy.offset = batch.base_offset() + record->offset_delta;
    builder.AppendCopy(copy);
  }
  if (records.failed()) return base::Corruption("a record of the batch is malformed");
  builder.SetLastOffsetDelta(batch.last_offset_delta());
  builder.SetMaxTimestamp(batch.max_timestamp());
  return std::move(builder).Finish();
}

}  // namespace

void StorageContext::SetTrouble(const base::Error& error) {
  const std::lock_guard lock(trouble_mutex);
  trouble = error;
  has_trouble = true;
}

void StorageContext::ClearTrouble() {
  if (!has_trouble) return;
  const std::lock_guard lock(trouble_mutex);
  trouble.reset();
  has_trouble = false;
}

std::optional<base::Error> StorageContext::Trouble() const {
  const std::lock_guard lock(trouble_mutex);
  return trouble;
}

StoredPartition::StoredPartition(StorageContext* context, PartitionIdentity identity,
                                 std::shared_ptr<const TopicConfig> config)
    : context_(context),
      identity_(std::move(identity)),
      config_(std::move(config)),
      segments_(std::make_shared<const SegmentList>()) {
  checkpoint_.topic_id = identity_.topic_id;
  checkpoint_.partition = identity_.name.partition;
}

// --- appending ----------------------------------------------------------------------------------

AppendResult StoredPartition::Fail(ErrorCode error, std::string message) const {
  return {.error = error, .message = std::move(message), .log_start_offset = Ends().log_start};
}

StoredPartition::Checked StoredPartition::Check(const AppendRequest& request,
                                                const TopicConfig& config, int64_t now_ms) const {
  const auto refused = [](ErrorCode error, std::string message) {
    return Checked{.error = error, .message = std::move(message)};
  };
  const bool from_client = request.origin == AppendOrigin::kClient;
  const std::string_view bytes = AsText(request.batches);
  BatchWalk walk(bytes);
  Checked checked{.batches = request.batches};
  bool recompress = false;
  const Compression codec = CodecOf(config.compression);
  size_t num_batches = 0;
  while (const auto batch = walk.Next()) {
    ++num_batches;
    if (BatchCheck check = CheckBatch(batch->bytes()); !check.ok()) {
      return refused(check.error, std::move(check.message));
    }
    if (!from_client) continue;
    if (BatchCheck check = CheckClientBatch(*batch); !check.ok()) {
      return refused(check.error, std::move(check.message));
    }
    if (batch->bytes().size() > static_cast<uint64_t>(config.max_message_bytes)) {
      return refused(ErrorCode::kMessageTooLarge,
                     "a record batch of " + std::to_string(batch->bytes().size()) +
                         " bytes; max.message.bytes of the topic is " +
                         std::to_string(config.max_message_bytes));
    }
    if (config.cleanup_compact) {
      if (BatchCheck check = CheckRecords(*batch, KeysNeeded::kYes); !check.ok()) {
        return refused(check.error, std::move(check.message));
      }
    }
    if (config.timestamp_type == TimestampType::kCreateTime &&
        batch->max_timestamp() != kNoTimestamp) {
      const int64_t newest = batch->max_timestamp();
      const int64_t oldest = std::min(batch->base_timestamp(), newest);
      const bool too_new = newest > now_ms && newest - now_ms > config.timestamp_after_max_ms;
      const bool too_old = oldest < now_ms && now_ms - oldest > config.timestamp_before_max_ms;
      if (too_new || too_old) {
        return refused(ErrorCode::kInvalidTimestamp,
                       "a record's timestamp is too far from the time of the broker");
      }
    }
    recompress = recompress || (config.compression != TopicCompression::kProducer &&
                                batch->compression() != codec);
  }
  if (num_batches == 0 || walk.position() != bytes.size()) {
    return refused(ErrorCode::kCorruptMessage, "the bytes are not whole record batches");
  }
  if (!recompress) return checked;
  BatchWalk again(bytes);
  while (const auto batch = again.Next()) {
    if (batch->compression() == codec) {
      checked.rewritten += batch->bytes();
      continue;
    }
    auto rewritten = Recompress(*batch, codec);
    if (!rewritten.ok()) {
      return refused(ErrorCode::kCorruptMessage, rewritten.error().message());
    }
    checked.rewritten += *rewritten;
  }
  return checked;
}

AppendResult StoredPartition::Append(const AppendRequest& request) {
  const auto config = this->config();
  Checked checked = Check(request, *config, context_->clock->NowUnixMs());
  if (checked.error != ErrorCode::kNone) return Fail(checked.error, std::move(checked.message));
  if (!checked.rewritten.empty()) checked.batches = checked.rewritten;
  if (auto admitted = context_->commits->Admit(); !admitted.ok()) {
    return Fail(ErrorCode::kKafkaStorageError, admitted.error().message());
  }

  const std::lock_guard lock(append_mutex_);
  if (!alive_) return Fail(ErrorCode::kUnknownTopicOrPartition, "the topic was deleted");
  ProducerCheck check = producers_.Check(AsText(checked.batches), request.origin);
  if (!check.ok()) return Fail(check.error, std::move(check.message));
  if (check.duplicate.has_value()) {
    return {.base_offset = check.duplicate->base_offset,
            .last_offset = check.duplicate->last_offset,
            .log_append_time_ms = config->timestamp_type == TimestampType::kLogAppendTime
                                      ? check.duplicate->timestamp_ms
                                      : -1,
            .log_start_offset = Ends().log_start,
            .ticket = last_ticket_};
  }
  return AppendLocked(checked.batches, *config);
}

AppendResult StoredPartition::AppendMarker(const Marker& marker) {
  const auto config = this->config();
  if (auto admitted = context_->commits->Admit(); !admitted.ok()) {
    return Fail(ErrorCode::kKafkaStorageError, admitted.error().message());
  }
  const std::lock_guard lock(append_mutex_);
  if (!alive_) return Fail(ErrorCode::kUnknownTopicOrPartition, "the topic was deleted");
  ProducerCheck check = producers_.CheckMarker(marker);
  if (!check.ok()) return Fail(check.error, std::move(check.message));
  std::string batch = BuildMarkerBatch(
      {.producer_id = marker.producer_id,
       .producer_epoch = marker.producer_epoch,
       .timestamp_ms = context_->clock->NowUnixMs()},
      {.commit = marker.commit, .coordinator_epoch = marker.coordinator_epoch});
  return AppendLocked(batch, *config);
}

AppendResult StoredPartition::AppendLocked(std::span<char> batches, const TopicConfig& config) {
  AppendResult result{.base_offset = log_end_};
  const bool stamps = config.timestamp_type == TimestampType::kLogAppendTime;
  const int64_t now_ms = stamps ? context_->clock->NowUnixMs() : -1;
  Offset next = log_end_;
  for (size_t begin = 0; begin < batches.size();) {
    const size_t size = *BatchSize(AsText(batches.subspan(begin)));
    const std::span<char> batch = batches.subspan(begin, size);
    SetBaseOffset(batch, next);
    SetLeaderEpoch(batch, 0);
    if (stamps) SetLogAppendTime(batch, now_ms);
    next = BatchView(AsText(batch)).next_offset();
    begin += size;
  }

  const std::string_view bytes = AsText(batches);
  const auto write = [&]() -> base::Result<void> {
    TRY(RollIfDue(bytes, config));
    return active_->Append(bytes, config.index_interval_bytes);
  };
  if (auto written = write(); !written.ok()) {
    context_->SetTrouble(written.error());
    return Fail(ErrorCode::kKafkaStorageError, written.error().message());
  }
  context_->ClearTrouble();
  dirty_ = true;

  BatchWalk walk(bytes);
  while (const auto batch = walk.Next()) {
    ApplyToProducers(*batch, *active_);
  }
  log_end_ = next;
  result.last_offset = Offset(next.get() - 1);
  result.log_append_time_ms = now_ms;
  Publish(next);
  if (journaled()) {
    result.ticket = context_->commits->Add(shared_from_this(), group_slot_,
                                           {.topic_id = identity_.topic_id,
                                            .partition = identity_.name.partition,
                                            .base_offset = result.base_offset,
                                            .batches = bytes},
                                           next);
    last_ticket_ = result.ticket;
  } else {
    context_->unjournaled_bytes += bytes.size();
    AdvanceHighWatermark(next);
  }
  result.log_start_offset = Ends().log_start;
  return result;
}

void StoredPartition::ApplyToProducers(const BatchView& batch, Segment& segment) {
  const auto completed = producers_.Apply(batch);
  if (!completed.has_value() || !completed->aborted) return;
  segment.AddAborted({.producer_id = completed->producer_id,
                      .first_offset = completed->first_offset,
                      .last_offset = completed->last_offset,
                      .last_stable_offset = completed->last_stable_offset});
}

base::Result<void> StoredPartition::RollIfDue(std::string_view batches,
                                              const TopicConfig& config) {
  if (active_ == nullptr) return RollLocked();
  const uint64_t size = active_->size_bytes();
  if (size == 0) return {};
  const auto room = std::min<uint64_t>(static_cast<uint64_t>(config.segment_bytes),
                                       std::numeric_limits<int32_t>::max());
  BatchWalk walk(batches);
  int64_t newest = kNoTimestamp;
  Offset last = log_end_;
  while (const auto batch = walk.Next()) {
    newest = std::max(newest, batch->max_timestamp());
    last = batch->last_offset();
  }
  const int64_t first = active_->first_timestamp_ms();
  const bool too_old = first >= 0 && newest >= 0 && newest - first > SegmentAgeMax(config);
  const bool too_far = last - active_->base_offset() > std::numeric_limits<int32_t>::max();
  if (size + batches.size() <= room && !too_old && !too_far &&
      !active_->IndexIsFull(config.segment_index_bytes)) {
    return {};
  }
  return RollLocked();
}

base::Result<void> StoredPartition::RollLocked() {
  if (active_ != nullptr) TRY(active_->Seal());
  auto next = std::make_shared<Segment>(context_->files, identity_.folder,
                                        SegmentFiles{.base_offset = log_end_});
  TRY(next->Pin());
  const std::lock_guard lock(view_mutex_);
  auto list = std::make_shared<SegmentList>(*segments_);
  list->push_back(next);
  segments_ = std::move(list);
  active_ = std::move(next);
  active_bytes_ = 0;
  names_dirty_ = true;
  return {};
}

base::Result<void> StoredPartition::Roll() {
  const std::lock_guard lock(append_mutex_);
  if (active_ == nullptr || active_->size_bytes() == 0) return {};
  return RollLocked();
}

// --- what readers see ---------------------------------------------------------------------------

Offset StoredPartition::LastStable(const std::optional<Offset>& undecided, Offset log_start,
                                   Offset high_watermark) {
  if (!undecided.has_value()) return high_watermark;
  return std::min(high_watermark, std::max(log_start, *undecided));
}

void StoredPartition::UpdateStable() {
  while (undecided_.size() > 1 && undecided_[1].end <= ends_.high_watermark) {
    undecided_.pop_front();
  }
  std::optional<Offset> first;
  if (!undecided_.empty() && undecided_.front().end <= ends_.high_watermark) {
    first = undecided_.front().first_undecided;
  }
  ends_.last_stable = LastStable(first, ends_.log_start, ends_.high_watermark);
}

void StoredPartition::Publish(Offset end) {
  const auto undecided = producers_.FirstUndecided();
  const std::lock_guard lock(view_mutex_);
  ends_.log_end = end;
  active_bytes_ = active_ == nullptr ? 0 : active_->size_bytes();
  const bool same = undecided_.empty() ? !undecided.has_value()
                                       : undecided_.back().first_undecided == undecided;
  if (!same) undecided_.push_back({end, undecided});
}

void StoredPartition::AdvanceHighWatermark(Offset end) {
  {
    const std::lock_guard lock(view_mutex_);
    if (end <= ends_.high_watermark) return;
    ends_.high_watermark = end;
    UpdateStable();
    if (watchers_.empty()) return;
  }
  Notify();
}

void StoredPartition::Notify() {
  std::vector<std::weak_ptr<Watcher>> watchers;
  {
    const std::lock_guard lock(view_mutex_);
    watchers.swap(watchers_);
    watchers_sweep_at_ = 0;
  }
  for (const auto& weak : watchers) {
    if (const auto watcher = weak.lock()) watcher->Notify();
  }
}

void StoredPartition::Watch(const std::shared_ptr<Watcher>& watcher) {
  {
    const std::lock_guard lock(view_mutex_);
    if (alive_) {
      if (watchers_.size() >= std::max(watchers_sweep_at_, base::limits::kWatchersSweep)) {
        std::erase_if(watchers_, [](const auto& weak) { return weak.expired(); });
        watchers_sweep_at_ = 2 * watchers_.size();
      }
      watchers_.push_back(watcher);
      return;
    }
  }
  watcher->Notify();
}

void StoredPartition::Kill() {
  {
    // Appends that are under way end first.
    const std::lock_guard append_lock(append_mutex_);
    const std::lock_guard lock(view_mutex_);
    alive_ = false;
  }
  Notify();
}

PartitionEnds StoredPartition::Ends() const {
  const std::lock_guard lock(view_mutex_);
  return ends_;
}

uint64_t StoredPartition::SizeBytes() const {
  uint64_t size = 0;
  for (const auto& segment : *segments()) {
    if (IsLocal(*segment)) size += segment->size_bytes();
  }
  return size;
}

std::vector<ProducerDescription> StoredPartition::Producers() const {
  const std::lock_guard lock(append_mutex_);
  return producers_.Describe();
}

std::shared_ptr<const SegmentList> StoredPartition::segments() const {
  const std::lock_guard lock(view_mutex_);
  return segments_;
}

// --- configuration and durability ---------------------------------------------------------------

std::shared_ptr<const TopicConfig> StoredPartition::config() const {
  const std::lock_guard lock(view_mutex_);
  return config_;
}

FlushPolicy StoredPartition::flush_policy() const {
  const std::lock_guard lock(view_mutex_);
  const auto& own = config_->flush_policy;
  if (!own.has_value()) return context_->flush;
  if (*own == "always") return FlushPolicy::kAlways;
  return *own == "interval" ? FlushPolicy::kInterval : FlushPolicy::kNever;
}

base::Result<void> StoredPartition::SetConfig(std::shared_ptr<const TopicConfig> config) {
  const bool was_journaled = journaled();
  {
    const std::lock_guard append_lock(append_mutex_);
    const std::lock_guard lock(view_mutex_);
    config_ = std::move(config);
  }
  // From here on the journal holds what is appended; what came before must not be a gap behind it.
  if (!was_journaled && journaled()) {
    TRY(SyncSegments());
    return context_->save_checkpoints();
  }
  return {};
}

base::Result<void> StoredPartition::SyncSegments() {
  const std::lock_guard sync_lock(sync_mutex_);
  if (!dirty_) return {};
  PartitionCheckpoint next;
  std::shared_ptr<const SegmentList> segments;
  bool names_dirty = false;
  {
    const std::lock_guard lock(append_mutex_);
    if (!alive_ || active_ == nullptr) return {};
    dirty_ = false;
    names_dirty = std::exchange(names_dirty_, false);
    next = {.topic_id = identity_.topic_id,
            .partition = identity_.name.partition,
            .recovery = log_end_,
            .segment = active_->base_offset(),
            .position = active_->size_bytes(),
            .producers = producers_.size() == 0 ? std::string() : producers_.Snapshot()};
    segments = this->segments();
  }
  const auto sync = [&]() -> base::Result<void> {
    for (const auto& segment : *segments) {
      if (segment->base_offset() < checkpoint().segment || !segment->dirty()) continue;
      if (IsLocal(*segment)) TRY(segment->Sync());
    }
    if (names_dirty) TRY(context_->files->SyncDirectory(identity_.folder));
    return {};
  };
  if (auto synced = sync(); !synced.ok()) {
    if (!alive_) return {};  // the files went with the topic
    {
      const std::lock_guard lock(append_mutex_);
      names_dirty_ = names_dirty_ || names_dirty;
      dirty_ = true;
    }
    // A sync that failed may have dropped what it should have written.
    for (const auto& segment : *segments) {
      if (segment->sync_failed()) context_->commits->Break(synced.error());
    }
    return synced;
  }
  const std::lock_guard lock(view_mutex_);
  next.log_start = ends_.log_start;
  checkpoint_ = std::move(next);
  return {};
}

PartitionCheckpoint StoredPartition::checkpoint() const {
  const std::lock_guard lock(view_mutex_);
  return checkpoint_;
}

base::Result<Offset> StoredPartition::DeleteRecords(Offset offset) {
  {
    const std::lock_guard lock(view_mutex_);
    if (offset == kNoOffset) offset = ends_.high_watermark;
    if (offset > ends_.high_watermark || offset < Offset(0)) {
      return base::InvalidArgument("offset " + std::to_string(offset.get()) +
                                   " is beyond the high watermark");
    }
  }
  TRY(MoveLogStart(offset));
  return Ends().log_start;
}

base::Result<void> StoredPartition::MoveLogStart(Offset offset) {
  const std::lock_guard house_lock(house_mutex_);
  {
    const std::lock_guard append_lock(append_mutex_);
    const std::lock_guard lock(view_mutex_);
    CHECK(offset <= ends_.high_watermark);
    if (offset <= ends_.log_start) return {};
    ends_.log_start = offset;
    checkpoint_.log_start = offset;
    UpdateStable();
  }
  TRY(context_->save_checkpoints());

  // A segment goes when the next one begins at or before the log start.
  SegmentList gone;
  {
    const std::lock_guard append_lock(append_mutex_);
    const std::lock_guard lock(view_mutex_);
    auto kept = std::make_shared<SegmentList>();
    for (size_t i = 0; i < segments_->size(); ++i) {
      const bool last = i + 1 == segments_->size();
      if (!last && (*segments_)[i + 1]->base_offset() <= ends_.log_start) {
        gone.push_back((*segments_)[i]);
      } else {
        kept->push_back((*segments_)[i]);
      }
    }
    if (gone.empty()) return {};
    segments_ = std::move(kept);
  }
  // Readers that still hold them go on with open files.
  for (const auto& segment : gone) {
    if (!IsLocal(*segment)) continue;  // KeepHouse's
    TRY(segment->Pin());
    TRY(segment->RemoveFiles());
  }
  // A removed segment that came back without the ones behind it would leave a gap.
  return context_->files->SyncDirectory(identity_.folder);
}

void StoredPartition::CloseIdleFiles() {
  const auto segments = this->segments();
  for (size_t i = 0; i + 1 < segments->size(); ++i) (*segments)[i]->CloseFiles();
}

}  // namespace logs
