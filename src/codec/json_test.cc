// JsonDecoder: which lines become rows, which are refused, and the reasons people read.
#include "codec/json.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "codec/json_test_batch.h"

namespace codec {
namespace {

using testing::ElementsAre;

AvroSchema Schema(const std::string& fields) {
  auto schema = AvroSchema::Parse(R"({"type": "record", "name": "R", "fields": [)" + fields + "]}");
  EXPECT_TRUE(schema.ok()) << schema.error().ToString();
  return std::move(schema).value();
}

AvroSchema OneField(const std::string& type) {
  return Schema(R"({"name": "v", "type": )" + type + "}");
}

// The one row of a line, or "<kind>: <reason>".
std::string Outcome(const AvroSchema& schema, std::string_view line) {
  TestBatch batch(schema);
  if (const std::optional<Reject> reject = batch.Decode(line))
    return std::string(KindName(reject->kind)) + "; " + reject->reason;
  const std::vector<std::string> rows = batch.Rows();
  return rows.size() == 1 ? rows[0] : "not one row";
}

std::string OutcomeOf(const std::string& type, const std::string& value) {
  return Outcome(OneField(type), "{\"v\": " + value + "}");
}

struct Case {
  std::string type, value, outcome;
};

TEST(JsonTest, ScalarsAreStoredExactlyOrRefused) {
  const std::vector<Case> cases = {
      {R"("boolean")", "true", "true"},
      {R"("boolean")", "1", "wrong type; v: expected true or false, found the number 1"},
      {R"("int")", "-2147483648", "-2147483648"},
      {R"("int")", "2147483648", "out of range; v: the number 2147483648 does not fit an int"},
      {R"("int")", "3.7", "out of range; v: the number 3.7 fits an int only by rounding"},
      {R"("int")", "3.0", "3"},
      {R"("int")", "30e-1", "3"},
      {R"("int")", "\"3\"", "wrong type; v: expected a whole number, found the string \"3\""},
      {R"("long")", "9223372036854775807", "9223372036854775807"},
      {R"("long")", "-9223372036854775808", "-9223372036854775808"},
      {R"("long")", "9223372036854775808",
       "out of range; v: the number 9223372036854775808 does not fit a long"},
      {R"("long")", "1e18", "1000000000000000000"},
      {R"("long")", "1e99999999999999999999",
       "out of range; v: the number 1e99999999999999999999 does not fit a long"},
      {R"("double")", "0.1", "0.1"},
      {R"("double")", "9007199254740992", "9007199254740992.0"},
      {R"("double")", "9007199254740993",
       "out of range; v: the number 9007199254740993 fits a double only by rounding"},
      {R"("double")", "100000000000000000000", "1e+20"},
      {R"("double")", "100000000000000000001",
       "out of range; v: the number 100000000000000000001 fits a double only by rounding"},
      {R"("double")", "1e400", "out of range; v: the number 1e400 does not fit a double"},
      {R"("double")", "1e-400", "out of range; v: the number 1e-400 does not fit a double"},
      {R"("double")", "-0.0", "-0.0"},
      {R"("float")", "4.5", "4.5"},
      {R"("float")", "16777216", "16777216.0"},
      {R"("float")", "16777217",
       "out of range; v: the number 16777217 fits a float only by rounding"},
      {R"("float")", "1e39", "out of range; v: the number 1e39 does not fit a float"},
      {R"("string")", R"("a\"b\u00e9\ud83d\ude00\/")", "a\"bé😀/"},
      {R"("string")", "7", "wrong type; v: expected a string, found the number 7"},
      {R"("bytes")", R"("\u00ff\u0000A")", "\\xFF\\x00A"},
      {R"("bytes")", R"("\u0100")",
       "wrong type; v: expected bytes as characters up to U+00FF, found more"},
      {R"({"type": "fixed", "name": "F", "size": 2})", R"("abc")",
       "wrong type; v: expected 2 bytes, found 3"},
      {R"({"type": "enum", "name": "E", "symbols": ["A", "B"]})", R"("B")", "B"},
      {R"({"type": "enum", "name": "E", "symbols": ["A", "B"]})", R"("C")",
       "wrong type; v: expected a symbol of E, found the string \"C\""},
      {R"(["null", "int"])", "null", "NULL"},
      {R"("int")", "null", "null; v: is required and null"},
  };
  for (const Case& test : cases)
    EXPECT_EQ(OutcomeOf(test.type, test.value), test.outcome) << test.type << " " << test.value;
}

TEST(JsonTest, LogicalTypesTakeNumbersAndIsoTexts) {
  const std::string date = R"({"type": "int", "logicalType": "date"})";
  const std::string millis = R"({"type": "long", "logicalType": "timestamp-millis"})";
  const std::string local = R"({"type": "long", "logicalType": "local-timestamp-micros"})";
  const std::string time = R"({"type": "int", "logicalType": "time-millis"})";
  const std::string money =
      R"({"type": "bytes", "logicalType": "decimal", "precision": 5, "scale": 2})";
  const std::string wide = R"({"type": "bytes", "logicalType": "decimal", "precision": 38})";
  const std::vector<Case> cases = {
      {date, "0", "1970-01-01"},
      {date, R"("2024-02-29")", "2024-02-29"},
      {date, R"("2023-02-29")",
       "wrong type; v: expected a date like 2026-11-21, found the string \"2023-02-29\""},
      {date, "2932897",
       "out of range; v: the number 2932897 does not fit a date of the years 1 to 9999"},
      {millis, "1627679830425", "2021-07-30 21:17:10.425+00"},
      {millis, R"("2021-07-30T23:17:10.425+02:00")", "2021-07-30 21:17:10.425+00"},
      {millis, R"("2021-07-30T21:17:10.4255Z")",
       "out of range; v: the string \"2021-07-30T21:17:10.4255Z\" fits whole milliseconds only by "
       "rounding"},
      {millis, R"("2021-07-30T21:17:10")",
       "wrong type; v: expected a time with its zone like 2026-11-21T04:10:00Z, found the string "
       "\"2021-07-30T21:17:10\""},
      {millis, "1627679830425000",
       "out of range; v: the number 1627679830425000 does not fit a timestamp of the years 1 to "
       "9999"},
      {millis, "9223372036854775807",
       "out of range; v: the number 9223372036854775807 does not fit a timestamp"},
      {local, R"("2021-07-30 21:17:10.425001")", "2021-07-30 21:17:10.425001"},
      {local, "-1", "1969-12-31 23:59:59.999999"},
      {time, "1", "00:00:00.001"},
      {time, R"("23:59:59.999")", "23:59:59.999"},
      {time, "86400000", "out of range; v: the number 86400000 does not fit a time of day"},
      {money, "-12.34", "-12.34"},
      {money, "1e2", "100.00"},
      {money, "0.001", "out of range; v: the number 0.001 fits a decimal(5,2) only by rounding"},
      {money, "1000", "out of range; v: the number 1000 does not fit a decimal(5,2)"},
      {wide, "99999999999999999999999999999999999999", "99999999999999999999999999999999999999"},
      {R"({"type": "string", "logicalType": "uuid"})", R"("f47AC10b-58cc-4372-a567-0e02b2c3d479")",
       "f47ac10b-58cc-4372-a567-0e02b2c3d479"},
      {R"({"type": "string", "logicalType": "uuid"})", R"("f47ac10b")",
       "wrong type; v: expected a UUID, found the string \"f47ac10b\""},
  };
  for (const Case& test : cases)
    EXPECT_EQ(OutcomeOf(test.type, test.value), test.outcome) << test.type << " " << test.value;
}

TEST(JsonTest, NestedValuesAreStoredAndTheirFaultsHaveAPlace) {
  const AvroSchema schema = OneField(R"({"type": "array", "items": {"type": "record", "name": "I",
      "fields": [{"name": "large", "type": "string"}, {"name": "n", "type": ["null", "int"]}]}})");
  EXPECT_EQ(Outcome(schema, R"({"v": [{"n": 1, "large": "x", "other": {}}, {"large": "y"}]})"),
            "[{'large': x, 'n': 1}, {'large': y, 'n': NULL}]");
  EXPECT_EQ(Outcome(schema, R"({"v": []})"), "[]");
  EXPECT_EQ(Outcome(schema, R"({"v": [{"large": "x"}, {"large": 2}]})"),
            "wrong type; v[1].large: expected a string, found the number 2");
  EXPECT_EQ(Outcome(schema, R"({"v": [{"n": 2}]})"),
            "missing; v[0].large: is required and not there");
  EXPECT_EQ(Outcome(schema, R"({"v": {"large": "x"}})"),
            "wrong type; v: expected an array, found an object");
  const AvroSchema map = OneField(R"({"type": "map", "values": "long"})");
  EXPECT_EQ(Outcome(map, R"({"v": {"a": 1, "b": 2}})"), "{a=1, b=2}");
  EXPECT_EQ(Outcome(map, R"({"v": {"a": 1, "\u0061": 2}})"),
            "duplicate key; v.a: the key stands there twice");
}

