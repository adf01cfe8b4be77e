// OffsetCommit, OffsetFetch and OffsetDelete. THREAD: the session's.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kafka/server/api/group_answer.h"
#include "kafka/server/api/group_handlers.h"
#include "kafka/server/api/topics.h"
#include "kafka/wire/offset_commit.h"
#include "kafka/wire/offset_delete.h"
#include "kafka/wire/offset_fetch.h"
#include "log/group/group_coordinator.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;

constexpr int16_t kTopicIdVersionMin = 10;       // of commit and fetch (KIP-848)
constexpr int16_t kConsumerGroupVersionMin = 9;  // of commit (KIP-848)
constexpr int16_t kManyGroupsVersionMin = 8;     // of fetch (KIP-709)
constexpr int16_t kGroupErrorVersionMin = 2;     // of fetch: there is an error of the group

// --- commit
// ---------------------------------------------------------------------------------------

using wire::OffsetCommitRequest;
using wire::OffsetCommitResponse;

// Clients that do not know consumer groups rejoin upon a generation that is over.
ErrorCode CommitError(ErrorCode error, int16_t version) {
  const bool of_consumer_groups =
      error == ErrorCode::kGroupIdNotFound || error == ErrorCode::kStaleMemberEpoch;
  return of_consumer_groups && version < kConsumerGroupVersionMin ? ErrorCode::kIllegalGeneration
                                                                  : error;
}

// Why nothing may be committed for this topic.
ErrorCode CheckTopic(const Call& call, const logs::Topic* maybe_topic, const std::string& name) {
  if (call.version >= kTopicIdVersionMin && maybe_topic == nullptr) {
    return ErrorCode::kUnknownTopicId;
  }
  return AllowedOnTopic(call, Operation::kRead, name) ? ErrorCode::kNone
                                                      : ErrorCode::kTopicAuthorizationFailed;
}

// --- fetch
// ----------------------------------------------------------------------------------------

using wire::OffsetFetchRequest;
using wire::OffsetFetchResponse;

// One group of a fetch, whatever the version.
struct FetchOfGroup {
  logs::OffsetFetch fetch = {};
  bool all = false;
  struct Refused {
    std::string topic;
    base::Uuid topic_id;
    int32_t partition;
    ErrorCode error;
  };
  std::vector<Refused> refused = {};
  ErrorCode error = ErrorCode::kNone;  // of the group
};

void AskTopic(const Call& call, std::string name, const base::Uuid& topic_id,
              const std::vector<int32_t>& partitions, FetchOfGroup& of_group) {
  ErrorCode error = ErrorCode::kNone;
  if (call.version >= kTopicIdVersionMin) {
    const auto topic = call.broker.log.Find(topic_id);
    if (topic == nullptr) error = ErrorCode::kUnknownTopicId;
    if (topic != nullptr) name = topic->name;
  }
  if (error == ErrorCode::kNone && !AllowedOnTopic(call, Operation::kDescribe, name)) {
    error = ErrorCode::kTopicAuthorizationFailed;
  }
  for (const int32_t partition : partitions) {
    if (error == ErrorCode::kNone) {
      of_group.fetch.partitions->push_back({name, partition});
    } else {
      of_group.refused.push_back({name, topic_id, partition, error});
    }
  }
}

// Checks and topics of one group; `topics`: nullptr means all.
template <typename Topics>
FetchOfGroup AskGroup(const Call& call, const std::string& group_id, const Topics* maybe_topics,
                      bool require_stable) {
  FetchOfGroup of_group;
  of_group.fetch.group_id = group_id;
  of_group.fetch.require_stable = require_stable;
  of_group.all = maybe_topics == nullptr;
  if (!call.Allowed(Operation::kDescribe, ResourceType::kGroup, group_id)) {
    of_group.error = ErrorCode::kGroupAuthorizationFailed;
    return of_group;
  }
  if (maybe_topics == nullptr) return of_group;
  of_group.fetch.partitions.emplace();
  for (const auto& topic : *maybe_topics) {
    base::Uuid topic_id;
    if constexpr (requires { topic.topic_id; }) topic_id = topic.topic_id;
    AskTopic(call, topic.name, topic_id, topic.partition_indexes, of_group);
  }
  return of_group;
}

// What is answered for a partition, in the form that both halves of the response take.
struct FetchedPartition {
  std::string topic;
  base::Uuid topic_id;
  int32_t partition;
  ErrorCode error;
  logs::CommittedOffset committed = {};
};

