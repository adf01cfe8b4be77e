// Process: another program run by a test, its output kept, waited for with a deadline or killed.
// Owner: destroying it kills what still runs. THREAD: one.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace referee {

struct Ended {
  int exit_code = 0;  // 128 + the signal's number when a signal ended it, as shells say it
  std::string out;
  std::string err;
};

class Process {
 public:
  // `arguments[0]` is the program. Variables of `environment` are added to those of this process.
  // Aborts when the program cannot be started: the build is broken then.
  Process(const std::vector<std::string>& arguments,
          const std::map<std::string, std::string>& environment = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  Ended Wait();
  // nullopt when it still runs after that time.
  std::optional<Ended> WaitFor(std::chrono::microseconds time);
  void Kill();  // SIGKILL; Wait tells how it ended
  void Signal(int number);  // SIGSTOP, SIGCONT, SIGTERM

 private:
  Ended Reap();

  int pid_ = -1;
  int pid_fd_ = -1;
  std::string out_path_;
  std::string err_path_;
  std::optional<Ended> ended_;
};

// The program of this build, run to its end.
Ended RunTributary(const std::vector<std::string>& arguments,
                   const std::map<std::string, std::string>& environment = {});

}  // namespace referee
