// EmbeddedLog: a log with its coordinators in a folder of its own, as `tributary up` wires them,
// for suites. Owner; THREAD: construct-only, then any.
#pragma once

#include <memory>
#include <string>
#include <thread>

#include "base/clock.h"
#include "env/files.h"
#include "log/client.h"
#include "log/group/group_coordinator.h"
#include "log/log.h"
#include "log/transaction/transaction_coordinator.h"

namespace conformance {

class EmbeddedLog {
 public:
  // In a new folder below the system's one for such things.
  static base::Result<std::unique_ptr<EmbeddedLog>> Open();
  ~EmbeddedLog();
  EmbeddedLog(const EmbeddedLog&) = delete;
  EmbeddedLog& operator=(const EmbeddedLog&) = delete;

  std::unique_ptr<logs::Client> NewClient(logs::ClientOptions options);

  logs::Log& log() { return *log_; }
  logs::GroupCoordinator& groups() { return *groups_; }
  logs::TransactionCoordinator& transactions() { return *transactions_; }
  const base::Clock& clock() const { return clock_; }

 private:
  EmbeddedLog() = default;

  const base::SystemClock clock_;
  const std::unique_ptr<env::Files> files_ = env::NewRealFiles();
  std::string folder_;
  std::unique_ptr<logs::Log> log_;
  std::unique_ptr<logs::GroupCoordinator> groups_;
  std::unique_ptr<logs::TransactionCoordinator> transactions_;
  std::jthread ticking_;  // of both coordinators
};

}  // namespace conformance
