// DescribeAcls, CreateAcls, DeleteAcls. THREAD: the session's. BLOCKS: for the disk.
#include "kafka/server/security/acls.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kafka/server/api/security_handlers.h"
#include "kafka/server/error_map.h"
#include "kafka/wire/create_acls.h"
#include "kafka/wire/delete_acls.h"
#include "kafka/wire/describe_acls.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;

struct Problem {
  ErrorCode error = ErrorCode::kInvalidRequest;
  std::string message;
};

// Why the caller may not, before anything of the request is looked at.
std::optional<Problem> Refusal(const Call& call, Operation operation) {
  if (!call.AllowedOnCluster(operation)) {
    return Problem{ErrorCode::kClusterAuthorizationFailed, "Cluster authorization failed."};
  }
  if (call.broker.authorizer.acls() == nullptr) {
    return Problem{ErrorCode::kSecurityDisabled, "This broker has no access control lists."};
  }
  return std::nullopt;
}

template <typename Enum>
bool Between(Enum first, int8_t value, Enum last) {
  return value >= static_cast<int8_t>(first) && value <= static_cast<int8_t>(last);
}

std::optional<Problem> ProblemOf(const wire::CreateAclsRequest::AclCreation& creation) {
  const auto invalid = [](std::string message) {
    return Problem{ErrorCode::kInvalidRequest, std::move(message)};
  };
  if (!Between(ResourceType::kTopic, creation.resource_type, ResourceType::kUser)) {
    return invalid("The resource type is none that an ACL can have.");
  }
  if (!Between(PatternType::kLiteral, creation.resource_pattern_type, PatternType::kPrefixed)) {
    return invalid("The pattern type is neither literal nor prefixed.");
  }
  if (!Between(Operation::kAll, creation.operation, Operation::kTwoPhaseCommit)) {
    return invalid("The operation is none that an ACL can have.");
  }
  if (!Between(Permission::kDeny, creation.permission_type, Permission::kAllow)) {
    return invalid("The permission is neither deny nor allow.");
  }
  if (creation.resource_name.empty()) return invalid("The resource's name is empty.");
  if (static_cast<ResourceType>(creation.resource_type) == ResourceType::kCluster &&
      creation.resource_name != kClusterResource) {
    return invalid("The only cluster is '" + std::string(kClusterResource) + "'.");
  }
  const size_t colon = creation.principal.find(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == creation.principal.size()) {
    return invalid("A principal is a type, a colon and a name, as in 'User:ann'.");
  }
  if (creation.host.empty()) return invalid("The host is empty; '*' is any.");
  return std::nullopt;
}

// DescribeAcls and the filters of DeleteAcls have the same fields.
template <typename Filter>
std::optional<AclFilter> FilterOf(const Filter& asked) {
  if (!Between(ResourceType::kAny, asked.resource_type_filter, ResourceType::kUser) ||
      !Between(PatternType::kAny, asked.pattern_type_filter, PatternType::kPrefixed) ||
      !Between(Operation::kAny, asked.operation, Operation::kTwoPhaseCommit) ||
      !Between(Permission::kAny, asked.permission_type, Permission::kAllow)) {
    return std::nullopt;
  }
  return AclFilter{.type = static_cast<ResourceType>(asked.resource_type_filter),
                   .pattern = static_cast<PatternType>(asked.pattern_type_filter),
                   .name = asked.resource_name_filter,
                   .principal = asked.principal_filter,
                   .host = asked.host_filter,
                   .operation = static_cast<Operation>(asked.operation),
                   .permission = static_cast<Permission>(asked.permission_type)};
}

constexpr const char* kWrongFilter = "The filter has a type, operation or permission that is none.";

}  // namespace

