// The serving half of the owner socket: one acceptor thread, one thread a connection that watches
// its client, and one that runs the client's command.
#include <array>
#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "env/unix_socket.h"
#include "serve/owner.h"
#include "serve/owner_frame.h"
#include "serve/owner_lock.h"

namespace serve {
namespace {

namespace limits = base::limits;

// Sends a command's output to its client as frames. The first failure is the client's end: the
// command is asked to stop and the rest is dropped. THREAD: any.
class FrameSink final : public OutputSink {
 public:
  FrameSink(env::PlainSocket& socket, std::stop_source stop)
      : socket_(socket), stop_(std::move(stop)) {}

  void Out(std::string_view text) override { Send(FrameKind::kOut, text); }
  void Err(std::string_view text) override { Send(FrameKind::kErr, text); }

  void Send(FrameKind kind, std::string_view text) {
    if (!text.empty()) Write(EncodeFrames(kind, text));
  }
  void SendOne(FrameKind kind, std::string_view payload) { Write(EncodeFrame(kind, payload)); }

 private:
  void Write(const std::string& bytes) {
    const std::lock_guard guard(mutex_);
    if (broken_) return;
    const auto written = socket_.WriteAll(bytes, limits::kOwnerClientStallMs);
    if (written.ok()) return;
    broken_ = true;
    stop_.request_stop();
  }

  env::PlainSocket& socket_;
  std::stop_source stop_;
  std::mutex mutex_;  // held while writing, so that frames of two threads do not mix
  bool broken_ = false;
};

class Server final : public OwnerServer {
 public:
  Server(OwnerOptions options, std::string socket_path)
      : options_(std::move(options)), socket_path_(std::move(socket_path)) {}

  base::Result<void> Start(const std::string& project_root) {
    ended_ = TRY(env::WakeEvent::Create());
    lock_ = TRY(TakeOwnerLock(project_root, options_.command));
    if (lock_ == nullptr) return {};
    listener_ = TRY(env::UnixListener::Listen(socket_path_, limits::kOwnerConnectionsMax));
    acceptor_ = std::thread([this] { AcceptAll(); });
    return {};
  }

  [[nodiscard]] bool owns() const { return lock_ != nullptr; }

  ~Server() override {
    if (!acceptor_.joinable()) return;
    WaitForRequestsUnderWay();
    {
      const std::lock_guard guard(mutex_);
      closed_ = true;
    }
    ended_->Set();
    acceptor_.join();
    // While the lock is held nobody else can have put a socket there.
    (void)unlink(socket_path_.c_str());
    listener_.reset();
    for (Connection& connection : connections_) connection.thread.join();
  }

  [[nodiscard]] size_t num_requests() const override {
    const std::lock_guard guard(mutex_);
    return running_.size();
  }

  void StopRequests() override {
    std::list<RunningRequest> running;
    {
      const std::lock_guard guard(mutex_);
      running = running_;
    }
    // Without the mutex: what a stop calls is the commands' own.
    for (RunningRequest& request : running) request.stop.request_stop();
  }

 private:
  struct RunningRequest {
    uint64_t number = 0;
    std::stop_source stop;
  };
  struct Connection {
    std::unique_ptr<env::PlainSocket> socket;
    std::thread thread;
    std::atomic<bool> done = false;
  };

  // Requests taken before the end began are waited for while others are still served: those
  // would otherwise stand before a locked door for as long as the longest of them takes.
  void WaitForRequestsUnderWay() {
    std::unique_lock lock(mutex_);
    ending_ = true;
    const uint64_t last = next_request_;
    request_ended_.wait(lock, [&] { return running_.empty() || running_.front().number >= last; });
  }

  void AcceptAll() {
    for (;;) {
      auto accepted = listener_->Accept(*ended_);
      if (!accepted.ok()) {
        // Out of descriptors, most likely; those of running commands come free.
        LOG_WARN("cannot take a command of another process",
                 {base::LogField("error", accepted.error().ToString())});
        if (ended_->WaitFor(limits::kOwnerAcceptRetryMs)) return;
        continue;
      }
      if (*accepted == nullptr) return;
      connections_.remove_if([](Connection& connection) {
        if (!connection.done) return false;
        connection.thread.join();
        return true;
      });
      Admit(std::move(*accepted));
    }
  }

  void Admit(std::unique_ptr<env::PlainSocket> socket) {
    const auto peer = socket->PeerUser();
    if (!peer.ok() || (*peer != geteuid() && *peer != 0)) return;
    if (connections_.size() >= static_cast<size_t>(limits::kOwnerConnectionsMax)) {
      // Says so without waiting: this thread must stay free for the others.
      (void)socket->WriteAll(
          EncodeFrame(FrameKind::kDeclined, "too many commands are connected to it"), 0);
      return;
    }
    Connection& connection = connections_.emplace_back();
    connection.socket = std::move(socket);
    connection.thread = std::thread([this, &connection] {
      Serve(*connection.socket);
      connection.socket->Shutdown();
      connection.done = true;
    });
  }

