// TypedExchange: the exchange of one API: decode, handle, wait, encode. THREAD: the session's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/check.h"
#include "kafka/server/answer.h"
#include "kafka/server/call.h"
#include "kafka/server/exchange.h"
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
    response_ = pending_->Poll(now_ms);
    if (!response_.has_value()) {
      DCHECK(now_ms < pending_->deadline_ms());
      return false;
    }
    pending_.reset();
    return true;
  }

  std::optional<Frame> Take(int32_t correlation_id) override {
    if (!response_.has_value() || call_.close) return std::nullopt;
    return wire::EncodeResponse(correlation_id, call_.version, std::move(*response_));
  }

  [[nodiscard]] int64_t deadline_ms() const override {
    return pending_ == nullptr ? call_.now_ms : pending_->deadline_ms();
  }
  [[nodiscard]] bool may_overlap() const override { return call_.may_overlap; }
  [[nodiscard]] int64_t throttle_ms() const override { return call_.throttle_ms; }
  [[nodiscard]] bool closes() const override { return call_.close; }

 private:
  // The request points into the frame, and what is pending to both.
  std::string frame_;
  Call call_;
  const Handler handler_;
  Request request_ = {};
  std::unique_ptr<Pending<Response>> pending_;
  std::optional<Response> response_;
};

}  // namespace kafka::server
