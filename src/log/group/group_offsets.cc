// The offsets of the groups: commits, plain and in transactions, reads, retention, lag.
#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "log/group/group_coordinator_impl.h"

namespace logs {

std::vector<GroupRecord> GroupCoordinatorImpl::RecordsOf(const std::string& group_id,
                                                         const Group& group,
                                                         const std::vector<OffsetToCommit>& offsets,
                                                         int64_t retention_ms,
                                                         OffsetCommitAnswer& answer) const {
  const int64_t now_unix_ms = options_.clock->NowUnixMs();
  std::vector<GroupRecord> records;
  for (const auto& wanted : offsets) {
    const auto topic = options_.log->Find(wanted.partition.topic);
    ErrorCode error = ErrorCode::kNone;
    if (wanted.metadata.size() > static_cast<size_t>(options_.config.offset_metadata_max_bytes)) {
      error = ErrorCode::kOffsetMetadataTooLarge;
    } else if (topic == nullptr || wanted.partition.partition < 0) {
      error = ErrorCode::kUnknownTopicOrPartition;
    } else if (wanted.topic_id != base::Uuid() && wanted.topic_id != topic->id) {
      error = ErrorCode::kUnknownTopicId;
    } else if (group.offsets.size() + records.size() >= base::limits::kGroupOffsetsMax &&
               group.offsets.Find(wanted.partition) == nullptr) {
      error = ErrorCode::kInvalidCommitOffsetSize;
    }
    answer.partitions.push_back(error);
    if (error != ErrorCode::kNone) continue;
    OffsetRecord::Value value{.offset = wanted.offset,
                              .leader_epoch = wanted.leader_epoch,
                              .metadata = wanted.metadata,
                              .commit_timestamp_ms = now_unix_ms,
                              .topic_id = topic->id};
    if (retention_ms >= 0) {
      value.expire_timestamp_ms =
          retention_ms > INT64_MAX - now_unix_ms ? INT64_MAX : now_unix_ms + retention_ms;
    }
    records.push_back(OffsetRecord{
        .group_id = group_id, .partition = wanted.partition, .value = std::move(value)});
  }
  return records;
}

Later<OffsetCommitAnswer> GroupCoordinatorImpl::Commit(const OffsetCommit& request) {
  const Promise<OffsetCommitAnswer> promise(*options_.log);
  const auto refuse = [&](ErrorCode error) {
    promise.Set({.error = error});
    return promise.later();
  };
  if (request.group_id.size() > base::limits::kGroupNameBytesMax) {
    return refuse(ErrorCode::kInvalidGroupId);
  }
  const std::lock_guard lock(mutex_);
  // Who is no member of any generation needs no group: its offsets make one.
  Group* group = FindGroup(request.group_id);
  if (group == nullptr && request.committer.generation_or_epoch >= 0) {
    return refuse(ErrorCode::kGroupIdNotFound);
  }
  if (group == nullptr) group = FindOrMakeGroup(request.group_id);
  if (group == nullptr) return refuse(ErrorCode::kPolicyViolation);
  const ErrorCode error = group->CheckCommit(request.committer, ClassicGroup::CommitKind::kPlain);
  if (error != ErrorCode::kNone) {
    ForgetIfUnwritten(request.group_id);
    return refuse(error);
  }

  OffsetCommitAnswer answer;
  const auto records =
      RecordsOf(request.group_id, *group, request.offsets, request.retention_ms, answer);
  GroupLog::Appended appended;
  if (!records.empty()) appended = records_.Append(request.group_id, records);
  if (appended.error != ErrorCode::kNone) {
    ForgetIfUnwritten(request.group_id);
    return refuse(appended.error);
  }
  Offset offset = appended.base_offset;
  for (const auto& record : records) {
    const auto& committed = std::get<OffsetRecord>(record);
    group->offsets.Put(committed.partition, *committed.value, offset);
    offset = offset + 1;
  }
  if (!records.empty()) group->ticket = appended.ticket;
  ForgetIfUnwritten(request.group_id);
  promise.Set(std::move(answer), appended.ticket);
  return promise.later();
}

Later<OffsetCommitAnswer> GroupCoordinatorImpl::Commit(const TransactionalOffsetCommit& request) {
  const Promise<OffsetCommitAnswer> promise(*options_.log);
  const auto refuse = [&](ErrorCode error) {
    promise.Set({.error = error});
    return promise.later();
  };
  if (request.group_id.size() > base::limits::kGroupNameBytesMax) {
    return refuse(ErrorCode::kInvalidGroupId);
  }
  const std::lock_guard lock(mutex_);
  Group* group = FindGroup(request.group_id);
  if (group == nullptr && request.committer.generation_or_epoch >= 0) {
    return refuse(ErrorCode::kIllegalGeneration);
  }
  if (group == nullptr) group = FindOrMakeGroup(request.group_id);
  if (group == nullptr) return refuse(ErrorCode::kPolicyViolation);
  const ErrorCode error =
      group->CheckCommit(request.committer, ClassicGroup::CommitKind::kTransactional);
  if (error != ErrorCode::kNone) {
    ForgetIfUnwritten(request.group_id);
    return refuse(error);
  }

  OffsetCommitAnswer answer;
  const auto records = RecordsOf(request.group_id, *group, request.offsets, -1, answer);
  GroupLog::Appended appended;
  if (!records.empty()) {
    appended = records_.Append(request.group_id, records,
                               {.id = request.producer_id, .epoch = request.producer_epoch});
  }
  if (appended.error != ErrorCode::kNone) {
    ForgetIfUnwritten(request.group_id);
    return refuse(appended.error);
  }
  Offset offset = appended.base_offset;
  for (const auto& record : records) {
    const auto& committed = std::get<OffsetRecord>(record);
    group->offsets.PutPending(request.producer_id, committed.partition, *committed.value, offset);
    offset = offset + 1;
  }
  if (!records.empty()) {
    open_transactions_[request.producer_id].insert(request.group_id);
    group->ticket = appended.ticket;
  }
  ForgetIfUnwritten(request.group_id);
  promise.Set(std::move(answer), appended.ticket);
  return promise.later();
}

base::Result<TopicPartition> GroupCoordinatorImpl::OffsetsPartition(std::string_view group_id) {
  const std::lock_guard lock(mutex_);
  return records_.PartitionOf(group_id);
}

void GroupCoordinatorImpl::OnMarker(const TopicPartition& partition, const Marker& marker,
                                    Ticket ticket) {
  const std::lock_guard lock(mutex_);
  EndTransaction(partition, marker.producer_id, marker.commit, ticket);
}

void GroupCoordinatorImpl::EndTransaction(const TopicPartition& partition, ProducerId producer,
                                          bool commit, Ticket ticket) {
  const auto open = open_transactions_.find(producer);
  if (open == open_transactions_.end()) return;
  for (auto group_id = open->second.begin(); group_id != open->second.end();) {
    const auto home = records_.PartitionOf(*group_id);
    if (!home.ok() || *home != partition) {
      ++group_id;
      continue;
    }
    if (Group* group = FindGroup(*group_id)) {
      group->offsets.End(producer, commit);
      group->ticket = std::max(group->ticket, ticket);
      ForgetIfUnwritten(*group_id);
    }
    group_id = open->second.erase(group_id);
  }
  if (open->second.empty()) open_transactions_.erase(open);
}

bool GroupCoordinatorImpl::IsOfLiveTopic(const TopicPartition& partition,
                                         const OffsetRecord::Value& value) const {
  const auto topic = options_.log->Find(partition.topic);
  if (topic == nullptr) return false;
  return value.topic_id == base::Uuid() || value.topic_id == topic->id;
}

Later<OffsetFetchAnswer> GroupCoordinatorImpl::Fetch(const OffsetFetch& request) {
  const Promise<OffsetFetchAnswer> promise(*options_.log);
  const std::lock_guard lock(mutex_);
  const Group* group = FindGroup(request.group_id);
  OffsetFetchAnswer answer;
  if (group != nullptr && group->consumer) {
    answer.error = group->consumer->CheckFetch(request.committer);
    if (answer.error != ErrorCode::kNone) {
      promise.Set(std::move(answer));
      return promise.later();
    }
  }
  std::vector<TopicPartition> partitions;
  if (request.partitions.has_value()) {
    partitions = *request.partitions;
  } else if (group != nullptr) {
    group->offsets.ForEach(
        [&](const auto& partition, const auto&) { partitions.push_back(partition); });
  }
  for (auto& partition : partitions) {
    OffsetFetchAnswer::Partition found{.partition = std::move(partition)};
    const auto* value = group == nullptr ? nullptr : group->offsets.Find(found.partition);
    if (group != nullptr && request.require_stable && group->offsets.HasPending(found.partition)) {
      found.error = ErrorCode::kUnstableOffsetCommit;
    } else if (value != nullptr && IsOfLiveTopic(found.partition, *value)) {
      found.committed = {.offset = value->offset,
                         .leader_epoch = value->leader_epoch,
                         .metadata = value->metadata,
                         .commit_timestamp_ms = value->commit_timestamp_ms};
    } else if (!request.partitions.has_value()) {
      continue;
    }
    answer.partitions.push_back(std::move(found));
  }
  promise.Set(std::move(answer), group == nullptr ? Ticket() : group->ticket);
  return promise.later();
}

// --- removal
// --------------------------------------------------------------------------------------

ErrorCode GroupCoordinatorImpl::RemoveOffsets(const std::string& group_id, Group& group,
                                              const std::vector<TopicPartition>& partitions) {
  if (partitions.empty()) return ErrorCode::kNone;
  std::vector<GroupRecord> tombstones;
  for (const auto& partition : partitions) {
    tombstones.push_back(OffsetRecord{.group_id = group_id, .partition = partition});
  }
  const auto appended = records_.Append(group_id, tombstones);
  if (appended.error != ErrorCode::kNone) return appended.error;
  for (const auto& partition : partitions) group.offsets.Remove(partition);
  group.ticket = appended.ticket;
  return ErrorCode::kNone;
}

Later<OffsetCommitAnswer> GroupCoordinatorImpl::Delete(const OffsetDelete& request) {
  const Promise<OffsetCommitAnswer> promise(*options_.log);
  const std::lock_guard lock(mutex_);
  Group* group = FindGroup(request.group_id);
  if (group == nullptr) {
    promise.Set({.error = ErrorCode::kGroupIdNotFound});
    return promise.later();
  }
  if (group->classic && !group->classic->empty() && !group->classic->of_consumers()) {
    promise.Set({.error = ErrorCode::kNonEmptyGroup});
    return promise.later();
  }
  OffsetCommitAnswer answer;
  std::vector<TopicPartition> unused;
  const auto known = group->offsets.Partitions();
  for (const auto& partition : request.partitions) {
    const bool used = group->Subscribes(partition.topic);
    answer.partitions.push_back(used ? ErrorCode::kGroupSubscribedToTopic : ErrorCode::kNone);
    if (!used && known.contains(partition)) unused.push_back(partition);
  }
  answer.error = RemoveOffsets(request.group_id, *group, unused);
  const Ticket ticket = group->ticket;
  ForgetIfUnwritten(request.group_id);
  promise.Set(std::move(answer), ticket);
  return promise.later();
}

void GroupCoordinatorImpl::OnTopicDeleted(const std::string& topic) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> group_ids;
  for (auto& [group_id, group] : groups_) {
    std::vector<TopicPartition> gone;
    for (const auto& partition : group.offsets.Partitions()) {
      if (partition.topic == topic) gone.push_back(partition);
    }
    // When it cannot be written, retention takes them later, and Fetch does not show them.
    (void)RemoveOffsets(group_id, group, gone);
    group_ids.push_back(group_id);
  }
  for (const auto& group_id : group_ids) ForgetIfUnwritten(group_id);
}