TEST(JsonTest, FieldsAreFoundByNameAliasAndPath) {
  const AvroSchema schema = Schema(R"(
      {"name": "review_title", "type": "string", "aliases": ["title"]},
      {"name": "brand", "type": ["null", "string"],
       "json": {"path": ["details", "Brand"], "ignore_case": true}},
      {"name": "maker", "type": ["null", "string"],
       "json": {"path": ["details", "by", "maker"], "ignore_case": true}},
      {"name": "details", "type": ["null", {"type": "map", "values": ["null", "string"]}]})");
  EXPECT_EQ(Outcome(schema, R"({"title": "t", "DETAILS": {"BRAND": "b", "By": {"MAKER": "m"}}})"),
            "t|b|m|NULL");
  EXPECT_EQ(Outcome(schema, R"({"review_title": "t", "details": {"brand": "b"}})"),
            "t|b|NULL|{brand=b}");
  EXPECT_EQ(Outcome(schema, R"({"title": "t", "details": null})"), "t|NULL|NULL|NULL");
  EXPECT_EQ(Outcome(schema, R"({"title": "t", "Details": "none"})"),
            "wrong type; Details: expected an object, found the string \"none\"");
  EXPECT_EQ(Outcome(schema, R"({"title": "t", "Details": {"brand": "b", "Brand": "c"}})"),
            "duplicate key; Details.Brand: the key 'Brand' stands there twice, in different case");
  EXPECT_EQ(Outcome(schema, R"({"title": "t", "review_title": "u"})"),
            "duplicate key; review_title: the field 'review_title' stands there twice, under its "
            "name and an alias or under two aliases");
  EXPECT_EQ(Outcome(schema, R"({"details": {}})"),
            "missing; review_title: is required and not there");
}

