#include "serve/owner_frame.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

#include "base/check.h"
#include "base/limits.h"

namespace serve {
namespace {

constexpr size_t kHeaderBytes = 5;  // the kind, then the length as four bytes, highest first

bool IsKind(char byte) {
  constexpr std::string_view kKinds = "VAEDTIGCsdfoepx";
  return kKinds.find(byte) != std::string_view::npos;
}

base::Result<void> ParseTerminal(std::string_view payload, OwnerRequest& request) {
  while (!payload.empty() && (payload[0] == 'o' || payload[0] == 'e')) {
    (payload[0] == 'o' ? request.out_terminal : request.err_terminal) = true;
    payload.remove_prefix(1);
  }
  constexpr int kColumnsMax = 100'000;
  const char* const end = payload.data() + payload.size();
  const auto [stopped, error] = std::from_chars(payload.data(), end, request.columns);
  if (error != std::errc() || stopped != end || request.columns < 0 ||
      request.columns > kColumnsMax) {
    return base::Corruption("a request with an impossible terminal");
  }
  return {};
}

}  // namespace

std::string EncodeFrame(FrameKind kind, std::string_view payload) {
  CHECK(payload.size() <= base::limits::kOwnerFrameBytesMax);
  const auto size = static_cast<uint32_t>(payload.size());
  std::string frame;
  frame.reserve(kHeaderBytes + payload.size());
  frame += static_cast<char>(kind);
  for (int shift = 24; shift >= 0; shift -= 8) frame += static_cast<char>(size >> shift & 0xFF);
  frame += payload;
  return frame;
}

std::string EncodeFrames(FrameKind kind, std::string_view payload) {
  std::string frames;
  while (!payload.empty()) {
    const std::string_view piece = payload.substr(0, base::limits::kOwnerFrameBytesMax);
    frames += EncodeFrame(kind, piece);
    payload.remove_prefix(piece.size());
  }
  return frames;
}

base::Result<std::string> EncodeRequest(const OwnerRequest& request) {
  std::string bytes = EncodeFrame(FrameKind::kHello, kOwnerProtocol);
  const auto add = [&bytes](FrameKind kind, std::string_view payload) {
    if (payload.size() > base::limits::kOwnerFrameBytesMax) return false;
    bytes += EncodeFrame(kind, payload);
    return true;
  };
  bool fits = add(FrameKind::kDirectory, request.working_directory);
  for (const std::string& argument : request.arguments) {
    fits = fits && add(FrameKind::kArgument, argument);
  }
  for (const auto& [name, value] : request.environment) {
    fits = fits && add(FrameKind::kVariable, name + "=" + value);
  }
  fits = fits && add(FrameKind::kTerminal, std::string(request.out_terminal ? "o" : "") +
                                               (request.err_terminal ? "e" : "") +
                                               std::to_string(request.columns));
  bytes += EncodeFrames(FrameKind::kInput, request.standard_input);
  bytes += EncodeFrame(FrameKind::kGo, {});
  const size_t num_frames = request.arguments.size() + request.environment.size();
  if (!fits || bytes.size() > base::limits::kOwnerRequestBytesMax ||
      num_frames + 64 > base::limits::kOwnerRequestFramesMax) {
    return base::InvalidArgument("the command with its input is too large to hand over",
                                 "Put a long SQL text into several smaller ones.");
  }
  return bytes;
}

base::Result<std::optional<Frame>> FrameDecoder::Next() {
  const std::string_view rest = std::string_view(buffer_).substr(consumed_);
  if (rest.empty()) {
    buffer_.clear();
    consumed_ = 0;
    return std::optional<Frame>();
  }
  if (!IsKind(rest[0])) return base::Corruption("a frame of an unknown kind");
  if (rest.size() < kHeaderBytes) return std::optional<Frame>();
  size_t size = 0;
  for (size_t i = 1; i < kHeaderBytes; ++i) size = size << 8 | static_cast<uint8_t>(rest[i]);
  if (size > base::limits::kOwnerFrameBytesMax) {
    return base::Corruption("a frame of " + std::to_string(size) + " bytes");
  }
  if (rest.size() < kHeaderBytes + size) {
    // Keeps the buffer at one frame and what was read beyond it.
    buffer_.erase(0, std::exchange(consumed_, 0));
    return std::optional<Frame>();
  }
  consumed_ += kHeaderBytes + size;
  return std::optional<Frame>(Frame{.kind = static_cast<FrameKind>(rest[0]),
                                    .payload = std::string(rest.substr(kHeaderBytes, size))});
}

base::Result<bool> RequestDecoder::Add(const Frame& frame) {
  num_bytes_ += kHeaderBytes + frame.payload.size();
  if (num_bytes_ > base::limits::kOwnerRequestBytesMax ||
      ++num_frames_ > base::limits::kOwnerRequestFramesMax) {
    return base::InvalidArgument("the request is too large");
  }
  if (num_frames_ == 1 && frame.kind != FrameKind::kHello) {
    return base::Corruption("a request that does not say its version");
  }
  switch (frame.kind) {
    case FrameKind::kHello:
      if (num_frames_ != 1) return base::Corruption("a request that begins twice");
      if (frame.payload != kOwnerProtocol) {
        return base::Unsupported("the owner speaks '" + std::string(kOwnerProtocol) + "' only",
                                 "Both commands must be of one version of tributary.");
      }
      return false;
    case FrameKind::kArgument:
      request_.arguments.push_back(frame.payload);
      return false;
    case FrameKind::kVariable: {
      const size_t equals = frame.payload.find('=');
      if (equals == std::string::npos) return base::Corruption("a variable without a value");
      request_.environment[frame.payload.substr(0, equals)] = frame.payload.substr(equals + 1);
      return false;
    }
    case FrameKind::kDirectory:
      request_.working_directory = frame.payload;
      return false;
    case FrameKind::kTerminal:
      TRY(ParseTerminal(frame.payload, request_));
      return false;
    case FrameKind::kInput:
      request_.standard_input += frame.payload;
      return false;
    case FrameKind::kGo:
      return true;
    case FrameKind::kCancel:
    case FrameKind::kStarted:
    case FrameKind::kDeclined:
    case FrameKind::kRefused:
    case FrameKind::kOut:
    case FrameKind::kErr:
    case FrameKind::kPing:
    case FrameKind::kExit:
      break;
  }
  return base::Corruption("a frame that has no place in a request");
}

}  // namespace serve
