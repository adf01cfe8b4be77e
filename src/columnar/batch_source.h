// BatchSource: rows on their way into SQL, pulled by as many threads as the reader cares to use.
#pragma once

#include <cstddef>
#include <memory>

#include "base/result.h"
#include "columnar/type.h"

namespace duckdb {
class DataChunk;
}

namespace columnar {

// One thread's share of a source. THREAD: one at a time.
class BatchStream {
 public:
  virtual ~BatchStream() = default;
  // Fills `chunk` (initialised with the source's schema, reset) with up to kBatchRows rows;
  // false when this stream has no more.
  virtual base::Result<bool> Next(duckdb::DataChunk& chunk) = 0;
};

// THREAD: any.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  [[nodiscard]] virtual const Schema& schema() const = 0;
  // How many streams can usefully run at once, at least 1.
  [[nodiscard]] virtual size_t parallelism() const = 0;
  virtual base::Result<std::unique_ptr<BatchStream>> OpenStream() = 0;
};

}  // namespace columnar
