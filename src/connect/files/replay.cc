#include "connect/files/replay.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json_writer.h"
#include "base/limits.h"
#include "base/text.h"
#include "codec/csv.h"
#include "codec/json_tree.h"
#include "columnar/owned_batch.h"
#include "connect/files/input_file.h"
#include "connect/files/line_reader.h"
#include "connect/files/source_schema.h"

namespace connect::files {
namespace {

// The member of commitInfo that says what a replay moved, so that it can be finished by another
// process: {"moved": 12, "schema": {...}}.
constexpr char kReplayMember[] = "tributaryReplay";

std::string ReplayId(const LoadOptions& options) { return "replay:" + options.source; }

struct MovedRecord {
  std::string path;
  std::string offset;  // as SQL has it
  std::string line;
  std::string record;
};

// What one round moves: the rejects that fit, in the order of file and place, up to a bound.
struct Round {
  std::vector<MovedRecord> records;
  bool more = false;  // there may be others beyond the bound
};

std::string FromHex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c & ~0x20) - 'A' + 10; };
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1]));
  return bytes;
}

// A JSON text without the line ends people like: those of a commit file separate its actions.
// Inside strings they are escapes already.
std::string OneLine(std::string text) {
  std::erase(text, '\n');
  return text;
}

// Decoders by file: JSON needs one for all, CSV one for the header of each.
class Decoders {
 public:
  Decoders(env::Files& files, const LoadOptions& options, const codec::AvroSchema& schema)
      : files_(files), options_(options), schema_(schema) {}

  // nullptr when the records of that file can no longer be told apart into columns.
  base::Result<codec::RecordDecoder*> For(const std::string& path) {
    const InputFile input = DescribeInput(options_, path);
    const std::string key = input.format == Format::kCsv ? path : "";
    const auto known = decoders_.find(key);
    if (known != decoders_.end()) return known->second.get();
    std::unique_ptr<codec::RecordDecoder> decoder;
    if (input.format != Format::kCsv) {
      decoder = TRY(codec::JsonDecoder::Create(schema_));
    } else {
      std::optional<std::string> header;
      if (options_.first_line_header) header = TRY(Header(input));
      auto made = codec::CsvDecoder::Create(schema_, {input.delimiter, options_.null_text}, header);
      if (made.ok() && (header.has_value() || !options_.first_line_header))
        decoder = *std::move(made);
    }
    return decoders_.emplace(key, std::move(decoder)).first->second.get();
  }

 private:
  base::Result<std::optional<std::string>> Header(const InputFile& input) {
    base::Result<codec::PullBytes> pull = OpenBytes(files_, input, 0);
    if (!pull.ok() && pull.error().code() == base::Code::kNotFound)
      return std::optional<std::string>();
    LineRange range;
    range.csv_delimiter = input.delimiter;
    LineReader reader(TRY(std::move(pull)), range);
    Line line;
    while (TRY(reader.Next(line).With(input.path)))
      if (!line.blank) return std::optional<std::string>(line.text);
    return std::optional<std::string>();
  }

  env::Files& files_;
  const LoadOptions& options_;
  const codec::AvroSchema& schema_;
  std::map<std::string, std::unique_ptr<codec::RecordDecoder>> decoders_;
};

// The moved records as rows of the table.
class MovedSource final : public columnar::BatchSource {
 public:
  MovedSource(const Round& round, Decoders& decoders, columnar::Schema schema)
      : round_(round), decoders_(decoders), schema_(std::move(schema)) {}

  [[nodiscard]] const columnar::Schema& schema() const override { return schema_; }
  [[nodiscard]] size_t parallelism() const override { return 1; }
  base::Result<std::unique_ptr<columnar::BatchStream>> OpenStream() override {
    // The decoders are one thread's, so one stream takes all and any other finds nothing.
    const bool first = !std::exchange(opened_, true);
    return std::unique_ptr<columnar::BatchStream>(std::make_unique<Stream>(*this, first));
  }

 private:
  class Stream final : public columnar::BatchStream {
   public:
    Stream(MovedSource& source, bool first) : source_(source), next_(first ? 0 : size_t{0} - 1) {}

    base::Result<bool> Next(duckdb::DataChunk& chunk) override {
      columnar::BatchWriter batch(source_.schema_, chunk);
      while (!batch.full() && next_ < source_.round_.records.size()) {
        const MovedRecord& record = source_.round_.records[next_++];
        codec::RecordDecoder* decoder = TRY(source_.decoders_.For(record.path));
        if (decoder == nullptr || decoder->Decode(record.record, batch).has_value())
          return base::Internal("a record that fitted does so no more: " + record.path);
      }
      batch.Finish();
      return batch.rows() > 0;
    }

