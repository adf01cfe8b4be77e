#include "kafka/server/session.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <utility>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/log.h"
#include "kafka/server/api/api_versions.h"
#include "kafka/server/apis.h"
#include "kafka/server/call.h"
#include "kafka/wire/api_versions.h"

namespace kafka::server {
namespace {

namespace limits = base::limits;

// Time for the histograms only; nothing is decided by it.
int64_t MicrosNow() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

class ConnectionSession final : public Session {
 public:
  ConnectionSession(Broker& broker, Peer peer, std::shared_ptr<logs::Watcher> watcher)
      : broker_(broker), watcher_(std::move(watcher)), latency_(Apis().size()) {
    connection_.authenticated = !peer.needs_sasl;
    connection_.principal.host = peer.host;
    if (!peer.certificate.empty()) connection_.principal.name = "User:" + peer.certificate;
    connection_.peer = std::move(peer);
  }

  base::Result<void> Receive(std::string frame) override {
    CHECK(requests_.size() < limits::kKafkaRequestsInFlightMax);
    // The front of every request, in the form all versions share.
    base::ByteReader reader(frame);
    const auto key = reader.BigEndian<int16_t>();
    const auto version = reader.BigEndian<int16_t>();
    const auto correlation_id = reader.BigEndian<int32_t>();
    if (reader.failed()) return base::InvalidArgument("a request shorter than its header");
    const Api* api = FindApi(key);
    if (api == nullptr) {
      return base::Unsupported("API " + std::to_string(key) + " is not served");
    }
    const bool supported = version >= api->version_min && version <= api->version_max;
    if (!supported && key != wire::ApiVersionsRequest::kApiKey) {
      return base::Unsupported("version " + std::to_string(version) + " of " +
                               std::string(api->name) + " is not served, but " +
                               std::to_string(api->version_min) + " to " +
                               std::to_string(api->version_max));
    }

    Request request{.api = api, .correlation_id = correlation_id, .received_micros = MicrosNow()};
    request.bytes = frame.size();
    Call call{.broker = broker_, .connection = connection_, .watcher = watcher_};
    call.version = supported ? version : int16_t{0};
    call.request_bytes = frame.size();
    // A client that is newer than we are is told so in the oldest form, and asks again (KIP-511).
    request.exchange = supported ? api->start(std::move(frame), std::move(call))
                                 : RefuseApiVersions(std::move(call));
    bytes_ += request.bytes;
    requests_.push_back(std::move(request));
    return BeginWhatMay();
  }

  base::Result<std::optional<Frame>> Next() override {
    while (!requests_.empty()) {
      TRY(BeginWhatMay());
      // All of them, not only the first: a produce that waits for its transaction has yet to
      // append.
      const int64_t now_ms = broker_.clock.MonotonicMs();
      Request& front = requests_.front();
      const bool ready = front.exchange->Ready(now_ms);
      for (size_t i = 1; i < begun_; ++i) requests_[i].exchange->Ready(now_ms);
      if (!ready) {
        TRY(BeginWhatMay());
        return std::optional<Frame>();
      }
      std::optional<Frame> response = front.exchange->Take(front.correlation_id);
      if (front.exchange->throttle_ms() > 0) {
        muted_until_ms_ = std::max(muted_until_ms_, now_ms + front.exchange->throttle_ms());
      }
      const bool closes = front.exchange->closes();
      Observe(front);
      bytes_ -= front.bytes;
      --begun_;
      requests_.pop_front();
      if (closes) return base::Cancelled("an error that only a closed connection can tell");
      TRY(BeginWhatMay());
      if (response.has_value()) return response;
    }
    return std::optional<Frame>();
  }

  [[nodiscard]] bool wants_request() const override {
    return requests_.size() < limits::kKafkaRequestsInFlightMax &&
           bytes_ < limits::kKafkaBytesInFlightMax &&
           broker_.clock.MonotonicMs() >= muted_until_ms_;
  }

  [[nodiscard]] size_t request_bytes() const override { return bytes_; }

  [[nodiscard]] std::optional<int64_t> deadline_ms() const override {
    std::optional<int64_t> deadline;
    if (begun_ > 0) deadline = requests_.front().exchange->deadline_ms();
    if (broker_.clock.MonotonicMs() < muted_until_ms_) {
      deadline = std::min(deadline.value_or(muted_until_ms_), muted_until_ms_);
    }
    return deadline;
  }

 private:
  struct Request {
    const Api* api;
    int32_t correlation_id = 0;
    int64_t received_micros = 0;
    size_t bytes = 0;
    std::unique_ptr<Exchange> exchange = {};
  };

  // Begins the next requests in turn: each when those before it are over, or let their like
  // overlap.
  base::Result<void> BeginWhatMay() {
    while (begun_ < requests_.size()) {
      Request& next = requests_[begun_];
      if (begun_ > 0) {
        Request& last = requests_[begun_ - 1];
        if (last.api != next.api || !last.exchange->may_overlap()) break;
      }
      TRY(MayBegin(*next.api));
      const auto begun = next.exchange->Begin(broker_.clock.MonotonicMs());
      if (!begun.ok()) return base::Error(begun.error()).With(next.api->name);
      ++begun_;
    }
    return {};
  }

  base::Result<void> MayBegin(const Api& api) const {
    if (api.before_authentication) return {};
    if (!connection_.authenticated) {
      return base::Unsupported(std::string(api.name) + " before authentication");
    }
    if (connection_.expires_ms.has_value() &&
        broker_.clock.NowUnixMs() >= *connection_.expires_ms) {
      return base::Unsupported(std::string(api.name) + " after the authentication expired");
    }
    return {};
  }

  void Observe(const Request& request) {
    base::Histogram*& latency = latency_[static_cast<size_t>(request.api - Apis().data())];
    if (latency == nullptr) {
      latency = &broker_.metrics.HistogramOf(
          "tributary_kafka_request_seconds",
          "Time from a request's last byte to its response, waits for data included",
          {{"api", std::string(request.api->name)}});
    }
    latency->ObserveMicros(MicrosNow() - request.received_micros);
  }

  Broker& broker_;
  const std::shared_ptr<logs::Watcher> watcher_;
  Connection connection_;
  std::vector<base::Histogram*> latency_;  // by place in Apis(); asked for once each
  int64_t muted_until_ms_ = INT64_MIN;
  size_t bytes_ = 0;
  size_t begun_ = 0;  // of requests_, from the front
  // Last, so that what is under way goes before the connection's state it refers to.
  std::deque<Request> requests_;
};

}  // namespace

std::unique_ptr<Session> Session::Start(Broker& broker, Peer peer,
                                        std::shared_ptr<logs::Watcher> watcher) {
  return std::make_unique<ConnectionSession>(broker, std::move(peer), std::move(watcher));
}

}  // namespace kafka::server
