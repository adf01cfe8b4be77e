#include "log/group/consumer_group.h"

#include <algorithm>

#include "base/limits.h"
#include "log/group/topic_regex.h"

namespace logs {
namespace {

// FNV-1a, by Fowler, Noll and Vo.
class Hash64 {
 public:
  void Add(std::string_view bytes) {
    for (const char byte : bytes) {
      hash_ = (hash_ ^ static_cast<uint8_t>(byte)) * 0x100000001b3ULL;
    }
  }
  [[nodiscard]] int64_t value() const { return static_cast<int64_t>(hash_); }

 private:
  uint64_t hash_ = 0xcbf29ce484222325ULL;
};

Assignment AssignmentOf(const std::vector<TopicIdPartitions>& topics) {
  Assignment assignment;
  for (const auto& topic : topics) {
    assignment[topic.topic_id].insert(topic.partitions.begin(), topic.partitions.end());
  }
  return assignment;
}

bool Overlap(const Assignment& a, const Assignment& b) {
  for (const auto& [topic, partitions] : a) {
    const auto other = b.find(topic);
    if (other == b.end()) continue;
    for (const int32_t partition : partitions) {
      if (other->second.contains(partition)) return true;
    }
  }
  return false;
}

bool IsSubset(const Assignment& part, const Assignment& whole) {
  return std::all_of(part.begin(), part.end(), [&](const auto& topic) {
    const auto other = whole.find(topic.first);
    return other != whole.end() && std::includes(other->second.begin(), other->second.end(),
                                                 topic.second.begin(), topic.second.end());
  });
}

bool HasRegex(const ConsumerMemberRecord::Value& metadata) {
  return metadata.subscribed_regex.has_value() && !metadata.subscribed_regex->empty();
}

bool TooLong(const std::string& name) { return name.size() > base::limits::kGroupNameBytesMax; }

}  // namespace

// --- what is asked
// --------------------------------------------------------------------------------

ConsumerHeartbeatAnswer ConsumerGroup::Refuse(const Refusal& refusal) {
  return {.error = refusal.error, .message = refusal.message};
}

ConsumerGroup::Refusal ConsumerGroup::CheckRequest(const ConsumerHeartbeat& request) {
  const auto invalid = [](std::string message) {
    return Refusal{ErrorCode::kInvalidRequest, std::move(message)};
  };
  if (request.group_id.empty()) return invalid("GroupId can't be empty.");
  if (TooLong(request.group_id) || TooLong(request.member_id) ||
      TooLong(request.instance_id.value_or("")) || TooLong(request.rack_id.value_or(""))) {
    return invalid("A name is too long.");
  }
  if (request.instance_id == "") return invalid("InstanceId can't be empty.");
  if (request.rack_id == "") return invalid("RackId can't be empty.");
  if (request.member_id.empty()) return invalid("MemberId can't be empty.");
  if (request.member_epoch < kLeaveForAWhileEpoch) return invalid("MemberEpoch is invalid.");
  if (request.member_epoch == kLeaveForAWhileEpoch && !request.instance_id.has_value()) {
    return invalid("InstanceId can't be null.");
  }
  if (request.member_epoch == kJoinEpoch) {
    if (request.rebalance_timeout_ms == -1) {
      return invalid("RebalanceTimeoutMs must be provided in first request.");
    }
    if (!request.owned.has_value() || !request.owned->empty()) {
      return invalid("TopicPartitions must be empty when (re-)joining.");
    }
    if (!request.subscribed_topics.has_value() && !request.subscribed_topic_regex.has_value()) {
      return invalid(
          "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when "
          "(re-)joining.");
    }
  }
  if (request.server_assignor.has_value() && !AssignorOf(*request.server_assignor).has_value()) {
    return {ErrorCode::kUnsupportedAssignor, "ServerAssignor " + *request.server_assignor +
                                                 " is not supported. Supported assignors: uniform, "
                                                 "range."};
  }
  return {};
}

ConsumerGroup::Refusal ConsumerGroup::CheckEpoch(const Member& member,
                                                 const ConsumerHeartbeat& request) {
  const Current& current = member.current;
  if (request.member_epoch == current.member_epoch) return {};
  // The answer with the newer epoch may have been lost; then the member has no more than was in it.
  const bool lost_answer = request.member_epoch < current.member_epoch &&
                           request.member_epoch == current.previous_epoch &&
                           request.owned.has_value() &&
                           IsSubset(AssignmentOf(*request.owned), current.assigned);
  if (lost_answer) return {};
  return {ErrorCode::kFencedMemberEpoch,
          "The member has epoch " + std::to_string(request.member_epoch) +
              ", but its group knows it with epoch " + std::to_string(current.member_epoch) +
              ". It must give up all its partitions and join again."};
}

ConsumerGroup::Refusal ConsumerGroup::FindMember(const ConsumerHeartbeat& request,
                                                 Change& change) const {
  const auto take = [&](const Member& member) {
    change.metadata = member.metadata;
    change.current = member.current;
    change.target = member.target;
  };
  const auto known = members_.find(request.member_id);
  const bool joins = request.member_epoch == kJoinEpoch;
  change.member_id = request.member_id;

  if (request.instance_id.has_value()) {
    const auto holder = static_members_.find(*request.instance_id);
    if (holder == static_members_.end()) {
      if (!joins) return {ErrorCode::kUnknownMemberId, "The instance id is unknown."};
    } else if (holder->second != request.member_id) {
      if (!joins) {
        return {ErrorCode::kFencedInstanceId,
                "Another member has taken instance id " + *request.instance_id + "."};
      }
      const Member& before = members_.at(holder->second);
      if (before.current.member_epoch != kLeaveForAWhileEpoch) {
        return {ErrorCode::kUnreleasedInstanceId,
                "Instance id " + *request.instance_id + " belongs to a member that has not left."};
      }
      take(before);
      change.current.member_epoch = kJoinEpoch;
      change.replaced_id = holder->second;
      return {};
    }
  }
  if (known != members_.end()) {
    take(known->second);
    // A member that left for a while may come back under its own id.
    if (joins && change.current.member_epoch == kLeaveForAWhileEpoch) {
      change.current.member_epoch = kJoinEpoch;
    }
    return joins ? Refusal{} : CheckEpoch(known->second, request);
  }
  if (!joins) return {ErrorCode::kUnknownMemberId, "The member is not in the group."};
  if (members_.size() >= static_cast<size_t>(context_.config.group_consumer_max_size)) {
    return {ErrorCode::kGroupMaxSizeReached,
            "The group has as many members as it may have: " +
                std::to_string(context_.config.group_consumer_max_size) + "."};
  }
  change.is_new = true;
  return {};
}

ConsumerGroup::Metadata ConsumerGroup::Updated(const Metadata& before,
                                               const ConsumerHeartbeat& request) {
  Metadata metadata = before;
  if (request.instance_id.has_value()) metadata.instance_id = request.instance_id;
  if (request.rack_id.has_value()) metadata.rack_id = request.rack_id;
  if (request.rebalance_timeout_ms != -1) {
    metadata.rebalance_timeout_ms = request.rebalance_timeout_ms;
  }
  if (request.server_assignor.has_value()) metadata.server_assignor = request.server_assignor;
  if (request.subscribed_topics.has_value()) {
    metadata.subscribed_topics = {request.subscribed_topics->begin(),
                                  request.subscribed_topics->end()};
  }
  if (request.subscribed_topic_regex.has_value()) {
    metadata.subscribed_regex = request.subscribed_topic_regex;
  }
  metadata.client_id = request.client.client_id;
  metadata.client_host = request.client.host;
  return metadata;
}

// --- heartbeat
// ------------------------------------------------------------------------------------

ConsumerHeartbeatAnswer ConsumerGroup::Heartbeat(const ConsumerHeartbeat& request) {
  if (const auto refusal = CheckRequest(request); refusal.error != ErrorCode::kNone) {
    return Refuse(refusal);
  }
  if (request.member_epoch < kJoinEpoch) return Leave(request);

  Change change;
  if (const auto refusal = FindMember(request, change); refusal.error != ErrorCode::kNone) {
    return Refuse(refusal);
  }
  const Metadata before = change.metadata;
  const Assignment assigned_before = change.is_new ? Assignment() : change.current.assigned;
  if (!change.replaced_id.empty()) {
    change.records.push_back(CurrentRecord{group_id_, change.replaced_id});
    change.records.push_back(TargetRecord{group_id_, change.replaced_id});
    change.records.push_back(ConsumerMemberRecord{group_id_, change.replaced_id});
    change.records.push_back(TargetRecord{group_id_, change.member_id, change.target});
  }

  // What it asks for: a new subscription begins a new epoch of the group.
  change.metadata = Updated(before, request);
  const bool differs = change.metadata != before;
  if (change.is_new || differs || !change.replaced_id.empty()) {
    change.records.push_back(ConsumerMemberRecord{group_id_, change.member_id, change.metadata});
  }
  const auto regex_changed = ResolveRegex(request, change);
  if (!regex_changed.ok()) {
    return Refuse({ErrorCode::kInvalidRegularExpression, regex_changed.error().message()});
  }
  bool new_epoch = change.is_new || *regex_changed ||
                   change.metadata.subscribed_topics != before.subscribed_topics ||
                   change.metadata.subscribed_regex != before.subscribed_regex;
  if (change.metadata.subscribed_regex != before.subscribed_regex) {
    DropUnusedRegexes(change.member_id, &change.metadata, change.records);
  }
  int32_t epoch = epoch_;
  const bool looks = new_epoch || topics_refresh_ms_ <= now() || epoch_ > target_epoch_;
  Topics topics;
  if (looks) {
    topics = TopicsNow(change);
    Hash64 hash;
    for (const auto& [name, topic] : topics) {
      hash.Add(name + "\n" + topic.id.ToString() + std::to_string(topic.num_partitions) + "\n");
    }
    const int64_t metadata_hash = topics.empty() ? 0 : hash.value();
    new_epoch = new_epoch || metadata_hash != metadata_hash_;
    if (new_epoch) {
      ++epoch;
      change.records.push_back(ConsumerGroupRecord{
          group_id_, ConsumerGroupRecord::Value{.epoch = epoch, .metadata_hash = metadata_hash}});
    }
  }
  const int32_t target_epoch = epoch > target_epoch_ ? epoch : target_epoch_;
  if (epoch > target_epoch_) ComputeTargets(epoch, topics, change);
  Reconcile(target_epoch, request, change);

  if (const ErrorCode error = Append(change.records); error != ErrorCode::kNone) {
    return Refuse({error, "The group's records cannot be written."});
  }
  if (looks) topics_refresh_ms_ = now() + base::limits::kGroupTopicsRefreshMs;

  Member& member = members_[change.member_id];
  member.session_deadline_ms = now() + session_timeout_ms();
  if (member.current.state != MemberState::kUnrevokedPartitions) {
    member.rebalance_deadline_ms = kNever;
  } else if (member.rebalance_deadline_ms == kNever ||
             member.current.pending_revocation != change.current.pending_revocation) {
    member.rebalance_deadline_ms = now() + member.metadata.rebalance_timeout_ms;
  }

  ConsumerHeartbeatAnswer answer{.member_id = change.member_id,
                                 .member_epoch = member.current.member_epoch,
                                 .heartbeat_interval_ms = heartbeat_interval_ms()};
  const bool full_request =
      request.member_epoch == kJoinEpoch ||
      (request.rebalance_timeout_ms != -1 && request.owned.has_value() &&
       (request.subscribed_topics.has_value() || request.subscribed_topic_regex.has_value()));
  if (full_request || member.current.assigned != assigned_before) {
    answer.assignment.emplace();
    for (const auto& [topic, partitions] : member.current.assigned) {
      answer.assignment->push_back(
          {.topic_id = topic, .partitions = {partitions.begin(), partitions.end()}});
    }
  }
  return answer;
}

ConsumerHeartbeatAnswer ConsumerGroup::Leave(const ConsumerHeartbeat& request) {
  if (request.instance_id.has_value()) {
    const auto holder = static_members_.find(*request.instance_id);
    if (holder == static_members_.end()) {
      return Refuse({ErrorCode::kUnknownMemberId, "The instance id is unknown."});
    }
    if (holder->second != request.member_id) {
      return Refuse({ErrorCode::kFencedInstanceId,
                     "Another member has taken instance id " + *request.instance_id + "."});
    }
  }
  const auto known = members_.find(request.member_id);
  if (known == members_.end()) {
    return Refuse({ErrorCode::kUnknownMemberId, "The member is not in the group."});
  }
  ErrorCode error = ErrorCode::kNone;
  if (request.member_epoch == kLeaveForAWhileEpoch) {
    Current current = known->second.current;
    current.member_epoch = kLeaveForAWhileEpoch;
    current.state = MemberState::kStable;
    current.pending_revocation.clear();
    error = Append({CurrentRecord{group_id_, request.member_id, std::move(current)}});
    if (error == ErrorCode::kNone) known->second.rebalance_deadline_ms = kNever;
  } else {
    error = Fence(request.member_id);
  }
  if (error != ErrorCode::kNone) return Refuse({error, "The group's records cannot be written."});
  return {.member_id = request.member_id, .member_epoch = request.member_epoch};
}

LeaveGroupAnswer ConsumerGroup::Leave(const LeaveGroup& request) {
  LeaveGroupAnswer answer;
  for (const auto& member : request.members) {
    std::string member_id = member.member_id;
    if (member.instance_id.has_value()) {
      const auto holder = static_members_.find(*member.instance_id);
      if (holder == static_members_.end()) {
        answer.members.push_back(ErrorCode::kUnknownMemberId);
        continue;
      }
      if (!member_id.empty() && member_id != holder->second) {
        answer.members.push_back(ErrorCode::kFencedInstanceId);
        continue;
      }
      member_id = holder->second;
    }
    answer.members.push_back(members_.contains(member_id) ? Fence(member_id)
                                                          : ErrorCode::kUnknownMemberId);
  }
  return answer;
}

ErrorCode ConsumerGroup::Fence(const std::string& member_id) {
  std::vector<GroupRecord> records = {CurrentRecord{group_id_, member_id},
                                      TargetRecord{group_id_, member_id},
                                      ConsumerMemberRecord{group_id_, member_id}};
  DropUnusedRegexes(member_id, nullptr, records);
  records.push_back(ConsumerGroupRecord{
      group_id_, ConsumerGroupRecord::Value{.epoch = epoch_ + 1, .metadata_hash = metadata_hash_}});
  return Append(records);
}

// --- topics
// ---------------------------------------------------------------------------------------

base::Result<bool> ConsumerGroup::ResolveRegex(const ConsumerHeartbeat& request,
                                               Change& change) const {
  if (!HasRegex(change.metadata)) return false;
  const std::string& regex = *change.metadata.subscribed_regex;
  const auto known = regexes_.find(regex);
  if (known != regexes_.end() && topics_refresh_ms_ > now()) return false;
  std::vector<std::string> names;
  for (const auto& topic : context_.log.Topics()) {
    if (topic->internal) continue;
    if (request.may_see_topic && !request.may_see_topic(topic->name)) continue;
    names.push_back(topic->name);
  }
  auto topics = TRY(MatchTopics(regex, names));
  if (known != regexes_.end() && known->second.topics == topics) return false;
  change.records.push_back(RegexRecord{
      group_id_, regex,
      RegexRecord::Value{.topics = std::move(topics),
                         .version = known == regexes_.end() ? 1 : known->second.version + 1,
                         .timestamp_ms = context_.clock.NowUnixMs()}});
  return true;
}

void ConsumerGroup::DropUnusedRegexes(const std::string& leaving_id, const Metadata* maybe_joining,
                                      std::vector<GroupRecord>& records) const {
  for (const auto& [regex, resolved] : regexes_) {
    const bool used =
        (maybe_joining != nullptr && maybe_joining->subscribed_regex == regex) ||
        std::any_of(members_.begin(), members_.end(), [&, &wanted = regex](const auto& entry) {
          return entry.first != leaving_id && entry.second.metadata.subscribed_regex == wanted;
        });
    if (!used) records.push_back(RegexRecord{group_id_, regex});
  }
}

// The names a member reads: those it names, and those its regular expression does.
std::set<std::string> ConsumerGroup::TopicsOf(const Metadata& metadata,
                                              const Change* maybe_change) const {
  std::set<std::string> names = metadata.subscribed_topics;
  if (!HasRegex(metadata)) return names;
  if (maybe_change != nullptr) {
    for (const auto& record : maybe_change->records) {
      const auto* resolved = std::get_if<RegexRecord>(&record);
      if (resolved == nullptr || resolved->regex != *metadata.subscribed_regex) continue;
      if (resolved->value.has_value()) {
        names.insert(resolved->value->topics.begin(), resolved->value->topics.end());
        return names;
      }
    }
  }
  const auto known = regexes_.find(*metadata.subscribed_regex);
  if (known != regexes_.end())
    names.insert(known->second.topics.begin(), known->second.topics.end());
  return names;
}

ConsumerGroup::Topics ConsumerGroup::TopicsNow(const Change& change) const {
  std::set<std::string> names = TopicsOf(change.metadata, &change);
  for (const auto& [member_id, member] : members_) {
    if (member_id != change.member_id && member_id != change.replaced_id) {
      names.merge(TopicsOf(member.metadata, &change));
    }
  }
  Topics topics;
  for (const auto& name : names) {
    const auto topic = context_.log.Find(std::string_view(name));
    if (topic == nullptr) continue;
    topics[name] = {.id = topic->id,
                    .num_partitions = static_cast<int32_t>(topic->partitions.size())};
  }
  return topics;
}

bool ConsumerGroup::Subscribes(const std::string& topic) const {
  return std::any_of(members_.begin(), members_.end(), [&](const auto& entry) {
    return TopicsOf(entry.second.metadata, nullptr).contains(topic);
  });
}

// --- targets
// --------------------------------------------------------------------------------------

// What most members ask for.
Assignor ConsumerGroup::SelectAssignor(const Change* maybe_change) const {
  std::map<Assignor, int> votes;
  const auto vote = [&](const Metadata& metadata) {
    if (!metadata.server_assignor.has_value()) return;
    if (const auto assignor = AssignorOf(*metadata.server_assignor)) ++votes[*assignor];
  };
  for (const auto& [member_id, member] : members_) {
    if (maybe_change != nullptr &&
        (member_id == maybe_change->member_id || member_id == maybe_change->replaced_id)) {
      continue;
    }
    vote(member.metadata);
  }
  if (maybe_change != nullptr) vote(maybe_change->metadata);
  return votes[Assignor::kRange] > votes[Assignor::kUniform] ? Assignor::kRange
                                                             : Assignor::kUniform;
}

void ConsumerGroup::ComputeTargets(int32_t epoch, const Topics& topics, Change& change) const {
  std::vector<AssignorMember> inputs;
  const auto add = [&](const std::string& member_id, const Metadata& metadata,
                       const Assignment& target) {
    AssignorMember input{
        .member_id = member_id, .instance_id = metadata.instance_id, .current = target};
    for (const auto& name : TopicsOf(metadata, &change)) {
      const auto topic = topics.find(name);
      if (topic != topics.end()) input.topics.insert(topic->second.id);
    }
    inputs.push_back(std::move(input));
  };
  for (const auto& [member_id, member] : members_) {
    if (member_id != change.member_id && member_id != change.replaced_id) {
      add(member_id, member.metadata, member.target);
    }
  }
  add(change.member_id, change.metadata, change.target);

  std::map<base::Uuid, int32_t> num_partitions;
  for (const auto& [name, topic] : topics) num_partitions[topic.id] = topic.num_partitions;
  auto targets = Assign(SelectAssignor(&change), inputs, num_partitions);
  for (const auto& input : inputs) {
    auto& target = targets[input.member_id];
    const bool mine = input.member_id == change.member_id;
    if (target != input.current || (mine && change.is_new)) {
      change.records.push_back(TargetRecord{group_id_, input.member_id, target});
    }
    if (mine) change.target = std::move(target);
  }
  change.records.push_back(TargetEpochRecord{group_id_, epoch});
}

// --- reconciliation
// -------------------------------------------------------------------------------

void ConsumerGroup::Reconcile(int32_t target_epoch, const ConsumerHeartbeat& request,
                              Change& change) const {
  const Current before = change.current;
  switch (before.state) {
    case MemberState::kStable:
      if (before.member_epoch != target_epoch || change.is_new) {
        NextAssignment(before.member_epoch, target_epoch, request, change);
      }
      break;
    case MemberState::kUnrevokedPartitions:
      // It has given back when it says so: what it owns is without what it was to give.
      if (request.owned.has_value() &&
          !Overlap(AssignmentOf(*request.owned), before.pending_revocation)) {
        NextAssignment(before.member_epoch + 1, target_epoch, request, change);
      }
      break;
    case MemberState::kUnreleasedPartitions:
      NextAssignment(before.member_epoch, target_epoch, request, change);
      break;
  }
  const bool moved = !change.replaced_id.empty();
  if (change.is_new || moved || change.current != before) {
    change.records.push_back(CurrentRecord{group_id_, change.member_id, change.current});
  }
}

bool ConsumerGroup::IsFree(const base::Uuid& topic, int32_t partition, const Change& change) const {
  const auto held = holders_.find({topic, partition});
  if (held == holders_.end()) return true;
  if (change.replaced_id.empty()) return false;
  // Held by the member whose place this one takes.
  const auto& assigned = members_.at(change.replaced_id).current.assigned;
  const auto mine = assigned.find(topic);
  return mine != assigned.end() && mine->second.contains(partition);
}

void ConsumerGroup::NextAssignment(int32_t member_epoch, int32_t target_epoch,
                                   const ConsumerHeartbeat& request, Change& change) const {
  Assignment kept;
  Assignment to_give_back;
  for (const auto& [topic, partitions] : change.current.assigned) {
    const auto target = change.target.find(topic);
    for (const int32_t partition : partitions) {
      const bool stays = target != change.target.end() && target->second.contains(partition);
      (stays ? kept : to_give_back)[topic].insert(partition);
    }
  }
  Assignment free;
  bool waits = false;
  for (const auto& [topic, partitions] : change.target) {
    const auto has = kept.find(topic);
    for (const int32_t partition : partitions) {
      if (has != kept.end() && has->second.contains(partition)) continue;
      if (IsFree(topic, partition, change)) {
        free[topic].insert(partition);
      } else {
        waits = true;
      }
    }
  }

  Current& current = change.current;
  const int32_t epoch_before = current.member_epoch;
  const bool still_owns =
      !to_give_back.empty() &&
      (!request.owned.has_value() || Overlap(AssignmentOf(*request.owned), to_give_back));
  if (still_owns) {
    current.state = MemberState::kUnrevokedPartitions;
    current.member_epoch = member_epoch;
    current.assigned = std::move(kept);
    current.pending_revocation = std::move(to_give_back);
  } else {
    for (auto& [topic, partitions] : free) kept[topic].merge(partitions);
    current.state = waits ? MemberState::kUnreleasedPartitions : MemberState::kStable;
    current.member_epoch = target_epoch;
    current.assigned = std::move(kept);
    current.pending_revocation.clear();
  }
  if (current.member_epoch != epoch_before) current.previous_epoch = epoch_before;
}

// --- records
// --------------------------------------------------------------------------------------

ErrorCode ConsumerGroup::Append(const std::vector<GroupRecord>& records) {
  if (records.empty()) return ErrorCode::kNone;
  const auto appended = context_.records.Append(group_id_, records);
  if (appended.error != ErrorCode::kNone) {
    return appended.error == ErrorCode::kInvalidCommitOffsetSize ? ErrorCode::kUnknownServerError
                                                                 : appended.error;
  }
  ticket_ = appended.ticket;
  for (const auto& record : records) Apply(record);
  return ErrorCode::kNone;
}

void ConsumerGroup::Hold(const Current& current) {
  for (const auto* held : {&current.assigned, &current.pending_revocation}) {
    for (const auto& [topic, partitions] : *held) {
      for (const int32_t partition : partitions) ++holders_[{topic, partition}];
    }
  }
}

void ConsumerGroup::Release(const Current& current) {
  for (const auto* held : {&current.assigned, &current.pending_revocation}) {
    for (const auto& [topic, partitions] : *held) {
      for (const int32_t partition : partitions) {
        const auto found = holders_.find({topic, partition});
        if (found != holders_.end() && --found->second == 0) holders_.erase(found);
      }
    }
  }
}

void ConsumerGroup::Apply(const GroupRecord& record) {
  if (const auto* group = std::get_if<ConsumerGroupRecord>(&record)) {
    const auto value = group->value.value_or(ConsumerGroupRecord::Value{});
    epoch_ = value.epoch;
    metadata_hash_ = value.metadata_hash;
  } else if (const auto* target_epoch = std::get_if<TargetEpochRecord>(&record)) {
    target_epoch_ = target_epoch->value.value_or(0);
  } else if (const auto* regex = std::get_if<RegexRecord>(&record)) {
    if (regex->value.has_value()) {
      regexes_.insert_or_assign(regex->regex, *regex->value);
    } else {
      regexes_.erase(regex->regex);
    }
  } else if (const auto* metadata = std::get_if<ConsumerMemberRecord>(&record)) {
    const auto known = members_.find(metadata->member_id);
    if (!metadata->value.has_value()) {
      if (known == members_.end()) return;
      const auto& instance_id = known->second.metadata.instance_id;
      if (instance_id.has_value()) {
        const auto holder = static_members_.find(*instance_id);
        if (holder != static_members_.end() && holder->second == metadata->member_id) {
          static_members_.erase(holder);
        }
      }
      Release(known->second.current);
      members_.erase(known);
      return;
    }
    members_[metadata->member_id].metadata = *metadata->value;
    if (metadata->value->instance_id.has_value()) {
      static_members_[*metadata->value->instance_id] = metadata->member_id;
    }
  } else if (const auto* target = std::get_if<TargetRecord>(&record)) {
    // A tombstone of a member that is not there makes none.
    if (target->value.has_value()) {
      members_[target->member_id].target = *target->value;
    } else if (const auto known = members_.find(target->member_id); known != members_.end()) {
      known->second.target.clear();
    }
  } else if (const auto* current = std::get_if<CurrentRecord>(&record)) {
    const auto known = members_.find(current->member_id);
    if (known == members_.end() && !current->value.has_value()) return;
    Member& member = members_[current->member_id];
    Release(member.current);
    member.current = current->value.value_or(Current{});
    Hold(member.current);
  }
}

int32_t ConsumerGroup::session_timeout_ms() const {
  const auto own = context_.group_configs.find(group_id_);
  const int32_t of_all = context_.config.group_consumer_session_timeout_ms;
  return own == context_.group_configs.end() ? of_all
                                             : own->second.session_timeout_ms.value_or(of_all);
}

int32_t ConsumerGroup::heartbeat_interval_ms() const {
  const auto own = context_.group_configs.find(group_id_);
  const int32_t of_all = context_.config.group_consumer_heartbeat_interval_ms;
  return own == context_.group_configs.end() ? of_all
                                             : own->second.heartbeat_interval_ms.value_or(of_all);
}

void ConsumerGroup::StartTimers() {
  for (auto& [member_id, member] : members_) {
    member.session_deadline_ms = now() + session_timeout_ms();
    if (member.current.state == MemberState::kUnrevokedPartitions) {
      member.rebalance_deadline_ms = now() + member.metadata.rebalance_timeout_ms;
    }
  }
}

std::vector<GroupRecord> ConsumerGroup::Tombstones() const {
  std::vector<GroupRecord> tombstones;
  for (const auto& [regex, resolved] : regexes_) {
    tombstones.push_back(RegexRecord{group_id_, regex});
  }
  tombstones.push_back(TargetEpochRecord{group_id_});
  tombstones.push_back(ConsumerGroupRecord{group_id_});
  return tombstones;
}

// --- offsets, time, descriptions
// ------------------------------------------------------------------

ErrorCode ConsumerGroup::CheckCommit(const Committer& committer,
                                     ClassicGroup::CommitKind kind) const {
  const bool named = committer.generation_or_epoch >= 0 || !committer.member_id.empty();
  if (!named && (members_.empty() || kind == ClassicGroup::CommitKind::kTransactional)) {
    return ErrorCode::kNone;
  }
  const auto known = members_.find(committer.member_id);
  if (known == members_.end()) return ErrorCode::kUnknownMemberId;
  if (known->second.current.member_epoch == committer.generation_or_epoch) return ErrorCode::kNone;
  // The transaction's client knows generations only.
  return kind == ClassicGroup::CommitKind::kTransactional ? ErrorCode::kIllegalGeneration
                                                          : ErrorCode::kStaleMemberEpoch;
}

ErrorCode ConsumerGroup::CheckFetch(const Committer& committer) const {
  if (committer.member_id.empty() && committer.generation_or_epoch < 0) return ErrorCode::kNone;
  const auto known = members_.find(committer.member_id);
  if (known == members_.end()) return ErrorCode::kUnknownMemberId;
  return known->second.current.member_epoch == committer.generation_or_epoch
             ? ErrorCode::kNone
             : ErrorCode::kStaleMemberEpoch;
}

void ConsumerGroup::Tick(int64_t now_ms) {
  std::vector<std::string> late;
  for (const auto& [member_id, member] : members_) {
    if (std::min(member.session_deadline_ms, member.rebalance_deadline_ms) <= now_ms) {
      late.push_back(member_id);
    }
  }
  for (const auto& member_id : late) {
    if (Fence(member_id) == ErrorCode::kNone) continue;
    // Cannot be written now: tried again after another session.
    Member& member = members_.at(member_id);
    member.session_deadline_ms = now_ms + session_timeout_ms();
    member.rebalance_deadline_ms = kNever;
  }
}

int64_t ConsumerGroup::Deadline() const {
  int64_t deadline_ms = kNever;
  for (const auto& [member_id, member] : members_) {
    deadline_ms = std::min({deadline_ms, member.session_deadline_ms, member.rebalance_deadline_ms});
  }
  return deadline_ms;
}

std::string_view ConsumerGroup::state_name() const {
  if (members_.empty()) return "Empty";
  if (epoch_ > target_epoch_) return "Assigning";
  const bool settled = std::all_of(members_.begin(), members_.end(), [&](const auto& entry) {
    const Current& current = entry.second.current;
    return current.state == MemberState::kStable && current.member_epoch == target_epoch_;
  });
  return settled ? "Stable" : "Reconciling";
}

std::vector<ConsumerGroupDescription::Assigned> ConsumerGroup::Named(
    const Assignment& assignment) const {
  std::vector<ConsumerGroupDescription::Assigned> named;
  for (const auto& [topic_id, partitions] : assignment) {
    const auto topic = context_.log.Find(topic_id);
    if (topic == nullptr) continue;  // deleted a moment ago
    named.push_back({.topic_id = topic_id,
                     .topic = topic->name,
                     .partitions = {partitions.begin(), partitions.end()}});
  }
  return named;
}

void ConsumerGroup::Describe(ConsumerGroupDescription& description) const {
  description.state = state_name();
  description.group_epoch = epoch_;
  description.assignment_epoch = target_epoch_;
  description.assignor = AssignorName(SelectAssignor(nullptr));
  for (const auto& [member_id, member] : members_) {
    const auto& names = member.metadata.subscribed_topics;
    description.members.push_back(
        {.member_id = member_id,
         .instance_id = member.metadata.instance_id,
         .rack_id = member.metadata.rack_id,
         .member_epoch = member.current.member_epoch,
         .client = {.client_id = member.metadata.client_id, .host = member.metadata.client_host},
         .subscribed_topics = {names.begin(), names.end()},
         .subscribed_topic_regex = member.metadata.subscribed_regex,
         .assignment = Named(member.current.assigned),
         .target = Named(member.target)});
  }
}

}  // namespace logs
