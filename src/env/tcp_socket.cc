#include "env/tcp_socket.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/text.h"
#include "env/wait.h"

namespace env {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* addresses) const { freeaddrinfo(addresses); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

base::Result<Addresses> Resolve(const HostPort& address, int flags) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(address.host.empty() ? nullptr : address.host.c_str(),
                                std::to_string(address.port).c_str(), &wanted, &found);
  if (error == 0) return Addresses(found);
  const std::string why = error == EAI_SYSTEM ? std::strerror(errno) : gai_strerror(error);
  return base::InvalidArgument("the host '" + address.host + "' has no address: " + why);
}

// The numbers of an address; an IPv4 one inside of IPv6 in its own form.
HostPort NumbersOf(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    (void)inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    return {.host = text.data(), .port = ntohs(v4.sin_port)};
  }
  if (address.ss_family != AF_INET6) return {};
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
    (void)inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text.data(), text.size());
  } else {
    (void)inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
  }
  return {.host = text.data(), .port = ntohs(v6.sin6_port)};
}

HostPort LocalEnd(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  return NumbersOf(address);
}

void SetOption(int descriptor, int level, int option) {
  const int on = 1;
  (void)setsockopt(descriptor, level, option, &on, sizeof(on));
}

// Answers are whole messages: waiting for more to send with them only delays them. Keep-alive finds
// peers that vanished without a word.
void SetConnectionOptions(int descriptor) {
  SetOption(descriptor, IPPROTO_TCP, TCP_NODELAY);
  SetOption(descriptor, SOL_SOCKET, SO_KEEPALIVE);
}

base::Result<Descriptor> ListenOn(const addrinfo& address, const std::string& name, int backlog) {
  Descriptor descriptor(
      socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
  if (descriptor.get() < 0) return base::FromErrno(errno, "cannot make a socket");
  // A port whose last owner has just ended is free, whatever its connections still wait for.
  SetOption(descriptor.get(), SOL_SOCKET, SO_REUSEADDR);
  if (address.ai_family == AF_INET6) {
    const int both = 0;  // the any-address takes IPv4 too
    (void)setsockopt(descriptor.get(), IPPROTO_IPV6, IPV6_V6ONLY, &both, sizeof(both));
  }
  if (bind(descriptor.get(), address.ai_addr, address.ai_addrlen) != 0 ||
      listen(descriptor.get(), backlog) != 0) {
    if (errno == EADDRINUSE) return base::AlreadyExists("another program listens on " + name);
    return base::FromErrno(errno, "cannot listen on " + name);
  }
  return descriptor;
}

base::Result<void> Connect(int descriptor, const addrinfo& address, const std::string& name,
                           int64_t timeout_ms) {
  int error = 0;
  if (connect(descriptor, address.ai_addr, address.ai_addrlen) != 0) error = errno;
  if (error == EINPROGRESS || error == EINTR) {
    pollfd wait{.fd = descriptor, .events = POLLOUT, .revents = 0};
    if (TRY(Poll({&wait, 1}, timeout_ms)) == 0) {
      return base::Timeout("no answer of " + name + " to a connection");
    }
    socklen_t size = sizeof(error);
    if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  }
  if (error == 0) return {};
  if (error == ECONNREFUSED) return base::Unavailable("nobody listens on " + name);
  return base::FromErrno(error, "cannot connect to " + name);
}

}  // namespace

