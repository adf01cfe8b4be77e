#include "pipeline/step_runner.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "base/json_writer.h"
#include "base/text.h"
#include "base/uuid.h"
#include "connect/files/load.h"
#include "pipeline/data_tests.h"
#include "pipeline/problems.h"
#include "pipeline/publish.h"
#include "pipeline/sql_problem.h"

namespace pipeline {
namespace {

constexpr auto kInterruptAgain = std::chrono::milliseconds(50);
constexpr int kSampleRows = 3;  // of a failed test, shown
constexpr size_t kSampleColumns = 6;
constexpr size_t kSampleCellBytes = 60;

constexpr base::Uuid kFingerprintNamespace{base::Uuid::Bytes{0x2f, 0x5b, 0x1c, 0x0a, 0x77, 0x5e,
                                                             0x4d, 0x4b, 0x9c, 0x0e, 0x61, 0xc5,
                                                             0x1d, 0x9a, 0x20, 0x44}};

std::string Plural(int64_t count, const std::string& noun) {
  return base::FormatCount(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string WithHint(const base::Error& error) {
  return error.hint().empty() ? error.message() : error.message() + "\n  hint: " + error.hint();
}

// "store = x, num_rows = 2"
std::string SampleLine(const std::vector<sql::Column>& columns, const sql::Rows::TextRow& row) {
  std::vector<std::string> cells;
  for (size_t i = 0; i < std::min(row.size(), kSampleColumns); ++i) {
    std::string cell = row[i].value_or("NULL");
    if (cell.size() > kSampleCellBytes) {
      const std::string_view head = std::string_view(cell).substr(0, kSampleCellBytes);
      cell = std::string(head.substr(0, base::ValidUtf8Prefix(head))) + "...";
    }
    cells.push_back(columns[i].name + " = " + cell);
  }
  if (row.size() > kSampleColumns) cells.emplace_back("...");
  return base::Join(cells, ", ");
}

}  // namespace

Interrupter::Interrupter(std::stop_token stop)
    : thread_([this, stop = std::move(stop)] { Work(stop); }) {}

Interrupter::~Interrupter() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  changed_.notify_all();
}

void Interrupter::Add(sql::Connection* connection) {
  const std::lock_guard lock(mutex_);
  connections_.insert(connection);
}

void Interrupter::Remove(sql::Connection* connection) {
  const std::lock_guard lock(mutex_);
  connections_.erase(connection);
}

void Interrupter::Work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [&] { return done_; });
  while (!done_) {
    for (sql::Connection* connection : connections_) connection->Interrupt();
    changed_.wait_for(lock, kInterruptAgain, [&] { return done_; });
  }
}

StepRunner::StepRunner(StepContext context)
    : context_(std::move(context)), interrupter_(context_.stop) {}

StepResult StepRunner::Run(const Step& step) {
  const int64_t started = context_.clock->MonotonicMs();
  StepResult result{.kind = step.kind,
                    .name = step.name,
                    .status = StepStatus::kSucceeded,
                    .duration_ms = 0,
                    .rows = 0,
                    .rejected = 0,
                    .message = {},
                    .skipped_because = {}};
  auto connection = context_.engine->Connect();
  base::Result<void> done;
  if (connection.ok()) {
    interrupter_.Add(connection->get());
    done = RunStep(step, **connection, result);
    interrupter_.Remove(connection->get());
  } else {
    done = std::move(connection).error();
  }
  if (!done.ok()) {
    const bool cancelled = done.error().code() == base::Code::kCancelled;
    result.status = cancelled ? StepStatus::kCancelled : StepStatus::kFailed;
    if (!cancelled && result.message.empty()) result.message = WithHint(done.error());
  }
  result.duration_ms = context_.clock->MonotonicMs() - started;
  return result;
}

