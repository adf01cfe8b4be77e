#include "pipeline/history.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include <sqlite3.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"

namespace pipeline {
namespace {

constexpr int kSchemaVersion = 1;
constexpr int kBusyTimeoutMs = 5'000;

// SQL keeps words, so that other tools can read the database.
constexpr std::array<std::pair<StepKind, std::string_view>, 5> kKinds = {
    {{StepKind::kLoad, "load"},
     {StepKind::kSeed, "seed"},
     {StepKind::kModel, "model"},
     {StepKind::kTest, "test"},
     {StepKind::kPublish, "publish"}}};
constexpr std::array<std::pair<StepStatus, std::string_view>, 5> kStatuses = {
    {{StepStatus::kSucceeded, "succeeded"},
     {StepStatus::kWarned, "warned"},
     {StepStatus::kFailed, "failed"},
     {StepStatus::kSkipped, "skipped"},
     {StepStatus::kCancelled, "cancelled"}}};

template <typename Table, typename Value>
std::string_view WordOf(const Table& table, Value value) {
  for (const auto& [known, word] : table) {
    if (known == value) return word;
  }
  return "";
}

template <typename Table>
auto ValueOf(const Table& table, std::string_view word) -> std::optional<decltype(table[0].first)> {
  for (const auto& [known, name] : table) {
    if (name == word) return known;
  }
  return std::nullopt;
}

base::Error SqliteError(sqlite3* database, std::string_view what) {
  const int code = sqlite3_errcode(database) & 0xFF;
  std::string message = std::string(what) + ": " + sqlite3_errmsg(database);
  if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) return base::Corruption(std::move(message));
  return base::Io(std::move(message));
}

// One prepared statement; its text is a constant of this file.
class Statement {
 public:
  static base::Result<Statement> Prepare(sqlite3* database, const char* sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database, sql, -1, &statement, nullptr) != SQLITE_OK) {
      return SqliteError(database, "run history");
    }
    return Statement(database, statement);
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(Statement&& other) noexcept
      : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)) {}
  Statement& operator=(Statement&&) = delete;

  Statement& Bind(std::string_view text) {
    sqlite3_bind_text64(statement_, ++bound_, text.data(), text.size(), SQLITE_TRANSIENT,
                        SQLITE_UTF8);
    return *this;
  }
  Statement& Bind(int64_t number) {
    sqlite3_bind_int64(statement_, ++bound_, number);
    return *this;
  }

  // True when there is a row, false at the end.
  base::Result<bool> Step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return SqliteError(database_, "run history");
  }

  [[nodiscard]] std::string Text(int column) const {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    if (text == nullptr) return "";
    return std::string(text, static_cast<size_t>(sqlite3_column_bytes(statement_, column)));
  }
  [[nodiscard]] int64_t Int(int column) const { return sqlite3_column_int64(statement_, column); }

 private:
  Statement(sqlite3* database, sqlite3_stmt* statement)
      : database_(database), statement_(statement) {}

  sqlite3* database_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
};

}  // namespace

base::Result<std::unique_ptr<History>> History::Open(env::Files& files, const base::Clock& clock,
                                                     const std::string& path) {
  const auto open = [&]() -> base::Result<std::unique_ptr<History>> {
    sqlite3* database = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &database,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
    std::unique_ptr<History> history(new History(database));
    if (code != SQLITE_OK) return SqliteError(database, "cannot open " + path);
    sqlite3_busy_timeout(database, kBusyTimeoutMs);
    TRY(history->Prepare());
    return history;
  };
  auto history = open();
  if (history.ok() || history.error().code() != base::Code::kCorruption) return history;

  const std::string aside = path + ".damaged-" + std::to_string(clock.NowUnixMs());
  LOG_WARN("the run history cannot be read; it is set aside and a new one begun",
           {{"error", history.error().message()}, {"moved_to", aside}});
  TRY(files.Rename(path, aside));
  // Leftovers of the old database would be taken for parts of the new one.
  for (const char* suffix : {"-wal", "-shm"}) {
    if (files.Stat(path + suffix).ok()) TRY(files.Rename(path + suffix, aside + suffix));
  }
  return open();
}

History::~History() { sqlite3_close(database_); }

base::Result<void> History::Execute(const char* sql) {
  if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return SqliteError(database_, "run history");
}

