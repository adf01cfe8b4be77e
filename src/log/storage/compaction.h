// Compaction of a partition: which sealed segments are due, and their rewriting, group by group,
// into smaller ones (compaction_filter.h says what stays). The new files of a group are written and
// synced in a folder of their own, whose renaming is the one step that counts: a crash before it
// leaves the old segments, after it the new ones (docs/log.md). Readers go on in the files they hold.
// Owner values; THREAD: one for each partition, beside appends and reads. BLOCKS: for the disk.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "env/files.h"
#include "log/storage/compaction_filter.h"
#include "log/storage/compaction_keys.h"
#include "log/storage/segment.h"
#include "log/topic_config.h"

namespace logs {

// The segments of a partition by base offset; the last one is appended to.
using SegmentList = std::vector<std::shared_ptr<Segment>>;

// How far a partition is compacted; losing it costs a compaction from the beginning.
struct CompactionState {
  Offset first_dirty{0};
  // When something that stayed for its horizon may go.
  int64_t next_horizon_ms = std::numeric_limits<int64_t>::max();
  friend bool operator==(const CompactionState&, const CompactionState&) = default;
};

// Of the partition in `folder`; the default one when there is none, or none that can be read.
base::Result<CompactionState> LoadCompactionState(env::Files& files, const std::string& folder);
base::Result<void> SaveCompactionState(env::Files& files, const std::string& folder,
                                       const CompactionState& state);

struct CompactionPlan {
  SegmentList segments;  // sealed, from the first of the partition; never the last of it
  Offset first_dirty;
  Offset end;  // where they end: the next segment's base
};

// What is due; nullopt: nothing. `segments` are all of the partition, `stable_end` is what compaction
// must not pass: the last stable offset, the high watermark, what recovery may look at.
base::Result<std::optional<CompactionPlan>> PlanCompaction(const SegmentList& segments,
                                                           const TopicConfig& config,
                                                           const CompactionState& state,
                                                           Offset stable_end, int64_t now_ms);

struct CompactionOptions {
  env::Files* files = nullptr;  // borrowed
  std::string folder;           // the partition's
  TopicConfig config;
  int64_t now_ms = 0;
  KeyHash seed;  // secret, of the map of keys
  size_t map_bytes_max = 0;  // base::limits::kCompactionMapBytesMax
  std::unordered_map<ProducerId, LastRecord> last_records = {};
  // All that touch the planned segments, wherever their markers stand.
  std::vector<AbortedEntry> aborted = {};
};

// One group of segments, rewritten and synced, not yet in place.
struct CompactedGroup {
  SegmentList replaced;
  Offset base;  // of the first
  Offset end;   // the next segment's base
};

class CompactionRound {
 public:
  // The first pass. ERRORS: kIo; kCorruption: a batch that does not check, nothing is changed then.
  static base::Result<std::unique_ptr<CompactionRound>> Start(CompactionOptions options,
                                                              CompactionPlan plan);
  // The second pass over the next group that gets smaller; nullopt when all are done. Between two
  // calls the caller swaps the group in.
  base::Result<std::optional<CompactedGroup>> NextGroup();
  // REQUIRES: NextGroup gave nullopt.
  [[nodiscard]] CompactionState state() const;

 private:
  CompactionRound(CompactionOptions options, CompactionPlan plan);
  base::Result<void> MapAllKeys();
  [[nodiscard]] SegmentList TakeGroup();
  // False when everything stayed as it was.
  base::Result<bool> Rewrite(const SegmentList& group);

  CompactionOptions options_;
  CompactionPlan plan_;
  KeyOffsets keys_;
  Offset mapped_end_{0};
  std::optional<CompactionFilter> filter_;
  size_t next_ = 0;  // segment of the plan
  int64_t next_horizon_ms_ = std::numeric_limits<int64_t>::max();
};

// Puts the new files of a group in the place of the old ones. The old segments' files must be pinned
// by whoever still reads them. After an error the swap may or may not count; FinishSwaps tells.
// ENSURES: the segment as it now stands on disk.
base::Result<SegmentFiles> SwapIn(env::Files& files, const std::string& folder,
                                  const CompactedGroup& group);

// Ends what a crash or an error left: a swap that counts is carried through, anything before that is
// removed. Before a partition's segments are listed, and before each round.
base::Result<void> FinishSwaps(env::Files& files, const std::string& folder);

}  // namespace logs
