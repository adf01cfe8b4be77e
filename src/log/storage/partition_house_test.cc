// Retention and compaction through the Log, restarts and crashes between.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "env/faulty_files.h"
#include "env/memory_files.h"
#include "log/log.h"
#include "log/storage/log_test_support.h"

namespace logs {
namespace {

using testing::ElementsAre;

class PartitionHouseTest : public testing::Test {
 protected:
  void SetUp() override { base::SetLogLevel(base::LogLevel::kOff); }
  void TearDown() override { base::SetLogLevel(base::LogLevel::kWarn); }
  void Open(env::Files* files = nullptr) {
    log_.reset();
    log_ = Log::Open({.files = files != nullptr ? files : files_.get(),
                      .clock = &clock_,
                      .folder = "/log",
                      .background = false})
               .value();
    const auto topic = log_->Find("t");
    if (topic != nullptr) partition_ = topic->partitions[0];
  }

  void Create(const std::map<std::string, std::string>& configs) {
    Open();
    partition_ = log_->CreateTopic({.name = "t", .configs = configs}).value()->partitions[0];
  }

  // ERRORS: none; a refused append is an error code.
  ErrorCode Put(std::string_view key, const std::string& value) {
    std::string batch = BatchOf({value}, {.timestamp_ms = clock_.NowUnixMs(), .key = key});
    const AppendResult result = partition_->Append({.batches = batch});
    static_cast<void>(log_->Sync().ok());
    return result.error;
  }

  base::ManualClock clock_{1'000'000};
  std::unique_ptr<env::MemoryFiles> files_ = std::make_unique<env::MemoryFiles>(&clock_);
  std::unique_ptr<Log> log_;
  std::shared_ptr<Partition> partition_;
};

TEST_F(PartitionHouseTest, OldSegmentsGoAndTheActiveOneGivesWayToAnother) {
  Create({{"retention.ms", "10000"}, {"segment.bytes", "100"}});
  for (int i = 0; i < 4; ++i) {
    Put("k", "v" + std::to_string(i));
    clock_.Advance(1'000);
  }
  log_->KeepHouse().value();
  EXPECT_EQ(partition_->Ends().log_start, Offset(0));
  clock_.Advance(8'000);  // the first two are older than ten seconds
  log_->KeepHouse().value();
  EXPECT_EQ(partition_->Ends().log_start, Offset(2));
  EXPECT_THAT(ValuesFrom(*partition_, Offset(2)), ElementsAre("v2", "v3"));
  EXPECT_EQ(partition_->Read({.offset = Offset(1)}).error, ErrorCode::kOffsetOutOfRange);
  clock_.Advance(100'000);
  log_->KeepHouse().value();
  EXPECT_EQ(partition_->Ends().log_start, Offset(4));
  EXPECT_EQ(partition_->SizeBytes(), 0u);
  Put("k", "v4");
  EXPECT_THAT(ValuesFrom(*partition_, Offset(4)), ElementsAre("v4"));
  Open();
  EXPECT_EQ(partition_->Ends().log_start, Offset(4));
  EXPECT_THAT(ValuesFrom(*partition_, Offset(4)), ElementsAre("v4"));
}

TEST_F(PartitionHouseTest, APartitionStaysWithinItsSizeByWholeSegments) {
  Create({{"retention.bytes", "300"}, {"segment.bytes", "100"}});
  for (int i = 0; i < 10; ++i) Put("k", "v");
  log_->KeepHouse().value();
  const uint64_t size = partition_->SizeBytes();
  EXPECT_GE(size, 300u);
  EXPECT_LT(size, 400u);
}

TEST_F(PartitionHouseTest, ACompactedTopicKeepsTheLastValueOfEachKeyOverRestarts) {
  Create({{"cleanup.policy", "compact"},
          {"segment.bytes", "200"},
          {"min.cleanable.dirty.ratio", "0"}});
  for (int i = 0; i < 30; ++i) Put("k" + std::to_string(i % 3), "v" + std::to_string(i));
  const uint64_t before = partition_->SizeBytes();
  log_->KeepHouse().value();
  EXPECT_LT(partition_->SizeBytes(), before / 3 * 2);
  const auto after = ValuesFrom(*partition_, Offset(0));
  EXPECT_THAT(std::vector<std::string>(after.end() - 3, after.end()),
              ElementsAre("v27", "v28", "v29"));
  EXPECT_LT(after.size(), 8u);
  EXPECT_EQ(partition_->Ends().log_start, Offset(0));
  EXPECT_EQ(partition_->Ends().log_end, Offset(30));
  Open();
  EXPECT_EQ(ValuesFrom(*partition_, Offset(0)), after);
  Put("k0", "w");
  log_->KeepHouse().value();
  EXPECT_EQ(ValuesFrom(*partition_, Offset(0)).back(), "w");
}

// Any call of appending and keeping house fails or is the last before the power goes; what was
// acknowledged is there after a restart.
class HouseCrashTest : public PartitionHouseTest,
                       public testing::WithParamInterface<env::FileFault> {};

TEST_P(HouseCrashTest, AcknowledgedValuesOutliveAFailureAtAnyCall) {
  for (int64_t call = 1;; ++call) {
    SCOPED_TRACE(call);
    log_.reset();
    files_ = std::make_unique<env::MemoryFiles>(&clock_);
    Create({{"cleanup.policy", "compact"},
            {"segment.bytes", "300"},
            {"min.cleanable.dirty.ratio", "0"}});
    env::FaultyFiles faulty(files_.get());
    Open(&faulty);
    std::map<std::string, std::string> acknowledged;
    faulty.FailCall(call, GetParam());
    for (int i = 0; i < 12; ++i) {
      const std::string key = "k" + std::to_string(i % 3);
      const std::string value = key + "v" + std::to_string(i);
      std::string batch = BatchOf({value}, {.timestamp_ms = clock_.NowUnixMs(), .key = key});
      const AppendResult result = partition_->Append({.batches = batch});
      if (!log_->Sync().ok() || result.error != ErrorCode::kNone) break;
      acknowledged[key] = value;
      if (i % 6 == 5) static_cast<void>(log_->KeepHouse().ok());
    }
    const bool failed = faulty.failed();
    log_.reset();
    base::Random random(static_cast<uint64_t>(call));
    files_->Crash(random);
    Open();
    std::map<std::string, std::string> found;
    for (const std::string& value : ValuesFrom(*partition_, Offset(0))) {
      found[value.substr(0, 2)] = value;
    }
    for (const auto& [key, value] : acknowledged) {
      ASSERT_TRUE(found.contains(key)) << key;
      // The next one may have been written though nobody was told.
      ASSERT_GE(std::stoi(found[key].substr(3)), std::stoi(value.substr(3))) << key;
    }
    if (!failed) break;
    ASSERT_LT(call, 10'000);
  }
}

INSTANTIATE_TEST_SUITE_P(Faults, HouseCrashTest,
                         testing::Values(env::FileFault::kError, env::FileFault::kDieBefore,
                                         env::FileFault::kDieAfter));

}  // namespace
}  // namespace logs
