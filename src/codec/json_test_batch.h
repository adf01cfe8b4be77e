// A batch for the tests of decoders: decodes lines under a schema and shows the rows as text.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <duckdb/common/allocator.hpp>
#include <duckdb/common/types/data_chunk.hpp>

#include "codec/json.h"
#include "columnar/duckdb_type.h"

namespace codec {

class TestBatch {
 public:
  explicit TestBatch(const AvroSchema& schema)
      : columns_(schema.ToColumns().value()), decoder_(JsonDecoder::Create(schema).value()) {
    duckdb::vector<duckdb::LogicalType> types;
    for (const columnar::Field& field : columns_.fields)
      types.push_back(columnar::ToDuckDb(field.type).value());
    chunk_.Initialize(duckdb::Allocator::DefaultAllocator(), types);
    writer_.emplace(columns_, chunk_);
  }

  std::optional<Reject> Decode(std::string_view line) { return decoder_->Decode(line, *writer_); }

  // The rows so far, cells joined by '|'; the batch is done afterwards.
  std::vector<std::string> Rows() {
    writer_->Finish();
    chunk_.Verify();
    std::vector<std::string> rows;
    for (size_t row = 0; row < chunk_.size(); ++row) {
      std::string text;
      for (size_t column = 0; column < chunk_.ColumnCount(); ++column)
        text += (column > 0 ? "|" : "") + chunk_.GetValue(column, row).ToString();
      rows.push_back(std::move(text));
    }
    return rows;
  }

 private:
  columnar::Schema columns_;
  std::unique_ptr<JsonDecoder> decoder_;
  duckdb::DataChunk chunk_;
  std::optional<columnar::BatchWriter> writer_;
};

}  // namespace codec
