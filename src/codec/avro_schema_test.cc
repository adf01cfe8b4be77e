// AvroSchema: what is a schema, where a mistake stands, and which columns it means.
#include "codec/avro_schema.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace codec {
namespace {

std::string Fault(std::string_view json) {
  const auto schema = AvroSchema::Parse(json);
  return schema.ok() ? "" : schema.error().message();
}

std::string Columns(std::string_view json) {
  const auto schema = AvroSchema::Parse(json);
  if (!schema.ok()) return schema.error().ToString();
  const auto columns = schema->ToColumns();
  if (!columns.ok()) return columns.error().message();
  std::string text;
  for (const columnar::Field& field : columns->fields)
    text += field.name + " " + field.type.ToSql() + (field.nullable ? "" : " not null") + "; ";
  return text;
}

TEST(AvroSchemaTest, TypesMeanColumns) {
  EXPECT_EQ(Columns(R"({"type": "record", "name": "a.b.R", "fields": [
    {"name": "b", "type": "boolean"},
    {"name": "i", "type": "int"},
    {"name": "l", "type": ["null", "long"], "default": null},
    {"name": "f", "type": "float"},
    {"name": "d", "type": "double"},
    {"name": "y", "type": "bytes"},
    {"name": "s", "type": "string"},
    {"name": "x", "type": {"type": "fixed", "name": "F", "size": 4}},
    {"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["A"]}},
    {"name": "again", "type": ["E", "null"]},
    {"name": "m", "type": {"type": "map", "values": "a.b.F"}},
    {"name": "a", "type": {"type": "array", "items": ["null", "string"]}},
    {"name": "dec", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
    {"name": "u", "type": {"type": "string", "logicalType": "uuid"}},
    {"name": "day", "type": {"type": "int", "logicalType": "date"}},
    {"name": "t", "type": {"type": "long", "logicalType": "time-micros"}},
    {"name": "ts", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "lts", "type": {"type": "long", "logicalType": "local-timestamp-micros"}},
    {"name": "unknown", "type": {"type": "long", "logicalType": "nanoseconds"}},
    {"name": "r", "type": {"type": "record", "name": "Inner", "fields": [
        {"name": "p", "type": "int"}]}}
  ]})"),
            "b BOOLEAN not null; i INTEGER not null; l BIGINT; f FLOAT not null; d DOUBLE not "
            "null; y BLOB not null; s VARCHAR not null; x BLOB not null; e VARCHAR not null; again "
            "VARCHAR; m MAP(VARCHAR, BLOB) not null; a VARCHAR[] not null; dec DECIMAL(9,2) not "
            "null; u UUID not null; day DATE not null; t TIME not null; ts TIMESTAMP WITH TIME "
            "ZONE not null; lts TIMESTAMP not null; unknown BIGINT not null; r STRUCT(\"p\" "
            "INTEGER) not null; ");
}

TEST(AvroSchemaTest, WhatIsNoColumnIsNamed) {
  const auto one = [](const std::string& type) {
    return Columns(R"({"type": "record", "name": "R", "fields": [{"name": "v", "type": )" + type +
                   "}]}");
  };
  EXPECT_EQ(one(R"(["null", "int", "string"])"),
            "the field 'v' is a union of several types, which is no column");
  EXPECT_EQ(one(R"({"type": "array", "items": "null"})"),
            "the field 'v[]' is only ever null, which is no column");
  EXPECT_EQ(one(R"({"type": "record", "name": "X", "fields": []})"),
            "the record 'X' has no fields");
  EXPECT_EQ(Columns(R"({"type": "record", "name": "R", "fields": [
      {"name": "A", "type": "int"}, {"name": "a", "type": "int"}]})"),
            "the fields 'A' and 'a' differ only in case, which SQL does not tell apart");
  EXPECT_EQ(Columns(R"("string")"), "the schema of a table must be a record");
}

