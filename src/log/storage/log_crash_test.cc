// No acknowledged record is lost, and no record changes, whatever the disk does: an error at the N-th
// call for every N, a full disk, power loss at any moment. And the threads of a log under load.
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "env/faulty_files.h"
#include "env/memory_files.h"
#include "log/log.h"
#include "log/storage/log_test_support.h"

namespace logs {
namespace {

// What one partition was told, and promised.
struct Expected {
  std::map<int64_t, std::set<std::string>> tried;       // by offset
  std::map<int64_t, std::string> acknowledged;          // by offset
  std::map<std::string, std::pair<int64_t, Ticket>> waiting;  // value -> offset, ticket
  std::set<std::string> refused;  // the process may have died when it had written one
  int64_t log_start_asked = 0;    // records below may be gone
};

class Model {
 public:
  void Append(Log& log, const std::string& topic, const std::string& value, int64_t now_ms) {
    const auto partition = log.Find(TopicPartition{topic, 0});
    if (partition == nullptr) return;
    std::string batch = BatchOf({value}, {.timestamp_ms = now_ms});
    const AppendResult result = partition->Append({.batches = batch});
    Expected& expected = topics_[topic];
    if (result.error != ErrorCode::kNone) {
      expected.refused.insert(value);
      return;
    }
    expected.tried[result.base_offset.get()].insert(value);
    expected.waiting[value] = {result.base_offset.get(), result.ticket};
  }

  // Takes note of what has become durable. REQUIRES: all topics are flushed always.
  void Collect(Log& log) {
    for (auto& [topic, expected] : topics_) {
      std::erase_if(expected.waiting, [&](const auto& entry) {
        const auto& [value, place] = entry;
        if (log.IsDurable(place.second) != Durable::kYes) return false;
        expected.acknowledged[place.first] = value;
        return true;
      });
    }
  }

  void DeleteRecords(Log& log, const std::string& topic, int64_t offset) {
    const auto partition = log.Find(TopicPartition{topic, 0});
    if (partition == nullptr) return;
    Expected& expected = topics_[topic];
    if (Offset(offset) > partition->Ends().high_watermark) return;
    expected.log_start_asked = std::max(expected.log_start_asked, offset);
    [[maybe_unused]] const auto moved = partition->DeleteRecords(Offset(offset));
  }

  void Check(Log& log) {
    for (auto& [topic, expected] : topics_) {
      SCOPED_TRACE(topic);
      expected.waiting.clear();
      const auto partition = log.Find(TopicPartition{topic, 0});
      ASSERT_NE(partition, nullptr);
      const PartitionEnds ends = partition->Ends();
      EXPECT_EQ(ends.high_watermark, ends.log_end);
      EXPECT_LE(ends.log_start.get(), expected.log_start_asked);
      std::map<int64_t, std::string> found;
      Offset next = ends.log_start;
      while (next < ends.log_end) {
        const ReadResult read = partition->Read({.offset = next});
        ASSERT_EQ(read.error, ErrorCode::kNone) << read.message;
        ASSERT_FALSE(read.batches.empty()) << "at " << next.get();
        BatchWalk walk(read.batches);
        while (const auto batch = walk.Next()) {
          ASSERT_TRUE(CheckBatch(batch->bytes()).ok());
          ASSERT_EQ(batch->base_offset(), next);
          auto records = RecordReader::Open(*batch, 1 << 20).value();
          found[next.get()] = std::string(*records.Next()->value);
          next = batch->next_offset();
        }
      }
      for (const auto& [offset, value] : expected.acknowledged) {
        if (offset < ends.log_start.get()) continue;
        ASSERT_TRUE(found.contains(offset)) << "lost: " << offset << " of " << ends.log_end.get();
        EXPECT_EQ(found[offset], value);
      }
      for (const auto& [offset, value] : found) {
        EXPECT_TRUE(expected.tried[offset].contains(value) || expected.refused.contains(value))
            << offset << ": " << value;
        // From now on that is what stands there.
        expected.acknowledged[offset] = value;
      }
      // What was lost and never acknowledged is free to be another.
      std::erase_if(expected.acknowledged,
                    [&](const auto& entry) { return entry.first >= ends.log_end.get(); });
    }
  }

