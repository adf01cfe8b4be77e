// TypedExchange: the exchange of one API: decode, handle, wait, encode. THREAD: the session's.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/check.h"
#include "kafka/server/answer.h"
#include "kafka/server/call.h"
#include "kafka/server/exchange.h"
#include "kafka/server/security/quotas.h"
#include "kafka/wire/header.h"

namespace kafka::server {

template <typename Request>
class TypedExchange final : public Exchange {
 public:
  using Response = typename Request::Response;
  using Handler = Answer<Response> (*)(const Request& request, Call& call);

  TypedExchange(std::string frame, Call call, Handler handler)
      : frame_(std::move(frame)), call_(std::move(call)), handler_(handler) {}

  // An exchange whose response is known.
  TypedExchange(Response response, Call call)
      : call_(std::move(call)), handler_(nullptr), response_(std::move(response)) {}

  base::Result<void> Begin(int64_t now_ms) override {
    call_.now_ms = now_ms;
    if (handler_ == nullptr) return {};
    const Busy busy(busy_micros_);
    wire::RequestFrame whole = TRY(wire::ReadRequestHeader(frame_));
    call_.client_id = std::move(whole.header.client_id).value_or("");
    request_ = TRY(Request::Decode(whole.body, call_.version));
    Answer<Response> answer = handler_(request_, call_);
    if (auto* now = std::get_if<Response>(&answer)) {
      response_ = std::move(*now);
    } else if (auto* later = std::get_if<std::unique_ptr<Pending<Response>>>(&answer)) {
      pending_ = std::move(*later);
    }
    return {};
  }

  bool Ready(int64_t now_ms) override {
    if (pending_ == nullptr) return true;
    const Busy busy(busy_micros_);
    response_ = pending_->Poll(now_ms);
    if (!response_.has_value()) {
      DCHECK(now_ms < pending_->deadline_ms());
      return false;
    }
    pending_.reset();
    return true;
  }

  std::optional<Frame> Take(int32_t correlation_id) override {
    call_.throttle_ms = std::max(
        call_.throttle_ms, call_.broker.quotas.Charge(call_.principal(), call_.client_id,
                                                      QuotaKind::kRequestMicros, busy_micros_));
    if (!response_.has_value() || call_.close) return std::nullopt;
    if constexpr (requires { response_->throttle_time_ms; }) {
      response_->throttle_time_ms = base::Narrow<int32_t>(call_.throttle_ms);
    }
    return wire::EncodeResponse(correlation_id, call_.version, std::move(*response_));
  }

  [[nodiscard]] int64_t deadline_ms() const override {
    return pending_ == nullptr ? call_.now_ms : pending_->deadline_ms();
  }
  [[nodiscard]] bool may_overlap() const override { return call_.may_overlap; }
  [[nodiscard]] int64_t throttle_ms() const override { return call_.throttle_ms; }
  [[nodiscard]] bool closes() const override { return call_.close; }

 private:
  // Adds the time of its life to what the request has kept its thread busy. For quotas and nothing
  // else, so not by the broker's clock.
  class Busy {
   public:
    explicit Busy(int64_t& micros) : micros_(micros) {}
    ~Busy() {
      micros_ += std::chrono::duration_cast<std::chrono::microseconds>(
                     std::chrono::steady_clock::now() - start_)
                     .count();
    }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;

   private:
    int64_t& micros_;
    const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  };

  // The request points into the frame, and what is pending to both.
  std::string frame_;
  Call call_;
  const Handler handler_;
  Request request_ = {};
  int64_t busy_micros_ = 0;
  std::unique_ptr<Pending<Response>> pending_;
  std::optional<Response> response_;
};

}  // namespace kafka::server
