#include "base/memory_budget.h"

#include <algorithm>
#include <fstream>

#include <unistd.h>

namespace base {

bool MemoryAccount::TryTake(uint64_t bytes) {
  uint64_t used = used_bytes_.load(std::memory_order_relaxed);
  do {
    if (bytes > limit_bytes_ || used > limit_bytes_ - bytes) {
      refusals_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
  } while (!used_bytes_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
  return true;
}

bool MemoryCharge::TryHold(uint64_t bytes) {
  if (bytes > bytes_ && !account_->TryTake(bytes - bytes_)) return false;
  if (bytes < bytes_) account_->Give(bytes_ - bytes);
  bytes_ = bytes;
  return true;
}

void MemoryCharge::Hold(uint64_t bytes) {
  if (bytes > bytes_) account_->Take(bytes - bytes_);
  if (bytes < bytes_) account_->Give(bytes_ - bytes);
  bytes_ = bytes;
}

MemoryAccount& MemoryBudget::Open(std::string name, double share, uint64_t least_bytes,
                                  uint64_t most_bytes) {
  const auto part = static_cast<uint64_t>(static_cast<double>(bytes_) * share);
  const uint64_t limit = std::max(least_bytes, std::min(most_bytes, part));
  const std::lock_guard guard(mutex_);
  accounts_.push_back(std::make_unique<MemoryAccount>(std::move(name), limit));
  return *accounts_.back();
}

std::vector<MetricSample> MemoryBudget::Samples(uint64_t (MemoryAccount::*number)() const) const {
  const std::lock_guard guard(mutex_);
  std::vector<MetricSample> samples;
  for (const auto& account : accounts_) {
    samples.push_back({{{"account", account->name()}},
                       static_cast<double>((*account.*number)())});
  }
  return samples;
}

void MemoryBudget::ShowIn(Metrics& metrics) const {
  metrics.GaugeOf("tributary_memory_budget_bytes", "Memory that the program was given.")
      .Set(static_cast<int64_t>(bytes_));
  metrics.Collect("tributary_memory_account_bytes", "Memory that an account holds.",
                  [this] { return Samples(&MemoryAccount::used_bytes); });
  metrics.Collect("tributary_memory_account_limit_bytes", "Memory that an account may hold.",
                  [this] { return Samples(&MemoryAccount::limit_bytes); });
  metrics.Collect("tributary_memory_account_refusals_total",
                  "Times that an account had no room for what was asked.",
                  [this] { return Samples(&MemoryAccount::refusals); });
}

uint64_t MachineMemoryBytes() {
  uint64_t bytes = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                   static_cast<uint64_t>(sysconf(_SC_PAGE_SIZE));
  for (const char* file :
       {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    uint64_t group = 0;
    if (std::ifstream(file) >> group) bytes = std::min(bytes, group);  // "max" is no number
  }
  return bytes;
}

}  // namespace base
