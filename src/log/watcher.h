// Watcher: somebody who waits for the log to move: a connection with a fetch that found nothing, a
// producer whose records are not durable yet, a task. Register first, look second, wait third.
#pragma once

namespace logs {

class Watcher {
 public:
  virtual ~Watcher() = default;
  // Something watched has changed; look again. THREAD: any. Must return at once and call nothing.
  virtual void Notify() = 0;
};

}  // namespace logs
