#include "env/tls.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "env/tcp_socket.h"

namespace env {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kPatienceMs = 20'000;

// An authority, and a server and a client with certificates of it, made once for all tests.
class TlsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    (void)std::signal(SIGPIPE, SIG_IGN);
    folder_ = new std::string(testing::TempDir() + "tls_XXXXXX");
    ASSERT_NE(mkdtemp(folder_->data()), nullptr);
    const std::string key = "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -batch ";
    const std::string script =
        "cd " + *folder_ + " && exec >log 2>&1 && set -e\n" +  //
        key + "-x509 -days 30 -subj '/CN=authority' -keyout ca.key -out ca.pem\n" +
        key + "-subj '/O=Shop/CN=server' -keyout server.key -out server.csr\n" +
        "openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -days 30 -out server.pem\n" +
        key + "-subj '/C=DE/O=Shop, Inc/CN=alice' -keyout client.key -out client.csr\n" +
        "openssl x509 -req -in client.csr -CA ca.pem -CAkey ca.key -days 30 -out client.pem\n";
    ASSERT_EQ(std::system(("sh -c \"" + script + "\"").c_str()), 0) << *folder_ << "/log";
  }
  static void TearDownTestSuite() {
    (void)std::system(("rm -rf " + *folder_).c_str());
    delete folder_;
  }

  static std::string File(const std::string& name) { return *folder_ + "/" + name; }
  static TlsFiles ServerFiles(ClientCertificate clients = ClientCertificate::kIgnored) {
    return {.certificate = File("server.pem"),
            .key = File("server.key"),
            .client_authorities = File("ca.pem"),
            .clients = clients};
  }

  void SetUp() override { wake_ = WakeEvent::Create().value(); }

  // Both ends of a new connection.
  void ConnectPlain() {
    const auto listener = TcpListener::Listen({.host = "127.0.0.1", .port = 0}, 4).value();
    client_ = ConnectTcp({.host = "127.0.0.1", .port = listener->port()}, kPatienceMs).value();
    ASSERT_TRUE(WaitForConnection({&listener, 1}, *wake_).ok());
    accepted_ = listener->TryAccept().value().socket;
  }

  // A blocking client in a thread of its own: speaks `text`, and gives what it hears until the end.
  std::string Talk(bool certificate, const std::string& text, int version = TLS1_3_VERSION) {
    SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
    EXPECT_EQ(SSL_CTX_set_max_proto_version(context, version), 1);
    EXPECT_EQ(SSL_CTX_load_verify_file(context, File("ca.pem").c_str()), 1);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    if (certificate) {
      EXPECT_EQ(SSL_CTX_use_certificate_chain_file(context, File("client.pem").c_str()), 1);
      EXPECT_EQ(SSL_CTX_use_PrivateKey_file(context, File("client.key").c_str(), SSL_FILETYPE_PEM),
                1);
    }
    SSL* const tls = SSL_new(context);
    EXPECT_EQ(SSL_set_fd(tls, client_->descriptor()), 1);
    const auto retry = [&](int result) {
      const int error = SSL_get_error(tls, result);
      if (error == SSL_ERROR_WANT_READ) {
        return client_->WaitReadable(kPatienceMs, nullptr).value() == Waited::kReadable;
      }
      return error == SSL_ERROR_WANT_WRITE && client_->WaitWritable(kPatienceMs).value();
    };
    int done = 0;
    while ((done = SSL_connect(tls)) != 1 && retry(done)) {
    }
    std::string heard = done == 1 ? "" : "failed";
    while (done == 1 && (done = SSL_write(tls, text.data(), static_cast<int>(text.size()))) <= 0) {
      if (!retry(done)) break;
      done = 1;
    }
    std::array<char, 4096> buffer;
    while (done > 0) {
      const int count = SSL_read(tls, buffer.data(), buffer.size());
      if (count > 0) {
        heard.append(buffer.data(), static_cast<size_t>(count));
      } else if (!retry(count)) {
        break;
      }
    }
    SSL_free(tls);
    SSL_CTX_free(context);
    return heard;
  }

  static std::string* folder_;
  std::unique_ptr<WakeEvent> wake_;
  std::unique_ptr<PlainSocket> client_, accepted_;
};

std::string* TlsTest::folder_ = nullptr;