TEST(AvroSchemaTest, ASmallTextThatMeansAVastTableIsRefused) {
  std::string text =
      R"({"type": "record", "name": "R0", "fields": [{"name": "v", "type": "int"}]})";
  for (int i = 1; i < 15; ++i) {
    const std::string name = "R" + std::to_string(i);
    const std::string inner = "R" + std::to_string(i - 1);
    text = R"({"type": "record", "name": ")" + name + R"(", "fields": [{"name": "a", "type": )" +
           text + R"(}, {"name": "b", "type": ")" + inner + "\"}]}";
  }
  EXPECT_THAT(Columns(text), testing::StartsWith("the schema means more than 10000 columns"));
}

struct Mistake {
  std::string json, fault;
};

TEST(AvroSchemaTest, MistakesAreToldWithTheirPlace) {
  const std::vector<Mistake> mistakes = {
      {"", "1:1: expected a JSON value, found nothing"},
      {"{\"type\": \"record\",\n \"name\": \"R\" \"fields\": []}",
       "2:14: expected ',' or '}', found the string \"fields\""},
      {R"("strin")", "1:1: no type 'strin' is defined before this place"},
      {R"({"type": "record", "fields": []})", "1:1: the record has no \"name\""},
      {R"({"type": "record", "name": "R"})", "1:1: the record has no \"fields\""},
      {R"({"type": "record", "name": "1R", "fields": []})", "1:28: '1R' is no name"},
      {R"({"type": "record", "name": "R", "fields": [{"name": "a b", "type": "int"}]})",
       "1:53: 'a b' is no field name"},
      {R"({"type": "record", "name": "R", "fields": [{"name": "a"}]})",
       "1:44: the field 'a' has no \"type\""},
      {R"({"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"},
{"name": "a", "type": "int"}]})",
       "2:10: the record 'R' has the field 'a' twice"},
      {R"({"type": "record", "name": "R", "fields": [{"name": "a", "type": ["null", "R"]}]})",
       "1:75: the type 'R' contains itself"},
      {R"(["null", "null"])", "1:10: the union has the branch 'null' twice"},
      {R"(["null", ["int"]])", "1:10: a union directly in a union"},
      {R"([])", "1:1: a union of nothing"},
      {R"({"type": "array"})", "1:1: the array has no \"items\""},
      {R"({"type": "map", "values": 3})", "1:27: expected a type, found a number"},
      {R"({"type": "enum", "name": "E", "symbols": ["A", "A"]})",
       "1:42: the symbol 'A' stands twice"},
      {R"({"type": "enum", "name": "E", "symbols": ["A"], "default": "B"})",
       "1:60: the default of an enum must be one of its symbols"},
      {R"({"type": "fixed", "name": "F", "size": -1})",
       "1:40: the size of a fixed type must be a whole number of at most 2147483647"},
      {R"({"type": "bytes", "logicalType": "decimal", "precision": 39})",
       "1:58: a decimal's precision is 1 to 38, not 39"},
      {R"({"type": "bytes", "logicalType": "decimal", "precision": 3, "scale": 4})",
       "1:70: a decimal's scale is at most its precision"},
      {R"({"type": "string", "logicalType": "date"})",
       "1:35: the logical type 'date' is one of int, not of string"},
      {R"({"type": "record", "name": "int", "fields": []})",
       "1:28: 'int' is the name of a primitive type"},
      {R"({"type": "record", "type": "record", "name": "R", "fields": []})",
       "1:20: the key 'type' stands here twice"},
      {R"({"type": "record", "name": "R", "fields": [
 {"name": "a", "type": "int", "json": {"paht": ["x"]}}]})",
       "2:40: no property 'paht' here"},
      {R"({"type": "record", "name": "R", "fields": [
 {"name": "a", "type": "int", "json": {"path": []}}]})",
       "2:48: the path of 'a' is empty"},
  };
  for (const Mistake& mistake : mistakes) EXPECT_EQ(Fault(mistake.json), mistake.fault);
}