std::string HostPort::ToString() const {
  const bool brackets = host.find(':') != std::string::npos;
  return (brackets ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

base::Result<HostPort> ParseHostPort(std::string_view text) {
  const auto wrong = [&] {
    return base::InvalidArgument("'" + std::string(text) + "' is not an address",
                                 "Write host:port, for example 127.0.0.1:9092 or [::1]:9092.");
  };
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong();
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  HostPort address;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  if (error != std::errc() || end != digits.data() + digits.size()) return wrong();
  if (host.starts_with('[') && host.ends_with(']') && host.size() > 2) {
    host = host.substr(1, host.size() - 2);
    in6_addr ignored{};
    if (inet_pton(AF_INET6, std::string(host).c_str(), &ignored) != 1) return wrong();
  } else if (host.find_first_of(":[]/ \t") != std::string_view::npos) {
    return wrong();
  }
  if (host != "*") address.host = host;
  return address;
}

bool IsLoopback(std::string_view host) {
  const std::string text(host);
  in_addr v4{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  in6_addr v6{};
  if (inet_pton(AF_INET6, text.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return base::EqualsIgnoreCase(host, "localhost");
}

base::Result<std::unique_ptr<PlainSocket>> ConnectTcp(const HostPort& address, int64_t timeout_ms) {
  const Addresses addresses = TRY(Resolve(address, 0));
  base::Result<void> last = base::Internal("a host without addresses");
  for (const addrinfo* one = addresses.get(); one != nullptr; one = one->ai_next) {
    Descriptor descriptor(
        socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
    if (descriptor.get() < 0) return base::FromErrno(errno, "cannot make a socket");
    last = Connect(descriptor.get(), *one, address.ToString(), timeout_ms);
    if (!last.ok()) continue;
    SetConnectionOptions(descriptor.get());
    return std::make_unique<PlainSocket>(std::move(descriptor));
  }
  return last.error();
}

base::Result<std::unique_ptr<TcpListener>> TcpListener::Listen(const HostPort& address,
                                                               int backlog) {
  const Addresses addresses = TRY(Resolve(address, AI_PASSIVE));
  // Of "every address" the IPv6 one, which takes both kinds; of a name the first one.
  const addrinfo* best = addresses.get();
  if (address.host.empty()) {
    for (const addrinfo* one = best; one != nullptr; one = one->ai_next) {
      if (one->ai_family == AF_INET6) best = one;
    }
  }
  auto descriptor = ListenOn(*best, address.ToString(), backlog);
  if (!descriptor.ok() && best != addresses.get() &&
      descriptor.error().code() != base::Code::kAlreadyExists) {
    descriptor = ListenOn(*addresses, address.ToString(), backlog);  // a machine without IPv6
  }
  Descriptor listening = TRY(std::move(descriptor));
  const uint16_t port = LocalEnd(listening.get()).port;
  return std::unique_ptr<TcpListener>(new TcpListener(std::move(listening), port));
}

base::Result<AcceptedTcp> TcpListener::TryAccept() {
  sockaddr_storage peer{};
  socklen_t size = sizeof(peer);
  Descriptor accepted(accept4(descriptor_.get(), reinterpret_cast<sockaddr*>(&peer), &size,
                              SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (accepted.get() >= 0) {
    SetConnectionOptions(accepted.get());
    AcceptedTcp taken{.socket = nullptr, .peer = NumbersOf(peer), .local = {}};
    taken.local = LocalEnd(accepted.get());
    taken.socket = std::make_unique<PlainSocket>(std::move(accepted));
    return taken;
  }
  switch (errno) {
    case EAGAIN:
    case EINTR:
    // What befell the connection before it was taken (accept(2)) is no error of the listener.
    case ECONNABORTED:
    case ENETDOWN:
    case EPROTO:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
      return AcceptedTcp{};
    default:
      return base::FromErrno(errno, "cannot accept a connection");
  }
}

base::Result<void> WaitForConnection(std::span<const std::unique_ptr<TcpListener>> listeners,
                                     const WakeEvent& wake) {
  std::vector<pollfd> waits = {{.fd = wake.descriptor(), .events = POLLIN, .revents = 0}};
  for (const auto& listener : listeners) {
    waits.push_back({.fd = listener->descriptor(), .events = POLLIN, .revents = 0});
  }
  TRY(Poll(waits, -1));
  return {};
}

}  // namespace env
