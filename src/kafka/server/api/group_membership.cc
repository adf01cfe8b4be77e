// JoinGroup, SyncGroup, Heartbeat and LeaveGroup: the classic group protocol. THREAD: the
// session's.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "kafka/server/api/group_answer.h"
#include "kafka/server/api/group_handlers.h"
#include "kafka/wire/heartbeat.h"
#include "kafka/wire/join_group.h"
#include "kafka/wire/leave_group.h"
#include "kafka/wire/sync_group.h"
#include "log/group/group_coordinator.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;

constexpr int16_t kMemberIdRequiredVersionMin = 4;  // KIP-394
constexpr int16_t kNullProtocolVersionMin = 7;      // KIP-559
constexpr int16_t kSkipAssignmentVersionMin = 9;    // KIP-814
constexpr int16_t kLeaveManyVersionMin = 3;         // KIP-345

// The coordinator ends every wait by its own timeouts; this is for the case that it does not.
constexpr int64_t kJoinWaitMs = 3'600'000;

bool MayRead(const Call& call, const std::string& group_id) {
  return call.Allowed(Operation::kRead, ResourceType::kGroup, group_id);
}

wire::JoinGroupResponse Make(logs::JoinGroupAnswer answer, int16_t version) {
  wire::JoinGroupResponse response;
  response.error_code = Code(answer.error);
  response.generation_id = answer.generation;
  response.protocol_type = std::move(answer.protocol_type);
  response.protocol_name = std::move(answer.protocol);
  if (version < kNullProtocolVersionMin && !response.protocol_name.has_value()) {
    response.protocol_name = "";
  }
  response.leader = std::move(answer.leader);
  response.skip_assignment = answer.skip_assignment;
  response.member_id = std::move(answer.member_id);
  for (auto& member : answer.members) {
    auto& out = response.members.emplace_back();
    out.member_id = std::move(member.member_id);
    out.group_instance_id = std::move(member.instance_id);
    out.metadata = std::move(member.metadata);
  }
  return response;
}

wire::SyncGroupResponse Make(logs::SyncGroupAnswer answer) {
  wire::SyncGroupResponse response;
  response.error_code = Code(answer.error);
  response.protocol_type = std::move(answer.protocol_type);
  response.protocol_name = std::move(answer.protocol);
  response.assignment = std::move(answer.assignment);
  return response;
}

}  // namespace

Answer<wire::JoinGroupResponse> Handle(const wire::JoinGroupRequest& request, Call& call) {
  if (!MayRead(call, request.group_id)) {
    logs::JoinGroupAnswer refused;
    refused.error = ErrorCode::kGroupAuthorizationFailed;
    return Make(std::move(refused), call.version);
  }
  logs::JoinGroup join{
      .group_id = request.group_id,
      .member_id = request.member_id,
      .instance_id = request.group_instance_id,
      .client = {.client_id = call.client_id, .host = "/" + call.connection.peer.host},
      .session_timeout_ms = request.session_timeout_ms,
      .rebalance_timeout_ms = request.rebalance_timeout_ms,
      .protocol_type = request.protocol_type,
      .member_id_required = call.version >= kMemberIdRequiredVersionMin,
      .skips_assignment = call.version >= kSkipAssignmentVersionMin};
  for (const auto& protocol : request.protocols) {
    join.protocols.push_back({.name = protocol.name, .metadata = std::string(protocol.metadata)});
  }
  return AnswerLater<wire::JoinGroupResponse, logs::JoinGroupAnswer>(
      {call.broker.groups.Join(join)}, call, kJoinWaitMs,
      [version = call.version](std::vector<logs::JoinGroupAnswer> answers) {
        return Make(std::move(answers.front()), version);
      });
}

Answer<wire::SyncGroupResponse> Handle(const wire::SyncGroupRequest& request, Call& call) {
  if (!MayRead(call, request.group_id)) {
    return Make({.error = ErrorCode::kGroupAuthorizationFailed});
  }
  logs::SyncGroup sync{.group_id = request.group_id,
                       .generation = request.generation_id,
                       .member_id = request.member_id,
                       .instance_id = request.group_instance_id,
                       .protocol_type = request.protocol_type,
                       .protocol = request.protocol_name};
  for (const auto& assigned : request.assignments) {
    sync.assignments[assigned.member_id] = std::string(assigned.assignment);
  }
  return AnswerLater<wire::SyncGroupResponse, logs::SyncGroupAnswer>(
      {call.broker.groups.Sync(sync)}, call, kJoinWaitMs,
      [](std::vector<logs::SyncGroupAnswer> answers) { return Make(std::move(answers.front())); });
}

Answer<wire::HeartbeatResponse> Handle(const wire::HeartbeatRequest& request, Call& call) {
  wire::HeartbeatResponse response;
  const ErrorCode error =
      MayRead(call, request.group_id)
          ? call.broker.groups.Heartbeat({.group_id = request.group_id,
                                          .generation = request.generation_id,
                                          .member_id = request.member_id,
                                          .instance_id = request.group_instance_id})
          : ErrorCode::kGroupAuthorizationFailed;
  response.error_code = Code(error);
  return response;
}

Answer<wire::LeaveGroupResponse> Handle(const wire::LeaveGroupRequest& request, Call& call) {
  wire::LeaveGroupResponse response;
  if (!MayRead(call, request.group_id)) {
    response.error_code = Code(ErrorCode::kGroupAuthorizationFailed);
    return response;
  }
  logs::LeaveGroup leave{.group_id = request.group_id};
  if (call.version < kLeaveManyVersionMin)
    leave.members.push_back({.member_id = request.member_id});
  for (const auto& member : request.members) {
    leave.members.push_back({.member_id = member.member_id,
                             .instance_id = member.group_instance_id,
                             .reason = member.reason.value_or("")});
  }
  const logs::LeaveGroupAnswer answer = call.broker.groups.Leave(leave);
  response.error_code = Code(answer.error);
  if (call.version < kLeaveManyVersionMin) {
    if (answer.error == ErrorCode::kNone) response.error_code = Code(answer.members.at(0));
    return response;
  }
  for (size_t i = 0; i < answer.members.size(); ++i) {
    auto& out = response.members.emplace_back();
    out.member_id = leave.members[i].member_id;
    out.group_instance_id = leave.members[i].instance_id;
    out.error_code = Code(answer.members[i]);
  }
  return response;
}

}  // namespace kafka::server
