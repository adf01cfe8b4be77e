// TransactionCall<T>: a request to the transaction coordinator under way. It makes progress when it
// is looked at; nothing else runs it. Owner; THREAD: one at a time.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "log/watcher.h"

namespace logs {

template <typename T>
class TransactionCall {
 public:
  virtual ~TransactionCall() = default;

  // The answer, once it is there; given out once. nullopt: not yet; `watcher` (held weakly) is
  // notified when looking again is worth while. After deadline_ms there is always an answer.
  // BLOCKS: for the write of a record.
  [[nodiscard]] virtual std::optional<T> Look(const std::shared_ptr<Watcher>& watcher) = 0;
  // On the monotonic clock.
  [[nodiscard]] virtual int64_t deadline_ms() const = 0;
};

// BLOCKS: until the answer is there. For callers in this process with a thread of their own and a
// log with threads of its own. `now_ms` gives the monotonic time.
template <typename T, typename NowMs>
[[nodiscard]] T Wait(TransactionCall<T>& call, NowMs now_ms) {
  struct Wakeup final : Watcher {
    void Notify() override {
      const std::lock_guard lock(mutex);
      notified = true;
      changed.notify_one();
    }
    std::mutex mutex;
    std::condition_variable changed;
    bool notified = false;
  };
  const auto wakeup = std::make_shared<Wakeup>();
  while (true) {
    if (auto answer = call.Look(wakeup)) return *std::move(answer);
    const auto left =
        std::chrono::milliseconds(std::max<int64_t>(call.deadline_ms() - now_ms(), 1));
    std::unique_lock lock(wakeup->mutex);
    wakeup->changed.wait_for(lock, left, [&] { return wakeup->notified; });
    wakeup->notified = false;
  }
}

}  // namespace logs
