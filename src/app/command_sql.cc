// `tributary sql`: statements that read, one after the other, each printed as it goes.
#include <utility>

#include "app/commands.h"
#include "app/query.h"
#include "app/sql_text.h"
#include "base/text.h"

namespace app {
namespace {

// Relative files named in a query are those of the folder the command was started in.
base::Result<void> FollowFolder(sql::Connection& connection, const std::string& folder) {
  if (folder.find(',') != std::string::npos) return {};  // the setting is a list with commas
  return connection.Execute("SET file_search_path = " + base::QuoteLiteral(folder));
}

void SayRows(const CommandContext& context, int64_t rows, int64_t duration_ms) {
  if (context.format() != OutputFormat::kTable || !context.request.err_terminal) return;
  context.Say(context.err_style().Dim("(" + base::FormatCount(rows) +
                                      (rows == 1 ? " row, " : " rows, ") +
                                      base::FormatDurationMs(duration_ms) + ")"));
}

}  // namespace

int RunSql(CommandContext& context) {
  const std::string& text = context.request.standard_input;
  const std::vector<Statement> statements = SplitStatements(text);
  if (statements.empty()) {
    return context.Fail(base::InvalidArgument("the SQL text says nothing"));
  }
  for (const Statement& statement : statements) {
    if (const auto refused = RefuseStatement(statement.text)) return context.Fail(*refused);
  }
  const auto workspace = OpenToRead(context);
  if (!workspace.ok()) return context.Fail(workspace.error());
  if (*workspace == nullptr) return kExitUsage;
  auto connection = (*workspace)->engine().Connect();
  if (!connection.ok()) return context.Fail(connection.error());
  const auto followed = FollowFolder(**connection, context.request.working_directory);
  if (!followed.ok()) return context.Fail(followed.error());

  const InterruptOnStop interrupt(connection->get(), context.stop);
  for (const Statement& statement : statements) {
    const int64_t begin = context.clock.MonotonicMs();
    const std::string runnable =
        WithAbsoluteTarget(statement.text, context.request.working_directory);
    int exit_code = kExitDone;
    const auto rows = PrintQuery(context, **connection,
                                 {.statement = runnable,
                                  .file = context.line.Text("file"),
                                  .whole = text,
                                  .offset = statement.offset},
                                 exit_code);
    if (!rows) return exit_code;
    SayRows(context, *rows, context.clock.MonotonicMs() - begin);
  }
  return kExitDone;
}

}  // namespace app
