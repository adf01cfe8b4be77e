#include "log/group/classic_group.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/uuid.h"

namespace logs {
namespace {

const GroupProtocol* FindProtocol(const std::vector<GroupProtocol>& protocols,
                                  std::string_view name) {
  for (const auto& protocol : protocols) {
    if (protocol.name == name) return &protocol;
  }
  return nullptr;
}

std::string MetadataOf(const std::vector<GroupProtocol>& protocols, std::string_view name) {
  const GroupProtocol* protocol = FindProtocol(protocols, name);
  return protocol == nullptr ? std::string() : protocol->metadata;
}

bool SameProtocols(const std::vector<GroupProtocol>& a, const std::vector<GroupProtocol>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const GroupProtocol& x, const GroupProtocol& y) {
                      return x.name == y.name && x.metadata == y.metadata;
                    });
}

JoinGroupAnswer Refused(ErrorCode error, std::string member_id = {}) {
  JoinGroupAnswer answer;
  answer.error = error;
  answer.member_id = std::move(member_id);
  return answer;
}

}  // namespace

std::string_view ClassicGroup::state_name() const {
  switch (state_) {
    case State::kEmpty:
      return "Empty";
    case State::kPreparingRebalance:
      return "PreparingRebalance";
    case State::kCompletingRebalance:
      return "CompletingRebalance";
    case State::kStable:
      return "Stable";
  }
  return "";
}

void ClassicGroup::SetState(State state) {
  state_ = state;
  state_timestamp_ms_ = context_.clock.NowUnixMs();
}

void ClassicGroup::Restore(const ClassicGroupRecord::Value& value) {
  members_.clear();
  static_members_.clear();
  protocol_type_ = value.protocol_type;
  generation_ = value.generation;
  protocol_ = value.protocol;
  leader_ = value.leader.value_or("");
  state_timestamp_ms_ = value.state_timestamp_ms;
  for (const auto& stored : value.members) {
    Member member;
    member.instance_id = stored.instance_id;
    member.client = stored.client;
    member.session_timeout_ms = stored.session_timeout_ms;
    member.rebalance_timeout_ms =
        stored.rebalance_timeout_ms < 0 ? stored.session_timeout_ms : stored.rebalance_timeout_ms;
    member.protocols = {{.name = value.protocol.value_or(""), .metadata = stored.subscription}};
    member.assignment = stored.assignment;
    Touch(member);
    if (stored.instance_id.has_value()) static_members_[*stored.instance_id] = stored.member_id;
    members_.emplace(stored.member_id, std::move(member));
  }
  state_ = members_.empty() ? State::kEmpty : State::kStable;
}

ErrorCode ClassicGroup::Persist() {
  ClassicGroupRecord::Value value{.protocol_type = protocol_type_,
                                  .generation = generation_,
                                  .protocol = protocol_,
                                  .state_timestamp_ms = state_timestamp_ms_};
  if (!leader_.empty()) value.leader = leader_;
  for (const auto& [member_id, member] : members_) {
    value.members.push_back({.member_id = member_id,
                             .instance_id = member.instance_id,
                             .client = member.client,
                             .rebalance_timeout_ms = member.rebalance_timeout_ms,
                             .session_timeout_ms = member.session_timeout_ms,
                             .subscription = MetadataOf(member.protocols, protocol_.value_or("")),
                             .assignment = member.assignment});
  }
  const auto appended = context_.records.Append(
      group_id_, {ClassicGroupRecord{.group_id = group_id_, .value = std::move(value)}});
  if (appended.error == ErrorCode::kNone) ticket_ = appended.ticket;
  return appended.error == ErrorCode::kInvalidCommitOffsetSize ? ErrorCode::kUnknownServerError
                                                               : appended.error;
}

// --- who may join, and what they agree on -------------------------------------------------------

ErrorCode ClassicGroup::CheckMember(const std::string& member_id,
                                    const std::optional<std::string>& instance_id) const {
  if (instance_id.has_value()) {
    const auto known = static_members_.find(*instance_id);
    if (known == static_members_.end()) return ErrorCode::kUnknownMemberId;
    if (known->second != member_id) return ErrorCode::kFencedInstanceId;
  }
  return members_.contains(member_id) ? ErrorCode::kNone : ErrorCode::kUnknownMemberId;
}

size_t ClassicGroup::NumJoining() const {
  return static_cast<size_t>(std::count_if(members_.begin(), members_.end(), [](const auto& entry) {
    return entry.second.joining.has_value();
  }));
}

