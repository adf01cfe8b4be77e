// ConnectionServer: listens on TCP addresses and gives each connection a thread, up to a bound. The
// Kafka and the HTTP listener are a function over this. Owner; THREAD: any.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/metrics.h"
#include "base/result.h"
#include "env/event.h"
#include "env/socket.h"
#include "env/tcp_socket.h"
#include "env/thread.h"
#include "env/tls.h"

namespace serve {

struct ListenAddress {
  env::HostPort address;                            // port 0: one that is free
  std::shared_ptr<const env::TlsServer> tls = {};  // none: plain
};

// One connection, as the function that serves it sees it. Owned by the server; THREAD: the
// connection's.
struct Connection {
  size_t listener = 0;  // into the addresses
  env::HostPort peer;
  env::HostPort local;
  std::unique_ptr<env::Socket> socket;
  std::string certificate = {};  // name in the peer's, "" without one
  // Set by whoever has news for the connection, and when it should end.
  std::shared_ptr<env::WakeEvent> wake;
  std::atomic<bool> stopping = false;  // take no new requests, end when none is under way
  std::atomic<bool> aborted = false;   // end now

 private:
  friend class ConnectionServer;
  std::unique_ptr<env::PlainSocket> accepted;  // what `socket` will be made of
  std::unique_ptr<env::Thread> thread;
};

class ConnectionServer {
 public:
  struct Options {
    std::string name;  // "kafka": the label of its metrics
    std::vector<ListenAddress> addresses;
    size_t connections_max;
    size_t stack_bytes;
    std::function<void(Connection&)> serve;  // until the connection ends
    base::Metrics* metrics;                  // borrowed
  };

  // ERRORS: kAlreadyExists: a port is taken; kInvalidArgument: a host without address.
  static base::Result<std::unique_ptr<ConnectionServer>> Start(Options options);
  ~ConnectionServer() { Stop(0); }
  ConnectionServer(const ConnectionServer&) = delete;
  ConnectionServer& operator=(const ConnectionServer&) = delete;

  // Takes no more connections, lets those there are end what is under way for `patience_ms`, and
  // closes the rest. BLOCKS. THREAD: one; again does nothing.
  void Stop(int64_t patience_ms);

  // As they were bound: with the ports that were free.
  [[nodiscard]] std::vector<env::HostPort> addresses() const;
  [[nodiscard]] size_t num_connections() const;

 private:
  explicit ConnectionServer(Options options);
  void AcceptAll();
  bool AcceptFrom(size_t listener);  // false: could not, for want of descriptors
  void Admit(size_t listener, env::AcceptedTcp accepted);
  void Run(Connection& connection);
  bool Prepare(Connection& connection);  // the TLS handshake, where there is one
  void Reap();

  const Options options_;
  base::Counter& accepted_;
  base::Counter& refused_;
  base::Counter& handshakes_failed_;
  base::Gauge& open_;
  std::unique_ptr<env::WakeEvent> wake_;  // of the acceptor
  std::vector<std::unique_ptr<env::TcpListener>> listeners_;
  std::vector<env::HostPort> addresses_;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;  // guards the lists
  std::condition_variable ended_;
  std::list<std::unique_ptr<Connection>> connections_;
  std::list<std::unique_ptr<Connection>> finished_;  // whose threads are to be waited for
  std::thread acceptor_;
};

}  // namespace serve
