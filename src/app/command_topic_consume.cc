// `tributary topic consume`: records printed as they are read, until the end that was asked for or
// until somebody stops it.
#include <algorithm>
#include <limits>
#include <utility>

#include "app/commands.h"
#include "app/log_client.h"
#include "app/record_text.h"
#include "app/table_format.h"

namespace app {
namespace {

using logs::ByPartition;
using logs::Offset;

// A reader that finds nothing looks this often whether all is well.
constexpr int64_t kPollMs = 5'000;

// Writes records as text of the user's format, JSON or CSV.
class RecordOutput {
 public:
  static base::Result<RecordOutput> Open(const CommandContext& context) {
    RecordOutput output(context);
    const std::string null_text = context.line.Has("null") ? "NULL" : "";
    output.format_ = TRY(RecordFormat::Parse(context.line.Text("print", "%v\\n"), null_text));
    if (context.format() != OutputFormat::kTable) {
      if (context.line.Has("print")) {
        return base::InvalidArgument("both --print and --format were given", "Give one of them.");
      }
      output.printer_ = RecordPrinter::Create({{.name = "topic"},
                                               {.name = "partition", .number = true},
                                               {.name = "offset", .number = true},
                                               {.name = "timestamp"},
                                               {.name = "key"},
                                               {.name = "value"},
                                               {.name = "headers"}},
                                              PrintOptionsOf(context), context.output);
    }
    return output;
  }

  void Add(const logs::TopicPartition& partition, const logs::RecordView& record) {
    const PrintedRecord printed{.partition = partition, .record = record, .number = ++count_};
    if (printer_ == nullptr) {
      format_.Append(printed, text_);
      return;
    }
    if (printer_->wants_json()) {
      printer_->AddJson(RecordJson(printed));
      return;
    }
    const auto cell = [](const std::optional<std::string_view>& bytes) {
      return bytes ? Cell(std::string(*bytes)) : Cell();
    };
    const std::string headers = HeadersJson(record);
    printer_->Add({partition.topic, std::to_string(partition.partition),
                   std::to_string(record.offset.get()), base::FormatUtc(record.timestamp_ms),
                   cell(record.key), cell(record.value), headers.empty() ? Cell() : Cell(headers)});
  }

  // Hands on what was printed. BLOCKS: while the reader of the output is slower than we are.
  void Flush() {
    if (!text_.empty()) context_.output.Out(text_);
    text_.clear();
  }
  void Finish() {
    Flush();
    if (printer_ != nullptr) printer_->Finish();
  }
  [[nodiscard]] int64_t count() const { return count_; }

 private:
  explicit RecordOutput(const CommandContext& context) : context_(context) {}

  const CommandContext& context_;
  RecordFormat format_;
  std::unique_ptr<RecordPrinter> printer_;  // nullptr: text of the user's format
  std::string text_;
  int64_t count_ = 0;
};

struct Consumption {
  ByPartition<Offset> from;
  ByPartition<Offset> until;  // empty: for ever
  int64_t count_max = std::numeric_limits<int64_t>::max();
  std::string group;  // "": none
};

base::Result<ReadRange> RangeOf(const CommandContext& context) {
  const int64_t now_ms = context.clock.NowUnixMs();
  ReadRange range;
  for (const std::string& text : context.line.All("offset")) {
    TRY(AddRangeText(text, now_ms, range));
  }
  if (context.line.Has("from")) {
    TRY(AddRangeText("s@" + context.line.Text("from"), now_ms, range));
  }
  if (context.line.Has("until")) {
    TRY(AddRangeText("e@" + context.line.Text("until"), now_ms, range));
  }
  const bool grouped = context.line.Has("group");
  if (range.from && range.from->kind == PlaceInLog::Kind::kStored && !grouped) {
    return base::InvalidArgument("'stored' is where a group stands, and no --group was given");
  }
  if (!range.from && grouped) range.from = PlaceInLog{.kind = PlaceInLog::Kind::kStored};
  return range;
}

base::Result<Consumption> Plan(const CommandContext& context, logs::Client& client,
                               logs::Isolation isolation) {
  const ReadRange range = TRY(RangeOf(context));
  const auto partitions = TRY(PartitionsOf(context, client, context.line.Text("TOPIC")));
  Consumption plan;
  plan.group = context.line.Text("group");
  plan.count_max = context.line.Count("count", plan.count_max);
  ByPartition<logs::GroupOffset> stored;
  if (!plan.group.empty()) stored = TRY(client.GroupOffsets(plan.group));
  plan.from =
      TRY(Resolve(client, partitions, range.from.value_or(PlaceInLog{}), stored, isolation));
  if (context.line.Has("exit") || range.until) {
    const PlaceInLog end{.kind = PlaceInLog::Kind::kEnd};
    plan.until = TRY(Resolve(client, partitions, range.until.value_or(end), stored, isolation));
  }
  return plan;
}

// Has every partition been read as far as it should be?
bool IsDone(const Consumption& plan, const ByPartition<Offset>& positions) {
  if (plan.until.empty()) return false;
  return std::all_of(plan.until.begin(), plan.until.end(),
                     [&](const auto& one) { return positions.at(one.first) >= one.second; });
}

// Prints what the plan asks for of these batches; the offsets behind what was printed.
ByPartition<logs::GroupOffset> Print(const Consumption& plan,
                                     const std::vector<logs::ReadBatch>& batches,
                                     RecordOutput& output) {
  ByPartition<logs::GroupOffset> printed;
  for (const logs::ReadBatch& batch : batches) {
    const auto until = plan.until.find(batch.partition);
    for (const logs::RecordView& record : batch.records) {
      if (output.count() >= plan.count_max) return printed;
      if (until != plan.until.end() && record.offset >= until->second) break;
      output.Add(batch.partition, record);
      printed[batch.partition] = {.offset = record.offset.Next()};
    }
  }
  return printed;
}

base::Result<void> Commit(logs::Client& client, const Consumption& plan,
                          const ByPartition<logs::GroupOffset>& offsets) {
  if (plan.group.empty() || offsets.empty()) return {};
  for (auto& [partition, outcome] : client.CommitOffsets(plan.group, offsets)) {
    if (outcome.ok()) continue;
    base::Error error = std::move(outcome).error();
    if (error.code() != base::Code::kConflict) return error;
    return std::move(error).WithHint("Other consumers are members of the group: stop them first.");
  }
  return {};
}

base::Result<int> Consume(const CommandContext& context) {
  const auto isolation = context.line.Has("read-uncommitted") ? logs::Isolation::kReadUncommitted
                                                              : logs::Isolation::kReadCommitted;
  RecordOutput output = TRY(RecordOutput::Open(context));
  const auto client = TRY(OpenLogClient(context));
  if (client == nullptr) return kExitUsage;
  const Consumption plan = TRY(Plan(context, *client, isolation));
  const auto reader = TRY(client->OpenReader({.isolation = isolation, .stop = context.stop}));
  TRY(reader->Assign(plan.from));
  while (!IsDone(plan, reader->Positions()) && output.count() < plan.count_max) {
    const auto batches = TRY(reader->Poll(kPollMs));
    const auto printed = Print(plan, batches, output);
    output.Flush();
    TRY(Commit(*client, plan, printed));
    if (context.stop.stop_requested()) {
      output.Finish();
      return kExitInterrupted;
    }
  }
  output.Finish();
  return kExitDone;
}

}  // namespace

int RunTopicConsume(CommandContext& context) { return Finish(context, Consume(context)); }

}  // namespace app
