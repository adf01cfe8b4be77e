// Views whose columns are looked up each time they are read.
#include "sql/relations.h"

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/catalog/catalog_entry/duck_schema_entry.hpp>
#include <duckdb/catalog/catalog_entry/view_catalog_entry.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/main/database_manager.hpp>
#include <duckdb/main/materialized_query_result.hpp>
#include <duckdb/parser/expression/columnref_expression.hpp>
#include <duckdb/parser/parsed_data/create_schema_info.hpp>
#include <duckdb/parser/parsed_data/create_view_info.hpp>
#include <duckdb/parser/query_node/select_node.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <duckdb/parser/tableref/subqueryref.hpp>
#include <duckdb/transaction/meta_transaction.hpp>

#include "base/text.h"
#include "sql/duckdb_error.h"

namespace sql {
namespace {

class FreshView final : public duckdb::ViewCatalogEntry {
 public:
  using ViewCatalogEntry::ViewCatalogEntry;

  // Makes the binder take names and types from the query instead of comparing them.
  bool HasTypes() const override { return false; }

  duckdb::unique_ptr<duckdb::CatalogEntry> Copy(duckdb::ClientContext&) const override {
    auto info = GetInfo();
    return duckdb::make_uniq<FreshView>(catalog, schema, info->Cast<duckdb::CreateViewInfo>());
  }
};

// SELECT "a", "b" FROM (query): names a later change of the query's tables cannot shift.
duckdb::unique_ptr<duckdb::SelectStatement> SelectByName(
    duckdb::unique_ptr<duckdb::SelectStatement> query,
    const duckdb::vector<duckdb::string>& names) {
  auto node = duckdb::make_uniq<duckdb::SelectNode>();
  for (const auto& name : names) {
    node->select_list.push_back(duckdb::make_uniq<duckdb::ColumnRefExpression>(name));
  }
  node->from_table = duckdb::make_uniq<duckdb::SubqueryRef>(std::move(query));
  auto statement = duckdb::make_uniq<duckdb::SelectStatement>();
  statement->node = std::move(node);
  return statement;
}

bool AreDistinct(const duckdb::vector<duckdb::string>& names) {
  const duckdb::case_insensitive_set_t distinct(names.begin(), names.end());
  return distinct.size() == names.size();
}

void AddView(duckdb::ClientContext& context, const std::string& schema, const std::string& name,
             const std::string& query) {
  auto& catalog = duckdb::Catalog::GetCatalog(context, INVALID_CATALOG);
  duckdb::MetaTransaction::Get(context).ModifyDatabase(catalog.GetAttached());
  duckdb::CreateSchemaInfo schema_info;
  schema_info.schema = schema;
  schema_info.on_conflict = duckdb::OnCreateConflict::IGNORE_ON_CONFLICT;
  catalog.CreateSchema(context, schema_info);

  auto info = duckdb::make_uniq<duckdb::CreateViewInfo>(catalog.GetName(), schema, name);
  info->sql = query;
  // Binds the query: names and types are what DuckDB's own lists of columns show.
  info = duckdb::CreateViewInfo::FromSelect(context, std::move(info));
  info->sql = "CREATE VIEW " + base::QuoteIdentifier(schema) + "." + base::QuoteIdentifier(name) +
              " AS " + query;
  if (AreDistinct(info->names)) {
    info->query = SelectByName(std::move(info->query), info->names);
  } else {
    info->names.clear();  // cannot be selected by name: DuckDB then shows no columns for it
    info->types.clear();
  }

  auto transaction = catalog.GetCatalogTransaction(context);
  auto& entry = catalog.GetSchema(context, schema).Cast<duckdb::DuckSchemaEntry>();
  entry.AddEntry(transaction, duckdb::make_uniq<FreshView>(catalog, entry, *info),
                 duckdb::OnCreateConflict::REPLACE_ON_CONFLICT);
}

}  // namespace

base::Result<void> CreateFreshView(duckdb::Connection& connection, const std::string& schema,
                                   const std::string& name, const std::string& query) {
  return Guard([&]() -> base::Result<void> {
    connection.context->RunFunctionInTransaction(
        [&] { AddView(*connection.context, schema, name, query); });
    return {};
  });
}

base::Result<void> DropView(duckdb::Connection& connection, const std::string& schema,
                            const std::string& name) {
  return Guard([&]() -> base::Result<void> {
    const auto result = connection.Query("DROP VIEW IF EXISTS " + base::QuoteIdentifier(schema) +
                                         "." + base::QuoteIdentifier(name));
    if (result->HasError()) return ToError(result->GetErrorObject());
    return {};
  });
}

}  // namespace sql
