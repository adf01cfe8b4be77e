#include "connect/files/load.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "connect/files/input_file.h"
#include "connect/files/load_state.h"
#include "connect/files/parquet.h"
#include "connect/files/record_source.h"
#include "connect/files/replay.h"
#include "connect/files/source_schema.h"

namespace connect::files {
namespace {

// Files that lack the same tables and are committed together.
struct Batch {
  std::vector<InputFile> inputs;
  bool into_table = false;
  bool into_rejected = false;
};

class Loader {
 public:
  Loader(env::Files& files, sql::Connection& connection, lake::Table& table, lake::Table& rejected,
         const LoadOptions& options, std::stop_token stop)
      : files_(files),
        connection_(connection),
        table_(table),
        rejected_(rejected),
        options_(options),
        stop_(std::move(stop)) {}

  base::Result<LoadReport> Run();

 private:
  base::Result<void> Prepare(const std::vector<InputFile>& inputs);
  base::Result<std::vector<Batch>> Plan(std::vector<InputFile> inputs);
  base::Result<void> Commit(const Batch& batch);
  base::Result<void> CommitRecords(const Batch& batch);
  base::Result<void> CommitParquet(const Batch& batch);
  [[nodiscard]] sql::WriteOptions OptionsFor(const Batch& batch, bool replaces) const;

  env::Files& files_;
  sql::Connection& connection_;
  lake::Table& table_;
  lake::Table& rejected_;
  const LoadOptions& options_;
  const std::stop_token stop_;

