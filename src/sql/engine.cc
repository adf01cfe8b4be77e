// Engine: opens DuckDB, hands out connections, keeps the relations everybody sees.
#include "sql/engine.h"

#include <mutex>

#include <duckdb/main/connection.hpp>
#include <duckdb/main/database.hpp>

#include "sql/connection.h"
#include "sql/database.h"
#include "sql/duckdb_error.h"
#include "sql/relations.h"

namespace sql {
namespace {

class DuckDbEngine final : public Engine {
 public:
  explicit DuckDbEngine(std::unique_ptr<duckdb::DuckDB> database)
      : database_(std::move(database)), catalog_(*database_) {}

  base::Result<std::unique_ptr<Connection>> Connect() override {
    return Guard([&]() -> base::Result<std::unique_ptr<Connection>> {
      return std::make_unique<SqlConnection>(*database_);
    });
  }

  lake::CheckpointFiles& checkpoint_files() override {
    CHECK(false);
    __builtin_unreachable();
  }
  base::Result<void> RegisterTable(const std::string&, const std::string&,
                                   std::shared_ptr<lake::Table>) override {
    return base::Unsupported("tables cannot be registered by this build");
  }

  base::Result<void> RegisterView(const std::string& schema, const std::string& name,
                                  const std::string& query) override {
    const std::lock_guard lock(mutex_);
    return CreateFreshView(catalog_, schema, name, query);
  }

  base::Result<void> DropRelation(const std::string& schema, const std::string& name) override {
    const std::lock_guard lock(mutex_);
    return DropView(catalog_, schema, name);
  }

 private:
  std::unique_ptr<duckdb::DuckDB> database_;
  std::mutex mutex_;            // guards catalog_
  duckdb::Connection catalog_;  // makes and drops relations
};

}  // namespace

base::Result<std::unique_ptr<Engine>> Engine::Open(const EngineOptions& options) {
  auto database = TRY(OpenDatabase(options));
  return std::make_unique<DuckDbEngine>(std::move(database));
}

}  // namespace sql
