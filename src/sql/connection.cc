// SqlConnection: statements, results and interrupts.
#include "sql/connection.h"

#include <chrono>

#include <duckdb/main/client_context.hpp>
#include <duckdb/main/pending_query_result.hpp>
#include <duckdb/parser/sql_statement.hpp>

#include "base/log.h"
#include "base/text.h"
#include "sql/select_statement.h"
#include "sql/table_writer.h"

namespace sql {

using duckdb::ErrorData;
using duckdb::PendingExecutionResult;

namespace {

base::Error AsError(const SqlError& mistake) {
  return {mistake.code, mistake.message,
          mistake.candidates.empty() ? mistake.hint
                                     : "Candidates: " + base::Join(mistake.candidates, ", ") + "."};
}

}  // namespace

SqlConnection::SqlConnection(duckdb::DuckDB& database, SessionParts parts)
    : parts_(std::move(parts)), connection_(database) {}

void SqlConnection::BeginCall() {
  const std::lock_guard lock(mutex_);
  interrupted_ = false;
}

void SqlConnection::Interrupt() {
  const std::lock_guard lock(mutex_);
  interrupted_ = true;
  connection_.Interrupt();
  interrupt_came_.notify_all();
}

// DuckDB forgets an interrupt that comes while a statement is being prepared and would spin while
// its workers are busy; this loop does neither.
SqlConnection::Outcome SqlConnection::Start(
    duckdb::unique_ptr<duckdb::PendingQueryResult> pending) {
  if (pending->HasError()) return pending->GetErrorObject();
  while (true) {
    const PendingExecutionResult state = pending->ExecuteTask();
    if (duckdb::PendingQueryResult::IsResultReady(state)) break;
    if (state == PendingExecutionResult::BLOCKED) pending->WaitForTask();
    std::unique_lock lock(mutex_);
    if (state == PendingExecutionResult::NO_TASKS_AVAILABLE && !interrupted_) {
      interrupt_came_.wait_for(lock, std::chrono::microseconds(200));
    }
    if (interrupted_) connection_.Interrupt();
  }
  if (pending->HasError()) return pending->GetErrorObject();
  auto result = pending->Execute();
  if (result->HasError()) return result->GetErrorObject();
  return result;
}

SqlConnection::Outcome SqlConnection::Start(const std::string& statement, Delivery delivery) {
  try {
    return Start(connection_.PendingQuery(statement, delivery == Delivery::kStreamed));
  } catch (...) {
    return CurrentException();
  }
}

std::variant<std::unique_ptr<QueryRows>, ErrorData> SqlConnection::Stream(
    const std::string& statement) {
  BeginCall();
  Outcome outcome = Start(statement, Delivery::kStreamed);
  if (auto* error = std::get_if<ErrorData>(&outcome)) return std::move(*error);
  return std::make_unique<QueryRows>(
      connection_.context, std::get<duckdb::unique_ptr<duckdb::QueryResult>>(std::move(outcome)));
}

base::Result<std::unique_ptr<QueryRows>> SqlConnection::QueryRaw(const std::string& statement) {
  auto rows = Stream(QueryText(statement).text());
  if (auto* error = std::get_if<ErrorData>(&rows)) return ToError(*error);
  return std::get<0>(std::move(rows));
}

base::Result<std::unique_ptr<Rows>> SqlConnection::Query(const std::string& statement) {
  return std::unique_ptr<Rows>(TRY(QueryRaw(statement)));
}

std::variant<std::unique_ptr<Rows>, SqlError> SqlConnection::TryQuery(
    const std::string& statement) {
  const QueryText text(statement);
  auto rows = Stream(text.text());
  if (auto* error = std::get_if<ErrorData>(&rows)) return ToSqlError(*error, text);
  return std::get<0>(std::move(rows));
}

base::Result<duckdb::unique_ptr<duckdb::MaterializedQueryResult>> SqlConnection::Collect(
    const std::string& statement) {
  Outcome outcome = Start(statement, Delivery::kInMemory);
  if (auto* error = std::get_if<ErrorData>(&outcome)) return ToError(*error);
  return duckdb::unique_ptr_cast<duckdb::QueryResult, duckdb::MaterializedQueryResult>(
      std::get<0>(std::move(outcome)));
}

base::Result<void> SqlConnection::Execute(const std::string& statements) {
  BeginCall();
  return Guard([&]() -> base::Result<void> {
    for (auto& statement : connection_.ExtractStatements(QueryText(statements).text())) {
      Outcome outcome = Start(connection_.PendingQuery(std::move(statement), false));
      if (auto* error = std::get_if<ErrorData>(&outcome)) return ToError(*error);
    }
    return {};
  });
}

base::Result<void> SqlConnection::CheckInterrupt() {
  const std::lock_guard lock(mutex_);
  if (interrupted_) return base::Cancelled("interrupted");
  return {};
}

// REQUIRES: a transaction is active.
base::Result<columnar::Schema> SqlConnection::Describe(const QueryText& query) {
  auto statement = ParseSelect(connection_, query);
  if (auto* mistake = std::get_if<SqlError>(&statement)) return AsError(*mistake);
  auto bound = BindSelect(connection_, query, std::get<0>(std::move(statement)));
  if (auto* mistake = std::get_if<SqlError>(&bound)) return AsError(*mistake);
  return std::get<BoundStatement>(std::move(bound)).columns;
}

// One DuckDB transaction from the look at the query's columns to its last row, so that it reads
// every lake table at one version.
base::Result<WriteResult> SqlConnection::WriteInTransaction(
    const std::function<base::Result<WriteResult>()>& write) {
  if (connection_.HasActiveTransaction()) return Guard(write);
  TRY(Guard([&]() -> base::Result<void> {
    connection_.BeginTransaction();
    return {};
  }));
  auto result = Guard(write);
  // Nothing was changed in DuckDB; what an error left of the transaction goes with it.
  const auto ended = Guard([&]() -> base::Result<void> {
    connection_.Rollback();
    return {};
  });
  if (result.ok() && !ended.ok()) {
    LOG_WARN("a transaction could not be ended", {{"error", ended.error().message()}});
  }
  return result;
}

base::Result<WriteResult> SqlConnection::WriteTable(lake::Table& table, const std::string& query,
                                                    const WriteOptions& options) {
  BeginCall();
  const QueryText text(query);
  return WriteInTransaction([&]() -> base::Result<WriteResult> {
    const columnar::Schema incoming = TRY(Describe(text));
    return TableWriter(*this, parts_.mounts, table, options)
        .Write(WithoutSemicolon(text.text()), incoming);
  });
}

base::Result<WriteResult> SqlConnection::WriteTable(lake::Table& table,
                                                    columnar::BatchSource& source,
                                                    const WriteOptions& options) {
  BeginCall();
  const BatchSources::Lease lease(parts_.sources, source);
  return WriteInTransaction([&]() -> base::Result<WriteResult> {
    return TableWriter(*this, parts_.mounts, table, options).Write(lease.Query(), source.schema());
  });
}

}  // namespace sql
