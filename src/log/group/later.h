// Later<T>: an answer of a coordinator that may have to wait: for the other members of a group, or
// until the records it rests on are durable. Promise<T> is the coordinator's end. Handles to shared
// state; THREAD: any.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "log/error_code.h"
#include "log/log.h"
#include "log/watcher.h"

namespace logs {

template <typename T>
struct LaterState {
  Log* log = nullptr;
  std::mutex mutex;
  // Guarded by the mutex:
  std::optional<T> value;
  Ticket ticket;
  std::vector<std::weak_ptr<Watcher>> watchers;
};

// REQUIRES of T: a member `ErrorCode error`, which says kCoordinatorNotAvailable when the records
// could not be made durable.
template <typename T>
class Later {
 public:
  explicit Later(std::shared_ptr<LaterState<T>> state) : state_(std::move(state)) {}

  // The answer, which is given out once. nullopt: not yet; `watcher` will be notified when looking
  // again is worth while.
  [[nodiscard]] std::optional<T> Look(const std::shared_ptr<Watcher>& watcher) const {
    Ticket ticket;
    {
      const std::lock_guard lock(state_->mutex);
      if (!state_->value.has_value()) {
        for (const auto& known : state_->watchers) {
          if (known.lock() == watcher) return std::nullopt;
        }
        state_->watchers.push_back(watcher);
        return std::nullopt;
      }
      ticket = state_->ticket;
    }
    auto durable = state_->log->IsDurable(ticket);
    if (durable == Durable::kNotYet) {
      state_->log->WatchDurable(ticket, watcher);
      durable = state_->log->IsDurable(ticket);
      if (durable == Durable::kNotYet) return std::nullopt;
    }
    const std::lock_guard lock(state_->mutex);
    if (durable == Durable::kYes) return std::move(*state_->value);
    T failed{};
    failed.error = ErrorCode::kCoordinatorNotAvailable;
    return failed;
  }

  // BLOCKS: until the answer is there. For callers in this process with a thread of their own.
  [[nodiscard]] T Wait() const {
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
      if (auto value = Look(wakeup)) return std::move(*value);
      std::unique_lock lock(wakeup->mutex);
      wakeup->changed.wait(lock, [&] { return wakeup->notified; });
      wakeup->notified = false;
    }
  }

 private:
  std::shared_ptr<LaterState<T>> state_;
};

// The end that answers. A copy is another handle to the same answer; the first Set counts.
template <typename T>
class Promise {
 public:
  explicit Promise(Log& log) : state_(std::make_shared<LaterState<T>>()) { state_->log = &log; }

  // `ticket`: of the last record that the answer rests on.
  void Set(T value, Ticket ticket = {}) const {
    std::vector<std::weak_ptr<Watcher>> watchers;
    {
      const std::lock_guard lock(state_->mutex);
      if (state_->value.has_value()) return;
      state_->value.emplace(std::move(value));
      state_->ticket = ticket;
      watchers.swap(state_->watchers);
    }
    for (const auto& watcher : watchers) {
      if (const auto alive = watcher.lock()) alive->Notify();
    }
  }
  [[nodiscard]] Later<T> later() const { return Later<T>(state_); }

 private:
  std::shared_ptr<LaterState<T>> state_;
};

}  // namespace logs
