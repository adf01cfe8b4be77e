// EmbeddedLog: the log of a project open in this process: the log itself, the coordinators of groups
// and transactions, and the thread that keeps them going. Whoever owns the project opens it when the
// first command needs it; `up` serves it. Owner; THREAD: any.
#pragma once

#include <memory>
#include <thread>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "env/event.h"
#include "env/file_lock.h"
#include "env/files.h"
#include "log/client.h"
#include "log/group/group_coordinator.h"
#include "log/log.h"
#include "log/transaction/transaction_coordinator.h"
#include "pipeline/broker_settings.h"

namespace app {

class EmbeddedLog {
 public:
  // Recovers what a crash left. `files` and `clock` are borrowed for life. BLOCKS. ERRORS:
  // kUnavailable: another process has the folder; kIo, kCorruption: those of the log.
  static base::Result<std::unique_ptr<EmbeddedLog>> Open(const pipeline::BrokerSettings& settings,
                                                         env::Files* files,
                                                         const base::Clock* clock);
  ~EmbeddedLog();  // syncs, and marks the folder as cleanly closed
  EmbeddedLog(const EmbeddedLog&) = delete;
  EmbeddedLog& operator=(const EmbeddedLog&) = delete;

  [[nodiscard]] logs::Log& log() { return *log_; }
  [[nodiscard]] logs::GroupCoordinator& groups() { return *groups_; }
  [[nodiscard]] logs::TransactionCoordinator& transactions() { return *transactions_; }
  [[nodiscard]] const base::Clock& clock() const { return *clock_; }
  [[nodiscard]] base::Metrics& metrics() { return metrics_; }

  // For commands of this process. It must not outlive this.
  [[nodiscard]] std::unique_ptr<logs::Client> NewClient(logs::ClientOptions options);

 private:
  EmbeddedLog(const base::Clock* clock, int32_t default_partitions)
      : clock_(clock), default_partitions_(default_partitions) {}
  void Tick();

  const base::Clock* const clock_;
  const int32_t default_partitions_;
  base::Metrics metrics_;
  std::unique_ptr<env::FileLock> lock_;
  std::unique_ptr<logs::Log> log_;
  std::unique_ptr<logs::GroupCoordinator> groups_;
  std::unique_ptr<logs::TransactionCoordinator> transactions_;
  std::shared_ptr<env::WakeEvent> wake_;  // of the ticking thread
  std::atomic<bool> stopping_ = false;
  std::thread ticking_;
};

}  // namespace app
