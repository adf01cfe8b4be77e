#include "log/group/group_coordinator.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "log/group/group_coordinator_impl.h"

namespace logs {
namespace {

// Cut to what a name may take, for what a client may call itself is not bounded.
ClientIdentity Bounded(ClientIdentity client) {
  client.client_id.resize(std::min(client.client_id.size(), base::limits::kGroupNameBytesMax));
  client.host.resize(std::min(client.host.size(), base::limits::kGroupNameBytesMax));
  return client;
}

bool IsName(const std::string& name) { return name.size() <= base::limits::kGroupNameBytesMax; }

ErrorCode CheckJoin(const JoinGroup& request, const GroupConfig& config) {
  if (request.group_id.empty() || !IsName(request.group_id)) return ErrorCode::kInvalidGroupId;
  if (request.session_timeout_ms < config.group_min_session_timeout_ms ||
      request.session_timeout_ms > config.group_max_session_timeout_ms) {
    return ErrorCode::kInvalidSessionTimeout;
  }
  size_t bytes = 0;
  for (const auto& protocol : request.protocols) {
    if (!IsName(protocol.name)) return ErrorCode::kInvalidRequest;
    bytes += protocol.name.size() + protocol.metadata.size();
  }
  const bool fits = bytes <= base::limits::kGroupMemberBytesMax && IsName(request.member_id) &&
                    IsName(request.instance_id.value_or("")) && IsName(request.protocol_type);
  return fits ? ErrorCode::kNone : ErrorCode::kInvalidRequest;
}

}  // namespace

base::Result<std::unique_ptr<GroupCoordinator>> GroupCoordinator::Open(
    GroupCoordinatorOptions options) {
  auto coordinator = std::make_unique<GroupCoordinatorImpl>(options);
  TRY(coordinator->Load());
  return std::unique_ptr<GroupCoordinator>(std::move(coordinator));
}

GroupCoordinatorImpl::GroupCoordinatorImpl(const GroupCoordinatorOptions& options)
    : options_(options),
      records_(*options.log, *options.clock, options.config.offsets_topic_num_partitions),
      random_(options.seed),
      context_{*options.log, records_, *options.clock, options_.config, random_} {
  next_tick_ms_ = now() + base::limits::kGroupTickMsMax;
  next_retention_ms_ = now() + options_.config.offsets_retention_check_interval_ms;
}

base::Result<void> GroupCoordinatorImpl::Load() {
  const std::lock_guard lock(mutex_);
  return records_.Load({
      .on_record =
          [&](GroupRecord record, Offset offset, ProducerId producer) {
            OnRecord(std::move(record), offset, producer);
          },
      .on_marker =
          [&](const TopicPartition& partition, ProducerId producer, bool commit) {
            EndTransaction(partition, producer, commit, Ticket());
          },
  });
}

// --- groups ---------------------------------------------------------------------------------------

GroupCoordinatorImpl::Group* GroupCoordinatorImpl::FindGroup(std::string_view group_id) {
  const auto found = groups_.find(group_id);
  return found == groups_.end() ? nullptr : &found->second;
}

const GroupCoordinatorImpl::Group* GroupCoordinatorImpl::FindGroup(
    std::string_view group_id) const {
  const auto found = groups_.find(group_id);
  return found == groups_.end() ? nullptr : &found->second;
}

GroupCoordinatorImpl::Group* GroupCoordinatorImpl::FindOrMakeGroup(const std::string& group_id) {
  if (Group* group = FindGroup(group_id)) return group;
  if (groups_.size() >= base::limits::kGroupsMax) return nullptr;
  Group& group = groups_[group_id];
  group.classic = std::make_unique<ClassicGroup>(context_, group_id);
  return &group;
}

void GroupCoordinatorImpl::ForgetIfUnwritten(const std::string& group_id) {
  const auto found = groups_.find(group_id);
  if (found == groups_.end()) return;
  const Group& group = found->second;
  if (group.classic->unwritten() && group.offsets.empty()) groups_.erase(found);
}

void GroupCoordinatorImpl::NoteDeadline(const std::string& group_id) {
  const Group* group = FindGroup(group_id);
  if (group == nullptr) return;
  const int64_t deadline_ms = group->classic->Deadline();
  if (deadline_ms >= next_tick_ms_) return;
  next_tick_ms_ = deadline_ms;
  if (deadline_watcher_ != nullptr) deadline_watcher_->Notify();
}

void GroupCoordinatorImpl::OnRecord(GroupRecord record, Offset offset, ProducerId producer) {
  if (const auto* committed = std::get_if<OffsetRecord>(&record)) {
    if (!committed->value.has_value()) {
      Group* group = FindGroup(committed->group_id);
      if (group == nullptr) return;
      group->offsets.Remove(committed->partition);
      return ForgetIfUnwritten(committed->group_id);
    }
    Group* group = FindOrMakeGroup(committed->group_id);
    if (group == nullptr) return;
    if (producer == kNoProducerId) {
      group->offsets.Put(committed->partition, *committed->value, offset);
    } else {
      group->offsets.PutPending(producer, committed->partition, *committed->value, offset);
      open_transactions_[producer].insert(committed->group_id);
    }
    return;
  }
  if (const auto* classic = std::get_if<ClassicGroupRecord>(&record)) {
    if (classic->value.has_value()) {
      Group* group = FindOrMakeGroup(classic->group_id);
      if (group != nullptr) group->classic->Restore(*classic->value);
    } else if (Group* group = FindGroup(classic->group_id)) {
      group->classic = std::make_unique<ClassicGroup>(context_, classic->group_id);
      ForgetIfUnwritten(classic->group_id);
    }
  }
}

// --- classic groups -------------------------------------------------------------------------------

Later<JoinGroupAnswer> GroupCoordinatorImpl::Join(const JoinGroup& request) {
  const Promise<JoinGroupAnswer> promise(*options_.log);
  const auto refuse = [&](ErrorCode error) {
    JoinGroupAnswer answer;
    answer.error = error;
    answer.member_id = request.member_id;
    promise.Set(std::move(answer));
    return promise.later();
  };
  if (const auto error = CheckJoin(request, options_.config); error != ErrorCode::kNone) {
    return refuse(error);
  }
  JoinGroup bounded = request;
  bounded.client = Bounded(std::move(bounded.client));

  const std::lock_guard lock(mutex_);
  // Whoever knows a member id of a group that is gone has to begin again.
  Group* group = request.member_id.empty() ? FindOrMakeGroup(request.group_id)
                                           : FindGroup(request.group_id);
  if (group == nullptr) {
    return refuse(request.member_id.empty() ? ErrorCode::kPolicyViolation
                                            : ErrorCode::kUnknownMemberId);
  }
  group->classic->Join(bounded, promise);
  ForgetIfUnwritten(request.group_id);
  NoteDeadline(request.group_id);
  return promise.later();
}

Later<SyncGroupAnswer> GroupCoordinatorImpl::Sync(const SyncGroup& request) {
  const Promise<SyncGroupAnswer> promise(*options_.log);
  const std::lock_guard lock(mutex_);
  if (Group* group = FindGroup(request.group_id)) {
    group->classic->Sync(request, promise);
    NoteDeadline(request.group_id);
  } else {
    promise.Set({.error = ErrorCode::kUnknownMemberId});
  }
  return promise.later();
}

ErrorCode GroupCoordinatorImpl::Heartbeat(const GroupHeartbeat& request) {
  const std::lock_guard lock(mutex_);
  Group* group = FindGroup(request.group_id);
  if (group == nullptr) return ErrorCode::kUnknownMemberId;
  return group->classic->Heartbeat(request);
}

LeaveGroupAnswer GroupCoordinatorImpl::Leave(const LeaveGroup& request) {
  const std::lock_guard lock(mutex_);
  Group* group = FindGroup(request.group_id);
  if (group == nullptr) {
    return {.members = std::vector(request.members.size(), ErrorCode::kUnknownMemberId)};
  }
  LeaveGroupAnswer answer = group->classic->Leave(request);
  ForgetIfUnwritten(request.group_id);
  NoteDeadline(request.group_id);
  return answer;
}

// --- what there is --------------------------------------------------------------------------------

std::vector<GroupListing> GroupCoordinatorImpl::List() const {
  const std::lock_guard lock(mutex_);
  std::vector<GroupListing> listings;
  for (const auto& [group_id, group] : groups_) {
    listings.push_back({.group_id = group_id,
                        .protocol_type = group.classic->protocol_type(),
                        .state = std::string(group.classic->state_name()),
                        .type = GroupType::kClassic});
  }
  return listings;
}

ClassicGroupDescription GroupCoordinatorImpl::Describe(std::string_view group_id) const {
  ClassicGroupDescription description;
  description.group_id = group_id;
  description.state = "Dead";
  const std::lock_guard lock(mutex_);
  const Group* group = FindGroup(group_id);
  if (group == nullptr) {
    description.error = ErrorCode::kGroupIdNotFound;
  } else {
    group->classic->Describe(description);
  }
  return description;
}

Later<GroupAnswer> GroupCoordinatorImpl::Delete(const std::string& group_id) {
  const Promise<GroupAnswer> promise(*options_.log);
  const std::lock_guard lock(mutex_);
  Group* group = FindGroup(group_id);
  if (group == nullptr) {
    promise.Set({.error = ErrorCode::kGroupIdNotFound});
    return promise.later();
  }
  if (!group->classic->empty()) {
    promise.Set({.error = ErrorCode::kNonEmptyGroup});
    return promise.later();
  }
  std::vector<GroupRecord> tombstones;
  for (const auto& partition : group->offsets.Partitions()) {
    tombstones.push_back(OffsetRecord{.group_id = group_id, .partition = partition});
  }
  tombstones.push_back(ClassicGroupRecord{.group_id = group_id});
  const auto appended = records_.Append(group_id, tombstones);
  if (appended.error == ErrorCode::kNone) groups_.erase(group_id);
  promise.Set({.error = appended.error}, appended.ticket);
  return promise.later();
}

// --- time -----------------------------------------------------------------------------------------

int64_t GroupCoordinatorImpl::Tick() {
  const std::lock_guard lock(mutex_);
  const int64_t now_ms = now();
  if (next_retention_ms_ <= now_ms) {
    ApplyRetention();
    next_retention_ms_ = now_ms + options_.config.offsets_retention_check_interval_ms;
  }
  int64_t next_ms = std::min(now_ms + base::limits::kGroupTickMsMax, next_retention_ms_);
  for (auto group = groups_.begin(); group != groups_.end();) {
    const auto current = group++;  // Forget may take it out
    if (current->second.classic->Deadline() <= now_ms) current->second.classic->Tick(now_ms);
    next_ms = std::min(next_ms, current->second.classic->Deadline());
    ForgetIfUnwritten(std::string(current->first));
  }
  next_tick_ms_ = std::max(next_ms, now_ms + 1);
  return next_tick_ms_;
}

void GroupCoordinatorImpl::WatchDeadline(std::shared_ptr<Watcher> watcher) {
  const std::lock_guard lock(mutex_);
  deadline_watcher_ = std::move(watcher);
}

void GroupCoordinatorImpl::Publish(base::Metrics& metrics) {
  metrics.Collect("tributary_group_lag_records",
                  "Records between a group's committed offset and the high watermark.",
                  [this] { return LagSamples(); });
  metrics.Collect("tributary_groups", "Groups known to the coordinator.", [this] {
    const std::lock_guard lock(mutex_);
    return std::vector<base::MetricSample>{{.labels = {}, .value = double(groups_.size())}};
  });
}

}  // namespace logs
