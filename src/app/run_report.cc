#include "app/run_report.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "app/progress.h"
#include "app/table_format.h"
#include "base/text.h"

namespace app {

void PrintSteps(const CommandContext& context, const pipeline::RunReport& report) {
  std::vector<Row> rows;
  for (const pipeline::StepResult& step : report.steps) {
    rows.push_back(
        {report.run_id, StepLabel(step.kind), step.name, std::string(StatusWord(step.status)),
         std::to_string(step.rows), std::to_string(step.rejected), std::to_string(step.duration_ms),
         step.message.empty() ? Cell() : Cell(step.message),
         step.skipped_because.empty() ? Cell() : Cell(base::Join(step.skipped_because, ", "))});
  }
  std::vector<PrintColumn> columns = {{.name = "run_id"},
                                      {.name = "kind"},
                                      {.name = "name"},
                                      {.name = "status"},
                                      {.name = "rows", .number = true},
                                      {.name = "rejected", .number = true},
                                      {.name = "duration_ms", .number = true},
                                      {.name = "message"},
                                      {.name = "skipped_because"}};
  if (context.format() == OutputFormat::kTable) {
    // The run is in the heading, and empty columns would only take room from the messages.
    columns.erase(columns.begin());
    for (Row& row : rows) row.erase(row.begin());
  }
  PrintRows(context, std::move(columns), rows);
}

namespace {

// "23 ok, 2 warned" of the steps that are tests, or of those that are not; "" when there are none.
std::string CountByStatus(const pipeline::RunReport& report, bool tests) {
  using pipeline::StepStatus;
  static constexpr std::array<std::pair<StepStatus, std::string_view>, 5> kWords = {{
      {StepStatus::kSucceeded, "ok"},
      {StepStatus::kWarned, "warned"},
      {StepStatus::kFailed, "failed"},
      {StepStatus::kSkipped, "skipped"},
      {StepStatus::kCancelled, "stopped"},
  }};
  std::string counts;
  for (const auto& [status, word] : kWords) {
    int64_t count = 0;
    for (const pipeline::StepResult& step : report.steps) {
      const bool is_test = step.kind == pipeline::StepKind::kTest;
      count += is_test == tests && step.status == status ? 1 : 0;
    }
    if (count == 0) continue;
    counts += (counts.empty() ? "" : ", ") + base::FormatCount(count) + " " + std::string(word);
  }
  return counts;
}

}  // namespace

std::string SummaryLine(const pipeline::RunReport& report, const Style& style) {
  std::string counts = CountByStatus(report, /*tests=*/false);
  const std::string tests = CountByStatus(report, /*tests=*/true);
  if (!tests.empty()) counts += (counts.empty() ? "tests: " : "; tests: ") + tests;
  if (counts.empty()) counts = "nothing to do";
  const bool stopped =
      std::any_of(report.steps.begin(), report.steps.end(), [](const pipeline::StepResult& step) {
        return step.status == pipeline::StepStatus::kCancelled;
      });
  std::string word = style.Red("failed");
  if (report.succeeded()) word = style.Green("done");
  if (stopped) word = style.Yellow("stopped");
  return word + " in " + base::FormatDurationMs(report.duration_ms) + ": " + counts;
}

std::optional<pipeline::RelationName> ParseRelationName(std::string_view text) {
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == text.size()) return std::nullopt;
  return pipeline::RelationName{.schema = std::string(text.substr(0, dot)),
                                .name = std::string(text.substr(dot + 1))};
}

}  // namespace app
