// The rules by which two concurrent commits of one table are reconciled or not (docs/lake.md,
// "Conflicts"). Pure; THREAD: any.
#pragma once

#include <optional>
#include <vector>

#include "lake/table.h"

namespace lake {

// Why `request`, planned on an older state, cannot follow the commit `winner`; nullopt when it can.
[[nodiscard]] std::optional<Conflicted> FindConflict(const CommitRequest& request, Version winner,
                                                     const std::vector<Action>& winner_actions);

}  // namespace lake
