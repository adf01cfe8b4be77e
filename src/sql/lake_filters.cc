// Filters of a query as the simple comparisons that lake::PruneFiles understands.
#include "sql/lake_filters.h"

#include <cmath>
#include <optional>
#include <string>

#include <duckdb/common/types/date.hpp>
#include <duckdb/common/types/timestamp.hpp>
#include <duckdb/planner/expression/bound_between_expression.hpp>
#include <duckdb/planner/expression/bound_columnref_expression.hpp>
#include <duckdb/planner/expression/bound_comparison_expression.hpp>
#include <duckdb/planner/expression/bound_conjunction_expression.hpp>
#include <duckdb/planner/expression/bound_constant_expression.hpp>
#include <duckdb/planner/expression/bound_operator_expression.hpp>

namespace sql {
namespace {

using duckdb::Expression;
using duckdb::ExpressionClass;
using duckdb::ExpressionType;
using duckdb::LogicalTypeId;
using lake::CompareOp;
using lake::Comparison;

std::optional<std::string> NumberText(const duckdb::Value& value) {
  const std::string text = value.ToString();
  if (text.starts_with('.')) return "0" + text;  // ".05" of a decimal
  return text.starts_with("-.") ? "-0" + text.substr(1) : text;
}

// The protocol's text of a constant; nullopt for one it has no text for.
std::optional<std::string> ConstantText(const duckdb::Value& value) {
  if (value.IsNull()) return std::nullopt;
  switch (value.type().id()) {
    case LogicalTypeId::BOOLEAN:
      return value.GetValue<bool>() ? "true" : "false";
    case LogicalTypeId::TINYINT:
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::BIGINT:
    case LogicalTypeId::DECIMAL:
      return NumberText(value);
    case LogicalTypeId::FLOAT:
    case LogicalTypeId::DOUBLE:
      return std::isfinite(value.GetValue<double>()) ? NumberText(value) : std::nullopt;
    case LogicalTypeId::VARCHAR:
      return duckdb::StringValue::Get(value);
    case LogicalTypeId::DATE: {
      const auto date = value.GetValue<duckdb::date_t>();
      if (!duckdb::Date::IsFinite(date)) return std::nullopt;
      return duckdb::Date::ToString(date);
    }
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_TZ: {
      const auto timestamp = value.GetValueUnsafe<duckdb::timestamp_t>();
      if (!duckdb::Timestamp::IsFinite(timestamp)) return std::nullopt;
      return duckdb::Timestamp::ToString(timestamp);
    }
    default:
      return std::nullopt;
  }
}

std::optional<CompareOp> OperatorOf(ExpressionType type) {
  switch (type) {
    case ExpressionType::COMPARE_EQUAL:
      return CompareOp::kEqual;
    case ExpressionType::COMPARE_LESSTHAN:
      return CompareOp::kLess;
    case ExpressionType::COMPARE_LESSTHANOREQUALTO:
      return CompareOp::kLessEqual;
    case ExpressionType::COMPARE_GREATERTHAN:
      return CompareOp::kGreater;
    case ExpressionType::COMPARE_GREATERTHANOREQUALTO:
      return CompareOp::kGreaterEqual;
    default:
      return std::nullopt;
  }
}

class Collector {
 public:
  explicit Collector(const duckdb::MultiFilePushdownInfo& info) : info_(info) {}

  void Add(const Expression& filter) {
    switch (filter.GetExpressionClass()) {
      case ExpressionClass::BOUND_CONJUNCTION:
        if (filter.GetExpressionType() != ExpressionType::CONJUNCTION_AND) return;
        for (const auto& child : filter.Cast<duckdb::BoundConjunctionExpression>().children) {
          Add(*child);
        }
        return;
      case ExpressionClass::BOUND_COMPARISON: {
        const auto& comparison = filter.Cast<duckdb::BoundComparisonExpression>();
        const auto type = filter.GetExpressionType();
        AddComparison(type, *comparison.left, *comparison.right);
        AddComparison(duckdb::FlipComparisonExpression(type), *comparison.right, *comparison.left);
        return;
      }
      case ExpressionClass::BOUND_BETWEEN: {
        const auto& between = filter.Cast<duckdb::BoundBetweenExpression>();
        AddComparison(between.lower_inclusive ? ExpressionType::COMPARE_GREATERTHANOREQUALTO
                                              : ExpressionType::COMPARE_GREATERTHAN,
                      *between.input, *between.lower);
        AddComparison(between.upper_inclusive ? ExpressionType::COMPARE_LESSTHANOREQUALTO
                                              : ExpressionType::COMPARE_LESSTHAN,
                      *between.input, *between.upper);
        return;
      }
      case ExpressionClass::BOUND_OPERATOR:
        AddOperator(filter.Cast<duckdb::BoundOperatorExpression>());
        return;
      default:
        return;
    }
  }

  std::vector<Comparison> Take() { return std::move(comparisons_); }

 private:
  // The name of the scanned column that `expression` is, if it is one.
  [[nodiscard]] std::optional<std::string> ColumnOf(const Expression& expression) const {
    if (expression.GetExpressionClass() != ExpressionClass::BOUND_COLUMN_REF) return std::nullopt;
    const auto& binding = expression.Cast<duckdb::BoundColumnRefExpression>().binding;
    if (binding.table_index != info_.table_index ||
        binding.column_index >= info_.column_ids.size()) {
      return std::nullopt;
    }
    const auto column = info_.column_ids[binding.column_index];
    if (column >= info_.column_names.size()) return std::nullopt;  // a virtual column
    return info_.column_names[column];
  }

  static std::optional<std::string> TextOf(const Expression& expression) {
    if (expression.GetExpressionClass() != ExpressionClass::BOUND_CONSTANT) return std::nullopt;
    return ConstantText(expression.Cast<duckdb::BoundConstantExpression>().value);
  }

  void AddComparison(ExpressionType type, const Expression& left, const Expression& right) {
    const auto op = OperatorOf(type);
    const auto column = ColumnOf(left);
    const auto text = TextOf(right);
    if (!op || !column || !text || left.return_type != right.return_type) return;
    comparisons_.push_back({*column, *op, {*text}});
  }

  void AddOperator(const duckdb::BoundOperatorExpression& filter) {
    const auto column = ColumnOf(*filter.children[0]);
    if (!column) return;
    switch (filter.GetExpressionType()) {
      case ExpressionType::OPERATOR_IS_NULL:
        comparisons_.push_back({*column, CompareOp::kIsNull, {}});
        return;
      case ExpressionType::OPERATOR_IS_NOT_NULL:
        comparisons_.push_back({*column, CompareOp::kIsNotNull, {}});
        return;
      case ExpressionType::COMPARE_IN: {
        Comparison comparison{*column, CompareOp::kIn, {}};
        for (size_t i = 1; i < filter.children.size(); ++i) {
          const auto text = TextOf(*filter.children[i]);
          if (!text) return;
          comparison.values.push_back(*text);
        }
        comparisons_.push_back(std::move(comparison));
        return;
      }
      default:
        return;
    }
  }

  const duckdb::MultiFilePushdownInfo& info_;
  std::vector<Comparison> comparisons_;
};

}  // namespace

std::vector<Comparison> ComparisonsOf(
    const duckdb::MultiFilePushdownInfo& info,
    const duckdb::vector<duckdb::unique_ptr<Expression>>& filters) {
  Collector collector(info);
  for (const auto& filter : filters) collector.Add(*filter);
  return collector.Take();
}

}  // namespace sql
