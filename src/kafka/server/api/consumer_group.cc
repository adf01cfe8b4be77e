// ConsumerGroupHeartbeat and ConsumerGroupDescribe: consumer groups (KIP-848). THREAD: the
// session's.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "kafka/server/api/group_answer.h"
#include "kafka/server/api/group_handlers.h"
#include "kafka/server/api/topics.h"
#include "kafka/server/authorized_operations.h"
#include "kafka/wire/consumer_group_describe.h"
#include "kafka/wire/consumer_group_heartbeat.h"
#include "log/group/group_coordinator.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;
using wire::ConsumerGroupDescribeResponse;
using wire::ConsumerGroupHeartbeatRequest;
using wire::ConsumerGroupHeartbeatResponse;

constexpr int8_t kConsumerMember = 1;

ErrorCode Check(const ConsumerGroupHeartbeatRequest& request, const Call& call) {
  if (!call.Allowed(Operation::kRead, ResourceType::kGroup, request.group_id)) {
    return ErrorCode::kGroupAuthorizationFailed;
  }
  if (!request.subscribed_topic_names.has_value()) return ErrorCode::kNone;
  const bool sees_all = std::all_of(
      request.subscribed_topic_names->begin(), request.subscribed_topic_names->end(),
      [&](const std::string& name) { return AllowedOnTopic(call, Operation::kDescribe, name); });
  return sees_all ? ErrorCode::kNone : ErrorCode::kTopicAuthorizationFailed;
}

ConsumerGroupHeartbeatResponse Make(logs::ConsumerHeartbeatAnswer answer) {
  ConsumerGroupHeartbeatResponse response;
  response.error_code = Code(answer.error);
  response.error_message = std::move(answer.message);
  response.member_id = std::move(answer.member_id);
  response.member_epoch = answer.member_epoch;
  response.heartbeat_interval_ms = answer.heartbeat_interval_ms;
  if (!answer.assignment.has_value()) return response;
  auto& assignment = response.assignment.emplace();
  for (auto& topic : *answer.assignment) {
    auto& out = assignment.topic_partitions.emplace_back();
    out.topic_id = topic.topic_id;
    out.partitions = std::move(topic.partitions);
  }
  return response;
}

template <typename Assigned>
void PutAssignment(const std::vector<Assigned>& from, auto& to) {
  for (const auto& topic : from) {
    auto& out = to.topic_partitions.emplace_back();
    out.topic_id = topic.topic_id;
    out.topic_name = topic.topic;
    out.partitions = topic.partitions;
  }
}

// Whoever may not see one of its topics is not shown the group.
bool SeesTopics(const logs::ConsumerGroupDescription& group, const Call& call) {
  return std::all_of(group.members.begin(), group.members.end(), [&](const auto& member) {
    const auto seen = [&](const std::string& name) {
      return AllowedOnTopic(call, Operation::kDescribe, name);
    };
    const auto seen_topic = [&](const auto& assigned) { return seen(assigned.topic); };
    return std::all_of(member.subscribed_topics.begin(), member.subscribed_topics.end(), seen) &&
           std::all_of(member.assignment.begin(), member.assignment.end(), seen_topic) &&
           std::all_of(member.target.begin(), member.target.end(), seen_topic);
  });
}

void Describe(const std::string& group_id, bool with_operations, const Call& call,
              ConsumerGroupDescribeResponse::DescribedGroup& out) {
  out.group_id = group_id;
  if (!call.Allowed(Operation::kDescribe, ResourceType::kGroup, group_id)) {
    out.error_code = Code(ErrorCode::kGroupAuthorizationFailed);
    return;
  }
  const logs::ConsumerGroupDescription group = call.broker.groups.DescribeConsumerGroup(group_id);
  if (group.error == ErrorCode::kNone && !SeesTopics(group, call)) {
    out.error_code = Code(ErrorCode::kTopicAuthorizationFailed);
    out.error_message = "The group reads topics that you may not see.";
    return;
  }
  out.error_code = Code(group.error);
  out.error_message = group.message;
  out.group_state = group.state;
  out.group_epoch = group.group_epoch;
  out.assignment_epoch = group.assignment_epoch;
  out.assignor_name = group.assignor;
  for (const auto& member : group.members) {
    auto& described = out.members.emplace_back();
    described.member_id = member.member_id;
    described.instance_id = member.instance_id;
    described.rack_id = member.rack_id;
    described.member_epoch = member.member_epoch;
    described.client_id = member.client.client_id;
    described.client_host = member.client.host;
    described.subscribed_topic_names = member.subscribed_topics;
    described.subscribed_topic_regex = member.subscribed_topic_regex;
    described.member_type = kConsumerMember;
    PutAssignment(member.assignment, described.assignment);
    PutAssignment(member.target, described.target_assignment);
  }
  if (with_operations && group.error == ErrorCode::kNone) {
    out.authorized_operations = AuthorizedOperations(call, ResourceType::kGroup, group_id);
  }
}

}  // namespace

Answer<ConsumerGroupHeartbeatResponse> Handle(const ConsumerGroupHeartbeatRequest& request,
                                              Call& call) {
  if (const ErrorCode error = Check(request, call); error != ErrorCode::kNone) {
    return Make({.error = error, .message = std::string(ErrorCodeName(error))});
  }
  logs::ConsumerHeartbeat heartbeat{
      .group_id = request.group_id,
      .member_id = request.member_id,
      .member_epoch = request.member_epoch,
      .instance_id = request.instance_id,
      .rack_id = request.rack_id,
      .rebalance_timeout_ms = request.rebalance_timeout_ms,
      .subscribed_topics = request.subscribed_topic_names,
      .subscribed_topic_regex = request.subscribed_topic_regex,
      .server_assignor = request.server_assignor,
      .client = {.client_id = call.client_id, .host = "/" + call.connection.peer.host},
      .may_see_topic = [&call](std::string_view topic) {
        return AllowedOnTopic(call, Operation::kDescribe, topic);
      }};
  if (request.topic_partitions.has_value()) {
    auto& owned = heartbeat.owned.emplace();
    for (const auto& topic : *request.topic_partitions) {
      owned.push_back({.topic_id = topic.topic_id, .partitions = topic.partitions});
    }
  }
  return AnswerLater<ConsumerGroupHeartbeatResponse, logs::ConsumerHeartbeatAnswer>(
      {call.broker.groups.Heartbeat(heartbeat)}, call, kGroupDurableWaitMs,
      [](std::vector<logs::ConsumerHeartbeatAnswer> answers) {
        return Make(std::move(answers.front()));
      });
}

Answer<ConsumerGroupDescribeResponse> Handle(const wire::ConsumerGroupDescribeRequest& request,
                                             Call& call) {
  ConsumerGroupDescribeResponse response;
  for (const auto& group_id : request.group_ids) {
    Describe(group_id, request.include_authorized_operations, call, response.groups.emplace_back());
  }
  return response;
}

}  // namespace kafka::server