bool ClassicGroup::AllJoined() const { return pending_.empty() && NumJoining() == members_.size(); }

bool ClassicGroup::Accepts(const std::string& member_id) const {
  const auto size_max = static_cast<size_t>(context_.config.group_max_size);
  const auto known = members_.find(member_id);
  switch (state_) {
    case State::kEmpty:
      return true;
    case State::kPreparingRebalance:
      // Those who wait count, not those who are in the group: so the last to rejoin a group that
      // has become too large are those who have to go.
      return (known != members_.end() && known->second.joining.has_value()) ||
             NumJoining() < size_max;
    case State::kCompletingRebalance:
    case State::kStable:
      return known != members_.end() || members_.size() < size_max;
  }
  return false;
}

std::set<std::string> ClassicGroup::CommonProtocols() const {
  std::set<std::string> common;
  bool first = true;
  for (const auto& [member_id, member] : members_) {
    std::set<std::string> mine;
    for (const auto& protocol : member.protocols) {
      if (first || common.contains(protocol.name)) mine.insert(protocol.name);
    }
    common = std::move(mine);
    first = false;
  }
  return common;
}

bool ClassicGroup::Supports(const JoinGroup& request) const {
  if (request.protocol_type.empty() || request.protocols.empty()) return false;
  if (members_.empty()) return true;
  if (request.protocol_type != protocol_type_) return false;
  const auto common = CommonProtocols();
  return std::any_of(request.protocols.begin(), request.protocols.end(),
                     [&](const auto& protocol) { return common.contains(protocol.name); });
}

// Each member votes for the first of its protocols that all have; the leader's order breaks a tie.
std::string ClassicGroup::SelectProtocol() const {
  const auto common = CommonProtocols();
  std::map<std::string, int> votes;
  for (const auto& [member_id, member] : members_) {
    for (const auto& protocol : member.protocols) {
      if (!common.contains(protocol.name)) continue;
      ++votes[protocol.name];
      break;
    }
  }
  const auto leader = members_.find(leader_);
  const auto& order = (leader == members_.end() ? members_.begin() : leader)->second.protocols;
  std::string selected;
  int votes_max = 0;
  for (const auto& protocol : order) {
    const auto found = votes.find(protocol.name);
    if (found == votes.end() || found->second <= votes_max) continue;
    votes_max = found->second;
    selected = protocol.name;
  }
  return selected;
}

int64_t ClassicGroup::RebalanceTimeoutMs() const {
  int64_t timeout_ms = 0;
  for (const auto& [member_id, member] : members_) {
    timeout_ms = std::max<int64_t>(timeout_ms, member.rebalance_timeout_ms);
  }
  return timeout_ms;
}

std::string ClassicGroup::NewMemberId(const JoinGroup& request) {
  return request.instance_id.value_or(request.client.client_id) + "-" +
         base::Uuid::V4(context_.random).ToString();
}

// --- join
// -----------------------------------------------------------------------------------------

void ClassicGroup::Join(const JoinGroup& request, const Promise<JoinGroupAnswer>& promise) {
  if (!Accepts(request.member_id)) {
    RemoveMember(request.member_id, ErrorCode::kGroupMaxSizeReached);
    promise.Set(Refused(ErrorCode::kGroupMaxSizeReached));
    CompleteJoinIfAllJoined();
    return;
  }
  if (!Supports(request)) {
    promise.Set(Refused(ErrorCode::kInconsistentGroupProtocol, request.member_id));
    return;
  }
  if (request.member_id.empty()) {
    JoinAsNew(request, promise);
  } else {
    JoinAgain(request, promise);
  }
}

void ClassicGroup::JoinAsNew(const JoinGroup& request, const Promise<JoinGroupAnswer>& promise) {
  if (request.instance_id.has_value()) {
    const auto known = static_members_.find(*request.instance_id);
    if (known != static_members_.end()) {
      return ReplaceStaticMember(std::string(known->second), request, promise);
    }
    return AddMember(NewMemberId(request), request, promise);
  }
  std::string member_id = NewMemberId(request);
  if (!request.member_id_required) return AddMember(member_id, request, promise);
  if (pending_.size() >= base::limits::kGroupPendingMembersMax) {
    promise.Set(Refused(ErrorCode::kGroupMaxSizeReached));
    return;
  }
  pending_[member_id] = now() + request.session_timeout_ms;
  promise.Set(Refused(ErrorCode::kMemberIdRequired, std::move(member_id)));
}