  void Serve(env::PlainSocket& socket) {
    FrameDecoder frames;
    auto request = ReadRequest(socket, frames);
    if (!request.ok()) {
      const bool refused = request.error().code() != base::Code::kCancelled;
      const std::string why = request.error().message();
      if (refused) (void)socket.WriteAll(EncodeFrame(FrameKind::kRefused, why), 0);
      return;
    }
    RunningRequest running;
    switch (TakeRequest(*request, running)) {
      case Taken::kClosed:
        return;  // without a word, so the client tries to own the project itself
      case Taken::kDeclined:
        (void)socket.WriteAll(EncodeFrame(FrameKind::kDeclined, options_.command), 0);
        return;
      case Taken::kStarted:
        break;
    }
    Run(socket, frames, *request, running.stop);
    {
      const std::lock_guard guard(mutex_);
      running_.remove_if(
          [&](const RunningRequest& one) { return one.number == running.number; });
    }
    request_ended_.notify_all();
  }

  // ERRORS: kCancelled: the client left, or the server ends; the rest: it must be told.
  base::Result<OwnerRequest> ReadRequest(env::PlainSocket& socket, FrameDecoder& frames) {
    RequestDecoder decoder;
    std::array<char, 65'536> buffer;
    for (;;) {
      while (auto frame = TRY(frames.Next())) {
        if (TRY(decoder.Add(*frame))) return std::move(decoder).Take();
      }
      switch (TRY(socket.WaitReadable(limits::kOwnerRequestStallMs, ended_.get()))) {
        case env::Waited::kWoken:
          return base::Cancelled("the owner ends");
        case env::Waited::kTimeout:
          return base::Timeout("the request did not come");
        case env::Waited::kReadable:
          break;
      }
      const auto count = TRY(socket.Read(buffer.data(), buffer.size()));
      if (count == 0) return base::Cancelled("the client left");
      frames.Append({buffer.data(), count.value_or(0)});
    }
  }

  enum class Taken { kStarted, kDeclined, kClosed };
  Taken TakeRequest(const OwnerRequest& request, RunningRequest& running) {
    const std::lock_guard guard(mutex_);
    if (closed_) return Taken::kClosed;
    if (options_.accepts && !options_.accepts(request, ending_)) return Taken::kDeclined;
    running.number = next_request_++;
    running_.push_back(running);
    return Taken::kStarted;
  }

  void Run(env::PlainSocket& socket, FrameDecoder& frames, const OwnerRequest& request,
           std::stop_source stop) {
    FrameSink sink(socket, stop);
    auto finished = env::WakeEvent::Create();
    if (!finished.ok()) {
      sink.SendOne(FrameKind::kRefused, finished.error().message());
      return;
    }
    sink.SendOne(FrameKind::kStarted, {});
    int exit_code = 0;
    std::thread worker([&] {
      exit_code = options_.handler(request, sink, stop.get_token());
      (*finished)->Set();
    });
    WatchClient(socket, frames, sink, stop, **finished);
    worker.join();
    sink.SendOne(FrameKind::kExit, std::to_string(exit_code));
  }

  // Until the command has finished: tells the client that it lives, and the command when the
  // client wants it to stop or is gone.
  static void WatchClient(env::PlainSocket& socket, FrameDecoder& frames, FrameSink& sink,
                          std::stop_source& stop, const env::WakeEvent& finished) {
    std::array<char, 4096> buffer;
    for (;;) {
      const auto waited = socket.WaitReadable(limits::kOwnerPingMs, &finished);
      if (!waited.ok()) break;
      if (*waited == env::Waited::kWoken) return;
      if (*waited == env::Waited::kTimeout) {
        sink.SendOne(FrameKind::kPing, {});
        continue;
      }
      const auto count = socket.Read(buffer.data(), buffer.size());
      if (!count.ok() || *count == 0) break;
      frames.Append({buffer.data(), count->value_or(0)});
      auto frame = frames.Next();
      while (frame.ok() && frame->has_value() && (*frame)->kind == FrameKind::kCancel) {
        stop.request_stop();
        frame = frames.Next();
      }
      if (!frame.ok() || frame->has_value()) break;  // a client that talks nonsense
    }
    stop.request_stop();
    socket.Shutdown();  // ends a write that waits for this client
  }

  const OwnerOptions options_;
  const std::string socket_path_;
  std::unique_ptr<env::FileLock> lock_;
  std::unique_ptr<env::WakeEvent> ended_;
  std::unique_ptr<env::UnixListener> listener_;
  std::list<Connection> connections_;  // of the acceptor; of the destructor after its end
  mutable std::mutex mutex_;
  std::condition_variable request_ended_;
  std::list<RunningRequest> running_;  // by number, ascending
  uint64_t next_request_ = 0;
  bool ending_ = false;
  bool closed_ = false;
  std::thread acceptor_;
};

}  // namespace

base::Result<std::unique_ptr<OwnerServer>> OwnerServer::TryOwn(const std::string& project_root,
                                                               OwnerOptions options) {
  auto server = std::make_unique<Server>(std::move(options), SocketPath(project_root));
  TRY(server->Start(project_root));
  if (!server->owns()) return std::unique_ptr<OwnerServer>();
  return std::unique_ptr<OwnerServer>(std::move(server));
}

}  // namespace serve
