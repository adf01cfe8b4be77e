// The program killed at random moments, over and over, then let finish: the answer is the
// undisturbed one. TRIBUTARY_SEED repeats a failure; `./dev soak` runs it with ever new seeds.
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/random.h"
#include "referee/amazon.h"

namespace {

using referee::AmazonProject;
using referee::Ended;
using referee::LakeView;
using referee::Process;
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::steady_clock;
using ::testing::IsEmpty;

uint64_t Seed() {
  const char* seed = std::getenv("TRIBUTARY_SEED");
  return seed != nullptr ? std::strtoull(seed, nullptr, 10) : 20'261'121;
}

void Generate(const AmazonProject& project) {
  for (const char* label : {"a", "b", "c"}) {
    project.Generate(label, {.reviews = 2'000,
                             .products = 300,
                             .seed = static_cast<uint64_t>(label[0]),
                             .gzip = label[0] == 'b',
                             .bad_rate = 0.02});
  }
}

const std::vector<std::string>& RejectTables() {
  static const std::vector<std::string> tables = {"bronze.reviews__rejected",
                                                  "bronze.metadata__rejected"};
  return tables;
}

// Without the time of loading and the folder, which differ between projects.
std::string Comparable(const std::string& view) {
  return "(SELECT * EXCLUDE (loaded_at) REPLACE (parse_filename(file) AS file) FROM " + view + ")";
}

TEST(KillTest, ARunKilledAnywhereAndRunAgainGivesTheUndisturbedAnswer) {
  const uint64_t seed = Seed();
  RecordProperty("seed", std::to_string(seed));
  base::Random random(seed);
  const std::string folder = testing::TempDir() + "kill_" + std::to_string(getpid());

  const AmazonProject calm(folder + "/calm");
  Generate(calm);
  const auto started = steady_clock::now();
  ASSERT_EQ(calm.Tributary({"run"}).exit_code, 0);
  const auto duration = duration_cast<microseconds>(steady_clock::now() - started);
  LakeView view;
  Referee(view, calm);
  ASSERT_THAT(MartDifferences(view, calm), IsEmpty());
  for (const std::string& table : RejectTables()) {
    ASSERT_TRUE(view.Attach("calm_" + table.substr(7), calm.table(table)));
  }

  constexpr int kRounds = 6;
  int num_kills = 0;
  for (int round = 0; round < kRounds; ++round) {
    const AmazonProject project(folder + "/killed");
    Generate(project);
    const uint64_t kills = 1 + random.Below(6);
    for (uint64_t i = 0; i < kills; ++i) {
      Process run(project.Command({"run"}), project.environment());
      const microseconds moment(random.Below(static_cast<uint64_t>(duration.count())));
      if (const auto ended = run.WaitFor(moment)) {
        ASSERT_EQ(ended->exit_code, 0) << ended->err;
        break;
      }
      run.Kill();
      EXPECT_EQ(run.Wait().exit_code, 128 + SIGKILL);
      ++num_kills;
    }
    const Ended last = project.Tributary({"run"});
    ASSERT_EQ(last.exit_code, 0) << "seed " << seed << ", round " << round << "\n" << last.err;
    ASSERT_THAT(MartDifferences(view, project), IsEmpty()) << "seed " << seed;
    for (const std::string& table : RejectTables()) {
      ASSERT_TRUE(view.Attach("killed_" + table.substr(7), project.table(table)));
      ASSERT_THAT(view.Differences(Comparable("calm_" + table.substr(7)),
                                   Comparable("killed_" + table.substr(7))),
                  IsEmpty())
          << "seed " << seed;
    }
  }
  EXPECT_GE(num_kills, kRounds / 2) << "the test has to kill something to say anything";
}

TEST(TwoWritersTest, TwoProcessesThatAppendToOneTableLoseNothing) {
  const std::string table =
      testing::TempDir() + "two_writers_" + std::to_string(getpid()) + "/table";
  std::filesystem::remove_all(table);
  constexpr int kCommits = 40;
  const auto writer = [&](const std::string& name) {
    return std::vector<std::string>{
        TRIBUTARY_APPEND_ROWS, table, std::to_string(kCommits),
        "SELECT '" + name + "' AS writer, $n AS n, i FROM range(3) r(i)"};
  };
  Process first(writer("first"));
  Process second(writer("second"));
  const Ended first_ended = first.Wait();
  const Ended second_ended = second.Wait();
  EXPECT_EQ(first_ended.exit_code, 0) << first_ended.err;
  EXPECT_EQ(second_ended.exit_code, 0) << second_ended.err;
  LakeView view;
  ASSERT_TRUE(view.Attach("rows", table));
  EXPECT_EQ(view.Number("SELECT count(*) FROM rows"), 2 * kCommits * 3);
  EXPECT_EQ(view.Number("SELECT count(*) FROM (SELECT DISTINCT writer, n, i FROM rows)"),
            2 * kCommits * 3);
  EXPECT_EQ(view.LiveFiles(table).size(), 2U * kCommits);
}

TEST(TwoWritersTest, AWriterKilledBetweenFilesAndCommitLeavesNoRowBehind) {
  base::Random random(Seed());
  const std::string table =
      testing::TempDir() + "two_writers_" + std::to_string(getpid()) + "/killed";
  std::filesystem::remove_all(table);
  const std::vector<std::string> command = {
      TRIBUTARY_APPEND_ROWS, table, "1000000",
      "SELECT $n AS n, i, repeat('x', 1000) AS filler FROM range(2000) r(i)"};
  for (int kill = 0; kill < 5; ++kill) {
    Process writer(command);
    ASSERT_FALSE(writer.WaitFor(microseconds(300'000 + random.Below(500'000))).has_value());
    writer.Kill();
    writer.Wait();
  }
  LakeView view;
  ASSERT_TRUE(view.Attach("rows", table));
  // Whole commits only: every one has its 2000 rows.
  EXPECT_EQ(view.Number("SELECT count(*) FROM rows"),
            static_cast<int64_t>(2000 * view.LiveFiles(table).size()));
}

}  // namespace