bool GroupCoordinatorImpl::IsExpired(const Group& group, const TopicPartition& partition,
                                     const OffsetRecord::Value& value, int64_t now_unix_ms) const {
  if (group.offsets.HasPending(partition)) return false;
  if (!IsOfLiveTopic(partition, value)) return true;
  if (group.Subscribes(partition.topic)) return false;
  int64_t since_ms = value.commit_timestamp_ms;
  if (group.classic) {
    const ClassicGroup& classic = *group.classic;
    // Members of other kinds than consumers: who knows what they read.
    const bool known = classic.of_consumers() && classic.state() == ClassicGroup::State::kStable;
    if (!classic.empty() && !known) return false;
    if (!classic.simple() && classic.empty()) {
      since_ms = std::max(since_ms, classic.state_timestamp_ms());
    }
  }
  if (value.expire_timestamp_ms >= 0) return value.expire_timestamp_ms <= now_unix_ms;
  return now_unix_ms - since_ms >= options_.config.offsets_retention_ms;
}

void GroupCoordinatorImpl::ApplyRetention() {
  const int64_t now_unix_ms = options_.clock->NowUnixMs();
  std::vector<std::string> deserted;
  for (auto& [group_id, group] : groups_) {
    std::vector<TopicPartition> expired;
    group.offsets.ForEach([&, &owner = group](const auto& partition, const auto& value) {
      if (IsExpired(owner, partition, value, now_unix_ms)) expired.push_back(partition);
    });
    if (RemoveOffsets(group_id, group, expired) != ErrorCode::kNone) return;  // tried again later
    if (group.offsets.empty() && group.empty()) deserted.push_back(group_id);
  }
  for (const auto& group_id : deserted) {
    const auto tombstones = Tombstones(group_id, groups_.at(group_id));
    if (!tombstones.empty() && records_.Append(group_id, tombstones).error != ErrorCode::kNone) {
      return;
    }
    groups_.erase(group_id);
  }
}

// --- lag
// ------------------------------------------------------------------------------------------

std::vector<base::MetricSample> GroupCoordinatorImpl::LagSamples() const {
  struct Position {
    std::string group_id;
    TopicPartition partition;
    Offset offset;
  };
  std::vector<Position> positions;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [group_id, group] : groups_) {
      group.offsets.ForEach([&, &id = group_id](const auto& partition, const auto& value) {
        if (positions.size() >= base::limits::kGroupLagSeriesMax) return;
        positions.push_back({id, partition, value.offset});
      });
    }
  }
  std::vector<base::MetricSample> samples;
  for (const auto& position : positions) {
    const auto partition = options_.log->Find(position.partition);
    if (partition == nullptr) continue;
    const int64_t lag = partition->Ends().high_watermark - position.offset;
    samples.push_back({.labels = {{"group", position.group_id},
                                  {"topic", position.partition.topic},
                                  {"partition", std::to_string(position.partition.partition)}},
                       .value = static_cast<double>(std::max<int64_t>(lag, 0))});
  }
  return samples;
}

}  // namespace logs