void ClassicGroup::JoinAgain(const JoinGroup& request, const Promise<JoinGroupAnswer>& promise) {
  if (pending_.contains(request.member_id) && !request.instance_id.has_value()) {
    return AddMember(request.member_id, request, promise);
  }
  const ErrorCode error = CheckMember(request.member_id, request.instance_id);
  if (error != ErrorCode::kNone) return promise.Set(Refused(error, request.member_id));

  Member& member = members_.at(request.member_id);
  // A member that says nothing new has lost an answer, and gets it again. A leader that joins once
  // more wants to assign anew: the topics may have changed.
  const bool unchanged = SameProtocols(member.protocols, request.protocols);
  const bool leads = request.member_id == leader_;
  const bool repeat = (state_ == State::kCompletingRebalance && unchanged) ||
                      (state_ == State::kStable && unchanged && !leads);
  if (repeat) {
    Touch(member);
    return promise.Set(JoinAnswerOf(request.member_id), ticket_);
  }
  UpdateMember(member, request, promise);
  RebalanceOrCompleteJoin();
}

void ClassicGroup::AddMember(const std::string& member_id, const JoinGroup& request,
                             const Promise<JoinGroupAnswer>& promise) {
  if (state_ == State::kPreparingRebalance && initial_delay_) member_added_ = true;
  if (members_.empty()) protocol_type_ = request.protocol_type;
  if (leader_.empty()) leader_ = member_id;
  pending_.erase(member_id);
  if (request.instance_id.has_value()) static_members_[*request.instance_id] = member_id;
  Member& member = members_[member_id];
  member.instance_id = request.instance_id;
  member.client = request.client;
  member.is_new = true;
  UpdateMember(member, request, promise);
  member.session_deadline_ms = now() + base::limits::kGroupNewMemberJoinMs;
  RebalanceOrCompleteJoin();
}

void ClassicGroup::UpdateMember(Member& member, const JoinGroup& request,
                                const Promise<JoinGroupAnswer>& promise) {
  member.protocols = request.protocols;
  member.session_timeout_ms = request.session_timeout_ms;
  member.rebalance_timeout_ms =
      request.rebalance_timeout_ms < 0 ? request.session_timeout_ms : request.rebalance_timeout_ms;
  // A second request of the same member: its client gave up the first.
  if (member.joining.has_value()) {
    member.joining->Set(Refused(ErrorCode::kRebalanceInProgress));
  }
  member.joining = promise;
}

void ClassicGroup::ReplaceStaticMember(const std::string& old_id, const JoinGroup& request,
                                       const Promise<JoinGroupAnswer>& promise) {
  const Members before = members_;
  const std::string leader_before = leader_;

  std::string member_id = NewMemberId(request);
  Member member = members_.at(old_id);
  if (member.joining.has_value()) {
    member.joining->Set(Refused(ErrorCode::kFencedInstanceId, old_id));
  }
  if (member.syncing.has_value()) {
    member.syncing->Set({.error = ErrorCode::kFencedInstanceId});
  }
  member.joining.reset();
  member.syncing.reset();
  member.client = request.client;
  members_.erase(old_id);
  if (leader_ == old_id) leader_ = member_id;
  static_members_[*request.instance_id] = member_id;
  Member& replaced = members_.emplace(member_id, std::move(member)).first->second;
  UpdateMember(replaced, request, promise);
  Touch(replaced);

  if (state_ == State::kPreparingRebalance) return CompleteJoinIfAllJoined();
  // The leader may be assigning to the old id, which then is nobody's.
  if (state_ == State::kCompletingRebalance) return PrepareRebalance();
  if (SelectProtocol() != protocol_) return RebalanceOrCompleteJoin();

  // Nothing changes but the id: the member keeps its assignment, and the others hear nothing.
  replaced.joining.reset();
  const ErrorCode error = Persist();
  if (error != ErrorCode::kNone) {
    members_ = before;
    leader_ = leader_before;
    static_members_[*request.instance_id] = old_id;
    promise.Set(Refused(error));
    return;
  }
  JoinGroupAnswer answer = JoinAnswerOf(member_id);
  if (request.skips_assignment) {
    answer.skip_assignment = leader_ == member_id;
  } else {
    // An old client that is named the leader would assign anew: it must not be.
    answer.leader = leader_before;
    answer.members.clear();
  }
  promise.Set(std::move(answer), ticket_);
}

