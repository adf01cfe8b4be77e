// LogReader: from the objects of a table's log to its states: newest, by version, by time. Keeps
// nothing between calls. THREAD: any. BLOCKS: all of it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "lake/log_names.h"
#include "lake/parquet.h"
#include "lake/table.h"
#include "lake/table_state.h"
#include "object/object_store.h"

namespace lake {

using State = std::shared_ptr<const TableState>;

class LogReader {
 public:
  LogReader(object::ObjectStore* store, CheckpointFiles* checkpoints)  // borrowed
      : store_(store), checkpoints_(checkpoints) {}

  // The newest state. With `maybe_known` the commits after it are read one by one and the log is
  // not listed, unless what it ends with is no longer there.
  base::Result<State> Newest(const State& maybe_known) const;
  base::Result<State> AtVersion(Version version) const;
  base::Result<State> AtTime(int64_t unix_ms) const;
  base::Result<std::vector<HistoryEntry>> History(size_t limit) const;

  // The actions of one commit. ERRORS: kNotFound when there is none.
  base::Result<std::vector<Action>> ReadCommit(Version version) const;

 private:
  // nullopt: what `known` ends with is not there any more.
  base::Result<std::optional<State>> Follow(const State& known) const;
  base::Result<State> FromListing(std::optional<Version> target) const;
  base::Result<State> Build(const LogListing& listing, std::optional<Version> target) const;
  base::Result<State> BuildFrom(const CheckpointSet* maybe_checkpoint, const LogListing& listing,
                                Version target) const;
  base::Result<CommitInfo> ReadCommitInfo(const LogFile& commit) const;
  std::optional<Version> LastCheckpointHint() const;
  base::Error NoTable() const;

  object::ObjectStore* store_;
  CheckpointFiles* checkpoints_;
};

}  // namespace lake
