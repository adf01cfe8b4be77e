// BatchWriter: fills one batch column by column without showing DuckDB's headers to codecs.
// Owner; THREAD: one at a time. Fixed-width values are stored straight into DuckDB's vectors: the
// writer keeps their raw pointers and asks DuckDB only to grow a list or to keep a long string.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/check.h"
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
  [[nodiscard]] const Type& type() const { return *type_; }
  [[nodiscard]] size_t rows() const { return rows_; }

  void Null();  // appends a null, for a struct nulls in every member
  // REQUIRES: the C++ type is the physical one of type() (bool, int8_t .. int64_t, uint8_t ..
  // uint64_t, float, double; DATE is int32_t days, TIME and all TIMESTAMPs int64_t in their unit,
  // DECIMAL int16_t/int32_t/int64_t by width <= 4/9/18, ENUM the index as uint8_t/uint16_t/uint32_t
  // by the number of labels).
  template <typename T>
  void Value(T value) {
    DCHECK(sizeof(T) == value_bytes_);
    if (rows_ == capacity_) [[unlikely]]
      Grow();
    reinterpret_cast<T*>(data_)[rows_++] = value;
  }
  // HUGEINT, DECIMAL of width > 18; UUID as its 128 bits, most significant first.
  void HugeInt(int64_t upper, uint64_t lower);
  void String(std::string_view text);  // VARCHAR, JSON, BLOB, BIT; copied

  // A list or map row: BeginList, elements into Child(0) (a map: keys Child(0), values Child(1)),
  // EndList. A struct row: every member once, then EndStruct. A fixed ARRAY as a list.
  void BeginList();
  void EndList();
  void EndStruct();
  ColumnWriter& Child(size_t index) {
    return is_map_ ? children_[0].children_[index] : children_[index];
  }

  // Forgets every row from `rows` on, children included: a record that turned out bad half way.
  void Truncate(size_t rows);

 private:
  friend class BatchWriter;
  ColumnWriter() = default;

  void Bind(const Type& type, duckdb::Vector& vector, size_t capacity);
  void Link(ColumnWriter* parent);
  void Refresh(size_t capacity);  // reads the raw pointers again after DuckDB moved them
  void Grow();
  void Finish();
  void MarkNull(size_t row);

  const Type* type_ = nullptr;
  char* data_ = nullptr;
  uint64_t* validity_ = nullptr;  // null while every row is valid, as DuckDB keeps it
  size_t rows_ = 0;
  size_t capacity_ = 0;
  size_t value_bytes_ = 0;  // of a fixed-width value, 0 for others
  size_t open_offset_ = 0;  // of the list row begun and not ended
  bool list_open_ = false;
  bool is_map_ = false;
  duckdb::Vector* vector_ = nullptr;
  ColumnWriter* parent_ = nullptr;
  std::vector<ColumnWriter> children_;  // a map has one: the struct of its keys and values
};

class BatchWriter {
 public:
  // REQUIRES: `chunk` is initialised with the schema's types and empty. Both are borrowed.
  BatchWriter(const Schema& schema, duckdb::DataChunk& chunk);
  ~BatchWriter();
  BatchWriter(const BatchWriter&) = delete;
  BatchWriter& operator=(const BatchWriter&) = delete;

  [[nodiscard]] size_t num_columns() const { return columns_.size(); }
  ColumnWriter& Column(size_t index) { return columns_[index]; }
  [[nodiscard]] size_t rows() const { return rows_; }  // whole rows ended so far
  [[nodiscard]] bool full() const { return rows_ == kBatchRows; }
  void EndRow();      // REQUIRES: every column has one more row than rows()
  void AbandonRow();  // takes back what the unfinished row wrote
  void Finish();      // sets the chunk's cardinality; the writer is done

 private:
  std::vector<ColumnWriter> columns_;
  duckdb::DataChunk& chunk_;
  size_t rows_ = 0;
};

}  // namespace columnar
