// `tributary table ...`: what the lake knows of its tables.
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "app/commands.h"
#include "app/host.h"
#include "app/query.h"
#include "app/run_report.h"
#include "app/table_format.h"
#include "base/text.h"
#include "lake/table.h"

namespace app {
namespace {

using WorkspacePtr = std::shared_ptr<pipeline::Workspace>;

// What a replay writes must be what the project says now; everything else only reads.
enum class Purpose { kRead, kChange };

// nullptr after the mistakes of the project were shown.
base::Result<WorkspacePtr> OpenFor(const CommandContext& context, Purpose purpose) {
  if (purpose == Purpose::kRead) return OpenToRead(context);
  auto opened = TRY(context.host->Open(context.load_options()));
  if (opened.workspace == nullptr) context.Show(opened.diagnostics);
  return opened.workspace;
}

struct NamedTable {
  WorkspacePtr workspace;  // nullptr: the mistakes of the project were shown
  pipeline::RelationName name;
  std::shared_ptr<lake::Table> table;
};

// The table that NAME means: schema.name, or a bare name that only one schema has.
base::Result<NamedTable> OpenTable(const CommandContext& context,
                                   Purpose purpose = Purpose::kRead) {
  NamedTable found;
  found.workspace = TRY(OpenFor(context, purpose));
  if (found.workspace == nullptr) return found;
  const std::string text = context.line.Text("NAME");
  const auto names = TRY(found.workspace->ListTables());
  std::vector<std::string> known;
  std::vector<pipeline::RelationName> matches;
  for (const pipeline::RelationName& name : names) {
    known.push_back(name.ToString());
    if (name.ToString() == text || name.name == text) matches.push_back(name);
  }
  if (matches.size() > 1) {
    return base::InvalidArgument("'" + text + "' is in several schemas", "Write schema.name.");
  }
  if (matches.empty()) {
    std::string hint = base::DidYouMean(text, known);
    if (hint.empty()) hint = "`tributary table ls` lists the tables.";
    for (const pipeline::Node& node : found.workspace->graph().nodes) {
      const std::string name = node.name.ToString();
      if (name != text && node.name.name != text) continue;
      const bool view = node.kind == pipeline::NodeKind::kModel &&
                        found.workspace->project().models[node.index].materialization ==
                            pipeline::Materialization::kView;
      if (view) {
        return base::NotFound(name + " is a view: it has rows, but no files of its own",
                              "`tributary sql \"DESCRIBE " + name + "\"` shows its columns.");
      }
      hint = "`tributary run " + name + "` makes it.";
    }
    return base::NotFound("no table '" + text + "' in the lake", hint);
  }
  found.name = matches.front();
  found.table = TRY(found.workspace->FindTable(found.name));
  return found;
}

std::string Joined(const std::map<std::string, std::string>& values) {
  std::string text;
  for (const auto& [name, value] : values) text += (text.empty() ? "" : ", ") + name + "=" + value;
  return text;
}

uint64_t BytesOf(const lake::Snapshot& snapshot) {
  uint64_t bytes = 0;
  for (const lake::AddFile& file : snapshot.files()) {
    bytes += static_cast<uint64_t>(std::max<int64_t>(0, file.size_bytes));
  }
  return bytes;
}

Cell OptionalCount(const std::optional<int64_t>& count) {
  return count ? Cell(std::to_string(*count)) : Cell();
}

base::Result<int> ListTables(const CommandContext& context) {
  const WorkspacePtr workspace = TRY(OpenToRead(context));
  if (workspace == nullptr) return kExitUsage;
  std::vector<Row> rows;
  for (const pipeline::RelationName& name : TRY(workspace->ListTables())) {
    const auto table = TRY(workspace->FindTable(name));
    const auto snapshot = table->Load();
    if (!snapshot.ok()) {
      // One unreadable table must not hide the others.
      context.output.Err(RenderError(name.ToString() + ": " + snapshot.error().message(),
                                     snapshot.error().hint(), context.err_style()));
      rows.push_back({name.ToString(), {}, {}, {}, {}, {}});
      continue;
    }
    rows.push_back(
        {name.ToString(), std::to_string((*snapshot)->version().get()),
         OptionalCount((*snapshot)->num_rows()), std::to_string((*snapshot)->files().size()),
         std::to_string(BytesOf(**snapshot)), base::FormatUtc((*snapshot)->timestamp_unix_ms())});
  }
  if (rows.empty()) context.Say("the lake is empty: `tributary run` fills it");
  PrintRows(context,
            {{.name = "table"},
             {.name = "version", .number = true},
             {.name = "rows", .number = true},
             {.name = "files", .number = true},
             {.name = "bytes", .number = true},
             {.name = "changed"}},
            rows);
  return kExitDone;
}

void DescribeFacts(const CommandContext& context, const NamedTable& found,
                   const lake::Snapshot& snapshot) {
  const auto rows = snapshot.num_rows();
  const lake::Metadata& metadata = snapshot.metadata();
  std::string text;
  const auto add = [&text](std::string label, const std::string& value) {
    label.resize(12, ' ');
    if (!value.empty()) text += label + value + "\n";
  };
  add("table", found.name.ToString());
  add("place", found.table->store().Describe());
  add("version", std::to_string(snapshot.version().get()) + " of " +
                     base::FormatUtc(snapshot.timestamp_unix_ms()));
  add("rows", rows ? base::FormatCount(*rows) : "unknown (a file has no statistics)");
  add("files", base::FormatCount(static_cast<int64_t>(snapshot.files().size())) + ", " +
                   base::FormatBytes(BytesOf(snapshot)));
  add("partitions", base::Join(metadata.partition_columns, ", "));
  add("protocol", "reader " + std::to_string(snapshot.protocol().min_reader_version) + ", writer " +
                      std::to_string(snapshot.protocol().min_writer_version));
  add("properties", Joined(metadata.configuration));
  add("id", metadata.id);
  context.output.Out(text + "\n");
}

base::Result<int> Describe(const CommandContext& context) {
  const NamedTable found = TRY(OpenTable(context));
  if (found.workspace == nullptr) return kExitUsage;
  const auto snapshot = TRY(found.table->Load());
  if (context.format() == OutputFormat::kTable) DescribeFacts(context, found, *snapshot);
  const auto& partitions = snapshot->metadata().partition_columns;
  std::vector<PrintColumn> columns = {{.name = "column"}, {.name = "type"}, {.name = "nullable"}};
  const bool show_partition = !partitions.empty() || context.format() != OutputFormat::kTable;
  if (show_partition) columns.push_back({.name = "partition", .number = true});
  std::vector<Row> rows;
  for (const columnar::Field& field : snapshot->schema().fields) {
    rows.push_back({field.name, field.type.ToSql(), field.nullable ? "yes" : "no"});
    if (!show_partition) continue;
    const auto at = std::find(partitions.begin(), partitions.end(), field.name);
    rows.back().push_back(
        at == partitions.end() ? Cell() : Cell(std::to_string(1 + (at - partitions.begin()))));
  }
  PrintRows(context, std::move(columns), rows);
  return kExitDone;
}

base::Result<int> History(const CommandContext& context) {
  const NamedTable found = TRY(OpenTable(context));
  if (found.workspace == nullptr) return kExitUsage;
  const auto limit = static_cast<size_t>(context.line.Count("limit", 10));
  std::vector<Row> rows;
  for (const lake::HistoryEntry& entry : TRY(found.table->History(limit))) {
    const std::string metrics = Joined(entry.info.metrics);
    rows.push_back({std::to_string(entry.version.get()),
                    base::FormatUtc(entry.info.timestamp_unix_ms), entry.info.operation,
                    metrics.empty() ? Cell() : Cell(metrics)});
  }
  PrintRows(context,
            {{.name = "version", .number = true},
             {.name = "time"},
             {.name = "operation"},
             {.name = "metrics"}},
            rows);
  return kExitDone;
}

// Runs one query of ours and prints it.
base::Result<int> Print(const CommandContext& context, pipeline::Workspace& workspace,
                        const std::string& query) {
  const auto connection = TRY(workspace.engine().Connect());
  const InterruptOnStop interrupt(connection.get(), context.stop);
  int exit_code = kExitDone;
  (void)PrintQuery(context, *connection, {.statement = query, .file = "", .whole = query},
                   exit_code);
  return exit_code;
}

base::Result<int> Show(const CommandContext& context) {
  const bool by_version = context.line.Has("version");
  const bool by_time = context.line.Has("timestamp");
  if (by_version && by_time) {
    return base::InvalidArgument("both --version and --timestamp were given", "Give one of them.");
  }
  const NamedTable found = TRY(OpenTable(context));
  if (found.workspace == nullptr) return kExitUsage;
  std::string scan = "lake_scan(" + base::QuoteLiteral(found.name.ToString());
  if (by_version) scan += ", version => " + std::to_string(context.line.Count("version", 0));
  if (by_time) scan += ", as_of => " + base::QuoteLiteral(context.line.Text("timestamp"));
  const std::string limit = std::to_string(context.line.Count("limit", 10));
  return Print(context, *found.workspace, "SELECT * FROM " + scan + ") LIMIT " + limit);
}

// The table of rejected records beside `name`, as a quoted relation; "" when there is none.
base::Result<std::string> RejectedOf(pipeline::Workspace& workspace,
                                     const pipeline::RelationName& name) {
  const pipeline::RelationName rejected{.schema = name.schema, .name = name.name + "__rejected"};
  const auto names = TRY(workspace.ListTables());
  if (std::find(names.begin(), names.end(), rejected) == names.end()) return std::string();
  return base::QuoteIdentifier(rejected.schema) + "." + base::QuoteIdentifier(rejected.name);
}

base::Result<int> Rejects(const CommandContext& context) {
  const NamedTable found = TRY(OpenTable(context));
  if (found.workspace == nullptr) return kExitUsage;
  const std::string rejected = TRY(RejectedOf(*found.workspace, found.name));
  if (rejected.empty()) {
    context.Say(found.name.ToString() + " has no rejected records");
    return kExitDone;
  }
  const auto connection = TRY(found.workspace->engine().Connect());
  const auto kinds =
      TRY(CollectRows(*connection, "SELECT kind, count(*) AS records FROM " + rejected +
                                       " GROUP BY kind ORDER BY 2 DESC, 1"));
  int64_t total = 0;
  std::string by_kind;
  for (const Row& row : kinds) {
    const int64_t count = std::stoll(row[1].value_or("0"));
    total += count;
    by_kind += (by_kind.empty() ? "" : ", ") + row[0].value_or("") + " " + base::FormatCount(count);
  }
  context.Say(base::FormatCount(total) + (total == 1 ? " record was" : " records were") +
              " rejected" + (by_kind.empty() ? "" : ": " + by_kind));
  if (total == 0) return kExitDone;
  const std::string limit = std::to_string(context.line.Count("limit", 10));
  const int code = TRY(Print(context, *found.workspace,
                             "SELECT kind, field, reason, file, line, record FROM " + rejected +
                                 " ORDER BY loaded_at DESC, file, line LIMIT " + limit));
  context.Say("once the schema is mended, `tributary table replay " + found.name.ToString() +
              "` tries them again");
  return code;
}

base::Result<int> Replay(const CommandContext& context) {
  const NamedTable found = TRY(OpenTable(context, Purpose::kChange));
  if (found.workspace == nullptr) return kExitUsage;
  const auto permit = context.host->TryPermit();
  if (permit == nullptr) {
    return base::Conflict("a run of this project is under way", "Wait for its end.");
  }
  const auto report = TRY(found.workspace->Replay(found.name, context.stop));
  if (context.format() != OutputFormat::kTable) {
    PrintRows(
        context,
        {{.name = "table"},
         {.name = "moved", .number = true},
         {.name = "rejected", .number = true}},
        {{found.name.ToString(), std::to_string(report.rows), std::to_string(report.rejected)}});
  }
  context.Say(base::FormatCount(report.rows) +
              (report.rows == 1 ? " record fits" : " records fit") + " now and moved into " +
              found.name.ToString() + "; " + base::FormatCount(report.rejected) +
              " still do not fit");
  return kExitDone;
}

int Finish(const CommandContext& context, const base::Result<int>& code) {
  return code.ok() ? *code : context.Fail(code.error());
}

}  // namespace

int RunTableLs(CommandContext& context) { return Finish(context, ListTables(context)); }
int RunTableDescribe(CommandContext& context) { return Finish(context, Describe(context)); }
int RunTableShow(CommandContext& context) { return Finish(context, Show(context)); }
int RunTableHistory(CommandContext& context) { return Finish(context, History(context)); }
int RunTableRejects(CommandContext& context) { return Finish(context, Rejects(context)); }
int RunTableReplay(CommandContext& context) { return Finish(context, Replay(context)); }

}  // namespace app
