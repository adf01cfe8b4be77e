// The rows of a running query, rendered as text or JSON a chunk at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <duckdb/main/client_context.hpp>
#include <duckdb/main/query_result.hpp>

#include "sql/engine.h"

namespace sql {

class QueryRows final : public Rows {
 public:
  explicit QueryRows(duckdb::shared_ptr<duckdb::ClientContext> context,
                     duckdb::unique_ptr<duckdb::QueryResult> result);

  [[nodiscard]] const std::vector<Column>& columns() const override { return columns_; }
  base::Result<bool> NextText(std::vector<TextRow>& rows) override;
  base::Result<bool> NextJson(std::vector<std::string>& rows) override;

  // The next rows as they are, flat; null at the end.
  base::Result<duckdb::unique_ptr<duckdb::DataChunk>> NextChunk();

 private:
  duckdb::shared_ptr<duckdb::ClientContext> context_;
  duckdb::unique_ptr<duckdb::QueryResult> result_;
  std::vector<Column> columns_;
};

// One JSON text a row of a flat vector. Numbers (HUGEINT and DECIMAL included) keep every digit;
// NaN and infinities are strings, as are all other scalars; docs/sql.md has the table.
std::vector<std::string> RenderJson(duckdb::Vector& vector, size_t num_rows);

}  // namespace sql
