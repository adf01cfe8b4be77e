// The coordinator behind group_coordinator.h: its groups under one lock, which is held while
// records are appended, so that memory changes in the order of the log. The log calls nothing back.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "log/group/classic_group.h"
#include "log/group/consumer_group.h"
#include "log/group/group_coordinator.h"
#include "log/group/group_log.h"
#include "log/group/offset_table.h"

namespace logs {

class GroupCoordinatorImpl final : public GroupCoordinator {
 public:
  explicit GroupCoordinatorImpl(const GroupCoordinatorOptions& options);

  // REQUIRES: called once, before anything else.
  base::Result<void> Load();

  Later<JoinGroupAnswer> Join(const JoinGroup& request) override;
  Later<SyncGroupAnswer> Sync(const SyncGroup& request) override;
  ErrorCode Heartbeat(const GroupHeartbeat& request) override;
  LeaveGroupAnswer Leave(const LeaveGroup& request) override;
  Later<ConsumerHeartbeatAnswer> Heartbeat(const ConsumerHeartbeat& request) override;

  Later<OffsetCommitAnswer> Commit(const OffsetCommit& request) override;
  Later<OffsetFetchAnswer> Fetch(const OffsetFetch& request) override;
  Later<OffsetCommitAnswer> Delete(const OffsetDelete& request) override;
  Later<OffsetCommitAnswer> Commit(const TransactionalOffsetCommit& request) override;
  base::Result<TopicPartition> OffsetsPartition(std::string_view group_id) override;
  void OnMarker(const TopicPartition& partition, const Marker& marker, Ticket ticket) override;

  void Configure(const std::string& group_id, const ConsumerGroupConfig& config) override;
  [[nodiscard]] std::vector<GroupListing> List() const override;
  [[nodiscard]] ClassicGroupDescription Describe(std::string_view group_id) const override;
  [[nodiscard]] ConsumerGroupDescription DescribeConsumerGroup(
      std::string_view group_id) const override;
  Later<GroupAnswer> Delete(const std::string& group_id) override;
  void OnTopicDeleted(const std::string& topic) override;

  int64_t Tick() override;
  void WatchDeadline(std::shared_ptr<Watcher> watcher) override;
  void Publish(base::Metrics& metrics) override;

 private:
  // One group: of one protocol, and its offsets.
  struct Group {
    // Exactly one of the two. A group that only has offsets is a classic one.
    std::unique_ptr<ClassicGroup> classic;
    std::unique_ptr<ConsumerGroup> consumer;
    OffsetTable offsets;
    Ticket ticket;  // of the last record about the offsets

    [[nodiscard]] bool empty() const { return classic ? classic->empty() : consumer->empty(); }
    [[nodiscard]] bool unwritten() const {
      return offsets.empty() && (classic ? classic->unwritten() : consumer->unwritten());
    }
    [[nodiscard]] bool Subscribes(const std::string& topic) const {
      return classic ? classic->Subscribes(topic) : consumer->Subscribes(topic);
    }
    [[nodiscard]] int64_t Deadline() const {
      return classic ? classic->Deadline() : consumer->Deadline();
    }
    void Tick(int64_t now_ms) { classic ? classic->Tick(now_ms) : consumer->Tick(now_ms); }
    ErrorCode CheckCommit(const Committer& committer, ClassicGroup::CommitKind kind) {
      return classic ? classic->CheckCommit(committer, kind)
                     : consumer->CheckCommit(committer, kind);
    }
  };
  using Groups = std::map<std::string, Group, std::less<>>;

  // --- of classic and consumer groups (group_coordinator.cc). REQUIRES: the lock.
  Group* FindGroup(std::string_view group_id);
  [[nodiscard]] const Group* FindGroup(std::string_view group_id) const;
  // As a classic group without members when there is none. nullptr: there are too many.
  Group* FindOrMakeGroup(const std::string& group_id);
  // The group under the other protocol, which only one without members may change to. What was
  // written about it under the first goes. ERRORS: of the append.
  ErrorCode MakeClassic(const std::string& group_id, Group& group);
  ErrorCode MakeConsumer(const std::string& group_id, Group& group);
  // The tombstones of all that was written about the group but its offsets.
  [[nodiscard]] static std::vector<GroupRecord> Tombstones(const std::string& group_id,
                                                           const Group& group);
  // Takes it out when nothing was ever written about it.
  void ForgetIfUnwritten(const std::string& group_id);
  // After an operation: something may be due sooner than the last Tick said.
  void NoteDeadline(const std::string& group_id);
  [[nodiscard]] int64_t now() const { return options_.clock->MonotonicMs(); }
  void OnRecord(const GroupRecord& record, Offset offset, ProducerId producer);
  void OnOffset(const OffsetRecord& record, Offset offset, ProducerId producer);
  void OnClassicGroup(const ClassicGroupRecord& record);
  void OnConsumerGroup(const std::string& group_id, const GroupRecord& record, bool tombstone);

  // --- of offsets (group_offsets.cc). REQUIRES: the lock.
  void EndTransaction(const TopicPartition& partition, ProducerId producer, bool commit,
                      Ticket ticket);
  // The answers of the partitions that cannot be committed, and records of the others.
  std::vector<GroupRecord> RecordsOf(const std::string& group_id, const Group& group,
                                     const std::vector<OffsetToCommit>& offsets,
                                     int64_t retention_ms, OffsetCommitAnswer& answer) const;
  // Tombstones for `partitions`, and what follows from them.
  ErrorCode RemoveOffsets(const std::string& group_id, Group& group,
                          const std::vector<TopicPartition>& partitions);
  // Is the offset of a topic that is there, and not of one of the same name before it?
  [[nodiscard]] bool IsOfLiveTopic(const TopicPartition& partition,
                                   const OffsetRecord::Value& value) const;
  [[nodiscard]] bool IsExpired(const Group& group, const TopicPartition& partition,
                               const OffsetRecord::Value& value, int64_t now_unix_ms) const;
  void ApplyRetention();
  [[nodiscard]] std::vector<base::MetricSample> LagSamples() const;

  const GroupCoordinatorOptions options_;
  GroupLog records_;
  base::Random random_;
  GroupContext context_;

  mutable std::mutex mutex_;
  // Guarded by the mutex:
  std::map<std::string, ConsumerGroupConfig> configs_;  // of groups that have some
  Groups groups_;
  std::map<ProducerId, std::set<std::string>> open_transactions_;  // groups they commit for
  int64_t next_tick_ms_ = 0;
  int64_t next_retention_ms_ = 0;
  std::shared_ptr<Watcher> deadline_watcher_;
};

}  // namespace logs
