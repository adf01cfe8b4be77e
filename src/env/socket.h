// Socket: a connection as a stream of bytes, non-blocking underneath with a deadline on every wait.
// PlainSocket is the kernel's own (TCP, local); TlsSocket (tls.h) encrypts. THREAD: one at a time,
// but for Shutdown (any). ERRORS: those of base::FromErrno; kTimeout: the deadline passed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "env/event.h"

namespace env {

// Closes its descriptor unless it was released. Movable owner.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : number_(other.Release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  [[nodiscard]] int get() const { return number_; }
  int Release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

// How a wait ended. kReadable includes the end of the stream and an error: the next read tells.
enum class Waited { kReadable, kWoken, kTimeout };

class Socket {
 public:
  virtual ~Socket() = default;
  Socket() = default;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  // BLOCKS: until there is something to read, `wake` is set (it wins), or the deadline passes.
  virtual base::Result<Waited> WaitReadable(int64_t timeout_ms, const WakeEvent* wake) = 0;
  // What is there, at most `size` bytes; 0 is the end of the stream, nullopt that nothing is there.
  virtual base::Result<std::optional<size_t>> Read(char* buffer, size_t size) = 0;
  // Takes what it can of the pieces without waiting: bytes taken, 0 when there is no room.
  virtual base::Result<size_t> Write(std::span<const std::string_view> pieces) = 0;
  // BLOCKS: until Write may take more. False when the deadline passed.
  virtual base::Result<bool> WaitWritable(int64_t timeout_ms) = 0;
  // Ends both directions: a wait of another thread returns.
  virtual void Shutdown() = 0;

  // BLOCKS: until all of it is taken. kTimeout when the peer took nothing for `stall_ms`.
  base::Result<void> WriteAll(std::string_view bytes, int64_t stall_ms);
};

// Drops the first `count` bytes of `pieces`; the pieces that are left.
std::span<std::string_view> Advance(std::span<std::string_view> pieces, size_t count);

class PlainSocket final : public Socket {
 public:
  // Takes a connected, non-blocking descriptor.
  explicit PlainSocket(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

  base::Result<Waited> WaitReadable(int64_t timeout_ms, const WakeEvent* wake) override;
  base::Result<std::optional<size_t>> Read(char* buffer, size_t size) override;
  base::Result<size_t> Write(std::span<const std::string_view> pieces) override;
  base::Result<bool> WaitWritable(int64_t timeout_ms) override;
  void Shutdown() override;

  // The user at the other end of a local socket, as the kernel knows it.
  base::Result<uint32_t> PeerUser();
  [[nodiscard]] int descriptor() const { return descriptor_.get(); }

 private:
  const Descriptor descriptor_;
};

}  // namespace env
