// MemoryBudget: who may take how much of the memory that the program was given. An account stands
// for one use (requests under way, answers not yet read); what would exceed its limit is refused,
// and its user pushes back. Accounts count what their users tell them, not every byte of the heap.
// Owner; THREAD: any. An account lives as long as its budget.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/metrics.h"

namespace base {

class MemoryAccount {
 public:
  MemoryAccount(std::string name, uint64_t limit_bytes)
      : name_(std::move(name)), limit_bytes_(limit_bytes) {}

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] uint64_t limit_bytes() const { return limit_bytes_; }
  [[nodiscard]] uint64_t used_bytes() const { return used_bytes_.load(std::memory_order_relaxed); }
  [[nodiscard]] uint64_t refusals() const { return refusals_.load(std::memory_order_relaxed); }
  // So full that its users should hurry to give back: three quarters.
  [[nodiscard]] bool tight() const { return used_bytes() > limit_bytes_ / 4 * 3; }

 private:
  friend class MemoryCharge;
  bool TryTake(uint64_t bytes);
  void Take(uint64_t bytes) { used_bytes_.fetch_add(bytes, std::memory_order_relaxed); }
  void Give(uint64_t bytes) { used_bytes_.fetch_sub(bytes, std::memory_order_relaxed); }

  const std::string name_;
  const uint64_t limit_bytes_;
  std::atomic<uint64_t> used_bytes_ = 0;
  std::atomic<uint64_t> refusals_ = 0;
};

// What one user holds of an account; given back when it ends. Owner; THREAD: one.
class MemoryCharge {
 public:
  explicit MemoryCharge(MemoryAccount* account) : account_(account) {}  // borrowed
  ~MemoryCharge() { account_->Give(bytes_); }
  MemoryCharge(const MemoryCharge&) = delete;
  MemoryCharge& operator=(const MemoryCharge&) = delete;

  // Holds `bytes` in all from now on. False when that is more than before and exceeds the limit;
  // then nothing has changed.
  [[nodiscard]] bool TryHold(uint64_t bytes);
  // The same for memory that is taken already, or must be: never refused.
  void Hold(uint64_t bytes);
  [[nodiscard]] uint64_t bytes() const { return bytes_; }

 private:
  MemoryAccount* const account_;
  uint64_t bytes_ = 0;
};

class MemoryBudget {
 public:
  explicit MemoryBudget(uint64_t bytes) : bytes_(bytes) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  // A new account of at most `share` of the budget, not below `least_bytes` nor above `most_bytes`.
  MemoryAccount& Open(std::string name, double share, uint64_t least_bytes, uint64_t most_bytes);
  // Used bytes, limits and refusals of all accounts. The budget outlives the rendering.
  void ShowIn(Metrics& metrics) const;
  [[nodiscard]] uint64_t bytes() const { return bytes_; }

 private:
  std::vector<MetricSample> Samples(uint64_t (MemoryAccount::*number)() const) const;

  const uint64_t bytes_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<MemoryAccount>> accounts_;
};

// The smaller of the machine's memory and what its control group allows this process.
[[nodiscard]] uint64_t MachineMemoryBytes();

}  // namespace base
