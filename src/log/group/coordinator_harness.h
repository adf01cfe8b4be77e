// CoordinatorHarness: a group coordinator over a MemoryLog with a clock the test moves, and short
// names for what tests do. Owner; THREAD: one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "log/group/group_coordinator.h"
#include "log/group/memory_log.h"

namespace logs {

struct NoWatcher final : Watcher {
  void Notify() override { ++notified; }
  int notified = 0;
};

// What consumers of `topics` say when they join a classic group.
inline std::string SubscriptionTo(const std::vector<std::string>& topics) {
  base::ByteWriter out;
  out.BigEndian(int16_t{1});
  out.BigEndian(static_cast<int32_t>(topics.size()));
  for (const auto& topic : topics) {
    out.BigEndian(static_cast<int16_t>(topic.size()));
    out.Raw(topic);
  }
  out.BigEndian(int32_t{-1});
  return std::move(out).Take();
}

class CoordinatorHarness {
 public:
  explicit CoordinatorHarness(GroupConfig config = {}) : config_(config) { Restart(); }

  // A new coordinator from what the log holds.
  void Restart() {
    coordinator_.reset();
    auto opened =
        GroupCoordinator::Open({.log = &log, .clock = &clock, .seed = ++seed_, .config = config_});
    CHECK(opened.ok());
    coordinator_ = *std::move(opened);
  }
  GroupCoordinator& operator*() { return *coordinator_; }
  GroupCoordinator* operator->() { return coordinator_.get(); }

  // Lets time pass as a housekeeping thread does: a Tick at each deadline.
  void Pass(int64_t duration_ms) {
    const int64_t until_ms = clock.MonotonicMs() + duration_ms;
    int64_t next_ms = coordinator_->Tick();
    while (next_ms <= until_ms) {
      clock.Advance(next_ms - clock.MonotonicMs());
      next_ms = coordinator_->Tick();
    }
    clock.Advance(until_ms - clock.MonotonicMs());
    coordinator_->Tick();
  }

  template <typename T>
  std::optional<T> Look(const Later<T>& later) {
    return later.Look(watcher);
  }
  template <typename T>
  T Now(const Later<T>& later) {
    auto answer = Look(later);
    EXPECT_TRUE(answer.has_value()) << "the answer is not there";
    return answer.has_value() ? *std::move(answer) : T{.error = ErrorCode::kUnknownServerError};
  }

  // --- classic members ---
  [[nodiscard]] static JoinGroup JoinOf(std::string member_id = "",
                                        std::vector<GroupProtocol> protocols = {}) {
    if (protocols.empty()) protocols = {{.name = "range", .metadata = SubscriptionTo({"t"})}};
    return {.group_id = "g",
            .member_id = std::move(member_id),
            .client = {.client_id = "c", .host = "/127.0.0.1"},
            .session_timeout_ms = 10'000,
            .rebalance_timeout_ms = 60'000,
            .protocol_type = "consumer",
            .protocols = std::move(protocols)};
  }
  // A group of one: joined and synced; its id and generation.
  std::pair<std::string, int32_t> StableMember() {
    const auto joining = coordinator_->Join(JoinOf());
    Pass(config_.group_initial_rebalance_delay_ms);
    const auto joined = Now(joining);
    EXPECT_EQ(joined.error, ErrorCode::kNone);
    const auto synced = Now(coordinator_->Sync({.group_id = "g",
                                                .generation = joined.generation,
                                                .member_id = joined.member_id,
                                                .assignments = {{joined.member_id, "all of it"}}}));
    EXPECT_EQ(synced.error, ErrorCode::kNone);
    return {joined.member_id, joined.generation};
  }

  // --- offsets ---
  ErrorCode Commit(const std::string& group_id, const TopicPartition& partition, int64_t offset,
                   Committer committer = {}) {
    const auto answer = Now(coordinator_->Commit(
        OffsetCommit{.group_id = group_id,
                     .committer = std::move(committer),
                     .offsets = {{.partition = partition, .offset = Offset(offset)}}}));
    return answer.error != ErrorCode::kNone ? answer.error : answer.partitions.at(0);
  }
  int64_t Committed(const std::string& group_id, const TopicPartition& partition) {
    const auto answer =
        Now(coordinator_->Fetch({.group_id = group_id, .partitions = {{partition}}}));
    return answer.partitions.at(0).committed.offset.get();
  }

  MemoryLog log;
  base::ManualClock clock{1'000'000};
  std::shared_ptr<NoWatcher> watcher = std::make_shared<NoWatcher>();

 private:
  GroupConfig config_;
  uint64_t seed_ = 0;
  std::unique_ptr<GroupCoordinator> coordinator_;
};

}  // namespace logs
