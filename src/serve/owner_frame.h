// The bytes of the owner socket (docs/format/owner_socket.md): frames of a kind, a length and a
// payload, and the request that a run of them makes. Pure: no I/O. Owner values; THREAD: one at a
// time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "serve/owner.h"

namespace serve {

inline constexpr std::string_view kOwnerProtocol = "tributary-owner 1";

// The value is the byte on the wire.
enum class FrameKind : char {
  // client to owner
  kHello = 'V',      // kOwnerProtocol; first
  kArgument = 'A',   // one, in order
  kVariable = 'E',   // NAME=value
  kDirectory = 'D',  // working directory
  kTerminal = 'T',   // "o" and "e" for the streams that are terminals, then the columns
  kInput = 'I',      // a piece of standard input
  kGo = 'G',         // the request is whole
  kCancel = 'C',     // please stop
  // owner to client
  kStarted = 's',   // the request is taken; nothing before it has had an effect
  kDeclined = 'd',  // not now; payload: why
  kRefused = 'f',   // a bad request; payload: why
  kOut = 'o',       // bytes of standard output
  kErr = 'e',       // bytes of standard error
  kPing = 'p',      // still alive
  kExit = 'x',      // the exit code in decimal; last
};

struct Frame {
  FrameKind kind;
  std::string payload;
};

// REQUIRES: payload.size() <= kOwnerFrameBytesMax.
[[nodiscard]] std::string EncodeFrame(FrameKind kind, std::string_view payload);
// Large payloads become several frames of one kind.
[[nodiscard]] std::string EncodeFrames(FrameKind kind, std::string_view payload);

// The whole of a request, kHello to kGo. ERRORS: kInvalidArgument: beyond the bounds.
base::Result<std::string> EncodeRequest(const OwnerRequest& request);

// Cuts a stream of bytes into frames.
class FrameDecoder {
 public:
  void Append(std::string_view bytes) { buffer_ += bytes; }
  // nullopt: more bytes are needed. ERRORS: kCorruption: an unknown kind or an impossible length.
  base::Result<std::optional<Frame>> Next();

 private:
  std::string buffer_;
  size_t consumed_ = 0;
};

// Puts a request together from its frames.
class RequestDecoder {
 public:
  // True: the request is whole. ERRORS: kCorruption: frames no client sends; kUnsupported: another
  // version of the protocol; kInvalidArgument: larger than the bounds.
  base::Result<bool> Add(const Frame& frame);
  // REQUIRES: Add returned true.
  OwnerRequest Take() && { return std::move(request_); }

 private:
  OwnerRequest request_;
  size_t num_frames_ = 0;
  size_t num_bytes_ = 0;
};

}  // namespace serve
