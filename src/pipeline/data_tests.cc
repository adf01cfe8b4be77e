#include "pipeline/data_tests.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "pipeline/names.h"

namespace pipeline {
namespace {

using yaml::Context;
using yaml::Entry;
using yaml::Kind;
using yaml::MapReader;
using yaml::Text;
using yaml::Value;

std::string QuotedColumns(const std::vector<std::string>& columns) {
  std::vector<std::string> quoted;
  for (const std::string& column : columns) quoted.push_back(base::QuoteIdentifier(column));
  return base::Join(quoted, ", ");
}

class TestReader {
 public:
  TestReader(const Context& context, Model& model)
      : context_(context), model_(model), table_(QuoteRelation(model.name)) {}

  void Read(const Value& tests) {
    MapReader map(tests, "'tests'", context_);
    if (!map.ok()) return;
    for (const char* kind : {"not_null", "unique"}) {
      if (const Entry* entry = map.Find(kind)) ReadColumnTests(kind, entry->value);
    }
    if (const Entry* entry = map.Find("accepted_values")) ReadAcceptedValues(entry->value);
    if (const Entry* entry = map.Find("relationships")) ReadRelationships(entry->value);
    if (const Entry* entry = map.Find("expression")) ReadExpressions(entry->value);
    map.Finish();
  }

 private:
  // {severity: error | warn} of a test written as a map.
  bool ReadSeverity(MapReader& map) {
    const auto severity = map.FindText("severity");
    if (!severity || severity->text == "error") return false;
    if (severity->text != "warn") {
      context_.problems.Error(severity->position,
                              "the severity '" + severity->written + "' is not error or warn");
    }
    return true;
  }

  void Add(DataTest test) {
    const bool twice = std::any_of(model_.tests.begin(), model_.tests.end(),
                                   [&](const DataTest& other) { return other.name == test.name; });
    if (twice) {
      context_.problems.Error(test.position,
                              "the test " + test.name + " stands here a second time");
      return;
    }
    model_.tests.push_back(std::move(test));
  }

  // An item: a column, a list of columns (unique only), or {column(s): ..., severity: ...}.
  void ReadColumnTests(const std::string& kind, const Value& value) {
    const std::string what = "'" + kind + "'";
    if (value.kind != Kind::kList) {
      ReadColumnTest(kind, value);
      return;
    }
    for (const Value& item : value.items) ReadColumnTest(kind, item);
  }

  void ReadColumnTest(const std::string& kind, const Value& item) {
    std::vector<Text> columns;
    bool warn_only = false;
    if (item.kind == Kind::kMap) {
      MapReader map(item, "a test of '" + kind + "'", context_);
      const char* key = kind == "unique" ? "columns" : "column";
      if (map.Require(key) != nullptr) columns = map.FindTexts(key);
      warn_only = ReadSeverity(map);
      map.Finish();
    } else {
      columns = yaml::ReadTexts(item, "'" + kind + "'", context_);
    }
    if (columns.empty()) return;
    if (kind == "not_null" && columns.size() > 1) {
      context_.problems.Error(item.position, "'not_null' tests one column at a time",
                              "Write each column as an item of its own.");
      return;
    }
    DataTest test{.name = {},
                  .kind = kind,
                  .query = {},
                  .columns = {},
                  .references = {},
                  .position = columns.front().position,
                  .warn_only = warn_only};
    for (const Text& column : columns) test.columns.push_back(column.text);
    test.name = kind + "(" + base::Join(test.columns, ", ") + ")";
    const std::string list = QuotedColumns(test.columns);
    if (kind == "not_null") {
      test.query = "SELECT * FROM " + table_ + " WHERE " + list + " IS NULL";
    } else {
      std::vector<std::string> present;
      for (const std::string& column : test.columns) {
        present.push_back(base::QuoteIdentifier(column) + " IS NOT NULL");
      }
      test.query = "SELECT " + list + ", count(*) AS num_rows FROM " + table_ + " WHERE " +
                   base::Join(present, " AND ") + " GROUP BY " + list + " HAVING count(*) > 1";
    }
    Add(std::move(test));
  }

