#include "env/tls.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "base/check.h"
#include "env/wait.h"

namespace env {
namespace {

constexpr size_t kRecordBytes = 16'384;  // what one TLS record holds

int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// The reason of the oldest error in this thread's queue, which is emptied.
std::string Reason() {
  const unsigned long error = ERR_get_error();
  ERR_clear_error();
  const char* const reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  return reason == nullptr ? "unknown reason" : reason;
}

base::Error FileError(const char* what, const std::string& file) {
  return base::InvalidArgument(std::string("cannot use the ") + what + " " + file + ": " + Reason(),
                               "It must be a readable file in PEM form, and the key that of the certificate.");
}

}  // namespace

base::Result<std::shared_ptr<const TlsServer>> TlsServer::Load(const TlsFiles& files) {
  SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
  if (context == nullptr) return base::Internal("cannot begin TLS: " + Reason());
  std::shared_ptr<const TlsServer> server(new TlsServer(context));
  CHECK(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Partial writes, as a socket's; and no buffers for connections that are idle.
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1) {
    return FileError("certificate", files.certificate);
  }
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return FileError("key", files.key);
  }
  if (files.clients == ClientCertificate::kIgnored) return server;
  const std::string& authorities = files.client_authorities;
  if (SSL_CTX_load_verify_file(context, authorities.c_str()) != 1) {
    return FileError("client authorities", authorities);
  }
  SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(authorities.c_str()));
  SSL_CTX_set_verify(context,
                     files.clients == ClientCertificate::kRequired
                         ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
                         : SSL_VERIFY_PEER,
                     nullptr);
  // A session that is resumed must belong to this server's rules about clients.
  static constexpr unsigned char kSessionContext[] = "tributary";
  CHECK(SSL_CTX_set_session_id_context(context, kSessionContext, sizeof(kSessionContext)) == 1);
  return server;
}

TlsServer::~TlsServer() { SSL_CTX_free(context_); }

base::Result<std::unique_ptr<TlsSocket>> TlsServer::Handshake(std::unique_ptr<PlainSocket> socket,
                                                              int64_t timeout_ms,
                                                              const WakeEvent& wake) const {
  SSL* const tls = SSL_new(context_);
  if (tls == nullptr) return base::Internal("cannot begin TLS: " + Reason());
  const int descriptor = socket->descriptor();
  auto encrypted = std::unique_ptr<TlsSocket>(new TlsSocket(std::move(socket), tls));
  if (SSL_set_fd(tls, descriptor) != 1) return base::Internal("cannot begin TLS: " + Reason());
  const int64_t deadline = NowMs() + timeout_ms;
  for (;;) {
    ERR_clear_error();
    const int done = SSL_accept(tls);
    if (done == 1) return encrypted;
    const int error = SSL_get_error(tls, done);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      return base::Io("the TLS handshake failed: " + Reason());
    }
    const int64_t left = std::max<int64_t>(0, deadline - NowMs());
    switch (TRY(encrypted->WaitFor(error, left, &wake))) {
      case Waited::kReadable:
        continue;
      case Waited::kWoken:
        return base::Cancelled("the server stops");
      case Waited::kTimeout:
        return base::Timeout("the TLS handshake took too long");
    }
  }
}

base::Result<Waited> TlsSocket::WaitFor(int error, int64_t timeout_ms, const WakeEvent* wake) {
  const bool write = error == SSL_ERROR_WANT_WRITE;
  std::array<pollfd, 2> waits{
      pollfd{.fd = socket_->descriptor(),
             .events = static_cast<short>(write ? POLLOUT : POLLIN),
             .revents = 0},
      pollfd{.fd = wake == nullptr ? -1 : wake->descriptor(), .events = POLLIN, .revents = 0}};
  if (TRY(Poll(waits, timeout_ms)) == 0) return Waited::kTimeout;
  return waits[1].revents != 0 ? Waited::kWoken : Waited::kReadable;
}

base::Result<Waited> TlsSocket::WaitReadable(int64_t timeout_ms, const WakeEvent* wake) {
  // Bytes on the wire may be half a record, or none of the peer's words at all.
  const int64_t deadline = timeout_ms < 0 ? 0 : NowMs() + timeout_ms;
  for (;;) {
    if (wake != nullptr && wake->WaitFor(0)) return Waited::kWoken;
    char byte = 0;
    ERR_clear_error();
    const int peeked = SSL_peek(tls_.get(), &byte, 1);
    if (peeked > 0) return Waited::kReadable;
    const int error = SSL_get_error(tls_.get(), peeked);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return Waited::kReadable;
    const int64_t left = timeout_ms < 0 ? -1 : std::max<int64_t>(0, deadline - NowMs());
    const Waited waited = TRY(WaitFor(error, left, wake));
    if (waited != Waited::kReadable) return waited;
  }
}

base::Result<std::optional<size_t>> TlsSocket::Read(char* buffer, size_t size) {
  ERR_clear_error();
  size_t count = 0;
  if (SSL_read_ex(tls_.get(), buffer, size, &count) == 1) return std::optional<size_t>(count);
  switch (SSL_get_error(tls_.get(), 0)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return std::optional<size_t>();
    case SSL_ERROR_ZERO_RETURN:
    case SSL_ERROR_SYSCALL:  // the peer's program ended
      return std::optional<size_t>(0);
    default:
      return base::Io("cannot read from a TLS connection: " + Reason());
  }
}

base::Result<size_t> TlsSocket::Write(std::span<const std::string_view> pieces) {
  // Small pieces share a record. What is tried again after no room begins with the same bytes.
  std::array<char, kRecordBytes> record;
  std::string_view bytes;
  size_t gathered = 0;
  for (const std::string_view piece : pieces) {
    if (piece.empty()) continue;
    if (gathered == 0 && piece.size() >= kRecordBytes) {
      bytes = piece;
      break;
    }
    const size_t count = std::min(piece.size(), record.size() - gathered);
    std::memcpy(record.data() + gathered, piece.data(), count);
    gathered += count;
    if (gathered == record.size()) break;
  }
  if (gathered > 0) bytes = {record.data(), gathered};
  if (bytes.empty()) return size_t{0};
  ERR_clear_error();
  size_t count = 0;
  blocked_ = SSL_ERROR_NONE;
  if (SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &count) == 1) return count;
  blocked_ = SSL_get_error(tls_.get(), 0);
  if (blocked_ == SSL_ERROR_WANT_READ || blocked_ == SSL_ERROR_WANT_WRITE) return size_t{0};
  return base::Io("cannot write to a TLS connection: " + Reason());
}

base::Result<bool> TlsSocket::WaitWritable(int64_t timeout_ms) {
  const int error = blocked_ == SSL_ERROR_NONE ? SSL_ERROR_WANT_WRITE : blocked_;
  return TRY(WaitFor(error, timeout_ms, nullptr)) == Waited::kReadable;
}

void TlsSocket::Shutdown() { socket_->Shutdown(); }

std::string TlsSocket::PeerName() const {
  X509* const certificate = SSL_get0_peer_certificate(tls_.get());
  if (certificate == nullptr) return "";
  BIO* const text = BIO_new(BIO_s_mem());
  if (text == nullptr) return "";
  (void)X509_NAME_print_ex(text, X509_get_subject_name(certificate), 0,
                           XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(text, &bytes);
  std::string name(bytes, size > 0 ? static_cast<size_t>(size) : 0);
  BIO_free(text);
  return name;
}

}  // namespace env
