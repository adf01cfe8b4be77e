// KafkaFrames: cuts what a connection sends into requests: a length of four bytes, then as many
// bytes. Memory is taken as the bytes arrive, not as they are announced, and charged to an account.
// Owner; THREAD: its connection's.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/limits.h"
#include "base/memory_budget.h"
#include "base/result.h"
#include "env/socket.h"

namespace serve {

class KafkaFrames {
 public:
  // `account` is borrowed for life.
  KafkaFrames(size_t frame_bytes_max, base::MemoryAccount* account)
      : frame_bytes_max_(frame_bytes_max), charge_(account) {}

  enum class Found {
    kFrame,     // Take gives it
    kNothing,   // wait for the socket
    kNoMemory,  // what comes needs more than the account has: ask again later
    kEnd,       // the peer has closed
  };
  // Reads what is there until a frame is whole. ERRORS: kInvalidArgument: a length that cannot be;
  // those of the socket.
  base::Result<Found> Read(env::Socket& socket);
  // REQUIRES: kFrame before. Its memory stays charged until the next Read or Release.
  std::string Take();
  void Release() { charge_.Hold(0); }

  // Goes on with the frame under way whether or not the account has room.
  void Overdraw() { overdraw_ = true; }
  [[nodiscard]] bool overdraws() const { return overdraw_; }

  // Part of a frame has come, the rest has not.
  [[nodiscard]] bool midway() const { return in_frame_ || begin_ != end_; }
  [[nodiscard]] uint64_t bytes_read() const { return bytes_read_; }

 private:
  base::Result<bool> BeginFrame();  // false: the length is not there yet
  bool TakeRoom();                  // for at least a byte more of the frame
  base::Result<std::optional<size_t>> Fill(env::Socket& socket);

  const size_t frame_bytes_max_;
  base::MemoryCharge charge_;
  std::array<char, base::limits::kKafkaReadBytes> buffer_;
  size_t begin_ = 0;  // [begin_, end_) of the buffer is read and not used
  size_t end_ = 0;
  std::string frame_;  // its size is the room taken for it
  size_t frame_size_ = 0;
  size_t received_ = 0;  // of the frame
  bool in_frame_ = false;
  bool overdraw_ = false;
  uint64_t bytes_read_ = 0;
};

}  // namespace serve
