// TLS 1.2 and 1.3 (OpenSSL) over a PlainSocket, the serving side. REQUIRES: the process ignores
// SIGPIPE. THREAD: TlsServer any; a TlsSocket as any Socket.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <openssl/ssl.h>

#include "base/result.h"
#include "env/socket.h"

namespace env {

enum class ClientCertificate : uint8_t { kIgnored, kAsked, kRequired };

// Files in PEM form.
struct TlsFiles {
  std::string certificate;  // with the intermediate ones after it
  std::string key;
  std::string client_authorities = {};  // that clients' certificates are checked against
  ClientCertificate clients = ClientCertificate::kIgnored;
};

class TlsSocket final : public Socket {
 public:
  base::Result<Waited> WaitReadable(int64_t timeout_ms, const WakeEvent* wake) override;
  base::Result<std::optional<size_t>> Read(char* buffer, size_t size) override;
  base::Result<size_t> Write(std::span<const std::string_view> pieces) override;
  base::Result<bool> WaitWritable(int64_t timeout_ms) override;
  void Shutdown() override;

  // The distinguished name of the client's certificate as RFC 2253 writes it; "" without one.
  [[nodiscard]] std::string PeerName() const;

 private:
  friend class TlsServer;
  struct Free {
    void operator()(SSL* tls) const { SSL_free(tls); }
  };
  TlsSocket(std::unique_ptr<PlainSocket> socket, SSL* tls) : socket_(std::move(socket)), tls_(tls) {}
  // Waits for what the TLS layer asked for in `error`. True when woken or timed out.
  base::Result<Waited> WaitFor(int error, int64_t timeout_ms, const WakeEvent* wake);

  const std::unique_ptr<PlainSocket> socket_;
  const std::unique_ptr<SSL, Free> tls_;
  int blocked_ = SSL_ERROR_NONE;  // what the last Write waits for
};

class TlsServer {
 public:
  // ERRORS: kInvalidArgument: a file that is not what it should be, or does not fit the other.
  static base::Result<std::shared_ptr<const TlsServer>> Load(const TlsFiles& files);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  // The handshake. BLOCKS: until it is done. ERRORS: kTimeout; kCancelled: `wake` was set; kIo: the
  // peer speaks no TLS that we do, or has no certificate that it needs.
  base::Result<std::unique_ptr<TlsSocket>> Handshake(std::unique_ptr<PlainSocket> socket,
                                                     int64_t timeout_ms,
                                                     const WakeEvent& wake) const;

 private:
  explicit TlsServer(SSL_CTX* context) : context_(context) {}
  SSL_CTX* const context_;
};

}  // namespace env
