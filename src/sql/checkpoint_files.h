// Checkpoint files of Delta tables (V1): action lines to Parquet and back, by DuckDB. THREAD: any.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <duckdb/main/database.hpp>

#include "lake/parquet.h"
#include "sql/connection.h"

namespace sql {

class DuckDbCheckpointFiles final : public lake::CheckpointFiles {
 public:
  // `database` is borrowed for life.
  DuckDbCheckpointFiles(duckdb::DuckDB& database, SessionParts parts);

  base::Result<void> WriteCheckpoint(object::ObjectStore& store, const std::string& key,
                                     const std::vector<std::string>& actions) override;
  base::Result<std::vector<std::string>> ReadCheckpoint(object::ObjectStore& store,
                                                        const std::string& key) override;

 private:
  // Throws DuckDB's exceptions.
  base::Result<std::vector<std::string>> Read(object::ObjectStore& store, const std::string& key);

  duckdb::DuckDB& database_;
  SessionParts parts_;
};

}  // namespace sql