  ReadContext context_;
  int64_t generation_ = 0;
  bool table_replaced_ = false;     // the next commit to it replaces what is there
  bool rejected_replaced_ = false;  // likewise
  LoadReport report_;
};

base::Result<void> Loader::Prepare(const std::vector<InputFile>& inputs) {
  context_.files = &files_;
  context_.null_text = options_.null_text;
  context_.first_line_header = options_.first_line_header;
  context_.loaded_at_unix_ms = base::SystemClock().NowUnixMs();
  context_.stop = stop_;
  auto schema = TRY(ReadSchemaFile(files_, options_));
  report_.schema_inferred = !schema.has_value();
  if (!schema.has_value()) {
    if (inputs.front().format == Format::kParquet) {
      schema = TRY(ParquetSchema(connection_, inputs.front(), RecordName(options_)));
    } else {
      schema = TRY(InferSchema(files_, options_, inputs));
    }
  }
  context_.schema = *std::move(schema);
  context_.columns = TRY(context_.schema.ToColumns().With(options_.schema_file));
  // Kept only once it is known to be a table's.
  if (report_.schema_inferred) TRY(KeepSchema(files_, options_, context_.schema));
  return {};
}

// Which files go where, in batches of one commit per table.
base::Result<std::vector<Batch>> Loader::Plan(std::vector<InputFile> inputs) {
  const LoadState table = TRY(LoadState::Read(table_, options_.source));
  const LoadState rejected = TRY(LoadState::Read(rejected_, options_.source));
  generation_ = std::max(table.generation(), rejected.generation());
  if (options_.full_refresh) ++generation_;
  // One may be a generation behind: a full refresh that was interrupted between its two commits.
  table_replaced_ = table.generation() < generation_;
  rejected_replaced_ = rejected.generation() < generation_;

  std::vector<Batch> batches;
  const bool replaces = table_replaced_ || rejected_replaced_;
  uint64_t bytes = 0;
  for (InputFile& input : inputs) {
    TRY(AddFingerprint(files_, input));
    const bool into_table = !table.Holds(input, generation_);
    const bool into_rejected = !rejected.Holds(input, generation_);
    if (!into_table && !into_rejected) {
      ++report_.files_known;
      continue;
    }
    if (table.HoldsOther(input, generation_) || rejected.HoldsOther(input, generation_)) {
      ++report_.files_known;
      report_.warnings.push_back(
          input.path +
          " changed since it was loaded; the table has its rows of then. `run --full-refresh` "
          "loads "
          "every file again; what is added to a source should come as a new file");
      continue;
    }
    // A commit that replaces a table must bring all of it.
    const bool fits =
        !batches.empty() && batches.back().into_table == into_table &&
        batches.back().into_rejected == into_rejected &&
        (replaces || (batches.back().inputs.size() < base::limits::kLoadFilesPerCommitMax &&
                      bytes + input.size_bytes <= base::limits::kLoadBytesPerCommitMax));
    if (!fits) {
      batches.push_back({{}, into_table, into_rejected});
      bytes = 0;
    }
    bytes += input.size_bytes;
    batches.back().inputs.push_back(std::move(input));
  }
  return batches;
}

sql::WriteOptions Loader::OptionsFor(const Batch& batch, bool replaces) const {
  sql::WriteOptions write;
  write.mode = replaces ? sql::SaveMode::kOverwrite : sql::SaveMode::kAppend;
  write.evolve_schema = replaces;
  write.txns = MarkersOf(batch.inputs, options_.source, generation_);
  if (replaces) write.txns.push_back(GenerationOf(options_.source, generation_));
  write.operation = "LOAD FILES";
  write.parameters["source"] = base::JsonQuote(options_.source);
  write.parameters["files"] = std::to_string(batch.inputs.size());
  return write;
}

base::Result<void> Loader::CommitRecords(const Batch& batch) {
  std::unique_ptr<columnar::BatchSource> rejects;
  RejectSource* reread = nullptr;
  if (batch.into_table) {
    RecordSource source(&context_, batch.inputs);
    sql::WriteOptions write = OptionsFor(batch, table_replaced_);
    FollowSchemaFile(write);
    TRY(connection_.WriteTable(table_, source, write));
    table_replaced_ = false;
    report_.rows += source.counts().rows;
    report_.blank_lines += source.counts().blank;
    if (batch.into_rejected && !source.rejects_overflowed()) {
      std::vector<std::string> paths;
      for (const InputFile& input : batch.inputs) paths.push_back(input.path);
      report_.rejected += source.counts().rejected;
      for (const auto& [kind, count] : source.counts().rejected_by_kind)
        report_.rejected_by_kind[kind] += count;
      rejects =
          NewBufferedRejects(source.TakeRejects(), std::move(paths), context_.loaded_at_unix_ms);
    }
  }
  if (!batch.into_rejected) return {};
  if (rejects == nullptr) {
    auto source = std::make_unique<RejectSource>(&context_, batch.inputs);
    reread = source.get();
    rejects = std::move(source);
  }
  TRY(connection_.WriteTable(rejected_, *rejects, OptionsFor(batch, rejected_replaced_)));
  rejected_replaced_ = false;
  if (reread == nullptr) return {};
  report_.rejected += reread->counts().rejected;
  for (const auto& [kind, count] : reread->counts().rejected_by_kind)
    report_.rejected_by_kind[kind] += count;
  return {};
}

base::Result<void> Loader::CommitParquet(const Batch& batch) {
  if (batch.into_table) {
    const std::string query = TRY(ParquetQuery(connection_, batch.inputs, context_.schema));
    const sql::WriteResult written =
        TRY(connection_.WriteTable(table_, query, OptionsFor(batch, table_replaced_)));
    table_replaced_ = false;
    report_.rows += written.num_rows;
  }
  if (!batch.into_rejected) return {};
  const auto none = NewBufferedRejects({}, {}, context_.loaded_at_unix_ms);
  TRY(connection_.WriteTable(rejected_, *none, OptionsFor(batch, rejected_replaced_)));
  rejected_replaced_ = false;
  return {};
}

base::Result<void> Loader::Commit(const Batch& batch) {
  if (stop_.stop_requested()) return base::Cancelled("the load was stopped");
  TRY(batch.inputs.front().format == Format::kParquet ? CommitParquet(batch)
                                                      : CommitRecords(batch));
  report_.files_loaded += static_cast<int64_t>(batch.inputs.size());
  for (const InputFile& input : batch.inputs)
    report_.bytes += static_cast<int64_t>(input.size_bytes);
  return {};
}

base::Result<LoadReport> Loader::Run() {
  TRY(HealReplay(files_, connection_, table_, rejected_, options_));
  std::vector<InputFile> inputs = TRY(FindInputs(files_, options_));
  TRY(Prepare(inputs));
  for (const Batch& batch : TRY(Plan(std::move(inputs)))) TRY(Commit(batch));
  return std::move(report_);
}

}  // namespace

base::Result<LoadReport> Load(env::Files& files, sql::Connection& connection, lake::Table& table,
                              lake::Table& rejected, const LoadOptions& options,
                              std::stop_token stop) {
  return Loader(files, connection, table, rejected, options, std::move(stop)).Run();
}

}  // namespace connect::files
