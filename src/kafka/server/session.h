// Session: the conversation of one connection, without I/O: whole request frames in, response frames
// out in the order of the requests. Produce requests overlap while they wait to become durable; any
// other request waits until those before it are answered. Owner; THREAD: its connection's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kafka/server/broker.h"
#include "log/watcher.h"

namespace kafka::server {

// How the peer reached us.
struct Peer {
  std::string host;              // its address, without the port
  std::string listener = {};     // name of the listener
  bool encrypted = false;        // TLS
  std::string certificate = {};  // distinguished name of its certificate, "" without one
  bool needs_sasl = false;       // the listener serves nothing before authentication
  Endpoint advertised = {};      // of this listener
};

// The bytes of a response, length prefix included, in pieces to be written one after the other.
using Frame = std::vector<std::string>;

class Session {
 public:
  // `watcher` is notified whenever Next may have something new.
  static std::unique_ptr<Session> Start(Broker& broker, Peer peer,
                                        std::shared_ptr<logs::Watcher> watcher);
  virtual ~Session() = default;

  // Takes a request frame (without its length prefix). An Error means: the peer broke the protocol
  // or may not go on; close the connection once what Next still has is written.
  // REQUIRES: wants_request().
  virtual base::Result<void> Receive(std::string frame) = 0;
  // The next response that is ready; nullopt: none, wait for the watcher or until deadline_ms.
  // An Error means: close.
  virtual base::Result<std::optional<Frame>> Next() = 0;
  // False while so much is under way that no further request may be read (backpressure).
  [[nodiscard]] virtual bool wants_request() const = 0;
  // When Next must be called at the latest (monotonic clock); nullopt: no request waits.
  [[nodiscard]] virtual std::optional<int64_t> deadline_ms() const = 0;
};

}  // namespace kafka::server
