#include "app/interrupts.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace app {

base::Result<std::unique_ptr<Interrupts>> Interrupts::Install(std::function<bool()> first) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  if (pthread_sigmask(SIG_BLOCK, &signals, nullptr) != 0) {
    return base::Internal("cannot block signals");
  }
  const int descriptor = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor < 0) return base::FromErrno(errno, "cannot wait for signals");
  return std::unique_ptr<Interrupts>(
      new Interrupts(std::move(first), TRY(env::WakeEvent::Create()), descriptor));
}

Interrupts::Interrupts(std::function<bool()> first, std::unique_ptr<env::WakeEvent> ended,
                       int descriptor)
    : first_(std::move(first)), ended_(std::move(ended)), descriptor_(descriptor) {
  thread_ = std::thread([this] { Wait(); });
}

Interrupts::~Interrupts() {
  ended_->Set();
  thread_.join();
  close(descriptor_);
}

void Interrupts::Replace(std::function<void()> every) {
  const std::lock_guard guard(mutex_);
  every_ = std::move(every);
}

void Interrupts::Wait() {
  for (;;) {
    std::array<pollfd, 2> waits{pollfd{.fd = descriptor_, .events = POLLIN, .revents = 0},
                                pollfd{.fd = ended_->descriptor(), .events = POLLIN, .revents = 0}};
    if (poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) return;
    if (waits[1].revents != 0) return;
    signalfd_siginfo info{};
    if (read(descriptor_, &info, sizeof(info)) == sizeof(info)) {
      Handle(static_cast<int>(info.ssi_signo));
    }
  }
}

void Interrupts::Handle(int signal) {
  std::function<void()> every;
  {
    const std::lock_guard guard(mutex_);
    every = every_;
  }
  if (every && signal == SIGINT) {
    every();
    return;
  }
  const bool again = signal_.exchange(signal) != 0;
  // No destructors: the lake is safe whenever we end, and waiting is what the person gave up.
  if (again || !first_()) _exit(128 + signal);
}

}  // namespace app
