// GroupCoordinator: which consumer of a group reads which partition, and how far each group has
// read. Both group protocols of Kafka: the classic one, where the members' leader assigns, and that
// of KIP-848, where the coordinator does. State lives in the internal topic __consumer_offsets in
// Kafka's record formats and is loaded from it at start. Owner; THREAD: any. docs/groups.md,
// docs/format/consumer_offsets.md.
//
// Every change is appended before it shows, and every answer rests on a ticket: it is given out
// when the records it was computed from are durable. So what one consumer has been told, a restart
// keeps.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "log/group/group_types.h"
#include "log/group/later.h"
#include "log/log.h"
#include "log/partition.h"
#include "log/watcher.h"

namespace logs {

inline constexpr std::string_view kOffsetsTopic = "__consumer_offsets";

// Kafka's broker settings of the same names, with dots.
struct GroupConfig {
  int32_t offsets_topic_num_partitions = 1;
  int32_t group_initial_rebalance_delay_ms = 100;  // docs/groups.md says why not 3 s
  int32_t group_min_session_timeout_ms = 6'000;
  int32_t group_max_session_timeout_ms = 1'800'000;
  int32_t group_max_size = 10'000;
  int32_t offset_metadata_max_bytes = 4'096;
  int64_t offsets_retention_ms = 7LL * 24 * 3'600'000;
  int64_t offsets_retention_check_interval_ms = 600'000;
  int32_t group_consumer_session_timeout_ms = 45'000;
  int32_t group_consumer_heartbeat_interval_ms = 5'000;
  int32_t group_consumer_max_size = 10'000;
};

// What is set for one consumer group; absent: as GroupConfig says for all.
struct ConsumerGroupConfig {
  std::optional<int32_t> session_timeout_ms = {};
  std::optional<int32_t> heartbeat_interval_ms = {};
};

struct GroupCoordinatorOptions {
  Log* log = nullptr;                  // borrowed, required
  const base::Clock* clock = nullptr;  // borrowed, required
  uint64_t seed = 0;                   // of member ids
  GroupConfig config = {};
};

class GroupCoordinator {
 public:
  // Loads what __consumer_offsets holds, if it exists. BLOCKS. ERRORS: kIo; kCorruption.
  static base::Result<std::unique_ptr<GroupCoordinator>> Open(GroupCoordinatorOptions options);
  virtual ~GroupCoordinator() = default;

  // Classic groups.
  virtual Later<JoinGroupAnswer> Join(const JoinGroup& request) = 0;
  virtual Later<SyncGroupAnswer> Sync(const SyncGroup& request) = 0;
  virtual ErrorCode Heartbeat(const GroupHeartbeat& request) = 0;
  virtual LeaveGroupAnswer Leave(const LeaveGroup& request) = 0;

  // Consumer groups.
  virtual Later<ConsumerHeartbeatAnswer> Heartbeat(const ConsumerHeartbeat& request) = 0;

  // Offsets.
  virtual Later<OffsetCommitAnswer> Commit(const OffsetCommit& request) = 0;
  virtual Later<OffsetFetchAnswer> Fetch(const OffsetFetch& request) = 0;
  virtual Later<OffsetCommitAnswer> Delete(const OffsetDelete& request) = 0;

  // Transactions: the offsets are kept aside until OnMarker. The caller has made OffsetsPartition
  // part of the transaction before. A producer that is fenced gets kInvalidProducerEpoch.
  virtual Later<OffsetCommitAnswer> Commit(const TransactionalOffsetCommit& request) = 0;
  // The partition of __consumer_offsets that holds `group_id`, made when it does not exist yet.
  virtual base::Result<TopicPartition> OffsetsPartition(std::string_view group_id) = 0;
  // The marker has been appended to `partition`, a partition of __consumer_offsets, under `ticket`.
  // REQUIRES: called once for each such marker, before the producer's next transaction.
  virtual void OnMarker(const TopicPartition& partition, const Marker& marker, Ticket ticket) = 0;

  // From now on, for the group of that name, whether there is one yet or not. Kept by the caller.
  virtual void Configure(const std::string& group_id, const ConsumerGroupConfig& config) = 0;

  // Which groups there are.
  [[nodiscard]] virtual std::vector<GroupListing> List() const = 0;
  [[nodiscard]] virtual ClassicGroupDescription Describe(std::string_view group_id) const = 0;
  [[nodiscard]] virtual ConsumerGroupDescription DescribeConsumerGroup(
      std::string_view group_id) const = 0;
  virtual Later<GroupAnswer> Delete(const std::string& group_id) = 0;

  // The topic is gone: so are its offsets. Called by whoever deletes topics.
  virtual void OnTopicDeleted(const std::string& topic) = 0;

  // Ends what is due: sessions, rebalances, retention. The monotonic time at which to call again;
  // Run by one thread of whoever wires it. BLOCKS: for the write of records.
  virtual int64_t Tick() = 0;
  // `watcher` is notified when something is due sooner than the last Tick said.
  virtual void WatchDeadline(std::shared_ptr<Watcher> watcher) = 0;

  // Registers tributary_group_lag_records and tributary_groups. `metrics` and this must live as
  // long as each other are used.
  virtual void Publish(base::Metrics& metrics) = 0;
};

}  // namespace logs
