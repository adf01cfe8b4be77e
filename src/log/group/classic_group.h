// ClassicGroup: the members of one group of the classic protocol and its rebalances: all join, the
// leader assigns, all sync. Also the group without members that only has offsets. Owner; THREAD:
// its coordinator's lock. docs/groups.md.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "log/group/group_coordinator.h"
#include "log/group/group_log.h"
#include "log/group/group_record.h"
#include "log/group/group_types.h"
#include "log/group/later.h"

namespace logs {

inline constexpr int64_t kNever = INT64_MAX;

// What the groups of one coordinator share. Value of references.
struct GroupContext {
  Log& log;
  GroupLog& records;
  const base::Clock& clock;
  const GroupConfig& config;
  const std::map<std::string, ConsumerGroupConfig>& group_configs;  // of groups that have some
  base::Random& random;
};

class ClassicGroup {
 public:
  enum class State : uint8_t { kEmpty, kPreparingRebalance, kCompletingRebalance, kStable };

  ClassicGroup(GroupContext& context, std::string group_id)
      : context_(context), group_id_(std::move(group_id)) {}

  // As the last record says; members have their session timeouts to show up.
  void Restore(const ClassicGroupRecord::Value& value);

  void Join(const JoinGroup& request, const Promise<JoinGroupAnswer>& promise);
  void Sync(const SyncGroup& request, const Promise<SyncGroupAnswer>& promise);
  ErrorCode Heartbeat(const GroupHeartbeat& request);
  LeaveGroupAnswer Leave(const LeaveGroup& request);

  enum class CommitKind : uint8_t { kPlain, kTransactional };
  // May `committer` commit now? A commit of a member also shows that it lives.
  ErrorCode CheckCommit(const Committer& committer, CommitKind kind);

  // Ends what is due at `now_ms`.
  void Tick(int64_t now_ms);
  // When something is due next; kNever.
  [[nodiscard]] int64_t Deadline() const;

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] std::string_view state_name() const;
  [[nodiscard]] bool empty() const { return state_ == State::kEmpty && pending_.empty(); }
  // Never more than a place for offsets.
  [[nodiscard]] bool simple() const { return protocol_type_.empty(); }
  // Nobody is here, and nothing was written about it.
  [[nodiscard]] bool unwritten() const { return empty() && generation_ == 0; }
  [[nodiscard]] const std::string& protocol_type() const { return protocol_type_; }
  // When it took its state (unix time).
  [[nodiscard]] int64_t state_timestamp_ms() const { return state_timestamp_ms_; }
  // Of the last record about its members.
  [[nodiscard]] Ticket ticket() const { return ticket_; }
  // Does a member read `topic`, as far as can be known?
  [[nodiscard]] bool Subscribes(const std::string& topic) const;
  [[nodiscard]] bool of_consumers() const { return protocol_type_ == "consumer"; }
  void Describe(ClassicGroupDescription& description) const;

 private:
  struct Member {
    std::optional<std::string> instance_id;
    ClientIdentity client;
    int32_t session_timeout_ms = 0;
    int32_t rebalance_timeout_ms = 0;
    std::vector<GroupProtocol> protocols;
    std::string assignment;
    bool is_new = false;     // has not been told its id yet
    bool owes_sync = false;  // joined this generation, has not asked for its assignment
    std::optional<Promise<JoinGroupAnswer>> joining;
    std::optional<Promise<SyncGroupAnswer>> syncing;
    int64_t session_deadline_ms = kNever;
  };
  using Members = std::map<std::string, Member>;

  [[nodiscard]] ErrorCode CheckMember(const std::string& member_id,
                                      const std::optional<std::string>& instance_id) const;
  [[nodiscard]] bool Accepts(const std::string& member_id) const;
  [[nodiscard]] bool Supports(const JoinGroup& request) const;
  [[nodiscard]] std::set<std::string> CommonProtocols() const;
  [[nodiscard]] std::string SelectProtocol() const;
  [[nodiscard]] bool AllJoined() const;
  [[nodiscard]] size_t NumJoining() const;
  [[nodiscard]] int64_t RebalanceTimeoutMs() const;
  [[nodiscard]] int64_t now() const { return context_.clock.MonotonicMs(); }
  [[nodiscard]] std::string NewMemberId(const JoinGroup& request);

  void JoinAsNew(const JoinGroup& request, const Promise<JoinGroupAnswer>& promise);
  void JoinAgain(const JoinGroup& request, const Promise<JoinGroupAnswer>& promise);
  void AddMember(const std::string& member_id, const JoinGroup& request,
                 const Promise<JoinGroupAnswer>& promise);
  void UpdateMember(Member& member, const JoinGroup& request,
                    const Promise<JoinGroupAnswer>& promise);
  void ReplaceStaticMember(const std::string& old_id, const JoinGroup& request,
                           const Promise<JoinGroupAnswer>& promise);
  // Takes a member out; whoever waits for an answer to it gets `error`.
  void RemoveMember(const std::string& member_id, ErrorCode error);
  // After a member has come, changed or gone.
  void RebalanceOrCompleteJoin();
  void PrepareRebalance();
  void CompleteJoinIfAllJoined();
  void CompleteJoin();
  void EndInitialDelay();
  void ExpirePendingSync();
  bool ElectLeader();
  void SetState(State state);
  void Touch(Member& member) { member.session_deadline_ms = now() + member.session_timeout_ms; }
  void AnswerSyncs(ErrorCode error);
  [[nodiscard]] SyncGroupAnswer SyncAnswerOf(const Member& member) const;
  [[nodiscard]] JoinGroupAnswer JoinAnswerOf(const std::string& member_id) const;
  [[nodiscard]] std::vector<JoinGroupAnswer::Member> MembersForLeader() const;
  // Appends the generation as it is.
  ErrorCode Persist();

  GroupContext& context_;
  std::string group_id_;
  State state_ = State::kEmpty;
  int64_t state_timestamp_ms_ = -1;
  int32_t generation_ = 0;
  std::string protocol_type_;
  std::optional<std::string> protocol_;
  std::string leader_;  // "": none
  Members members_;
  std::map<std::string, std::string> static_members_;  // instance id -> member id
  std::map<std::string, int64_t> pending_;  // ids given out (KIP-394) and when they are forgotten
  int64_t join_deadline_ms_ = kNever;       // of the rebalance
  int64_t sync_deadline_ms_ = kNever;
  bool initial_delay_ = false;  // join_deadline_ms_ is the initial rebalance delay's
  int64_t initial_delay_ms_ = 0;
  int64_t initial_remaining_ms_ = 0;
  bool member_added_ = false;  // during the initial delay
  Ticket ticket_;
};

}  // namespace logs