void ClassicGroup::RemoveMember(const std::string& member_id, ErrorCode error) {
  pending_.erase(member_id);
  const auto found = members_.find(member_id);
  if (found == members_.end()) return;
  Member& member = found->second;
  if (member.joining.has_value()) member.joining->Set(Refused(error));
  if (member.syncing.has_value()) member.syncing->Set({.error = error});
  if (member.instance_id.has_value()) static_members_.erase(*member.instance_id);
  members_.erase(found);
  if (leader_ == member_id) leader_ = members_.empty() ? "" : members_.begin()->first;
}

// --- rebalance
// ------------------------------------------------------------------------------------

void ClassicGroup::RebalanceOrCompleteJoin() {
  if (state_ == State::kPreparingRebalance) {
    CompleteJoinIfAllJoined();
  } else {
    PrepareRebalance();
  }
}

void ClassicGroup::PrepareRebalance() {
  if (state_ == State::kCompletingRebalance) {
    for (auto& [member_id, member] : members_) member.assignment.clear();
    AnswerSyncs(ErrorCode::kRebalanceInProgress);
  }
  for (auto& [member_id, member] : members_) member.owes_sync = false;
  sync_deadline_ms_ = kNever;

  const bool initial = state_ == State::kEmpty;
  SetState(State::kPreparingRebalance);
  if (initial) {
    initial_delay_ = true;
    member_added_ = false;
    initial_delay_ms_ = context_.config.group_initial_rebalance_delay_ms;
    initial_remaining_ms_ = std::max<int64_t>(RebalanceTimeoutMs() - initial_delay_ms_, 0);
    join_deadline_ms_ = now() + initial_delay_ms_;
    if (initial_delay_ms_ == 0) EndInitialDelay();
  } else if (AllJoined()) {
    CompleteJoin();
  } else {
    join_deadline_ms_ = now() + RebalanceTimeoutMs();
  }
}

void ClassicGroup::CompleteJoinIfAllJoined() {
  if (state_ == State::kPreparingRebalance && !initial_delay_ && AllJoined()) CompleteJoin();
}

// While members keep arriving the first rebalance waits on, so that they make one generation.
void ClassicGroup::EndInitialDelay() {
  if (member_added_ && initial_remaining_ms_ > 0) {
    member_added_ = false;
    const int64_t delay_ms =
        std::min<int64_t>(context_.config.group_initial_rebalance_delay_ms, initial_remaining_ms_);
    initial_remaining_ms_ = std::max<int64_t>(initial_remaining_ms_ - initial_delay_ms_, 0);
    initial_delay_ms_ = delay_ms;
    join_deadline_ms_ = now() + delay_ms;
    return;
  }
  CompleteJoin();
}

bool ClassicGroup::ElectLeader() {
  const auto leader = members_.find(leader_);
  if (leader != members_.end() && leader->second.joining.has_value()) return true;
  for (const auto& [member_id, member] : members_) {
    if (!member.joining.has_value()) continue;
    leader_ = member_id;
    return true;
  }
  return false;
}

void ClassicGroup::CompleteJoin() {
  join_deadline_ms_ = kNever;
  initial_delay_ = false;
  // Static members keep their place until their session ends.
  std::vector<std::string> missing;
  for (const auto& [member_id, member] : members_) {
    if (!member.joining.has_value() && !member.instance_id.has_value())
      missing.push_back(member_id);
  }
  for (const auto& member_id : missing) RemoveMember(member_id, ErrorCode::kUnknownMemberId);

  if (!members_.empty() && !ElectLeader()) {
    join_deadline_ms_ = now() + RebalanceTimeoutMs();
    return;
  }
  ++generation_;
  if (members_.empty()) {
    leader_.clear();
    protocol_.reset();
    SetState(State::kEmpty);
    // When it cannot be written, a restart brings back members that time out.
    (void)Persist();
    return;
  }
  protocol_ = SelectProtocol();
  SetState(State::kCompletingRebalance);
  for (auto& [member_id, member] : members_) {
    if (!member.joining.has_value()) continue;
    member.is_new = false;
    member.owes_sync = true;
    Touch(member);
    const auto promise = *std::exchange(member.joining, std::nullopt);
    promise.Set(JoinAnswerOf(member_id));
  }
  sync_deadline_ms_ = now() + RebalanceTimeoutMs();
}

std::vector<JoinGroupAnswer::Member> ClassicGroup::MembersForLeader() const {
  std::vector<JoinGroupAnswer::Member> members;
  for (const auto& [member_id, member] : members_) {
    members.push_back({.member_id = member_id,
                       .instance_id = member.instance_id,
                       .metadata = MetadataOf(member.protocols, protocol_.value_or(""))});
  }
  return members;
}

