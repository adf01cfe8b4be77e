#include "log/group/group_coordinator.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

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
      context_{*options.log, records_, *options.clock, options_.config, configs_, random_} {
  next_tick_ms_ = now() + base::limits::kGroupTickMsMax;
  next_retention_ms_ = now() + options_.config.offsets_retention_check_interval_ms;
}

void GroupCoordinatorImpl::Configure(const std::string& group_id,
                                     const ConsumerGroupConfig& config) {
  const std::lock_guard lock(mutex_);
  if (config.session_timeout_ms.has_value() || config.heartbeat_interval_ms.has_value()) {
    configs_[group_id] = config;
  } else {
    configs_.erase(group_id);
  }
}

base::Result<void> GroupCoordinatorImpl::Load() {
  const std::lock_guard lock(mutex_);
  TRY(records_.Load({
      .on_record = [&](const GroupRecord& record, Offset offset,
                       ProducerId producer) { OnRecord(record, offset, producer); },
      .on_marker = [&](const TopicPartition& partition, ProducerId producer,
                       bool commit) { EndTransaction(partition, producer, commit, Ticket()); },
  }));
  for (auto& [group_id, group] : groups_) {
    if (group.consumer) group.consumer->StartTimers();
    next_tick_ms_ = std::min(next_tick_ms_, group.Deadline());
  }
  return {};
}

// --- groups
// ---------------------------------------------------------------------------------------

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

std::vector<GroupRecord> GroupCoordinatorImpl::Tombstones(const std::string& group_id,
                                                          const Group& group) {
  if (group.consumer) return group.consumer->Tombstones();
  if (group.classic->unwritten()) return {};
  return {ClassicGroupRecord{.group_id = group_id}};
}

ErrorCode GroupCoordinatorImpl::MakeClassic(const std::string& group_id, Group& group) {
  if (group.classic) return ErrorCode::kNone;
  const auto appended = records_.Append(group_id, Tombstones(group_id, group));
  if (appended.error != ErrorCode::kNone) return appended.error;
  group.classic = std::make_unique<ClassicGroup>(context_, group_id);
  group.consumer.reset();
  return ErrorCode::kNone;
}

ErrorCode GroupCoordinatorImpl::MakeConsumer(const std::string& group_id, Group& group) {
  if (group.consumer) return ErrorCode::kNone;
  if (const auto tombstones = Tombstones(group_id, group); !tombstones.empty()) {
    const auto appended = records_.Append(group_id, tombstones);
    if (appended.error != ErrorCode::kNone) return appended.error;
  }
  group.consumer = std::make_unique<ConsumerGroup>(context_, group_id);
  group.classic.reset();
  return ErrorCode::kNone;
}

void GroupCoordinatorImpl::ForgetIfUnwritten(const std::string& group_id) {
  const auto found = groups_.find(group_id);
  if (found != groups_.end() && found->second.unwritten()) groups_.erase(found);
}

void GroupCoordinatorImpl::NoteDeadline(const std::string& group_id) {
  const Group* group = FindGroup(group_id);
  if (group == nullptr) return;
  const int64_t deadline_ms = group->Deadline();
  if (deadline_ms >= next_tick_ms_) return;
  next_tick_ms_ = deadline_ms;
  if (deadline_watcher_ != nullptr) deadline_watcher_->Notify();
}

// --- what is read at start
// ------------------------------------------------------------------------

void GroupCoordinatorImpl::OnRecord(const GroupRecord& record, Offset offset, ProducerId producer) {
  std::visit(
      [&](const auto& kind) {
        using Kind = std::decay_t<decltype(kind)>;
        if constexpr (std::is_same_v<Kind, OffsetRecord>) {
          OnOffset(kind, offset, producer);
        } else if constexpr (std::is_same_v<Kind, ClassicGroupRecord>) {
          OnClassicGroup(kind);
        } else {
          OnConsumerGroup(kind.group_id, record, !kind.value.has_value());
        }
      },
      record);
}

