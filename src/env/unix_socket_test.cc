#include "env/unix_socket.h"

#include <array>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace env {
namespace {

class UnixSocketTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "socket_XXXXXX";
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
    path_ = folder_ + "/s.sock";
    wake_ = WakeEvent::Create().value();
  }

  std::string folder_, path_;
  std::unique_ptr<WakeEvent> wake_;
};

TEST_F(UnixSocketTest, BytesArriveAndTheEndIsZero) {
  const auto listener = UnixListener::Listen(path_, 4).value();
  auto client = ConnectUnix(path_, 1'000).value();
  auto server = listener->Accept(*wake_).value();
  EXPECT_EQ(*server->PeerUser(), geteuid());
  ASSERT_TRUE(client->WriteAll("hello", 1'000).ok());
  std::array<char, 16> buffer{};
  ASSERT_EQ(*server->WaitReadable(1'000, nullptr), Waited::kReadable);
  ASSERT_EQ(server->Read(buffer.data(), buffer.size()).value(), 5u);
  EXPECT_STREQ(buffer.data(), "hello");
  client.reset();
  ASSERT_EQ(*server->WaitReadable(1'000, nullptr), Waited::kReadable);
  EXPECT_EQ(server->Read(buffer.data(), buffer.size()).value(), 0u);
  EXPECT_FALSE(server->WriteAll("nobody hears", 1'000).ok());
}

TEST_F(UnixSocketTest, EveryWaitEndsByItsDeadlineOrAWake) {
  const auto listener = UnixListener::Listen(path_, 4).value();
  auto client = ConnectUnix(path_, 1'000).value();
  auto server = listener->Accept(*wake_).value();
  EXPECT_EQ(*client->WaitReadable(1, nullptr), Waited::kTimeout);
  // Nobody reads: the kernel's buffer fills, and then the stall is an error.
  const auto written = client->WriteAll(std::string(64 << 20, 'x'), 1);
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code(), base::Code::kTimeout);
  EXPECT_FALSE(wake_->WaitFor(0));
  wake_->Set();
  EXPECT_TRUE(wake_->WaitFor(0));
  EXPECT_EQ(*client->WaitReadable(60'000, wake_.get()), Waited::kWoken);
  EXPECT_EQ(*listener->Accept(*wake_), nullptr);
}

TEST_F(UnixSocketTest, AShutdownWakesAnotherThreadsWait) {
  const auto listener = UnixListener::Listen(path_, 4).value();
  auto client = ConnectUnix(path_, 1'000).value();
  auto server = listener->Accept(*wake_).value();
  std::thread other([&] { client->Shutdown(); });
  char byte = 0;
  EXPECT_EQ(*client->WaitReadable(60'000, nullptr), Waited::kReadable);
  EXPECT_EQ(client->Read(&byte, 1).value(), 0u);
  other.join();
}

TEST_F(UnixSocketTest, ConnectingTellsAbsentFromAbandoned) {
  EXPECT_EQ(ConnectUnix(path_, 100).error().code(), base::Code::kNotFound);
  { const auto listener = UnixListener::Listen(path_, 4).value(); }
  EXPECT_EQ(ConnectUnix(path_, 100).error().code(), base::Code::kUnavailable);
}

TEST_F(UnixSocketTest, AnAbandonedSocketIsReplacedAndClosedToOthers) {
  { const auto killed = UnixListener::Listen(path_, 4).value(); }
  const auto listener = UnixListener::Listen(path_, 4);
  ASSERT_TRUE(listener.ok()) << listener.error().ToString();
  EXPECT_TRUE(ConnectUnix(path_, 1'000).ok());
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(UnixSocketTest, APathLongerThanAnAddressWorks) {
  std::string folder = folder_;
  for (int i = 0; i < 10; ++i) {
    folder += "/a_folder_of_some_length";
    ASSERT_EQ(mkdir(folder.c_str(), 0700), 0);
  }
  const auto listener = UnixListener::Listen(folder + "/s.sock", 4);
  ASSERT_TRUE(listener.ok()) << listener.error().ToString();
  EXPECT_TRUE(ConnectUnix(folder + "/s.sock", 1'000).ok());
  EXPECT_EQ(ConnectUnix(folder + "/absent.sock", 1'000).error().code(),
            base::Code::kNotFound);
}

}  // namespace
}  // namespace env
