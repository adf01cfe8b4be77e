#include "env/unix_socket.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/check.h"
#include "env/wait.h"

namespace env {
namespace {

// Calls `use` with an address for `path`. A path too long for sockaddr_un goes through the
// folder's descriptor, which is open during the call.
template <typename Use>
base::Result<void> WithAddress(const std::string& path, Use use) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() < sizeof(address.sun_path)) {
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return use(reinterpret_cast<const sockaddr*>(&address), socklen_t{sizeof(address)});
  }
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  const Descriptor opened(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() < 0) return base::FromErrno(errno, "cannot open " + folder);
  const int length = std::snprintf(address.sun_path, sizeof(address.sun_path),
                                   "/proc/self/fd/%d/%s", opened.get(), name.c_str());
  if (length < 0 || static_cast<size_t>(length) >= sizeof(address.sun_path)) {
    return base::InvalidArgument("the name of the socket '" + name + "' is too long");
  }
  return use(reinterpret_cast<const sockaddr*>(&address), socklen_t{sizeof(address)});
}

}  // namespace

base::Result<std::unique_ptr<PlainSocket>> ConnectUnix(const std::string& path,
                                                       int64_t timeout_ms) {
  Descriptor opened(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int descriptor = opened.get();
  if (descriptor < 0) return base::FromErrno(errno, "cannot make a socket");
  // A full queue of the listener makes connect wait; the send timeout bounds that wait.
  const timeval patience{.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
  CHECK(setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0);
  TRY(WithAddress(path, [&](const sockaddr* address, socklen_t size) -> base::Result<void> {
    while (connect(descriptor, address, size) != 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return base::Timeout("nobody took the connection to " + path);
      if (errno == ECONNREFUSED) return base::Unavailable("nobody listens on " + path);
      return base::FromErrno(errno, "cannot connect to " + path);
    }
    return {};
  }));
  CHECK(fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0);
  return std::make_unique<PlainSocket>(std::move(opened));
}

base::Result<std::unique_ptr<UnixListener>> UnixListener::Listen(const std::string& path,
                                                                 int backlog) {
  Descriptor descriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (descriptor.get() < 0) return base::FromErrno(errno, "cannot make a socket");
  const std::string unborn = path + ".new";
  if (unlink(unborn.c_str()) != 0 && errno != ENOENT) {
    return base::FromErrno(errno, "cannot remove " + unborn);
  }
  TRY(WithAddress(unborn, [&](const sockaddr* address, socklen_t size) -> base::Result<void> {
    // Permissions before the name exists: between bind and chmod others could connect.
    if (fchmod(descriptor.get(), 0600) != 0 || bind(descriptor.get(), address, size) != 0) {
      return base::FromErrno(errno, "cannot make the socket " + unborn);
    }
    return {};
  }));
  if (listen(descriptor.get(), backlog) != 0) {
    return base::FromErrno(errno, "cannot listen on " + unborn);
  }
  if (rename(unborn.c_str(), path.c_str()) != 0) {
    return base::FromErrno(errno, "cannot put the socket at " + path);
  }
  return std::unique_ptr<UnixListener>(new UnixListener(std::move(descriptor)));
}

base::Result<std::unique_ptr<PlainSocket>> UnixListener::Accept(const WakeEvent& wake) {
  for (;;) {
    std::array<pollfd, 2> waits{pollfd{.fd = descriptor_.get(), .events = POLLIN, .revents = 0},
                                pollfd{.fd = wake.descriptor(), .events = POLLIN, .revents = 0}};
    TRY(Poll(waits, -1));
    if (waits[1].revents != 0) return std::unique_ptr<PlainSocket>();
    const int accepted = accept4(descriptor_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (accepted >= 0) return std::make_unique<PlainSocket>(Descriptor(accepted));
    // The client may have left between poll and accept; that is no error of the listener.
    const bool passing = errno == EINTR || errno == EAGAIN || errno == ECONNABORTED;
    if (!passing) return base::FromErrno(errno, "cannot accept a connection");
  }
}

}  // namespace env
