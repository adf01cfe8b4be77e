#include "log/storage/compaction.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/crc32c.h"
#include "base/limits.h"
#include "base/log.h"

namespace logs {

namespace {

using base::Result;

// Names in a partition's folder.
constexpr std::string_view kStateName = "compaction";
constexpr std::string_view kUnfinished = "compacting";  // a folder: a group being written
constexpr std::string_view kSwapPrefix = "compacted-";  // a folder: "compacted-<base>-<end>"
constexpr std::string_view kNewPrefix = ".tmp-swap-";   // a file on its way to its name

constexpr size_t kStateBytes = 2 + 8 + 8 + 4;
constexpr int16_t kStateVersion = 0;

constexpr std::array<std::string_view, 4> kSuffixes = {kOffsetIndexSuffix, kTimeIndexSuffix,
                                                       kTransactionIndexSuffix, kLogSuffix};

std::string SwapName(Offset base, Offset end) {
  return std::string(kSwapPrefix) + SegmentName(base) + "-" + SegmentName(end);
}

struct SwapRange {
  Offset base;
  Offset end;
};

std::optional<SwapRange> ParseSwapName(std::string_view name) {
  if (!name.starts_with(kSwapPrefix)) return std::nullopt;
  name.remove_prefix(kSwapPrefix.size());
  if (name.size() != 41 || name[20] != '-') return std::nullopt;
  const auto base = ParseSegmentName(name.substr(0, 20));
  const auto end = ParseSegmentName(name.substr(21));
  if (!base.has_value() || !end.has_value() || *end <= *base) return std::nullopt;
  return SwapRange{.base = *base, .end = *end};
}

Result<void> RemoveIfThere(env::Files& files, const std::string& path) {
  auto removed = files.Remove(path);
  if (!removed.ok() && removed.error().code() != base::Code::kNotFound) return removed;
  return {};
}

// The timestamp of the first batch; nullopt when the segment is empty.
Result<std::optional<int64_t>> FirstTimestamp(const Segment& segment) {
  SegmentScan scan(&segment, 0, segment.size_bytes());
  const auto batch = TRY(scan.Next());
  if (!batch.has_value()) return std::optional<int64_t>();
  return std::optional(batch->max_timestamp());
}

// Calls `visit` with every batch of the segment, checked. Stops early when it gives false.
template <typename Visit>
Result<bool> ForEachBatch(const Segment& segment, Visit visit) {
  SegmentScan scan(&segment, 0, segment.size_bytes());
  while (const auto batch = TRY(scan.Next())) {
    if (const BatchCheck check = CheckBatch(batch->bytes()); !check.ok()) {
      return base::Corruption(segment.PathOf(kLogSuffix) + " at byte " +
                              std::to_string(scan.position() - batch->bytes().size()) + ": " +
                              check.message);
    }
    if (!TRY(visit(*batch))) return false;
  }
  if (scan.position() != segment.size_bytes()) {
    return base::Corruption(segment.PathOf(kLogSuffix) + " at byte " +
                            std::to_string(scan.position()) + ": no record batch");
  }
  return true;
}

}  // namespace

// --- state --------------------------------------------------------------------------------------

Result<CompactionState> LoadCompactionState(env::Files& files, const std::string& folder) {
  const std::string path = folder + "/" + std::string(kStateName);
  const auto bytes = env::ReadWhole(files, path, kStateBytes);
  if (!bytes.ok()) {
    if (bytes.error().code() == base::Code::kIo) return bytes.error();
    return CompactionState();
  }
  base::ByteReader reader(bytes.value());
  const auto version = reader.BigEndian<int16_t>();
  CompactionState state;
  state.first_dirty = Offset(reader.BigEndian<int64_t>());
  state.next_horizon_ms = reader.BigEndian<int64_t>();
  const auto crc = reader.BigEndian<uint32_t>();
  if (reader.failed() || version != kStateVersion ||
      crc != base::Crc32c(std::string_view(bytes.value()).substr(0, kStateBytes - 4))) {
    return CompactionState();
  }
  return state;
}

Result<void> SaveCompactionState(env::Files& files, const std::string& folder,
                                 const CompactionState& state) {
  base::ByteWriter writer;
  writer.BigEndian(kStateVersion);
  writer.BigEndian(state.first_dirty.get());
  writer.BigEndian(state.next_horizon_ms);
  writer.BigEndian(base::Crc32c(writer.bytes()));
  return env::WriteWhole(files, folder + "/" + std::string(kStateName), writer.bytes());
}

// --- what is due --------------------------------------------------------------------------------

Result<std::optional<CompactionPlan>> PlanCompaction(const SegmentList& segments,
                                                     const TopicConfig& config,
                                                     const CompactionState& state,
                                                     Offset stable_end, int64_t now_ms) {
  const auto nothing = std::optional<CompactionPlan>();
  CompactionPlan plan;
  for (size_t i = 0; i + 1 < segments.size(); ++i) {
    const Offset end = segments[i + 1]->base_offset();
    if (end > stable_end) break;
    if (config.min_compaction_lag_ms > 0) {
      const int64_t newest = TRY(segments[i]->MaxTimestamp()).timestamp_ms;
      if (newest > now_ms - config.min_compaction_lag_ms) break;
    }
    plan.segments.push_back(segments[i]);
    plan.end = end;
  }
  if (plan.segments.empty()) return nothing;
  plan.first_dirty =
      std::clamp(state.first_dirty, plan.segments.front()->base_offset(), plan.end);

  uint64_t clean_bytes = 0;
  uint64_t dirty_bytes = 0;
  std::optional<int64_t> oldest_dirty;
  for (size_t i = 0; i < plan.segments.size(); ++i) {
    const Offset end =
        i + 1 < plan.segments.size() ? plan.segments[i + 1]->base_offset() : plan.end;
    const uint64_t bytes = plan.segments[i]->size_bytes();
    if (end <= plan.first_dirty) {
      clean_bytes += bytes;
      continue;
    }
    dirty_bytes += bytes;
    if (!oldest_dirty.has_value()) oldest_dirty = TRY(FirstTimestamp(*plan.segments[i]));
  }
  const bool too_old = oldest_dirty.has_value() && *oldest_dirty >= 0 &&
                       now_ms - *oldest_dirty > config.max_compaction_lag_ms;
  const bool dirty_enough =
      dirty_bytes > 0 && static_cast<double>(dirty_bytes) >
                             config.min_cleanable_dirty_ratio *
                                 static_cast<double>(clean_bytes + dirty_bytes);
  if (!too_old && !dirty_enough && state.next_horizon_ms > now_ms) return nothing;
  return std::optional(std::move(plan));
}

// --- one round ----------------------------------------------------------------------------------

CompactionRound::CompactionRound(CompactionOptions options, CompactionPlan plan)
    : options_(std::move(options)),
      plan_(std::move(plan)),
      keys_(options_.map_bytes_max, options_.seed) {}

Result<std::unique_ptr<CompactionRound>> CompactionRound::Start(CompactionOptions options,
                                                                CompactionPlan plan) {
  TRY(FinishSwaps(*options.files, options.folder));
  std::unique_ptr<CompactionRound> round(
      new CompactionRound(std::move(options), std::move(plan)));
  TRY(round->MapAllKeys());
  const CompactionOptions& given = round->options_;
  round->filter_.emplace(FilterOptions{.now_ms = given.now_ms,
                                       .delete_retention_ms = given.config.delete_retention_ms,
                                       .mapped_end = round->mapped_end_,
                                       .last_records = given.last_records},
                         &round->keys_, TransactionOutcomes(given.aborted));
  return round;
}

Result<void> CompactionRound::MapAllKeys() {
  TransactionOutcomes outcomes(options_.aborted);
  mapped_end_ = plan_.first_dirty;
  for (size_t i = 0; i < plan_.segments.size(); ++i) {
    const Segment& segment = *plan_.segments[i];
    const Offset end =
        i + 1 < plan_.segments.size() ? plan_.segments[i + 1]->base_offset() : plan_.end;
    if (end <= plan_.first_dirty) continue;
    const bool all = TRY(ForEachBatch(segment, [&](const BatchView& batch) -> Result<bool> {
      if (!TRY(MapKeys(batch, plan_.first_dirty, outcomes, keys_))) return false;
      mapped_end_ = std::max(mapped_end_, batch.next_offset());
      return true;
    }));
    if (!all) {
      // The rest is the next round's.
      if (mapped_end_ > plan_.first_dirty) return {};
      return base::Unsupported("the keys of one batch do not fit into the map of " +
                               std::to_string(options_.map_bytes_max) + " bytes");
    }
    mapped_end_ = end;
  }
  return {};
}

SegmentList CompactionRound::TakeGroup() {
  SegmentList group;
  uint64_t bytes = 0;
  const auto end_of = [&](size_t i) {
    return i + 1 < plan_.segments.size() ? plan_.segments[i + 1]->base_offset() : plan_.end;
  };
  for (; next_ < plan_.segments.size(); ++next_) {
    const auto& segment = plan_.segments[next_];
    if (segment->base_offset() >= mapped_end_ && mapped_end_ < plan_.end) {
      next_ = plan_.segments.size();  // not mapped: not this round's
      break;
    }
    if (!group.empty() &&
        (bytes + segment->size_bytes() > static_cast<uint64_t>(options_.config.segment_bytes) ||
         end_of(next_) - group.front()->base_offset() > std::numeric_limits<int32_t>::max())) {
      break;
    }
    bytes += segment->size_bytes();
    group.push_back(segment);
  }
  return group;
}

Result<std::optional<CompactedGroup>> CompactionRound::NextGroup() {
  while (true) {
    SegmentList group = TakeGroup();
    if (group.empty()) return std::optional<CompactedGroup>();
    const Offset end =
        next_ < plan_.segments.size() && plan_.segments[next_ - 1] == group.back()
            ? plan_.segments[next_]->base_offset()
            : plan_.end;
    CompactedGroup compacted;
    compacted.base = group.front()->base_offset();
    compacted.end = end;
    const bool changed = TRY(Rewrite(group));
    if (!changed) {
      TRY(options_.files->RemoveTree(options_.folder + "/" + std::string(kUnfinished)));
      continue;
    }
    compacted.replaced = std::move(group);
    return std::optional(std::move(compacted));
  }
}

Result<bool> CompactionRound::Rewrite(const SegmentList& group) {
  const std::string folder = options_.folder + "/" + std::string(kUnfinished);
  TRY(options_.files->RemoveTree(folder));
  TRY(options_.files->CreateDirectories(folder));
  Segment rewritten(options_.files, folder, {.base_offset = group.front()->base_offset()});

  bool changed = group.size() > 1;
  std::string pending;  // batches not written yet
  const auto flush = [&]() -> Result<void> {
    if (pending.empty()) return {};
    TRY(rewritten.Append(pending, options_.config.index_interval_bytes));
    pending.clear();
    return {};
  };
  // The last batch of the group stays in any case: the group's segment is never empty, and its
  // offsets reach as far as before.
  std::string held;
  const auto take = [&](const BatchView& batch, EmptyBatch empty) -> Result<void> {
    CompactionFilter::Outcome outcome = TRY(filter_->Filter(batch, empty));
    if (outcome.horizon_ms.has_value()) {
      next_horizon_ms_ = std::min(next_horizon_ms_, *outcome.horizon_ms);
    }
    if (outcome.aborted.has_value()) rewritten.AddAborted(*outcome.aborted);
    switch (outcome.action) {
      case CompactionFilter::Outcome::Action::kKeep:
        pending += batch.bytes();
        break;
      case CompactionFilter::Outcome::Action::kReplace:
        changed = true;
        pending += outcome.replacement;
        break;
      case CompactionFilter::Outcome::Action::kDrop:
        changed = true;
        break;
    }
    if (pending.size() >= base::limits::kSegmentScanBytes) TRY(flush());
    return {};
  };
  for (const auto& segment : group) {
    TRY(ForEachBatch(*segment, [&](const BatchView& batch) -> Result<bool> {
      if (!held.empty()) TRY(take(BatchView(held), EmptyBatch::kDrop));
      held = batch.bytes();
      return true;
    }));
  }
  if (!held.empty()) TRY(take(BatchView(held), EmptyBatch::kKeep));
  TRY(flush());
  if (!changed) return false;

  TRY(rewritten.Seal());
  TRY(rewritten.Sync());
  // Every file is there, so that each replaces its forerunner when the group is swapped in.
  for (const std::string_view suffix : kSuffixes) {
    const std::string path = rewritten.PathOf(suffix);
    const auto file = TRY(options_.files->OpenRandom(path, env::WriteMode::kAppend));
    TRY(file->Sync());
  }
  TRY(options_.files->SyncDirectory(folder));
  return true;
}

CompactionState CompactionRound::state() const {
  CHECK(next_ == plan_.segments.size());
  CompactionState state{.first_dirty = mapped_end_, .next_horizon_ms = next_horizon_ms_};
  return state;
}

// --- swapping -----------------------------------------------------------------------------------

namespace {

// Everything in it can be done again from the start: the swap folder stays whole until all else is
// safe. Links, not renames, take the files out of it, so that no crash leaves one in neither place.
Result<void> FinishSwap(env::Files& files, const std::string& folder, const std::string& name,
                        const SwapRange& range) {
  const std::string swap = folder + "/" + name;
  for (const std::string_view suffix : kSuffixes) {
    const std::string file = SegmentName(range.base) + std::string(suffix);
    const std::string temporary = folder + "/" + std::string(kNewPrefix) + file;
    TRY(RemoveIfThere(files, temporary));
    auto linked = files.Link(swap + "/" + file, temporary);
    // Removed by an earlier attempt that had brought it to its place.
    if (!linked.ok() && linked.error().code() == base::Code::kNotFound) continue;
    TRY(std::move(linked));
    TRY(files.Rename(temporary, folder + "/" + file));
  }
  TRY(files.SyncDirectory(folder));
  for (const env::FileInfo& file : TRY(files.List(folder))) {
    const size_t dot = file.name.find('.');
    if (file.is_directory || dot == std::string::npos) continue;
    const auto base = ParseSegmentName(std::string_view(file.name).substr(0, dot));
    if (base.has_value() && *base > range.base && *base < range.end &&
        std::ranges::find(kSuffixes, std::string_view(file.name).substr(dot)) != kSuffixes.end()) {
      TRY(RemoveIfThere(files, folder + "/" + file.name));
    }
  }
  TRY(files.SyncDirectory(folder));
  TRY(files.RemoveTree(swap));
  // Came it back after the next change, it would undo that.
  return files.SyncDirectory(folder);
}

}  // namespace

Result<SegmentFiles> SwapIn(env::Files& files, const std::string& folder,
                            const CompactedGroup& group) {
  const std::string name = SwapName(group.base, group.end);
  TRY(files.Rename(folder + "/" + std::string(kUnfinished), folder + "/" + name));
  TRY(files.SyncDirectory(folder));
  TRY(FinishSwap(files, folder, name, {.base = group.base, .end = group.end}));
  SegmentFiles on_disk{.base_offset = group.base, .has_log = true};
  const std::string path = folder + "/" + SegmentName(group.base);
  on_disk.log_bytes = TRY(files.Stat(path + std::string(kLogSuffix))).size_bytes;
  on_disk.offset_index_bytes = TRY(files.Stat(path + std::string(kOffsetIndexSuffix))).size_bytes;
  on_disk.time_index_bytes = TRY(files.Stat(path + std::string(kTimeIndexSuffix))).size_bytes;
  on_disk.transaction_index_bytes =
      TRY(files.Stat(path + std::string(kTransactionIndexSuffix))).size_bytes;
  return on_disk;
}

Result<void> FinishSwaps(env::Files& files, const std::string& folder) {
  const auto listed = TRY(files.List(folder));
  for (const env::FileInfo& file : listed) {
    const auto range = ParseSwapName(file.name);
    if (!range.has_value()) continue;
    LOG_WARN("finishing an interrupted compaction",
             {{"folder", folder}, {"base_offset", range->base.get()}});
    TRY(FinishSwap(files, folder, file.name, *range));
  }
  for (const env::FileInfo& file : listed) {
    if (file.name == kUnfinished) TRY(files.RemoveTree(folder + "/" + file.name));
    if (file.name.starts_with(kNewPrefix)) {
      TRY(RemoveIfThere(files, folder + "/" + file.name));
    }
  }
  return {};
}

}  // namespace logs
