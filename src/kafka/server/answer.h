// Answer: what handling a request gives: a response now, one later, or none. Pending is a response
// that waits for the log: a fetch for records, a produce for durability, a join for the other
// members.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>

namespace kafka::server {

// Owned by the session of its request. THREAD: the session's.
template <typename Response>
class Pending {
 public:
  virtual ~Pending() = default;
  // The response, once there is one: asked after each Notify of the session's watcher and when the
  // deadline has passed (then it must answer).
  virtual std::optional<Response> Poll(int64_t now_ms) = 0;
  // On the monotonic clock.
  [[nodiscard]] virtual int64_t deadline_ms() const = 0;
};

struct NoAnswer {};  // a produce with acks=0

template <typename Response>
using Answer = std::variant<Response, std::unique_ptr<Pending<Response>>, NoAnswer>;

}  // namespace kafka::server