JoinGroupAnswer ClassicGroup::JoinAnswerOf(const std::string& member_id) const {
  JoinGroupAnswer answer{.generation = generation_,
                         .protocol_type = protocol_type_,
                         .protocol = protocol_,
                         .leader = leader_,
                         .member_id = member_id};
  if (member_id == leader_) answer.members = MembersForLeader();
  return answer;
}

// --- sync
// -----------------------------------------------------------------------------------------

SyncGroupAnswer ClassicGroup::SyncAnswerOf(const Member& member) const {
  return {.protocol_type = protocol_type_, .protocol = protocol_, .assignment = member.assignment};
}

void ClassicGroup::AnswerSyncs(ErrorCode error) {
  for (auto& [member_id, member] : members_) {
    if (!member.syncing.has_value()) continue;
    const auto promise = *std::exchange(member.syncing, std::nullopt);
    Touch(member);
    if (error == ErrorCode::kNone) {
      promise.Set(SyncAnswerOf(member), ticket_);
    } else {
      promise.Set({.error = error});
    }
  }
}

void ClassicGroup::Sync(const SyncGroup& request, const Promise<SyncGroupAnswer>& promise) {
  if (const auto error = CheckMember(request.member_id, request.instance_id);
      error != ErrorCode::kNone) {
    return promise.Set({.error = error});
  }
  if (request.generation != generation_)
    return promise.Set({.error = ErrorCode::kIllegalGeneration});
  const bool other_type =
      request.protocol_type.has_value() && request.protocol_type != protocol_type_;
  const bool other_name =
      request.protocol.has_value() && protocol_.has_value() && request.protocol != protocol_;
  if (other_type || other_name) {
    return promise.Set({.error = ErrorCode::kInconsistentGroupProtocol});
  }
  if (state_ == State::kPreparingRebalance || state_ == State::kEmpty) {
    return promise.Set({.error = ErrorCode::kRebalanceInProgress});
  }

  Member& member = members_.at(request.member_id);
  member.owes_sync = false;
  Touch(member);
  if (state_ == State::kStable) return promise.Set(SyncAnswerOf(member), ticket_);

  if (member.syncing.has_value()) member.syncing->Set({.error = ErrorCode::kRebalanceInProgress});
  member.syncing = promise;
  if (request.member_id != leader_) return;
  for (auto& [member_id, each] : members_) {
    const auto assigned = request.assignments.find(member_id);
    each.assignment = assigned == request.assignments.end() ? "" : assigned->second;
  }
  const int64_t timestamp_before = state_timestamp_ms_;
  state_timestamp_ms_ = context_.clock.NowUnixMs();
  const ErrorCode error = Persist();
  if (error != ErrorCode::kNone) {
    state_timestamp_ms_ = timestamp_before;
    for (auto& [member_id, each] : members_) each.assignment.clear();
    AnswerSyncs(error);
    return PrepareRebalance();
  }
  SetState(State::kStable);
  AnswerSyncs(ErrorCode::kNone);
}

// --- heartbeat, leave, commit --------------------------------------------------------------------

ErrorCode ClassicGroup::Heartbeat(const GroupHeartbeat& request) {
  const ErrorCode error = CheckMember(request.member_id, request.instance_id);
  if (error != ErrorCode::kNone) return error;
  if (request.generation != generation_) return ErrorCode::kIllegalGeneration;
  Touch(members_.at(request.member_id));
  return state_ == State::kPreparingRebalance ? ErrorCode::kRebalanceInProgress : ErrorCode::kNone;
}

LeaveGroupAnswer ClassicGroup::Leave(const LeaveGroup& request) {
  LeaveGroupAnswer answer;
  bool left = false;
  for (const auto& member : request.members) {
    std::string member_id = member.member_id;
    ErrorCode error = ErrorCode::kNone;
    if (member_id.empty()) {
      const auto known = member.instance_id.has_value() ? static_members_.find(*member.instance_id)
                                                        : static_members_.end();
      if (known == static_members_.end()) {
        error = ErrorCode::kUnknownMemberId;
      } else {
        member_id = known->second;
      }
    } else if (!pending_.contains(member_id)) {
      error = CheckMember(member_id, member.instance_id);
    }
    if (error == ErrorCode::kNone) {
      RemoveMember(member_id, ErrorCode::kUnknownMemberId);
      left = true;
    }
    answer.members.push_back(error);
  }
  if (left && state_ != State::kEmpty) RebalanceOrCompleteJoin();
  return answer;
}

