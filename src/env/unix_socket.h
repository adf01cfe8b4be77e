// UnixSocket and UnixListener: stream sockets between processes of this machine, non-blocking
// underneath with a deadline on every wait. Paths longer than sockaddr_un holds are reached through
// their folder's descriptor. WakeEvent ends a wait from another thread.
// THREAD: one at a time a socket, but for Shutdown (any). ERRORS: those of base::FromErrno;
// kTimeout: the deadline passed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace env {

// Set once, readable for ever. THREAD: any.
class WakeEvent {
 public:
  static base::Result<std::unique_ptr<WakeEvent>> Create();
  ~WakeEvent();
  WakeEvent(const WakeEvent&) = delete;
  WakeEvent& operator=(const WakeEvent&) = delete;

  void Set();
  bool WaitFor(int64_t timeout_ms) const;  // true once set. BLOCKS: until then or the deadline
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  explicit WakeEvent(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

// How a wait ended. kReadable includes the end of the stream and an error: the next read tells.
enum class Waited { kReadable, kWoken, kTimeout };

class UnixSocket {
 public:
  // ERRORS: kNotFound: nothing is at `path`; kUnavailable: nobody listens there any more.
  static base::Result<std::unique_ptr<UnixSocket>> Connect(const std::string& path,
                                                           int64_t timeout_ms);
  explicit UnixSocket(int descriptor) : descriptor_(descriptor) {}
  ~UnixSocket();
  UnixSocket(const UnixSocket&) = delete;
  UnixSocket& operator=(const UnixSocket&) = delete;

  // BLOCKS: until there is something to read, `wake` is set (it wins), or the deadline passes.
  base::Result<Waited> WaitReadable(int64_t timeout_ms, const WakeEvent* wake);
  // What is there, at most `size` bytes; 0 is the end of the stream. REQUIRES: kReadable before.
  base::Result<size_t> Read(char* buffer, size_t size);
  // BLOCKS: until all of it is taken. kTimeout when the peer took nothing for `stall_ms`.
  base::Result<void> WriteAll(std::string_view bytes, int64_t stall_ms);
  // Ends both directions: a wait of another thread returns.
  void Shutdown();
  // The user at the other end, as the kernel knows it.
  base::Result<uint32_t> PeerUser();

 private:
  int descriptor_;
};

class UnixListener {
 public:
  // Replaces whatever socket stands at `path`, atomically: a client meets the old or the new.
  // REQUIRES: no other process listens there (the caller holds a lock that says so).
  static base::Result<std::unique_ptr<UnixListener>> Listen(const std::string& path, int backlog);
  ~UnixListener();  // the path stays; the caller removes it while it still holds its lock
  UnixListener(const UnixListener&) = delete;
  UnixListener& operator=(const UnixListener&) = delete;

  // BLOCKS: until somebody connects; nullptr when `wake` is set first.
  base::Result<std::unique_ptr<UnixSocket>> Accept(const WakeEvent& wake);

 private:
  explicit UnixListener(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace env
