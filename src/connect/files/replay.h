// Replay of rejected records: the part that Load needs too, because a replay cut off between its
// two commits must be finished before anything else changes the tables. docs/files.md, "Replay".
#pragma once

#include "base/result.h"
#include "connect/files/load.h"
#include "env/files.h"
#include "lake/table.h"
#include "sql/engine.h"

namespace connect::files {

// Finishes a replay whose rows are in `table` while their rejects still stand in `rejected`.
base::Result<void> HealReplay(env::Files& files, sql::Connection& connection, lake::Table& table,
                              lake::Table& rejected, const LoadOptions& options);

}  // namespace connect::files
