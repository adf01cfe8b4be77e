// One SELECT: parsed, and refused when it is anything else; bound to names, types and a plan.
// THREAD: that of the connection.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include <duckdb/main/connection.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <duckdb/planner/logical_operator.hpp>

#include "columnar/type.h"
#include "sql/duckdb_error.h"
#include "sql/engine.h"

namespace sql {

using Statements = duckdb::vector<duckdb::unique_ptr<duckdb::SQLStatement>>;

// Throws DuckDB's exceptions.
Statements ParseStatements(duckdb::Connection& connection, const std::string& text);

// The first byte of statement `index` that is neither space nor comment.
size_t StartOfStatement(const std::string& text, const Statements& statements, size_t index);

// The one SELECT of `text`, or what is wrong with it.
std::variant<duckdb::unique_ptr<duckdb::SelectStatement>, SqlError> ParseSelect(
    duckdb::Connection& connection, const QueryText& text);

struct BoundStatement {
  columnar::Schema columns;                          // untyped NULLs are told as such
  duckdb::unique_ptr<duckdb::LogicalOperator> plan;  // not optimised
};

// REQUIRES: a transaction is active on `connection`. Throws DuckDB's exceptions.
// `statement` is that of `text`.
std::variant<BoundStatement, SqlError> BindSelect(
    duckdb::Connection& connection, const QueryText& text,
    duckdb::unique_ptr<duckdb::SelectStatement> statement);

// `query`, one SELECT, without the semicolon that may end it.
std::string WithoutSemicolon(const std::string& query);

}  // namespace sql
