#include "base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/diagnostic.h"
#include "base/json_writer.h"
#include "base/uuid.h"

namespace base {
namespace {

TEST(TextTest, NearestMatchFindsSlipsAndNothingElse) {
  const std::vector<std::string> names = {"materialized", "description", "tests"};
  EXPECT_EQ(NearestMatch("materialised", names), "materialized");
  EXPECT_EQ(NearestMatch("desc", names), std::nullopt);
  EXPECT_EQ(NearestMatch("tset", {"test"}), "test");
  EXPECT_EQ(NearestMatch("x", {"y"}), std::nullopt);
}

TEST(TextTest, Utf8PrefixStopsAtTheFirstBadByte) {
  EXPECT_EQ(ValidUtf8Prefix("h\xC3\xA9llo"), 6u);
  EXPECT_EQ(ValidUtf8Prefix("a\xC3"), 1u);             // cut short
  EXPECT_EQ(ValidUtf8Prefix("\xC0\x80"), 0u);          // overlong
  EXPECT_EQ(ValidUtf8Prefix("ab\xED\xA0\x80"), 2u);    // surrogate
  EXPECT_EQ(ValidUtf8Prefix("\xF4\x90\x80\x80"), 0u);  // above U+10FFFF
  EXPECT_EQ(ValidUtf8Prefix("\xF0\x9F\x98\x80"), 4u);
}

TEST(TextTest, GlobMatchesStarsAndQuestionMarks) {
  EXPECT_TRUE(GlobMatch("gold.*", "gold.mart_users"));
  EXPECT_TRUE(GlobMatch("*_users", "gold.mart_users"));
  EXPECT_TRUE(GlobMatch("a*b*c", "a-b-b-c"));
  EXPECT_FALSE(GlobMatch("a?c", "ac"));
}

TEST(TextTest, FormatsForPeople) {
  EXPECT_EQ(FormatCount(-1234567), "-1,234,567");
  EXPECT_EQ(FormatCount(999), "999");
  EXPECT_EQ(FormatBytes(1536), "1.5 KiB");
  EXPECT_EQ(FormatDurationMs(61500), "1m 1.5s");
}

TEST(DiagnosticTest, CaretStandsUnderTheCharacter) {
  const std::string text = "SELECT 1;\nSELECT h\xC3\xA9, stor FROM x\n";
  const SourcePosition position = PositionOf(text, text.find("stor"));
  EXPECT_EQ(position, (SourcePosition{.line = 2, .column = 12}));
  const std::string shown = Render({.file = "models/a.sql",
                                    .position = position,
                                    .message = "no column 'stor'",
                                    .source_line = std::string(LineAt(text, 2)),
                                    .hint = "Did you mean 'store'?"});
  EXPECT_EQ(shown,
            "error: models/a.sql:2:12: no column 'stor'\n"
            "  2 | SELECT h\xC3\xA9, stor FROM x\n"
            "    |            ^\n"
            "  hint: Did you mean 'store'?\n");
}

TEST(JsonWriterTest, SeparatesAndEscapes) {
  JsonWriter json;
  json.BeginObject().Key("a").Int(1).Key("b").BeginArray().String("x\"\n\x01").Null().EndArray();
  json.Key("c").Double(0.1).EndObject();
  EXPECT_EQ(json.text(), R"({"a":1,"b":["x\"\n\u0001",null],"c":0.1})");
  EXPECT_EQ(JsonQuote("a\xFF"
                      "b"),
            "\"a\xEF\xBF\xBD"
            "b\"");
}

TEST(UuidTest, NameBasedMatchesTheRfcVector) {
  // RFC 9562, appendix A.4.
  EXPECT_EQ(Uuid::V5(kUuidNamespaceDns, "www.example.com").ToString(),
            "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

TEST(UuidTest, TimeOrderedCarriesItsTimeVersionAndVariant) {
  // The time of RFC 9562, appendix A.6.
  const std::string text = Uuid::V7Named(0x017F22E279B0, "user/asin").ToString();
  EXPECT_EQ(text.substr(0, 15), "017f22e2-79b0-7");
  EXPECT_THAT(text[19], testing::AnyOf('8', '9', 'a', 'b'));
  EXPECT_EQ(text, Uuid::V7Named(0x017F22E279B0, "user/asin").ToString());
  EXPECT_NE(text, Uuid::V7Named(0x017F22E279B0, "user/asim").ToString());
  EXPECT_EQ(Uuid::Parse(text)->ToString(), text);
  EXPECT_EQ(Uuid::Parse("017f22e2_79b0"), std::nullopt);
}

}  // namespace
}  // namespace base
