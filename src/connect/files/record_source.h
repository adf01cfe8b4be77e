// RecordSource: the good records of some JSON or CSV files as batches, read by several threads;
// what is rejected goes into a buffer. RejectSource: the same files the other way round, only what
// is rejected, with memory bounded. Both see the same records in the same way, so a file read again
// splits into the same rows and rejects.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "codec/avro_schema.h"
#include "columnar/batch_source.h"
#include "connect/files/input_file.h"
#include "connect/files/rejects.h"
#include "env/files.h"

namespace connect::files {

// What reading needs to know, besides the files. Borrowed by sources for their life.
struct ReadContext {
  env::Files* files = nullptr;
  codec::AvroSchema schema;
  columnar::Schema columns;  // of schema
  std::string null_text;     // CSV
  bool first_line_header = true;
  int64_t loaded_at_unix_ms = 0;
  std::stop_token stop;
};

struct RecordCounts {
  int64_t rows = 0;
  int64_t rejected = 0;
  int64_t blank = 0;
  std::map<std::string, int64_t> rejected_by_kind;
  void Add(const RecordCounts& other);
};

// A file, or a part of an uncompressed JSON file, as one stream reads it.
struct ReadRange {
  size_t file = 0;
  uint64_t begin = 0;
  uint64_t end = 0;
  int64_t lines = 0;  // set once it was read: how many begin in it
};

// THREAD: as BatchSource; counts and rejects are asked for when all streams have ended.
class RecordSource final : public columnar::BatchSource {
 public:
  RecordSource(const ReadContext* context, std::vector<InputFile> inputs);
  ~RecordSource() override;

  [[nodiscard]] const columnar::Schema& schema() const override { return context_->columns; }
  [[nodiscard]] size_t parallelism() const override { return ranges_.size(); }
  base::Result<std::unique_ptr<columnar::BatchStream>> OpenStream() override;

  [[nodiscard]] const RecordCounts& counts() const { return counts_; }
  // With true line numbers; REQUIRES: !rejects_overflowed().
  [[nodiscard]] std::vector<RejectedRecord> TakeRejects();
  [[nodiscard]] bool rejects_overflowed() const { return rejects_.overflowed(); }

 private:
  class Stream;
  void Ended(size_t range, int64_t lines, const RecordCounts& counts);

  const ReadContext* context_;
  const std::vector<InputFile> inputs_;
  std::vector<ReadRange> ranges_;
  std::atomic<size_t> next_range_{0};
  std::mutex mutex_;  // guards counts_ and the lines of ranges_
  RecordCounts counts_;
  RejectBuffer rejects_;
};

// Rows of RejectedColumns. One stream a file, so that lines are counted as they come.
class RejectSource final : public columnar::BatchSource {
 public:
  RejectSource(const ReadContext* context, std::vector<InputFile> inputs);
  ~RejectSource() override;

  [[nodiscard]] const columnar::Schema& schema() const override { return schema_; }
  [[nodiscard]] size_t parallelism() const override { return inputs_.size(); }
  base::Result<std::unique_ptr<columnar::BatchStream>> OpenStream() override;

  [[nodiscard]] const RecordCounts& counts() const { return counts_; }

 private:
  class Stream;

  const ReadContext* context_;
  const columnar::Schema schema_;
  const std::vector<InputFile> inputs_;
  std::atomic<size_t> next_file_{0};
  std::mutex mutex_;  // guards counts_
  RecordCounts counts_;
};

}  // namespace connect::files