   private:
    MovedSource& source_;
    size_t next_;
  };

  const Round& round_;
  Decoders& decoders_;
  const columnar::Schema schema_;
  bool opened_ = false;
};

class Replayer {
 public:
  Replayer(env::Files& files, sql::Connection& connection, lake::Table& table,
           lake::Table& rejected, const LoadOptions& options)
      : files_(files),
        connection_(connection),
        table_(table),
        rejected_(rejected),
        options_(options) {}

  base::Result<void> Heal();
  base::Result<LoadReport> Run(const std::stop_token& stop);

 private:
  base::Result<Round> Collect(int64_t version, const codec::AvroSchema& schema, Decoders& decoders);
  base::Result<void> RemoveMoved(int64_t version, const Round& round);
  base::Result<std::optional<codec::JsonNode>> InterruptedReplay(int64_t version);
  [[nodiscard]] std::string Rejected(int64_t version) const {
    return "lake_scan(" + base::QuoteLiteral(options_.rejected_name) + ", version => " +
           std::to_string(version) + ")";
  }

  env::Files& files_;
  sql::Connection& connection_;
  lake::Table& table_;
  lake::Table& rejected_;
  const LoadOptions& options_;
};

// The rejects of a version that fit the schema. The same version, schema and files give the same.
base::Result<Round> Replayer::Collect(int64_t version, const codec::AvroSchema& schema,
                                      Decoders& decoders) {
  const auto scratch = TRY(columnar::OwnedBatch::Create(TRY(schema.ToColumns())));
  // A record that was too long is not whole here, so it never moves.
  const auto rows = TRY(connection_.Query(
      "SELECT file, byte_offset, line, hex(coalesce(encode(record), record_bytes)) FROM " +
      Rejected(version) + " WHERE kind <> " +
      base::QuoteLiteral(codec::KindName(codec::Reject::Kind::kTooLong)) +
      " ORDER BY file, byte_offset, line"));
  Round round;
  size_t bytes = 0;
  std::vector<sql::Rows::TextRow> texts;
  while (TRY(rows->NextText(texts))) {
    for (sql::Rows::TextRow& row : texts) {
      MovedRecord record{row[0].value_or(""), row[1].value_or(""), row[2].value_or(""),
                         FromHex(row[3].value_or(""))};
      codec::RecordDecoder* decoder = TRY(decoders.For(record.path));
      if (decoder == nullptr) continue;
      if (scratch->writer().full()) scratch->Clear();
      if (decoder->Decode(record.record, scratch->writer()).has_value()) continue;
      bytes += sizeof(record) + record.path.size() + record.record.size();
      round.records.push_back(std::move(record));
      round.more = bytes > base::limits::kReplayRoundBytesMax;
      if (round.more) return round;
    }
    texts.clear();
  }
  return round;
}

// Replaces `rejected` by what of that version did not move.
base::Result<void> Replayer::RemoveMoved(int64_t version, const Round& round) {
  TRY(connection_.Execute(
      "CREATE OR REPLACE TEMP TABLE tributary_moved (file VARCHAR, byte_offset BIGINT)"));
  constexpr size_t kRowsAtOnce = 1000;
  for (size_t first = 0; first < round.records.size(); first += kRowsAtOnce) {
    std::string insert;
    for (size_t i = first; i < std::min(first + kRowsAtOnce, round.records.size()); ++i) {
      insert += insert.empty() ? "INSERT INTO tributary_moved VALUES " : ", ";
      insert +=
          "(" + base::QuoteLiteral(round.records[i].path) + ", " + round.records[i].offset + ")";
    }
    TRY(connection_.Execute(insert));
  }
  sql::WriteOptions write;
  write.mode = sql::SaveMode::kOverwrite;
  write.txns = {{ReplayId(options_), version, std::nullopt}};
  write.operation = "REPLAY";
  TRY(connection_.WriteTable(rejected_,
                             "SELECT * FROM " + Rejected(version) +
                                 " WHERE (file, byte_offset) NOT IN (SELECT (file, byte_offset) "
                                 "FROM tributary_moved)",
                             write));
  return connection_.Execute("DROP TABLE tributary_moved");
}

