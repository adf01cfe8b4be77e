// The standard input of `topic produce` as a sequence of requests: whole records, as many as are
// there, so that a person's line is produced at once and a large file in large pieces. Runs in the
// process of the command line, wherever the log is. THREAD: the command's.
#pragma once

#include <functional>
#include <string>

#include "app/context.h"

namespace app {

// Calls `produce` with each piece until the input ends, a call fails, or the stop fires; the exit
// code. At least one call is made. BLOCKS.
int ProduceInput(const CommandContext& context,
                 const std::function<int(const serve::OwnerRequest& request)>& produce);

}  // namespace app
