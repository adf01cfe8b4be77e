// SqlConnection: one DuckDB session. Every statement runs through Start and Collect, so that an
// interrupt reaches it wherever it is. Owner; THREAD: one at a time, but for Interrupt.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <variant>

#include <duckdb/main/connection.hpp>
#include <duckdb/main/materialized_query_result.hpp>

#include "base/result.h"
#include "sql/batch_scan.h"
#include "sql/duckdb_error.h"
#include "sql/engine.h"
#include "sql/object_file_system.h"
#include "sql/rows.h"

namespace sql {

// What the sessions of one engine share.
struct SessionParts {
  std::shared_ptr<Mounts> mounts;
  std::shared_ptr<BatchSources> sources;
};

class SqlConnection final : public Connection {
 public:
  SqlConnection(duckdb::DuckDB& database, SessionParts parts);

  base::Result<void> Execute(const std::string& statements) override;
  base::Result<std::unique_ptr<Rows>> Query(const std::string& statement) override;
  std::variant<std::unique_ptr<Rows>, SqlError> TryQuery(const std::string& statement) override;
  base::Result<WriteResult> WriteTable(lake::Table& table, const std::string& query,
                                       const WriteOptions& options) override;
  base::Result<WriteResult> WriteTable(lake::Table& table, columnar::BatchSource& source,
                                       const WriteOptions& options) override;
  void Interrupt() override;
  duckdb::Connection& raw() override { return connection_; }

  // Like Query, for rows that are taken as they are.
  base::Result<std::unique_ptr<QueryRows>> QueryRaw(const std::string& statement);
  // kCancelled when Interrupt came since the call began.
  base::Result<void> CheckInterrupt();

  // One statement to its end, its rows in memory. Does not reset an earlier interrupt: for the
  // later steps of a call that takes several.
  base::Result<duckdb::unique_ptr<duckdb::MaterializedQueryResult>> Collect(
      const std::string& statement);

 private:
  using Outcome = std::variant<duckdb::unique_ptr<duckdb::QueryResult>, duckdb::ErrorData>;
  enum class Delivery { kStreamed, kInMemory };

  void BeginCall();
  Outcome Start(duckdb::unique_ptr<duckdb::PendingQueryResult> pending);
  Outcome Start(const std::string& statement, Delivery delivery);
  std::variant<std::unique_ptr<QueryRows>, duckdb::ErrorData> Stream(const std::string& statement);
  base::Result<columnar::Schema> Describe(const QueryText& query);
  base::Result<WriteResult> WriteInTransaction(
      const std::function<base::Result<WriteResult>()>& write);

  SessionParts parts_;
  duckdb::Connection connection_;
  std::mutex mutex_;
  std::condition_variable interrupt_came_;
  bool interrupted_ = false;  // under mutex_
};

}  // namespace sql