TEST(JsonTest, DefaultsStandInForWhatIsAbsentAndNothingElse) {
  const AvroSchema schema = Schema(R"(
      {"name": "a", "type": "string", "default": "x\ny"},
      {"name": "b", "type": {"type": "array", "items": "int"}, "default": [1, 2]},
      {"name": "c", "type": {"type": "record", "name": "C", "fields": [
          {"name": "d", "type": "double", "default": 0.5}]}, "default": {}},
      {"name": "e", "type": {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 1},
       "default": "\u00ff\u0085"})");
  EXPECT_EQ(Outcome(schema, "{}"), "x\ny|[1, 2]|{'d': 0.5}|-12.3");
  EXPECT_EQ(Outcome(schema, R"({"a": "", "b": [], "c": {"d": 1}, "e": 2})"), "|[]|{'d': 1.0}|2.0");
  EXPECT_EQ(Outcome(schema, R"({"a": null})"), "null; a: is required and null");
}

TEST(JsonTest, DuplicateKeysAreRefusedWhereverTheSchemaReads) {
  const AvroSchema schema = Schema(R"({"name": "a", "type": ["null", "int"]},
      {"name": "r", "type": ["null", {"type": "record", "name": "X", "fields": [
          {"name": "b", "type": ["null", "int"]}]}]})");
  EXPECT_EQ(Outcome(schema, R"({"a": 1, "a": 1})"), "duplicate key; a: the key stands there twice");
  EXPECT_EQ(Outcome(schema, R"({"u": 1, "a": 1, "\u0075": 2})"),
            "duplicate key; u: the key stands there twice");
  EXPECT_EQ(Outcome(schema, R"({"r": {"z": 1, "z": 2}})"),
            "duplicate key; r.z: the key stands there twice");
  EXPECT_EQ(Outcome(schema, R"({"unread": {"z": 1, "z": 2}})"), "NULL|NULL");
  // More keys than are remembered between records are still told apart.
  std::string many = "{";
  for (int i = 0; i < 3000; ++i) many += "\"key" + std::to_string(i) + "\":0,";
  EXPECT_EQ(Outcome(schema, many + "\"a\":7}"), "7|NULL");
  EXPECT_EQ(Outcome(schema, many + "\"key2999\":7}"),
            "duplicate key; key2999: the key stands there twice");
}

