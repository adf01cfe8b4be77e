// Views whose columns are looked up each time they are read. DuckDB's own views remember the types
// they were made with and fail when a table below them changed; these never go stale.
#pragma once

#include <string>

#include <duckdb/main/connection.hpp>

#include "base/result.h"

namespace sql {

// CREATE OR REPLACE VIEW schema.name AS query, the schema made when missing; `query` must bind.
base::Result<void> CreateFreshView(duckdb::Connection& connection, const std::string& schema,
                                   const std::string& name, const std::string& query);

// Drops the view; absent is fine.
base::Result<void> DropView(duckdb::Connection& connection, const std::string& schema,
                            const std::string& name);

}  // namespace sql
