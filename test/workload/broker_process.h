// BrokerProcess: `tributary up` on a folder and ports of its own, whose disk fails when the test
// says so. Owner; THREAD: one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "referee/process.h"
#include "workload/fault_control.h"

namespace workload {

class BrokerProcess {
 public:
  explicit BrokerProcess(std::string folder);  // emptied
  ~BrokerProcess();
  BrokerProcess(const BrokerProcess&) = delete;
  BrokerProcess& operator=(const BrokerProcess&) = delete;

  // The disk is whole again.
  void Start();
  void Kill();   // SIGKILL
  void Pause();  // SIGSTOP
  void Resume();
  // The disk's writes and syncs of the log fail from now on, or the `call`-th from now does.
  void FillDisk();
  void FreeDisk();
  void FailCall(int64_t call);
  // What is on disk, to be put back later. REQUIRES: killed.
  void SaveLog();
  void RestoreLog();
  // Has it ended by itself? Then what it said.
  [[nodiscard]] bool Ended(std::string& why);

  [[nodiscard]] const std::string& bootstrap() const { return bootstrap_; }
  [[nodiscard]] int64_t faults() const { return control_->faults.load(); }

 private:
  const std::string folder_;
  std::string bootstrap_;
  FaultControl* control_ = nullptr;
  std::unique_ptr<referee::Process> process_;
};

}  // namespace workload
