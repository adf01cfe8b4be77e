// The owner of a project: one process at a time holds .tributary/owner.lock and answers on
// .tributary/owner.sock. A command that finds an owner hands itself over and shows the answer.
// A request is a command line with its working folder and environment; an answer is chunks of
// standard output and standard error and the exit code. docs/format/owner_socket.md has the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace serve {

// Everything a command may depend on, so that it does the same in whichever process it runs.
struct OwnerRequest {
  std::vector<std::string> arguments = {};  // without the program's name
  std::string working_directory = {};
  std::map<std::string, std::string> environment = {};
  std::string standard_input = {};  // whole; "" when the command reads none
  bool out_terminal = false;        // standard output is one: tables may be cut to its width
  bool err_terminal = false;        // standard error is one: progress may redraw itself
  int columns = 80;
  friend bool operator==(const OwnerRequest&, const OwnerRequest&) = default;
};

// Where a command writes, in process or across the socket. THREAD: any.
class OutputSink {
 public:
  virtual ~OutputSink() = default;
  virtual void Out(std::string_view text) = 0;
  virtual void Err(std::string_view text) = 0;
};

// Runs one request; its exit code. THREAD: any, several at once. `stop` fires when the client asks
// to stop or hangs up.
using OwnerHandler =
    std::function<int(const OwnerRequest& request, OutputSink& output, std::stop_token stop)>;

struct OwnerOptions {
  std::string command;   // what the owner is doing, for the messages of others: "tributary run"
  OwnerHandler handler;  // required
  // Which requests this owner takes, asked again once it is `ending`; empty: all.
  std::function<bool(const OwnerRequest& request, bool ending)> accepts;
};

// Owner. Destroying it waits for the requests under way (a client that hangs up stops its
// request) and then gives the project free; while it waits for those it serves others too.
class OwnerServer {
 public:
  // nullptr inside the Result when another live process owns the project already.
  // ERRORS: kIo: the project folder cannot be written.
  static base::Result<std::unique_ptr<OwnerServer>> TryOwn(const std::string& project_root,
                                                           OwnerOptions options);
  virtual ~OwnerServer() = default;
  [[nodiscard]] virtual size_t num_requests() const = 0;  // under way. THREAD: any
  // Asks the commands under way to stop, as their clients could. THREAD: any
  virtual void StopRequests() = 0;
};

// Sends `request` to the owner of the project and relays its answer; the exit code of the command.
// When `stop` fires the owner is asked to stop the command, whose last words are still relayed.
// ERRORS: kNotFound: no owner answers (try to own it); kUnavailable: it lives but does not take
// this request (wait for its end, or try later); kTimeout: it gives no sign; kIo: it went away
// midway; kInvalidArgument, kUnsupported: it refused the request's bytes.
base::Result<int> RunInOwner(const std::string& project_root, const OwnerRequest& request,
                             OutputSink& output, std::stop_token stop);

// Who owns the project now, for messages.
struct OwnerInfo {
  int64_t pid = 0;
  std::string command;
};
base::Result<std::optional<OwnerInfo>> FindOwner(const std::string& project_root);

}  // namespace serve
