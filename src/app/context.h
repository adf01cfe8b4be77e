// CommandContext: what a command gets, the same in whichever process it runs: its command line,
// the request with folder, environment and input, where to write, and when to stop. Value on the
// stack of whoever runs the command; THREAD: the command's.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "app/command_line.h"
#include "base/clock.h"
#include "base/diagnostic.h"
#include "base/result.h"
#include "env/files.h"
#include "pipeline/project.h"
#include "serve/owner.h"

namespace app {

class ProjectHost;

// Exit codes (docs/cli.md).
inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;  // the work ran and something failed
inline constexpr int kExitUsage = 2;   // the command line or the project's files are wrong
inline constexpr int kExitInterrupted = 130;

// Colours for a stream that takes them, plain text for others.
class Style {
 public:
  explicit Style(bool colored) : colored_(colored) {}
  [[nodiscard]] bool colored() const { return colored_; }
  [[nodiscard]] std::string Bold(std::string_view text) const { return Wrap("1", text); }
  [[nodiscard]] std::string Dim(std::string_view text) const { return Wrap("2", text); }
  [[nodiscard]] std::string Red(std::string_view text) const { return Wrap("31", text); }
  [[nodiscard]] std::string Green(std::string_view text) const { return Wrap("32", text); }
  [[nodiscard]] std::string Yellow(std::string_view text) const { return Wrap("33", text); }

 private:
  [[nodiscard]] std::string Wrap(std::string_view code, std::string_view text) const;
  bool colored_;
};

// May `terminal` (a stream of the request) be coloured? --color and --no-color, then NO_COLOR and
// TERM=dumb, then whether it is a terminal at all.
bool Colored(const CommandLine& line, const Environment& environment, bool terminal);

enum class OutputFormat { kTable, kJson, kNdjson, kCsv };

struct CommandContext {
  const CommandLine& line;
  const serve::OwnerRequest& request;
  serve::OutputSink& output;
  std::stop_token stop;
  env::Files& files;
  const base::Clock& clock;
  ProjectHost* host = nullptr;  // of commands whose place is the owner

  [[nodiscard]] OutputFormat format() const;
  [[nodiscard]] Style out_style() const;
  [[nodiscard]] Style err_style() const;
  [[nodiscard]] bool quiet() const { return line.Has("quiet"); }
  // A path of the command line, made absolute.
  [[nodiscard]] std::string Path(const std::string& path) const;
  [[nodiscard]] pipeline::LoadProjectOptions load_options() const;

  // A line to standard error, unless --quiet.
  void Say(std::string_view message) const;
  // Shows an error and gives the exit code it calls for.
  int Fail(const base::Error& error) const;
  // Shows mistakes of the user's files.
  void Show(const std::vector<base::Diagnostic>& diagnostics) const;
};

// "error: message\n  hint: ...\n", coloured.
std::string RenderError(std::string_view message, std::string_view hint, const Style& style);
std::string RenderDiagnostic(const base::Diagnostic& diagnostic, const Style& style);

// kInvalidArgument is a wrong command line, kCancelled an interrupt, the rest failed work.
int ExitCodeOf(const base::Error& error);

// The folder of the project that a command line means: --project, or found from the working folder
// upwards. ERRORS: kInvalidArgument, with what to do.
base::Result<std::string> ProjectRoot(env::Files& files, const CommandLine& line,
                                      const serve::OwnerRequest& request);

}  // namespace app
