// Engine: opens DuckDB, hands out connections, keeps the relations everybody sees.
#include "sql/engine.h"

#include <mutex>

#include <duckdb/main/connection.hpp>
#include <duckdb/main/database.hpp>

#include "base/text.h"
#include "sql/checkpoint_files.h"
#include "sql/connection.h"
#include "sql/database.h"
#include "sql/duckdb_error.h"
#include "sql/lake_scan.h"
#include "sql/lake_tables.h"
#include "sql/relations.h"

namespace sql {
namespace {

class DuckDbEngine final : public Engine {
 public:
  explicit DuckDbEngine(std::unique_ptr<duckdb::DuckDB> database)
      : database_(std::move(database)),
        tables_(std::make_shared<LakeTables>(parts_.mounts)),
        checkpoint_files_(*database_, parts_),
        catalog_(*database_) {
    RegisterObjectFileSystem(*database_->instance, parts_.mounts);
    RegisterBatchScan(*database_->instance, parts_.sources);
    RegisterLakeScan(*database_->instance, tables_);
  }

  base::Result<std::unique_ptr<Connection>> Connect() override {
    return Guard([&]() -> base::Result<std::unique_ptr<Connection>> {
      return std::make_unique<SqlConnection>(*database_, parts_);
    });
  }

  lake::CheckpointFiles& checkpoint_files() override { return checkpoint_files_; }

  base::Result<void> RegisterTable(const std::string& schema, const std::string& name,
                                   std::shared_ptr<lake::Table> table) override {
    const std::lock_guard lock(mutex_);
    const auto snapshot = table->Load();
    tables_->Add(schema, name, std::move(table));
    if (!snapshot.ok() && snapshot.error().code() == base::Code::kNotFound) {
      return DropView(catalog_, schema, name);
    }
    if (!snapshot.ok()) return snapshot.error();
    return CreateFreshView(
        catalog_, schema, name,
        "SELECT * FROM lake_scan(" + base::QuoteLiteral(schema + "." + name) + ")");
  }

  base::Result<void> RegisterView(const std::string& schema, const std::string& name,
                                  const std::string& query) override {
    const std::lock_guard lock(mutex_);
    return CreateFreshView(catalog_, schema, name, query);
  }

  base::Result<void> DropRelation(const std::string& schema, const std::string& name) override {
    const std::lock_guard lock(mutex_);
    tables_->Remove(schema, name);
    return DropView(catalog_, schema, name);
  }

 private:
  SessionParts parts_{std::make_shared<Mounts>(), std::make_shared<BatchSources>()};
  std::unique_ptr<duckdb::DuckDB> database_;
  std::shared_ptr<LakeTables> tables_;
  DuckDbCheckpointFiles checkpoint_files_;
  std::mutex mutex_;            // guards catalog_
  duckdb::Connection catalog_;  // makes and drops relations
};

}  // namespace

base::Result<std::unique_ptr<Engine>> Engine::Open(const EngineOptions& options) {
  auto database = TRY(OpenDatabase(options));
  return Guard([&]() -> base::Result<std::unique_ptr<Engine>> {
    return std::make_unique<DuckDbEngine>(std::move(database));
  });
}

}  // namespace sql
