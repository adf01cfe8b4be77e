// Rejected records on their way into `<table>__rejected`.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "codec/json.h"
#include "columnar/batch_source.h"
#include "columnar/column_writer.h"

namespace connect::files {

struct RejectedRecord {
  size_t file = 0;      // index into the files of the load
  size_t range = 0;     // the part of the file it was met in
  int64_t line = 0;     // from 1, within the range
  uint64_t offset = 0;  // of its first byte
  codec::Reject reject;
  std::string record;
};

// What the streams of one commit reject, up to a bound in bytes; beyond it the records are dropped
// and only the fact stays, so that they are read again. THREAD: any.
class RejectBuffer {
 public:
  void Add(RejectedRecord record);
  [[nodiscard]] bool overflowed() const;
  // By file and place; afterwards the buffer is empty.
  [[nodiscard]] std::vector<RejectedRecord> Take();

 private:
  mutable std::mutex mutex_;
  std::vector<RejectedRecord> records_;
  size_t bytes_ = 0;
  bool overflowed_ = false;
};

// One row of RejectedColumns. `line` is the true one.
void WriteRejected(const RejectedRecord& record, const std::string& path, int64_t line,
                   int64_t loaded_at_unix_ms, columnar::BatchWriter& batch);

// Rows of RejectedColumns from memory; `paths` by file index, lines already the true ones.
std::unique_ptr<columnar::BatchSource> NewBufferedRejects(std::vector<RejectedRecord> records,
                                                          std::vector<std::string> paths,
                                                          int64_t loaded_at_unix_ms);

}  // namespace connect::files
