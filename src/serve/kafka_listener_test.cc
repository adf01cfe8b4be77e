#include "serve/kafka_listener.h"

#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"

namespace serve {
namespace {

using kafka::server::Frame;
using ::testing::HasSubstr;

constexpr int64_t kPatienceMs = 20'000;

std::string Framed(const std::string& body) {
  base::ByteWriter writer;
  writer.BigEndian(static_cast<int32_t>(body.size()));
  writer.Raw(body);
  return std::move(writer).Take();
}

// Answers when told to. "hold" waits for Release, "large N" gives N bytes, "bad" breaks the
// protocol, all else comes back as it is.
class FakeSession final : public kafka::server::Session {
 public:
  struct Shared {
    std::mutex mutex;
    std::vector<std::shared_ptr<logs::Watcher>> watchers;
    std::vector<kafka::server::Peer> peers;
    bool released = false;

    void Release() {
      const std::lock_guard guard(mutex);
      released = true;
      for (const auto& watcher : watchers) watcher->Notify();
    }
  };

  FakeSession(Shared& shared, const base::Clock& clock) : shared_(shared), clock_(clock) {}

  base::Result<void> Receive(std::string frame) override {
    if (frame == "bad") {
      queue_.push_back("last words");
      return base::InvalidArgument("a bad request");
    }
    queue_.push_back(std::move(frame));
    return {};
  }
  base::Result<std::optional<Frame>> Next() override {
    if (queue_.empty()) return std::optional<Frame>();
    if (queue_.front().starts_with("hold")) {
      const std::lock_guard guard(shared_.mutex);
      if (!shared_.released) return std::optional<Frame>();
    }
    std::string body = std::move(queue_.front());
    queue_.pop_front();
    if (body.starts_with("large ")) body = std::string(std::stoul(body.substr(6)), 'x');
    const std::string framed = Framed(body);
    return std::optional<Frame>(Frame{framed.substr(0, 2), "", framed.substr(2)});
  }
  [[nodiscard]] bool wants_request() const override { return queue_.size() < 4; }
  [[nodiscard]] size_t request_bytes() const override {
    size_t bytes = 0;
    for (const std::string& request : queue_) bytes += request.size();
    return bytes;
  }
  [[nodiscard]] std::optional<int64_t> deadline_ms() const override {
    if (queue_.empty()) return std::nullopt;
    return clock_.MonotonicMs() + 60'000;
  }

 private:
  Shared& shared_;
  const base::Clock& clock_;
  std::deque<std::string> queue_;
};

class KafkaListenerTest : public testing::Test {
 protected:
  void Start() {
    options_.addresses = {
        {.listen = {.address = {.host = "127.0.0.1", .port = 0}}, .name = "local"}};
    options_.start_session = [this](kafka::server::Peer peer,
                                    std::shared_ptr<logs::Watcher> watcher) {
      const std::lock_guard guard(shared_.mutex);
      shared_.peers.push_back(std::move(peer));
      shared_.watchers.push_back(std::move(watcher));
      return std::make_unique<FakeSession>(shared_, clock_);
    };
    options_.requests = &requests_;
    options_.responses = &responses_;
    options_.metrics = &metrics_;
    options_.clock = &clock_;
    listener_ = KafkaListener::Start(options_).value();
  }

  std::unique_ptr<env::PlainSocket> Connect() {
    return env::ConnectTcp({.host = "127.0.0.1", .port = listener_->addresses()[0].port},
                           kPatienceMs)
        .value();
  }
  // `size` bytes, fewer when the connection was closed before.
  static std::string Hear(env::PlainSocket& socket, size_t size) {
    std::string heard(size, 0);
    size_t count = 0;
    while (count < size) {
      EXPECT_EQ(*socket.WaitReadable(kPatienceMs, nullptr), env::Waited::kReadable);
      const auto got = socket.Read(heard.data() + count, size - count);
      if (!got.ok() || got->value_or(0) == 0) break;
      count += **got;
    }
    heard.resize(count);
    return heard;
  }
  static std::string Ask(env::PlainSocket& socket, const std::string& body) {
    EXPECT_TRUE(socket.WriteAll(Framed(body), kPatienceMs).ok());
    const std::string length = Hear(socket, 4);
    if (length.size() < 4) return "closed";
    return Hear(socket, base::LoadBigEndian<uint32_t>(length.data()));
  }
  static void ExpectClosed(env::PlainSocket& socket) { EXPECT_EQ(Hear(socket, 1), ""); }