std::vector<FetchedPartition> Combine(const FetchOfGroup& of_group, logs::OffsetFetchAnswer answer,
                                      const Call& call) {
  std::vector<FetchedPartition> combined;
  for (auto& found : answer.partitions) {
    // Of all that the group has, the caller is shown what it may know of.
    if (of_group.all && !AllowedOnTopic(call, Operation::kDescribe, found.partition.topic))
      continue;
    const auto topic = call.broker.log.Find(std::string_view(found.partition.topic));
    combined.push_back({.topic = std::move(found.partition.topic),
                        .topic_id = topic == nullptr ? base::Uuid() : topic->id,
                        .partition = found.partition.partition,
                        .error = found.error,
                        .committed = std::move(found.committed)});
  }
  for (const auto& refused : of_group.refused) {
    combined.push_back({.topic = refused.topic,
                        .topic_id = refused.topic_id,
                        .partition = refused.partition,
                        .error = refused.error});
  }
  return combined;
}

template <typename Topics>
void PutTopics(std::vector<FetchedPartition> partitions, Topics& topics) {
  for (auto& each : partitions) {
    const bool same_topic = !topics.empty() && topics.back().name == each.topic;
    auto& topic = same_topic ? topics.back() : topics.emplace_back();
    topic.name = each.topic;
    if constexpr (requires { topic.topic_id; }) topic.topic_id = each.topic_id;
    auto& out = topic.partitions.emplace_back();
    out.partition_index = each.partition;
    out.error_code = Code(each.error);
    out.committed_offset = each.committed.offset.get();
    out.committed_leader_epoch = each.committed.leader_epoch;
    out.metadata = std::move(each.committed.metadata);
  }
}

OffsetFetchResponse MakeFetchResponse(const std::vector<FetchOfGroup>& asked,
                                      std::vector<logs::OffsetFetchAnswer> answers,
                                      const Call& call) {
  OffsetFetchResponse response;
  size_t next = 0;
  for (const auto& of_group : asked) {
    logs::OffsetFetchAnswer answer;
    answer.error = of_group.error;
    if (of_group.error == ErrorCode::kNone) answer = std::move(answers.at(next++));
    const ErrorCode error = answer.error;
    auto partitions = Combine(of_group, std::move(answer), call);
    if (call.version >= kManyGroupsVersionMin) {
      auto& group = response.groups.emplace_back();
      group.group_id = of_group.fetch.group_id;
      group.error_code = Code(error);
      PutTopics(std::move(partitions), group.topics);
      continue;
    }
    // Before there was an error of the group, each partition told it.
    if (error != ErrorCode::kNone && call.version < kGroupErrorVersionMin &&
        of_group.fetch.partitions.has_value()) {
      for (const auto& partition : *of_group.fetch.partitions) {
        partitions.push_back({partition.topic, {}, partition.partition, error});
      }
    }
    response.error_code = Code(error);
    PutTopics(std::move(partitions), response.topics);
  }
  return response;
}

}  // namespace

Answer<OffsetCommitResponse> Handle(const OffsetCommitRequest& request, Call& call) {
  const bool allowed = call.Allowed(Operation::kRead, ResourceType::kGroup, request.group_id);
  logs::OffsetCommit commit{
      .group_id = request.group_id,
      .committer = {.member_id = request.member_id,
                    .instance_id = request.group_instance_id,
                    .generation_or_epoch = request.generation_id_or_member_epoch},
      .retention_ms = request.retention_time_ms};
  OffsetCommitResponse response;
  std::vector<std::pair<size_t, size_t>> places;  // in the response, of what is committed
  for (const auto& topic : request.topics) {
    const auto found = call.version >= kTopicIdVersionMin
                           ? call.broker.log.Find(topic.topic_id)
                           : call.broker.log.Find(std::string_view(topic.name));
    const std::string& name = found == nullptr ? topic.name : found->name;
    const ErrorCode error =
        allowed ? CheckTopic(call, found.get(), name) : ErrorCode::kGroupAuthorizationFailed;
    auto& out = response.topics.emplace_back();
    out.name = topic.name;
    out.topic_id = topic.topic_id;
    for (const auto& partition : topic.partitions) {
      auto& answered = out.partitions.emplace_back();
      answered.partition_index = partition.partition_index;
      answered.error_code = Code(error);
      if (error != ErrorCode::kNone) continue;
      places.emplace_back(response.topics.size() - 1, out.partitions.size() - 1);
      commit.offsets.push_back({.partition = {name, partition.partition_index},
                                .topic_id = topic.topic_id,
                                .offset = logs::Offset(partition.committed_offset),
                                .leader_epoch = partition.committed_leader_epoch,
                                .metadata = partition.committed_metadata.value_or("")});
    }
  }
  if (!allowed || (commit.offsets.empty() && !request.topics.empty())) return response;
  return AnswerLater<OffsetCommitResponse, logs::OffsetCommitAnswer>(
      {call.broker.groups.Commit(commit)}, call, kGroupDurableWaitMs,
      [response = std::move(response), places = std::move(places),
       version = call.version](std::vector<logs::OffsetCommitAnswer> answers) mutable {
        const logs::OffsetCommitAnswer& answer = answers.front();
        for (size_t i = 0; i < places.size(); ++i) {
          const ErrorCode error =
              answer.error != ErrorCode::kNone ? answer.error : answer.partitions.at(i);
          auto& topic = response.topics[places[i].first];
          topic.partitions[places[i].second].error_code = Code(CommitError(error, version));
        }
        return std::move(response);
      });
}

