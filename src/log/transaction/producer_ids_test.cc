#include "log/transaction/producer_ids.h"

#include <set>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/limits.h"
#include "env/faulty_files.h"
#include "env/memory_files.h"

namespace logs {
namespace {

class ProducerIdsTest : public testing::Test {
 protected:
  ProducerIdsTest() {
    EXPECT_TRUE(files_.CreateDirectories("/log").ok());
    EXPECT_TRUE(files_.SyncDirectory("/").ok());
  }
  static std::unique_ptr<ProducerIds> Open(env::Files& files) {
    auto ids = ProducerIds::Open(&files, "/log");
    EXPECT_TRUE(ids.ok());
    return std::move(*ids);
  }
  base::ManualClock clock_{1'000};
  env::MemoryFiles files_{&clock_};
};

TEST_F(ProducerIdsTest, NoIdIsGivenTwiceWhateverIsLostInCrashes) {
  std::set<int64_t> given;
  for (int crash = 0; crash < 5; ++crash) {
    const auto ids = Open(files_);
    for (int i = 0; i < 1'500; ++i) EXPECT_TRUE(given.insert(ids->Take()->get()).second);
    files_.Crash();
  }
}

TEST_F(ProducerIdsTest, NoIdIsGivenTwiceWhicheverCallFails) {
  for (const auto fault : {env::FileFault::kError, env::FileFault::kNoSpace,
                           env::FileFault::kDieBefore, env::FileFault::kDieAfter}) {
    bool failed = true;
    for (int64_t call = 1; failed; ++call) {
      std::set<int64_t> given;
      env::MemoryFiles files(&clock_);
      ASSERT_TRUE(files.CreateDirectories("/log").ok() && files.SyncDirectory("/").ok());
      env::FaultyFiles faulty(&files);
      faulty.FailCall(call, fault);
      if (auto ids = ProducerIds::Open(&faulty, "/log"); ids.ok()) {
        for (int i = 0; i < 2'200; ++i) {
          const auto id = (*ids)->Take();
          EXPECT_TRUE(!id.ok() || given.insert(id->get()).second);
        }
      }
      failed = faulty.failed();
      files.Crash();
      const auto ids = Open(files);
      for (int i = 0; i < 10; ++i) EXPECT_TRUE(given.insert(ids->Take()->get()).second) << call;
    }
  }
}

TEST_F(ProducerIdsTest, IdsKnownToBeInUseAreSkipped) {
  const auto ids = Open(files_);
  ids->Skip(ProducerId(41'999));
  EXPECT_EQ(*ids->Take(), ProducerId(42'000));
}

TEST_F(ProducerIdsTest, AnotherFileIsRefused) {
  ASSERT_TRUE(env::WriteWhole(files_, "/log/producer_ids", "something else\n").ok());
  EXPECT_EQ(ProducerIds::Open(&files_, "/log").error().code(), base::Code::kCorruption);
}

}  // namespace
}  // namespace logs