 private:
  std::map<std::string, Expected> topics_;
};

LogOptions OptionsOf(env::Files* files, const base::Clock* clock) {
  return {.files = files,
          .clock = clock,
          .folder = "/log",
          .flush = FlushPolicy::kAlways,
          .journal_bytes = 2'000,
          .background = false};
}

class LogCrashTest : public testing::Test {
 protected:
  void SetUp() override { base::SetLogLevel(base::LogLevel::kOff); }
  void TearDown() override { base::SetLogLevel(base::LogLevel::kWarn); }
  base::ManualClock clock_{1'700'000'000'000};
};

// A short life of a log, through every part of it.
void Live(Log& log, Model& model, const base::Clock& clock) {
  int value = 0;
  for (int round = 0; round < 6; ++round) {
    for (int i = 0; i < 4; ++i) {
      model.Append(log, i % 2 == 0 ? "a" : "b", "v" + std::to_string(++value), clock.NowUnixMs());
    }
    [[maybe_unused]] const auto synced = log.Sync();
    model.Collect(log);
    if (round == 3) model.DeleteRecords(log, "a", 5);
    [[maybe_unused]] const auto kept = log.KeepHouse();
  }
}

TEST_F(LogCrashTest, NoFaultAtAnyCallLosesWhatWasAcknowledged) {
  for (const env::FileFault fault :
       {env::FileFault::kError, env::FileFault::kNoSpace, env::FileFault::kFull,
        env::FileFault::kDieBefore, env::FileFault::kDieAfter}) {
    for (int64_t call = 1;; ++call) {
      SCOPED_TRACE(testing::Message() << "fault " << static_cast<int>(fault) << " at " << call);
      env::MemoryFiles disk(&clock_);
      env::FaultyFiles faulty(&disk);
      Model model;
      {
        auto log = Log::Open(OptionsOf(&faulty, &clock_)).value();
        for (const char* topic : {"a", "b"}) {
          ASSERT_TRUE(log->CreateTopic({.name = topic, .configs = {{"segment.bytes", "300"}}}).ok());
        }
        faulty.FailCall(call, fault);
        Live(*log, model, clock_);
      }
      const bool failed = faulty.failed();
      faulty.FailCall(0, env::FileFault::kError);
      base::Random random(static_cast<uint64_t>(call));
      disk.Crash(random);
      auto opened = Log::Open(OptionsOf(&disk, &clock_));
      ASSERT_TRUE(opened.ok()) << opened.error().ToString();
      model.Check(**opened);
      if (testing::Test::HasFatalFailure() || testing::Test::HasNonfatalFailure()) return;
      // And it lives on.
      Live(**opened, model, clock_);
      model.Check(**opened);
      if (!failed) {
        EXPECT_GT(call, 50);
        break;
      }
    }
  }
}

TEST_F(LogCrashTest, OpeningMayFailAnywhereAndBeTriedAgain) {
  for (const env::FileFault fault :
       {env::FileFault::kError, env::FileFault::kNoSpace, env::FileFault::kDieAfter}) {
    for (int64_t call = 1;; ++call) {
      SCOPED_TRACE(testing::Message() << "fault " << static_cast<int>(fault) << " at " << call);
      env::MemoryFiles disk(&clock_);
      env::FaultyFiles faulty(&disk);
      Model model;
      {
        auto log = Log::Open(OptionsOf(&faulty, &clock_)).value();
        for (const char* topic : {"a", "b"}) {
          ASSERT_TRUE(log->CreateTopic({.name = topic, .configs = {{"segment.bytes", "300"}}}).ok());
        }
        Live(*log, model, clock_);
        faulty.FailCall(1, env::FileFault::kDieBefore);
      }
      base::Random random(static_cast<uint64_t>(call));
      disk.Crash(random);
      faulty.FailCall(call, fault);
      {
        [[maybe_unused]] const auto failed = Log::Open(OptionsOf(&faulty, &clock_));
      }
      const bool failed = faulty.failed();
      disk.Crash(random);
      auto opened = Log::Open(OptionsOf(&disk, &clock_));
      ASSERT_TRUE(opened.ok()) << opened.error().ToString();
      model.Check(**opened);
      if (testing::Test::HasFatalFailure() || testing::Test::HasNonfatalFailure()) return;
      if (!failed) {
        EXPECT_GT(call, 20);
        break;
      }
    }
  }
}

TEST_F(LogCrashTest, PowerLossAtRandomMomentsLosesNothingAcknowledged) {
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    base::Random random(seed);
    env::MemoryFiles disk(&clock_);
    env::FaultyFiles faulty(&disk);
    Model model;
    int value = 0;
    for (int life = 0; life < 4; ++life) {
      auto opened = Log::Open(OptionsOf(&faulty, &clock_));
      ASSERT_TRUE(opened.ok()) << opened.error().ToString();
      std::unique_ptr<Log> log = std::move(*opened);
      if (life == 0) {
        for (const char* topic : {"a", "b", "c"}) {
          ASSERT_TRUE(log->CreateTopic({.name = topic, .configs = {{"segment.bytes", "400"}}}).ok());
        }
      }
      model.Check(*log);
      if (testing::Test::HasFatalFailure() || testing::Test::HasNonfatalFailure()) return;
      const uint64_t steps = random.Below(60);
      for (uint64_t step = 0; step < steps; ++step) {
        const std::string topic(1, static_cast<char>('a' + random.Below(3)));
        switch (random.Below(8)) {
          case 0:
            ASSERT_TRUE(log->Sync().ok());
            model.Collect(*log);
            break;
          case 1:
            ASSERT_TRUE(log->KeepHouse().ok());
            break;
          case 2:
            model.DeleteRecords(*log, topic, static_cast<int64_t>(random.Below(10)));
            break;
          default:
            model.Append(*log, topic,
                         std::string(random.Below(100), 'x') + std::to_string(++value),
                         clock_.NowUnixMs());
        }
      }
      if (random.Below(3) > 0) faulty.FailCall(1, env::FileFault::kDieBefore);
      log.reset();
      faulty.FailCall(0, env::FileFault::kError);
      disk.Crash(random);
    }
  }
}

TEST_F(LogCrashTest, AFullDiskRefusesAppendsUntilThereIsRoomAndReadsGoOn) {
  env::MemoryFiles disk(&clock_);
  env::FaultyFiles faulty(&disk);
  auto log = Log::Open(OptionsOf(&faulty, &clock_)).value();
  const auto partition = log->CreateTopic({.name = "t"}).value()->partitions[0];
  const auto append = [&](const std::string& value) {
    std::string batch = BatchOf({value}, {.timestamp_ms = clock_.NowUnixMs()});
    return partition->Append({.batches = batch});
  };
  ASSERT_EQ(append("a").error, ErrorCode::kNone);
  ASSERT_TRUE(log->Sync().ok());
  EXPECT_EQ(log->Trouble(), std::nullopt);

  faulty.FailCall(1, env::FileFault::kFull);
  EXPECT_EQ(append("refused").error, ErrorCode::kKafkaStorageError);
  ASSERT_NE(log->Trouble(), std::nullopt);
  EXPECT_THAT(log->Trouble()->message(), testing::HasSubstr("space"));
  EXPECT_THAT(ValuesFrom(*partition, Offset(0)), testing::ElementsAre("a"));
  faulty.FailCall(0, env::FileFault::kError);
  const AppendResult waiting = append("b");
  EXPECT_EQ(waiting.error, ErrorCode::kNone);
  EXPECT_EQ(waiting.base_offset, Offset(1));
  EXPECT_EQ(log->Trouble(), std::nullopt);

  // Now the journal finds no room for what the segment has taken.
  faulty.FailCall(1, env::FileFault::kFull);
  EXPECT_FALSE(log->Sync().ok());
  EXPECT_EQ(log->IsDurable(waiting.ticket), Durable::kFailed);
  EXPECT_NE(log->Trouble(), std::nullopt);
  EXPECT_EQ(append("refused").error, ErrorCode::kKafkaStorageError);
  EXPECT_THAT(ValuesFrom(*partition, Offset(0)), testing::ElementsAre("a"));
  faulty.FailCall(0, env::FileFault::kError);
  ASSERT_TRUE(log->Sync().ok());
  EXPECT_EQ(log->IsDurable(waiting.ticket), Durable::kYes);
  EXPECT_EQ(log->Trouble(), std::nullopt);
  EXPECT_EQ(append("c").base_offset, Offset(2));
  ASSERT_TRUE(log->Sync().ok());
  EXPECT_THAT(ValuesFrom(*partition, Offset(0)), testing::ElementsAre("a", "b", "c"));
}

TEST_F(LogCrashTest, AFailedSyncIsNotTriedAgainUntilTheLogIsOpened) {
  env::MemoryFiles disk(&clock_);
  env::FaultyFiles faulty(&disk);
  auto log = Log::Open(OptionsOf(&faulty, &clock_)).value();
  const auto partition = log->CreateTopic({.name = "t"}).value()->partitions[0];
  std::string batch = BatchOf({"a"}, {.timestamp_ms = clock_.NowUnixMs()});
  const AppendResult first = partition->Append({.batches = batch});
  faulty.FailCall(3, env::FileFault::kError);  // zeros, the frame, the sync
  EXPECT_FALSE(log->Sync().ok());
  EXPECT_FALSE(log->Sync().ok());
  EXPECT_EQ(log->IsDurable(first.ticket), Durable::kFailed);
  EXPECT_EQ(partition->Append({.batches = batch}).error, ErrorCode::kKafkaStorageError);
  EXPECT_NE(log->Trouble(), std::nullopt);
  log.reset();
  log = Log::Open(OptionsOf(&faulty, &clock_)).value();
  EXPECT_EQ(log->Trouble(), std::nullopt);
  EXPECT_EQ(log->Find(TopicPartition{"t", 0})->Append({.batches = batch}).error, ErrorCode::kNone);
}

// --- with threads and a real disk ---------------------------------------------------------------

class WaitingWatcher final : public Watcher {
 public:
  void Notify() override {
    const std::lock_guard lock(mutex_);
    told_ = true;
    told_condition_.notify_all();
  }
  void Wait() {
    std::unique_lock lock(mutex_);
    told_condition_.wait(lock, [&] { return told_; });
    told_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable told_condition_;
  bool told_ = false;
};

Durable WaitDurable(Log& log, Ticket ticket) {
  const auto watcher = std::make_shared<WaitingWatcher>();
  while (log.IsDurable(ticket) == Durable::kNotYet) {
    log.WatchDurable(ticket, watcher);
    watcher->Wait();
  }
  return log.IsDurable(ticket);
}

class RealLogTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "log_test_" +
              testing::UnitTest::GetInstance()->current_test_info()->name();
    ASSERT_TRUE(files_->RemoveTree(folder_).ok());
  }
  void TearDown() override { EXPECT_TRUE(files_->RemoveTree(folder_).ok()); }
  [[nodiscard]] LogOptions Options() const {
    return {.files = files_.get(),
            .clock = &clock_,
            .seed = 1,
            .folder = folder_,
            .journal_bytes = 64'000};
  }

  base::SystemClock clock_;
  std::unique_ptr<env::Files> files_ = env::NewRealFiles();
  std::string folder_;
};

TEST_F(RealLogTest, ManyThreadsAppendAndReadAndSeeOneOrder) {
  constexpr int kThreads = 4;
  constexpr int kAppends = 200;
  auto log = Log::Open(Options()).value();
  const auto topic =
      log->CreateTopic({.name = "t", .num_partitions = 2, .configs = {{"segment.bytes", "9000"}}})
          .value();
  std::atomic<bool> done = false;
  std::thread house([&] {
    while (!done) EXPECT_TRUE(log->KeepHouse().ok());
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kAppends; ++i) {
        const auto& partition = topic->partitions[static_cast<size_t>(i % 2)];
        std::string batch = BatchOf({std::to_string(t) + ":" + std::to_string(i)},
                                    {.timestamp_ms = clock_.NowUnixMs()});
        const AppendResult appended = partition->Append({.batches = batch});
        ASSERT_EQ(appended.error, ErrorCode::kNone) << appended.message;
        if (i % 5 == 0) {
          EXPECT_EQ(WaitDurable(*log, appended.ticket), Durable::kYes);
          EXPECT_GT(partition->Ends().high_watermark, appended.last_offset);
        }
      }
    });
  }
  // A reader that follows: it sees what the others write, in order, once each.
  std::vector<std::string> followed;
  Offset next{0};
  const auto watcher = std::make_shared<WaitingWatcher>();
  while (followed.size() < kThreads * kAppends / 2) {
    topic->partitions[0]->Watch(watcher);
    const ReadResult read = topic->partitions[0]->Read({.offset = next, .bytes_max = 500});
    ASSERT_EQ(read.error, ErrorCode::kNone) << read.message;
    if (read.batches.empty()) {
      watcher->Wait();
      continue;
    }
    BatchWalk walk(read.batches);
    while (const auto batch = walk.Next()) {
      ASSERT_EQ(batch->base_offset(), next);
      auto records = RecordReader::Open(*batch, 1 << 20).value();
      followed.emplace_back(*records.Next()->value);
      next = batch->next_offset();
    }
  }
  for (auto& thread : threads) thread.join();
  done = true;
  house.join();
  EXPECT_EQ(std::set<std::string>(followed.begin(), followed.end()).size(), followed.size());
  log.reset();
  log = Log::Open(Options()).value();
  EXPECT_EQ(ValuesFrom(*log->Find(TopicPartition{"t", 0}), Offset(0)), followed);
  EXPECT_EQ(ValuesFrom(*log->Find(TopicPartition{"t", 1}), Offset(0)).size(), followed.size());
}