Answer<wire::DescribeAclsResponse> Handle(const wire::DescribeAclsRequest& request, Call& call) {
  wire::DescribeAclsResponse response;
  response.error_message = std::nullopt;
  auto problem = Refusal(call, Operation::kDescribe);
  const auto filter = FilterOf(request);
  if (!problem && !filter) problem = Problem{.message = kWrongFilter};
  if (problem) {
    response.error_code = Code(problem->error);
    response.error_message = std::move(problem->message);
    return response;
  }
  for (const Acl& acl : call.broker.authorizer.acls()->Matching(*filter)) {
    const auto type = static_cast<int8_t>(acl.type);
    const auto pattern = static_cast<int8_t>(acl.pattern);
    auto& resources = response.resources;  // those of one resource come one after the other
    if (resources.empty() || resources.back().resource_type != type ||
        resources.back().pattern_type != pattern || resources.back().resource_name != acl.name) {
      resources.push_back(
          {.resource_type = type, .resource_name = acl.name, .pattern_type = pattern});
    }
    resources.back().acls.push_back({.principal = acl.principal,
                                     .host = acl.host,
                                     .operation = static_cast<int8_t>(acl.operation),
                                     .permission_type = static_cast<int8_t>(acl.permission)});
  }
  return response;
}

Answer<wire::CreateAclsResponse> Handle(const wire::CreateAclsRequest& request, Call& call) {
  wire::CreateAclsResponse response;
  const auto refusal = Refusal(call, Operation::kAlter);
  std::vector<Acl> acls;
  for (const auto& creation : request.creations) {
    auto& result = response.results.emplace_back();
    result.error_message = std::nullopt;
    if (const auto problem = refusal ? refusal : ProblemOf(creation)) {
      result.error_code = Code(problem->error);
      result.error_message = problem->message;
      continue;
    }
    acls.push_back({.type = static_cast<ResourceType>(creation.resource_type),
                    .pattern = static_cast<PatternType>(creation.resource_pattern_type),
                    .name = creation.resource_name,
                    .principal = creation.principal,
                    .host = creation.host,
                    .operation = static_cast<Operation>(creation.operation),
                    .permission = static_cast<Permission>(creation.permission_type)});
  }
  if (acls.empty()) return response;
  if (const auto created = call.broker.authorizer.acls()->Create(acls); !created.ok()) {
    for (auto& result : response.results) {
      if (result.error_code != Code(ErrorCode::kNone)) continue;
      result.error_code = Code(ErrorOf(created.error()));
      result.error_message = created.error().message();
    }
  }
  return response;
}

Answer<wire::DeleteAclsResponse> Handle(const wire::DeleteAclsRequest& request, Call& call) {
  wire::DeleteAclsResponse response;
  const auto refusal = Refusal(call, Operation::kAlter);
  for (const auto& asked : request.filters) {
    auto& result = response.filter_results.emplace_back();
    result.error_message = std::nullopt;
    const auto fail = [&result](ErrorCode error, std::string message) {
      result.error_code = Code(error);
      result.error_message = std::move(message);
    };
    const auto filter = FilterOf(asked);
    if (refusal || !filter) {
      refusal ? fail(refusal->error, refusal->message)
              : fail(ErrorCode::kInvalidRequest, kWrongFilter);
      continue;
    }
    Acls& acls = *call.broker.authorizer.acls();
    const std::vector<Acl> matching = acls.Matching(*filter);
    if (const auto deleted = acls.Delete(matching); !deleted.ok()) {
      fail(ErrorOf(deleted.error()), deleted.error().message());
      continue;
    }
    for (const Acl& acl : matching) {
      result.matching_acls.push_back({.error_message = std::nullopt,
                                      .resource_type = static_cast<int8_t>(acl.type),
                                      .resource_name = acl.name,
                                      .pattern_type = static_cast<int8_t>(acl.pattern),
                                      .principal = acl.principal,
                                      .host = acl.host,
                                      .operation = static_cast<int8_t>(acl.operation),
                                      .permission_type = static_cast<int8_t>(acl.permission)});
    }
  }
  return response;
}

}  // namespace kafka::server