  void ReadAcceptedValues(const Value& value) {
    if (!MapReader(value, "'accepted_values'", context_).ok()) return;
    for (const Entry& entry : value.entries) {
      std::vector<Text> accepted;
      bool warn_only = false;
      if (entry.value.kind == Kind::kMap) {
        MapReader map(entry.value, "the test of '" + entry.key + "'", context_);
        if (map.Require("values") != nullptr) accepted = map.FindTexts("values");
        warn_only = ReadSeverity(map);
        map.Finish();
      } else {
        accepted = yaml::ReadTexts(entry.value, "the values of '" + entry.key + "'", context_);
      }
      if (accepted.empty()) {
        if (entry.value.kind == Kind::kList) {
          context_.problems.Error(entry.position, "'" + entry.key + "' accepts no value at all");
        }
        continue;
      }
      std::vector<std::string> literals;
      for (const Text& text : accepted) literals.push_back(base::QuoteLiteral(text.text));
      Add({.name = "accepted_values(" + entry.key + ")",
           .kind = "accepted_values",
           .query = "SELECT * FROM " + table_ + " WHERE " + base::QuoteIdentifier(entry.key) +
                    " NOT IN (" + base::Join(literals, ", ") + ")",
           .columns = {entry.key},
           .references = {},
           .position = entry.position,
           .warn_only = warn_only});
    }
  }

  void ReadRelationships(const Value& value) {
    if (!MapReader(value, "'relationships'", context_).ok()) return;
    for (const Entry& entry : value.entries) {
      std::optional<Text> to;
      bool warn_only = false;
      if (entry.value.kind == Kind::kMap) {
        MapReader map(entry.value, "the relationship of '" + entry.key + "'", context_);
        to = map.RequireText("to");
        warn_only = ReadSeverity(map);
        map.Finish();
      } else {
        to = yaml::ReadText(entry.value, "the relationship of '" + entry.key + "'", context_);
      }
      if (!to) continue;
      const size_t dot = to->text.rfind('.');
      auto relation = ParseRelationName(
          "the table", dot == std::string::npos ? "" : std::string_view(to->text).substr(0, dot));
      if (!relation.ok()) {
        context_.problems.Error(to->position,
                                "'" + to->written + "' is not of the form schema.table.column");
        continue;
      }
      const ColumnReference reference{.relation = *relation, .column = to->text.substr(dot + 1)};
      const std::string column = base::QuoteIdentifier(entry.key);
      Add({.name = "relationships(" + entry.key + " to " + to->text + ")",
           .kind = "relationships",
           .query = "SELECT * FROM " + table_ + " AS child WHERE child." + column +
                    " IS NOT NULL AND NOT EXISTS (SELECT 1 FROM " +
                    QuoteRelation(reference.relation) + " AS parent WHERE parent." +
                    base::QuoteIdentifier(reference.column) + " = child." + column + ")",
           .columns = {entry.key},
           .references = reference,
           .position = entry.position,
           .warn_only = warn_only});
    }
  }

  void ReadExpressions(const Value& value) {
    if (value.kind != Kind::kList) return ReadExpression(value);
    for (const Value& item : value.items) ReadExpression(item);
  }

  void ReadExpression(const Value& item) {
    std::optional<Text> expression;
    bool warn_only = false;
    if (item.kind == Kind::kMap) {
      MapReader map(item, "a test of 'expression'", context_);
      expression = map.RequireText("expression");
      warn_only = ReadSeverity(map);
      map.Finish();
    } else {
      expression = yaml::ReadText(item, "'expression'", context_);
    }
    if (!expression) return;
    // The line ends keep a comment in the expression from swallowing the bracket.
    Add({.name = "expression(" + expression->text + ")",
         .kind = "expression",
         .query = "SELECT * FROM " + table_ + " WHERE NOT (\n" + expression->text + "\n)",
         .columns = {},
         .references = {},
         .position = expression->position,
         .warn_only = warn_only});
  }

  const Context& context_;
  Model& model_;
  std::string table_;
};

}  // namespace

void ReadDataTests(const yaml::Value& value, const yaml::Context& context, Model& model) {
  TestReader(context, model).Read(value);
}

std::string QuoteRelation(const RelationName& name) {
  return base::QuoteIdentifier(name.schema) + "." + base::QuoteIdentifier(name.name);
}

std::string SeedQuery(const std::string& path) {
  return "SELECT * FROM read_csv(" + base::QuoteLiteral(path) + ", header = true)";
}

}  // namespace pipeline
