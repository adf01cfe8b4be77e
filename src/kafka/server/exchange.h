// Exchange: one request under way, from its frame to its response, with the types of its API
// hidden. Owner; THREAD: the session's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace kafka::server {

// The bytes of a response, length prefix included, in pieces to be written one after the other.
using Frame = std::vector<std::string>;

class Exchange {
 public:
  virtual ~Exchange() = default;
  // Decodes the request and hands it to its handler. ERRORS: kInvalidArgument: malformed.
  virtual base::Result<void> Begin(int64_t now_ms) = 0;
  // Is it over? To be asked after each notification and when the deadline has passed.
  virtual bool Ready(int64_t now_ms) = 0;
  // The response; nullopt: the request has none. REQUIRES: Ready.
  virtual std::optional<Frame> Take(int32_t correlation_id) = 0;
  // REQUIRES: Begin. In the past when it is over.
  [[nodiscard]] virtual int64_t deadline_ms() const = 0;
  // The next request may begin although this one is not over, if it is of the same API.
  [[nodiscard]] virtual bool may_overlap() const = 0;
  // How long the client is to pause now (KIP-219).
  [[nodiscard]] virtual int64_t throttle_ms() const = 0;
  // The connection is to be closed instead of answering: how a produce without acks learns of
  // errors.
  [[nodiscard]] virtual bool closes() const = 0;
};

}  // namespace kafka::server
