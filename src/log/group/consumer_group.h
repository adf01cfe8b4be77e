// ConsumerGroup: one group of the protocol of KIP-848. Members say with heartbeats what they want
// and have; the group computes a target for each, and leads each member to it: first it gives back,
// then it gets what others have given back. Every change is a record, appended, then applied by the
// same function that applies what is read at start. Owner; THREAD: its coordinator's lock.
// docs/groups.md.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "log/group/assignor.h"
#include "log/group/classic_group.h"
#include "log/group/group_record.h"
#include "log/group/group_types.h"

namespace logs {

// Member epochs with a meaning.
inline constexpr int32_t kJoinEpoch = 0;
inline constexpr int32_t kLeaveEpoch = -1;
inline constexpr int32_t kLeaveForAWhileEpoch = -2;

class ConsumerGroup {
 public:
  ConsumerGroup(GroupContext& context, std::string group_id)
      : context_(context), group_id_(std::move(group_id)) {}

  // A record about this group: just appended, or read at start. REQUIRES: not one of offsets.
  void Apply(const GroupRecord& record);
  // After the last record read at start: members have a session to show up.
  void StartTimers();

  ConsumerHeartbeatAnswer Heartbeat(const ConsumerHeartbeat& request);
  // An operator's removal of members.
  LeaveGroupAnswer Leave(const LeaveGroup& request);
  // May `committer` commit, or read what is committed, now?
  [[nodiscard]] ErrorCode CheckCommit(const Committer& committer,
                                      ClassicGroup::CommitKind kind) const;
  [[nodiscard]] ErrorCode CheckFetch(const Committer& committer) const;

  void Tick(int64_t now_ms);
  [[nodiscard]] int64_t Deadline() const;

  // What removes the group from the log. REQUIRES: empty().
  [[nodiscard]] std::vector<GroupRecord> Tombstones() const;

  [[nodiscard]] bool empty() const { return members_.empty(); }
  [[nodiscard]] bool unwritten() const { return members_.empty() && epoch_ == 0; }
  [[nodiscard]] std::string_view state_name() const;
  [[nodiscard]] Ticket ticket() const { return ticket_; }
  [[nodiscard]] bool Subscribes(const std::string& topic) const;
  void Describe(ConsumerGroupDescription& description) const;

 private:
  using Metadata = ConsumerMemberRecord::Value;
  using Current = CurrentRecord::Value;
  struct Member {
    Metadata metadata;
    Current current;
    Assignment target;
    int64_t session_deadline_ms = kNever;
    int64_t rebalance_deadline_ms = kNever;  // to give back what it must
  };
  // A topic that somebody reads, as it is now.
  struct TopicNow {
    base::Uuid id;
    int32_t num_partitions = 0;
  };
  using Topics = std::map<std::string, TopicNow>;  // by name
  // A heartbeat on its way: the records it makes, and the member as they will leave it.
  struct Change {
    std::vector<GroupRecord> records;
    std::string member_id;
    Metadata metadata;
    Current current;
    Assignment target;
    std::string replaced_id;  // of the static member whose place it takes; "": none
    bool is_new = false;
  };
  struct Refusal {
    ErrorCode error = ErrorCode::kNone;
    std::string message = {};
  };

  static ConsumerHeartbeatAnswer Refuse(const Refusal& refusal);
  [[nodiscard]] static Refusal CheckRequest(const ConsumerHeartbeat& request);
  [[nodiscard]] static Refusal CheckEpoch(const Member& member, const ConsumerHeartbeat& request);

  ConsumerHeartbeatAnswer Leave(const ConsumerHeartbeat& request);
  // The member that a heartbeat is about, existing, new or replacing another.
  [[nodiscard]] Refusal FindMember(const ConsumerHeartbeat& request, Change& change) const;
  [[nodiscard]] static Metadata Updated(const Metadata& before, const ConsumerHeartbeat& request);
  // Resolves the member's regular expression when it is new or due. True when its topics changed.
  base::Result<bool> ResolveRegex(const ConsumerHeartbeat& request, Change& change) const;
  // Drops what no member uses once `leaving_id` is gone.
  void DropUnusedRegexes(const std::string& leaving_id, const Metadata* maybe_joining,
                         std::vector<GroupRecord>& records) const;
  [[nodiscard]] std::set<std::string> TopicsOf(const Metadata& metadata,
                                               const Change* maybe_change) const;
  [[nodiscard]] Topics TopicsNow(const Change& change) const;
  void ComputeTargets(int32_t epoch, const Topics& topics, Change& change) const;
  [[nodiscard]] Assignor SelectAssignor(const Change* maybe_change) const;
  void Reconcile(int32_t target_epoch, const ConsumerHeartbeat& request, Change& change) const;
  void NextAssignment(int32_t member_epoch, int32_t target_epoch, const ConsumerHeartbeat& request,
                      Change& change) const;
  [[nodiscard]] bool IsFree(const base::Uuid& topic, int32_t partition, const Change& change) const;
  // Takes the member out and begins a new epoch.
  ErrorCode Fence(const std::string& member_id);
  ErrorCode Append(const std::vector<GroupRecord>& records);
  [[nodiscard]] std::vector<ConsumerGroupDescription::Assigned> Named(
      const Assignment& assignment) const;
  void Release(const Current& current);
  void Hold(const Current& current);
  [[nodiscard]] int64_t now() const { return context_.clock.MonotonicMs(); }
  [[nodiscard]] int32_t session_timeout_ms() const;
  [[nodiscard]] int32_t heartbeat_interval_ms() const;

  GroupContext& context_;
  std::string group_id_;
  int32_t epoch_ = 0;
  int64_t metadata_hash_ = 0;
  int32_t target_epoch_ = 0;
  std::map<std::string, Member> members_;
  std::map<std::string, std::string> static_members_;  // instance id -> member id
  std::map<std::string, RegexRecord::Value> regexes_;
  // How many members have each partition, or still have to give it back; never more than one but
  // while a static member is replaced.
  std::map<std::pair<base::Uuid, int32_t>, int32_t> holders_;
  int64_t topics_refresh_ms_ = 0;  // when topics are looked at again
  Ticket ticket_;
};

}  // namespace logs
