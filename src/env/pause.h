// Pause: letting time pass, for the short waits between attempts. BLOCKS.
#pragma once

#include <cstdint>

namespace env {

void Pause(int64_t duration_us);

}  // namespace env
