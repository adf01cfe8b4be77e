#include "app/query.h"

#include <chrono>
#include <utility>
#include <variant>

#include "app/host.h"
#include "app/sql_text.h"
#include "base/text.h"

namespace app {
namespace {

// A plan is a drawing of many lines, which a table would print as one.
base::Result<int64_t> PrintPlan(const CommandContext& context, sql::Rows& rows) {
  std::vector<sql::Rows::TextRow> batch;
  int64_t count = 0;
  while (TRY(rows.NextText(batch))) {
    for (const auto& row : batch) {
      context.output.Out(row.empty() ? "" : row.back().value_or("") + "\n");
      ++count;
    }
  }
  return count;
}

base::Result<int64_t> PrintAll(const CommandContext& context, sql::Rows& rows) {
  std::vector<PrintColumn> columns;
  for (const sql::Column& column : rows.columns()) {
    columns.push_back({.name = column.name, .number = IsNumber(column.type)});
  }
  const auto printer =
      RecordPrinter::Create(std::move(columns), PrintOptionsOf(context), context.output);
  int64_t count = 0;
  if (printer->wants_json()) {
    std::vector<std::string> objects;
    while (TRY(rows.NextJson(objects))) {
      for (const std::string& object : objects) printer->AddJson(object);
      count += static_cast<int64_t>(objects.size());
      if (context.stop.stop_requested()) return base::Cancelled("stopped");
    }
  } else {
    std::vector<sql::Rows::TextRow> batch;
    while (TRY(rows.NextText(batch))) {
      for (const Row& row : batch) printer->Add(row);
      count += static_cast<int64_t>(batch.size());
      if (context.stop.stop_requested()) return base::Cancelled("stopped");
    }
  }
  printer->Finish();
  return count;
}

void ShowSqlError(const CommandContext& context, const QueryText& query,
                  const sql::SqlError& error) {
  base::Diagnostic shown;
  shown.file = query.file;
  shown.message = error.message;
  if (error.offset) {
    shown.position = base::PositionOf(query.whole, query.offset + *error.offset);
    shown.source_line = base::LineAt(query.whole, shown.position.line);
  }
  shown.hint = error.hint;
  if (shown.hint.empty() && !error.candidates.empty()) {
    shown.hint = "Did you mean '" + base::Join(error.candidates, "' or '") + "'?";
  }
  context.Show({shown});
}

}  // namespace

base::Result<std::shared_ptr<pipeline::Workspace>> OpenToRead(const CommandContext& context) {
  auto opened = TRY(context.host->OpenToRead(context.load_options()));
  if (opened.workspace == nullptr) {
    context.Show(opened.diagnostics);
  } else if (opened.degraded) {
    context.Say(context.err_style().Yellow("warning:") +
                " the project has mistakes (`tributary check` shows them): its views and macros "
                "may be missing or old");
  }
  return opened.workspace;
}

InterruptOnStop::InterruptOnStop(sql::Connection* connection, std::stop_token stop) {
  thread_ = std::thread([this, connection, stop = std::move(stop)] {
    constexpr auto kAgain = std::chrono::milliseconds(50);
    std::unique_lock lock(mutex_);
    (void)changed_.wait(lock, stop, [this] { return ended_; });
    while (!ended_) {
      connection->Interrupt();
      (void)changed_.wait_for(lock, kAgain, [this] { return ended_; });
    }
  });
}

InterruptOnStop::~InterruptOnStop() {
  {
    const std::lock_guard guard(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::optional<int64_t> PrintQuery(const CommandContext& context, sql::Connection& connection,
                                  const QueryText& query, int& exit_code) {
  const auto fail = [&](const base::Error& error) {
    // After an interrupt the engine may call its end by another name.
    exit_code = context.stop.stop_requested() ? kExitInterrupted : kExitFailed;
    if (!context.stop.stop_requested()) (void)context.Fail(error);
    return std::nullopt;
  };
  auto started = connection.TryQuery(query.statement);
  if (const auto* const error = std::get_if<sql::SqlError>(&started)) {
    if (context.stop.stop_requested()) {
      exit_code = kExitInterrupted;
      return std::nullopt;
    }
    ShowSqlError(context, query, *error);
    exit_code = kExitFailed;
    return std::nullopt;
  }
  sql::Rows& rows = *std::get<std::unique_ptr<sql::Rows>>(started);
  const bool plan = context.format() == OutputFormat::kTable && IsExplain(query.statement);
  auto count = plan ? PrintPlan(context, rows) : PrintAll(context, rows);
  if (!count.ok()) return fail(count.error());
  return *count;
}

base::Result<std::vector<Row>> CollectRows(sql::Connection& connection, const std::string& query) {
  const auto rows = TRY(connection.Query(query));
  std::vector<Row> all;
  std::vector<sql::Rows::TextRow> batch;
  while (TRY(rows->NextText(batch))) all.insert(all.end(), batch.begin(), batch.end());
  return all;
}

bool IsNumber(const columnar::Type& type) {
  switch (type.id) {
    case columnar::TypeId::kTinyInt:
    case columnar::TypeId::kSmallInt:
    case columnar::TypeId::kInteger:
    case columnar::TypeId::kBigInt:
    case columnar::TypeId::kHugeInt:
    case columnar::TypeId::kUTinyInt:
    case columnar::TypeId::kUSmallInt:
    case columnar::TypeId::kUInteger:
    case columnar::TypeId::kUBigInt:
    case columnar::TypeId::kUHugeInt:
    case columnar::TypeId::kFloat:
    case columnar::TypeId::kDouble:
    case columnar::TypeId::kDecimal:
      return true;
    case columnar::TypeId::kBoolean:
    case columnar::TypeId::kVarchar:
    case columnar::TypeId::kBlob:
    case columnar::TypeId::kUuid:
    case columnar::TypeId::kEnum:
    case columnar::TypeId::kJson:
    case columnar::TypeId::kDate:
    case columnar::TypeId::kTime:
    case columnar::TypeId::kTimeTz:
    case columnar::TypeId::kTimestamp:
    case columnar::TypeId::kTimestampS:
    case columnar::TypeId::kTimestampMs:
    case columnar::TypeId::kTimestampNs:
    case columnar::TypeId::kTimestampTz:
    case columnar::TypeId::kInterval:
    case columnar::TypeId::kBit:
    case columnar::TypeId::kUnion:
    case columnar::TypeId::kNull:
    case columnar::TypeId::kStruct:
    case columnar::TypeId::kList:
    case columnar::TypeId::kMap:
    case columnar::TypeId::kArray:
    case columnar::TypeId::kOther:
      return false;
  }
  return false;
}

}  // namespace app
