#include "serve/owner.h"

#include <atomic>
#include <csignal>
#include <future>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "env/unix_socket.h"
#include "serve/owner_frame.h"
#include "serve/owner_lock.h"

namespace serve {
namespace {

class Collected final : public OutputSink {
 public:
  void Out(std::string_view text) override {
    const std::lock_guard guard(mutex_);
    out += text;
  }
  void Err(std::string_view text) override {
    const std::lock_guard guard(mutex_);
    err += text;
  }
  std::string out, err;

 private:
  std::mutex mutex_;
};

// A fresh folder for each test.
class OwnerTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = testing::TempDir() + "owner_XXXXXX";
    ASSERT_NE(mkdtemp(root_.data()), nullptr);
  }

  // Writes back the arguments, one a line, and exits with their number.
  static int Echo(const OwnerRequest& request, OutputSink& output, const std::stop_token&) {
    for (const std::string& argument : request.arguments) output.Out(argument + "\n");
    output.Err("from " + request.working_directory);
    return static_cast<int>(request.arguments.size());
  }

  base::Result<std::unique_ptr<OwnerServer>> Own(OwnerHandler handler = Echo) {
    return OwnerServer::TryOwn(root_,
                               {.command = "test", .handler = std::move(handler), .accepts = {}});
  }

  std::string root_;
};

TEST_F(OwnerTest, ASecondProcessTalksToTheFirst) {
  const auto owner = Own();
  ASSERT_TRUE(owner.ok()) << owner.error().ToString();
  ASSERT_NE(*owner, nullptr);
  EXPECT_EQ(*Own(), nullptr);
  Collected output;
  const auto code =
      RunInOwner(root_, {.arguments = {"a", "b c"}, .working_directory = "/here"}, output, {});
  ASSERT_TRUE(code.ok()) << code.error().ToString();
  EXPECT_EQ(*code, 2);
  EXPECT_EQ(output.out, "a\nb c\n");
  EXPECT_EQ(output.err, "from /here");
  EXPECT_EQ((*FindOwner(root_))->pid, getpid());
  EXPECT_EQ((*FindOwner(root_))->command, "test");
}

