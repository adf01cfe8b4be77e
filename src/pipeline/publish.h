// Publishing: lake tables and views copied to PostgreSQL, all of a publication in one transaction,
// so that its readers see the old tables or the new ones. docs/pipeline.md, "Publishing".
// BLOCKS; THREAD: any.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "columnar/type.h"
#include "pipeline/project.h"
#include "sql/engine.h"

namespace pipeline {

struct PublishedTable {
  RelationName relation;
  std::string description;
  // Columns of each unique test that must hold; the first whose columns are all tested not_null is
  // the primary key.
  std::vector<std::vector<std::string>> unique;
  std::vector<std::string> not_null;
};

// What a model's tests say about its keys.
[[nodiscard]] PublishedTable DescribeTable(const RelationName& relation, const Model* maybe_model);

struct PublishReport {
  int64_t num_tables = 0;
  int64_t num_rows = 0;
};

base::Result<PublishReport> Publish(sql::Connection& connection, const std::string& url,
                                    const std::string& schema,
                                    const std::vector<PublishedTable>& tables,
                                    std::stop_token stop);

// A column in PostgreSQL and the SQL that renders it for COPY. ERRORS: kUnsupported, with the cast.
struct PublishedColumn {
  std::string type;        // "double precision"
  std::string expression;  // over the column, in DuckDB's SQL
};
base::Result<PublishedColumn> MapColumn(const sql::Column& column);

// Appends one row in COPY's text format. The index of a cell that holds a NUL character, which
// PostgreSQL cannot store, is returned and nothing appended.
std::optional<size_t> AppendCopyRow(const sql::Rows::TextRow& row, std::string& out);

}  // namespace pipeline