TEST_F(RealLogTest, StartsAndStopsManyTimes) {
  for (int i = 0; i < 30; ++i) {
    auto log = Log::Open(Options()).value();
    if (i == 0) {
      ASSERT_TRUE(log->CreateTopic({.name = "t"}).ok());
    }
    std::string batch = BatchOf({std::to_string(i)}, {.timestamp_ms = clock_.NowUnixMs()});
    ASSERT_EQ(log->Find(TopicPartition{"t", 0})->Append({.batches = batch}).base_offset, Offset(i));
  }
}

TEST_F(RealLogTest, AKilledProcessLosesNothingAcknowledged) {
  // The child appends and reports each acknowledged number; it is killed in the middle of it.
  ASSERT_TRUE(Log::Open(Options()).value()->CreateTopic({.name = "t", .num_partitions = 3}).ok());
  int64_t reported = 0;
  for (int life = 0; life < 5; ++life) {
    int channel[2];
    ASSERT_EQ(pipe(channel), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(channel[0]);
      auto log = Log::Open(Options()).value();
      for (int64_t number = reported + 1;; ++number) {
        const auto partition = log->Find(TopicPartition{"t", static_cast<int32_t>(number % 3)});
        std::string batch =
            BatchOf({std::to_string(number)}, {.timestamp_ms = clock_.NowUnixMs()});
        const AppendResult appended = partition->Append({.batches = batch});
        if (WaitDurable(*log, appended.ticket) != Durable::kYes) _exit(1);
        if (write(channel[1], &number, sizeof(number)) != sizeof(number)) _exit(1);
      }
    }
    close(channel[1]);
    int64_t number = 0;
    for (int i = 0; i < 60 && read(channel[0], &number, sizeof(number)) == sizeof(number); ++i) {
      reported = number;
    }
    kill(child, SIGKILL);
    while (read(channel[0], &number, sizeof(number)) == sizeof(number)) reported = number;
    close(channel[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));

    const auto log = Log::Open(Options()).value();
    std::set<std::string> found;
    for (int32_t p = 0; p < 3; ++p) {
      for (const std::string& value : ValuesFrom(*log->Find(TopicPartition{"t", p}), Offset(0))) {
        found.insert(value);
      }
    }
    ASSERT_GE(reported, 60 * (life + 1) - 60);
    for (int64_t i = 1; i <= reported; ++i) ASSERT_TRUE(found.contains(std::to_string(i))) << i;
  }
}

}  // namespace
}  // namespace logs
