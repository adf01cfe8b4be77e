// Column lineage of a bound, unoptimised plan. Every operator that makes new columns is visited
// after its children and says where each of its columns comes from, by column binding.
#include "sql/lineage.h"

#include <map>
#include <set>
#include <utility>

#include <duckdb/catalog/catalog_entry/schema_catalog_entry.hpp>
#include <duckdb/catalog/catalog_entry/table_catalog_entry.hpp>
#include <duckdb/planner/expression/bound_columnref_expression.hpp>
#include <duckdb/planner/expression_iterator.hpp>
#include <duckdb/planner/operator/list.hpp>

namespace sql {
namespace {

using duckdb::ColumnBinding;
using duckdb::Expression;
using duckdb::LogicalOperator;
using duckdb::LogicalOperatorType;

using Origins = std::set<ColumnOrigin>;

class Walker {
 public:
  void Visit(LogicalOperator& op);
  [[nodiscard]] Origins Of(const ColumnBinding& binding) const;

 private:
  using Expressions = duckdb::vector<duckdb::unique_ptr<Expression>>;

  [[nodiscard]] Origins OfExpression(Expression& expression) const;
  [[nodiscard]] Origins OfAll(LogicalOperator& op) const;
  void Add(uint64_t table_index, uint64_t column, const Origins& origins);
  void AddExpressions(uint64_t table_index, Expressions& expressions);

  void VisitChildren(LogicalOperator& op);
  void AddNewColumns(LogicalOperator& op);
  void AddGet(duckdb::LogicalGet& get);
  void AddAggregate(duckdb::LogicalAggregate& aggregate);
  void AddSetOperation(duckdb::LogicalSetOperation& operation);
  void AddMark(LogicalOperator& op);
  void AddDelimGet(duckdb::LogicalDelimGet& get);
  void AddUnknown(LogicalOperator& op);
  void VisitDelimJoin(duckdb::LogicalComparisonJoin& join);
  void VisitRecursion(duckdb::LogicalRecursiveCTE& cte);

