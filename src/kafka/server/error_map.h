// How a room's Error reads on the wire: one table for all APIs. THREAD: any.
#pragma once

#include "base/result.h"
#include "log/error_code.h"

namespace kafka::server {

// What a client is told of an Error of the log that no handler gave a meaning of its own:
// kNotFound is an unknown topic, kInvalidArgument an invalid request.
[[nodiscard]] logs::ErrorCode ErrorOf(const base::Error& error);

}  // namespace kafka::server
