#include "env/pause.h"

#include <cerrno>

#include <time.h>

namespace env {

void Pause(int64_t duration_us) {
  timespec left{.tv_sec = duration_us / 1'000'000, .tv_nsec = duration_us % 1'000'000 * 1000};
  while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR) {
  }
}

}  // namespace env
