// The way of a command line through the program: parse, find where it runs, run it, and turn what
// happened into an exit code.
#include "app/cli.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include <sys/ioctl.h>
#include <unistd.h>

#include "app/command_line.h"
#include "app/commands.h"
#include "app/interrupts.h"
#include "app/process_output.h"
#include "app/produce_input.h"
#include "app/project_session.h"
#include "app/sql_input.h"
#include "app/sql_shell.h"
#include "base/log.h"
#include "base/text.h"

extern char** environ;

namespace app {
namespace {

Environment EnvironmentOfProcess() {
  Environment environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    environment[std::string(text.substr(0, equals))] = text.substr(equals + 1);
  }
  return environment;
}

std::string WorkingDirectory() {
  std::unique_ptr<char, void (*)(void*)> folder(getcwd(nullptr, 0), std::free);
  return folder == nullptr ? "." : std::string(folder.get());
}

int TerminalColumns() {
  constexpr int kUsual = 80;
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
    winsize size{};
    if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  }
  return kUsual;
}

serve::OwnerRequest RequestOfProcess(const std::vector<std::string>& arguments) {
  serve::OwnerRequest request;
  if (!arguments.empty()) request.arguments.assign(arguments.begin() + 1, arguments.end());
  request.working_directory = WorkingDirectory();
  request.environment = EnvironmentOfProcess();
  request.out_terminal = isatty(STDOUT_FILENO) == 1;
  request.err_terminal = isatty(STDERR_FILENO) == 1;
  request.columns = TerminalColumns();
  return request;
}

int FailUsage(const UsageError& wrong, const serve::OwnerRequest& request, ProcessOutput& output) {
  // The command line could not be read, so its --color could not either.
  const Style style(Colored(CommandLine(), request.environment, request.err_terminal));
  std::string text = RenderError(wrong.message, wrong.hint, style);
  std::string path;
  for (const CommandSpec* const command : wrong.path) path += std::string(command->name) + " ";
  text += "usage: " + UsageLine(wrong.path) + "\n`" + path + "--help` explains it.\n";
  output.Err(text);
  return kExitUsage;
}

// One run of the program. Lives on the stack of RunProgram.
class Invocation {
 public:
  Invocation(CommandLine line, serve::OwnerRequest request, ProcessOutput& output,
             std::stop_source stop, Interrupts& interrupts)
      : line_(std::move(line)),
        request_(std::move(request)),
        output_(output),
        stop_(std::move(stop)),
        interrupts_(interrupts),
        files_(env::NewRealFiles()) {}

  int Run() {
    CommandContext context{.line = line_,
                           .request = request_,
                           .output = output_,
                           .stop = stop_.get_token(),
                           .files = *files_,
                           .clock = clock_};
    // A cluster that is named has no owner.
    const bool here = line_.command().place == Place::kHere || line_.Has("brokers");
    const bool reads_records = line_.Name() == "topic produce";
    if (here && reads_records) {
      return ProduceInput(context, [&](const serve::OwnerRequest& request) {
        CommandContext piece{.line = line_,
                             .request = request,
                             .output = output_,
                             .stop = stop_.get_token(),
                             .files = *files_,
                             .clock = clock_};
        return FunctionOf(line_)(piece);
      });
    }
    if (here) return FunctionOf(line_)(context);

    auto root = ProjectRoot(*files_, line_, request_);
    if (!root.ok()) return context.Fail(root.error());
    bool shell = false;
    if (line_.command().name == "sql") {
      auto input = ReadSqlInput(line_, request_);
      if (!input.ok()) return context.Fail(input.error());
      shell = input->interactive;
      request_.standard_input = std::move(input->text);
    }
    using Guests = ProjectSession::Guests;
    Guests guests = Guests::kShort;
    if (shell || line_.command().place == Place::kOwnerLong) guests = Guests::kAny;
    if (line_.command().place == Place::kOwnerSelf) guests = Guests::kServed;
    ProjectSession session({.root = *root,
                            .command = "tributary " + line_.Name(),
                            .guests = guests,
                            .quiet = line_.Has("quiet")},
                           files_.get(), &clock_, &output_);
    if (shell) return RunSqlShell(context, *root, session, interrupts_);
    const auto run = [&](const serve::OwnerRequest& request) {
      const auto code = session.Run(request, output_, stop_.get_token());
      return code.ok() ? *code : context.Fail(code.error());
    };
    return reads_records ? ProduceInput(context, run) : run(request_);
  }

 private:
  const CommandLine line_;
  serve::OwnerRequest request_;
  ProcessOutput& output_;
  std::stop_source stop_;
  Interrupts& interrupts_;
  const std::unique_ptr<env::Files> files_;
  const base::SystemClock clock_;
};

// The exit code in the light of what happened to standard output and of signals.
int FinalCode(int code, const ProcessOutput& output, const Interrupts& interrupts,
              const serve::OwnerRequest& request, ProcessOutput& messages) {
  if (interrupts.signal() != 0) {
    return code == kExitInterrupted ? 128 + interrupts.signal() : code;
  }
  const int error = output.out_error();
  if (error == 0) return code;
  // A reader that has what it wanted is no failure of ours.
  if (error == EPIPE) return code == kExitInterrupted ? kExitDone : code;
  const base::Error why = base::FromErrno(error, "cannot write to standard output");
  const Style style(Colored(CommandLine(), request.environment, request.err_terminal));
  messages.Err(RenderError(why.message(), why.hint(), style));
  return kExitFailed;
}

}  // namespace

int RunProgram(const std::vector<std::string>& arguments) {
  (void)std::signal(SIGPIPE, SIG_IGN);
  std::stop_source stop;
  ProcessOutput output(stop);
  serve::OwnerRequest request = RequestOfProcess(arguments);
  auto parsed = ParseCommandLine(request.arguments, request.environment);
  if (const auto* const wrong = std::get_if<UsageError>(&parsed)) {
    return FailUsage(*wrong, request, output);
  }
  auto& line = std::get<CommandLine>(parsed);
  if (line.Has("help") || (line.path().size() == 1 && !line.Has("version"))) {
    output.Out(HelpText(line.path()));
    return kExitDone;
  }
  if (line.path().size() == 1) {
    output.Out("tributary " TRIBUTARY_VERSION "\n");
    return kExitDone;
  }
  if (line.Has("verbose")) base::SetLogLevel(base::LogLevel::kInfo);
  if (line.Has("quiet")) base::SetLogLevel(base::LogLevel::kError);

  const bool gentle = line.command().stops_gently;
  const bool long_work = line.command().place == Place::kOwnerLong ||
                         line.command().place == Place::kOwnerSelf;
  auto interrupts = Interrupts::Install([&] {
    if (!gentle) return false;
    if (long_work) {
      output.Err("\nstopping; what is committed stays. Press Ctrl-C again to end at once\n");
    }
    stop.request_stop();
    return true;
  });
  if (!interrupts.ok()) {
    output.Err(RenderError(interrupts.error().message(), interrupts.error().hint(), Style(false)));
    return kExitFailed;
  }
  const int code = Invocation(std::move(line), request, output, stop, **interrupts).Run();
  return FinalCode(code, output, **interrupts, request, output);
}

}  // namespace app
