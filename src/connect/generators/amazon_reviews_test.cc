#include "connect/generators/amazon_reviews.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/uuid.h"
#include "connect/generators/skew.h"
#include "env/memory_files.h"

namespace connect::generators {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Generated {
  GenerateReport report;
  std::string reviews, items;
};

Generated Generate(AmazonReviewsOptions options) {
  const base::ManualClock clock(0);
  env::MemoryFiles files(&clock);
  options.out_dir = "data";
  auto report = GenerateAmazonReviews(files, options);
  EXPECT_TRUE(report.ok()) << report.error().ToString();
  const size_t size_max = size_t{1} << 30;
  return {report.value(), env::ReadWhole(files, "data/reviews.jsonl", size_max).value(),
          env::ReadWhole(files, "data/meta.jsonl", size_max).value()};
}

std::vector<std::string_view> Lines(std::string_view text) {
  EXPECT_TRUE(text.empty() || text.back() == '\n');
  std::vector<std::string_view> lines = base::Split(text, '\n');
  lines.pop_back();
  return lines;
}

int64_t Count(const std::map<std::string, int64_t>& kinds, const std::string& kind) {
  const auto found = kinds.find(kind);
  return found == kinds.end() ? 0 : found->second;
}

// What a strict reader says of a line: the raw records with no rule of a schema applied but the
// types. Written apart from the generator's flags, so that the report's counts are held to it.
std::string Judge(std::string_view line, bool is_review) {
  if (base::ValidUtf8Prefix(line) != line.size()) return "invalid UTF-8";
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(simdjson::padded_string(line)).get(root) != simdjson::SUCCESS) {
    return "truncated";
  }
  simdjson::dom::object object;
  if (root.get(object) != simdjson::SUCCESS) return "not an object";
  std::set<std::string_view> keys;
  for (const auto& [key, value] : object) {
    if (!keys.insert(key).second) return "duplicate key";
    simdjson::dom::object inner;
    if (value.get(inner) != simdjson::SUCCESS) continue;
    std::set<std::string_view> inner_keys;
    for (const auto& member : inner) {
      if (!inner_keys.insert(member.key).second) return "duplicate key";
    }
  }
  const std::vector<std::string> texts =
      is_review ? std::vector<std::string>{"title", "text", "asin", "parent_asin", "user_id"}
                : std::vector<std::string>{"main_category", "title", "parent_asin"};
  for (const std::string& key : texts) {
    simdjson::dom::element value;
    if (object.at_key(key).get(value) != simdjson::SUCCESS) return "missing key";
    if (value.is_null()) return "null";
    if (!value.is_string()) return "wrong type";
  }
  if (!is_review) {
    const simdjson::dom::element price = object.at_key("price").value();
    if (price.is_string()) return "odd price";
    return price.is_null() || price.is_number() ? "good" : "wrong type";
  }
  simdjson::dom::element rating;
  if (object.at_key("rating").get(rating) != simdjson::SUCCESS) return "missing key";
  const simdjson::dom::element votes = object.at_key("helpful_vote").value();
  if (!rating.is_double() || !votes.is_number()) return "wrong type";
  if (!object.at_key("verified_purchase").is_bool()) return "wrong type";
  if (!votes.is_int64() || !object.at_key("timestamp").is_int64()) return "rounding";
  return "good";
}

