// How this program opens DuckDB.
#include "sql/database.h"

#include <duckdb/common/local_file_system.hpp>
#include <duckdb/main/config.hpp>
#include <duckdb/main/connection.hpp>
#include <duckdb/main/materialized_query_result.hpp>

#include "base/text.h"
#include "sql/duckdb_error.h"

namespace sql {
namespace {

// 60% of what the machine or the cgroup has: the rest is for our own buffers and the file cache.
uint64_t DefaultMemoryBytes() {
  duckdb::LocalFileSystem files;
  return duckdb::DBConfig::GetSystemAvailableMemory(files) / 10 * 6;
}

base::Result<void> Run(duckdb::Connection& connection, const std::string& statement) {
  const auto result = connection.Query(statement);
  if (result->HasError()) return ToError(result->GetErrorObject());
  return {};
}

}  // namespace

base::Result<std::unique_ptr<duckdb::DuckDB>> OpenDatabase(const EngineOptions& options) {
  return Guard([&]() -> base::Result<std::unique_ptr<duckdb::DuckDB>> {
    duckdb::DBConfig config;
    auto& settings = config.options;
    settings.maximum_memory =
        options.memory_bytes_max == 0 ? DefaultMemoryBytes() : options.memory_bytes_max;
    if (options.threads > 0) settings.maximum_threads = static_cast<uint64_t>(options.threads);
    settings.use_temporary_directory = !options.temp_directory.empty();
    settings.temporary_directory = options.temp_directory;
    // Nothing is ever downloaded: what a query needs is linked in or an error.
    settings.autoinstall_known_extensions = false;
    settings.autoload_known_extensions = false;
    settings.allow_community_extensions = false;
    settings.custom_user_agent = "tributary";
    auto database = std::make_unique<duckdb::DuckDB>(nullptr, &config);
    RegisterUuidFunctions(*database->instance);
    duckdb::Connection connection(*database);
    TRY(Run(connection, "SET GLOBAL TimeZone = " + base::QuoteLiteral(options.time_zone)));
    return database;
  });
}

}  // namespace sql
