// KafkaListener: connections that speak the Kafka protocol. Moves bytes between sockets and
// sessions (kafka/server/session.h) and keeps slow and hostile peers from harming others. docs/serve.md.
// Owner; THREAD: any.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/memory_budget.h"
#include "base/metrics.h"
#include "base/result.h"
#include "kafka/server/session.h"
#include "serve/connections.h"

namespace serve {

struct KafkaAddress {
  ListenAddress listen;
  std::string name;  // of the listener
  // What clients are told to connect to. No host: the address they reached us by, no port: ours.
  kafka::server::Endpoint advertised = {};
  bool needs_sasl = false;
};

class KafkaListener {
 public:
  using StartSession = std::function<std::unique_ptr<kafka::server::Session>(
      kafka::server::Peer peer, std::shared_ptr<logs::Watcher> watcher)>;

  struct Options {
    std::vector<KafkaAddress> addresses;
    StartSession start_session;      // THREAD: any
    base::MemoryAccount* requests;   // borrowed, like all below: bytes of requests being read
    base::MemoryAccount* responses;  // bytes of responses being written
    base::Metrics* metrics;
    const base::Clock* clock;
    size_t connections_max = base::limits::kKafkaConnectionsMax;
    size_t request_bytes_max = base::limits::kKafkaRequestBytesMax;
    int64_t idle_ms = base::limits::kKafkaIdleMs;
    int64_t stall_ms = base::limits::kKafkaStallMs;
    int64_t stall_tight_ms = base::limits::kKafkaStallTightMs;
    int64_t whole_tight_ms = base::limits::kKafkaWholeTightMs;
  };

  // ERRORS: those of ConnectionServer::Start.
  static base::Result<std::unique_ptr<KafkaListener>> Start(Options options);
  // Ends what is under way, for `patience_ms` at most. BLOCKS. THREAD: one.
  void Stop(int64_t patience_ms) { server_->Stop(patience_ms); }
  [[nodiscard]] std::vector<env::HostPort> addresses() const { return server_->addresses(); }
  [[nodiscard]] size_t num_connections() const { return server_->num_connections(); }

 private:
  explicit KafkaListener(Options options);

  const Options options_;
  base::Counter& bytes_in_;
  base::Counter& bytes_out_;
  std::atomic<bool> overdrawn_ = false;  // one connection may go on without room (kafka_listener.cc)
  std::unique_ptr<ConnectionServer> server_;

  friend class KafkaConnection;
};

}  // namespace serve
