#include "serve/http_server.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace serve {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr int64_t kPatienceMs = 20'000;

class HttpServerTest : public testing::Test {
 protected:
  void Start() {
    options_.addresses = {{.address = {.host = "127.0.0.1", .port = 0}}};
    options_.paths = {{"/healthz", [] { return HttpResponse{.body = "ok\n"}; }},
                      {"/readyz", [] { return HttpResponse{.status = 503, .body = "why\n"}; }}};
    options_.metrics = &metrics_;
    options_.clock = &clock_;
    server_ = HttpServer::Start(options_).value();
  }
  std::unique_ptr<env::PlainSocket> Connect() {
    return env::ConnectTcp({.host = "127.0.0.1", .port = server_->addresses()[0].port},
                           kPatienceMs)
        .value();
  }
  // All that is said until the server closes.
  static std::string HearAll(env::PlainSocket& socket) {
    std::string heard;
    char buffer[4096];
    for (;;) {
      EXPECT_EQ(*socket.WaitReadable(kPatienceMs, nullptr), env::Waited::kReadable);
      const auto count = socket.Read(buffer, sizeof(buffer));
      if (!count.ok() || count->value_or(0) == 0) return heard;
      heard.append(buffer, **count);
    }
  }
  std::string Ask(const std::string& request) {
    const auto client = Connect();
    EXPECT_TRUE(client->WriteAll(request, kPatienceMs).ok());
    return HearAll(*client);
  }

  const base::SystemClock clock_{};
  base::Metrics metrics_;
  HttpServer::Options options_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, APathIsAnsweredByItsFunction) {
  Start();
  EXPECT_THAT(Ask("GET /healthz?x=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Content-Length: 3\r\n"),
                    EndsWith("\r\n\r\nok\n")));
  EXPECT_THAT(Ask("GET /readyz HTTP/1.0\r\n\r\n"), AllOf(StartsWith("HTTP/1.1 503 "),
                                                        EndsWith("why\n")));
  EXPECT_THAT(Ask("HEAD /healthz HTTP/1.0\r\n\r\n"),
              AllOf(HasSubstr("Content-Length: 3\r\n"), EndsWith("\r\n\r\n")));
}

TEST_F(HttpServerTest, RequestsOfOneConnectionAreAnsweredInTurn) {
  Start();
  const std::string answers =
      Ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nPOST /healthz HTTP/1.1\r\nHost: a\r\n"
          "Content-Length: 4\r\n\r\nbodyGET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
          "\r\n");
  EXPECT_THAT(answers, AllOf(StartsWith("HTTP/1.1 200 OK"), HasSubstr("ok\nHTTP/1.1 405 "),
                             HasSubstr("Allow: GET, HEAD\r\n"), HasSubstr("HEAD\nHTTP/1.1 404 "),
                             HasSubstr("There is: /healthz /readyz")));
}

TEST_F(HttpServerTest, WhatIsNoRequestOrTooLongIsRefusedAndClosed) {
  Start();
  EXPECT_THAT(Ask("nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(Ask("GET /healthz HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(Ask("POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(Ask(std::string("\0\0\0\x1f\0\x12\0\3", 8)), Not(HasSubstr("200")))
      << "a Kafka client at the wrong port";
}

TEST_F(HttpServerTest, WhoIsSlowOrSilentIsClosed) {
  options_.request_ms = 30;
  options_.idle_ms = 30;
  Start();
  EXPECT_EQ(Ask("GET /healthz HT"), "");
  EXPECT_EQ(Ask(""), "");
}

TEST_F(HttpServerTest, ItStartsAndStopsAHundredTimesWithConnectionsOpen) {
  for (int i = 0; i < 100; ++i) {
    Start();
    const auto client = Connect();
    if (i % 2 == 0) {
      ASSERT_TRUE(client->WriteAll("GET /healthz HTTP/1.1\r\n", kPatienceMs).ok());
    }
    server_.reset();
  }
  EXPECT_THAT(metrics_.Render(), HasSubstr("tributary_connections{listener=\"http\"} 0\n"));
}

}  // namespace
}  // namespace serve
