// The tables a parsed SELECT names.
#include "sql/references.h"

#include <algorithm>
#include <set>

#include <duckdb/parser/expression/constant_expression.hpp>
#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/expression/subquery_expression.hpp>
#include <duckdb/parser/parsed_expression_iterator.hpp>
#include <duckdb/parser/query_node/cte_node.hpp>
#include <duckdb/parser/query_node/recursive_cte_node.hpp>
#include <duckdb/parser/query_node/select_node.hpp>
#include <duckdb/parser/query_node/set_operation_node.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <duckdb/parser/tableref/list.hpp>

#include "base/text.h"

namespace sql {
namespace {

using duckdb::ParsedExpression;
using duckdb::QueryNode;
using duckdb::TableRef;

std::optional<size_t> OffsetOf(duckdb::optional_idx location) {
  if (!location.IsValid()) return std::nullopt;
  return location.GetIndex();
}

class Finder {
 public:
  explicit Finder(const MacroReferences& macros) : macros_(macros) {}

  void VisitQuery(QueryNode& node);
  void VisitExpression(ParsedExpression& expression);
  std::vector<TableReference> Take();

 private:
  using Scope = std::set<std::string>;  // names of CTEs, lower case

  void VisitCtes(QueryNode& node);
  void VisitBody(QueryNode& node);
  void VisitSelect(duckdb::SelectNode& node);
  void VisitTable(TableRef& table);
  void VisitPivot(duckdb::PivotRef& pivot);
  void VisitFunction(duckdb::FunctionExpression& call);
  void AddTable(std::string schema, std::string name, duckdb::optional_idx location);
  [[nodiscard]] bool IsCte(const std::string& name) const;

  void VisitAll(duckdb::vector<duckdb::unique_ptr<ParsedExpression>>& expressions) {
    for (auto& expression : expressions) VisitExpression(*expression);
  }
  void VisitMaybe(const duckdb::unique_ptr<ParsedExpression>& expression) {
    if (expression != nullptr) VisitExpression(*expression);
  }

