// The housekeeping half of StoredPartition: retention, the archive, compaction, producers that fell
// silent.
#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/log.h"
#include "log/storage/compaction.h"
#include "log/storage/retention.h"
#include "log/storage/stored_partition.h"

namespace logs {

base::Result<void> StoredPartition::KeepHouse(Retention retention) {
  const auto config = this->config();
  const int64_t now_ms = context_->clock->NowUnixMs();
  const auto keep = [&]() -> base::Result<void> {
    if (retention == Retention::kDue) TRY(Retain(*config, now_ms));
    TRY(KeepArchive(*config, now_ms));
    return Compact(*config, now_ms);
  };
  if (auto kept = keep(); !kept.ok() && alive_) return std::move(kept).With(name().ToString());
  const std::lock_guard lock(append_mutex_);
  producers_.Expire(now_ms, kProducerExpirationMs);
  return {};
}

base::Result<std::vector<SegmentAge>> StoredPartition::SegmentAges() const {
  const View view = CurrentView();
  const SegmentList& segments = *view.segments;
  std::vector<SegmentAge> ages;
  for (size_t i = 0; i < segments.size(); ++i) {
    const bool last = i + 1 == segments.size();
    SegmentAge age{.base_offset = segments[i]->base_offset(),
                   .end = last ? view.ends.log_end : segments[i + 1]->base_offset(),
                   .size_bytes = last ? view.active_bytes : segments[i]->size_bytes()};
    age.newest_ms = TRY(segments[i]->MaxTimestamp()).timestamp_ms;
    if (age.newest_ms < 0 && age.size_bytes > 0) {
      age.newest_ms =
          TRY(context_->files->Stat(segments[i]->PathOf(kLogSuffix))).modified_unix_ms;
    }
    ages.push_back(age);
  }
  return ages;
}

base::Result<void> StoredPartition::Retain(const TopicConfig& config, int64_t now_ms) {
  const RetentionLimits limits = RetentionOf(config, Ends().high_watermark);
  if (limits.retention_ms < 0 && limits.retention_bytes < 0) return {};
  const std::vector<SegmentAge> ages = TRY(SegmentAges());
  const size_t count = NumExpired(ages, limits, now_ms);
  if (count == 0) return {};
  // The last one is appended to: it goes when another has taken its place.
  if (count == ages.size()) TRY(Roll());
  LOG_INFO("segments have outlived their retention",
           {{"partition", name().ToString()},
            {"segments", static_cast<int64_t>(count)},
            {"log_start", ages[count - 1].end.get()}});
  return MoveLogStart(ages[count - 1].end);
}

// --- the archive --------------------------------------------------------------------------------

namespace {

// A file in the partition's folder: something of it is in the archive, whatever its configuration
// says by now.
constexpr std::string_view kArchivedMark = "/archived";

}  // namespace

std::shared_ptr<Segment> StoredPartition::Remote(const ArchivedSegment& segment) const {
  return std::make_shared<Segment>(
      context_->archive_files.get(), archive_->folder(),
      SegmentFiles{.base_offset = segment.base_offset,
                   .has_log = true,
                   .log_bytes = segment.log_bytes,
                   .offset_index_bytes = segment.offset_index_bytes,
                   .time_index_bytes = segment.time_index_bytes,
                   .transaction_index_bytes = segment.transaction_index_bytes});
}

base::Result<SegmentList> StoredPartition::WithArchived(SegmentList local, Offset log_start) {
  const bool marked =
      context_->files->Stat(identity_.folder + std::string(kArchivedMark)).ok();
  if (!marked && !config_->remote_storage_enable) return local;
  if (context_->archive == nullptr) {
    if (marked) {
      LOG_WARN("records of a partition are in an archive that is not configured",
               {{"partition", identity_.name.ToString()}});
    }
    return local;
  }
  archive_ =
      TRY(PartitionArchive::Open(context_->archive, identity_.topic_id, identity_.name));
  // A crash may have brought back any of the local copies that were given up.
  SegmentList all = std::move(local);
  for (const ArchivedSegment& segment : archive_->segments()) {
    log_end_ = std::max(log_end_, segment.end);
    const auto place = std::ranges::lower_bound(
        all, segment.base_offset, {}, [](const auto& each) { return each->base_offset(); });
    const bool is_local = place != all.end() && (*place)->base_offset() == segment.base_offset;
    if (!is_local && segment.end > log_start) all.insert(place, Remote(segment));
  }
  return all;
}

base::Result<void> StoredPartition::KeepArchive(const TopicConfig& config, int64_t now_ms) {
  if (context_->archive == nullptr) return {};
  if (archive_ == nullptr) {
    if (!config.remote_storage_enable) return {};
    archive_ =
        TRY(PartitionArchive::Open(context_->archive, identity_.topic_id, identity_.name));
  }
  TRY(archive_->Refresh());
  TRY(archive_->RemoveBefore(Ends().log_start));
  if (!config.remote_storage_enable) return {};
  TRY(ArchiveSegments());
  return DropLocal(config, now_ms);
}

base::Result<void> StoredPartition::ArchiveSegments() {
  const auto segments = this->segments();
  const Offset stable = Ends().last_stable;
  size_t num_added = 0;
  for (size_t i = 0; i + 1 < segments->size(); ++i) {
    const Segment& segment = *(*segments)[i];
    const Offset end = (*segments)[i + 1]->base_offset();
    const auto& archived = archive_->segments();
    if (!IsLocal(segment) || segment.size_bytes() == 0) continue;
    if (!archived.empty() && segment.base_offset() < archived.back().end) continue;
    if (end > stable || num_added == base::limits::kArchiveSegmentsPerTurn) return {};
    // Its files must be what a restart would find.
    if (end > checkpoint().segment) TRY(SyncSegments());
    if (end > checkpoint().segment) return {};
    TRY(env::WriteWhole(*context_->files, identity_.folder + std::string(kArchivedMark), ""));
    TRY(archive_->Add(*context_->files, segment, end));
    ++num_added;
  }
  return {};
}

base::Result<void> StoredPartition::DropLocal(const TopicConfig& config, int64_t now_ms) {
  const auto& archived = archive_->segments();
  if (archived.empty()) return {};
  const auto segments = this->segments();
  const std::vector<SegmentAge> ages = TRY(SegmentAges());
  if (ages.size() != segments->size()) return {};  // rolled meanwhile: another time
  SegmentList local;
  std::vector<SegmentAge> local_ages;
  for (size_t i = 0; i < ages.size(); ++i) {
    if (!IsLocal(*(*segments)[i])) continue;
    local.push_back((*segments)[i]);
    local_ages.push_back(ages[i]);
  }
  local.resize(NumExpired(local_ages, LocalRetentionOf(config, archived.back().end), now_ms));
  if (local.empty()) return {};

  const std::lock_guard house_lock(house_mutex_);
  SegmentList gone;
  {
    const std::lock_guard append_lock(append_mutex_);
    const std::lock_guard lock(view_mutex_);
    auto after = std::make_shared<SegmentList>(*segments_);
    for (auto& segment : *after) {
      const auto copy =
          std::ranges::find(archived, segment->base_offset(), &ArchivedSegment::base_offset);
      if (copy == archived.end() || std::ranges::find(local, segment) == local.end()) continue;
      gone.push_back(std::exchange(segment, Remote(*copy)));
    }
    segments_ = std::move(after);
    hints_.clear();
    next_hint_ = 0;
  }
  for (const auto& segment : gone) {
    TRY(segment->Pin());
    TRY(segment->RemoveFiles());
  }
  return {};
}

// --- compaction ---------------------------------------------------------------------------------

base::Result<void> StoredPartition::Compact(const TopicConfig& config, int64_t now_ms) {
  if (!config.cleanup_compact || segments()->size() < 2) return {};
  const std::string& folder = identity_.folder;
  if (!compaction_.has_value()) {
    compaction_ = TRY(LoadCompactionState(*context_->files, folder));
  }
  const auto plan_now = [&](Offset stable_end) {
    return PlanCompaction(*segments(), config, *compaction_, stable_end, now_ms);
  };
  if (!TRY(plan_now(Ends().last_stable)).has_value()) return {};
  // Recovery must not look for anything in a segment that compaction has replaced.
  TRY(SyncSegments());
  TRY(context_->save_checkpoints());
  const Offset recovered_from = checkpoint().segment;
  auto plan = TRY(plan_now(std::min(Ends().last_stable, recovered_from)));
  if (!plan.has_value()) return {};

  CompactionOptions options{.files = context_->files,
                            .folder = folder,
                            .config = config,
                            .now_ms = now_ms,
                            .seed = {.low = context_->seed, .high = context_->seed ^ 0x9e3779b9},
                            .map_bytes_max = base::limits::kCompactionMapBytesMax};
  for (const auto& segment : *segments()) {
    for (const AbortedEntry& entry : TRY(segment->AbortedEntries())) {
      if (entry.first_offset < plan->end) options.aborted.push_back(entry);
    }
  }
  {
    const std::lock_guard lock(append_mutex_);
    options.last_records = producers_.LastRecords();
  }
  const auto round = TRY(CompactionRound::Start(std::move(options), std::move(*plan)));
  while (const auto group = TRY(round->NextGroup())) {
    // Records deleted meanwhile: another time.
    if (!TRY(PutInPlace(*group))) return {};
  }
  TRY(SaveCompactionState(*context_->files, folder, round->state()));
  compaction_ = round->state();
  return {};
}

base::Result<bool> StoredPartition::PutInPlace(const CompactedGroup& group) {
  const std::lock_guard house_lock(house_mutex_);
  const auto before = segments();
  const auto first = std::ranges::find(*before, group.replaced.front());
  const auto count = static_cast<ptrdiff_t>(group.replaced.size());
  if (before->end() - first < count ||
      !std::equal(group.replaced.begin(), group.replaced.end(), first)) {
    return false;
  }
  for (const auto& segment : group.replaced) TRY(segment->Pin());
  const SegmentFiles on_disk = TRY(SwapIn(*context_->files, identity_.folder, group));
  auto compacted = std::make_shared<Segment>(context_->files, identity_.folder, on_disk);

  const std::lock_guard append_lock(append_mutex_);
  const std::lock_guard lock(view_mutex_);
  auto after = std::make_shared<SegmentList>();
  for (const auto& segment : *segments_) {
    if (segment == group.replaced.front()) after->push_back(compacted);
    if (std::ranges::find(group.replaced, segment) == group.replaced.end()) {
      after->push_back(segment);
    }
  }
  segments_ = std::move(after);
  hints_.clear();
  next_hint_ = 0;
  return true;
}

}  // namespace logs
