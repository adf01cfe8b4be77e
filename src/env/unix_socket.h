// Local stream sockets between processes of this machine, by a path. Paths longer than sockaddr_un
// holds are reached through their folder's descriptor. THREAD: a listener belongs to one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "env/event.h"
#include "env/socket.h"

namespace env {

// ERRORS: kNotFound: nothing is at `path`; kUnavailable: nobody listens there any more.
base::Result<std::unique_ptr<PlainSocket>> ConnectUnix(const std::string& path,
                                                       int64_t timeout_ms);

class UnixListener {
 public:
  // Replaces whatever socket stands at `path`, atomically: a client meets the old or the new.
  // REQUIRES: no other process listens there (the caller holds a lock that says so).
  // The path stays; the caller removes it while it still holds its lock.
  static base::Result<std::unique_ptr<UnixListener>> Listen(const std::string& path, int backlog);
  UnixListener(const UnixListener&) = delete;
  UnixListener& operator=(const UnixListener&) = delete;

  // BLOCKS: until somebody connects; nullptr when `wake` is set first.
  base::Result<std::unique_ptr<PlainSocket>> Accept(const WakeEvent& wake);

 private:
  explicit UnixListener(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}
  const Descriptor descriptor_;
};

}  // namespace env
