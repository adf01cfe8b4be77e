#include "columnar/column_writer.h"

#include <algorithm>

#include <duckdb/common/types/data_chunk.hpp>
#include <duckdb/common/types/vector.hpp>

namespace columnar {
namespace {

bool IsFixedWidth(duckdb::PhysicalType type) {
  switch (type) {
    case duckdb::PhysicalType::VARCHAR:
    case duckdb::PhysicalType::LIST:
    case duckdb::PhysicalType::STRUCT:
    case duckdb::PhysicalType::ARRAY:
      return false;
    default:
      return true;
  }
}

}  // namespace

void ColumnWriter::Bind(const Type& type, duckdb::Vector& vector, size_t capacity) {
  type_ = &type;
  vector_ = &vector;
  vector.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  const duckdb::PhysicalType physical = vector.GetType().InternalType();
  value_bytes_ = IsFixedWidth(physical) ? duckdb::GetTypeIdSize(physical) : 0;
  is_map_ = type.id == TypeId::kMap;
  switch (physical) {
    case duckdb::PhysicalType::LIST: {
      ColumnWriter& child = children_.emplace_back(ColumnWriter());
      const Type& element = is_map_ ? type : type.children.at(0).type;
      child.Bind(element, duckdb::ListVector::GetEntry(vector),
                 duckdb::ListVector::GetListCapacity(vector));
      break;
    }
    case duckdb::PhysicalType::ARRAY:
      children_.emplace_back(ColumnWriter())
          .Bind(type.children.at(0).type, duckdb::ArrayVector::GetEntry(vector),
                capacity * type.array_size);
      break;
    case duckdb::PhysicalType::STRUCT: {
      // The struct of a map's entries is bound with the map's own type: key, value.
      is_map_ = false;
      auto& entries = duckdb::StructVector::GetEntries(vector);
      CHECK(entries.size() == type.children.size());
      children_.reserve(entries.size());
      for (size_t i = 0; i < entries.size(); ++i)
        children_.emplace_back(ColumnWriter()).Bind(type.children[i].type, *entries[i], capacity);
      break;
    }
    default:
      break;
  }
  Refresh(capacity);
}

void ColumnWriter::Link(ColumnWriter* parent) {
  parent_ = parent;
  for (ColumnWriter& child : children_) child.Link(this);
}

void ColumnWriter::Refresh(size_t capacity) {
  capacity_ = capacity;
  data_ = reinterpret_cast<char*>(duckdb::FlatVector::GetData(*vector_));
  validity_ = duckdb::FlatVector::Validity(*vector_).GetData();
  switch (vector_->GetType().InternalType()) {
    case duckdb::PhysicalType::STRUCT:
      for (ColumnWriter& child : children_) child.Refresh(capacity);
      break;
    case duckdb::PhysicalType::ARRAY:
      children_[0].Refresh(capacity * type_->array_size);
      break;
    case duckdb::PhysicalType::LIST:
      // A list's elements live in a buffer of their own, which did not move with the list.
      children_[0].Refresh(duckdb::ListVector::GetListCapacity(*vector_));
      break;
    default:
      break;
  }
}

void ColumnWriter::Grow() {
  // Only what lies below a list can grow; a full batch or array means the caller did not ask.
  CHECK(parent_ != nullptr);
  if (parent_->vector_->GetType().InternalType() != duckdb::PhysicalType::LIST) {
    CHECK(parent_->vector_->GetType().InternalType() == duckdb::PhysicalType::STRUCT);
    return parent_->Grow();
  }
  const size_t wanted = std::max<size_t>(capacity_ * 2, kBatchRows);
  duckdb::ListVector::Reserve(*parent_->vector_, wanted);
  Refresh(duckdb::ListVector::GetListCapacity(*parent_->vector_));
}

void ColumnWriter::MarkNull(size_t row) {
  if (validity_ == nullptr) {
    duckdb::ValidityMask& mask = duckdb::FlatVector::Validity(*vector_);
    mask.EnsureWritable();
    validity_ = mask.GetData();
    // A mask made by DuckDB covers one batch by default; below a list it must cover the capacity.
    if (mask.Capacity() < capacity_) {
      mask.Resize(capacity_);
      validity_ = mask.GetData();
    }
  }
  validity_[row / 64] &= ~(uint64_t{1} << (row % 64));
}

void ColumnWriter::Null() {
  if (rows_ == capacity_) [[unlikely]]
    Grow();
  MarkNull(rows_);
  switch (vector_->GetType().InternalType()) {
    case duckdb::PhysicalType::STRUCT:
      for (ColumnWriter& child : children_) child.Null();
      break;
    case duckdb::PhysicalType::ARRAY:
      for (size_t i = 0; i < type_->array_size; ++i) children_[0].Null();
      break;
    case duckdb::PhysicalType::LIST:
      reinterpret_cast<duckdb::list_entry_t*>(data_)[rows_] = {children_[0].rows_, 0};
      break;
    case duckdb::PhysicalType::VARCHAR:
      reinterpret_cast<duckdb::string_t*>(data_)[rows_] = duckdb::string_t(uint32_t{0});
      break;
    default:
      break;
  }
  ++rows_;
}

void ColumnWriter::HugeInt(int64_t upper, uint64_t lower) {
  DCHECK(value_bytes_ == sizeof(duckdb::hugeint_t));
  if (rows_ == capacity_) [[unlikely]]
    Grow();
  // DuckDB keeps UUIDs with the top bit turned, so that they sort as signed numbers.
  if (type_->id == TypeId::kUuid) upper ^= int64_t{1} << 63;
  duckdb::hugeint_t value;
  value.upper = upper;
  value.lower = lower;
  reinterpret_cast<duckdb::hugeint_t*>(data_)[rows_++] = value;
}

void ColumnWriter::String(std::string_view text) {
  if (rows_ == capacity_) [[unlikely]]
    Grow();
  reinterpret_cast<duckdb::string_t*>(data_)[rows_++] =
      duckdb::StringVector::AddStringOrBlob(*vector_, text.data(), text.size());
}

void ColumnWriter::BeginList() {
  if (rows_ == capacity_) [[unlikely]]
    Grow();
  CHECK(!list_open_);
  list_open_ = true;
  open_offset_ = is_map_ ? children_[0].children_[0].rows_ : children_[0].rows_;
}

void ColumnWriter::EndList() {
  CHECK(list_open_);
  list_open_ = false;
  if (is_map_) {
    ColumnWriter& entries = children_[0];
    CHECK(entries.children_[0].rows_ == entries.children_[1].rows_);
    entries.rows_ = entries.children_[0].rows_;
  }
  const size_t length = children_[0].rows_ - open_offset_;
  if (type_->id == TypeId::kArray) {
    CHECK(length == type_->array_size);
  } else {
    reinterpret_cast<duckdb::list_entry_t*>(data_)[rows_] = {open_offset_, length};
  }
  ++rows_;
}

void ColumnWriter::EndStruct() {
  if (rows_ == capacity_) [[unlikely]]
    Grow();
  ++rows_;
  for (const ColumnWriter& child : children_) CHECK(child.rows_ == rows_);
}

void ColumnWriter::Truncate(size_t rows) {
  CHECK(rows <= rows_);
  if (!children_.empty()) {
    switch (vector_->GetType().InternalType()) {
      case duckdb::PhysicalType::STRUCT:
        for (ColumnWriter& child : children_) child.Truncate(std::min(rows, child.rows_));
        break;
      case duckdb::PhysicalType::ARRAY:
        children_[0].Truncate(rows * type_->array_size);
        break;
      default:
        if (rows < rows_) {
          children_[0].Truncate(reinterpret_cast<duckdb::list_entry_t*>(data_)[rows].offset);
        } else if (list_open_) {
          children_[0].Truncate(open_offset_);
        }
        break;
    }
  }
  list_open_ = false;
  if (validity_ != nullptr) {
    for (size_t row = rows; row < rows_; ++row) validity_[row / 64] |= uint64_t{1} << (row % 64);
  }
  rows_ = rows;
}

void ColumnWriter::Finish() {
  for (ColumnWriter& child : children_) child.Finish();
  if (vector_->GetType().InternalType() == duckdb::PhysicalType::LIST)
    duckdb::ListVector::SetListSize(*vector_, children_[0].rows_);
}

BatchWriter::BatchWriter(const Schema& schema, duckdb::DataChunk& chunk) : chunk_(chunk) {
  CHECK(chunk.ColumnCount() == schema.fields.size() && chunk.size() == 0);
  CHECK(chunk.GetCapacity() >= kBatchRows);
  columns_.reserve(schema.fields.size());
  for (size_t i = 0; i < schema.fields.size(); ++i) {
    columns_.emplace_back(ColumnWriter());
    columns_.back().Bind(schema.fields[i].type, chunk.data[i], kBatchRows);
  }
  for (ColumnWriter& column : columns_) column.Link(nullptr);
}

BatchWriter::~BatchWriter() = default;

void BatchWriter::EndRow() {
  ++rows_;
  for (const ColumnWriter& column : columns_) CHECK(column.rows_ == rows_);
}

void BatchWriter::AbandonRow() {
  for (ColumnWriter& column : columns_) column.Truncate(rows_);
}

void BatchWriter::Finish() {
  for (ColumnWriter& column : columns_) column.Finish();
  chunk_.SetCardinality(rows_);
}

}  // namespace columnar
