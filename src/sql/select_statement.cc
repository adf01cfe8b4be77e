// One SELECT: parsed, checked and bound.
#include "sql/select_statement.h"

#include <duckdb/common/enum_util.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/parser/parsed_data/create_view_info.hpp>
#include <duckdb/parser/parser.hpp>
#include <duckdb/parser/query_node/select_node.hpp>
#include <duckdb/parser/tableref.hpp>
#include <duckdb/planner/planner.hpp>

#include "base/text.h"
#include "columnar/duckdb_type.h"

namespace sql {
namespace {

using duckdb::StatementType;

SqlError Mistake(std::string message, size_t offset, std::string hint = {}) {
  SqlError error;
  error.message = std::move(message);
  error.offset = offset;
  error.hint = std::move(hint);
  return error;
}

bool IsShow(duckdb::SQLStatement& statement) {
  auto& node = *statement.Cast<duckdb::SelectStatement>().node;
  if (node.type != duckdb::QueryNodeType::SELECT_NODE) return false;
  const auto& from = node.Cast<duckdb::SelectNode>().from_table;
  return from != nullptr && from->type == duckdb::TableReferenceType::SHOW_REF;
}

// What keeps `statements` from being one SELECT.
std::optional<SqlError> CheckOneSelect(const std::string& text, Statements& statements) {
  if (statements.empty()) return Mistake("there is no SELECT here", 0);
  if (statements.size() > 1) {
    return Mistake("a second statement, where one SELECT is expected",
                   StartOfStatement(text, statements, 1));
  }
  const size_t start = StartOfStatement(text, statements, 0);
  const StatementType type = statements[0]->type;
  if (type == StatementType::MULTI_STATEMENT) {
    return Mistake("a PIVOT whose columns depend on the data", start,
                   "List the values: PIVOT ... ON column IN ('a', 'b').");
  }
  if (type == StatementType::SELECT_STATEMENT && !IsShow(*statements[0])) return std::nullopt;
  const std::string kind = type == StatementType::SELECT_STATEMENT
                               ? "describe"
                               : base::ToLower(duckdb::StatementTypeToString(type));
  return Mistake("a statement of kind '" + kind + "', where one SELECT is expected", start);
}

// The types of the SELECT's columns. A plan would show an untyped NULL as an INTEGER; the binder
// only tells them apart for a view.
duckdb::vector<duckdb::LogicalType> TypesOf(duckdb::Connection& connection, const QueryText& text) {
  auto view = duckdb::make_uniq<duckdb::CreateViewInfo>(INVALID_CATALOG, DEFAULT_SCHEMA, "v");
  view->sql = text.text();
  return duckdb::CreateViewInfo::FromSelect(*connection.context, std::move(view))->types;
}

}  // namespace

Statements ParseStatements(duckdb::Connection& connection, const std::string& text) {
  duckdb::Parser parser(connection.context->GetParserOptions());
  parser.ParseQuery(text);
  return std::move(parser.statements);
}

size_t StartOfStatement(const std::string& text, const Statements& statements, size_t index) {
  size_t from = 0;
  for (size_t i = 0; i < index; ++i) from += statements[i]->query.size() + 1;  // its semicolon
  for (const auto& token : duckdb::Parser::Tokenize(text)) {
    const bool comment = token.type == duckdb::SimplifiedTokenType::SIMPLIFIED_TOKEN_COMMENT;
    if (token.start >= from && !comment && text[token.start] != ';') return token.start;
  }
  return 0;
}

std::variant<duckdb::unique_ptr<duckdb::SelectStatement>, SqlError> ParseSelect(
    duckdb::Connection& connection, const QueryText& text) {
  try {
    Statements statements = ParseStatements(connection, text.text());
    if (auto mistake = CheckOneSelect(text.text(), statements)) return std::move(*mistake);
    return duckdb::unique_ptr_cast<duckdb::SQLStatement, duckdb::SelectStatement>(
        std::move(statements[0]));
  } catch (...) {
    return ToSqlError(CurrentException(), text);
  }
}

std::variant<BoundStatement, SqlError> BindSelect(
    duckdb::Connection& connection, const QueryText& text,
    duckdb::unique_ptr<duckdb::SelectStatement> statement) {
  duckdb::Planner planner(*connection.context);
  planner.CreatePlan(std::move(statement));
  if (!planner.value_map.empty()) {
    return Mistake("a parameter, where nobody can give it a value", 0,
                   "Write the value itself instead of ? or $1.");
  }
  const auto types = TypesOf(connection, text);
  BoundStatement bound;
  for (size_t i = 0; i < planner.names.size(); ++i) {
    bound.columns.fields.push_back({planner.names[i], columnar::FromDuckDb(types.at(i)), true, {}});
  }
  bound.plan = std::move(planner.plan);
  return bound;
}

std::string WithoutSemicolon(const std::string& query) {
  for (const auto& token : duckdb::Parser::Tokenize(query)) {
    if (token.type == duckdb::SimplifiedTokenType::SIMPLIFIED_TOKEN_OPERATOR &&
        query[token.start] == ';') {
      return query.substr(0, token.start);
    }
  }
  return query;
}

}  // namespace sql
