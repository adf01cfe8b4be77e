// `tributary run` and `tributary test`: a run of the project's workspace, its progress, and what
// came of it.
#include <algorithm>
#include <map>
#include <utility>

#include "app/commands.h"
#include "app/host.h"
#include "app/progress.h"
#include "app/query.h"
#include "app/run_report.h"
#include "base/text.h"

namespace app {
namespace {

pipeline::RunOptions OptionsOf(const CommandLine& line) {
  pipeline::RunOptions options;
  options.select = line.All("SELECT");
  for (std::string& selector : line.All("select")) options.select.push_back(std::move(selector));
  options.exclude = line.All("exclude");
  options.full_refresh = line.Has("full-refresh");
  options.publish = !line.Has("no-publish");
  options.tests = !line.Has("no-tests");
  options.parallel = static_cast<int>(std::min<int64_t>(line.Count("parallel", 0), 1'024));
  return options;
}

// What now waits in the tables of rejected records of the sources that this run loaded.
void SayRejects(const CommandContext& context, pipeline::Workspace& workspace,
                const pipeline::RunReport& report) {
  for (const pipeline::StepResult& step : report.steps) {
    if (step.kind != pipeline::StepKind::kLoad || step.rejected == 0) continue;
    auto connection = workspace.engine().Connect();
    if (!connection.ok()) return;
    const auto name = ParseRelationName(step.name);
    if (!name) continue;
    const auto kinds = CollectRows(
        **connection, "SELECT kind, count(*) FROM " + base::QuoteIdentifier(name->schema) + "." +
                          base::QuoteIdentifier(name->name + "__rejected") +
                          " GROUP BY kind ORDER BY count(*) DESC, kind");
    std::string by_kind;
    if (kinds.ok()) {
      for (const Row& row : *kinds) {
        by_kind += (by_kind.empty() ? "" : ", ") + row[0].value_or("") + " " +
                   base::FormatCount(std::stoll(row[1].value_or("0")));
      }
    }
    context.Say(context.err_style().Yellow("rejected:") + " " + base::FormatCount(step.rejected) +
                " new in " + step.name + "__rejected" +
                (by_kind.empty() ? "" : ", which holds " + by_kind) +
                "\n  `tributary table rejects " + step.name +
                "` shows them, `tributary table replay " + step.name + "` tries them again");
  }
}

int Run(CommandContext& context, const pipeline::RunOptions& options) {
  auto opened = context.host->Open(context.load_options());
  if (!opened.ok()) return context.Fail(opened.error());
  context.Show(opened->diagnostics);
  if (opened->workspace == nullptr) return kExitUsage;
  pipeline::Workspace& workspace = *opened->workspace;
  const auto permit = context.host->TryPermit();
  if (permit == nullptr) {
    return context.Fail(base::Conflict("another run of this project is under way",
                                       "Wait for its end; `tributary sql` works meanwhile."));
  }
  RunProgress progress({.style = context.err_style(),
                        .live = context.request.err_terminal && context.err_style().colored(),
                        .quiet = context.quiet(),
                        .verbose = options.only_tests || context.line.Has("verbose"),
                        .columns = static_cast<size_t>(std::max(20, context.request.columns))},
                       &context.clock, &context.output);
  const pipeline::Workspace::Events events{
      .step_started = [&](pipeline::StepKind kind,
                          const std::string& name) { progress.Started(kind, name); },
      .step_ended = [&](const pipeline::StepResult& step) { progress.Ended(step); }};
  auto report = workspace.Run(options, events, context.stop);
  progress.Finish();
  if (!report.ok()) return context.Fail(report.error());
  if (context.format() != OutputFormat::kTable) PrintSteps(context, *report);
  SayRejects(context, workspace, *report);
  context.Say(SummaryLine(*report, context.err_style()));
  if (context.stop.stop_requested()) return kExitInterrupted;
  return report->succeeded() ? kExitDone : kExitFailed;
}

}  // namespace

int RunRun(CommandContext& context) { return Run(context, OptionsOf(context.line)); }

int RunTest(CommandContext& context) {
  pipeline::RunOptions options = OptionsOf(context.line);
  options.only_tests = true;
  options.publish = false;
  return Run(context, options);
}

}  // namespace app
