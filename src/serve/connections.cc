#include "serve/connections.h"

#include <chrono>
#include <utility>

#include "base/limits.h"
#include "base/log.h"

namespace serve {

namespace limits = base::limits;

ConnectionServer::ConnectionServer(Options options)
    : options_(std::move(options)),
      accepted_(options_.metrics->CounterOf("tributary_connections_accepted_total",
                                            "Connections taken.", {{"listener", options_.name}})),
      refused_(options_.metrics->CounterOf("tributary_connections_refused_total",
                                           "Connections closed at once: too many are open.",
                                           {{"listener", options_.name}})),
      handshakes_failed_(options_.metrics->CounterOf("tributary_tls_handshakes_failed_total",
                                                     "TLS handshakes that failed.",
                                                     {{"listener", options_.name}})),
      open_(options_.metrics->GaugeOf("tributary_connections", "Connections open.",
                                      {{"listener", options_.name}})) {}

base::Result<std::unique_ptr<ConnectionServer>> ConnectionServer::Start(Options options) {
  auto server = std::unique_ptr<ConnectionServer>(new ConnectionServer(std::move(options)));
  server->wake_ = TRY(env::WakeEvent::Create());
  for (const ListenAddress& one : server->options_.addresses) {
    server->listeners_.push_back(TRY(env::TcpListener::Listen(one.address, limits::kListenBacklog)));
    server->addresses_.push_back(
        {.host = one.address.host, .port = server->listeners_.back()->port()});
  }
  server->acceptor_ = std::thread([self = server.get()] { self->AcceptAll(); });
  return server;
}

void ConnectionServer::AcceptAll() {
  while (!stopping_) {
    const auto waited = env::WaitForConnection(listeners_, *wake_);
    wake_->Clear();
    Reap();
    bool room = waited.ok();
    for (size_t i = 0; i < listeners_.size(); ++i) room = AcceptFrom(i) && room;
    // Descriptors come free as connections end; asking at once again would only burn time.
    if (!room) (void)wake_->WaitFor(limits::kAcceptRetryMs);
  }
}

bool ConnectionServer::AcceptFrom(size_t listener) {
  for (int i = 0; i < limits::kAcceptsPerTurn && !stopping_; ++i) {
    auto accepted = listeners_[listener]->TryAccept();
    if (!accepted.ok()) {
      refused_.Add();
      LOG_WARN("cannot take a connection", {base::LogField("listener", options_.name),
                                            {"error", accepted.error().ToString()}});
      return false;
    }
    if (accepted->socket == nullptr) return true;
    Admit(listener, std::move(*accepted));
  }
  return true;
}

void ConnectionServer::Admit(size_t listener, env::AcceptedTcp accepted) {
  auto event = env::WakeEvent::Create();
  const std::lock_guard guard(mutex_);
  if (!event.ok() || connections_.size() >= options_.connections_max) {
    refused_.Add();
    return;
  }
  auto owned = std::make_unique<Connection>();
  Connection& connection = *owned;
  connection.listener = listener;
  connection.peer = std::move(accepted.peer);
  connection.local = std::move(accepted.local);
  connection.accepted = std::move(accepted.socket);
  connection.wake = std::move(*event);
  connections_.push_back(std::move(owned));
  // It waits for the mutex before it ends, so `thread` is set by then.
  auto thread = env::Thread::Start(options_.stack_bytes, [this, &connection] { Run(connection); });
  if (!thread.ok()) {
    refused_.Add();
    LOG_WARN("cannot serve a connection", {{"error", thread.error().ToString()}});
    connections_.pop_back();
    return;
  }
  connection.thread = std::move(*thread);
  accepted_.Add();
  open_.Add(1);
}

void ConnectionServer::Run(Connection& connection) {
  if (Prepare(connection)) options_.serve(connection);
  const std::lock_guard guard(mutex_);
  connection.socket.reset();  // the peer learns it now, not when the thread is waited for
  for (auto it = connections_.begin(); it != connections_.end(); ++it) {
    if (it->get() != &connection) continue;
    finished_.splice(finished_.end(), connections_, it);
    break;
  }
  open_.Add(-1);
  wake_->Set();
  ended_.notify_all();
}

bool ConnectionServer::Prepare(Connection& connection) {
  const auto& tls = options_.addresses[connection.listener].tls;
  std::unique_ptr<env::Socket> socket;
  if (tls == nullptr) {
    socket = std::move(connection.accepted);
  } else {
    auto encrypted = tls->Handshake(std::move(connection.accepted), limits::kTlsHandshakeMs,
                                    *connection.wake);
    if (!encrypted.ok()) {
      handshakes_failed_.Add();
      LOG_INFO("a TLS handshake failed", {{"listener", options_.name},
                                          {"peer", connection.peer.ToString()},
                                          {"error", encrypted.error().message()}});
      return false;
    }
    connection.certificate = (*encrypted)->PeerName();
    socket = std::move(*encrypted);
  }
  const std::lock_guard guard(mutex_);  // from now on Stop may shut it down
  connection.socket = std::move(socket);
  return true;
}

void ConnectionServer::Reap() {
  std::list<std::unique_ptr<Connection>> finished;
  {
    const std::lock_guard guard(mutex_);
    finished.swap(finished_);
  }
  // Waits here, without the mutex, for the last instructions of those threads.
}

void ConnectionServer::Stop(int64_t patience_ms) {
  if (!acceptor_.joinable()) return;
  stopping_ = true;
  wake_->Set();
  acceptor_.join();
  listeners_.clear();
  {
    std::unique_lock lock(mutex_);
    for (const auto& connection : connections_) {
      connection->stopping = true;
      connection->wake->Set();
    }
    const auto none = [this] { return connections_.empty(); };
    (void)ended_.wait_for(lock, std::chrono::milliseconds(patience_ms), none);
    for (const auto& connection : connections_) {
      connection->aborted = true;
      connection->wake->Set();
      if (connection->socket != nullptr) connection->socket->Shutdown();
    }
    ended_.wait(lock, none);
  }
  Reap();
}

std::vector<env::HostPort> ConnectionServer::addresses() const { return addresses_; }

size_t ConnectionServer::num_connections() const {
  const std::lock_guard guard(mutex_);
  return connections_.size();
}

}  // namespace serve