TEST(JsonTest, WhatIsNotJsonIsMalformedWhateverElseIsWrong) {
  const AvroSchema schema = OneField(R"(["null", "int"])");
  for (const char* line : {"{",
                           "}",
                           "{\"v\"",
                           "{\"v\":",
                           "{\"v\":1",
                           "{\"v\":1,}",
                           "{\"v\":01}",
                           "{\"v\":+1}",
                           "{\"v\":.5}",
                           "{\"v\":1.}",
                           "{\"v\":1e}",
                           "{\"v\":nul}",
                           "{\"v\":truee}",
                           "{\"v\":1 2}",
                           "{\"v\":1}x",
                           "{\"v\":1}{}",
                           "{v:1}",
                           "{'v':1}",
                           "{\"v\":1 \"w\":2}",
                           "{\"v\":[1,]}",
                           "{\"w\":[1,]}",
                           "{\"w\":[1}",
                           "{\"w\":\"\\x\"}",
                           "{\"w\":\"\\ud800\"}",
                           "{\"w\":\"\\udc00\"}",
                           "{\"w\":\"\\ud800\\u0041\"}",
                           "{\"w\":\"a\tb\"}",
                           "{\"w\":\"a}",
                           "{\"v\":\"wrong\"",
                           "{\"v\":1}\"",
                           "{\"v\"::1}",
                           "{,\"v\":1}",
                           "[1,2",
                           "tru",
                           "{\"v\":NaN}",
                           "{\"v\":\"a\"b}",
                           "{\"\\q\":1}",
                           "{\"v\":1}]",
                           "{\"w\":{\"a\":}}",
                           "{\"w\":-}"}) {
    const std::string outcome = Outcome(schema, line);
    EXPECT_THAT(outcome, testing::StartsWith("malformed; not JSON")) << line << ": " << outcome;
  }
  EXPECT_EQ(Outcome(schema, "{\"v\": 1, \"w\": \xff}"), "invalid UTF-8; not UTF-8");
  EXPECT_EQ(Outcome(schema, "{\"w\": \"\xed\xa0\x80\"}"), "invalid UTF-8; not UTF-8");
  EXPECT_EQ(Outcome(schema, "[]"), "not an object; expected an object, found an array");
  EXPECT_EQ(Outcome(schema, "12"), "not an object; expected an object, found the number 12");
  EXPECT_EQ(Outcome(schema, "  \t"), "malformed; expected a record, found nothing");
  EXPECT_EQ(Outcome(schema, "{\"v\" 1}"),
            "malformed; not JSON at byte 5: expected ':', found the number 1");
}

TEST(JsonTest, WellFormedOdditiesAreAccepted) {
  const AvroSchema schema = OneField(R"(["null", "string"])");
  EXPECT_EQ(Outcome(schema, " { \"w\" : 1e400 , \"v\" : \"x\" } \r"), "x");
  EXPECT_EQ(Outcome(schema, R"({"w":[[],{},{"a":[null,true,-0.5E+3]}],"v":"\u0000"})"),
            std::string(1, '\0'));
  EXPECT_EQ(Outcome(schema, "{}"), "NULL");
}

TEST(JsonTest, NestingIsBounded) {
  const AvroSchema schema = OneField(R"(["null", "int"])");
  const auto nested = [](int depth) {
    return "{\"w\":" + std::string(static_cast<size_t>(depth), '[') +
           std::string(static_cast<size_t>(depth), ']') + "}";
  };
  EXPECT_EQ(Outcome(schema, nested(base::limits::kNestingMax - 1)), "NULL");
  EXPECT_EQ(Outcome(schema, nested(base::limits::kNestingMax)),
            "too deep; values nested more than 64 deep");
  EXPECT_EQ(Outcome(schema, nested(1'000'000)), "too deep; values nested more than 64 deep");
}

TEST(JsonTest, ARecordBeyondTheLineBoundIsTooLong) {
  const AvroSchema schema = OneField(R"("string")");
  const std::string line = "{\"v\": \"" + std::string(base::limits::kLineBytesMax, 'x') + "\"}";
  EXPECT_THAT(Outcome(schema, line), testing::StartsWith("too long; a record of 167772"));
}

TEST(JsonTest, ARefusedLineLeavesNothingInTheBatch) {
  TestBatch batch(Schema(R"({"name": "a", "type": "string"},
      {"name": "l", "type": {"type": "array", "items": ["null", "string"]}},
      {"name": "n", "type": "int"})"));
  EXPECT_FALSE(batch.Decode(R"({"a": "1", "l": ["x", null], "n": 1})").has_value());
  EXPECT_TRUE(batch.Decode(R"({"a": "2", "l": ["lost", null, "lost"], "n": 0.5})").has_value());
  EXPECT_TRUE(batch.Decode(R"({"n": 2, "l": [null], "a": 5})").has_value());
  EXPECT_FALSE(batch.Decode(R"({"n": 3, "l": ["y", "z"], "a": "3"})").has_value());
  EXPECT_THAT(batch.Rows(), ElementsAre("1|[x, NULL]|1", "3|[y, z]|3"));
}

TEST(JsonTest, SchemasThatAreNoTableAreRefused) {
  EXPECT_EQ(JsonDecoder::Create(AvroSchema::Parse("\"int\"").value()).error().code(),
            base::Code::kInvalidArgument);
  EXPECT_EQ(JsonDecoder::Create(OneField(R"(["null", "int", "string"])")).error().code(),
            base::Code::kUnsupported);
}

}  // namespace
}  // namespace codec
