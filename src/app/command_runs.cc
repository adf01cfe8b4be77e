// `tributary runs`: the records of past runs.
#include <algorithm>

#include "app/commands.h"
#include "app/progress.h"
#include "app/query.h"
#include "app/run_report.h"
#include "app/table_format.h"
#include "base/text.h"

namespace app {
namespace {

// Enough to find any run a person remembers the id of.
constexpr size_t kSearchedRuns = 10'000;

void PrintRuns(const CommandContext& context, const std::vector<pipeline::RunReport>& runs) {
  std::vector<Row> rows;
  for (const pipeline::RunReport& run : runs) {
    int64_t written = 0;
    int64_t rejected = 0;
    std::string failed;
    for (const pipeline::StepResult& step : run.steps) {
      if (step.kind != pipeline::StepKind::kTest) written += step.rows;
      rejected += step.rejected;
      if (step.status != pipeline::StepStatus::kFailed) continue;
      failed += (failed.empty() ? "" : ", ") + step.name;
    }
    rows.push_back({run.run_id, base::FormatUtc(run.started_unix_ms),
                    run.succeeded() ? "ok" : "failed", std::to_string(run.duration_ms),
                    std::to_string(run.steps.size()), std::to_string(written),
                    std::to_string(rejected), failed.empty() ? Cell() : Cell(failed)});
  }
  PrintRows(context,
            {{.name = "run_id"},
             {.name = "started"},
             {.name = "status"},
             {.name = "duration_ms", .number = true},
             {.name = "steps", .number = true},
             {.name = "rows", .number = true},
             {.name = "rejected", .number = true},
             {.name = "failed"}},
            rows);
}

}  // namespace

int RunRuns(CommandContext& context) {
  const auto workspace = OpenToRead(context);
  if (!workspace.ok()) return context.Fail(workspace.error());
  if (*workspace == nullptr) return kExitUsage;
  const std::string wanted = context.line.Text("RUN");
  const size_t limit =
      wanted.empty() ? static_cast<size_t>(context.line.Count("last", 10)) : kSearchedRuns;
  const auto runs = (*workspace)->RunHistory(limit);
  if (!runs.ok()) return context.Fail(runs.error());
  if (wanted.empty()) {
    if (runs->empty()) context.Say("no run yet: `tributary run` makes one");
    PrintRuns(context, *runs);
    return kExitDone;
  }
  std::vector<const pipeline::RunReport*> found;
  for (const pipeline::RunReport& run : *runs) {
    if (run.run_id.rfind(wanted, 0) == 0) found.push_back(&run);
  }
  if (found.empty()) {
    return context.Fail(base::NotFound("no run whose id begins with '" + wanted + "'",
                                       "`tributary runs --last 100` lists them."));
  }
  if (found.size() > 1) {
    return context.Fail(
        base::InvalidArgument(std::to_string(found.size()) + " runs begin with '" + wanted + "'",
                              "Give more of the id."));
  }
  context.Say("run " + found[0]->run_id + " of " + base::FormatUtc(found[0]->started_unix_ms));
  PrintSteps(context, *found[0]);
  context.Say(SummaryLine(*found[0], context.err_style()));
  return kExitDone;
}

}  // namespace app
