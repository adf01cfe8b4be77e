// Thread: a thread with a stack of chosen size, for owners of thousands of them. Owner.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include <pthread.h>

#include "base/result.h"

namespace env {

class Thread {
 public:
  // ERRORS: those of base::FromErrno: the system gives no more threads.
  static base::Result<std::unique_ptr<Thread>> Start(size_t stack_bytes, std::function<void()> run);
  ~Thread();  // BLOCKS: until `run` has returned
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

 private:
  explicit Thread(std::function<void()> run) : run_(std::move(run)) {}
  static void* Enter(void* thread);

  const std::function<void()> run_;
  pthread_t handle_{};
};

}  // namespace env
