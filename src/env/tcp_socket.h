// TCP: connecting, listening, and the addresses of both ends. THREAD: a listener belongs to one at
// a time. ERRORS: those of base::FromErrno; kInvalidArgument: a host that has no address.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "env/event.h"
#include "env/socket.h"

namespace env {

struct HostPort {
  std::string host;  // a name or an address; an IPv6 one without brackets
  uint16_t port = 0;
  friend bool operator==(const HostPort&, const HostPort&) = default;
  // "host:port", with brackets around an IPv6 address.
  [[nodiscard]] std::string ToString() const;
};

// "host:port", ":port" and "*:port" (every address: host ""), "[::1]:port". ERRORS:
// kInvalidArgument.
base::Result<HostPort> ParseHostPort(std::string_view text);

// Is the host this machine's own, out of reach of others: localhost, 127.0.0.0/8, ::1?
[[nodiscard]] bool IsLoopback(std::string_view host);

// ERRORS: kUnavailable: nobody listens there; kTimeout.
base::Result<std::unique_ptr<PlainSocket>> ConnectTcp(const HostPort& address, int64_t timeout_ms);

// A connection taken, and its two ends as numbers.
struct AcceptedTcp {
  std::unique_ptr<PlainSocket> socket;
  HostPort peer;
  HostPort local;
};

class TcpListener {
 public:
  // Port 0: one that is free. ERRORS: kAlreadyExists: the port is taken.
  static base::Result<std::unique_ptr<TcpListener>> Listen(const HostPort& address, int backlog);
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;

  // A connection that waits; a null socket when none does.
  base::Result<AcceptedTcp> TryAccept();
  [[nodiscard]] uint16_t port() const { return port_; }
  [[nodiscard]] int descriptor() const { return descriptor_.get(); }

 private:
  TcpListener(Descriptor descriptor, uint16_t port)
      : descriptor_(std::move(descriptor)), port_(port) {}
  const Descriptor descriptor_;
  const uint16_t port_;
};

// BLOCKS: until somebody connects to one of `listeners` or `wake` is set.
base::Result<void> WaitForConnection(std::span<const std::unique_ptr<TcpListener>> listeners,
                                     const WakeEvent& wake);

}  // namespace env