TEST(AvroSchemaTest, DefaultsMustSuitTheirType) {
  const auto fault = [](const std::string& type, const std::string& value) {
    const std::string text = Fault(R"({"type": "record", "name": "R", "fields": [{"name": "v",
"default": )" + value + R"(, "type": )" +
                                   type + "}]}");
    return text.substr(text.find("'v'") == std::string::npos ? 0 : text.find("'v'"));
  };
  EXPECT_EQ(fault("\"int\"", "1"), "");
  EXPECT_EQ(fault("\"int\"", "1.5"), "'v': 1.5 is not an int");
  EXPECT_EQ(fault("\"int\"", "3000000000"), "'v': 3000000000 is not an int");
  EXPECT_EQ(fault("\"string\"", "null"), "'v': expected a string, found null");
  EXPECT_EQ(fault(R"(["null", "string"])", "null"), "");
  EXPECT_EQ(fault(R"(["null", "string"])", R"("x")"), "'v': expected null, found a string");
  EXPECT_EQ(fault(R"(["string", "null"])", R"("x")"), "");
  EXPECT_EQ(fault(R"({"type": "array", "items": "int"})", "[1, true]"),
            "'v': expected an int, found a boolean");
  EXPECT_EQ(fault(R"({"type": "fixed", "name": "F", "size": 1})", R"("\u00ff\u00ff")"),
            "'v': expected 1 bytes, found 2");
  EXPECT_EQ(
      fault(R"({"type": "record", "name": "X", "fields": [{"name": "p", "type": "int"}]})", "{}"),
      "'v': the field 'p' is missing");
}

TEST(AvroSchemaTest, NamesAreResolvedInTheirNamespace) {
  EXPECT_EQ(Fault(R"({"type": "record", "name": "R", "namespace": "one", "fields": [
      {"name": "a", "type": {"type": "enum", "name": "two.E", "symbols": ["X"]}},
      {"name": "b", "type": {"type": "fixed", "name": "F", "size": 1}},
      {"name": "c", "type": "F"}, {"name": "d", "type": "one.F"}, {"name": "e", "type": "two.E"}]})"),
            "");
  EXPECT_EQ(Fault(R"({"type": "record", "name": "R", "namespace": "one", "fields": [
      {"name": "a", "type": {"type": "enum", "name": "two.E", "symbols": ["X"]}},
      {"name": "c", "type": "E"}]})"),
            "3:29: no type 'E' is defined before this place");
}

TEST(AvroSchemaTest, PrettyJsonSaysTheSameAgain) {
  const std::string text = R"({
  "type": "record",
  "name": "UserReview",
  "namespace": "example.avro",
  "doc": "One review \"as is\"",
  "aliases": ["example.avro.Old"],
  "fields": [
    {"name": "rating", "type": "float"},
    {"name": "brand", "type": ["null", "string"], "default": null, "aliases": ["Brand"], "order": "ignore", "json": {"path": ["details", "Brand"], "ignore_case": true}, "doc": "where it stands"},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["A", "B"], "default": "A"}},
    {"name": "other", "type": {"type": "map", "values": "example.avro.Kind"}}
  ]
}
)";
  const auto schema = AvroSchema::Parse(text);
  ASSERT_TRUE(schema.ok()) << schema.error().ToString();
  const std::string pretty = schema->ToPrettyJson();
  EXPECT_THAT(pretty, testing::StartsWith(text.substr(0, text.find("    {\"name\": \"brand\""))));
  EXPECT_THAT(pretty, testing::HasSubstr("    {\"name\": \"at\", \"type\": {\"type\": \"long\", "
                                         "\"logicalType\": \"timestamp-millis\"}},\n"));
  const auto again = AvroSchema::Parse(pretty);
  ASSERT_TRUE(again.ok()) << again.error().ToString();
  EXPECT_EQ(again->ToPrettyJson(), pretty);
  const AvroField& brand = again->root().fields[1];
  EXPECT_EQ(brand.json_path, (std::vector<std::string>{"details", "Brand"}));
  EXPECT_TRUE(brand.json_ignore_case);
  EXPECT_EQ(brand.aliases, std::vector<std::string>{"Brand"});
  EXPECT_EQ(brand.order, "ignore");
  EXPECT_EQ(brand.default_json, "null");
  EXPECT_EQ(again->root().fields[3].type->default_symbol, "A");
  EXPECT_EQ(again->root().aliases, std::vector<std::string>{"example.avro.Old"});
}

}  // namespace
}  // namespace codec
