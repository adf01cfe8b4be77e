#include "app/process_output.h"

#include <cerrno>

#include <poll.h>
#include <unistd.h>

namespace app {
namespace {

// All of `text`; 0 or the errno that ended it. A non-blocking descriptor is waited for.
int WriteAll(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(descriptor, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<size_t>(count));
    } else if (errno == EAGAIN) {
      pollfd wait{.fd = descriptor, .events = POLLOUT, .revents = 0};
      (void)poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

}  // namespace

void ProcessOutput::Out(std::string_view text) {
  const std::lock_guard guard(mutex_);
  if (out_error_ != 0) return;
  out_error_ = WriteAll(STDOUT_FILENO, text);
  if (out_error_ != 0) stop_.request_stop();
}

void ProcessOutput::Err(std::string_view text) {
  const std::lock_guard guard(mutex_);
  // Without a standard error there is nobody to tell; the work goes on.
  if (!err_broken_) err_broken_ = WriteAll(STDERR_FILENO, text) != 0;
}

int ProcessOutput::out_error() const {
  const std::lock_guard guard(mutex_);
  return out_error_;
}

}  // namespace app