  std::map<std::pair<uint64_t, uint64_t>, Origins> origins_;  // by table and column index
  std::vector<std::vector<Origins>> correlated_;  // of the dependent joins around, innermost last
};

Origins Walker::Of(const ColumnBinding& binding) const {
  const auto found = origins_.find({binding.table_index, binding.column_index});
  return found == origins_.end() ? Origins() : found->second;
}

Origins Walker::OfExpression(Expression& expression) const {
  Origins result;
  if (expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_COLUMN_REF) {
    result = Of(expression.Cast<duckdb::BoundColumnRefExpression>().binding);
  }
  duckdb::ExpressionIterator::EnumerateChildren(
      expression, [&](Expression& child) { result.merge(OfExpression(child)); });
  return result;
}

Origins Walker::OfAll(LogicalOperator& op) const {
  Origins result;
  for (auto& child : op.children) {
    for (const ColumnBinding& binding : child->GetColumnBindings()) result.merge(Of(binding));
  }
  return result;
}

void Walker::Add(uint64_t table_index, uint64_t column, const Origins& origins) {
  origins_[{table_index, column}].insert(origins.begin(), origins.end());
}

void Walker::AddExpressions(uint64_t table_index, Expressions& expressions) {
  for (size_t i = 0; i < expressions.size(); ++i) {
    Add(table_index, i, OfExpression(*expressions[i]));
  }
}

void Walker::AddGet(duckdb::LogicalGet& get) {
  const auto table = get.GetTable();
  const auto& columns = get.GetColumnIds();
  // A function over rows (unnest and the like) makes its columns from those of its input.
  const Origins from_input = OfAll(get);
  for (size_t i = 0; i < columns.size(); ++i) {
    if (table == nullptr || columns[i].IsVirtualColumn()) {
      Add(get.table_index, i, from_input);
    } else {
      Add(get.table_index, i,
          {{table->schema.name, table->name, get.names[columns[i].GetPrimaryIndex()]}});
    }
  }
}

void Walker::AddAggregate(duckdb::LogicalAggregate& aggregate) {
  AddExpressions(aggregate.group_index, aggregate.groups);
  AddExpressions(aggregate.aggregate_index, aggregate.expressions);
  for (size_t i = 0; i < aggregate.grouping_functions.size(); ++i) {
    for (const auto group : aggregate.grouping_functions[i]) {
      Add(aggregate.groupings_index, i, OfExpression(*aggregate.groups[group]));
    }
  }
}

void Walker::AddSetOperation(duckdb::LogicalSetOperation& operation) {
  // The rows of EXCEPT are rows of its left side; the right side only takes some away.
  const size_t num_sides =
      operation.type == LogicalOperatorType::LOGICAL_EXCEPT ? size_t{1} : operation.children.size();
  for (size_t side = 0; side < num_sides; ++side) {
    const auto bindings = operation.children[side]->GetColumnBindings();
    for (size_t i = 0; i < bindings.size(); ++i) Add(operation.table_index, i, Of(bindings[i]));
  }
}

// The column of a mark join says whether the condition held for some row.
void Walker::AddMark(LogicalOperator& op) {
  auto& join = op.Cast<duckdb::LogicalJoin>();
  if (join.join_type != duckdb::JoinType::MARK) return;
  if (op.type == LogicalOperatorType::LOGICAL_ANY_JOIN) {
    Add(join.mark_index, 0, OfExpression(*op.Cast<duckdb::LogicalAnyJoin>().condition));
    return;
  }
  for (auto& condition : op.Cast<duckdb::LogicalComparisonJoin>().conditions) {
    Add(join.mark_index, 0, OfExpression(*condition.left));
    Add(join.mark_index, 0, OfExpression(*condition.right));
  }
}

// The columns of the outer query that a correlated subquery reads. Below several dependent joins
// it is not told which of them is meant, so all count.
void Walker::AddDelimGet(duckdb::LogicalDelimGet& get) {
  const bool only_one = correlated_.size() == 1;
  for (size_t i = 0; i < get.chunk_types.size(); ++i) {
    for (const auto& columns : correlated_) {
      for (size_t column = 0; column < columns.size(); ++column) {
        if (!only_one || column == i) Add(get.table_index, i, columns[column]);
      }
    }
  }
}

void Walker::AddUnknown(LogicalOperator& op) {
  for (const ColumnBinding& binding : op.GetColumnBindings()) {
    if (!origins_.contains({binding.table_index, binding.column_index})) {
      Add(binding.table_index, binding.column_index, OfAll(op));
    }
  }
}

void Walker::AddNewColumns(LogicalOperator& op) {
  switch (op.type) {
    case LogicalOperatorType::LOGICAL_GET:
      return AddGet(op.Cast<duckdb::LogicalGet>());
    case LogicalOperatorType::LOGICAL_PROJECTION:
      return AddExpressions(op.Cast<duckdb::LogicalProjection>().table_index, op.expressions);
    case LogicalOperatorType::LOGICAL_AGGREGATE_AND_GROUP_BY:
      return AddAggregate(op.Cast<duckdb::LogicalAggregate>());
    case LogicalOperatorType::LOGICAL_WINDOW:
      return AddExpressions(op.Cast<duckdb::LogicalWindow>().window_index, op.expressions);
    case LogicalOperatorType::LOGICAL_UNNEST:
      return AddExpressions(op.Cast<duckdb::LogicalUnnest>().unnest_index, op.expressions);
    case LogicalOperatorType::LOGICAL_EXPRESSION_GET: {
      auto& values = op.Cast<duckdb::LogicalExpressionGet>();
      for (auto& row : values.expressions) AddExpressions(values.table_index, row);
      return;
    }
    case LogicalOperatorType::LOGICAL_DELIM_GET:
      return AddDelimGet(op.Cast<duckdb::LogicalDelimGet>());
    case LogicalOperatorType::LOGICAL_CTE_REF: {
      auto& reference = op.Cast<duckdb::LogicalCTERef>();
      for (size_t i = 0; i < reference.bound_columns.size(); ++i) {
        Add(reference.table_index, i, Of(ColumnBinding(reference.cte_index, i)));
      }
      return;
    }
    case LogicalOperatorType::LOGICAL_UNION:
    case LogicalOperatorType::LOGICAL_EXCEPT:
    case LogicalOperatorType::LOGICAL_INTERSECT:
      return AddSetOperation(op.Cast<duckdb::LogicalSetOperation>());
    case LogicalOperatorType::LOGICAL_COMPARISON_JOIN:
    case LogicalOperatorType::LOGICAL_DELIM_JOIN:
    case LogicalOperatorType::LOGICAL_ASOF_JOIN:
    case LogicalOperatorType::LOGICAL_ANY_JOIN:
      return AddMark(op);
    default:
      return;
  }
}

void Walker::VisitDelimJoin(duckdb::LogicalComparisonJoin& join) {
  const size_t outer = join.delim_flipped ? 1 : 0;
  Visit(*join.children[outer]);
  std::vector<Origins> columns;
  for (auto& column : join.duplicate_eliminated_columns) {
    columns.push_back(OfExpression(*column));
  }
  correlated_.push_back(std::move(columns));
  Visit(*join.children[1 - outer]);
  correlated_.pop_back();
}

// The recursive side reads what it makes itself: repeated until nothing new comes to light.
void Walker::VisitRecursion(duckdb::LogicalRecursiveCTE& cte) {
  for (size_t side = 0; side < cte.children.size(); ++side) {
    size_t before = 0, after = 0;
    do {
      before = after;
      after = 0;
      Visit(*cte.children[side]);
      const auto bindings = cte.children[side]->GetColumnBindings();
      for (size_t i = 0; i < bindings.size(); ++i) Add(cte.table_index, i, Of(bindings[i]));
      for (const auto& [binding, origins] : origins_) after += origins.size();
    } while (side == 1 && after > before);
  }
}

void Walker::VisitChildren(LogicalOperator& op) {
  if (op.type == LogicalOperatorType::LOGICAL_DELIM_JOIN) {
    return VisitDelimJoin(op.Cast<duckdb::LogicalComparisonJoin>());
  }
  if (op.type == LogicalOperatorType::LOGICAL_RECURSIVE_CTE) {
    return VisitRecursion(op.Cast<duckdb::LogicalRecursiveCTE>());
  }
  for (size_t i = 0; i < op.children.size(); ++i) {
    Visit(*op.children[i]);
    if (i == 0 && op.type == LogicalOperatorType::LOGICAL_MATERIALIZED_CTE) {
      const auto bindings = op.children[0]->GetColumnBindings();
      const auto table_index = op.Cast<duckdb::LogicalMaterializedCTE>().table_index;
      for (size_t column = 0; column < bindings.size(); ++column) {
        Add(table_index, column, Of(bindings[column]));
      }
    }
  }
}

void Walker::Visit(LogicalOperator& op) {
  VisitChildren(op);
  AddNewColumns(op);
  AddUnknown(op);
}

}  // namespace

std::vector<std::vector<ColumnOrigin>> FindLineage(LogicalOperator& plan) {
  Walker walker;
  walker.Visit(plan);
  std::vector<std::vector<ColumnOrigin>> lineage;
  for (const ColumnBinding& binding : plan.GetColumnBindings()) {
    const Origins origins = walker.Of(binding);
    lineage.emplace_back(origins.begin(), origins.end());
  }
  return lineage;
}

}  // namespace sql
