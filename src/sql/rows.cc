// The rows of a running query, rendered as text a chunk at a time.
#include "sql/rows.h"

#include <duckdb/common/types/data_chunk.hpp>
#include <duckdb/common/vector_operations/vector_operations.hpp>

#include "base/json_writer.h"
#include "columnar/duckdb_type.h"
#include "sql/duckdb_error.h"

namespace sql {

QueryRows::QueryRows(duckdb::shared_ptr<duckdb::ClientContext> context,
                     duckdb::unique_ptr<duckdb::QueryResult> result)
    : context_(std::move(context)), result_(std::move(result)) {
  for (size_t i = 0; i < result_->names.size(); ++i) {
    columns_.push_back({result_->names[i], columnar::FromDuckDb(result_->types[i])});
  }
}

base::Result<duckdb::unique_ptr<duckdb::DataChunk>> QueryRows::NextChunk() {
  return Guard([&]() -> base::Result<duckdb::unique_ptr<duckdb::DataChunk>> {
    if (result_ == nullptr) return duckdb::unique_ptr<duckdb::DataChunk>();
    auto chunk = result_->Fetch();
    if (result_->HasError()) return ToError(result_->GetErrorObject());
    if (chunk == nullptr || chunk->size() == 0) {
      result_ = nullptr;  // fetching past the end is an error to DuckDB
      return duckdb::unique_ptr<duckdb::DataChunk>();
    }
    return chunk;
  });
}

base::Result<bool> QueryRows::NextText(std::vector<TextRow>& rows) {
  rows.clear();
  const auto chunk = TRY(NextChunk());
  if (chunk == nullptr) return false;
  return Guard([&]() -> base::Result<bool> {
    const size_t num_rows = chunk->size();
    rows.assign(num_rows, TextRow(columns_.size()));
    for (size_t column = 0; column < columns_.size(); ++column) {
      duckdb::Vector texts(duckdb::LogicalType::VARCHAR, num_rows);
      duckdb::VectorOperations::Cast(*context_, chunk->data[column], texts, num_rows);
      texts.Flatten(num_rows);
      const auto* data = duckdb::FlatVector::GetData<duckdb::string_t>(texts);
      const auto& validity = duckdb::FlatVector::Validity(texts);
      for (size_t row = 0; row < num_rows; ++row) {
        if (validity.RowIsValid(row)) rows[row][column] = data[row].GetString();
      }
    }
    return true;
  });
}

base::Result<bool> QueryRows::NextJson(std::vector<std::string>& rows) {
  rows.clear();
  const auto chunk = TRY(NextChunk());
  if (chunk == nullptr) return false;
  return Guard([&]() -> base::Result<bool> {
    std::vector<std::string> keys;
    std::vector<std::vector<std::string>> cells;
    for (size_t column = 0; column < columns_.size(); ++column) {
      keys.push_back((column == 0 ? "{" : ",") + base::JsonQuote(columns_[column].name) + ":");
      cells.push_back(RenderJson(chunk->data[column], chunk->size()));
    }
    rows.resize(chunk->size());
    for (size_t row = 0; row < rows.size(); ++row) {
      for (size_t column = 0; column < columns_.size(); ++column) {
        rows[row] += keys[column];
        rows[row] += cells[column][row];
      }
      rows[row] += columns_.empty() ? "{}" : "}";
    }
    return true;
  });
}

}  // namespace sql
