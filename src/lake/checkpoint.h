// Writing of checkpoints and removal of log files that none needs any more. THREAD: any. BLOCKS.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "lake/parquet.h"
#include "lake/table_state.h"
#include "object/object_store.h"

namespace lake {

// Writes the V1 checkpoint of `state` and points `_last_checkpoint` at it.
base::Result<void> WriteCheckpoint(object::ObjectStore& store, CheckpointFiles& checkpoints,
                                   const TableState& state, int64_t now_unix_ms);

// Deletes commits and checkpoints older than the newest checkpoint that is itself older than
// `retention_ms` (counted from midnight UTC, as the protocol advises). What remains still gives
// every version since that checkpoint. Oldest first, so that a crash midway leaves no hole.
base::Result<void> CleanLog(object::ObjectStore& store, int64_t retention_ms, int64_t now_unix_ms);

}  // namespace lake