  const MacroReferences& macros_;
  std::vector<Scope> scopes_;
  std::vector<TableReference> found_;
};

bool Finder::IsCte(const std::string& name) const {
  const std::string key = base::ToLower(name);
  return std::any_of(scopes_.begin(), scopes_.end(),
                     [&](const Scope& scope) { return scope.contains(key); });
}

void Finder::AddTable(std::string schema, std::string name, duckdb::optional_idx location) {
  if (schema.empty() && IsCte(name)) return;
  found_.push_back({std::move(schema), std::move(name), OffsetOf(location)});
}

// A CTE sees those before it and those around; its own name, unless it is recursive, means
// whatever it meant outside.
void Finder::VisitCtes(QueryNode& node) {
  scopes_.emplace_back();
  for (auto& [name, cte] : node.cte_map.map) {
    VisitQuery(*cte->query->node);
    VisitAll(cte->key_targets);
    scopes_.back().insert(base::ToLower(name));
  }
}

void Finder::VisitQuery(QueryNode& node) {
  VisitCtes(node);
  VisitBody(node);
  duckdb::ParsedExpressionIterator::EnumerateQueryNodeModifiers(
      node, [&](duckdb::unique_ptr<ParsedExpression>& child) { VisitExpression(*child); });
  scopes_.pop_back();
}

void Finder::VisitBody(QueryNode& node) {
  switch (node.type) {
    case duckdb::QueryNodeType::SELECT_NODE:
      VisitSelect(node.Cast<duckdb::SelectNode>());
      return;
    case duckdb::QueryNodeType::SET_OPERATION_NODE: {
      auto& operation = node.Cast<duckdb::SetOperationNode>();
      VisitQuery(*operation.left);
      VisitQuery(*operation.right);
      return;
    }
    case duckdb::QueryNodeType::RECURSIVE_CTE_NODE: {
      auto& recursive = node.Cast<duckdb::RecursiveCTENode>();
      scopes_.push_back({base::ToLower(recursive.ctename)});
      VisitQuery(*recursive.left);
      VisitQuery(*recursive.right);
      scopes_.pop_back();
      return;
    }
    case duckdb::QueryNodeType::CTE_NODE: {
      auto& cte = node.Cast<duckdb::CTENode>();
      scopes_.push_back({base::ToLower(cte.ctename)});
      VisitQuery(*cte.query);
      VisitQuery(*cte.child);
      scopes_.pop_back();
      return;
    }
    case duckdb::QueryNodeType::BOUND_SUBQUERY_NODE:
      return;  // made by binders, never by the parser
  }
}

void Finder::VisitSelect(duckdb::SelectNode& node) {
  VisitAll(node.select_list);
  if (node.from_table != nullptr) VisitTable(*node.from_table);
  VisitMaybe(node.where_clause);
  VisitAll(node.groups.group_expressions);
  VisitMaybe(node.having);
  VisitMaybe(node.qualify);
}

void Finder::VisitTable(TableRef& table) {
  switch (table.type) {
    case duckdb::TableReferenceType::BASE_TABLE: {
      auto& named = table.Cast<duckdb::BaseTableRef>();
      // "recurring" is DuckDB's schema-like word for the other side of a recursive CTE.
      if (named.schema_name == "recurring" && IsCte(named.table_name)) return;
      const std::string catalog = named.catalog_name.empty() ? "" : named.catalog_name + ".";
      AddTable(catalog + named.schema_name, named.table_name, named.query_location);
      return;
    }
    case duckdb::TableReferenceType::SUBQUERY:
      VisitQuery(*table.Cast<duckdb::SubqueryRef>().subquery->node);
      return;
    case duckdb::TableReferenceType::JOIN: {
      auto& join = table.Cast<duckdb::JoinRef>();
      VisitTable(*join.left);
      VisitTable(*join.right);
      VisitMaybe(join.condition);
      return;
    }
    case duckdb::TableReferenceType::TABLE_FUNCTION: {
      auto& function = table.Cast<duckdb::TableFunctionRef>();
      VisitExpression(*function.function);
      if (function.subquery != nullptr) VisitQuery(*function.subquery->node);
      return;
    }
    case duckdb::TableReferenceType::EXPRESSION_LIST:
      for (auto& row : table.Cast<duckdb::ExpressionListRef>().values) VisitAll(row);
      return;
    case duckdb::TableReferenceType::PIVOT:
      VisitPivot(table.Cast<duckdb::PivotRef>());
      return;
    case duckdb::TableReferenceType::SHOW_REF: {
      auto& show = table.Cast<duckdb::ShowRef>();
      if (show.query != nullptr) VisitQuery(*show.query);
      return;
    }
    case duckdb::TableReferenceType::INVALID:
    case duckdb::TableReferenceType::EMPTY_FROM:
    case duckdb::TableReferenceType::CTE:
    case duckdb::TableReferenceType::COLUMN_DATA:
    case duckdb::TableReferenceType::DELIM_GET:
    case duckdb::TableReferenceType::BOUND_TABLE_REF:
      return;
  }
}

void Finder::VisitPivot(duckdb::PivotRef& pivot) {
  VisitTable(*pivot.source);
  VisitAll(pivot.aggregates);
  for (auto& column : pivot.pivots) {
    VisitAll(column.pivot_expressions);
    for (auto& entry : column.entries) VisitMaybe(entry.expr);
    if (column.subquery != nullptr) VisitQuery(*column.subquery);
  }
}

void Finder::VisitFunction(duckdb::FunctionExpression& call) {
  const auto macro = macros_.find(base::ToLower(call.function_name));
  if (macro != macros_.end()) {
    for (TableReference reference : macro->second) {
      reference.offset = OffsetOf(call.GetQueryLocation());
      found_.push_back(std::move(reference));
    }
  }
  if (!base::EqualsIgnoreCase(call.function_name, "lake_scan") || call.children.empty()) return;
  if (call.children[0]->GetExpressionClass() != duckdb::ExpressionClass::CONSTANT) return;
  const auto& argument = call.children[0]->Cast<duckdb::ConstantExpression>();
  const std::string name = argument.value.ToString();
  const size_t dot = name.find('.');
  if (dot == std::string::npos) return;
  found_.push_back(
      {name.substr(0, dot), name.substr(dot + 1), OffsetOf(argument.GetQueryLocation())});
}

void Finder::VisitExpression(ParsedExpression& expression) {
  if (expression.GetExpressionClass() == duckdb::ExpressionClass::SUBQUERY) {
    VisitQuery(*expression.Cast<duckdb::SubqueryExpression>().subquery->node);
  } else if (expression.GetExpressionClass() == duckdb::ExpressionClass::FUNCTION) {
    VisitFunction(expression.Cast<duckdb::FunctionExpression>());
  }
  duckdb::ParsedExpressionIterator::EnumerateChildren(
      expression, [&](ParsedExpression& child) { VisitExpression(child); });
}

std::vector<TableReference> Finder::Take() {
  std::stable_sort(found_.begin(), found_.end(),
                   [](const TableReference& a, const TableReference& b) {
                     return a.offset.value_or(SIZE_MAX) < b.offset.value_or(SIZE_MAX);
                   });
  std::vector<TableReference> distinct;
  std::set<std::pair<std::string, std::string>> seen;
  for (TableReference& reference : found_) {
    if (seen.insert({base::ToLower(reference.schema), base::ToLower(reference.name)}).second) {
      distinct.push_back(std::move(reference));
    }
  }
  return distinct;
}

}  // namespace

std::vector<TableReference> FindReferences(QueryNode& query, const MacroReferences& macros) {
  Finder finder(macros);
  finder.VisitQuery(query);
  return finder.Take();
}

std::vector<TableReference> FindReferences(ParsedExpression& expression,
                                           const MacroReferences& macros) {
  Finder finder(macros);
  finder.VisitExpression(expression);
  return finder.Take();
}

}  // namespace sql
