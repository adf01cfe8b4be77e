// The owner of a project: one process at a time holds .tributary/owner.lock and answers on
// .tributary/owner.sock. A command that finds an owner hands itself over and shows the answer.
// A request is a command line with its working folder; an answer is chunks of standard output and
// standard error and the exit code. docs/format/owner_socket.md has the bytes.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace serve {

struct OwnerRequest {
  std::vector<std::string> arguments;  // without the program's name
  std::string working_directory;
  std::string standard_input;  // whole; "" when the command reads none
  bool terminal = false;       // the client writes to one: colour and progress may be used
  int columns = 80;
};

// Where a command writes, in process or across the socket. THREAD: any.
class OutputSink {
 public:
  virtual ~OutputSink() = default;
  virtual void Out(std::string_view text) = 0;
  virtual void Err(std::string_view text) = 0;
};

using OwnerHandler =
    std::function<int(const OwnerRequest& request, OutputSink& output, std::stop_token stop)>;

// Owner; destroying it waits for requests under way (bounded by their clients' patience: a client
// that hangs up stops its request) and then gives the project free.
class OwnerServer {
 public:
  // nullptr inside the Result when another live process owns the project already.
  static base::Result<std::unique_ptr<OwnerServer>> TryOwn(const std::string& project_root,
                                                           OwnerHandler handler);
  virtual ~OwnerServer() = default;
};

// Sends `request` to the owner of the project and relays its answer; the exit code of the command.
// ERRORS: kNotFound: no owner answers (try to own it); kIo, kTimeout: the owner went away midway.
base::Result<int> RunInOwner(const std::string& project_root, const OwnerRequest& request,
                             OutputSink& output, std::stop_token stop);

}  // namespace serve
