#include "env/event.h"

#include <cerrno>

#include <sys/eventfd.h>
#include <unistd.h>

#include "env/wait.h"

namespace env {

base::Result<std::unique_ptr<WakeEvent>> WakeEvent::Create() {
  const int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (descriptor < 0) return base::FromErrno(errno, "cannot make an event");
  return std::unique_ptr<WakeEvent>(new WakeEvent(descriptor));
}

WakeEvent::~WakeEvent() { close(descriptor_); }

void WakeEvent::Set() {
  if (set_.exchange(true)) return;
  const uint64_t one = 1;
  // Fails only when the counter is full, and then it is readable already.
  (void)!write(descriptor_, &one, sizeof(one));
}

void WakeEvent::Clear() {
  uint64_t count = 0;
  (void)!read(descriptor_, &count, sizeof(count));
  // Last: the other way round a Set in between would leave the flag up with nothing to read.
  set_.store(false);
}

bool WakeEvent::WaitFor(int64_t timeout_ms) const {
  pollfd wait{.fd = descriptor_, .events = POLLIN, .revents = 0};
  const auto ready = Poll({&wait, 1}, timeout_ms);
  return ready.ok() && *ready > 0;
}

}  // namespace env
