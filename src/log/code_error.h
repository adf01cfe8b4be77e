// An outcome of the log as an Error, for callers that meet the log through Client and branch on few
// codes. Pure; THREAD: any.
#pragma once

#include <string_view>

#include "base/result.h"
#include "log/error_code.h"

namespace logs {

// kNotFound: no such topic, partition, group; kAlreadyExists; kConflict: another producer or member
// took over, or the group is in use; kTimeout, kUnavailable: try again; kInvalidArgument: a name,
// number, record or offset that cannot be; kUnsupported; kCorruption; kIo; kInternal: the rest.
// REQUIRES: code != kNone.
[[nodiscard]] base::Code CodeOf(ErrorCode code);

// "<what>: <message>", or without a message the protocol's name of the code.
[[nodiscard]] base::Error ErrorOf(ErrorCode code, std::string_view what,
                                  std::string_view message = {});

}  // namespace logs
