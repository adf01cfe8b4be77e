// Waiting in the caller's thread for what the log's parts say later. Values of one wait; THREAD:
// the waiter's, but Signal::Notify: any.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "log/watcher.h"

namespace logs {

using SteadyTime = std::chrono::steady_clock::time_point;

inline SteadyTime In(int64_t timeout_ms) {
  // Far, but not so far that the clock's own count overflows.
  constexpr int64_t kFarMs = int64_t{1000} * 24 * 3'600'000;
  return std::chrono::steady_clock::now() +
         std::chrono::milliseconds(std::clamp<int64_t>(timeout_ms, 0, kFarMs));
}

class Signal final : public Watcher {
 public:
  void Notify() override {
    const std::lock_guard lock(mutex_);
    notified_ = true;
    changed_.notify_one();
  }

  enum class End { kNotified, kTimeout, kStopped };
  // Until notified since the last Wait. BLOCKS.
  End Wait(SteadyTime deadline, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    const bool notified = changed_.wait_until(lock, stop, deadline, [this] { return notified_; });
    if (notified) {
      notified_ = false;
      return End::kNotified;
    }
    return stop.stop_requested() ? End::kStopped : End::kTimeout;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool notified_ = false;
};

// The answer of a coordinator's call (a Later or a TransactionCall), which is asked again whenever
// it says that it is worth while. ERRORS: kTimeout, kCancelled: it may still come about.
template <typename Call>
auto Await(Call& call, SteadyTime deadline, const std::stop_token& stop, std::string_view what)
    -> base::Result<typename decltype(call.Look({}))::value_type> {
  const auto signal = std::make_shared<Signal>();
  while (true) {
    if (auto answer = call.Look(signal)) return *std::move(answer);
    switch (signal->Wait(deadline, stop)) {
      case Signal::End::kNotified:
        break;
      case Signal::End::kTimeout:
        return base::Timeout(std::string(what) + ": the log has not answered in time");
      case Signal::End::kStopped:
        return base::Cancelled(std::string(what) + ": stopped");
    }
  }
}

}  // namespace logs
