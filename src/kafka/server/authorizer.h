// Authorizer: may this principal do that? Operations and resource types are Kafka's, with the
// protocol's numbers (KIP-11, KIP-140). THREAD: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kafka::server {

enum class Operation : int8_t {
  kUnknown = 0,
  kAny = 1,
  kAll = 2,
  kRead = 3,
  kWrite = 4,
  kCreate = 5,
  kDelete = 6,
  kAlter = 7,
  kDescribe = 8,
  kClusterAction = 9,
  kDescribeConfigs = 10,
  kAlterConfigs = 11,
  kIdempotentWrite = 12,
  kCreateTokens = 13,
  kDescribeTokens = 14,
  kTwoPhaseCommit = 15,
};

enum class ResourceType : int8_t {
  kUnknown = 0,
  kAny = 1,
  kTopic = 2,
  kGroup = 3,
  kCluster = 4,
  kTransactionalId = 5,
  kDelegationToken = 6,
  kUser = 7,
};

inline constexpr std::string_view kClusterResource = "kafka-cluster";

// Who asks: "User:alice" or "User:ANONYMOUS", from where.
struct Principal {
  std::string name = "User:ANONYMOUS";
  std::string host;
};

class Acls;

class Authorizer {
 public:
  virtual ~Authorizer() = default;
  // The lists that clients may read and change; nullptr: there are none.
  [[nodiscard]] virtual Acls* acls() { return nullptr; }
  [[nodiscard]] virtual bool Allows(const Principal& principal, Operation operation,
                                    ResourceType type, std::string_view resource) const = 0;
  // Is there a resource of that type, existing or not, where it may?
  [[nodiscard]] virtual bool AllowsOnSome(const Principal& principal, Operation operation,
                                          ResourceType type) const {
    return Allows(principal, operation, type, "*");
  }
};

// Everybody may do everything: loopback without authentication.
class AllowAll final : public Authorizer {
 public:
  [[nodiscard]] bool Allows(const Principal&, Operation, ResourceType,
                            std::string_view) const override {
    return true;
  }
};

}  // namespace kafka::server
