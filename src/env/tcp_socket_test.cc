#include "env/tcp_socket.h"

#include <array>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "env/thread.h"

namespace env {
namespace {

constexpr int64_t kPatienceMs = 10'000;

struct Pair {
  std::unique_ptr<PlainSocket> client;
  AcceptedTcp server;
};

Pair Connect() {
  const auto listener = TcpListener::Listen({.host = "127.0.0.1", .port = 0}, 4).value();
  const auto wake = WakeEvent::Create().value();
  Pair pair;
  pair.client = ConnectTcp({.host = "127.0.0.1", .port = listener->port()}, kPatienceMs).value();
  EXPECT_TRUE(WaitForConnection({&listener, 1}, *wake).ok());
  pair.server = listener->TryAccept().value();
  return pair;
}

TEST(TcpSocketTest, BytesArriveInPiecesAndBothEndsAreNamed) {
  const Pair pair = Connect();
  EXPECT_EQ(pair.server.peer.host, "127.0.0.1");
  EXPECT_EQ(pair.server.local.host, "127.0.0.1");
  EXPECT_NE(pair.server.local.port, pair.server.peer.port);
  const std::array<std::string_view, 4> pieces = {"he", "", "ll", "o"};
  EXPECT_EQ(*pair.client->Write(pieces), 5u);
  ASSERT_EQ(*pair.server.socket->WaitReadable(kPatienceMs, nullptr), Waited::kReadable);
  std::array<char, 16> buffer{};
  EXPECT_EQ(pair.server.socket->Read(buffer.data(), buffer.size()).value(), 5u);
  EXPECT_STREQ(buffer.data(), "hello");
  EXPECT_EQ(pair.server.socket->Read(buffer.data(), buffer.size()).value(), std::nullopt);
}

TEST(TcpSocketTest, AFullConnectionTakesNothingUntilThePeerReads) {
  const Pair pair = Connect();
  const std::string block(1 << 20, 'x');
  size_t sent = 0;
  for (;;) {
    const std::string_view piece = block;
    const size_t count = pair.client->Write({&piece, 1}).value();
    if (count == 0) break;
    sent += count;
  }
  EXPECT_FALSE(*pair.client->WaitWritable(1));
  EXPECT_EQ(pair.client->WriteAll("more", 1).error().code(), base::Code::kTimeout);
  std::thread reader([&] {
    std::string buffer(1 << 20, 0);
    for (size_t got = 0; got < sent;) {
      ASSERT_EQ(*pair.server.socket->WaitReadable(kPatienceMs, nullptr), Waited::kReadable);
      got += pair.server.socket->Read(buffer.data(), buffer.size()).value().value();
    }
  });
  EXPECT_TRUE(pair.client->WriteAll("more", kPatienceMs).ok());
  reader.join();
}

TEST(TcpSocketTest, AWakeEventEndsAWaitAndCanBeUsedAgain) {
  const Pair pair = Connect();
  const auto wake = WakeEvent::Create().value();
  wake->Set();
  wake->Set();
  EXPECT_EQ(*pair.server.socket->WaitReadable(kPatienceMs, wake.get()), Waited::kWoken);
  wake->Clear();
  EXPECT_EQ(*pair.server.socket->WaitReadable(0, wake.get()), Waited::kTimeout);
  std::thread other([&] { wake->Set(); });
  EXPECT_EQ(*pair.server.socket->WaitReadable(kPatienceMs, wake.get()), Waited::kWoken);
  other.join();
}

TEST(TcpSocketTest, APortThatIsTakenIsToldFromOneWhereNobodyListens) {
  auto listener = TcpListener::Listen({.host = "127.0.0.1", .port = 0}, 4).value();
  const HostPort address{.host = "127.0.0.1", .port = listener->port()};
  EXPECT_EQ(TcpListener::Listen(address, 4).error().code(), base::Code::kAlreadyExists);
  EXPECT_EQ(listener->TryAccept()->socket, nullptr);
  listener.reset();
  EXPECT_EQ(ConnectTcp(address, kPatienceMs).error().code(), base::Code::kUnavailable);
  EXPECT_TRUE(TcpListener::Listen(address, 4).ok());
}

TEST(TcpSocketTest, EveryAddressTakesIPv4) {
  const auto listener = TcpListener::Listen({.host = "", .port = 0}, 4).value();
  const auto client = ConnectTcp({.host = "127.0.0.1", .port = listener->port()}, kPatienceMs);
  ASSERT_TRUE(client.ok()) << client.error().ToString();
  const auto wake = WakeEvent::Create().value();
  ASSERT_TRUE(WaitForConnection({&listener, 1}, *wake).ok());
  EXPECT_EQ(listener->TryAccept()->peer.host, "127.0.0.1");
}

TEST(TcpSocketTest, AddressesAreReadAndWrittenAlike) {
  EXPECT_EQ(*ParseHostPort("broker.example:9092"), (HostPort{"broker.example", 9092}));
  EXPECT_EQ(*ParseHostPort("[::1]:80"), (HostPort{"::1", 80}));
  EXPECT_EQ(*ParseHostPort("*:9092"), (HostPort{"", 9092}));
  EXPECT_EQ(*ParseHostPort(":9092"), (HostPort{"", 9092}));
  EXPECT_EQ((HostPort{"::1", 80}).ToString(), "[::1]:80");
  for (const char* wrong : {"", "localhost", "localhost:", "localhost:x", "localhost:65536", "::1:80",
                            "[::1:80", "[x]:80", "http://a:80", "a b:80", "a:-1"}) {
    EXPECT_FALSE(ParseHostPort(wrong).ok()) << wrong;
  }
  for (const char* local : {"localhost", "127.0.0.1", "127.8.8.8", "::1", "LOCALHOST"}) {
    EXPECT_TRUE(IsLoopback(local)) << local;
  }
  for (const char* far : {"", "0.0.0.0", "::", "10.0.0.1", "example.com", "128.0.0.1"}) {
    EXPECT_FALSE(IsLoopback(far)) << far;
  }
}

TEST(ThreadTest, AThreadRunsOnItsStackAndIsWaitedFor) {
  int sum = 0;
  { const auto thread = Thread::Start(size_t{256} << 10, [&] { sum += 1; }).value(); }
  EXPECT_EQ(sum, 1);
}

}  // namespace
}  // namespace env