  const base::SystemClock clock_{};
  base::Metrics metrics_;
  base::MemoryAccount requests_{"requests", size_t{64} << 20};
  base::MemoryAccount responses_{"responses", size_t{64} << 20};
  FakeSession::Shared shared_;
  KafkaListener::Options options_;
  std::unique_ptr<KafkaListener> listener_;
};

TEST_F(KafkaListenerTest, RequestsOfAllSizesAreAnsweredInTheirOrder) {
  Start();
  const auto client = Connect();
  std::string sent;
  for (const size_t size : {0U, 1U, 3U, 8'000U, 8'187U, 8'188U, 8'189U, 20'000U, 2'000'000U, 5U}) {
    sent += Framed(std::string(size, static_cast<char>('a' + size % 26)));
  }
  std::thread writer([&] { EXPECT_TRUE(client->WriteAll(sent, kPatienceMs).ok()); });
  EXPECT_TRUE(Hear(*client, sent.size()) == sent);
  writer.join();
  // Byte by byte the same comes back.
  const std::string slow = Framed("slowly") + Framed("but surely");
  for (const char c : slow) ASSERT_TRUE(client->WriteAll({&c, 1}, kPatienceMs).ok());
  EXPECT_EQ(Hear(*client, slow.size()), slow);
  EXPECT_EQ(requests_.used_bytes(), 0u);
  const std::string text = metrics_.Render();
  EXPECT_THAT(text, HasSubstr("tributary_kafka_received_bytes_total " +
                              std::to_string(sent.size() + slow.size())));
  EXPECT_THAT(text, HasSubstr("tributary_connections{listener=\"kafka\"} 1\n"));
}

TEST_F(KafkaListenerTest, TheSessionLearnsWhoIsThereAndHowItIsReached) {
  Start();
  const auto client = Connect();
  EXPECT_EQ(Ask(*client, "hello"), "hello");
  const std::lock_guard guard(shared_.mutex);
  ASSERT_EQ(shared_.peers.size(), 1u);
  EXPECT_EQ(shared_.peers[0].host, "127.0.0.1");
  EXPECT_EQ(shared_.peers[0].listener, "local");
  EXPECT_EQ(shared_.peers[0].advertised.host, "127.0.0.1");
  EXPECT_EQ(shared_.peers[0].advertised.port, listener_->addresses()[0].port);
  EXPECT_FALSE(shared_.peers[0].encrypted);
}

TEST_F(KafkaListenerTest, NewsOfTheLogWakeAConnectionThatWaits) {
  Start();
  const auto client = Connect();
  std::thread news([&] {
    while (listener_->num_connections() == 0) std::this_thread::yield();
    shared_.Release();
  });
  EXPECT_EQ(Ask(*client, "hold"), "hold");
  news.join();
}

TEST_F(KafkaListenerTest, AFullSessionIsNotReadFurtherUntilItHasRoom) {
  Start();
  const auto client = Connect();
  std::string sent;
  for (int i = 0; i < 100; ++i) sent += Framed("hold");
  ASSERT_TRUE(client->WriteAll(sent, kPatienceMs).ok());
  EXPECT_EQ(*client->WaitReadable(20, nullptr), env::Waited::kTimeout);
  shared_.Release();
  EXPECT_EQ(Hear(*client, sent.size()), sent);
}

TEST_F(KafkaListenerTest, ALengthThatCannotBeClosesTheConnection) {
  options_.request_bytes_max = 1'000;
  Start();
  for (const std::string& wrong :
       {std::string("\xff\xff\xff\xff", 4), std::string("\0\0\x03\xe9", 4)}) {
    const auto client = Connect();
    ASSERT_TRUE(client->WriteAll(wrong, kPatienceMs).ok());
    ExpectClosed(*client);
  }
  EXPECT_EQ(Ask(*Connect(), std::string(1'000, 'x')), std::string(1'000, 'x'));
}

TEST_F(KafkaListenerTest, ABrokenProtocolIsAnsweredBeforeTheConnectionCloses) {
  Start();
  const auto client = Connect();
  EXPECT_EQ(Ask(*client, "bad"), "last words");
  ExpectClosed(*client);
}

TEST_F(KafkaListenerTest, ConnectionsBeyondTheBoundAreClosedAndCounted) {
  options_.connections_max = 2;
  Start();
  auto one = Connect();
  const auto two = Connect();
  EXPECT_EQ(Ask(*one, "1"), "1");
  EXPECT_EQ(Ask(*two, "2"), "2");
  ExpectClosed(*Connect());
  EXPECT_THAT(metrics_.Render(), HasSubstr("_refused_total{listener=\"kafka\"} 1\n"));
  one.reset();
  while (listener_->num_connections() == 2) std::this_thread::yield();
  EXPECT_EQ(Ask(*Connect(), "3"), "3");
}

TEST_F(KafkaListenerTest, WhoSendsHalfARequestOrReadsNothingOrIsIdleIsClosedWhileOthersAreServed) {
  options_.stall_ms = 60;
  options_.stall_tight_ms = 20;
  options_.idle_ms = 200;
  Start();
  const auto half = Connect();
  ASSERT_TRUE(half->WriteAll(Framed("never whole").substr(0, 9), kPatienceMs).ok());
  const auto deaf = Connect();
  ASSERT_TRUE(deaf->WriteAll(Framed("large 50000000"), kPatienceMs).ok());
  const auto idle = Connect();
  EXPECT_EQ(Ask(*Connect(), "others"), "others");
  ExpectClosed(*half);
  ExpectClosed(*idle);
  EXPECT_EQ(Ask(*Connect(), "others"), "others");
  while (listener_->num_connections() > 0) std::this_thread::yield();
  EXPECT_LT(Hear(*deaf, 50'000'004).size(), 50'000'004u);
  EXPECT_EQ(responses_.used_bytes(), 0u);
  EXPECT_EQ(requests_.used_bytes(), 0u);
}

TEST_F(KafkaListenerTest, AnAnnouncedLengthTakesNoMemoryBeforeTheBytesCome) {
  Start();
  const auto client = Connect();
  ASSERT_TRUE(client->WriteAll(std::string("\x05\0\0\0abcdef", 10), kPatienceMs).ok());
  EXPECT_EQ(Ask(*Connect(), "other"), "other");
  EXPECT_LE(requests_.used_bytes(), size_t{16} << 10);
}

TEST_F(KafkaListenerTest, MoreThanTheMemoryForRequestsIsTakenInTurns) {
  base::MemoryAccount small("requests", size_t{256} << 10);
  Start();
  listener_.reset();
  options_.requests = &small;
  listener_ = KafkaListener::Start(options_).value();
  std::vector<std::thread> clients;
  for (int i = 0; i < 6; ++i) {
    clients.emplace_back([&, i] {
      const auto client = Connect();
      const std::string body(200'000 + static_cast<size_t>(i), static_cast<char>('a' + i));
      for (int k = 0; k < 5; ++k) EXPECT_TRUE(Ask(*client, body) == body);
    });
  }
  for (std::thread& client : clients) client.join();
  listener_.reset();
  EXPECT_EQ(small.used_bytes(), 0u);
}

TEST_F(KafkaListenerTest, WhoHoldsMemoryThatOthersNeedHasLessTime) {
  base::MemoryAccount small("requests", size_t{32} << 10);
  options_.stall_ms = 1'000'000;
  options_.stall_tight_ms = 20;
  Start();
  listener_.reset();
  options_.requests = &small;
  listener_ = KafkaListener::Start(options_).value();
  const auto holder = Connect();
  ASSERT_TRUE(holder->WriteAll(Framed(std::string(30'000, 'x')).substr(0, 29'000), 100).ok());
  ExpectClosed(*holder);
}

TEST_F(KafkaListenerTest, RequestsUnderWayCountAndLargeOnesMustEndWhereOthersNeedTheMemory) {
  base::MemoryAccount small("requests", size_t{256} << 10);
  options_.stall_ms = 100;
  options_.stall_tight_ms = 10;
  Start();
  listener_.reset();
  options_.requests = &small;
  listener_ = KafkaListener::Start(options_).value();
  const auto waiting = Connect();
  ASSERT_TRUE(waiting->WriteAll(Framed("hold"), kPatienceMs).ok());
  const auto hoarder = Connect();
  ASSERT_TRUE(
      hoarder->WriteAll(Framed("hold" + std::string(220'000, 'x')), kPatienceMs).ok());
  EXPECT_EQ(Ask(*Connect(), std::string(100'000, 'y')).size(), 100'000u);
  ExpectClosed(*hoarder);
  shared_.Release();
  EXPECT_EQ(Hear(*waiting, 8), Framed("hold")) << "a small one may wait for as long as it likes";
}

TEST_F(KafkaListenerTest, StoppingAnswersWhatIsUnderWayAndThenCloses) {
  Start();
  const auto client = Connect();
  const auto silent = Connect();
  ASSERT_TRUE(client->WriteAll(Framed("hold"), kPatienceMs).ok());
  while (metrics_.CounterOf("tributary_kafka_received_bytes_total", "").value() < 8) {
    std::this_thread::yield();
  }
  std::thread stop([&] { listener_->Stop(kPatienceMs); });
  ExpectClosed(*silent);
  EXPECT_EQ(listener_->num_connections(), 1u);
  shared_.Release();
  EXPECT_EQ(Hear(*client, 8), Framed("hold"));
  ExpectClosed(*client);
  stop.join();
}

TEST_F(KafkaListenerTest, StoppingDoesNotWaitForEver) {
  Start();
  const auto client = Connect();
  const auto deaf = Connect();
  ASSERT_TRUE(client->WriteAll(Framed("hold"), kPatienceMs).ok());
  ASSERT_TRUE(deaf->WriteAll(Framed("large 50000000"), kPatienceMs).ok());
  while (metrics_.CounterOf("tributary_kafka_received_bytes_total", "").value() < 26) {
    std::this_thread::yield();
  }
  listener_->Stop(1);
  EXPECT_EQ(listener_->num_connections(), 0u);
}

TEST_F(KafkaListenerTest, ItStartsAndStopsAHundredTimes) {
  for (int i = 0; i < 100; ++i) {
    Start();
    std::vector<std::unique_ptr<env::PlainSocket>> clients;
    for (int k = 0; k < 3; ++k) clients.push_back(Connect());
    if (i % 2 == 0) {
      EXPECT_EQ(Ask(*clients[0], "x"), "x");
    }
    if (i % 3 == 0) clients.pop_back();
    listener_.reset();
  }
  EXPECT_THAT(metrics_.Render(), HasSubstr("tributary_connections{listener=\"kafka\"} 0\n"));
}

}  // namespace
}  // namespace serve
