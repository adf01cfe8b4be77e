#include "env/unix_socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/check.h"

namespace env {
namespace {

// Closes its descriptor unless it was released.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return number_; }
  int Release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

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

int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// poll() that goes on after a signal with what is left of the time. Negative: without end.
base::Result<int> Poll(pollfd* waits, nfds_t count, int64_t timeout_ms) {
  const int64_t deadline = NowMs() + timeout_ms;
  for (;;) {
    const int64_t left = timeout_ms < 0 ? -1 : std::max<int64_t>(0, deadline - NowMs());
    const int ready = poll(waits, count, static_cast<int>(std::min<int64_t>(left, 1 << 30)));
    if (ready >= 0) return ready;
    if (errno != EINTR) return base::FromErrno(errno, "cannot wait for a socket");
  }
}

}  // namespace

base::Result<std::unique_ptr<WakeEvent>> WakeEvent::Create() {
  const int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (descriptor < 0) return base::FromErrno(errno, "cannot make an event");
  return std::unique_ptr<WakeEvent>(new WakeEvent(descriptor));
}

WakeEvent::~WakeEvent() { close(descriptor_); }

void WakeEvent::Set() {
  const uint64_t one = 1;
  // Fails only when the counter is full, and then it is readable already.
  (void)!write(descriptor_, &one, sizeof(one));
}

bool WakeEvent::WaitFor(int64_t timeout_ms) const {
  pollfd wait{.fd = descriptor_, .events = POLLIN, .revents = 0};
  const auto ready = Poll(&wait, 1, timeout_ms);
  return ready.ok() && *ready > 0;
}

base::Result<std::unique_ptr<UnixSocket>> UnixSocket::Connect(const std::string& path,
                                                              int64_t timeout_ms) {
  auto connected = std::make_unique<UnixSocket>(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int descriptor = connected->descriptor_;
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
  return connected;
}

UnixSocket::~UnixSocket() {
  if (descriptor_ >= 0) close(descriptor_);
}

base::Result<Waited> UnixSocket::WaitReadable(int64_t timeout_ms, const WakeEvent* wake) {
  std::array<pollfd, 2> waits{pollfd{.fd = descriptor_, .events = POLLIN, .revents = 0},
                              pollfd{.fd = -1, .events = POLLIN, .revents = 0}};
  if (wake != nullptr) waits[1].fd = wake->descriptor();
  if (TRY(Poll(waits.data(), waits.size(), timeout_ms)) == 0) return Waited::kTimeout;
  return waits[1].revents != 0 ? Waited::kWoken : Waited::kReadable;
}

base::Result<size_t> UnixSocket::Read(char* buffer, size_t size) {
  for (;;) {
    const ssize_t count = recv(descriptor_, buffer, size, 0);
    if (count >= 0) return static_cast<size_t>(count);
    if (errno == EINTR) continue;
    if (errno == ECONNRESET) return size_t{0};  // the other end died with bytes unread
    return base::FromErrno(errno, "cannot read from a socket");
  }
}

base::Result<void> UnixSocket::WriteAll(std::string_view bytes, int64_t stall_ms) {
  while (!bytes.empty()) {
    const ssize_t count = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      bytes.remove_prefix(static_cast<size_t>(count));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return base::FromErrno(errno, "cannot write to a socket");
    pollfd wait{.fd = descriptor_, .events = POLLOUT, .revents = 0};
    if (TRY(Poll(&wait, 1, stall_ms)) == 0) {
      return base::Timeout("the other end of a socket takes no more");
    }
  }
  return {};
}

void UnixSocket::Shutdown() { (void)shutdown(descriptor_, SHUT_RDWR); }

base::Result<uint32_t> UnixSocket::PeerUser() {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (getsockopt(descriptor_, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return base::FromErrno(errno, "cannot tell who is at the other end of a socket");
  }
  return peer.uid;
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
  return std::unique_ptr<UnixListener>(new UnixListener(descriptor.Release()));
}

UnixListener::~UnixListener() { close(descriptor_); }

base::Result<std::unique_ptr<UnixSocket>> UnixListener::Accept(const WakeEvent& wake) {
  for (;;) {
    std::array<pollfd, 2> waits{pollfd{.fd = descriptor_, .events = POLLIN, .revents = 0},
                                pollfd{.fd = wake.descriptor(), .events = POLLIN, .revents = 0}};
    TRY(Poll(waits.data(), waits.size(), -1));
    if (waits[1].revents != 0) return std::unique_ptr<UnixSocket>();
    const int accepted = accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (accepted >= 0) return std::make_unique<UnixSocket>(accepted);
    // The client may have left between poll and accept; that is no error of the listener.
    const bool passing = errno == EINTR || errno == EAGAIN || errno == ECONNABORTED;
    if (!passing) return base::FromErrno(errno, "cannot accept a connection");
  }
}

}  // namespace env
