// The Amazon example by the real program, held to plain DuckDB over the raw lines.
#include "referee/amazon.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using referee::AmazonProject;
using referee::Ended;
using referee::LakeView;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string FolderOfTest() {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  return testing::TempDir() + "amazon_" + std::to_string(getpid()) + "/" + test->name();
}

std::string Told(const Ended& ended) { return ended.out + ended.err; }

int64_t Sum(const std::map<std::string, int64_t>& kinds, const std::vector<std::string>& names) {
  int64_t sum = 0;
  for (const std::string& name : names) {
    const auto found = kinds.find(name);
    if (found != kinds.end()) sum += found->second;
  }
  return sum;
}

TEST(AmazonTest, TheMartsEqualPlainSqlOverTheRawLines) {
  const AmazonProject project(FolderOfTest());
  project.Generate("1", {.reviews = 20'000, .products = 2'000, .seed = 11, .bad_rate = 0.01});
  const Ended run = project.Tributary({"run"});
  ASSERT_EQ(run.exit_code, 0) << Told(run);
  LakeView view;
  Referee(view, project);
  EXPECT_THAT(MartDifferences(view, project), IsEmpty());
  EXPECT_GT(view.Number("SELECT count(*) FROM lake.mart_reviews"), 17'000);
}

TEST(AmazonTest, EveryLineIsAccountedForAsTheGeneratorMadeIt) {
  const AmazonProject project(FolderOfTest());
  const auto report =
      project.Generate("1", {.reviews = 10'000, .products = 1'500, .seed = 12, .bad_rate = 0.03});
  ASSERT_EQ(project.Tributary({"run"}).exit_code, 0);
  LakeView view;
  ASSERT_TRUE(view.Attach("rejected", project.table("bronze.reviews__rejected")));
  ASSERT_TRUE(view.Attach("set_aside", project.table("silver.reviews_set_aside")));
  const auto& kinds = report.reviews_by_kind;
  const std::map<std::string, std::vector<std::string>> made_as = {
      {"malformed", {"truncated"}},         {"wrong type", {"wrong type"}},
      {"out of range", {"rounding"}},       {"invalid UTF-8", {"invalid UTF-8"}},
      {"duplicate key", {"duplicate key"}}, {"missing", {"missing key"}},
      {"not an object", {"not an object"}}, {"null", {"null"}},
  };
  for (const auto& [kind, names] : made_as) {
    EXPECT_EQ(view.Number("SELECT count(*) FROM rejected WHERE kind = '" + kind + "'"),
              Sum(kinds, names))
        << kind;
  }
  EXPECT_EQ(view.Number("SELECT count(*) FROM rejected"),
            report.files[0].lines - Sum(kinds, {"good", "exact duplicate", "same key"}));
  EXPECT_EQ(view.Number("SELECT count(*) FROM set_aside WHERE reason = 'exact duplicate'"),
            Sum(kinds, {"exact duplicate"}));
  EXPECT_EQ(view.Number("SELECT count(*) FROM set_aside WHERE reason LIKE 'lost%'"),
            Sum(kinds, {"same key"}));
}

TEST(AmazonTest, ASecondRunLoadsNothingAndChangesNoMart) {
  const AmazonProject project(FolderOfTest());
  project.Generate("1", {.reviews = 3'000, .products = 300, .seed = 13});
  ASSERT_EQ(project.Tributary({"run"}).exit_code, 0);
  LakeView view;
  Referee(view, project);
  ASSERT_THAT(MartDifferences(view, project), IsEmpty());
  const auto bronze = view.LiveFiles(project.table("bronze.reviews"));
  const Ended again = project.Tributary({"run"});
  ASSERT_EQ(again.exit_code, 0) << Told(again);
  EXPECT_THAT(MartDifferences(view, project), IsEmpty());
  EXPECT_THAT(view.LiveFiles(project.table("bronze.reviews")), ElementsAreArray(bronze));
}

TEST(AmazonTest, InWhichOrderFilesArriveChangesNoMart) {
  // The same products in three files, with contents that contradict each other.
  const auto generate = [](const AmazonProject& project, const std::string& label) {
    project.Generate(label, {.reviews = 1'500,
                             .products = 200,
                             .seed = static_cast<uint64_t>(label[0]),
                             .gzip = label == "b"});
  };
  const AmazonProject at_once(FolderOfTest() + "/at_once");
  for (const char* label : {"a", "b", "c"}) generate(at_once, label);
  ASSERT_EQ(at_once.Tributary({"run"}).exit_code, 0);
  LakeView view;
  Referee(view, at_once);
  EXPECT_THAT(MartDifferences(view, at_once), IsEmpty());

  const AmazonProject one_by_one(FolderOfTest() + "/one_by_one");
  for (const char* label : {"c", "a", "b"}) {
    generate(one_by_one, label);
    const Ended run = one_by_one.Tributary({"run"});
    ASSERT_EQ(run.exit_code, 0) << Told(run);
  }
  EXPECT_THAT(MartDifferences(view, one_by_one), IsEmpty());
}

TEST(AmazonTest, AnItemThatComesLaterMatchesTheReviewsThatWaited) {
  const AmazonProject project(FolderOfTest());
  project.Generate("1", {.reviews = 2'000, .products = 200, .seed = 15});
  fs::rename(project.data() + "/meta-1.jsonl", project.root() + "/held_back.jsonl");
  std::ofstream(project.data() + "/meta-0.jsonl") << "{}\n";
  ASSERT_EQ(project.Tributary({"run"}).exit_code, 0);
  LakeView view;
  ASSERT_FALSE(view.Attach("marts", project.table("gold.mart_reviews")));
  ASSERT_TRUE(view.Attach("unmatched", project.table("silver.reviews_unmatched")));
  EXPECT_GT(view.Number("SELECT count(*) FROM unmatched"), 1'900);
  fs::rename(project.root() + "/held_back.jsonl", project.data() + "/meta-1.jsonl");
  ASSERT_EQ(project.Tributary({"run"}).exit_code, 0);
  Referee(view, project);
  EXPECT_THAT(MartDifferences(view, project), IsEmpty());
}

TEST(AmazonTest, TheBalanceIsPrintedForPeopleAndPrograms) {
  const AmazonProject project(FolderOfTest());
  project.Generate("1", {.reviews = 500, .products = 50, .seed = 16});
  ASSERT_EQ(project.Tributary({"run"}).exit_code, 0);
  const Ended csv = project.Tributary({"sql", "-o", "csv",
                                       "SELECT rows_in, missing FROM gold.balance WHERE input = "
                                       "'reviews'"});
  ASSERT_EQ(csv.exit_code, 0) << Told(csv);
  EXPECT_EQ(csv.out, "rows_in,missing\n500,0\n");
}

TEST(AmazonTest, ATableThatCannotBeReadKeepsNoOtherFromBeingRead) {
  const AmazonProject project(FolderOfTest());
  project.Generate("1", {.reviews = 500, .products = 50, .seed = 17});
  ASSERT_EQ(project.Tributary({"run"}).exit_code, 0);
  fs::create_directories(project.lake() + "/foreign/newer/_delta_log");
  std::ofstream(project.lake() + "/foreign/newer/_delta_log/00000000000000000000.json")
      << R"({"protocol":{"minReaderVersion":3,"minWriterVersion":7,)"
      << R"("readerFeatures":["timeTravelAhead"],"writerFeatures":["timeTravelAhead"]}})"
      << "\n"
      << R"({"metaData":{"id":"1","format":{"provider":"parquet","options":{}},"schemaString":)"
      << R"("{\"type\":\"struct\",\"fields\":[]}","partitionColumns":[],"configuration":{}}})"
      << "\n";
  const Ended other = project.Tributary({"sql", "SELECT count(*) AS n FROM gold.balance"});
  EXPECT_EQ(other.exit_code, 0) << Told(other);
  const Ended refused = project.Tributary({"sql", "SELECT * FROM \"foreign\".newer"});
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_THAT(refused.err, HasSubstr("timeTravelAhead"));
}

// The real files next to the checkout are used where they are there.
TEST(AmazonTest, RealFilesGiveTheSameMartsAsPlainSql) {
  const char* named = std::getenv("TRIBUTARY_SHARED");
  const std::string shared =
      named != nullptr ? named : std::string(TRIBUTARY_SOURCE) + "/../shared";
  const std::string folder = shared + "/data/amazon-reviews";
  if (!fs::is_directory(folder)) return;
  AmazonProject project(FolderOfTest());
  project.UseData(folder);
  const Ended run = project.Tributary({"run"});
  ASSERT_EQ(run.exit_code, 0) << Told(run);
  LakeView view;
  Referee(view, project);
  EXPECT_THAT(MartDifferences(view, project), IsEmpty());
  EXPECT_GT(view.Number("SELECT count(*) FROM lake.mart_reviews"), 0);
}

}  // namespace