TEST_F(OwnerTest, OtherUsersCannotReachTheSocket) {
  ASSERT_EQ(mkdir((root_ + "/.tributary").c_str(), 0755), 0);
  const auto owner = Own();
  struct stat info {};
  ASSERT_EQ(stat((root_ + "/.tributary").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  ASSERT_EQ(stat(SocketPath(root_).c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(OwnerTest, WithoutAnOwnerTheAnswerIsNotFound) {
  Collected output;
  EXPECT_EQ(RunInOwner(root_, {}, output, {}).error().code(), base::Code::kNotFound);
  EXPECT_FALSE(FindOwner(root_)->has_value());
  { const auto owner = Own(); }
  EXPECT_EQ(RunInOwner(root_, {}, output, {}).error().code(), base::Code::kNotFound);
  EXPECT_FALSE(FindOwner(root_)->has_value());
}

TEST_F(OwnerTest, StartsAndStopsAHundredTimesWhileClientsKeepComing) {
  std::atomic<bool> finished = false;
  std::atomic<int> answered = 0;
  std::atomic<int> wrong = 0;
  std::thread client([&] {
    while (!finished) {
      Collected output;
      const auto code = RunInOwner(root_, {.arguments = {"x"}}, output, {});
      if (code.ok()) {
        ++(*code == 1 && output.out == "x\n" ? answered : wrong);
      } else if (code.error().code() != base::Code::kNotFound) {
        ++wrong;
      }
    }
  });
  for (int i = 0; i < 100; ++i) {
    auto owner = Own();
    ASSERT_TRUE(owner.ok()) << owner.error().ToString();
    ASSERT_NE(*owner, nullptr);
    const int before = answered;
    while (i % 10 == 0 && answered == before) std::this_thread::yield();
  }
  finished = true;
  client.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GE(answered, 10);
}

TEST_F(OwnerTest, OfManyThatTryAtOnceExactlyOneOwns) {
  constexpr int kThreads = 16;
  std::vector<std::unique_ptr<OwnerServer>> owners(kThreads);
  std::vector<std::thread> threads;
  for (auto& owner : owners) {
    threads.emplace_back([&] { owner = Own().value(); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::count(owners.begin(), owners.end(), nullptr), kThreads - 1);
}

TEST_F(OwnerTest, AClientThatVanishesStopsItsCommand) {
  std::promise<void> begun;
  std::promise<void> stopped;
  auto owner = Own([&](const OwnerRequest&, OutputSink& output, std::stop_token stop) {
    begun.set_value();
    // Writes until the client is gone, which must end both the writing and the command.
    while (!stop.stop_requested()) output.Out(std::string(1 << 16, 'x'));
    stopped.set_value();
    return 0;
  });
  {
    auto socket = env::ConnectUnix(SocketPath(root_), 1000).value();
    ASSERT_TRUE(socket->WriteAll(EncodeRequest({}).value(), 1000).ok());
    begun.get_future().wait();
  }
  stopped.get_future().wait();
  EXPECT_EQ(*Own(), nullptr) << "the owner lives on";
}

TEST_F(OwnerTest, AClientThatAsksToStopStillHearsTheLastWords) {
  std::promise<void> begun;
  auto owner = Own([&](const OwnerRequest&, OutputSink& output, const std::stop_token& stop) {
    std::promise<void> asked;
    const std::stop_callback on_stop(stop, [&] { asked.set_value(); });
    begun.set_value();
    asked.get_future().wait();
    output.Err("stopped");
    return 130;
  });
  std::stop_source stop;
  std::thread interrupt([&] {
    begun.get_future().wait();
    stop.request_stop();
  });
  Collected output;
  EXPECT_EQ(RunInOwner(root_, {}, output, stop.get_token()).value(), 130);
  EXPECT_EQ(output.err, "stopped");
  interrupt.join();
}

TEST_F(OwnerTest, AnEndingOwnerFinishesWhatItTookAndServesOthersMeanwhile) {
  std::promise<void> begun;
  std::promise<void> release;
  std::atomic<bool> was_ending = false;
  OwnerOptions options;
  options.command = "test";
  options.handler = [&](const OwnerRequest& request, OutputSink& output, const std::stop_token&) {
    if (request.arguments == std::vector<std::string>{"long"}) {
      begun.set_value();
      release.get_future().wait();
    }
    output.Out("done");
    return 0;
  };
  options.accepts = [&](const OwnerRequest& request, bool ending) {
    if (ending) was_ending = true;
    return !ending || request.arguments != std::vector<std::string>{"decline"};
  };
  auto owner = OwnerServer::TryOwn(root_, options).value();
  Collected of_long;
  std::thread client(
      [&] { EXPECT_EQ(RunInOwner(root_, {.arguments = {"long"}}, of_long, {}).value(), 0); });
  begun.get_future().wait();
  EXPECT_EQ(owner->num_requests(), 1u);
  std::thread ending([&] { owner.reset(); });
  Collected output;
  while (!was_ending) (void)RunInOwner(root_, {.arguments = {"short"}}, output, {});
  EXPECT_EQ(RunInOwner(root_, {.arguments = {"decline"}}, output, {}).error().code(),
            base::Code::kUnavailable);
  EXPECT_EQ(RunInOwner(root_, {.arguments = {"short"}}, output, {}).value(), 0);
  release.set_value();
  ending.join();
  client.join();
  EXPECT_EQ(of_long.out, "done");
  EXPECT_NE(*Own(), nullptr);
}

TEST_F(OwnerTest, ABadRequestIsRefusedWithItsReason) {
  const auto owner = Own();
  struct Case {
    std::string bytes;
    std::string reason;
  };
  const std::vector<Case> cases = {
      {"HEAD / HTTP/1.1\r\n\r\n", "unknown kind"},
      {EncodeFrame(FrameKind::kHello, "tributary-owner 9"), "tributary-owner 1"},
      {std::string("V\x7F\xFF\xFF\xFF", 5), "frame of 2147483647 bytes"},
  };
  for (const Case& one : cases) {
    auto socket = env::ConnectUnix(SocketPath(root_), 1000).value();
    ASSERT_TRUE(socket->WriteAll(one.bytes, 1000).ok());
    std::string answer;
    char buffer[4096];
    for (;;) {
      ASSERT_EQ(socket->WaitReadable(10'000, nullptr).value(), env::Waited::kReadable);
      const size_t count = socket->Read(buffer, sizeof(buffer)).value().value_or(0);
      if (count == 0) break;
      answer.append(buffer, count);
    }
    EXPECT_THAT(answer, testing::HasSubstr(one.reason));
    EXPECT_EQ(answer[0], 'f');
  }
  Collected output;
  OwnerRequest large;
  large.standard_input = std::string(20 << 20, 'x');
  EXPECT_EQ(RunInOwner(root_, large, output, {}).error().code(), base::Code::kInvalidArgument);
  EXPECT_EQ(RunInOwner(root_, {.arguments = {"x"}}, output, {}).value(), 1) << "and it lives on";
}

TEST_F(OwnerTest, MoreClientsThanItsBoundAreDeclined) {
  const auto owner = Own();
  std::vector<std::unique_ptr<env::PlainSocket>> silent;
  for (;;) {
    ASSERT_LE(silent.size(), 200u);
    silent.push_back(env::ConnectUnix(SocketPath(root_), 1000).value());
    Collected output;
    const auto code = RunInOwner(root_, {}, output, {});
    if (code.ok()) continue;
    EXPECT_EQ(code.error().code(), base::Code::kUnavailable);
    EXPECT_THAT(code.error().message(), testing::HasSubstr("too many"));
    break;
  }
}

TEST_F(OwnerTest, AnOwnerThatWasKilledIsReplaced) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto owner = Own();
    (void)!write(ready[1], owner.ok() && *owner != nullptr ? "y" : "n", 1);
    for (;;) pause();
  }
  char sign = 0;
  ASSERT_EQ(read(ready[0], &sign, 1), 1);
  ASSERT_EQ(sign, 'y');
  EXPECT_EQ(*Own(), nullptr);
  EXPECT_EQ((*FindOwner(root_))->pid, child);
  ASSERT_EQ(kill(child, SIGKILL), 0);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  Collected output;
  EXPECT_EQ(RunInOwner(root_, {}, output, {}).error().code(), base::Code::kNotFound);
  const auto owner = Own();
  ASSERT_TRUE(owner.ok()) << owner.error().ToString();
  ASSERT_NE(*owner, nullptr);
  EXPECT_EQ(RunInOwner(root_, {.arguments = {"x"}}, output, {}).value(), 1);
  close(ready[0]);
  close(ready[1]);
}

TEST_F(OwnerTest, AnOwnerKilledMidwayIsAnErrorThatSaysSo) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto owner = Own([](const OwnerRequest&, OutputSink& output, const std::stop_token&) {
      output.Out("half");
      kill(getpid(), SIGKILL);
      return 0;
    });
    (void)!write(ready[1], "y", 1);
    for (;;) pause();
  }
  char sign = 0;
  ASSERT_EQ(read(ready[0], &sign, 1), 1);
  Collected output;
  const auto code = RunInOwner(root_, {}, output, {});
  ASSERT_FALSE(code.ok());
  EXPECT_EQ(code.error().code(), base::Code::kIo);
  EXPECT_EQ(output.out, "half");
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  close(ready[0]);
  close(ready[1]);
}

TEST_F(OwnerTest, AProjectFarDownTheTreeHasASocketToo) {
  for (int i = 0; i < 20; ++i) {
    root_ += "/a_folder_name";
    ASSERT_EQ(mkdir(root_.c_str(), 0700), 0);
  }
  ASSERT_GT(SocketPath(root_).size(), 200u);
  const auto owner = Own();
  ASSERT_TRUE(owner.ok()) << owner.error().ToString();
  Collected output;
  EXPECT_EQ(RunInOwner(root_, {.arguments = {"x"}}, output, {}).value(), 1);
}

TEST_F(OwnerTest, AFolderThatCannotBeWrittenIsAnErrorWithItsPath) {
  root_ += "/absent";
  const auto owner = Own();
  ASSERT_FALSE(owner.ok());
  EXPECT_THAT(owner.error().message(), testing::HasSubstr(root_));
}

}  // namespace
}  // namespace serve
