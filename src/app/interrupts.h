// Interrupts: SIGINT and SIGTERM as requests to stop. The first one fires the stop source of the
// command (or what the shell has put in its place), the second ends the process at once. Waits in
// a thread of its own, so that handling may lock and print. Owner; THREAD: construct-only.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "base/result.h"
#include "env/event.h"

namespace app {

class Interrupts {
 public:
  // Blocks the signals in this thread and those it starts: call before any other is started.
  // `first` is called in a thread of its own; false ends the process at once.
  static base::Result<std::unique_ptr<Interrupts>> Install(std::function<bool()> first);
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  // What SIGINT does from now on, again and again; empty: what Install said. THREAD: any.
  void Replace(std::function<void()> every);

  // The signal that asked to stop, 0 when none has.
  [[nodiscard]] int signal() const { return signal_; }

 private:
  Interrupts(std::function<bool()> first, std::unique_ptr<env::WakeEvent> ended, int descriptor);
  void Wait();
  void Handle(int signal);

  const std::function<bool()> first_;
  const std::unique_ptr<env::WakeEvent> ended_;
  const int descriptor_;  // a signalfd
  std::mutex mutex_;
  std::function<void()> every_;
  std::atomic<int> signal_ = 0;
  std::thread thread_;
};

}  // namespace app
