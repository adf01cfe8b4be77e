// ApiVersions: which requests this server takes, the first thing a client asks. THREAD: the
// session's.
#pragma once

#include <memory>

#include "kafka/server/answer.h"
#include "kafka/server/call.h"
#include "kafka/server/exchange.h"

namespace kafka::wire {
struct ApiVersionsRequest;
struct ApiVersionsResponse;
}  // namespace kafka::wire

namespace kafka::server {

Answer<wire::ApiVersionsResponse> Handle(const wire::ApiVersionsRequest& request, Call& call);

// The answer to an ApiVersions of a version that we do not know: the table, in version 0, with
// UNSUPPORTED_VERSION (KIP-511).
[[nodiscard]] std::unique_ptr<Exchange> RefuseApiVersions(Call call);

}  // namespace kafka::server
