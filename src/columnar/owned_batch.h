// OwnedBatch: a batch of its own for those who fill one without DuckDB's headers: records decoded
// only to see whether they fit, tests, fuzz targets. Owner; THREAD: one at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "columnar/column_writer.h"
#include "columnar/type.h"

namespace columnar {

class OwnedBatch {
 public:
  // ERRORS: kUnsupported: a type DuckDB does not know.
  static base::Result<std::unique_ptr<OwnedBatch>> Create(Schema schema);
  ~OwnedBatch();
  OwnedBatch(const OwnedBatch&) = delete;
  OwnedBatch& operator=(const OwnedBatch&) = delete;

  BatchWriter& writer() { return *writer_; }
  void Clear();  // forgets every row; writer() is a new one
  // Ends the writing and shows each row, its cells as DuckDB prints them joined by '|'.
  [[nodiscard]] std::vector<std::string> FinishAsText();

 private:
  struct Chunk;
  OwnedBatch(Schema schema, std::unique_ptr<Chunk> chunk);

  const Schema schema_;
  std::unique_ptr<Chunk> chunk_;
  std::unique_ptr<BatchWriter> writer_;
};

}  // namespace columnar
