// FindCoordinator: the one node coordinates every group and every transactional id. THREAD: the
// session's.
#include "kafka/wire/find_coordinator.h"

#include <string>
#include <utility>

#include "kafka/server/api/group_handlers.h"
#include "kafka/server/api/topics.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;

constexpr int8_t kGroup = 0;
constexpr int8_t kTransaction = 1;

ErrorCode Check(int8_t key_type, const std::string& key, const Call& call) {
  switch (key_type) {
    case kGroup:
      return call.Allowed(Operation::kDescribe, ResourceType::kGroup, key)
                 ? ErrorCode::kNone
                 : ErrorCode::kGroupAuthorizationFailed;
    case kTransaction:
      return call.Allowed(Operation::kDescribe, ResourceType::kTransactionalId, key)
                 ? ErrorCode::kNone
                 : ErrorCode::kTransactionalIdAuthorizationFailed;
    default:  // share groups are not served
      return ErrorCode::kInvalidRequest;
  }
}

}  // namespace

Answer<wire::FindCoordinatorResponse> Handle(const wire::FindCoordinatorRequest& request,
                                             Call& call) {
  const Endpoint& endpoint = Advertised(call);
  const int32_t node_id = call.broker.config.node_id;
  wire::FindCoordinatorResponse response;
  if (call.version < 4) {
    const ErrorCode error = Check(request.key_type, request.key, call);
    const bool found = error == ErrorCode::kNone;
    response.error_code = Code(error);
    response.error_message = std::string(found ? "NONE" : ErrorCodeName(error));
    response.node_id = found ? node_id : -1;
    response.host = found ? endpoint.host : "";
    response.port = found ? endpoint.port : -1;
    return response;
  }
  for (const auto& key : request.coordinator_keys) {
    const ErrorCode error = Check(request.key_type, key, call);
    const bool found = error == ErrorCode::kNone;
    auto& coordinator = response.coordinators.emplace_back();
    coordinator.key = key;
    coordinator.error_code = Code(error);
    coordinator.error_message = found ? std::string() : std::string(ErrorCodeName(error));
    coordinator.node_id = found ? node_id : -1;
    coordinator.host = found ? endpoint.host : "";
    coordinator.port = found ? endpoint.port : -1;
  }
  return response;
}

}  // namespace kafka::server
