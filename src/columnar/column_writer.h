// BatchWriter: fills one batch column by column without showing DuckDB's headers to codecs.
// Owner; THREAD: one at a time. Fixed-width values are stored straight into DuckDB's vectors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "columnar/type.h"

namespace duckdb {
class DataChunk;
class Vector;
}  // namespace duckdb

namespace columnar {

inline constexpr size_t kBatchRows = 2048;  // DuckDB's vector size

// One vector being filled, top-level or nested. Rows are written in order; a nested column's rows
// are its own (a list's elements, a struct's members).
class ColumnWriter {
 public:
  [[nodiscard]] const Type& type() const;
  [[nodiscard]] size_t rows() const;

  void Null();  // appends a null, for a struct nulls in every member
  // REQUIRES: the C++ type is the physical one of type() (bool, int8_t .. int64_t, uint8_t ..
  // uint64_t, float, double; DATE is int32_t days, TIME and all TIMESTAMPs int64_t in their unit,
  // DECIMAL int16_t/int32_t/int64_t by width <= 4/9/18).
  template <typename T>
  void Value(T value);
  void HugeInt(int64_t upper, uint64_t lower);  // HUGEINT, UUID's bits, DECIMAL of width > 18
  void String(std::string_view text);           // VARCHAR, JSON, BLOB, BIT; copied

  // A list or map row: BeginList, elements into Child(0) (a map: keys Child(0), values Child(1)),
  // EndList. A struct row: every member once, then EndStruct. A fixed ARRAY as a list.
  void BeginList();
  void EndList();
  void EndStruct();
  ColumnWriter& Child(size_t index);

  // Forgets every row from `rows` on, children included: a record that turned out bad half way.
  void Truncate(size_t rows);

 private:
  friend class BatchWriter;
  struct State;
  explicit ColumnWriter(std::unique_ptr<State> state);

 public:
  ~ColumnWriter();
  ColumnWriter(ColumnWriter&&) noexcept;
  ColumnWriter& operator=(ColumnWriter&&) noexcept;

 private:
  std::unique_ptr<State> state_;
};

class BatchWriter {
 public:
  // REQUIRES: `chunk` is initialised with the schema's types and empty. It is borrowed.
  BatchWriter(const Schema& schema, duckdb::DataChunk& chunk);
  ~BatchWriter();
  BatchWriter(const BatchWriter&) = delete;
  BatchWriter& operator=(const BatchWriter&) = delete;

  [[nodiscard]] size_t num_columns() const { return columns_.size(); }
  ColumnWriter& Column(size_t index) { return columns_[index]; }
  [[nodiscard]] size_t rows() const;  // whole rows ended so far
  [[nodiscard]] bool full() const { return rows() == kBatchRows; }
  void EndRow();      // REQUIRES: every column has one more row than rows()
  void AbandonRow();  // takes back what the unfinished row wrote
  void Finish();      // sets the chunk's cardinality; the writer is done

 private:
  std::vector<ColumnWriter> columns_;
  duckdb::DataChunk& chunk_;
  size_t rows_ = 0;
};

}  // namespace columnar
