// Analyzer: what a model's SQL means, without running it: the tables it reads, its columns with
// their types, and which input columns each comes from. Works in a scratch database of its own
// whose tables are empty, so that `check` needs no data.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "columnar/type.h"
#include "sql/engine.h"

namespace sql {

struct TableReference {
  std::string schema;  // "" when the text has none
  std::string name;
  std::optional<size_t> offset;  // byte in the text
  friend bool operator==(const TableReference&, const TableReference&) = default;
};

struct ColumnOrigin {
  std::string schema, table, column;
  friend auto operator<=>(const ColumnOrigin&, const ColumnOrigin&) = default;
};

struct BoundColumn {
  Column column;
  std::vector<ColumnOrigin> origins;  // input columns its value is computed from, sorted
};

struct BoundSelect {
  std::vector<BoundColumn> columns;
};

class Analyzer {
 public:
  static base::Result<std::unique_ptr<Analyzer>> Open();
  virtual ~Analyzer() = default;

  // The tables that a text of one SELECT names, common table expressions excluded, in order of
  // first appearance. Parses only. Anything but one SELECT is a SqlError.
  virtual std::variant<std::vector<TableReference>, SqlError> References(
      const std::string& text) = 0;

  // CREATE MACRO and CREATE FUNCTION statements of a project's macros/.
  virtual std::variant<std::monostate, SqlError> DefineMacros(const std::string& text) = 0;

  virtual base::Result<void> DefineTable(const std::string& schema, const std::string& name,
                                         const columnar::Schema& columns) = 0;

  // Binds one SELECT against what was defined. Several mistakes may be found one at a time only:
  // DuckDB's binder stops at the first.
  virtual std::variant<BoundSelect, SqlError> Bind(const std::string& text) = 0;
};

}  // namespace sql
