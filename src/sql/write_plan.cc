// What a write to a lake table will do to the table's metadata.
#include "sql/write_plan.h"

#include <algorithm>
#include <charconv>

#include "base/random.h"
#include "base/text.h"
#include "base/uuid.h"
#include "lake/delta_schema.h"

namespace sql {
namespace {

using columnar::Field;
using columnar::Schema;

bool HasInvariant(const std::vector<Field>& fields) {
  return std::any_of(fields.begin(), fields.end(), [](const Field& field) {
    return std::any_of(field.metadata.begin(), field.metadata.end(),
                       [](const auto& entry) { return entry.first == "delta.invariants"; }) ||
           HasInvariant(field.type.children);
  });
}

base::Result<void> CheckTable(const lake::Snapshot& snapshot, const WriteOptions& options) {
  if (HasInvariant(snapshot.schema().fields)) {
    return base::Unsupported("the table has column invariants, which cannot be checked here",
                             "Write it with the engine that made them, or drop them there.");
  }
  const auto& configuration = snapshot.metadata().configuration;
  const auto append_only = configuration.find("delta.appendOnly");
  if (options.mode == SaveMode::kOverwrite && append_only != configuration.end() &&
      append_only->second == "true") {
    return base::InvalidArgument("the table only allows appends (delta.appendOnly)");
  }
  for (const lake::Txn& txn : options.txns) {
    const auto there = snapshot.TxnVersion(txn.app_id);
    if (there.has_value() && *there >= txn.version) {
      return base::Conflict("the table carries version " + std::to_string(*there) + " of '" +
                            txn.app_id + "' already");
    }
  }
  return {};
}

std::vector<std::string> Union(std::vector<std::string> features,
                               const std::optional<std::vector<std::string>>& more) {
  for (const std::string& feature : more.value_or(std::vector<std::string>())) {
    if (std::find(features.begin(), features.end(), feature) == features.end()) {
      features.push_back(feature);
    }
  }
  return features;
}

// The least protocol that allows what `current` and `needed` do; nullopt when it is `current`.
std::optional<lake::Protocol> Raise(const lake::Protocol& current, const lake::Protocol& needed) {
  lake::Protocol raised = current;
  raised.min_reader_version = std::max(current.min_reader_version, needed.min_reader_version);
  raised.min_writer_version = std::max(current.min_writer_version, needed.min_writer_version);
  if (raised.min_reader_version >= 3) {
    raised.reader_features =
        Union(current.reader_features.value_or(std::vector<std::string>()), needed.reader_features);
  }
  if (raised.min_writer_version >= 7) {
    raised.writer_features =
        Union(current.writer_features.value_or(std::vector<std::string>()), needed.writer_features);
  }
  if (raised == current) return std::nullopt;
  return raised;
}

base::Result<WritePlan> PlanCreation(const Schema& incoming, const WriteOptions& options,
                                     int64_t now_unix_ms) {
  base::Random random = base::Random::FromSystem();
  WritePlan plan;
  plan.metadata = TRY(lake::MakeMetadata(incoming, options.partition_by,
                                         base::Uuid::V4(random).ToString(), now_unix_ms));
  plan.protocol = TRY(lake::ProtocolFor(incoming));
  plan.schema = TRY(lake::ParseSchema(plan.metadata->schema_json));
  plan.partition_columns = options.partition_by;
  return plan;
}

base::Result<WritePlan> PlanChange(const lake::Snapshot& snapshot, const Schema& incoming,
                                   const WriteOptions& options, int64_t now_unix_ms) {
  TRY(CheckTable(snapshot, options));
  const lake::Metadata& metadata = snapshot.metadata();
  const bool replace = options.mode == SaveMode::kOverwrite && options.evolve_schema;
  if (!replace && !options.partition_by.empty() &&
      options.partition_by != metadata.partition_columns) {
    return base::InvalidArgument(
        "the table is partitioned by (" + base::Join(metadata.partition_columns, ", ") +
            "), not by (" + base::Join(options.partition_by, ", ") + ")",
        "An overwrite that may change the schema changes the partitioning too.");
  }
  WritePlan plan;
  plan.partition_columns = replace ? options.partition_by : metadata.partition_columns;
  const Schema wanted =
      replace ? incoming
              : TRY(lake::CheckWrite(snapshot.schema(), incoming, options.evolve_schema));
  const auto written =
      TRY(lake::MakeMetadata(wanted, plan.partition_columns, metadata.id, now_unix_ms));
  plan.schema = TRY(lake::ParseSchema(written.schema_json));
  if (plan.schema == snapshot.schema() && plan.partition_columns == metadata.partition_columns) {
    return plan;
  }
  plan.metadata = metadata;
  plan.metadata->schema_json = written.schema_json;
  plan.metadata->partition_columns = plan.partition_columns;
  plan.protocol = Raise(snapshot.protocol(), TRY(lake::ProtocolFor(plan.schema)));
  return plan;
}

}  // namespace

base::Result<WritePlan> PlanWrite(const lake::Snapshot* snapshot, const Schema& incoming,
                                  const WriteOptions& options, int64_t now_unix_ms) {
  if (snapshot == nullptr) return PlanCreation(incoming, options, now_unix_ms);
  return PlanChange(*snapshot, incoming, options, now_unix_ms);
}

bool FilesFit(const WritePlan& written, const WritePlan& now) {
  if (written.partition_columns != now.partition_columns) return false;
  for (const Field& field : now.schema.fields) {
    const int index = written.schema.IndexOf(field.name);
    if (index < 0 && !field.nullable) return false;
    if (index < 0) continue;
    const Field& stored = written.schema.fields[static_cast<size_t>(index)];
    if (stored.type != field.type || (stored.nullable && !field.nullable)) return false;
  }
  return std::all_of(written.schema.fields.begin(), written.schema.fields.end(),
                     [&](const Field& field) { return now.schema.IndexOf(field.name) >= 0; });
}

std::string PartitionKeySql(const std::vector<std::string>& value_expressions) {
  std::vector<std::string> parts;
  for (const std::string& value : value_expressions) {
    parts.push_back("CASE WHEN " + value + " IS NULL THEN 'n' ELSE 'v' || strlen(" + value +
                    ") || ':' || " + value + " END");
  }
  return base::Join(parts, " || ");
}

base::Result<std::vector<std::optional<std::string>>> ParsePartitionKey(std::string_view key) {
  std::vector<std::optional<std::string>> values;
  while (!key.empty()) {
    const char kind = key.front();
    key.remove_prefix(1);
    if (kind == 'n') {
      values.emplace_back(std::nullopt);
      continue;
    }
    size_t size = 0;
    const auto number = std::from_chars(key.data(), key.data() + key.size(), size);
    key.remove_prefix(static_cast<size_t>(number.ptr - key.data()));
    if (kind != 'v' || number.ec != std::errc() || !key.starts_with(':') || key.size() - 1 < size) {
      return base::Internal("a partition key that is none");
    }
    values.emplace_back(std::string(key.substr(1, size)));
    key.remove_prefix(1 + size);
  }
  return values;
}

}  // namespace sql
