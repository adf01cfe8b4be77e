// Column lineage of a bound, unoptimised plan: which columns of which tables each output column is
// computed from. An operator this does not know contributes all its inputs. THREAD: any.
#pragma once

#include <vector>

#include <duckdb/planner/logical_operator.hpp>

#include "sql/analyze.h"

namespace sql {

// One set of origins, sorted, for each column the plan returns.
std::vector<std::vector<ColumnOrigin>> FindLineage(duckdb::LogicalOperator& plan);

}  // namespace sql
