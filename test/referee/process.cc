#include "referee/process.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"

namespace referee {
namespace {

std::string TemporaryPath() {
  std::string path = (std::filesystem::temp_directory_path() / "tributary-test-XXXXXX").string();
  const int fd = mkstemp(path.data());
  CHECK(fd >= 0);
  close(fd);
  return path;
}

std::string ReadText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> Environment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    if (!added.contains(text.substr(0, text.find('=')))) variables.push_back(text);
  }
  for (const auto& [name, value] : added) variables.push_back(name + "=" + value);
  return variables;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments,
                 const std::map<std::string, std::string>& environment)
    : out_path_(TemporaryPath()), err_path_(TemporaryPath()) {
  std::vector<std::string> words = arguments;
  std::vector<std::string> variables = Environment(environment);
  posix_spawn_file_actions_t actions;
  CHECK(posix_spawn_file_actions_init(&actions) == 0);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, out_path_.c_str(), O_WRONLY | O_TRUNC, 0);
  posix_spawn_file_actions_addopen(&actions, 2, err_path_.c_str(), O_WRONLY | O_TRUNC, 0);
  const int failed = posix_spawn(&pid_, words[0].c_str(), &actions, nullptr, Pointers(words).data(),
                                 Pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) fprintf(stderr, "%s: %s\n", words[0].c_str(), strerror(failed));
  CHECK(failed == 0);
  pid_fd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  CHECK(pid_fd_ >= 0);
}

Process::~Process() {
  if (!ended_) {
    Kill();
    Reap();
  }
  std::error_code ignored;
  std::filesystem::remove(out_path_, ignored);
  std::filesystem::remove(err_path_, ignored);
}

Ended Process::Reap() {
  if (ended_) return *ended_;
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0) CHECK(errno == EINTR);
  close(pid_fd_);
  ended_ = Ended{.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
                 .out = ReadText(out_path_),
                 .err = ReadText(err_path_)};
  return *ended_;
}

Ended Process::Wait() { return Reap(); }

std::optional<Ended> Process::WaitFor(std::chrono::microseconds time) {
  if (ended_) return ended_;
  pollfd waited{.fd = pid_fd_, .events = POLLIN, .revents = 0};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  const timespec timeout{
      .tv_sec = seconds.count(),
      .tv_nsec = std::chrono::duration_cast<std::chrono::nanoseconds>(time - seconds).count()};
  const int ready = ppoll(&waited, 1, &timeout, nullptr);
  CHECK(ready >= 0);
  if (ready == 0) return std::nullopt;
  return Reap();
}

void Process::Signal(int number) {
  if (!ended_) kill(pid_, number);
}

void Process::Kill() {
  if (!ended_) kill(pid_, SIGKILL);
}

Ended RunTributary(const std::vector<std::string>& arguments,
                   const std::map<std::string, std::string>& environment) {
  std::vector<std::string> words = {TRIBUTARY_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return Process(words, environment).Wait();
}

}  // namespace referee