void GroupCoordinatorImpl::OnOffset(const OffsetRecord& record, Offset offset,
                                    ProducerId producer) {
  Group* group =
      record.value.has_value() ? FindOrMakeGroup(record.group_id) : FindGroup(record.group_id);
  if (group == nullptr) return;
  if (!record.value.has_value()) {
    group->offsets.Remove(record.partition);
    ForgetIfUnwritten(record.group_id);
  } else if (producer == kNoProducerId) {
    group->offsets.Put(record.partition, *record.value, offset);
  } else {
    group->offsets.PutPending(producer, record.partition, *record.value, offset);
    open_transactions_[producer].insert(record.group_id);
  }
}

void GroupCoordinatorImpl::OnClassicGroup(const ClassicGroupRecord& record) {
  Group* group =
      record.value.has_value() ? FindOrMakeGroup(record.group_id) : FindGroup(record.group_id);
  // The tombstone of a group that has become a consumer group says nothing about that.
  if (group == nullptr || (group->consumer && !record.value.has_value())) return;
  group->classic = std::make_unique<ClassicGroup>(context_, record.group_id);
  group->consumer.reset();
  if (record.value.has_value()) group->classic->Restore(*record.value);
  ForgetIfUnwritten(record.group_id);
}

void GroupCoordinatorImpl::OnConsumerGroup(const std::string& group_id, const GroupRecord& record,
                                           bool tombstone) {
  Group* group = tombstone ? FindGroup(group_id) : FindOrMakeGroup(group_id);
  if (group == nullptr || (tombstone && !group->consumer)) return;
  if (!group->consumer) {
    group->consumer = std::make_unique<ConsumerGroup>(context_, group_id);
    group->classic.reset();
  }
  group->consumer->Apply(record);
  if (!tombstone || !std::holds_alternative<ConsumerGroupRecord>(record)) return;
  group->classic = std::make_unique<ClassicGroup>(context_, group_id);
  group->consumer.reset();
  ForgetIfUnwritten(group_id);
}

// --- classic groups
// -------------------------------------------------------------------------------

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
  Group* group =
      request.member_id.empty() ? FindOrMakeGroup(request.group_id) : FindGroup(request.group_id);
  if (group == nullptr) {
    return refuse(request.member_id.empty() ? ErrorCode::kPolicyViolation
                                            : ErrorCode::kUnknownMemberId);
  }
  if (group->consumer && !group->empty()) return refuse(ErrorCode::kInconsistentGroupProtocol);
  if (const auto error = MakeClassic(request.group_id, *group); error != ErrorCode::kNone) {
    return refuse(error);
  }
  group->classic->Join(bounded, promise);
  ForgetIfUnwritten(request.group_id);
  NoteDeadline(request.group_id);
  return promise.later();
}

Later<SyncGroupAnswer> GroupCoordinatorImpl::Sync(const SyncGroup& request) {
  const Promise<SyncGroupAnswer> promise(*options_.log);
  const std::lock_guard lock(mutex_);
  Group* group = FindGroup(request.group_id);
  if (group == nullptr || !group->classic) {
    promise.Set({.error = ErrorCode::kUnknownMemberId});
    return promise.later();
  }
  group->classic->Sync(request, promise);
  NoteDeadline(request.group_id);
  return promise.later();
}

ErrorCode GroupCoordinatorImpl::Heartbeat(const GroupHeartbeat& request) {
  const std::lock_guard lock(mutex_);
  Group* group = FindGroup(request.group_id);
  if (group == nullptr || !group->classic) return ErrorCode::kUnknownMemberId;
  return group->classic->Heartbeat(request);
}

LeaveGroupAnswer GroupCoordinatorImpl::Leave(const LeaveGroup& request) {
  const std::lock_guard lock(mutex_);
  Group* group = FindGroup(request.group_id);
  if (group == nullptr) {
    return {.members = std::vector(request.members.size(), ErrorCode::kUnknownMemberId)};
  }
  LeaveGroupAnswer answer =
      group->classic ? group->classic->Leave(request) : group->consumer->Leave(request);
  ForgetIfUnwritten(request.group_id);
  NoteDeadline(request.group_id);
  return answer;
}

// --- consumer groups
// ------------------------------------------------------------------------------

