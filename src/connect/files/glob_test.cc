// Glob over a small tree in memory.
#include "connect/files/glob.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "env/memory_files.h"

namespace connect::files {
namespace {

using testing::ElementsAre;

class GlobTest : public testing::Test {
 protected:
  GlobTest() : files_(&clock_) {
    for (const char* path :
         {"/p/data/reviews.jsonl", "/p/data/reviews_2.jsonl.gz", "/p/data/meta.jsonl",
          "/p/data/.hidden.jsonl", "/p/data/2024/01/a.csv", "/p/data/2024/02/b.csv",
          "/p/data/2024/c.csv", "/p/data/é.csv", "/p/.git/x.csv", "/p/data/[x].csv"}) {
      const std::string text = path;
      EXPECT_TRUE(files_.CreateDirectories(text.substr(0, text.rfind('/'))).ok());
      EXPECT_TRUE(env::WriteWhole(files_, text, "x").ok());
    }
    EXPECT_TRUE(files_.CreateDirectories("/p/data/dir.csv").ok());
  }

  std::vector<std::string> Found(const std::vector<std::string>& patterns) {
    auto found = Glob(files_, "/p", patterns);
    EXPECT_TRUE(found.ok()) << found.error().ToString();
    return found.ok() ? *found : std::vector<std::string>();
  }

  base::ManualClock clock_{0};
  env::MemoryFiles files_;
};

TEST_F(GlobTest, PatternsFindFilesInByteOrderEachOnce) {
  EXPECT_THAT(Found({"data/reviews*.jsonl*", "data/reviews.jsonl"}),
              ElementsAre("data/reviews.jsonl", "data/reviews_2.jsonl.gz"));
  EXPECT_THAT(Found({"data/**/*.csv"}),
              ElementsAre("data/2024/01/a.csv", "data/2024/02/b.csv", "data/2024/c.csv",
                          "data/[x].csv", "data/é.csv"));
  EXPECT_THAT(Found({"data/2024/0[12]/?.csv"}),
              ElementsAre("data/2024/01/a.csv", "data/2024/02/b.csv"));
  EXPECT_THAT(Found({"data/2024/0[!1]/*"}), ElementsAre("data/2024/02/b.csv"));
  EXPECT_THAT(Found({"./data/{meta,reviews}.jsonl"}),
              ElementsAre("data/meta.jsonl", "data/reviews.jsonl"));
  EXPECT_THAT(Found({"data/2024/{0{1,2}/*,c}.csv"}),
              ElementsAre("data/2024/01/a.csv", "data/2024/02/b.csv", "data/2024/c.csv"));
  EXPECT_THAT(Found({"/p/data/2024/**"}),
              ElementsAre("/p/data/2024/01/a.csv", "/p/data/2024/02/b.csv", "/p/data/2024/c.csv"));
  EXPECT_THAT(Found({"data/?.csv"}), ElementsAre("data/é.csv"));
  EXPECT_THAT(Found({"data/[[]x].csv"}), ElementsAre("data/[x].csv"));
  EXPECT_THAT(Found({"data/.h*"}), ElementsAre("data/.hidden.jsonl"));
}

TEST_F(GlobTest, NothingFoundSaysWhatIsThere) {
  const auto error = [this](const std::string& pattern) {
    const auto found = Glob(files_, "/p", {pattern});
    return found.ok() ? "" : found.error().ToString();
  };
  EXPECT_EQ(
      error("data/review.jsonl"),
      "not found: no file matches 'data/review.jsonl'. Hint: Did you mean 'reviews.jsonl'? In "
      "'data/' there are 2024/, [x].csv, dir.csv/, meta.jsonl, reviews.jsonl and 2 more.");
  EXPECT_EQ(error("dat/*.jsonl"),
            "not found: no file matches 'dat/*.jsonl'. Hint: Did you mean 'data'? In the project "
            "folder there is data/.");
  EXPECT_THAT(Found({"data/meta.jsonl", "data/meta.jsonl.gz"}), ElementsAre("data/meta.jsonl"));
  EXPECT_EQ(Glob(files_, "/p", {"a*", "b*"}).error().message(), "no file matches 'a*' or 'b*'");
  EXPECT_THAT(error("data/{a,b"), testing::HasSubstr("the brace in 'data/{a,b' is not closed"));
}

TEST_F(GlobTest, MatchingIsQuickWhateverThePattern) {
  EXPECT_FALSE(MatchComponent("*a*a*a*a*a*a*a*a*a*a*b", std::string(10'000, 'a')));
  EXPECT_TRUE(MatchComponent("*.jsonl*", "x.jsonl.gz"));
}

}  // namespace
}  // namespace connect::files
