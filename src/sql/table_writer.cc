// One write of a query's rows to a lake table.
#include "sql/table_writer.h"

#include <algorithm>

#include <duckdb/common/string_util.hpp>
#include <duckdb/common/types/column/column_data_collection.hpp>
#include <duckdb/common/types/value.hpp>

#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "lake/partition.h"
#include "lake/stats.h"
#include "sql/connection.h"

namespace sql {
namespace {

using columnar::Field;
using columnar::Schema;
using columnar::Type;
using columnar::TypeId;

// The folder name that DuckDB makes for a partition key; a column nobody else would name so.
constexpr std::string_view kKeyColumn = "__partition_key";

// Files much larger than this hold readers up that want little, files much smaller burden the log.
constexpr int64_t kFileBytes = int64_t{256} << 20;

const Field* FindField(const Schema& schema, const std::string& name) {
  for (const Field& field : schema.fields) {
    if (base::EqualsIgnoreCase(field.name, name)) return &field;
  }
  return nullptr;
}

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The SQL of one stored column: cast to what the file holds, nulls refused where the table does.
base::Result<std::string> StoredColumn(const Field& target, const Schema& incoming) {
  const Type storage = TRY(lake::StorageType(target.type, target.name));
  const Field* source = FindField(incoming, target.name);
  if (source == nullptr) return "CAST(NULL AS " + storage.ToSql() + ")";
  std::string value = "q." + base::QuoteIdentifier(source->name);
  if (source->type != storage) value = "CAST(" + value + " AS " + storage.ToSql() + ")";
  if (target.nullable) return value;
  const std::string message = "column '" + target.name + "' must have a value in every row";
  return "CASE WHEN q." + base::QuoteIdentifier(source->name) + " IS NULL THEN error(" +
         base::QuoteLiteral(message) + ") ELSE " + value + " END";
}

base::Result<lake::PartitionValues> PartitionValuesOf(const WritePlan& plan, std::string_view key) {
  lake::PartitionValues values;
  const auto texts = TRY(ParsePartitionKey(key));
  for (size_t i = 0; i < plan.partition_columns.size(); ++i) {
    const std::string& name = plan.partition_columns[i];
    const Field* field = FindField(plan.schema, name);
    auto value = lake::PartitionText(TRY(lake::StorageType(field->type, name)), texts.at(i));
    values[name] = TRY(std::move(value).With("partition column '" + name + "'"));
  }
  return values;
}

// "__partition_key=v1%3Aa/part-0-x" -> "country=a/part-0-x".
base::Result<std::string> RealKey(const WritePlan& plan, const std::string& key) {
  const size_t slash = key.find('/');
  const std::string prefix = std::string(kKeyColumn) + "=";
  if (slash == std::string::npos || !key.starts_with(prefix)) return key;
  const std::string encoded = key.substr(prefix.size(), slash - prefix.size());
  const auto values = TRY(PartitionValuesOf(plan, duckdb::StringUtil::URLDecode(encoded)));
  return lake::PartitionFolder(plan.partition_columns, values) + key.substr(slash + 1);
}

// What RETURN_STATS says of one file: column path -> statistic -> text.
using StatisticsMap = std::map<std::string, std::map<std::string, std::string>>;

StatisticsMap ReadStatistics(const duckdb::Value& value) {
  StatisticsMap result;
  for (const auto& column : duckdb::MapValue::GetChildren(value)) {
    const auto& pair = duckdb::StructValue::GetChildren(column);
    auto& statistics = result[pair[0].ToString()];
    for (const auto& statistic : duckdb::MapValue::GetChildren(pair[1])) {
      const auto& entry = duckdb::StructValue::GetChildren(statistic);
      statistics[entry[0].ToString()] = entry[1].ToString();
    }
  }
  return result;
}

void AddColumnStats(const StatisticsMap& statistics, const Field& field,
                    std::vector<std::string> path, std::vector<lake::ColumnStats>& columns) {
  path.push_back(field.name);
  if (field.type.id == TypeId::kStruct) {
    for (const Field& member : field.type.children) {
      AddColumnStats(statistics, member, path, columns);
    }
    return;
  }
  std::vector<std::string> quoted;
  for (const std::string& part : path) quoted.push_back(base::QuoteIdentifier(part));
  const auto found = statistics.find(base::Join(quoted, "."));
  if (found == statistics.end()) return;
  const auto text = [&](const char* name) -> std::optional<std::string> {
    const auto entry = found->second.find(name);
    if (entry == found->second.end()) return std::nullopt;
    return entry->second;
  };
  lake::ColumnStats column{.path = std::move(path), .type = field.type};
  column.min = text("min");
  column.max = text("has_nan") == "true" ? std::nullopt : text("max");
  if (const auto nulls = text("null_count")) column.null_count = std::stoll(*nulls);
  columns.push_back(std::move(column));
}

std::string CopyStatement(const std::string& select, const std::string& target, bool partitioned) {
  std::string options =
      "FORMAT parquet, COMPRESSION zstd, RETURN_STATS, OVERWRITE_OR_IGNORE true, "
      "FILENAME_PATTERN 'part-{i}-{uuid}', FILE_EXTENSION 'zstd.parquet'";
  if (partitioned) {
    options += ", PARTITION_BY (" + std::string(kKeyColumn) + ")";
  } else {
    options += ", WRITE_EMPTY_FILE false, FILE_SIZE_BYTES " + std::to_string(kFileBytes);
  }
  return "COPY (" + select + ") TO " + base::QuoteLiteral(target) + " (" + options + ")";
}

}  // namespace

TableWriter::TableWriter(SqlConnection& connection, std::shared_ptr<Mounts> mounts,
                         lake::Table& table, const WriteOptions& options)
    : connection_(connection), table_(table), options_(options), mounts_(std::move(mounts)) {}

base::Result<std::shared_ptr<const lake::Snapshot>> TableWriter::LoadOrNull() {
  auto snapshot = table_.Load();
  if (!snapshot.ok() && snapshot.error().code() == base::Code::kNotFound) {
    return std::shared_ptr<const lake::Snapshot>();
  }
  return snapshot;
}

base::Result<WriteResult> TableWriter::Write(const std::string& query, const Schema& incoming) {
  auto snapshot = TRY(LoadOrNull());
  WritePlan plan = TRY(PlanWrite(snapshot.get(), incoming, options_, clock_.NowUnixMs()));
  mount_ = std::make_unique<Mounts::Mount>(
      mounts_, table_.shared_store(),
      [plan](const std::string& key) { return RealKey(plan, key); });
  const auto written = WriteFiles(query, plan, incoming);
  auto result = written.ok() ? Commit(std::move(snapshot), std::move(plan), *written, incoming)
                             : base::Result<WriteResult>(written.error());
  if (!result.ok() && !files_may_be_committed_) DeleteFiles();
  return result;
}

base::Result<std::string> TableWriter::SelectForStorage(const std::string& query,
                                                        const WritePlan& plan,
                                                        const Schema& incoming) const {
  std::vector<std::string> columns, partition_values;
  for (const Field& field : plan.schema.fields) {
    if (Contains(plan.partition_columns, field.name)) continue;
    columns.push_back(TRY(StoredColumn(field, incoming)) + " AS " +
                      base::QuoteIdentifier(field.name));
  }
  for (const std::string& name : plan.partition_columns) {
    const std::string value = TRY(StoredColumn(*FindField(plan.schema, name), incoming));
    partition_values.push_back("CAST(" + value + " AS VARCHAR)");
  }
  if (!partition_values.empty()) {
    columns.push_back(PartitionKeySql(partition_values) + " AS " + std::string(kKeyColumn));
  }
  return "SELECT " + base::Join(columns, ", ") + " FROM (" + query + "\n) AS q";
}

base::Result<TableWriter::Written> TableWriter::WriteFiles(const std::string& query,
                                                           const WritePlan& plan,
                                                           const Schema& incoming) {
  const std::string select = TRY(SelectForStorage(query, plan, incoming));
  std::string target = mount_->PathOf("");
  target.pop_back();  // its slash
  const auto rows =
      TRY(connection_.Collect(CopyStatement(select, target, !plan.partition_columns.empty())));
  return Guard([&]() -> base::Result<Written> {
    Written written;
    const int64_t now = clock_.NowUnixMs();
    for (auto& row : rows->Collection().GetRows()) {
      lake::AddFile file;
      file.path = TRY(RealKey(plan, mount_->KeyOf(row.GetValue(0).ToString())));
      const auto num_rows = row.GetValue(1).GetValue<int64_t>();
      file.size_bytes = row.GetValue(2).GetValue<int64_t>();
      file.modified_unix_ms = now;
      std::vector<lake::ColumnStats> columns;
      const StatisticsMap statistics = ReadStatistics(row.GetValue(4));
      for (const Field& field : plan.schema.fields) {
        AddColumnStats(statistics, field, {}, columns);
      }
      file.stats_json = lake::StatsJson(num_rows, columns);
      if (!plan.partition_columns.empty()) {
        const auto key = duckdb::MapValue::GetChildren(row.GetValue(5)).at(0);
        const auto text = duckdb::StructValue::GetChildren(key)[1].ToString();
        file.partition_values = TRY(PartitionValuesOf(plan, text));
      }
      written.num_rows += num_rows;
      written.num_bytes += file.size_bytes;
      written.files.push_back(std::move(file));
    }
    return written;
  });
}

lake::CommitRequest TableWriter::Request(std::shared_ptr<const lake::Snapshot> snapshot,
                                         const WritePlan& plan, const Written& written) const {
  lake::CommitRequest request;
  request.metadata = plan.metadata;
  request.adds = written.files;
  request.txns = options_.txns;
  request.blind_append = options_.mode == SaveMode::kAppend;
  if (options_.mode == SaveMode::kOverwrite && snapshot != nullptr) {
    const int64_t now = clock_.NowUnixMs();
    for (const lake::AddFile& file : snapshot->files()) {
      request.removes.push_back({.path = file.path,
                                 .deletion_unix_ms = now,
                                 .data_change = true,
                                 .partition_values = file.partition_values,
                                 .size_bytes = file.size_bytes});
    }
  }
  request.info.operation = options_.operation;
  request.info.parameters = options_.parameters;
  request.info.parameters.insert(
      {"mode", options_.mode == SaveMode::kAppend ? "\"Append\"" : "\"Overwrite\""});
  request.info.extra = options_.extra;
  request.info.metrics = {{"numFiles", std::to_string(written.files.size())},
                          {"numOutputRows", std::to_string(written.num_rows)},
                          {"numOutputBytes", std::to_string(written.num_bytes)}};
  request.read_snapshot = std::move(snapshot);
  return request;
}

base::Result<WriteResult> TableWriter::Commit(std::shared_ptr<const lake::Snapshot> snapshot,
                                              WritePlan plan, const Written& written,
                                              const Schema& incoming) {
  WriteResult result{.num_rows = written.num_rows,
                     .num_files = static_cast<int64_t>(written.files.size()),
                     .num_bytes = written.num_bytes};
  if (written.num_rows == 0 && !options_.commit_when_empty && snapshot != nullptr) {
    result.version = snapshot->version();
    return result;
  }
  const WritePlan planned = plan;
  std::string reason;
  for (int attempt = 0; attempt < base::limits::kCommitAttemptsMax; ++attempt) {
    TRY(connection_.CheckInterrupt());
    files_may_be_committed_ = true;  // until the answer says otherwise
    const auto outcome = TRY(table_.Commit(Request(snapshot, plan, written)));
    if (const auto* committed = std::get_if<lake::Committed>(&outcome)) {
      result.version = committed->version;
      return result;
    }
    files_may_be_committed_ = false;
    reason = std::get<lake::Conflicted>(outcome).reason;
    snapshot = TRY(LoadOrNull());
    plan = TRY(PlanWrite(snapshot.get(), incoming, options_, clock_.NowUnixMs()));
    if (!FilesFit(planned, plan)) {
      return base::Conflict("another writer changed the table's columns meanwhile: " + reason,
                            "Run it again.");
    }
  }
  return base::Conflict("other writers were faster too many times: " + reason, "Run it again.");
}

// Best effort: what stays is never read, for no commit names it.
void TableWriter::DeleteFiles() {
  for (const std::string& key : mount_->WrittenKeys()) {
    const auto deleted = table_.store().Delete(key);
    if (!deleted.ok()) {
      LOG_WARN("a file of a failed write could not be deleted",
               {{"file", key}, {"error", deleted.error().message()}});
    }
  }
}

}  // namespace sql
