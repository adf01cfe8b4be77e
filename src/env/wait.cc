#include "env/wait.h"

#include <algorithm>
#include <cerrno>
#include <chrono>

namespace env {
namespace {

int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

base::Result<int> Poll(std::span<pollfd> waits, int64_t timeout_ms) {
  constexpr int64_t kLongestMs = int64_t{1} << 30;  // poll takes an int
  const int64_t deadline = timeout_ms < 0 ? 0 : NowMs() + std::min(timeout_ms, kLongestMs);
  int64_t left = timeout_ms < 0 ? -1 : std::min(timeout_ms, kLongestMs);
  for (;;) {
    const int ready = poll(waits.data(), waits.size(), static_cast<int>(left));
    if (ready >= 0) return ready;
    if (errno != EINTR) return base::FromErrno(errno, "cannot wait for a socket");
    if (timeout_ms >= 0) left = std::max<int64_t>(0, deadline - NowMs());
  }
}

}  // namespace env