TEST(AmazonReviewsTest, TheSameSeedGivesTheSameBytesOnEveryMachine) {
  const AmazonReviewsOptions options{.reviews = 2'000, .products = 200, .seed = 42};
  const Generated first = Generate(options);
  const Generated second = Generate(options);
  EXPECT_EQ(first.reviews, second.reviews);
  EXPECT_EQ(first.items, second.items);
  // Names of the two texts: a change of these is a change of every data set ever generated.
  EXPECT_EQ(base::Uuid::V5({}, first.reviews).ToString(), "95ddd168-517d-50e9-b84f-ef202d14581c");
  EXPECT_EQ(base::Uuid::V5({}, first.items).ToString(), "0b382823-639c-51d9-932c-c8c054e99c59");
}

TEST(AmazonReviewsTest, AnotherSeedGivesOtherReviews) {
  EXPECT_NE(Generate({.reviews = 10, .products = 5, .seed = 1}).reviews,
            Generate({.reviews = 10, .products = 5, .seed = 2}).reviews);
}

TEST(AmazonReviewsTest, LinesHaveTheRawShapeWithItsKeyOrder) {
  const Generated generated = Generate({.reviews = 50,
                                        .products = 50,
                                        .bad_rate = 0,
                                        .null_rate = 0,
                                        .missing_item_rate = 0,
                                        .null_item_rate = 0,
                                        .odd_price_rate = 0});
  const auto keys = [](std::string_view line) {
    simdjson::dom::parser parser;
    std::vector<std::string> names;
    for (const auto& member : parser.parse(simdjson::padded_string(line)).get_object()) {
      names.emplace_back(member.key);
    }
    return names;
  };
  EXPECT_THAT(keys(Lines(generated.reviews)[0]),
              ElementsAre("rating", "title", "text", "images", "asin", "parent_asin", "user_id",
                          "timestamp", "helpful_vote", "verified_purchase"));
  EXPECT_THAT(keys(Lines(generated.items)[0]),
              ElementsAre("main_category", "title", "average_rating", "rating_number", "features",
                          "description", "price", "images", "videos", "store", "categories",
                          "details", "parent_asin", "bought_together"));
}

TEST(AmazonReviewsTest, EveryKindIsThereAsOftenAsTheReportSays) {
  const Generated generated = Generate({.reviews = 20'000,
                                        .products = 4'000,
                                        .bad_rate = 0.05,
                                        .null_rate = 0.02,
                                        .duplicate_rate = 0.03,
                                        .same_key_rate = 0.02});
  const auto judged = [](const std::vector<std::string_view>& lines, bool is_review) {
    std::map<std::string, int64_t> kinds;
    std::set<std::string_view> seen;
    for (const std::string_view line : lines) {
      std::string kind = Judge(line, is_review);
      if (kind == "good" && !seen.insert(line).second) kind = "exact duplicate";
      ++kinds[kind];
    }
    return kinds;
  };
  std::map<std::string, int64_t> reviews = generated.report.reviews_by_kind;
  EXPECT_GT(Count(reviews, "same key"), 300);
  reviews["good"] += reviews["same key"];  // to a reader of single lines they are
  reviews.erase("same key");
  EXPECT_EQ(judged(Lines(generated.reviews), true), reviews);

  std::map<std::string, int64_t> items = generated.report.items_by_kind;
  EXPECT_GT(Count(items, "same parent_asin"), 5);
  items["good"] += items["same parent_asin"];
  items.erase("same parent_asin");
  EXPECT_EQ(judged(Lines(generated.items), false), items);
}

TEST(AmazonReviewsTest, SharesAreNearTheRatesAskedFor) {
  const GenerateReport report =
      Generate({.reviews = 50'000, .products = 20'000, .bad_rate = 0.1}).report;
  const auto& kinds = report.reviews_by_kind;
  int64_t damaged = 0;
  for (const char* kind : {"truncated", "wrong type", "rounding", "invalid UTF-8", "duplicate key",
                           "missing key", "not an object"}) {
    EXPECT_GT(Count(kinds, kind), 500) << kind;
    damaged += Count(kinds, kind);
  }
  EXPECT_NEAR(static_cast<double>(damaged), 5'000, 300);
  EXPECT_NEAR(static_cast<double>(Count(kinds, "exact duplicate")), 500, 100);
  EXPECT_NEAR(static_cast<double>(report.products_without_item), 1'000, 150);
  int64_t lines = 0;
  for (const auto& [kind, count] : kinds) lines += count;
  EXPECT_EQ(lines, 50'000);
  EXPECT_EQ(report.files.at(0).lines, 50'000);
}

TEST(AmazonReviewsTest, AFewProductsHaveManyOfTheReviewsAndMostUsersWriteFew) {
  const Generated generated =
      Generate({.reviews = 20'000, .products = 2'000, .bad_rate = 0, .null_rate = 0});
  std::map<std::string, int> by_product;
  std::map<std::string, int> by_user;
  std::vector<size_t> text_bytes;
  simdjson::dom::parser parser;
  for (const std::string_view line : Lines(generated.reviews)) {
    const simdjson::dom::element review = parser.parse(simdjson::padded_string(line)).value();
    ++by_product[std::string(review["parent_asin"].get_string().value())];
    ++by_user[std::string(review["user_id"].get_string().value())];
    text_bytes.push_back(review["text"].get_string().value().size());
  }
  std::vector<int> counts;
  for (const auto& [asin, count] : by_product) counts.push_back(count);
  std::sort(counts.rbegin(), counts.rend());
  EXPECT_GT(counts[0], 100);
  EXPECT_LT(counts[0], 1'000);
  EXPECT_LE(counts[counts.size() / 2], 10);
  EXPECT_GT(by_user.size(), 2'000U);
  std::sort(text_bytes.begin(), text_bytes.end());
  EXPECT_GT(text_bytes[text_bytes.size() / 2], 120U);
  EXPECT_LT(text_bytes[text_bytes.size() / 2], 230U);
  EXPECT_GT(text_bytes.back(), 3'000U);
}

TEST(AmazonReviewsTest, CompressedFilesGoUnderNamesOfTheirOwn) {
  const base::ManualClock clock(0);
  env::MemoryFiles files(&clock);
  const auto report = GenerateAmazonReviews(
      files, {.reviews = 100, .products = 10, .out_dir = "out/deep", .gzip = true});
  ASSERT_TRUE(report.ok()) << report.error().ToString();
  EXPECT_EQ(report->files.at(0).path, "out/deep/reviews.jsonl.gz");
  const std::string bytes = env::ReadWhole(files, "out/deep/reviews.jsonl.gz", 1 << 20).value();
  EXPECT_EQ(static_cast<int64_t>(bytes.size()), report->files.at(0).bytes);
  EXPECT_EQ(bytes.substr(0, 2), "\x1F\x8B");
  EXPECT_EQ(files.List("out/deep").value().size(), 2U) << "nothing half done is left";
}

TEST(AmazonReviewsTest, OptionsOutOfRangeAreRefusedByTheNameOfTheirFlag) {
  const base::ManualClock clock(0);
  env::MemoryFiles files(&clock);
  const auto refusal = [&](const AmazonReviewsOptions& options) {
    const auto result = GenerateAmazonReviews(files, options);
    return result.ok() ? std::string("accepted") : result.error().message();
  };
  EXPECT_THAT(refusal({.reviews = -1}), HasSubstr("--reviews"));
  EXPECT_THAT(refusal({.products = 0}), HasSubstr("--products"));
  EXPECT_THAT(refusal({.bad_rate = 1.5}), HasSubstr("--bad-rate must be between 0 and 1"));
  EXPECT_THAT(refusal({.bad_rate = 0.6, .duplicate_rate = 0.6}), HasSubstr("more than 1"));
}

TEST(AmazonReviewsTest, AFullDiskIsAnErrorAndLeavesTheOldFileInPlace) {
  // The rename at the end is what replaces a file: whatever fails before it changes nothing.
  const base::ManualClock clock(0);
  env::MemoryFiles files(&clock);
  ASSERT_TRUE(files.CreateDirectories("data").ok());
  ASSERT_TRUE(env::WriteWhole(files, "data/reviews.jsonl", "old\n").ok());
  ASSERT_TRUE(files.CreateDirectories("data/.reviews.jsonl.part").ok());  // in the way
  EXPECT_FALSE(GenerateAmazonReviews(files, {.reviews = 5, .products = 5, .out_dir = "data"}).ok());
  EXPECT_EQ(env::ReadWhole(files, "data/reviews.jsonl", 100).value(), "old\n");
}

TEST(SkewTest, DrawsFollowTheQuantiles) {
  constexpr Quantile kQuantiles[] = {{0, 0}, {500'000, 100}, {1'000'000, 1'000}};
  base::Random random(7);
  int below = 0;
  for (int i = 0; i < 10'000; ++i) {
    const int64_t value = DrawFrom(kQuantiles, random);
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1'000);
    below += value < 100 ? 1 : 0;
  }
  EXPECT_NEAR(below, 5'000, 200);
}

TEST(SkewTest, ZipfGivesLowRanksMoreAndReachesAll) {
  const Zipf zipf(10, 1);
  base::Random random(7);
  std::vector<int> counts(10);
  for (int i = 0; i < 29'290; ++i) ++counts[static_cast<size_t>(zipf.Draw(random))];
  EXPECT_NEAR(counts[0], 10'000, 400);  // weights 1, 1/2, .. 1/10 add up to 2.929
  EXPECT_NEAR(counts[1], 5'000, 300);
  EXPECT_NEAR(counts[9], 1'000, 150);
}

}  // namespace
}  // namespace connect::generators
