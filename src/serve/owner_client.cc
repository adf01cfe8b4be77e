// The asking half of the owner socket.
#include <array>
#include <charconv>
#include <utility>

#include "base/limits.h"
#include "env/unix_socket.h"
#include "serve/owner.h"
#include "serve/owner_frame.h"
#include "serve/owner_lock.h"

namespace serve {
namespace {

namespace limits = base::limits;

// One request on its way. Value on the stack of RunInOwner.
class Conversation {
 public:
  Conversation(env::PlainSocket& socket, OutputSink& output, std::stop_token stop)
      : socket_(socket), output_(output), stop_(std::move(stop)) {}

  base::Result<int> Run(const std::string& request) {
    const auto cancelled = TRY(env::WakeEvent::Create());
    const std::stop_callback cancel(stop_, [&] { cancelled->Set(); });
    // A failed write is explained by what the owner said before it closed, if anything.
    const auto sent = socket_.WriteAll(request, limits::kOwnerRequestStallMs);
    if (!sent.ok() && sent.error().code() == base::Code::kTimeout) return sent.error();
    const env::WakeEvent* wake = cancelled.get();
    std::array<char, 65'536> buffer;
    for (;;) {
      switch (TRY(socket_.WaitReadable(limits::kOwnerSilenceMs, wake))) {
        case env::Waited::kWoken:
          (void)socket_.WriteAll(EncodeFrame(FrameKind::kCancel, {}), limits::kOwnerRequestStallMs);
          wake = nullptr;
          continue;
        case env::Waited::kTimeout:
          return base::Timeout("the owner of the project gives no sign");
        case env::Waited::kReadable:
          break;
      }
      const auto count = TRY(socket_.Read(buffer.data(), buffer.size()));
      if (count == 0) return Gone();
      frames_.Append({buffer.data(), count.value_or(0)});
      while (auto frame = TRY(frames_.Next())) {
        if (frame->kind == FrameKind::kExit) return ParseExit(frame->payload);
        TRY(Take(*frame));
      }
    }
  }

 private:
  base::Result<void> Take(const Frame& frame) {
    switch (frame.kind) {
      case FrameKind::kStarted:
        started_ = true;
        return {};
      case FrameKind::kOut:
        output_.Out(frame.payload);
        return {};
      case FrameKind::kErr:
        output_.Err(frame.payload);
        return {};
      case FrameKind::kPing:
        return {};
      case FrameKind::kDeclined:
        return base::Unavailable(frame.payload);
      case FrameKind::kRefused:
        return base::InvalidArgument("the owner of the project refused the command: " +
                                     frame.payload);
      case FrameKind::kHello:
      case FrameKind::kArgument:
      case FrameKind::kVariable:
      case FrameKind::kDirectory:
      case FrameKind::kTerminal:
      case FrameKind::kInput:
      case FrameKind::kGo:
      case FrameKind::kCancel:
      case FrameKind::kExit:
        break;
    }
    return base::Corruption("the owner of the project talks nonsense");
  }

  static base::Result<int> ParseExit(std::string_view payload) {
    int code = 0;
    const auto [end, error] =
        std::from_chars(payload.data(), payload.data() + payload.size(), code);
    if (error != std::errc() || end != payload.data() + payload.size()) {
      return base::Corruption("the owner of the project talks nonsense");
    }
    return code;
  }

  [[nodiscard]] base::Error Gone() const {
    if (!started_)
      return base::NotFound("the owner of the project ended before it took the command");
    return base::Io("the process that owned the project ended before the command did",
                    "Run the command again: what was not committed has left no trace.");
  }

  env::PlainSocket& socket_;
  OutputSink& output_;
  std::stop_token stop_;
  FrameDecoder frames_;
  bool started_ = false;
};

}  // namespace

base::Result<int> RunInOwner(const std::string& project_root, const OwnerRequest& request,
                             OutputSink& output, std::stop_token stop) {
  const std::string bytes = TRY(EncodeRequest(request));
  auto socket = env::ConnectUnix(SocketPath(project_root), limits::kOwnerConnectMs);
  if (!socket.ok()) {
    const bool absent = socket.error().code() == base::Code::kUnavailable;
    return absent ? base::NotFound(socket.error().message()) : socket.error();
  }
  return Conversation(**socket, output, std::move(stop)).Run(bytes);
}

}  // namespace serve