// What the commit to the table said that replayed this version of the rejects.
base::Result<std::optional<codec::JsonNode>> Replayer::InterruptedReplay(int64_t version) {
  for (const lake::HistoryEntry& entry : TRY(table_.History(base::limits::kReplayHistoryMax))) {
    const auto member = entry.info.extra.find(kReplayMember);
    if (member == entry.info.extra.end()) continue;
    codec::JsonNode node = TRY(codec::ParseJson(member->second));
    const codec::JsonNode* of = node.Find("version");
    if (of != nullptr && of->text == std::to_string(version))
      return std::optional<codec::JsonNode>(std::move(node));
  }
  return std::optional<codec::JsonNode>();
}

base::Result<void> Replayer::Heal() {
  const auto table = table_.Load();
  const auto rejected = rejected_.Load();
  for (const auto* snapshot : {&table, &rejected}) {
    if (snapshot->ok()) continue;
    if (snapshot->error().code() == base::Code::kNotFound) return {};
    return snapshot->error();
  }
  const int64_t moved = (*table)->TxnVersion(ReplayId(options_)).value_or(-1);
  const int64_t removed = (*rejected)->TxnVersion(ReplayId(options_)).value_or(-1);
  if (moved <= removed) return {};
  const auto replay = TRY(InterruptedReplay(moved));
  const codec::JsonNode* schema = replay.has_value() ? replay->Find("schema") : nullptr;
  const codec::JsonNode* count = replay.has_value() ? replay->Find("moved") : nullptr;
  const int64_t version = (*rejected)->version().get();
  if (schema == nullptr || count == nullptr || version != moved)
    return base::Conflict(
        "a replay of '" + options_.source +
            "' was interrupted, and the rejected table has changed "
            "since, from version " +
            std::to_string(moved) + " to " + std::to_string(version),
        "Restore that version of it, or load the source again with --full-refresh.");
  const codec::AvroSchema then = TRY(codec::AvroSchema::Parse(schema->raw));
  Decoders decoders(files_, options_, then);
  const Round round = TRY(Collect(version, then, decoders));
  if (std::to_string(round.records.size()) != count->text)
    return base::Conflict(
        "a replay of '" + options_.source +
            "' was interrupted, and its records can no longer be told: it moved " + count->text +
            ", now " + std::to_string(round.records.size()) + " fit",
        "Put its CSV files back, or load the source again with --full-refresh.");
  return RemoveMoved(version, round);
}

base::Result<LoadReport> Replayer::Run(const std::stop_token& stop) {
  LoadReport report;
  TRY(Heal());
  auto schema = TRY(ReadSchemaFile(files_, options_));
  if (!schema.has_value())
    return base::NotFound("the schema '" + options_.schema_file + "' does not exist",
                          "Load the source first; it writes the schema.");
  const columnar::Schema columns = TRY(schema->ToColumns().With(options_.schema_file));
  Decoders decoders(files_, options_, *schema);
  while (!stop.stop_requested()) {
    const auto rejected = TRY(rejected_.Load());
    const int64_t version = rejected->version().get();
    const Round round = TRY(Collect(version, *schema, decoders));
    report.rejected = rejected->num_rows().value_or(0) - static_cast<int64_t>(round.records.size());
    if (round.records.empty()) return report;
    sql::WriteOptions write;
    write.txns = {{ReplayId(options_), version, std::nullopt}};
    write.operation = "REPLAY";
    base::JsonWriter json;
    json.BeginObject().Key("version").Int(version);
    json.Key("moved").Int(static_cast<int64_t>(round.records.size()));
    json.Key("schema").Raw(OneLine(schema->ToPrettyJson())).EndObject();
    write.extra[kReplayMember] = json.text();
    FollowSchemaFile(write);
    MovedSource source(round, decoders, columns);
    TRY(connection_.WriteTable(table_, source, write));
    TRY(RemoveMoved(version, round));
    report.rows += static_cast<int64_t>(round.records.size());
    if (!round.more) return report;
  }
  return base::Cancelled("the replay was stopped");
}

}  // namespace

base::Result<void> HealReplay(env::Files& files, sql::Connection& connection, lake::Table& table,
                              lake::Table& rejected, const LoadOptions& options) {
  return Replayer(files, connection, table, rejected, options).Heal();
}

base::Result<LoadReport> Replay(env::Files& files, sql::Connection& connection, lake::Table& table,
                                lake::Table& rejected, const LoadOptions& options,
                                std::stop_token stop) {
  return Replayer(files, connection, table, rejected, options).Run(stop);
}

}  // namespace connect::files
