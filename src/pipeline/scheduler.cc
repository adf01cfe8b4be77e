#include "pipeline/scheduler.h"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>

namespace pipeline {
namespace {

enum class State : uint8_t { kWaiting, kRunning, kPassed, kFailed, kSkipped, kCancelled };

class Scheduler {
 public:
  Scheduler(const std::vector<Step>& steps, const std::function<StepResult(const Step&)>& execute,
            const Workspace::Events& events, const std::stop_token& stop)
      : steps_(steps),
        execute_(execute),
        events_(events),
        stop_(stop),
        states_(steps.size(), State::kWaiting),
        because_(steps.size()) {}

  std::vector<StepResult> Run(size_t parallel) {
    {
      std::vector<std::jthread> threads;
      const size_t count = std::clamp<size_t>(parallel, 1, std::max<size_t>(steps_.size(), 1));
      for (size_t i = 0; i < count; ++i) threads.emplace_back([this] { Work(); });
    }
    return std::move(results_);
  }

 private:
  void Work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      SettleWhatCannotRun();
      const size_t index = NextReady();
      if (index < steps_.size()) {
        states_[index] = State::kRunning;
        if (events_.step_started) events_.step_started(steps_[index].kind, steps_[index].name);
        lock.unlock();
        StepResult result = execute_(steps_[index]);
        lock.lock();
        End(index, std::move(result));
        changed_.notify_all();
        continue;
      }
      if (results_.size() == steps_.size()) return;
      changed_.wait(lock);
    }
  }

  // The first step of the plan that nothing holds back; steps_.size() when there is none.
  [[nodiscard]] size_t NextReady() const {
    for (size_t i = 0; i < steps_.size(); ++i) {
      if (states_[i] != State::kWaiting) continue;
      const bool ready =
          std::all_of(steps_[i].waits_for.begin(), steps_[i].waits_for.end(),
                      [&](size_t other) { return states_[other] == State::kPassed; });
      if (ready) return i;
    }
    return steps_.size();
  }

  // Ends steps that will never run. Steps stand after those they wait for, so one pass is enough.
  void SettleWhatCannotRun() {
    for (size_t i = 0; i < steps_.size(); ++i) {
      if (states_[i] != State::kWaiting) continue;
      bool cancelled = stop_.stop_requested();
      // A skip waits until all it could blame have ended, so that its reasons do not depend on
      // luck.
      const bool settled =
          std::all_of(steps_[i].waits_for.begin(), steps_[i].waits_for.end(), [&](size_t other) {
            return states_[other] != State::kWaiting && states_[other] != State::kRunning;
          });
      if (!settled && !cancelled) continue;
      for (const size_t other : steps_[i].waits_for) {
        if (states_[other] == State::kFailed) because_[i].insert(steps_[other].name);
        if (states_[other] == State::kSkipped) because_[i].merge(std::set(because_[other]));
        cancelled = cancelled || states_[other] == State::kCancelled;
      }
      if (because_[i].empty() && !cancelled) continue;
      StepResult result{
          .kind = steps_[i].kind,
          .name = steps_[i].name,
          .status = because_[i].empty() ? StepStatus::kCancelled : StepStatus::kSkipped,
          .duration_ms = 0,
          .rows = 0,
          .rejected = 0,
          .message = {},
          .skipped_because = {because_[i].begin(), because_[i].end()}};
      End(i, std::move(result));
    }
    if (results_.size() == steps_.size()) changed_.notify_all();
  }

  void End(size_t index, StepResult result) {
    switch (result.status) {
      case StepStatus::kSucceeded:
      case StepStatus::kWarned:
        states_[index] = State::kPassed;
        break;
      case StepStatus::kFailed:
        states_[index] = State::kFailed;
        break;
      case StepStatus::kSkipped:
        states_[index] = State::kSkipped;
        break;
      case StepStatus::kCancelled:
        states_[index] = State::kCancelled;
        break;
    }
    if (events_.step_ended) events_.step_ended(result);
    results_.push_back(std::move(result));
  }

  const std::vector<Step>& steps_;
  const std::function<StepResult(const Step&)>& execute_;
  const Workspace::Events& events_;
  const std::stop_token& stop_;
  std::mutex mutex_;  // guards all below, and makes events come one at a time
  std::condition_variable changed_;
  std::vector<State> states_;
  std::vector<std::set<std::string>> because_;  // why each was skipped
  std::vector<StepResult> results_;
};

}  // namespace

std::vector<StepResult> RunSteps(const std::vector<Step>& steps, size_t parallel,
                                 const std::function<StepResult(const Step&)>& execute,
                                 const Workspace::Events& events, const std::stop_token& stop) {
  return Scheduler(steps, execute, events, stop).Run(parallel);
}

}  // namespace pipeline