base::Result<void> StepRunner::RunStep(const Step& step, sql::Connection& connection,
                                       StepResult& result) {
  switch (step.kind) {
    case StepKind::kLoad:
      return Load(context_.graph->nodes[step.index], connection, result);
    case StepKind::kSeed:
      return BuildSeed(context_.graph->nodes[step.index], connection, result);
    case StepKind::kModel:
      return BuildModel(context_.graph->nodes[step.index], connection, result);
    case StepKind::kTest:
      return Test(step, connection, result);
    case StepKind::kPublish:
      return PublishTables(step, connection, result);
  }
  return base::Internal("a step of no kind");
}

base::Result<void> StepRunner::Load(const Node& node, sql::Connection& connection,
                                    StepResult& result) {
  const FilesSource& source = context_.project->sources[node.index];
  const connect::files::LoadReport report = TRY(LoadSource(context_, source, false, connection));
  result.rows = report.rows;
  result.rejected = report.rejected;
  std::vector<std::string> lines;
  lines.push_back(Plural(report.files_loaded, "new file") +
                  (report.files_known > 0
                       ? ", " + base::FormatCount(report.files_known) + " loaded before"
                       : ""));
  lines.insert(lines.end(), report.warnings.begin(), report.warnings.end());
  if (report.schema_inferred) {
    lines.push_back("the schema was inferred from the data and written to " +
                    source.load.schema_file + ": review it");
  }
  if (report.rejected > 0) {
    std::vector<std::string> kinds;
    for (const auto& [kind, count] : report.rejected_by_kind) {
      kinds.push_back(base::FormatCount(count) + " " + kind);
    }
    lines.push_back(Plural(report.rejected, "record") + " rejected (" + base::Join(kinds, ", ") +
                    "), kept in " + source.into.ToString() + kRejectedSuffix);
  }
  result.message = base::Join(lines, "\n");
  if (report.rejected > 0 || !report.warnings.empty()) result.status = StepStatus::kWarned;
  return {};
}

base::Result<void> StepRunner::BuildSeed(const Node& node, sql::Connection& connection,
                                         StepResult& result) {
  const std::string path = context_.project->root + "/" + context_.project->seeds[node.index].file;
  const std::string query = SeedQuery(path);
  return Replace(node, query, {}, query, connection, result);
}

base::Result<void> StepRunner::BuildModel(const Node& node, sql::Connection& connection,
                                          StepResult& result) {
  const Model& model = context_.project->models[node.index];
  base::Result<void> built;
  if (model.materialization == Materialization::kView) {
    built = context_.engine->RegisterView(node.name.schema, node.name.name, model.sql);
  } else {
    built = Replace(node, model.sql, model.partition_by, model.sql, connection, result);
  }
  if (!built.ok() && built.error().code() != base::Code::kCancelled) {
    result.message = Explain(model, built.error(), connection);
  }
  return built;
}

// One commit swaps the table's rows, and its schema where that changed.
base::Result<void> StepRunner::Replace(const Node& node, const std::string& query,
                                       const std::vector<std::string>& partition_by,
                                       const std::string& text, sql::Connection& connection,
                                       StepResult& result) {
  const auto table = TRY(context_.find_table(node.name));
  base::JsonWriter origin;
  origin.BeginObject();
  origin.Key("model").String(node.name.ToString());
  origin.Key("run").String(context_.run_id);
  origin.Key("fingerprint").String(base::Uuid::V5(kFingerprintNamespace, text).ToString());
  origin.EndObject();
  sql::WriteOptions options;
  options.mode = sql::SaveMode::kOverwrite;
  options.evolve_schema = true;
  options.partition_by = partition_by;
  options.operation = "CREATE OR REPLACE TABLE AS SELECT";
  options.extra["tributary"] = std::move(origin).Take();
  const sql::WriteResult written = TRY(connection.WriteTable(*table, query, options));
  result.rows = written.num_rows;
  return context_.engine->RegisterTable(node.name.schema, node.name.name, table);
}