Answer<OffsetFetchResponse> Handle(const OffsetFetchRequest& request, Call& call) {
  std::vector<FetchOfGroup> asked;
  if (call.version < kManyGroupsVersionMin) {
    asked.push_back(AskGroup(call, request.group_id,
                             request.topics.has_value() ? &*request.topics : nullptr,
                             request.require_stable));
  } else {
    for (const auto& group : request.groups) {
      auto& of_group = asked.emplace_back(
          AskGroup(call, group.group_id, group.topics.has_value() ? &*group.topics : nullptr,
                   request.require_stable));
      of_group.fetch.committer = {.member_id = group.member_id.value_or(""),
                                  .generation_or_epoch = group.member_epoch};
    }
  }
  std::vector<logs::Later<logs::OffsetFetchAnswer>> later;
  for (const auto& of_group : asked) {
    if (of_group.error == ErrorCode::kNone)
      later.push_back(call.broker.groups.Fetch(of_group.fetch));
  }
  return AnswerLater<OffsetFetchResponse, logs::OffsetFetchAnswer>(
      std::move(later), call, kGroupDurableWaitMs,
      [asked = std::move(asked), &call](std::vector<logs::OffsetFetchAnswer> answers) {
        return MakeFetchResponse(asked, std::move(answers), call);
      });
}

Answer<wire::OffsetDeleteResponse> Handle(const wire::OffsetDeleteRequest& request, Call& call) {
  wire::OffsetDeleteResponse response;
  if (!call.Allowed(Operation::kDelete, ResourceType::kGroup, request.group_id)) {
    response.error_code = Code(ErrorCode::kGroupAuthorizationFailed);
    return response;
  }
  logs::OffsetDelete remove{.group_id = request.group_id};
  std::vector<std::pair<size_t, size_t>> places;
  for (const auto& topic : request.topics) {
    ErrorCode error = ErrorCode::kNone;
    if (!AllowedOnTopic(call, Operation::kRead, topic.name)) {
      error = ErrorCode::kTopicAuthorizationFailed;
    } else if (call.broker.log.Find(std::string_view(topic.name)) == nullptr) {
      error = ErrorCode::kUnknownTopicOrPartition;
    }
    auto& out = response.topics.emplace_back();
    out.name = topic.name;
    for (const auto& partition : topic.partitions) {
      auto& answered = out.partitions.emplace_back();
      answered.partition_index = partition.partition_index;
      answered.error_code = Code(error);
      if (error != ErrorCode::kNone) continue;
      places.emplace_back(response.topics.size() - 1, out.partitions.size() - 1);
      remove.partitions.push_back({topic.name, partition.partition_index});
    }
  }
  return AnswerLater<wire::OffsetDeleteResponse, logs::OffsetCommitAnswer>(
      {call.broker.groups.Delete(remove)}, call, kGroupDurableWaitMs,
      [response = std::move(response),
       places = std::move(places)](std::vector<logs::OffsetCommitAnswer> answers) mutable {
        const logs::OffsetCommitAnswer& answer = answers.front();
        response.error_code = Code(answer.error);
        if (answer.error != ErrorCode::kNone) {
          response.topics.clear();
          return std::move(response);
        }
        for (size_t i = 0; i < places.size(); ++i) {
          auto& topic = response.topics[places[i].first];
          topic.partitions[places[i].second].error_code = Code(answer.partitions.at(i));
        }
        return std::move(response);
      });
}

}  // namespace kafka::server
