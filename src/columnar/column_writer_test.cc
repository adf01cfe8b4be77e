// BatchWriter against real DuckDB chunks: what is written is what DuckDB reads back.
#include "columnar/column_writer.h"

#include <optional>
#include <string>
#include <vector>

#include <duckdb/common/allocator.hpp>
#include <duckdb/common/types/data_chunk.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "columnar/duckdb_type.h"

namespace columnar {
namespace {

Field MakeField(std::string name, Type type) {
  Field field;
  field.name = std::move(name);
  field.type = std::move(type);
  return field;
}

Schema OneColumn(Type type) { return Schema{{MakeField("c", std::move(type))}}; }

class ColumnWriterTest : public testing::Test {
 protected:
  void Open(Schema schema) {
    schema_ = std::move(schema);
    duckdb::vector<duckdb::LogicalType> types;
    for (const Field& field : schema_.fields) types.push_back(ToDuckDb(field.type).value());
    chunk_.Initialize(duckdb::Allocator::DefaultAllocator(), types);
    writer_.emplace(schema_, chunk_);
  }

  ColumnWriter& Column(size_t index = 0) { return writer_->Column(index); }

  std::vector<std::string> Finish(size_t column = 0) {
    writer_->Finish();
    chunk_.Verify();
    std::vector<std::string> cells;
    for (size_t row = 0; row < chunk_.size(); ++row)
      cells.push_back(chunk_.GetValue(column, row).ToString());
    return cells;
  }

