// SchemaGuess: what samples mean, and that their guess loads them.
#include "codec/infer.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/json_test_batch.h"

namespace codec {
namespace {

base::Result<AvroSchema> Guess(const std::vector<std::string>& lines) {
  SchemaGuess guess;
  for (const std::string& line : lines) guess.Add(line);
  return guess.Finish("reviews-2023");
}

TEST(InferTest, SamplesMeanASchemaThatIsReadByPeople) {
  const auto schema = Guess({R"({"rating": 4.0, "n": 1, "ok": true, "tags": ["a"], "gone": 1})",
                             R"({"n": 2.5, "rating": 5, "ok": null, "tags": [], "nothing": null,
                                 "images": [{"large": "u", "hi_res": null}], "none": []})",
                             R"({"rating": 1, "n": 3, "ok": false, "tags": [null]})"});
  ASSERT_TRUE(schema.ok()) << schema.error().ToString();
  EXPECT_EQ(schema->ToPrettyJson(), R"({
  "type": "record",
  "name": "reviews_2023",
  "fields": [
    {"name": "rating", "type": "double"},
    {"name": "n", "type": "double"},
    {"name": "ok", "type": ["null", "boolean"], "default": null},
    {"name": "tags", "type": {"type": "array", "items": ["null", "string"]}},
    {"name": "gone", "type": ["null", "long"], "default": null},
    {
      "name": "nothing",
      "type": ["null", "string"],
      "default": null,
      "doc": "only null or empty in the sample: the type is a guess"
    },
    {
      "name": "images",
      "type": [
        "null",
        {
          "type": "array",
          "items": {
            "type": "record",
            "name": "reviews_2023_images_item",
            "fields": [
              {"name": "large", "type": "string"},
              {
                "name": "hi_res",
                "type": ["null", "string"],
                "default": null,
                "doc": "only null or empty in the sample: the type is a guess"
              }
            ]
          }
        }
      ],
      "default": null
    },
    {
      "name": "none",
      "type": ["null", {"type": "array", "items": ["null", "string"]}],
      "default": null,
      "doc": "only null or empty in the sample: the type is a guess"
    }
  ]
}
)");
}

TEST(InferTest, KeysThatAreNoNamesKeepTheirPlace) {
  const std::string line = R"({"Date First": "x", "2nd": 1, "a": 2, "A": 3, "": 4, "d": {"é": 5}})";
  const auto schema = Guess({line});
  ASSERT_TRUE(schema.ok()) << schema.error().ToString();
  TestBatch batch(*schema);
  const auto reject = batch.Decode(line);
  ASSERT_FALSE(reject.has_value()) << reject->reason;
  EXPECT_THAT(batch.Rows(), testing::ElementsAre("x|1|2|3|4|{'__': 5}"));
  EXPECT_EQ(schema->root().fields[0].name, "Date_First");
  EXPECT_EQ(schema->root().fields[1].name, "_2nd");
  EXPECT_EQ(schema->root().fields[3].name, "A_2");
}

TEST(InferTest, ObjectsOfManyKeysAreMaps) {
  std::string line = R"({"details": {)";
  for (int i = 0; i < 100; ++i)
    line += (i > 0 ? ",\"key " : "\"key ") + std::to_string(i) + "\": \"v\"";
  const auto schema = Guess({line + "}, \"empty\": {}}"});
  ASSERT_TRUE(schema.ok()) << schema.error().ToString();
  const auto columns = schema->ToColumns();
  EXPECT_EQ(columns->fields[0].type.ToSql(), "MAP(VARCHAR, VARCHAR)");
  EXPECT_EQ(columns->fields[1].type.ToSql(), "MAP(VARCHAR, VARCHAR)");
}

TEST(InferTest, ValuesThatShareNoTypeAreNamed) {
  EXPECT_EQ(Guess({R"({"item": {"price": 14.99}})", R"({"item": {"price": "from 14.99"}})"})
                .error()
                .message(),
            "the field 'item.price' is a number in one record, a string in another");
  EXPECT_EQ(Guess({"[1]", "nonsense", ""}).error().message(),
            "no line of the sample is a JSON object");
}

TEST(InferTest, AWholeNumberBeyondALongIsADouble) {
  const auto schema = Guess({R"({"n": 1})", R"({"n": 100000000000000000000})"});
  EXPECT_EQ(schema->ToColumns()->fields[0].type.ToSql(), "DOUBLE");
}

}  // namespace
}  // namespace codec
