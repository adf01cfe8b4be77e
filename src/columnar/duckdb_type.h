// Type to duckdb::LogicalType and back: the one place where the two type systems meet.
// Pure functions; THREAD: any.
#pragma once

#include <duckdb/common/types.hpp>

#include "base/result.h"
#include "columnar/type.h"

namespace columnar {

// ERRORS: kUnsupported: a name (kOther) that this DuckDB does not know, or a malformed type.
base::Result<duckdb::LogicalType> ToDuckDb(const Type& type);

// Total: what has no id of its own becomes kOther with DuckDB's name for it.
[[nodiscard]] Type FromDuckDb(const duckdb::LogicalType& type);

}  // namespace columnar
