// batch_scan(number): a BatchSource as a table function. Internal; WriteTable reads its sources by
// it. Streams are opened by DuckDB's threads, one each.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <duckdb/main/database.hpp>

#include "columnar/batch_source.h"

namespace sql {

// Sources that queries may read at the moment. THREAD: any.
class BatchSources {
 public:
  // Lends `source` to queries for as long as this lives.
  class Lease {
   public:
    Lease(std::shared_ptr<BatchSources> sources, columnar::BatchSource& source);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    [[nodiscard]] std::string Query() const;  // SELECT * FROM batch_scan(7)

   private:
    std::shared_ptr<BatchSources> sources_;
    int64_t number_ = 0;
  };

  // nullptr when the number is not lent.
  [[nodiscard]] columnar::BatchSource* Find(int64_t number) const;

 private:
  mutable std::mutex mutex_;
  int64_t next_number_ = 1;
  std::map<int64_t, columnar::BatchSource*> sources_;
};

void RegisterBatchScan(duckdb::DatabaseInstance& database, std::shared_ptr<BatchSources> sources);

}  // namespace sql