// The error at its place in the model's file. What a value broke is found by computing the query's
// columns once more, which ends at the same value; only then does the engine tell the place.
std::string StepRunner::Explain(const Model& model, const base::Error& error,
                                sql::Connection& connection) {
  std::vector<base::Diagnostic> found;
  Problems problems(model.file, model.text, &found);
  std::optional<sql::SqlError> placed;
  if (error.code() == base::Code::kInvalidArgument) {
    const std::string start = "SELECT count(COLUMNS(*)) FROM (\n";
    auto again = connection.TryQuery(start + model.sql + ")");
    if (auto* sql_error = std::get_if<sql::SqlError>(&again)) {
      if (sql_error->offset && *sql_error->offset >= start.size()) {
        placed = std::move(*sql_error);
        *placed->offset -= start.size();
      }
    }
  }
  if (placed) {
    AddSqlError(problems, model.text, *placed);
  } else {
    problems.Error({}, error.message(), error.hint());
  }
  return base::Render(found.front());
}

base::Result<void> StepRunner::Test(const Step& step, sql::Connection& connection,
                                    StepResult& result) {
  const Model& model = context_.project->models[context_.graph->nodes[step.index].index];
  const DataTest& test = model.tests[step.test];
  std::vector<sql::Rows::TextRow> rows;
  {
    const auto counted =
        TRY(connection.Query("SELECT count(*) FROM (\n" + test.query + "\n) AS broken"));
    while (TRY(counted->NextText(rows)) && rows.empty()) {
    }
  }
  if (rows.empty() || !rows[0][0]) return base::Internal("a count without a row");
  const std::string& count = *rows[0][0];
  std::from_chars(count.data(), count.data() + count.size(), result.rows);
  if (result.rows == 0) return {};
  result.status = test.warn_only ? StepStatus::kWarned : StepStatus::kFailed;
  result.message = Plural(result.rows, test.kind == "unique" ? "key" : "row") + " of " +
                   model.name.ToString() + (result.rows == 1 ? " breaks it" : " break it") +
                   ", for example:";
  const auto sample = TRY(connection.Query("SELECT * FROM (\n" + test.query +
                                           "\n) AS broken LIMIT " + std::to_string(kSampleRows)));
  for (bool more = true; more;) {
    rows.clear();
    more = TRY(sample->NextText(rows));
    for (const auto& row : rows) result.message += "\n  " + SampleLine(sample->columns(), row);
  }
  return {};
}

base::Result<void> StepRunner::PublishTables(const Step& step, sql::Connection& connection,
                                             StepResult& result) {
  const Project& project = *context_.project;
  const Publication& publication = project.publications[step.index];
  std::vector<PublishedTable> tables;
  for (const size_t index : TRY(Select(project, *context_.graph, publication.models, {}))) {
    const Node& node = context_.graph->nodes[index];
    const Model* model = node.kind == NodeKind::kModel ? &project.models[node.index] : nullptr;
    tables.push_back(DescribeTable(node.name, model));
  }
  const PublishReport report =
      TRY(Publish(connection, project.connections.at(publication.connection), publication.schema,
                  tables, context_.stop));
  result.rows = report.num_rows;
  result.message = Plural(report.num_tables, "table") + " to " + publication.connection +
                   ", schema " + publication.schema;
  return {};
}

base::Result<connect::files::LoadReport> LoadSource(const StepContext& context,
                                                    const FilesSource& source, bool replay,
                                                    sql::Connection& connection) {
  const RelationName rejects{.schema = source.into.schema,
                             .name = source.into.name + kRejectedSuffix};
  const auto table = TRY(context.find_table(source.into));
  const auto rejected = TRY(context.find_table(rejects));
  connect::files::LoadOptions options = source.load;
  options.full_refresh = context.full_refresh;
  options.rejected_name = rejects.ToString();
  auto report = replay ? connect::files::Replay(*context.files, connection, *table, *rejected,
                                                options, context.stop)
                       : connect::files::Load(*context.files, connection, *table, *rejected,
                                              options, context.stop);
  // Also after an error: what was committed before it should be seen.
  TRY(context.engine->RegisterTable(source.into.schema, source.into.name, table));
  TRY(context.engine->RegisterTable(rejects.schema, rejects.name, rejected));
  return report;
}

}  // namespace pipeline
