#include "columnar/owned_batch.h"

#include <utility>

#include <duckdb/common/allocator.hpp>
#include <duckdb/common/types/data_chunk.hpp>

#include "columnar/duckdb_type.h"

namespace columnar {

struct OwnedBatch::Chunk {
  duckdb::DataChunk chunk;
};

OwnedBatch::OwnedBatch(Schema schema, std::unique_ptr<Chunk> chunk)
    : schema_(std::move(schema)), chunk_(std::move(chunk)) {
  Clear();
}

OwnedBatch::~OwnedBatch() = default;

base::Result<std::unique_ptr<OwnedBatch>> OwnedBatch::Create(Schema schema) {
  duckdb::vector<duckdb::LogicalType> types;
  for (const Field& field : schema.fields) types.push_back(TRY(ToDuckDb(field.type)));
  auto chunk = std::make_unique<Chunk>();
  chunk->chunk.Initialize(duckdb::Allocator::DefaultAllocator(), types);
  return std::unique_ptr<OwnedBatch>(new OwnedBatch(std::move(schema), std::move(chunk)));
}

void OwnedBatch::Clear() {
  chunk_->chunk.Reset();
  writer_ = std::make_unique<BatchWriter>(schema_, chunk_->chunk);
}

std::vector<std::string> OwnedBatch::FinishAsText() {
  writer_->Finish();
  chunk_->chunk.Verify();
  std::vector<std::string> rows;
  for (size_t row = 0; row < chunk_->chunk.size(); ++row) {
    std::string text;
    for (size_t column = 0; column < chunk_->chunk.ColumnCount(); ++column)
      text += (column > 0 ? "|" : "") + chunk_->chunk.GetValue(column, row).ToString();
    rows.push_back(std::move(text));
  }
  return rows;
}

}  // namespace columnar