base::Result<void> History::Prepare() {
  TRY(Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON"));
  {
    Statement check = TRY(Statement::Prepare(database_, "PRAGMA quick_check(1)"));
    const bool any = TRY(check.Step());
    if (!any || check.Text(0) != "ok") {
      return base::Corruption("run history: " + (any ? check.Text(0) : "no answer"));
    }
  }
  int64_t version = 0;
  {
    Statement read = TRY(Statement::Prepare(database_, "PRAGMA user_version"));
    if (TRY(read.Step())) version = read.Int(0);
  }
  if (version > kSchemaVersion) {
    return base::Unsupported("the run history was written by a newer version of this program",
                             "Use that version, or remove .tributary/history.db.");
  }
  if (version == kSchemaVersion) return {};
  return Execute(
      "BEGIN IMMEDIATE;"
      "CREATE TABLE runs ("
      " id TEXT PRIMARY KEY, started_unix_ms INTEGER NOT NULL, duration_ms INTEGER NOT NULL"
      ") STRICT;"
      "CREATE INDEX runs_by_time ON runs (started_unix_ms, id);"
      "CREATE TABLE steps ("
      " run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, position INTEGER NOT NULL,"
      " kind TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL,"
      " duration_ms INTEGER NOT NULL, num_rows INTEGER NOT NULL, num_rejected INTEGER NOT NULL,"
      " message TEXT NOT NULL, skipped_because TEXT NOT NULL,"
      " PRIMARY KEY (run_id, position)"
      ") STRICT;"
      "PRAGMA user_version = 1;"
      "COMMIT");
}

base::Result<void> History::Add(const RunReport& report) {
  const std::lock_guard lock(mutex_);
  TRY(Execute("BEGIN IMMEDIATE"));
  auto added = AddSteps(report);
  if (added.ok()) added = Execute("COMMIT");
  if (!added.ok()) {
    // The first error is the one worth telling.
    const auto undone = Execute("ROLLBACK");
    if (!undone.ok())
      LOG_DEBUG("rollback of the run history", {{"error", undone.error().message()}});
  }
  return added;
}

base::Result<void> History::AddSteps(const RunReport& report) {
  {
    Statement run = TRY(Statement::Prepare(
        database_, "INSERT INTO runs (id, started_unix_ms, duration_ms) VALUES (?, ?, ?)"));
    run.Bind(report.run_id).Bind(report.started_unix_ms).Bind(report.duration_ms);
    TRY(run.Step());
  }
  int64_t position = 0;
  for (const StepResult& step : report.steps) {
    Statement insert = TRY(Statement::Prepare(
        database_,
        "INSERT INTO steps (run_id, position, kind, name, status, duration_ms, num_rows,"
        " num_rejected, message, skipped_because) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    insert.Bind(report.run_id)
        .Bind(position++)
        .Bind(WordOf(kKinds, step.kind))
        .Bind(step.name)
        .Bind(WordOf(kStatuses, step.status))
        .Bind(step.duration_ms)
        .Bind(step.rows)
        .Bind(step.rejected)
        .Bind(step.message)
        .Bind(base::Join(step.skipped_because, "\n"));
    TRY(insert.Step());
  }
  Statement prune = TRY(
      Statement::Prepare(database_,
                         "DELETE FROM runs WHERE id NOT IN"
                         " (SELECT id FROM runs ORDER BY started_unix_ms DESC, id DESC LIMIT ?)"));
  prune.Bind(static_cast<int64_t>(base::limits::kRunsKeptMax));
  TRY(prune.Step());
  return {};
}

base::Result<std::vector<RunReport>> History::Newest(size_t limit) {
  const std::lock_guard lock(mutex_);
  std::vector<RunReport> reports;
  Statement runs = TRY(Statement::Prepare(database_,
                                          "SELECT id, started_unix_ms, duration_ms FROM runs"
                                          " ORDER BY started_unix_ms DESC, id DESC LIMIT ?"));
  runs.Bind(static_cast<int64_t>(std::min(limit, base::limits::kRunsKeptMax)));
  while (TRY(runs.Step())) {
    RunReport report;
    report.run_id = runs.Text(0);
    report.started_unix_ms = runs.Int(1);
    report.duration_ms = runs.Int(2);
    TRY(ReadSteps(report));
    reports.push_back(std::move(report));
  }
  return reports;
}

base::Result<void> History::ReadSteps(RunReport& report) {
  Statement steps = TRY(
      Statement::Prepare(database_,
                         "SELECT kind, name, status, duration_ms, num_rows, num_rejected, message,"
                         " skipped_because FROM steps WHERE run_id = ? ORDER BY position"));
  steps.Bind(report.run_id);
  while (TRY(steps.Step())) {
    const auto kind = ValueOf(kKinds, steps.Text(0));
    const auto status = ValueOf(kStatuses, steps.Text(2));
    if (!kind || !status) return base::Corruption("run history: unknown words in a step");
    StepResult step{.kind = *kind,
                    .name = steps.Text(1),
                    .status = *status,
                    .duration_ms = steps.Int(3),
                    .rows = steps.Int(4),
                    .rejected = steps.Int(5),
                    .message = steps.Text(6),
                    .skipped_because = {}};
    const std::string because = steps.Text(7);
    for (const std::string_view name : base::Split(because, '\n')) {
      if (!name.empty()) step.skipped_because.emplace_back(name);
    }
    report.steps.push_back(std::move(step));
  }
  return {};
}

}  // namespace pipeline
