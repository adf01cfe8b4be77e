#include "serve/kafka_listener.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "env/pause.h"
#include "serve/kafka_frames.h"

namespace serve {

namespace limits = base::limits;

// A session's watcher: wakes the thread of its connection.
class WakeOnNotify final : public logs::Watcher {
 public:
  explicit WakeOnNotify(std::shared_ptr<env::WakeEvent> event) : event_(std::move(event)) {}
  void Notify() override { event_->Set(); }

 private:
  const std::shared_ptr<env::WakeEvent> event_;
};

// The life of one connection, on the stack of its thread.
class KafkaConnection {
 public:
  KafkaConnection(KafkaListener& listener, Connection& connection)
      : listener_(listener),
        options_(listener.options_),
        connection_(connection),
        frames_(options_.request_bytes_max, options_.requests),
        in_flight_(options_.requests),
        responses_(options_.responses),
        session_(options_.start_session(PeerOf(),
                                        std::make_shared<WakeOnNotify>(connection.wake))),
        last_byte_ms_(Now()) {}
  ~KafkaConnection() { ReturnOverdraft(); }

  void Run() {
    const auto ended = Serve();
    if (ended.ok()) return;
    LOG_INFO("a connection was closed", {{"peer", connection_.peer.ToString()},
                                         {"error", ended.error().ToString()}});
  }

 private:
  using Found = KafkaFrames::Found;

  [[nodiscard]] int64_t Now() const { return options_.clock->MonotonicMs(); }

  [[nodiscard]] kafka::server::Peer PeerOf() const {
    const KafkaAddress& address = options_.addresses[connection_.listener];
    kafka::server::Peer peer{.host = connection_.peer.host, .listener = address.name};
    peer.encrypted = address.listen.tls != nullptr;
    peer.certificate = connection_.certificate;
    peer.needs_sasl = address.needs_sasl;
    peer.advertised = address.advertised;
    if (peer.advertised.host.empty()) peer.advertised.host = connection_.local.host;
    if (peer.advertised.port == 0) peer.advertised.port = connection_.local.port;
    return peer;
  }

  base::Result<void> Serve() {
    while (!connection_.aborted) {
      // Before looking: what comes later wakes the wait below.
      if (std::exchange(woken_, false)) connection_.wake->Clear();
      TRY(Answer());
      const bool under_way = session_->deadline_ms().has_value();
      if (connection_.stopping && !under_way) return {};
      // While memory is tight, one request of a connection at a time.
      const bool crowded = in_flight_.bytes() > 0 && options_.requests->tight();
      const bool wants = session_->wants_request() && !crowded && !connection_.stopping;
      const Found found = wants ? TRY(Receive()) : Found::kNothing;
      if (found == Found::kFrame) continue;
      if (found == Found::kEnd) return {};  // whoever closes does not wait for answers
      TRY(Wait(wants, found == Found::kNoMemory));
    }
    return {};
  }

  // Hands the next request to the session, if a whole one has come.
  base::Result<Found> Receive() {
    const uint64_t before = frames_.bytes_read();
    const bool midway = frames_.midway();
    auto found = frames_.Read(*connection_.socket);
    if (frames_.bytes_read() > before) {
      listener_.bytes_in_.Add(frames_.bytes_read() - before);
      if (!midway) request_begun_ms_ = Now();
      last_byte_ms_ = Now();
      memory_wanted_since_ms_ = -1;
    }
    if (!found.ok() || *found != Found::kFrame) return found;
    ReturnOverdraft();
    auto received = session_->Receive(frames_.Take());
    HoldInFlight();
    frames_.Release();
    if (!received.ok()) {
      TRY(Answer());  // what it has to say before it goes
      return std::move(received).error();
    }
    return found;
  }

  void HoldInFlight() {
    const size_t bytes = session_->request_bytes();
    if (in_flight_.bytes() == 0 && bytes > 0) in_flight_since_ms_ = Now();
    in_flight_.Hold(bytes);
  }

  // Writes every response that is ready, many by one call.
  base::Result<void> Answer() {
    for (;;) {
      TRY(WaitForResponseMemory());
      std::vector<kafka::server::Frame> frames;
      size_t bytes = 0;
      while (bytes < limits::kKafkaWriteBytes) {
        auto frame = TRY(session_->Next());
        if (!frame) break;
        for (const std::string& piece : *frame) bytes += piece.size();
        frames.push_back(std::move(*frame));
      }
      HoldInFlight();
      if (frames.empty()) return {};
      responses_.Hold(bytes);
      TRY(Write(frames));
      responses_.Hold(0);
      listener_.bytes_out_.Add(bytes);
      last_byte_ms_ = Now();
    }
  }

