// lake_scan('schema.name' [, version => n] [, as_of => '...']): a lake table as a relation.
// DuckDB's Parquet reader with our list of files: the snapshot's, pruned by partition values and
// statistics; partition columns are constants of a file, missing columns null.
#pragma once

#include <memory>

#include <duckdb/main/database.hpp>

#include "sql/lake_tables.h"

namespace sql {

// Also makes schema.name of a table that `tables` knows readable though no view exists for it.
void RegisterLakeScan(duckdb::DatabaseInstance& database, std::shared_ptr<LakeTables> tables);

}  // namespace sql
