// lake_scan: binding. It is replaced by SELECT casts FROM lake_files(...), so that the columns have
// the types they were written with while filters on plainly stored ones reach the files.
#include "sql/lake_scan.h"

#include <duckdb/common/types/timestamp.hpp>
#include <duckdb/function/replacement_scan.hpp>
#include <duckdb/function/table_function.hpp>
#include <duckdb/main/config.hpp>
#include <duckdb/main/extension/extension_loader.hpp>
#include <duckdb/parser/expression/cast_expression.hpp>
#include <duckdb/parser/expression/columnref_expression.hpp>
#include <duckdb/parser/expression/constant_expression.hpp>
#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/query_node/select_node.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <duckdb/parser/tableref/subqueryref.hpp>
#include <duckdb/parser/tableref/table_function_ref.hpp>

#include "base/text.h"
#include "columnar/duckdb_type.h"
#include "sql/duckdb_error.h"
#include "sql/lake_files.h"

namespace sql {
namespace {

using Expressions = duckdb::vector<duckdb::unique_ptr<duckdb::ParsedExpression>>;

duckdb::unique_ptr<duckdb::TableFunctionRef> Call(const std::string& function,
                                                  Expressions arguments) {
  auto reference = duckdb::make_uniq<duckdb::TableFunctionRef>();
  reference->function =
      duckdb::make_uniq<duckdb::FunctionExpression>(function, std::move(arguments));
  return reference;
}

duckdb::unique_ptr<duckdb::ParsedExpression> Constant(duckdb::Value value) {
  return duckdb::make_uniq<duckdb::ConstantExpression>(std::move(value));
}

AsOf ReadAsOf(const duckdb::named_parameter_map_t& parameters) {
  AsOf as_of;
  for (const auto& [name, value] : parameters) {
    if (value.IsNull()) {
      ThrowThroughDuckDb(base::InvalidArgument("lake_scan: the " + name + " is NULL"));
    }
    if (base::EqualsIgnoreCase(name, "version")) {
      as_of.version = value.GetValue<int64_t>();
    } else {
      // Microseconds since the epoch; a text without a zone is UTC.
      const auto instant = value.DefaultCastAs(duckdb::LogicalType::TIMESTAMP_TZ);
      const auto micros = instant.GetValueUnsafe<duckdb::timestamp_t>().value;
      as_of.unix_ms = micros >= 0 ? micros / 1000 : (micros - 999) / 1000;
    }
  }
  if (as_of.version.has_value() && as_of.unix_ms.has_value()) {
    ThrowThroughDuckDb(
        base::InvalidArgument("lake_scan: version and as_of are both given", "Give one of them."));
  }
  return as_of;
}

std::shared_ptr<const LakeTable> FindTable(const LakeTables& tables, const std::string& name) {
  auto table = tables.Find(name);
  if (table == nullptr) {
    ThrowThroughDuckDb(base::NotFound("lake_scan: there is no lake table '" + name + "'",
                                      base::DidYouMean(name, tables.Names())));
  }
  return table;
}

// SELECT CAST(a AS UUID) AS a, b FROM lake_files(':17:s.t').
duckdb::unique_ptr<duckdb::TableRef> BindLakeScan(duckdb::ClientContext& context,
                                                  duckdb::TableFunctionBindInput& input) {
  const LakeTables& tables = *input.info->Cast<LakeTablesInfo>().tables;
  if (input.inputs[0].IsNull()) {
    ThrowThroughDuckDb(base::InvalidArgument("lake_scan: the table is NULL"));
  }
  const std::string name = input.inputs[0].ToString();
  const AsOf as_of = ReadAsOf(input.named_parameters);
  const auto table = FindTable(tables, name);
  const auto snapshot = ValueOrThrow(SnapshotFor(context, *table, as_of));

  Expressions arguments;
  arguments.push_back(Constant(duckdb::Value(LakeFilesArgumentText({name, as_of}))));

  auto node = duckdb::make_uniq<duckdb::SelectNode>();
  for (const columnar::Field& field : snapshot->schema().fields) {
    duckdb::unique_ptr<duckdb::ParsedExpression> column =
        duckdb::make_uniq<duckdb::ColumnRefExpression>(field.name);
    if (ValueOrThrow(lake::StorageType(field.type, field.name)) != field.type) {
      column = duckdb::make_uniq<duckdb::CastExpression>(
          ValueOrThrow(columnar::ToDuckDb(field.type)), std::move(column));
      column->SetAlias(field.name);
    }
    node->select_list.push_back(std::move(column));
  }
  node->from_table = Call(std::string(kLakeFiles), std::move(arguments));
  auto statement = duckdb::make_uniq<duckdb::SelectStatement>();
  statement->node = std::move(node);
  return duckdb::make_uniq<duckdb::SubqueryRef>(std::move(statement));
}

struct TablesReplacement final : duckdb::ReplacementScanData {
  explicit TablesReplacement(std::shared_ptr<LakeTables> known) : tables(std::move(known)) {}
  std::shared_ptr<LakeTables> tables;
};

// Tables that were made after they were registered, by whomever.
duckdb::unique_ptr<duckdb::TableRef> Replace(
    duckdb::ClientContext&, duckdb::ReplacementScanInput& input,
    duckdb::optional_ptr<duckdb::ReplacementScanData> data) {
  const auto& tables = *static_cast<TablesReplacement&>(*data).tables;
  const std::string name = input.schema_name + "." + input.table_name;
  if (input.schema_name.empty() || tables.Find(name) == nullptr) return nullptr;
  Expressions arguments;
  arguments.push_back(Constant(duckdb::Value(name)));
  auto reference = Call("lake_scan", std::move(arguments));
  reference->alias = input.table_name;
  return reference;
}

}  // namespace

void RegisterLakeScan(duckdb::DatabaseInstance& database, std::shared_ptr<LakeTables> tables) {
  RegisterLakeFiles(database, tables);
  duckdb::TableFunction scan("lake_scan", {duckdb::LogicalType::VARCHAR}, nullptr, nullptr);
  scan.bind_replace = BindLakeScan;
  scan.named_parameters["version"] = duckdb::LogicalType::BIGINT;
  scan.named_parameters["as_of"] = duckdb::LogicalType::VARCHAR;
  scan.function_info = duckdb::make_shared_ptr<LakeTablesInfo>(tables);
  duckdb::ExtensionLoader loader(database, "tributary");
  loader.RegisterFunction(std::move(scan));
  database.config.replacement_scans.emplace_back(
      Replace, duckdb::make_uniq<TablesReplacement>(std::move(tables)));
}

}  // namespace sql