  // Those who read too slowly are closed while memory is tight, so it comes free soon.
  base::Result<void> WaitForResponseMemory() {
    const base::MemoryAccount& account = *options_.responses;
    const int64_t begun_ms = Now();
    while (account.used_bytes() > account.limit_bytes()) {
      if (connection_.aborted) return base::Cancelled("the server stops");
      if (Now() - begun_ms >= limits::kMemoryWaitMs) {
        return base::Unavailable("no memory for a response");
      }
      env::Pause(limits::kMemoryRetryMs * 1'000);  // an event would be set, or soon be
    }
    return {};
  }

  base::Result<void> Write(const std::vector<kafka::server::Frame>& frames) {
    std::vector<std::string_view> views;
    for (const auto& frame : frames) views.insert(views.end(), frame.begin(), frame.end());
    std::span<std::string_view> pieces = env::Advance(views, 0);
    const int64_t begun_ms = Now();
    int64_t moved_ms = begun_ms;
    while (!pieces.empty()) {
      const size_t count = TRY(connection_.socket->Write(pieces));
      pieces = env::Advance(pieces, count);
      if (count > 0) {
        moved_ms = Now();
        continue;
      }
      // In short waits: whether there is time depends on how much memory others need.
      const bool writable = TRY(connection_.socket->WaitWritable(options_.stall_tight_ms));
      if (connection_.aborted) return base::Cancelled("the server stops");
      if (TooSlow(*options_.responses, writable ? Now() : moved_ms, begun_ms)) {
        return base::Timeout("the client does not read its responses");
      }
    }
    return {};
  }

  // A peer that moves nothing may do so for long while nobody misses the memory it holds. Where
  // others do, it must move, and be done in a fair time.
  [[nodiscard]] bool TooSlow(const base::MemoryAccount& account, int64_t moved_ms,
                             int64_t begun_ms) const {
    const int64_t now = Now();
    if (!account.tight()) return now - moved_ms >= options_.stall_ms;
    return now - moved_ms >= options_.stall_tight_ms || now - begun_ms >= options_.whole_tight_ms;
  }

  // Until the session has news, the client has sent something (if `wants`), or memory may have come
  // free. An error when the client has been silent for too long.
  base::Result<void> Wait(bool wants, bool no_memory) {
    const int64_t now = Now();
    if (no_memory) return WaitForMemory(now);
    int64_t timeout_ms = INT64_MAX;
    const auto deadline = session_->deadline_ms();
    if (deadline) timeout_ms = std::max<int64_t>(0, *deadline - now);
    if (in_flight_.bytes() > limits::kKafkaSmallRequestsBytes && options_.requests->tight()) {
      if (now - in_flight_since_ms_ >= options_.stall_ms) {
        return base::Timeout("large requests that wait, while others need the memory");
      }
      timeout_ms = std::min(timeout_ms, options_.stall_tight_ms);
    }
    if (wants && frames_.midway()) {
      if (TooSlow(*options_.requests, last_byte_ms_, request_begun_ms_)) {
        return base::Timeout("the rest of a request does not come");
      }
      timeout_ms = std::min(timeout_ms, options_.stall_tight_ms);
    } else if (!deadline) {
      const int64_t idle_ms = now - last_byte_ms_;
      if (idle_ms >= options_.idle_ms) return base::Timeout("the connection is idle");
      timeout_ms = std::min(timeout_ms, options_.idle_ms - idle_ms);
    }
    if (wants) {
      const auto waited = connection_.socket->WaitReadable(timeout_ms, connection_.wake.get());
      woken_ = TRY(waited) == env::Waited::kWoken;
    } else {
      woken_ = connection_.wake->WaitFor(timeout_ms);
    }
    return {};
  }

  // Whoever is stuck for want of memory holds some: if all were stuck, none would ever give back.
  // So one at a time may go on without room, and the account exceeds its limit by one request.
  base::Result<void> WaitForMemory(int64_t now) {
    if (!listener_.overdrawn_.exchange(true)) {
      frames_.Overdraw();
      holds_overdraft_ = true;
      return {};
    }
    if (memory_wanted_since_ms_ < 0) memory_wanted_since_ms_ = now;
    if (now - memory_wanted_since_ms_ >= limits::kMemoryWaitMs) {
      return base::Unavailable("no memory for a request");
    }
    last_byte_ms_ = now;  // the client is not to blame
    woken_ = connection_.wake->WaitFor(limits::kMemoryRetryMs);
    return {};
  }

  void ReturnOverdraft() {
    if (std::exchange(holds_overdraft_, false)) listener_.overdrawn_ = false;
  }

  KafkaListener& listener_;
  const KafkaListener::Options& options_;
  Connection& connection_;
  KafkaFrames frames_;
  base::MemoryCharge in_flight_;  // requests the session has
  base::MemoryCharge responses_;
  const std::unique_ptr<kafka::server::Session> session_;
  int64_t last_byte_ms_;  // that moved, either way
  int64_t memory_wanted_since_ms_ = -1;
  int64_t request_begun_ms_ = 0;
  int64_t in_flight_since_ms_ = 0;
  bool holds_overdraft_ = false;
  bool woken_ = false;
};

KafkaListener::KafkaListener(Options options)
    : options_(std::move(options)),
      bytes_in_(options_.metrics->CounterOf("tributary_kafka_received_bytes_total",
                                            "Bytes received from Kafka clients.")),
      bytes_out_(options_.metrics->CounterOf("tributary_kafka_sent_bytes_total",
                                             "Bytes sent to Kafka clients.")) {}

base::Result<std::unique_ptr<KafkaListener>> KafkaListener::Start(Options options) {
  auto listener = std::unique_ptr<KafkaListener>(new KafkaListener(std::move(options)));
  std::vector<ListenAddress> addresses;
  for (const KafkaAddress& one : listener->options_.addresses) addresses.push_back(one.listen);
  listener->server_ = TRY(ConnectionServer::Start(
      {.name = "kafka",
       .addresses = std::move(addresses),
       .connections_max = listener->options_.connections_max,
       .stack_bytes = limits::kConnectionStackBytes,
       .serve = [self = listener.get()](
                    Connection& connection) { KafkaConnection(*self, connection).Run(); },
       .metrics = listener->options_.metrics}));
  return listener;
}

}  // namespace serve
