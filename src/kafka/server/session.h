// Session: the conversation of one connection, without I/O: whole request frames in, response
// frames out in the order of the requests. Produce requests overlap while they wait to become
// durable; any other request waits until those before it are answered. Owner; THREAD: its
// connection's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "kafka/server/broker.h"
#include "kafka/server/exchange.h"
#include "kafka/server/peer.h"
#include "log/watcher.h"

namespace kafka::server {

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
  // Bytes of the requests that were received and are not answered yet.
  [[nodiscard]] virtual size_t request_bytes() const = 0;
  // When Next must be called at the latest (monotonic clock); nullopt: no request waits.
  [[nodiscard]] virtual std::optional<int64_t> deadline_ms() const = 0;
};

}  // namespace kafka::server