ErrorCode ClassicGroup::CheckCommit(const Committer& committer, CommitKind kind) {
  if (committer.generation_or_epoch < 0 && state_ == State::kEmpty) return ErrorCode::kNone;
  const bool named = committer.generation_or_epoch >= 0 || !committer.member_id.empty() ||
                     committer.instance_id.has_value();
  if (named) {
    const ErrorCode error = CheckMember(committer.member_id, committer.instance_id);
    if (error != ErrorCode::kNone) return error;
    if (committer.generation_or_epoch != generation_) return ErrorCode::kIllegalGeneration;
  } else if (kind == CommitKind::kPlain && state_ != State::kEmpty) {
    return ErrorCode::kUnknownMemberId;
  }
  if (kind == CommitKind::kTransactional) return ErrorCode::kNone;
  if (state_ == State::kCompletingRebalance) return ErrorCode::kRebalanceInProgress;
  if (const auto member = members_.find(committer.member_id); member != members_.end()) {
    Touch(member->second);
  }
  return ErrorCode::kNone;
}

// --- time
// -----------------------------------------------------------------------------------------

void ClassicGroup::ExpirePendingSync() {
  sync_deadline_ms_ = kNever;
  if (state_ != State::kCompletingRebalance && state_ != State::kStable) return;
  std::vector<std::string> silent;
  for (const auto& [member_id, member] : members_) {
    if (member.owes_sync) silent.push_back(member_id);
  }
  if (silent.empty()) return;
  for (const auto& member_id : silent) RemoveMember(member_id, ErrorCode::kUnknownMemberId);
  PrepareRebalance();
}

void ClassicGroup::Tick(int64_t now_ms) {
  bool left = std::erase_if(pending_, [&](const auto& id) { return id.second <= now_ms; }) > 0;
  std::vector<std::string> expired;
  for (const auto& [member_id, member] : members_) {
    const bool waits = (member.joining.has_value() && !member.is_new) || member.syncing.has_value();
    if (!waits && member.session_deadline_ms <= now_ms) expired.push_back(member_id);
  }
  for (const auto& member_id : expired) {
    RemoveMember(member_id, ErrorCode::kUnknownMemberId);
    left = true;
  }
  if (left && state_ != State::kEmpty) {
    if (!expired.empty()) {
      RebalanceOrCompleteJoin();
    } else {
      CompleteJoinIfAllJoined();
    }
  }
  if (join_deadline_ms_ <= now_ms) {
    if (initial_delay_) {
      EndInitialDelay();
    } else {
      CompleteJoin();
    }
  }
  if (sync_deadline_ms_ <= now_ms) ExpirePendingSync();
}

int64_t ClassicGroup::Deadline() const {
  int64_t deadline_ms = std::min(join_deadline_ms_, sync_deadline_ms_);
  for (const auto& [member_id, forgotten_ms] : pending_) {
    deadline_ms = std::min(deadline_ms, forgotten_ms);
  }
  for (const auto& [member_id, member] : members_) {
    const bool waits = (member.joining.has_value() && !member.is_new) || member.syncing.has_value();
    if (!waits) deadline_ms = std::min(deadline_ms, member.session_deadline_ms);
  }
  return deadline_ms;
}

bool ClassicGroup::Subscribes(const std::string& topic) const {
  if (!of_consumers() || state_ == State::kEmpty) return false;
  for (const auto& [member_id, member] : members_) {
    for (const auto& protocol : member.protocols) {
      const auto topics = SubscribedTopics(protocol.metadata);
      if (!topics.has_value() || topics->contains(topic)) return true;
    }
  }
  return false;
}

void ClassicGroup::Describe(ClassicGroupDescription& description) const {
  description.state = state_name();
  description.protocol_type = protocol_type_;
  const bool stable = state_ == State::kStable;
  if (stable) description.protocol = protocol_.value_or("");
  for (const auto& [member_id, member] : members_) {
    ClassicGroupDescription::Member described{.member_id = member_id,
                                              .instance_id = member.instance_id,
                                              .client = member.client,
                                              .metadata = {},
                                              .assignment = {}};
    if (stable) {
      described.metadata = MetadataOf(member.protocols, protocol_.value_or(""));
      described.assignment = member.assignment;
    }
    description.members.push_back(std::move(described));
  }
}

}  // namespace logs
