// What the transaction APIs share: a response that waits for the coordinator, and the coordinator's
// errors in the words of a version. THREAD: the session's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "kafka/server/answer.h"
#include "kafka/server/call.h"
#include "log/transaction/transaction_call.h"

namespace kafka::server {

// A version that knows PRODUCER_FENCED tells it from INVALID_PRODUCER_EPOCH (KIP-588).
[[nodiscard]] inline int16_t FencedCode(logs::ErrorCode error, bool knows_fenced) {
  const bool unknown = error == logs::ErrorCode::kProducerFenced && !knows_fenced;
  return Code(unknown ? logs::ErrorCode::kInvalidProducerEpoch : error);
}

[[nodiscard]] inline bool AllowedOnTransaction(const Call& call, Operation operation,
                                               const std::string& transactional_id) {
  return call.Allowed(operation, ResourceType::kTransactionalId, transactional_id);
}

template <typename Response, typename T>
class TransactionPending final : public Pending<Response> {
 public:
  using Make = std::function<Response(T)>;

  TransactionPending(std::unique_ptr<logs::TransactionCall<T>> transaction_call, Call& call,
                     Make make)
      : transaction_call_(std::move(transaction_call)), call_(call), make_(std::move(make)) {}

  std::optional<Response> Poll(int64_t) override {
    auto answer = transaction_call_->Look(call_.watcher);
    if (!answer.has_value()) return std::nullopt;
    return make_(*std::move(answer));
  }
  [[nodiscard]] int64_t deadline_ms() const override { return transaction_call_->deadline_ms(); }

 private:
  std::unique_ptr<logs::TransactionCall<T>> transaction_call_;
  Call& call_;
  Make make_;
};

// Now, if the coordinator's answer is there.
template <typename Response, typename T>
Answer<Response> AnswerWhenDone(std::unique_ptr<logs::TransactionCall<T>> transaction_call,
                                Call& call, std::function<Response(T)> make) {
  auto pending = std::make_unique<TransactionPending<Response, T>>(std::move(transaction_call),
                                                                   call, std::move(make));
  if (auto response = pending->Poll(call.now_ms)) return *std::move(response);
  return std::unique_ptr<Pending<Response>>(std::move(pending));
}

}  // namespace kafka::server