Later<ConsumerHeartbeatAnswer> GroupCoordinatorImpl::Heartbeat(const ConsumerHeartbeat& request) {
  const Promise<ConsumerHeartbeatAnswer> promise(*options_.log);
  const auto refuse = [&](ErrorCode error, std::string message) {
    promise.Set({.error = error, .message = std::move(message)});
    return promise.later();
  };
  if (request.group_id.empty() || !IsName(request.group_id)) {
    return refuse(ErrorCode::kInvalidRequest, "GroupId is empty or too long.");
  }
  ConsumerHeartbeat bounded = request;
  bounded.client = Bounded(std::move(bounded.client));

  const std::lock_guard lock(mutex_);
  const bool joins = request.member_epoch == kJoinEpoch;
  if (joins && request.member_id.empty()) {  // of clients before KIP-1082
    bounded.member_id = base::Uuid::V4(random_).ToString();
  }
  Group* group = joins ? FindOrMakeGroup(request.group_id) : FindGroup(request.group_id);
  if (group == nullptr && joins) {
    return refuse(ErrorCode::kPolicyViolation, "There are too many groups.");
  }
  if (group == nullptr || (group->classic && !group->empty())) {
    return refuse(ErrorCode::kGroupIdNotFound,
                  "Group " + request.group_id + " is not a consumer group.");
  }
  if (group->classic && !joins) {
    return refuse(ErrorCode::kGroupIdNotFound, "Group " + request.group_id + " has no members.");
  }
  if (const auto error = MakeConsumer(request.group_id, *group); error != ErrorCode::kNone) {
    return refuse(error, "The group's records cannot be written.");
  }
  auto answer = group->consumer->Heartbeat(bounded);
  promise.Set(std::move(answer), group->consumer->ticket());  // the ticket after the heartbeat
  ForgetIfUnwritten(request.group_id);
  NoteDeadline(request.group_id);
  return promise.later();
}

// --- what there is
// --------------------------------------------------------------------------------

std::vector<GroupListing> GroupCoordinatorImpl::List() const {
  const std::lock_guard lock(mutex_);
  std::vector<GroupListing> listings;
  for (const auto& [group_id, group] : groups_) {
    GroupListing listing{.group_id = group_id, .protocol_type = "consumer", .state = {}};
    if (group.consumer) {
      listing.state = group.consumer->state_name();
      listing.type = GroupType::kConsumer;
    } else {
      listing.state = group.classic->state_name();
      listing.protocol_type = group.classic->protocol_type();
    }
    listings.push_back(std::move(listing));
  }
  return listings;
}

ClassicGroupDescription GroupCoordinatorImpl::Describe(std::string_view group_id) const {
  ClassicGroupDescription description;
  description.group_id = group_id;
  description.state = "Dead";
  const std::lock_guard lock(mutex_);
  const Group* group = FindGroup(group_id);
  if (group == nullptr || !group->classic) {
    description.error = ErrorCode::kGroupIdNotFound;
  } else {
    group->classic->Describe(description);
  }
  return description;
}

ConsumerGroupDescription GroupCoordinatorImpl::DescribeConsumerGroup(
    std::string_view group_id) const {
  ConsumerGroupDescription description;
  description.group_id = group_id;
  const std::lock_guard lock(mutex_);
  const Group* group = FindGroup(group_id);
  if (group == nullptr || !group->consumer) {
    description.error = ErrorCode::kGroupIdNotFound;
    description.message = "There is no consumer group of this name.";
    description.state = "Dead";
  } else {
    group->consumer->Describe(description);
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
  if (!group->empty()) {
    promise.Set({.error = ErrorCode::kNonEmptyGroup});
    return promise.later();
  }
  std::vector<GroupRecord> tombstones;
  for (const auto& partition : group->offsets.Partitions()) {
    tombstones.push_back(OffsetRecord{.group_id = group_id, .partition = partition});
  }
  for (auto& tombstone : Tombstones(group_id, *group)) tombstones.push_back(std::move(tombstone));
  GroupLog::Appended appended;
  if (!tombstones.empty()) appended = records_.Append(group_id, tombstones);
  if (appended.error == ErrorCode::kNone) groups_.erase(group_id);
  promise.Set({.error = appended.error}, appended.ticket);
  return promise.later();
}

// --- time
// -----------------------------------------------------------------------------------------

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
    if (current->second.Deadline() <= now_ms) current->second.Tick(now_ms);
    next_ms = std::min(next_ms, current->second.Deadline());
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
