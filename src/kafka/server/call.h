// Call: what a handler knows of a request beside its fields: who asks, over which connection, and
// the broker it may use. The decoded request, its frame and its Call live until the answer is
// given, so a Pending may keep references to them. THREAD: the session's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "kafka/server/authorizer.h"
#include "kafka/server/broker.h"
#include "kafka/server/peer.h"
#include "log/error_code.h"
#include "log/watcher.h"

namespace kafka::server {

class FetchSession;
class SaslExchange;

// One connection's state, across its requests. Owned by the session.
struct Connection {
  Peer peer;
  Principal principal;                     // ANONYMOUS until SASL or a certificate names another
  bool authenticated = false;              // false: only ApiVersions and SASL are served
  std::optional<int64_t> expires_ms = {};  // when it must authenticate again (unix time; KIP-368)
  std::string software_name = {};          // as ApiVersions told (KIP-511)
  std::string software_version = {};
  // Shared pointers, for their makers alone know the types.
  std::shared_ptr<SaslExchange> sasl = {};   // between SaslHandshake and the end of it
  std::shared_ptr<FetchSession> fetch = {};  // the incremental fetch of this connection
};

struct Call {
  Broker& broker;
  Connection& connection;
  int16_t version = 0;                     // of the request, and of the response
  std::string client_id = {};              // "" when the client gave none
  std::shared_ptr<logs::Watcher> watcher;  // wakes the session, which then asks Pending::Poll
  int64_t now_ms = 0;                      // on the monotonic clock, when the request was begun
  size_t request_bytes = 0;
  // Set by a handler whose client is to pause (KIP-219): the session reads no further request for
  // so long, and the response's throttle_time_ms tells.
  int64_t throttle_ms = 0;
  // Set by a handler, or its Pending, when the next request of the connection may begin although
  // this one is not answered, if it is of the same API: a produce whose records are in their place.
  bool may_overlap = false;
  // Set by a handler that has an error to tell and no response to tell it in (acks=0): the
  // connection is closed.
  bool close = false;

  [[nodiscard]] const Principal& principal() const { return connection.principal; }
  [[nodiscard]] bool Allowed(Operation operation, ResourceType type, std::string_view name) const {
    return broker.authorizer.Allows(connection.principal, operation, type, name);
  }
  [[nodiscard]] bool AllowedOnCluster(Operation operation) const {
    return Allowed(operation, ResourceType::kCluster, kClusterResource);
  }
};

// The number on the wire.
constexpr int16_t Code(logs::ErrorCode code) { return static_cast<int16_t>(code); }

}  // namespace kafka::server
