// What the lake asks of somebody who can read and write Parquet. The sql room implements it over
// DuckDB; a test may implement it over anything.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "object/object_store.h"

namespace lake {

// Checkpoint files of the Delta protocol ("Checkpoints", V1 spec) as the JSON texts of their
// actions, the very lines a commit file would hold; the column layout is the protocol's
// (txn, add, remove, metaData, protocol; partitionValues and tags as maps). THREAD: any. BLOCKS.
class CheckpointFiles {
 public:
  virtual ~CheckpointFiles() = default;
  virtual base::Result<void> WriteCheckpoint(object::ObjectStore& store, const std::string& key,
                                             const std::vector<std::string>& actions) = 0;
  virtual base::Result<std::vector<std::string>> ReadCheckpoint(object::ObjectStore& store,
                                                                const std::string& key) = 0;
};

}  // namespace lake
