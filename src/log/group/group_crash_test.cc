// The coordinator over the real log on a disk that dies at every call in turn: what was answered is
// there after the restart.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "env/faulty_files.h"
#include "env/memory_files.h"
#include "log/group/coordinator_harness.h"

namespace logs {
namespace {

class Machine {
 public:
  // Opens log and coordinator; false when the disk says no.
  bool Start() {
    auto opened = Log::Open({.files = &faulty,
                             .clock = &clock,
                             .folder = "/log",
                             .journal_bytes = uint64_t{64} << 10,
                             .background = false});
    if (!opened.ok()) return false;
    log = *std::move(opened);
    auto groups_opened = GroupCoordinator::Open({.log = log.get(), .clock = &clock, .seed = 1});
    if (!groups_opened.ok()) return false;
    groups = *std::move(groups_opened);
    return true;
  }
  void Crash(base::Random& random) {
    groups.reset();
    log.reset();
    faulty.FailCall(0, env::FileFault::kError);
    files.Crash(random);
  }
  // The answer once the disk has been asked to sync; nullopt: none came.
  template <typename T>
  std::optional<T> Answer(const Later<T>& later) {
    (void)log->Sync();
    auto answer = later.Look(watcher);
    if (answer.has_value() && answer->error != ErrorCode::kNone) return std::nullopt;
    return answer;
  }

  base::ManualClock clock{1'700'000'000'000};
  env::MemoryFiles files{&clock};
  env::FaultyFiles faulty{&files};
  std::unique_ptr<Log> log;
  std::unique_ptr<GroupCoordinator> groups;
  std::shared_ptr<NoWatcher> watcher = std::make_shared<NoWatcher>();
};

struct Answered {
  int64_t offset = -1;  // the last that was acknowledged
  int32_t epoch = 0;    // of the member of the consumer group
};

// Offsets of one group, a member of another, until something fails.
Answered Work(Machine& machine) {
  Answered answered;
  if (!machine.Start()) return answered;
  if (!machine.log->CreateTopic({.name = "t", .num_partitions = 2}).ok()) return answered;
  ConsumerHeartbeat heartbeat{.group_id = "members",
                              .member_id = "a",
                              .rebalance_timeout_ms = 1'000,
                              .subscribed_topics = {{"t"}},
                              .owned = {{}}};
  for (int64_t offset = 1; offset <= 4; ++offset) {
    const auto committed = machine.Answer(machine.groups->Commit(OffsetCommit{
        .group_id = "offsets", .offsets = {{.partition = {"t", 0}, .offset = Offset(offset)}}}));
    if (!committed.has_value()) return answered;
    answered.offset = offset;
    heartbeat.member_id = std::string(1, static_cast<char>('a' + offset));
    const auto beat = machine.Answer(machine.groups->Heartbeat(heartbeat));
    if (!beat.has_value()) return answered;
    answered.epoch = beat->member_epoch;
  }
  return answered;
}

TEST(GroupCrashTest, WhatWasAnsweredSurvivesADeathAtAnyCall) {
  base::Random random(11);
  for (const auto fault : {env::FileFault::kDieBefore, env::FileFault::kDieAfter,
                           env::FileFault::kError, env::FileFault::kFull}) {
    int64_t call = 1;
    for (bool failed = true; failed; ++call) {
      Machine machine;
      machine.faulty.FailCall(call, fault);
      const Answered answered = Work(machine);
      failed = machine.faulty.failed();
      machine.Crash(random);
      ASSERT_TRUE(machine.Start()) << "call " << call;
      const auto fetched = machine.Answer(
          machine.groups->Fetch({.group_id = "offsets", .partitions = {{{"t", 0}}}}));
      ASSERT_TRUE(fetched.has_value());
      EXPECT_GE(fetched->partitions.at(0).committed.offset.get(), answered.offset)
          << "call " << call;
      const auto group = machine.groups->DescribeConsumerGroup("members");
      EXPECT_GE(group.group_epoch, answered.epoch) << "call " << call;
      if (answered.epoch > 0) {
        EXPECT_GE(group.members.size(), static_cast<size_t>(answered.epoch));
      }
    }
    EXPECT_GT(call, 10);
  }
}

}  // namespace
}  // namespace logs
