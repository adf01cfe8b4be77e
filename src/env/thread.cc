#include "env/thread.h"

#include <utility>

#include "base/check.h"

namespace env {
namespace {

// Sanitizers widen every frame.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr size_t kStackFactor = 8;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr size_t kStackFactor = 8;
#else
constexpr size_t kStackFactor = 1;
#endif
#else
constexpr size_t kStackFactor = 1;
#endif

}  // namespace

base::Result<std::unique_ptr<Thread>> Thread::Start(size_t stack_bytes,
                                                    std::function<void()> run) {
  pthread_attr_t attributes;
  CHECK(pthread_attr_init(&attributes) == 0);
  CHECK(pthread_attr_setstacksize(&attributes, stack_bytes * kStackFactor) == 0);
  auto thread = std::unique_ptr<Thread>(new Thread(std::move(run)));
  const int error = pthread_create(&thread->handle_, &attributes, Enter, thread.get());
  (void)pthread_attr_destroy(&attributes);
  if (error == 0) return thread;
  thread->handle_ = {};
  return base::FromErrno(error, "cannot start a thread");
}

void* Thread::Enter(void* thread) {
  static_cast<Thread*>(thread)->run_();
  return nullptr;
}

Thread::~Thread() {
  if (handle_ != pthread_t{}) CHECK(pthread_join(handle_, nullptr) == 0);
}

}  // namespace env
