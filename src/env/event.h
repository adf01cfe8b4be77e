// WakeEvent: ends the wait of another thread, alone or beside a socket. Owner; THREAD: any.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/result.h"

namespace env {

// Set stays until Clear. Whoever clears looks again afterwards at what the event stands for: a Set
// before the end of Clear may be gone with it.
class WakeEvent {
 public:
  static base::Result<std::unique_ptr<WakeEvent>> Create();
  ~WakeEvent();
  WakeEvent(const WakeEvent&) = delete;
  WakeEvent& operator=(const WakeEvent&) = delete;

  void Set();
  void Clear();
  bool WaitFor(int64_t timeout_ms) const;  // true once set. BLOCKS: until then or the deadline
  [[nodiscard]] int descriptor() const { return descriptor_; }  // readable while set

 private:
  explicit WakeEvent(int descriptor) : descriptor_(descriptor) {}
  const int descriptor_;
  std::atomic<bool> set_ = false;  // spares the call when it is set already
};

}  // namespace env
