#include "app/project_session.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "app/commands.h"
#include "base/limits.h"

namespace app {
namespace {

// False when `stop` fired first.
bool WaitFor(int64_t duration_ms, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  (void)never.wait_for(lock, stop, std::chrono::milliseconds(duration_ms), [] { return false; });
  return !stop.stop_requested();
}

}  // namespace

ProjectSession::ProjectSession(Options options, env::Files* files, const base::Clock* clock,
                               serve::OutputSink* messages)
    : options_(std::move(options)),
      files_(files),
      clock_(clock),
      messages_(messages),
      host_(files, clock, options_.root) {}

ProjectSession::~ProjectSession() {
  if (server_ == nullptr) return;
  if (const size_t others = server_->num_requests(); others > 0) {
    const std::string commands =
        std::to_string(others) + (others == 1 ? " command" : " commands") + " of other terminals";
    if (options_.guests == Guests::kServed) {
      Say("stopping " + commands);
      server_->StopRequests();
    } else {
      Say("finishing " + commands + "; press Ctrl-C twice to end them");
    }
  }
  server_.reset();
}

base::Result<int> ProjectSession::Run(const serve::OwnerRequest& request, serve::OutputSink& output,
                                      std::stop_token stop) {
  constexpr int64_t kWaitMsMax = 200;
  int64_t wait_ms = 5;
  int64_t unanswered_since = clock_->MonotonicMs();
  bool told = false;
  while (server_ == nullptr) {
    server_ = TRY(serve::OwnerServer::TryOwn(
        options_.root,
        {.command = options_.command,
         .handler = [this](const serve::OwnerRequest& asked, serve::OutputSink& sink,
                           std::stop_token end) { return RunHere(asked, sink, std::move(end)); },
         .accepts = [this](const serve::OwnerRequest& asked,
                           bool ending) { return Accepts(asked, ending); }}));
    if (server_ != nullptr) break;
    const auto code = serve::RunInOwner(options_.root, request, output, stop);
    if (code.ok()) return code;
    switch (code.error().code()) {
      case base::Code::kNotFound:
        // It has just ended, or has the lock and no socket yet: try to own, then ask again.
        if (clock_->MonotonicMs() - unanswered_since > base::limits::kOwnerWaitMs) {
          return base::Unavailable(
              "the project is held by " + OwnerName() + ", which does not answer",
              "Wait for its end, or end it; nothing committed is lost.");
        }
        break;
      case base::Code::kUnavailable:
        unanswered_since = clock_->MonotonicMs();
        if (!std::exchange(told, true)) Say("waiting for " + OwnerName() + " to end");
        break;
      case base::Code::kTimeout:
        return base::Timeout("the project is held by " + OwnerName() + ", which gives no sign",
                             "Look whether it is stopped or swamped; end it to go on.");
      case base::Code::kAlreadyExists:
      case base::Code::kConflict:
      case base::Code::kCorruption:
      case base::Code::kIo:
      case base::Code::kCancelled:
      case base::Code::kInvalidArgument:
      case base::Code::kUnsupported:
      case base::Code::kInternal:
        return code;
    }
    if (!WaitFor(wait_ms, stop)) return kExitInterrupted;
    wait_ms = std::min(2 * wait_ms, kWaitMsMax);
  }
  return RunHere(request, output, std::move(stop));
}

int ProjectSession::RunHere(const serve::OwnerRequest& request, serve::OutputSink& output,
                            std::stop_token stop) {
  const auto parsed = ParseCommandLine(request.arguments, request.environment);
  if (const auto* const wrong = std::get_if<UsageError>(&parsed)) {
    output.Err(RenderError(wrong->message, wrong->hint, Style(false)));
    return kExitUsage;
  }
  const auto& line = std::get<CommandLine>(parsed);
  CommandContext context{.line = line,
                         .request = request,
                         .output = output,
                         .stop = std::move(stop),
                         .files = *files_,
                         .clock = *clock_,
                         .host = &host_};
  if (line.command().place == Place::kHere) {
    return context.Fail(base::InvalidArgument("'" + line.Name() + "' is not for the owner"));
  }
  return FunctionOf(line)(context);
}

bool ProjectSession::Accepts(const serve::OwnerRequest& request, bool ending) const {
  const auto parsed = ParseCommandLine(request.arguments, request.environment);
  const auto* const line = std::get_if<CommandLine>(&parsed);
  if (line == nullptr) return true;  // it is told what is wrong
  switch (line->command().place) {
    case Place::kHere:
    case Place::kOwner:
      return true;
    case Place::kOwnerLong:
      return options_.guests != Guests::kShort && !ending;
    case Place::kOwnerSelf:
      return options_.guests == Guests::kServed && !ending;  // it is told that it runs already
  }
  return false;
}

std::string ProjectSession::OwnerName() const {
  const auto owner = serve::FindOwner(options_.root);
  if (!owner.ok() || !owner->has_value()) return "another process";
  return "`" + (*owner)->command + "` (process " + std::to_string((*owner)->pid) + ")";
}

void ProjectSession::Say(const std::string& text) const {
  if (!options_.quiet) messages_->Err(text + "\n");
}

}  // namespace app
