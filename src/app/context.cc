#include "app/context.h"

#include <algorithm>

namespace app {
namespace {

std::string Absolute(const std::string& folder, const std::string& path) {
  if (path.empty() || path == ".") return folder;
  if (path[0] == '/') return path;
  return folder + "/" + path;
}

}  // namespace

std::string Style::Wrap(std::string_view code, std::string_view text) const {
  if (!colored_ || text.empty()) return std::string(text);
  return "\033[" + std::string(code) + "m" + std::string(text) + "\033[0m";
}

bool Colored(const CommandLine& line, const Environment& environment, bool terminal) {
  if (line.Has("no-color")) return false;
  const std::string when = line.Text("color", "auto");
  if (when != "auto") return when == "always";
  const auto no_color = environment.find("NO_COLOR");
  if (no_color != environment.end() && !no_color->second.empty()) return false;
  const auto term = environment.find("TERM");
  if (term == environment.end() || term->second == "dumb") return false;
  return terminal;
}

OutputFormat CommandContext::format() const {
  const std::string name = line.Text("format", "table");
  if (name == "json") return OutputFormat::kJson;
  if (name == "ndjson") return OutputFormat::kNdjson;
  if (name == "csv") return OutputFormat::kCsv;
  return OutputFormat::kTable;
}

Style CommandContext::out_style() const {
  return Style(Colored(line, request.environment, request.out_terminal));
}

Style CommandContext::err_style() const {
  return Style(Colored(line, request.environment, request.err_terminal));
}

std::string CommandContext::Path(const std::string& path) const {
  return Absolute(request.working_directory, path);
}

pipeline::LoadProjectOptions CommandContext::load_options() const {
  return {.target = line.Text("target"), .variables = request.environment};
}

void CommandContext::Say(std::string_view message) const {
  if (!quiet()) output.Err(std::string(message) + "\n");
}

int CommandContext::Fail(const base::Error& error) const {
  output.Err(RenderError(error.message(), error.hint(), err_style()));
  return ExitCodeOf(error);
}

void CommandContext::Show(const std::vector<base::Diagnostic>& diagnostics) const {
  std::string text;
  for (const base::Diagnostic& diagnostic : diagnostics) {
    const bool unwanted = quiet() && diagnostic.severity == base::Severity::kWarning;
    if (!unwanted) text += RenderDiagnostic(diagnostic, err_style());
  }
  if (!text.empty()) output.Err(text);
}

std::string RenderError(std::string_view message, std::string_view hint, const Style& style) {
  std::string text = style.Red("error:") + " " + std::string(message) + "\n";
  if (!hint.empty()) text += "  " + style.Bold("hint:") + " " + std::string(hint) + "\n";
  return text;
}

std::string RenderDiagnostic(const base::Diagnostic& diagnostic, const Style& style) {
  std::string text = base::Render(diagnostic);
  const bool error = diagnostic.severity == base::Severity::kError;
  const std::string_view word = error ? "error:" : "warning:";
  if (text.rfind(word, 0) == 0) {
    text.replace(0, word.size(), error ? style.Red(word) : style.Yellow(word));
  }
  return text;
}

int ExitCodeOf(const base::Error& error) {
  switch (error.code()) {
    case base::Code::kInvalidArgument:
      return kExitUsage;
    case base::Code::kCancelled:
      return kExitInterrupted;
    case base::Code::kNotFound:
    case base::Code::kAlreadyExists:
    case base::Code::kConflict:
    case base::Code::kCorruption:
    case base::Code::kIo:
    case base::Code::kTimeout:
    case base::Code::kUnavailable:
    case base::Code::kUnsupported:
    case base::Code::kInternal:
      return kExitFailed;
  }
  return kExitFailed;
}

base::Result<std::string> ProjectRoot(env::Files& files, const CommandLine& line,
                                      const serve::OwnerRequest& request) {
  if (!line.Has("project")) {
    auto found = pipeline::FindProject(files, request.working_directory);
    if (found.ok()) return found;
    if (found.error().code() != base::Code::kNotFound) return found;
    return base::InvalidArgument(
        "no tributary.yaml in " + request.working_directory + " or above",
        "Go into a project, name one with -C FOLDER, or run `tributary new NAME`.");
  }
  std::string folder = Absolute(request.working_directory, line.Text("project"));
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  const auto info = files.Stat(folder);
  if (!info.ok()) {
    if (info.error().code() != base::Code::kNotFound) return info.error();
    return base::InvalidArgument("there is no folder " + folder);
  }
  if (!files.Stat(folder + "/tributary.yaml").ok()) {
    return base::InvalidArgument("no tributary.yaml in " + folder,
                                 "`tributary new FOLDER` makes a project.");
  }
  return folder;
}

}  // namespace app
