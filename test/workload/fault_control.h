// FaultControl: the page by which a test tells the preloaded shim (tools/fault_shim.cc) which calls
// of the program under test are to fail. Shared by two processes; THREAD: any.
#pragma once

#include <atomic>
#include <cstdint>

namespace workload {

enum class FaultMode : int32_t {
  kNone,
  kOnce,    // the call number `calls_left` from now
  kAlways,  // every call: with ENOSPC a disk that is full
};

struct FaultControl {
  std::atomic<FaultMode> mode;
  std::atomic<int32_t> error_number;
  std::atomic<int64_t> calls_left;
  std::atomic<int64_t> faults;  // so many calls failed
};
static_assert(std::atomic<int64_t>::is_always_lock_free &&
              std::atomic<FaultMode>::is_always_lock_free);

}  // namespace workload
