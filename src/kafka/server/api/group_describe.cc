// DescribeGroups, ListGroups and DeleteGroups. THREAD: the session's.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "kafka/server/api/group_answer.h"
#include "kafka/server/api/group_handlers.h"
#include "kafka/server/authorized_operations.h"
#include "kafka/wire/delete_groups.h"
#include "kafka/wire/describe_groups.h"
#include "kafka/wire/list_groups.h"
#include "log/group/group_coordinator.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;

constexpr int16_t kGroupNotFoundVersionMin = 6;  // of describe (KIP-1043)

std::string_view TypeName(logs::GroupType type) {
  switch (type) {
    case logs::GroupType::kClassic:
      return "classic";
    case logs::GroupType::kConsumer:
      return "consumer";
  }
  return "";
}

// No filter lets all pass.
bool Passes(const std::vector<std::string>& filter, std::string_view value) {
  return filter.empty() ||
         std::any_of(filter.begin(), filter.end(), [&](const std::string& wanted) {
           return base::EqualsIgnoreCase(wanted, value);
         });
}

}  // namespace

Answer<wire::DescribeGroupsResponse> Handle(const wire::DescribeGroupsRequest& request,
                                            Call& call) {
  wire::DescribeGroupsResponse response;
  for (const auto& group_id : request.groups) {
    auto& out = response.groups.emplace_back();
    out.group_id = group_id;
    if (!call.Allowed(Operation::kDescribe, ResourceType::kGroup, group_id)) {
      out.error_code = Code(ErrorCode::kGroupAuthorizationFailed);
      continue;
    }
    logs::ClassicGroupDescription group = call.broker.groups.Describe(group_id);
    // Before version 6 a group that is not there was a dead one.
    if (group.error == ErrorCode::kGroupIdNotFound && call.version < kGroupNotFoundVersionMin) {
      group.error = ErrorCode::kNone;
    }
    out.error_code = Code(group.error);
    if (group.error == ErrorCode::kGroupIdNotFound) {
      out.error_message = "There is no classic group of this name.";
    }
    out.group_state = std::move(group.state);
    out.protocol_type = std::move(group.protocol_type);
    out.protocol_data = std::move(group.protocol);
    for (auto& member : group.members) {
      auto& described = out.members.emplace_back();
      described.member_id = std::move(member.member_id);
      described.group_instance_id = std::move(member.instance_id);
      described.client_id = std::move(member.client.client_id);
      described.client_host = std::move(member.client.host);
      described.member_metadata = std::move(member.metadata);
      described.member_assignment = std::move(member.assignment);
    }
    if (request.include_authorized_operations) {
      out.authorized_operations = AuthorizedOperations(call, ResourceType::kGroup, group_id);
    }
  }
  return response;
}

Answer<wire::ListGroupsResponse> Handle(const wire::ListGroupsRequest& request, Call& call) {
  const bool sees_all = call.AllowedOnCluster(Operation::kDescribe);
  wire::ListGroupsResponse response;
  for (auto& listing : call.broker.groups.List()) {
    if (!sees_all && !call.Allowed(Operation::kDescribe, ResourceType::kGroup, listing.group_id)) {
      continue;
    }
    if (!Passes(request.states_filter, listing.state) ||
        !Passes(request.types_filter, TypeName(listing.type))) {
      continue;
    }
    auto& out = response.groups.emplace_back();
    out.group_id = std::move(listing.group_id);
    out.protocol_type = std::move(listing.protocol_type);
    out.group_state = std::move(listing.state);
    out.group_type = TypeName(listing.type);
  }
  return response;
}

Answer<wire::DeleteGroupsResponse> Handle(const wire::DeleteGroupsRequest& request, Call& call) {
  wire::DeleteGroupsResponse response;
  std::vector<logs::Later<logs::GroupAnswer>> later;
  std::vector<size_t> places;
  for (const auto& group_id : request.groups_names) {
    auto& out = response.results.emplace_back();
    out.group_id = group_id;
    if (!call.Allowed(Operation::kDelete, ResourceType::kGroup, group_id)) {
      out.error_code = Code(ErrorCode::kGroupAuthorizationFailed);
      continue;
    }
    places.push_back(response.results.size() - 1);
    later.push_back(call.broker.groups.Delete(group_id));
  }
  return AnswerLater<wire::DeleteGroupsResponse, logs::GroupAnswer>(
      std::move(later), call, kGroupDurableWaitMs,
      [response = std::move(response),
       places = std::move(places)](std::vector<logs::GroupAnswer> answers) mutable {
        for (size_t i = 0; i < places.size(); ++i) {
          response.results[places[i]].error_code = Code(answers[i].error);
        }
        return std::move(response);
      });
}

}  // namespace kafka::server
