// Analyzer: a scratch DuckDB whose tables are empty, its parser, its binder, its plans.
#include "sql/analyze.h"

#include <duckdb/function/macro_function.hpp>
#include <duckdb/function/scalar_macro_function.hpp>
#include <duckdb/function/table_macro_function.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/main/connection.hpp>
#include <duckdb/main/database.hpp>
#include <duckdb/main/extension/extension_loader.hpp>
#include <duckdb/main/materialized_query_result.hpp>
#include <duckdb/parser/parsed_data/create_macro_info.hpp>
#include <duckdb/parser/statement/create_statement.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <duckdb/parser/tableref/basetableref.hpp>

#include "base/text.h"
#include "sql/database.h"
#include "sql/duckdb_error.h"
#include "sql/lineage.h"
#include "sql/references.h"
#include "sql/select_statement.h"

namespace sql {
namespace {

using duckdb::StatementType;

SqlError Mistake(std::string message, size_t offset) {
  SqlError error;
  error.message = std::move(message);
  error.offset = offset;
  return error;
}

// lake_scan('schema.name', ...) binds as the table of that name.
duckdb::unique_ptr<duckdb::TableRef> ReplaceLakeScan(duckdb::ClientContext&,
                                                     duckdb::TableFunctionBindInput& input) {
  const std::string name = input.inputs[0].ToString();
  const size_t dot = name.find('.');
  if (dot == std::string::npos) {
    ThrowThroughDuckDb(base::InvalidArgument("lake_scan: '" + name + "' is not a schema.name"));
  }
  auto table = duckdb::make_uniq<duckdb::BaseTableRef>();
  table->schema_name = name.substr(0, dot);
  table->table_name = name.substr(dot + 1);
  return table;
}

void RegisterLakeScan(duckdb::DatabaseInstance& database) {
  duckdb::ExtensionLoader loader(database, "tributary");
  duckdb::TableFunction scan("lake_scan", {duckdb::LogicalType::VARCHAR}, nullptr, nullptr);
  scan.bind_replace = ReplaceLakeScan;
  scan.named_parameters["version"] = duckdb::LogicalType::BIGINT;
  scan.named_parameters["as_of"] = duckdb::LogicalType::VARCHAR;
  loader.RegisterFunction(std::move(scan));
}

class DuckDbAnalyzer final : public Analyzer {
 public:
  explicit DuckDbAnalyzer(std::unique_ptr<duckdb::DuckDB> database)
      : database_(std::move(database)), connection_(*database_) {
    RegisterLakeScan(*database_->instance);
  }

  std::variant<std::vector<TableReference>, SqlError> References(const std::string& text) override {
    const QueryText query(text);
    auto statement = ParseSelect(connection_, query);
    if (auto* mistake = std::get_if<SqlError>(&statement)) return std::move(*mistake);
    try {
      return FindReferences(*std::get<0>(statement)->node, macros_);
    } catch (...) {
      return ToSqlError(CurrentException(), query);
    }
  }

  std::variant<std::monostate, SqlError> DefineMacros(const std::string& text) override {
    const QueryText query(text);
    try {
      auto statements = ParseStatements(connection_, query.text());
      for (size_t i = 0; i < statements.size(); ++i) {
        if (!IsMacro(*statements[i])) {
          return Mistake("only CREATE MACRO and CREATE FUNCTION can stand here",
                         StartOfStatement(query.text(), statements, i));
        }
      }
      for (auto& statement : statements) DefineMacro(std::move(statement));
      return std::monostate();
    } catch (...) {
      return ToSqlError(CurrentException(), query);
    }
  }

  base::Result<void> DefineTable(const std::string& schema, const std::string& name,
                                 const columnar::Schema& columns) override {
    std::vector<std::string> parts;
    for (const columnar::Field& field : columns.fields) {
      parts.push_back(base::QuoteIdentifier(field.name) + " " + field.type.ToSql());
    }
    TRY(Run("CREATE SCHEMA IF NOT EXISTS " + base::QuoteIdentifier(schema)));
    return Run("CREATE OR REPLACE TABLE " + base::QuoteIdentifier(schema) + "." +
               base::QuoteIdentifier(name) + "(" + base::Join(parts, ", ") + ")");
  }

  std::variant<BoundSelect, SqlError> Bind(const std::string& text) override {
    const QueryText query(text);
    auto statement = ParseSelect(connection_, query);
    if (auto* mistake = std::get_if<SqlError>(&statement)) return std::move(*mistake);
    try {
      std::variant<BoundSelect, SqlError> result;
      connection_.context->RunFunctionInTransaction(
          [&] { result = BindStatement(query, std::get<0>(std::move(statement))); });
      return result;
    } catch (...) {
      return ToSqlError(CurrentException(), query);
    }
  }

 private:
  base::Result<void> Run(const std::string& statement) {
    return Guard([&]() -> base::Result<void> {
      const auto result = connection_.Query(statement);
      if (result->HasError()) return ToError(result->GetErrorObject());
      return {};
    });
  }

  static bool IsMacro(duckdb::SQLStatement& statement) {
    if (statement.type != StatementType::CREATE_STATEMENT) return false;
    const auto type = statement.Cast<duckdb::CreateStatement>().info->type;
    return type == duckdb::CatalogType::MACRO_ENTRY ||
           type == duckdb::CatalogType::TABLE_MACRO_ENTRY;
  }

  // Throws DuckDB's exceptions.
  void DefineMacro(duckdb::unique_ptr<duckdb::SQLStatement> statement) {
    auto& info = statement->Cast<duckdb::CreateStatement>().info->Cast<duckdb::CreateMacroInfo>();
    std::vector<TableReference> references;
    for (auto& macro : info.macros) {
      auto found =
          macro->type == duckdb::MacroType::TABLE_MACRO
              ? FindReferences(*macro->Cast<duckdb::TableMacroFunction>().query_node, macros_)
              : FindReferences(*macro->Cast<duckdb::ScalarMacroFunction>().expression, macros_);
      references.insert(references.end(), found.begin(), found.end());
    }
    const std::string name = base::ToLower(info.name);
    info.on_conflict = duckdb::OnCreateConflict::REPLACE_ON_CONFLICT;
    const auto result = connection_.Query(std::move(statement));
    if (result->HasError()) result->ThrowError();
    macros_[name] = std::move(references);
  }

  // Throws DuckDB's exceptions.
  std::variant<BoundSelect, SqlError> BindStatement(
      const QueryText& text, duckdb::unique_ptr<duckdb::SelectStatement> statement) {
    auto bound = BindSelect(connection_, text, std::move(statement));
    if (auto* mistake = std::get_if<SqlError>(&bound)) return std::move(*mistake);
    auto& [columns, plan] = std::get<BoundStatement>(bound);
    const auto lineage = FindLineage(*plan);
    BoundSelect select;
    for (size_t i = 0; i < columns.fields.size(); ++i) {
      select.columns.push_back({{columns.fields[i].name, columns.fields[i].type}, lineage.at(i)});
    }
    return select;
  }

  std::unique_ptr<duckdb::DuckDB> database_;
  duckdb::Connection connection_;
  MacroReferences macros_;
};

}  // namespace

base::Result<std::unique_ptr<Analyzer>> Analyzer::Open() {
  EngineOptions options;
  options.threads = 1;
  options.memory_bytes_max = uint64_t{256} << 20;  // holds no rows
  auto database = TRY(OpenDatabase(options));
  return Guard([&]() -> base::Result<std::unique_ptr<Analyzer>> {
    return std::make_unique<DuckDbAnalyzer>(std::move(database));
  });
}

}  // namespace sql
