// Which operations a caller may do on a resource, as the bits that Metadata, DescribeCluster and
// DescribeGroups answer with (KIP-430). THREAD: any.
#pragma once

#include <cstdint>
#include <string_view>

#include "kafka/server/call.h"

namespace kafka::server {

// What these fields say when the client did not ask.
inline constexpr int32_t kOperationsNotAsked = INT32_MIN;

// Bit n is set when the operation numbered n is allowed.
[[nodiscard]] int32_t AuthorizedOperations(const Call& call, ResourceType type,
                                           std::string_view name);

}  // namespace kafka::server
