#include "serve/kafka_frames.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"

namespace serve {
namespace {

constexpr size_t kLengthBytes = 4;
constexpr size_t kFirstRoomBytes = size_t{16} << 10;

}  // namespace

base::Result<KafkaFrames::Found> KafkaFrames::Read(env::Socket& socket) {
  for (;;) {
    if (!in_frame_ && !TRY(BeginFrame())) {
      const auto count = TRY(Fill(socket));
      if (!count) return Found::kNothing;
      if (*count == 0) return Found::kEnd;
      continue;
    }
    if (received_ < frame_size_ && received_ == frame_.size() && !TakeRoom()) {
      return Found::kNoMemory;
    }
    if (begin_ < end_) {
      const size_t count = std::min(end_ - begin_, frame_.size() - received_);
      std::memcpy(frame_.data() + received_, buffer_.data() + begin_, count);
      begin_ += count;
      received_ += count;
    }
    if (received_ == frame_size_) return Found::kFrame;
    if (received_ == frame_.size()) continue;
    // The end of a frame comes through the buffer, for the next ones may be right behind it.
    std::optional<size_t> count;
    if (frame_size_ - received_ < buffer_.size() / 2) {
      count = TRY(Fill(socket));
    } else {
      count = TRY(socket.Read(frame_.data() + received_, frame_.size() - received_));
      received_ += count.value_or(0);
      bytes_read_ += count.value_or(0);
    }
    if (!count) return Found::kNothing;
    if (*count == 0) return Found::kEnd;
  }
}

base::Result<bool> KafkaFrames::BeginFrame() {
  if (end_ - begin_ < kLengthBytes) return false;
  const auto length = base::LoadBigEndian<int32_t>(buffer_.data() + begin_);
  if (length < 0 || static_cast<size_t>(length) > frame_bytes_max_) {
    return base::InvalidArgument("a request of " + std::to_string(length) + " bytes");
  }
  begin_ += kLengthBytes;
  frame_size_ = static_cast<size_t>(length);
  received_ = 0;
  frame_.clear();
  in_frame_ = true;
  return true;
}

bool KafkaFrames::TakeRoom() {
  const size_t room = std::min(frame_size_, std::max(kFirstRoomBytes, 2 * received_));
  if (overdraw_) {
    charge_.Hold(room);
  } else if (!charge_.TryHold(room)) {
    return false;
  }
  frame_.resize(room);
  return true;
}

base::Result<std::optional<size_t>> KafkaFrames::Fill(env::Socket& socket) {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= std::exchange(begin_, 0);
  const auto count = TRY(socket.Read(buffer_.data() + end_, buffer_.size() - end_));
  end_ += count.value_or(0);
  bytes_read_ += count.value_or(0);
  return count;
}

std::string KafkaFrames::Take() {
  CHECK(in_frame_ && received_ == frame_size_);
  in_frame_ = false;
  overdraw_ = false;
  frame_size_ = 0;
  received_ = 0;
  return std::exchange(frame_, {});
}

}  // namespace serve
