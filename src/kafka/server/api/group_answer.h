// AnswerLater: a response made of answers of the group coordinator, once they are all there.
// THREAD: the session's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "kafka/server/answer.h"
#include "kafka/server/call.h"
#include "log/group/later.h"

namespace kafka::server {

template <typename Response, typename T>
class GroupPending final : public Pending<Response> {
 public:
  using Make = std::function<Response(std::vector<T>)>;

  GroupPending(std::vector<logs::Later<T>> later, Call& call, int64_t wait_ms, Make make)
      : later_(std::move(later)),
        call_(call),
        deadline_ms_(call.now_ms + wait_ms),
        make_(std::move(make)) {}

  std::optional<Response> Poll(int64_t now_ms) override {
    while (answers_.size() < later_.size()) {
      auto answer = later_[answers_.size()].Look(call_.watcher);
      if (!answer.has_value()) {
        if (now_ms < deadline_ms_) return std::nullopt;
        answer.emplace();
        answer->error = logs::ErrorCode::kCoordinatorNotAvailable;
      }
      answers_.push_back(*std::move(answer));
    }
    return make_(std::move(answers_));
  }

  [[nodiscard]] int64_t deadline_ms() const override { return deadline_ms_; }

 private:
  std::vector<logs::Later<T>> later_;
  Call& call_;
  int64_t deadline_ms_;
  Make make_;
  std::vector<T> answers_;  // of the first of later_
};

// How long a client waits for the disk before it is told to try again.
inline constexpr int64_t kGroupDurableWaitMs = 30'000;

// Now, if all answers are there. `make` is called once, with the answers in the order of `later`.
template <typename Response, typename T>
Answer<Response> AnswerLater(std::vector<logs::Later<T>> later, Call& call, int64_t wait_ms,
                             std::function<Response(std::vector<T>)> make) {
  auto pending =
      std::make_unique<GroupPending<Response, T>>(std::move(later), call, wait_ms, std::move(make));
  if (auto response = pending->Poll(call.now_ms)) return *std::move(response);
  return std::unique_ptr<Pending<Response>>(std::move(pending));
}

}  // namespace kafka::server
