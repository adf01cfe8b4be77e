// How this program opens DuckDB: limits, fixed settings, our own functions. The engine and the
// analyzer open theirs here, so that both read SQL alike.
#pragma once

#include <memory>
#include <string>

#include <duckdb/main/database.hpp>

#include "base/result.h"
#include "sql/engine.h"

namespace sql {

// An empty in-memory database. ERRORS: kInvalidArgument for an option DuckDB refuses.
base::Result<std::unique_ptr<duckdb::DuckDB>> OpenDatabase(const EngineOptions& options);

// uuid_v5 and uuid_v7; docs/sql.md describes them.
void RegisterUuidFunctions(duckdb::DatabaseInstance& database);

}  // namespace sql
