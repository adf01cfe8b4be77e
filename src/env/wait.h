// Poll: the one wait of this room: poll(2) with a deadline that signals do not move. BLOCKS.
#pragma once

#include <cstdint>
#include <span>

#include <poll.h>

#include "base/result.h"

namespace env {

// How many of `waits` are ready; 0 when `timeout_ms` have passed (negative: without end).
base::Result<int> Poll(std::span<pollfd> waits, int64_t timeout_ms);

}  // namespace env
