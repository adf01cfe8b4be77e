// TypedExchange: the exchange of one API: decode, handle, wait, encode. THREAD: the session's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/bytes.h"
#include "base/check.h"
#include "kafka/server/answer.h"
#include "kafka/server/call.h"
#include "kafka/server/exchange.h"
#include "kafka/wire/decoder.h"
#include "kafka/wire/encoder.h"

namespace kafka::server {

inline constexpr int16_t kApiVersionsKey = 18;

template <typename Request, typename Response>
class TypedExchange final : public Exchange {
 public:
  using Handler = Answer<Response> (*)(const Request& request, Call& call);

  TypedExchange(std::string frame, Call call, Handler handler)
      : frame_(std::move(frame)), call_(std::move(call)), handler_(handler) {}

  // An exchange whose response is known.
  TypedExchange(Response response, Call call)
      : call_(std::move(call)), handler_(nullptr), response_(std::move(response)) {}

  base::Result<void> Begin(int64_t now_ms) override {
    call_.now_ms = now_ms;
    if (handler_ == nullptr) return {};
    wire::Decoder decoder(frame_);
    DecodeHeader(decoder);
    request_.Decode(decoder, call_.version);
    TRY(decoder.Finish("a request", call_.version));
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
    wire::Encoder encoder;
    encoder.Scalar(int32_t{0});  // the length, once it is known
    encoder.Scalar(correlation_id);
    encoder.set_flexible(Response::IsFlexible(call_.version));
    // The answer to ApiVersions keeps the oldest header, for a client that does not know us yet.
    if (encoder.flexible() && Request::kApiKey != kApiVersionsKey) encoder.NoTags();
    std::move(*response_).Encode(encoder, call_.version);
    const size_t size = encoder.size();
    Frame frame = std::move(encoder).Take();
    base::StoreBigEndian(frame.front().data(), base::Narrow<int32_t>(size - sizeof(int32_t)));
    return frame;
  }

  [[nodiscard]] int64_t deadline_ms() const override {
    return pending_ == nullptr ? call_.now_ms : pending_->deadline_ms();
  }
  [[nodiscard]] bool may_overlap() const override { return call_.may_overlap; }
  [[nodiscard]] int64_t throttle_ms() const override { return call_.throttle_ms; }
  [[nodiscard]] bool closes() const override { return call_.close; }

 private:
  // Request header 1, or 2 of flexible versions (the protocol guide, "Request Header").
  void DecodeHeader(wire::Decoder& decoder) {
    int64_t key_version_and_correlation = 0;
    decoder.Scalar(key_version_and_correlation);
    std::optional<std::string> client_id;
    decoder.NullableString(client_id);  // of the old form in every version
    call_.client_id = std::move(client_id).value_or("");
    decoder.set_flexible(Request::IsFlexible(call_.version));
    if (decoder.flexible()) decoder.SkipTags();
  }

  // The request points into the frame, and what is pending to both.
  std::string frame_;
  Call call_;
  const Handler handler_;
  Request request_ = {};
  std::unique_ptr<Pending<Response>> pending_;
  std::optional<Response> response_;
};

}  // namespace kafka::server
