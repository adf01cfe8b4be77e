#include "kafka/server/authorized_operations.h"

#include <initializer_list>
#include <span>

namespace kafka::server {
namespace {

using enum Operation;

constexpr Operation kOfTopic[] = {kRead,   kWrite, kCreate,          kDescribe,
                                  kDelete, kAlter, kDescribeConfigs, kAlterConfigs};
constexpr Operation kOfGroup[] = {kRead, kDescribe, kDelete, kDescribeConfigs, kAlterConfigs};
constexpr Operation kOfCluster[] = {
    kCreate, kClusterAction, kDescribeConfigs, kAlterConfigs, kIdempotentWrite, kAlter, kDescribe};
constexpr Operation kOfTransactionalId[] = {kWrite, kDescribe, kTwoPhaseCommit};
constexpr Operation kOfToken[] = {kDescribe};
constexpr Operation kOfUser[] = {kCreateTokens, kDescribeTokens};

// The operations that a resource of `type` knows (KIP-430).
std::span<const Operation> OperationsOf(ResourceType type) {
  switch (type) {
    case ResourceType::kTopic:
      return kOfTopic;
    case ResourceType::kGroup:
      return kOfGroup;
    case ResourceType::kCluster:
      return kOfCluster;
    case ResourceType::kTransactionalId:
      return kOfTransactionalId;
    case ResourceType::kDelegationToken:
      return kOfToken;
    case ResourceType::kUser:
      return kOfUser;
    case ResourceType::kUnknown:
    case ResourceType::kAny:
      return {};
  }
  return {};
}

}  // namespace

int32_t AuthorizedOperations(const Call& call, ResourceType type, std::string_view name) {
  int32_t bits = 0;
  for (const Operation operation : OperationsOf(type)) {
    if (call.Allowed(operation, type, name)) bits |= 1 << static_cast<int>(operation);
  }
  return bits;
}

}  // namespace kafka::server
