#include "env/socket.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "env/wait.h"

namespace env {

Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

std::span<std::string_view> Advance(std::span<std::string_view> pieces, size_t count) {
  while (!pieces.empty() && count >= pieces.front().size()) {
    count -= pieces.front().size();
    pieces = pieces.subspan(1);
  }
  if (!pieces.empty()) pieces.front().remove_prefix(count);
  return pieces;
}

base::Result<void> Socket::WriteAll(std::string_view bytes, int64_t stall_ms) {
  while (!bytes.empty()) {
    const size_t count = TRY(Write({&bytes, 1}));
    bytes.remove_prefix(count);
    if (count == 0 && !TRY(WaitWritable(stall_ms))) {
      return base::Timeout("the other end of a socket takes no more");
    }
  }
  return {};
}

base::Result<Waited> PlainSocket::WaitReadable(int64_t timeout_ms, const WakeEvent* wake) {
  std::array<pollfd, 2> waits{pollfd{.fd = descriptor_.get(), .events = POLLIN, .revents = 0},
                              pollfd{.fd = -1, .events = POLLIN, .revents = 0}};
  if (wake != nullptr) waits[1].fd = wake->descriptor();
  if (TRY(Poll(waits, timeout_ms)) == 0) return Waited::kTimeout;
  return waits[1].revents != 0 ? Waited::kWoken : Waited::kReadable;
}

base::Result<std::optional<size_t>> PlainSocket::Read(char* buffer, size_t size) {
  for (;;) {
    const ssize_t count = recv(descriptor_.get(), buffer, size, 0);
    if (count >= 0) return std::optional<size_t>(static_cast<size_t>(count));
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return std::optional<size_t>();
    if (errno == ECONNRESET) return std::optional<size_t>(0);  // the other end died, bytes unread
    return base::FromErrno(errno, "cannot read from a socket");
  }
}

base::Result<size_t> PlainSocket::Write(std::span<const std::string_view> pieces) {
  constexpr size_t kPiecesMax = 64;  // a call; the kernel takes up to 1,024
  std::array<iovec, kPiecesMax> vectors;
  size_t num_vectors = 0;
  for (const std::string_view piece : pieces) {
    if (piece.empty()) continue;
    if (num_vectors == kPiecesMax) break;
    vectors[num_vectors++] = {.iov_base = const_cast<char*>(piece.data()),
                              .iov_len = piece.size()};
  }
  if (num_vectors == 0) return size_t{0};
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = num_vectors;
  for (;;) {
    const ssize_t count = sendmsg(descriptor_.get(), &message, MSG_NOSIGNAL);
    if (count >= 0) return static_cast<size_t>(count);
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return size_t{0};
    return base::FromErrno(errno, "cannot write to a socket");
  }
}

base::Result<bool> PlainSocket::WaitWritable(int64_t timeout_ms) {
  pollfd wait{.fd = descriptor_.get(), .events = POLLOUT, .revents = 0};
  return TRY(Poll({&wait, 1}, timeout_ms)) > 0;
}

void PlainSocket::Shutdown() { (void)shutdown(descriptor_.get(), SHUT_RDWR); }

base::Result<uint32_t> PlainSocket::PeerUser() {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (getsockopt(descriptor_.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return base::FromErrno(errno, "cannot tell who is at the other end of a socket");
  }
  return peer.uid;
}

}  // namespace env
