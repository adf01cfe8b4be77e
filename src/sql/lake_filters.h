// Filters of a query as the simple comparisons that lake::PruneFiles understands. What cannot be
// said exactly is left out: the filter itself still runs on every row. Pure; THREAD: any.
#pragma once

#include <vector>

#include <duckdb/common/multi_file/multi_file_list.hpp>
#include <duckdb/planner/expression.hpp>

#include "lake/prune.h"

namespace sql {

// `filters` all hold for every row the query keeps.
std::vector<lake::Comparison> ComparisonsOf(
    const duckdb::MultiFilePushdownInfo& info,
    const duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters);

}  // namespace sql
