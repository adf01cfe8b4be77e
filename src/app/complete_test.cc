#include "app/complete.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace app {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

std::vector<std::string> Words(const std::vector<std::string>& words) {
  const auto names = [](const std::string& project) {
    ProjectNames found;
    if (project == "elsewhere") {
      found.nodes = {"other.model"};
      return found;
    }
    found.nodes = {"bronze.reviews", "gold.mart_items", "gold.mart_users"};
    found.tables = {"bronze.reviews", "bronze.reviews__rejected"};
    found.tags = {"slow"};
    found.sources = {"history"};
    found.topics = {"orders", "users"};
    return found;
  };
  std::vector<std::string> found;
  for (const Candidate& candidate : Complete(words, names)) found.push_back(candidate.word);
  return found;
}

TEST(CompleteTest, CommandsAndWhatStandsBelowThem) {
  EXPECT_THAT(Words({"ru"}), ElementsAre("run", "runs"));
  EXPECT_THAT(Words({""}), Contains("generate"));
  EXPECT_THAT(Words({""}), Not(Contains("__complete")));
  EXPECT_THAT(Words({"table", "d"}), ElementsAre("describe"));
  EXPECT_THAT(Words({"-o", "json", "table", "h"}), ElementsAre("history"));
  EXPECT_THAT(Words({"check", ""}), IsEmpty());
}

TEST(CompleteTest, OptionsOfTheCommandAndTheGlobalOnes) {
  EXPECT_THAT(Words({"run", "--full"}), ElementsAre("--full-refresh"));
  EXPECT_THAT(Words({"run", "--"}), Contains("--format"));
  EXPECT_THAT(Words({"check", "--full"}), IsEmpty());
}

TEST(CompleteTest, ValuesOfOptions) {
  EXPECT_THAT(Words({"check", "-o", ""}), ElementsAre("table", "json", "ndjson", "csv"));
  EXPECT_THAT(Words({"check", "--format=js"}), ElementsAre("--format=json"));
  EXPECT_THAT(Words({"sql", "-f", ""}), ElementsAre(kCompleteFiles));
  EXPECT_THAT(Words({"-C", "x"}), ElementsAre(kCompleteFolders));
  EXPECT_THAT(Words({"completion", ""}), ElementsAre("bash", "zsh", "fish"));
}

TEST(CompleteTest, NamesOfTheProject) {
  EXPECT_THAT(Words({"topic", "consume", ""}), ElementsAre("orders", "users"));
  EXPECT_THAT(Words({"group", "reset-offsets", "g", "--topic", "u"}), ElementsAre("users"));
  EXPECT_THAT(Words({"run", "gold.mart_u"}), ElementsAre("gold.mart_users"));
  EXPECT_THAT(Words({"run", "+gold.mart_u"}), ElementsAre("+gold.mart_users"));
  EXPECT_THAT(Words({"run", "2+gold.mart_u"}), ElementsAre("2+gold.mart_users"));
  EXPECT_THAT(Words({"run", "a.b", "tag:"}), ElementsAre("tag:slow"));
  EXPECT_THAT(Words({"run", "source:"}), ElementsAre("source:history"));
  EXPECT_THAT(Words({"run", "--exclude=gold."}),
              UnorderedElementsAre("--exclude=gold.mart_items", "--exclude=gold.mart_users",
                                   "--exclude=gold.*"));
  EXPECT_THAT(Words({"table", "rejects", "b"}),
              ElementsAre("bronze.reviews", "bronze.reviews__rejected"));
  EXPECT_THAT(Words({"table", "rejects", "bronze.reviews", ""}), IsEmpty());
  EXPECT_THAT(Words({"run", "-C", "elsewhere", "o"}), ElementsAre("other.model", "other.*"));
}

}  // namespace
}  // namespace app
