// Loading of a source's files into its two tables, with what a full refresh needs.
//
// A full refresh starts a new incarnation of the source: one commit empties the table and carries
// the incarnation's number, which is part of the name that connect/files remembers files under. So
// every file counts as new again, and a crash anywhere leaves a table whose next load goes on from
// there: rows are neither lost nor doubled. The table of rejects follows at the start of the next
// load, before anything is added to it.
#include <string>
#include <utility>

#include "base/text.h"
#include "pipeline/step_runner.h"

namespace pipeline {
namespace {

constexpr const char* kIncarnation = "tributary.incarnation";

// 0 for a table that does not exist yet.
base::Result<int64_t> IncarnationOf(lake::Table& table) {
  const auto snapshot = table.Load();
  if (!snapshot.ok()) {
    if (snapshot.error().code() == base::Code::kNotFound) return int64_t{0};
    return snapshot.error();
  }
  return (*snapshot)->TxnVersion(kIncarnation).value_or(0);
}

// Empties the table, or makes it empty, in one commit that carries the number.
base::Result<void> Empty(lake::Table& table, const columnar::Schema& columns, int64_t incarnation,
                         sql::Connection& connection) {
  std::vector<std::string> nulls;
  for (const columnar::Field& field : columns.fields) {
    nulls.push_back("CAST(NULL AS " + field.type.ToSql() + ") AS " +
                    base::QuoteIdentifier(field.name));
  }
  sql::WriteOptions options;
  options.mode = sql::SaveMode::kOverwrite;
  options.evolve_schema = true;
  options.operation = "FULL REFRESH";
  options.txns = {
      {.app_id = kIncarnation, .version = incarnation, .last_updated_unix_ms = std::nullopt}};
  TRY(connection.WriteTable(table, "SELECT " + base::Join(nulls, ", ") + " WHERE false", options));
  return {};
}

}  // namespace

base::Result<connect::files::LoadReport> LoadSource(const StepContext& context,
                                                    const FilesSource& source, bool replay,
                                                    sql::Connection& connection) {
  const RelationName rejects{.schema = source.into.schema,
                             .name = source.into.name + kRejectedSuffix};
  const auto table = TRY(context.find_table(source.into));
  const auto rejected = TRY(context.find_table(rejects));
  int64_t incarnation = TRY(IncarnationOf(*table));
  if (context.full_refresh && table->Load().ok()) {
    const columnar::Schema columns =
        TRY(connect::files::SourceColumns(*context.files, source.load));
    TRY(Empty(*table, columns, ++incarnation, connection));
  }
  // Also when there is no such table yet: it would be made without the number, and emptied later.
  if (TRY(IncarnationOf(*rejected)) != incarnation) {
    TRY(Empty(*rejected, connect::files::RejectedColumns(), incarnation, connection));
  }
  connect::files::LoadOptions options = source.load;
  if (incarnation > 0) options.source += "#" + std::to_string(incarnation);
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