TEST_F(TlsTest, BytesGoBothWaysAndTheClientsNameIsThatOfItsCertificate) {
  const auto server = TlsServer::Load(ServerFiles(ClientCertificate::kRequired)).value();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    ConnectPlain();
    std::string heard;
    std::thread client([&] { heard = Talk(true, "hello", version); });
    auto tls = server->Handshake(std::move(accepted_), kPatienceMs, *wake_);
    ASSERT_TRUE(tls.ok()) << tls.error().ToString();
    TlsSocket& socket = **tls;
    EXPECT_EQ(socket.PeerName(), "CN=alice,O=Shop\\, Inc,C=DE");
    ASSERT_EQ(*socket.WaitReadable(kPatienceMs, wake_.get()), Waited::kReadable);
    std::array<char, 16> buffer{};
    EXPECT_EQ(socket.Read(buffer.data(), buffer.size()).value(), 5u);
    EXPECT_EQ(socket.Read(buffer.data(), buffer.size()).value(), std::nullopt);
    EXPECT_EQ(*socket.WaitReadable(0, wake_.get()), Waited::kTimeout);
    const std::string large(300'000, 'y');
    ASSERT_TRUE(socket.WriteAll("he", kPatienceMs).ok());
    const std::array<std::string_view, 2> pieces = {"l", "lo"};
    EXPECT_EQ(*socket.Write(pieces), 3u);
    ASSERT_TRUE(socket.WriteAll(large, kPatienceMs).ok());
    tls->reset();
    client.join();
    EXPECT_EQ(heard, "hello" + large);
  }
}

TEST_F(TlsTest, AClientWithoutACertificateIsTurnedAwayOnlyWhereOneIsRequired) {
  const auto asking = TlsServer::Load(ServerFiles(ClientCertificate::kAsked)).value();
  ConnectPlain();
  std::thread nameless([&] { (void)Talk(false, "hello"); });
  auto tls = asking->Handshake(std::move(accepted_), kPatienceMs, *wake_);
  ASSERT_TRUE(tls.ok()) << tls.error().ToString();
  EXPECT_EQ((*tls)->PeerName(), "");
  tls->reset();
  nameless.join();

  const auto strict = TlsServer::Load(ServerFiles(ClientCertificate::kRequired)).value();
  ConnectPlain();
  std::thread refused([&] { (void)Talk(false, "hello"); });
  const auto none = strict->Handshake(std::move(accepted_), kPatienceMs, *wake_);
  ASSERT_FALSE(none.ok());
  EXPECT_THAT(none.error().message(), HasSubstr("peer did not return a certificate"));
  refused.join();
}

TEST_F(TlsTest, AHandshakeEndsByItsDeadlineAWakeOrNonsense) {
  const auto server = TlsServer::Load(ServerFiles()).value();
  ConnectPlain();
  EXPECT_EQ(server->Handshake(std::move(accepted_), 1, *wake_).error().code(),
            base::Code::kTimeout);
  ConnectPlain();
  ASSERT_TRUE(client_->WriteAll("GET / HTTP/1.1\r\n\r\n", kPatienceMs).ok());
  EXPECT_THAT(server->Handshake(std::move(accepted_), kPatienceMs, *wake_).error().message(),
              HasSubstr("http request"));
  ConnectPlain();
  wake_->Set();
  EXPECT_EQ(server->Handshake(std::move(accepted_), kPatienceMs, *wake_).error().code(),
            base::Code::kCancelled);
}

TEST_F(TlsTest, OldVersionsAreRefused) {
  const auto server = TlsServer::Load(ServerFiles()).value();
  ConnectPlain();
  std::thread client([&] { EXPECT_EQ(Talk(false, "hello", TLS1_1_VERSION), "failed"); });
  EXPECT_FALSE(server->Handshake(std::move(accepted_), kPatienceMs, *wake_).ok());
  client.join();
}

TEST_F(TlsTest, FilesThatDoNotFitAreNamed) {
  TlsFiles files = ServerFiles();
  files.key = File("client.key");
  EXPECT_THAT(TlsServer::Load(files).error().message(), HasSubstr("client.key: key values mismatch"));
  files.key = File("absent.key");
  EXPECT_THAT(TlsServer::Load(files).error().message(), HasSubstr("absent.key"));
  files = ServerFiles(ClientCertificate::kAsked);
  files.client_authorities = File("server.key");
  EXPECT_THAT(TlsServer::Load(files).error().message(), HasSubstr("client authorities"));
}

}  // namespace
}  // namespace env
