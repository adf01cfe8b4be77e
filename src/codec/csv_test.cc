// CsvDecoder: cells as rows under the rules of JSON values, and what is refused.
#include "codec/csv.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/json_test_batch.h"

namespace codec {
namespace {

AvroSchema Schema() {
  return AvroSchema::Parse(R"({"type": "record", "name": "R", "fields": [
      {"name": "id", "type": "long"},
      {"name": "title", "type": ["null", "string"], "aliases": ["Titel"]},
      {"name": "price", "type": ["null", {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}]},
      {"name": "day", "type": ["null", {"type": "int", "logicalType": "date"}]},
      {"name": "ok", "type": ["null", "boolean"]}]})")
      .value();
}

std::string Outcome(std::string_view record, std::optional<std::string_view> header = {},
                    CsvOptions options = {}) {
  const AvroSchema schema = Schema();
  TestBatch batch(schema, CsvDecoder::Create(schema, options, header).value());
  if (const auto reject = batch.Decode(record))
    return std::string(KindName(reject->kind)) + "; " + reject->reason;
  return batch.Rows().at(0);
}

TEST(CsvTest, CellsAreReadByTheTypeOfTheirColumn) {
  EXPECT_EQ(Outcome("1,\"a, \"\"b\"\"\nc\",9.5,2024-02-29,TRUE"),
            "1|a, \"b\"\nc|9.50|2024-02-29|true");
  EXPECT_EQ(Outcome("1,,,,"), "1|NULL|NULL|NULL|NULL");
  EXPECT_EQ(Outcome("1,\"\",,,"), "1||NULL|NULL|NULL");
  EXPECT_EQ(Outcome("1;-;-;-;-", std::nullopt, {';', "-"}), "1|NULL|NULL|NULL|NULL");
  EXPECT_EQ(Outcome("1,123,,,"), "1|123|NULL|NULL|NULL");
}

TEST(CsvTest, WhatDoesNotFitIsRefusedWithItsReason) {
  EXPECT_EQ(Outcome("x,,,,"), "wrong type; id: expected a whole number, found the string \"x\"");
  EXPECT_EQ(Outcome("007,,,,"),
            "wrong type; id: expected a whole number, found the string \"007\"");
  EXPECT_EQ(Outcome(",,,,"), "null; id: is required and null");
  EXPECT_EQ(Outcome("1,,0.001,,"),
            "out of range; price: the number 0.001 fits a decimal(9,2) only by rounding");
  EXPECT_EQ(Outcome("1,,,"), "malformed; expected 5 cells, found 4");
  EXPECT_EQ(Outcome("1,\"a\"b,,,"), "malformed; not CSV: text behind the closing quote of cell 2");
  EXPECT_EQ(Outcome("1,a\"b,,,"), "malformed; not CSV: a quote inside the unquoted cell 2");
  EXPECT_EQ(Outcome("1,\"ab,,,"), "malformed; not CSV: a quote is not closed");
  EXPECT_EQ(Outcome("1,\xff,,,"), "invalid UTF-8; not UTF-8");
}

TEST(CsvTest, TheHeaderSaysWhichColumnIsWhich) {
  EXPECT_EQ(Outcome("x,t,5", "other,Titel,id"), "5|t|NULL|NULL|NULL");
  EXPECT_EQ(CsvDecoder::Create(Schema(), {}, "title,price").error().message(),
            "the header has no column 'id'");
  EXPECT_EQ(CsvDecoder::Create(Schema(), {}, "id,id").error().message(),
            "the header names the column 'id' twice");
}

TEST(CsvTest, ASchemaIsGuessedFromSamples) {
  const auto schema = GuessCsvSchema({"1,2.5,true,2024-01-01,a,", "2,3,FALSE,2024-01-02,5,", "bad"},
                                     {}, "id,Unit Price,ok,day,name,none", "items");
  ASSERT_TRUE(schema.ok()) << schema.error().ToString();
  const auto columns = schema->ToColumns();
  std::string text;
  for (const columnar::Field& field : columns->fields)
    text += field.name + " " + field.type.ToSql() + "; ";
  EXPECT_EQ(text,
            "id BIGINT; Unit_Price DOUBLE; ok BOOLEAN; day DATE; name VARCHAR; none VARCHAR; ");
}

}  // namespace
}  // namespace codec
