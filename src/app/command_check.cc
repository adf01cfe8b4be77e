// `tributary check`: every mistake in the project's files. Reads them only, so it needs no owner.
#include <algorithm>

#include "app/commands.h"
#include "app/table_format.h"
#include "base/text.h"
#include "pipeline/graph.h"

namespace app {
namespace {

void PrintRecords(const CommandContext& context, const std::vector<base::Diagnostic>& diagnostics) {
  std::vector<Row> rows;
  for (const base::Diagnostic& one : diagnostics) {
    const bool error = one.severity == base::Severity::kError;
    rows.push_back({error ? "error" : "warning", one.file, std::to_string(one.position.line),
                    std::to_string(one.position.column), one.message, one.hint});
  }
  PrintRows(context,
            {{.name = "severity"},
             {.name = "file"},
             {.name = "line", .number = true},
             {.name = "column", .number = true},
             {.name = "message"},
             {.name = "hint"}},
            rows);
}

std::string Counted(size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace

int RunCheck(CommandContext& context) {
  const auto root = ProjectRoot(context.files, context.line, context.request);
  if (!root.ok()) return context.Fail(root.error());
  const auto opened = pipeline::OpenProject(context.files, *root, context.load_options());
  if (!opened.ok()) return context.Fail(opened.error());
  const std::vector<base::Diagnostic>& diagnostics = opened->diagnostics;
  if (context.format() == OutputFormat::kTable) {
    context.Show(diagnostics);
  } else {
    PrintRecords(context, diagnostics);
  }
  const auto errors = static_cast<size_t>(std::count_if(
      diagnostics.begin(), diagnostics.end(),
      [](const base::Diagnostic& one) { return one.severity == base::Severity::kError; }));
  const size_t warnings = diagnostics.size() - errors;
  if (errors > 0) {
    context.Say(Counted(errors, "error") +
                (warnings > 0 ? ", " + Counted(warnings, "warning") : ""));
    return kExitUsage;
  }
  const pipeline::Project& project = *opened->project;
  context.Say(context.err_style().Green("ok") + ": " + Counted(project.sources.size(), "source") +
              ", " + Counted(project.models.size(), "model") +
              (project.seeds.empty() ? "" : ", " + Counted(project.seeds.size(), "seed")) +
              (warnings > 0 ? ", " + Counted(warnings, "warning") : ""));
  return kExitDone;
}

}  // namespace app
