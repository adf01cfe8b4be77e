#include "app/offset_text.h"

#include <gtest/gtest.h>

namespace app {
namespace {

using Kind = PlaceInLog::Kind;

constexpr int64_t kNow = 1'795'000'000'000;

PlaceInLog Parse(std::string_view text) {
  const auto place = ParsePlace(text, kNow);
  EXPECT_TRUE(place.ok()) << text;
  return place.ok() ? *place : PlaceInLog{};
}

TEST(OffsetTextTest, TakesKcatsGrammar) {
  EXPECT_EQ(Parse("beginning"), (PlaceInLog{Kind::kBeginning, 0}));
  EXPECT_EQ(Parse("end"), (PlaceInLog{Kind::kEnd, 0}));
  EXPECT_EQ(Parse("stored"), (PlaceInLog{Kind::kStored, 0}));
  EXPECT_EQ(Parse("42"), (PlaceInLog{Kind::kOffset, 42}));
  EXPECT_EQ(Parse("-10"), (PlaceInLog{Kind::kBeforeEnd, 10}));
  EXPECT_EQ(Parse("-0"), (PlaceInLog{Kind::kBeforeEnd, 0}));
  EXPECT_EQ(Parse("s@1700000000000"), (PlaceInLog{Kind::kTime, 1'700'000'000'000}));
}

TEST(OffsetTextTest, ARangeMayBeGivenInTwoParts) {
  ReadRange range;
  ASSERT_TRUE(AddRangeText("s@2026-11-20", kNow, range).ok());
  ASSERT_TRUE(AddRangeText("e@2026-11-21T00:00:00Z", kNow, range).ok());
  EXPECT_EQ(range.from, (PlaceInLog{Kind::kTime, 1'795'132'800'000}));
  EXPECT_EQ(range.until, (PlaceInLog{Kind::kTime, 1'795'219'200'000}));
}

TEST(OffsetTextTest, ATimeMayBeADateOrHowLongAgo) {
  const auto time = [](std::string_view text) { return ParseTime(text, kNow).value(); };
  EXPECT_EQ(time("1970-01-02"), 86'400'000);
  EXPECT_EQ(time("1970-01-01 00:00:01.5"), 1'500);
  EXPECT_EQ(time("1970-01-01T01:00:00+01:00"), 0);
  EXPECT_EQ(time("90s"), kNow - 90'000);
  EXPECT_EQ(time("15m"), kNow - 900'000);
  EXPECT_EQ(time("2h"), kNow - 7'200'000);
  EXPECT_EQ(time("7d"), kNow - 604'800'000);
}

TEST(OffsetTextTest, WhatIsNeitherIsRefusedWithAHint) {
  for (const char* wrong : {"", "begin", "1x", "--1", "s@", "s@soon", "9223372036854775808",
                            "-9223372036854775808", "s@-5", "s@999999999d", "e@"}) {
    ReadRange range;
    const auto added = AddRangeText(wrong, kNow, range);
    ASSERT_FALSE(added.ok()) << wrong;
    EXPECT_EQ(added.error().code(), base::Code::kInvalidArgument);
    EXPECT_NE(added.error().hint(), "");
  }
}

}  // namespace
}  // namespace app