  Schema schema_;
  duckdb::DataChunk chunk_;
  std::optional<BatchWriter> writer_;
};

TEST_F(ColumnWriterTest, FixedWidthValuesAndNullsReadBack) {
  Open(OneColumn(TypeId::kBigInt));
  Column().Value(int64_t{7});
  writer_->EndRow();
  Column().Null();
  writer_->EndRow();
  Column().Value(int64_t{-9});
  writer_->EndRow();
  EXPECT_THAT(Finish(), testing::ElementsAre("7", "NULL", "-9"));
}

TEST_F(ColumnWriterTest, EveryScalarTypeReadsBackAsDuckDbShowsIt) {
  Open(Schema{{MakeField("bool", TypeId::kBoolean), MakeField("float", TypeId::kFloat),
               MakeField("date", TypeId::kDate), MakeField("tz", TypeId::kTimestamp),
               MakeField("dec", Type::Decimal(9, 2)), MakeField("wide", Type::Decimal(38, 1)),
               MakeField("uuid", TypeId::kUuid), MakeField("text", TypeId::kVarchar)}});
  Column(0).Value(true);
  Column(1).Value(1.5F);
  Column(2).Value(int32_t{1});
  Column(3).Value(int64_t{1'000'001});
  Column(4).Value(int32_t{-12345});
  Column(5).HugeInt(-1, ~uint64_t{0});
  Column(6).HugeInt(0x0123456789abcdef, 0xfedcba9876543210);
  Column(7).String("a text longer than the twelve bytes DuckDB keeps inline");
  writer_->EndRow();
  EXPECT_EQ(Finish(0)[0], "true");
  const auto cell = [&](size_t column) { return chunk_.GetValue(column, 0).ToString(); };
  EXPECT_EQ(cell(1), "1.5");
  EXPECT_EQ(cell(2), "1970-01-02");
  EXPECT_EQ(cell(3), "1970-01-01 00:00:01.000001");
  EXPECT_EQ(cell(4), "-123.45");
  EXPECT_EQ(cell(5), "-0.1");
  EXPECT_EQ(cell(6), "01234567-89ab-cdef-fedc-ba9876543210");
  EXPECT_EQ(cell(7), "a text longer than the twelve bytes DuckDB keeps inline");
}

TEST_F(ColumnWriterTest, ListsGrowPastTheFirstCapacityAndKeepNulls) {
  Open(OneColumn(Type::List(Type::List(TypeId::kVarchar))));
  const int kElements = 9000;  // past the child's first capacity, twice
  for (int row = 0; row < 2; ++row) {
    Column().BeginList();
    for (int i = 0; i < kElements; ++i) {
      ColumnWriter& inner = Column().Child(0);
      if (i % 3 == 0) {
        inner.Null();
        continue;
      }
      inner.BeginList();
      if (i % 3 == 1) inner.Child(0).Null();
      inner.Child(0).String("value number " + std::to_string(i));
      inner.EndList();
    }
    Column().EndList();
    writer_->EndRow();
  }
  writer_->Finish();
  chunk_.Verify();
  for (size_t row = 0; row < 2; ++row) {
    const duckdb::Value list = chunk_.GetValue(0, row);
    const auto& elements = duckdb::ListValue::GetChildren(list);
    ASSERT_EQ(elements.size(), size_t{9000});
    EXPECT_TRUE(elements[8997].IsNull());
    EXPECT_EQ(elements[8998].ToString(), "[NULL, value number 8998]");
    EXPECT_EQ(elements[8999].ToString(), "[value number 8999]");
  }
}

TEST_F(ColumnWriterTest, StructsAndMapsNest) {
  Open(OneColumn(
      Type::Map(TypeId::kVarchar, Type::Struct({MakeField("a", TypeId::kInteger),
                                                MakeField("b", Type::List(TypeId::kDouble))}))));
  Column().BeginList();
  Column().Child(0).String("k");
  Column().Child(1).Child(0).Value(int32_t{4});
  Column().Child(1).Child(1).BeginList();
  Column().Child(1).Child(1).Child(0).Value(0.5);
  Column().Child(1).Child(1).EndList();
  Column().Child(1).EndStruct();
  Column().Child(0).String("n");
  Column().Child(1).Null();
  Column().EndList();
  writer_->EndRow();
  Column().Null();
  writer_->EndRow();
  EXPECT_THAT(Finish(), testing::ElementsAre("{k={'a': 4, 'b': [0.5]}, n=NULL}", "NULL"));
}

TEST_F(ColumnWriterTest, FixedArraysTakeExactlyTheirSize) {
  Type array(TypeId::kArray);
  array.array_size = 2;
  array.children = {MakeField("element", TypeId::kInteger)};
  Open(OneColumn(array));
  Column().Null();
  writer_->EndRow();
  Column().BeginList();
  Column().Child(0).Value(int32_t{1});
  Column().Child(0).Value(int32_t{2});
  Column().EndList();
  writer_->EndRow();
  EXPECT_THAT(Finish(), testing::ElementsAre("NULL", "[1, 2]"));
}

TEST_F(ColumnWriterTest, AnAbandonedRowLeavesNoTrace) {
  Open(Schema{{MakeField("n", TypeId::kInteger),
               MakeField("m", Type::Map(TypeId::kVarchar, Type::List(TypeId::kInteger)))}});
  Column(0).Value(int32_t{1});
  Column(1).BeginList();
  Column(1).Child(0).String("kept");
  Column(1).Child(1).Null();
  Column(1).EndList();
  writer_->EndRow();

  Column(0).Null();  // the null bit of the abandoned row must not stick to the next
  Column(1).BeginList();
  Column(1).Child(0).String("lost");
  Column(1).Child(1).BeginList();
  Column(1).Child(1).Child(0).Null();
  writer_->AbandonRow();

  Column(0).Value(int32_t{2});
  Column(1).BeginList();
  Column(1).Child(0).String("next");
  Column(1).Child(1).BeginList();
  Column(1).Child(1).Child(0).Value(int32_t{5});
  Column(1).Child(1).EndList();
  Column(1).EndList();
  writer_->EndRow();
  EXPECT_THAT(Finish(0), testing::ElementsAre("1", "2"));
  EXPECT_EQ(chunk_.GetValue(1, 0).ToString(), "{kept=NULL}");
  EXPECT_EQ(chunk_.GetValue(1, 1).ToString(), "{next=[5]}");
}

TEST_F(ColumnWriterTest, AWholeRowThatWasAbandonedIsTakenBackToo) {
  Open(OneColumn(Type::Struct({MakeField("a", Type::List(TypeId::kInteger))})));
  Column().Child(0).BeginList();
  Column().Child(0).Child(0).Value(int32_t{1});
  Column().Child(0).EndList();
  Column().EndStruct();
  writer_->AbandonRow();
  Column().Child(0).BeginList();
  Column().Child(0).Child(0).Value(int32_t{2});
  Column().Child(0).EndList();
  Column().EndStruct();
  writer_->EndRow();
  EXPECT_THAT(Finish(), testing::ElementsAre("{'a': [2]}"));
}

TEST_F(ColumnWriterTest, ABatchIsFullAtItsLastRow) {
  Open(OneColumn(TypeId::kInteger));
  for (size_t i = 0; i < kBatchRows; ++i) {
    ASSERT_FALSE(writer_->full());
    if (i % 2 == 0) {
      Column().Value(static_cast<int32_t>(i));
    } else {
      Column().Null();
    }
    writer_->EndRow();
  }
  EXPECT_TRUE(writer_->full());
  const std::vector<std::string> cells = Finish();
  EXPECT_EQ(cells.size(), kBatchRows);
  EXPECT_EQ(cells[2046], "2046");
  EXPECT_EQ(cells[2047], "NULL");
}

}  // namespace
}  // namespace columnar
