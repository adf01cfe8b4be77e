// What a write to a lake table will do to the table's metadata.
#include "sql/write_plan.h"

#include <algorithm>
#include <charconv>

#include "base/random.h"
#include "base/text.h"
#include "base/uuid.h"
#include "lake/delta_schema.h"
#include "lake/features.h"

namespace sql {
namespace {

using columnar::Field;
using columnar::Schema;

base::Result<void> CheckTable(const lake::Snapshot& snapshot, const WriteOptions& options) {
  // The commit would find this too, but only after all the rows were written.
  TRY(lake::CheckWritable(snapshot.protocol(), snapshot.metadata(), snapshot.schema()));
  for (const lake::Txn& txn : options.txns) {
    const auto there = snapshot.TxnVersion(txn.app_id);
    if (there.has_value() && *there >= txn.version) {
      return base::Conflict("the table carries version " + std::to_string(*there) + " of '" +
                            txn.app_id + "' already");
    }
  }
  return {};
}

base::Result<WritePlan> PlanCreation(const Schema& incoming, const WriteOptions& options,
                                     int64_t now_unix_ms) {
  base::Random random = base::Random::FromSystem();
  WritePlan plan;
  plan.metadata = TRY(lake::MakeMetadata(incoming, options.partition_by,
                                         base::Uuid::V4(random).ToString(), now_unix_ms));
  plan.schema = TRY(lake::ParseSchema(plan.metadata->schema_json));
  plan.partition_columns = options.partition_by;
  return plan;
}

void RelaxNotNull(Schema& schema, const Schema& incoming) {
  for (Field& field : schema.fields) {
    for (const Field& given : incoming.fields) {
      if (base::EqualsIgnoreCase(given.name, field.name) && given.nullable) field.nullable = true;
    }
  }
}

base::Result<WritePlan> PlanChange(const lake::Snapshot& snapshot, const Schema& incoming,
                                   const WriteOptions& options) {
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
  Schema wanted = replace
                      ? incoming
                      : TRY(lake::CheckWrite(snapshot.schema(), incoming, options.evolve_schema));
  if (options.relax_not_null) RelaxNotNull(wanted, incoming);
  auto changed = TRY(lake::EvolveMetadata(metadata, wanted, plan.partition_columns));
  plan.schema = TRY(lake::ParseSchema(changed.schema_json));
  if (plan.schema != snapshot.schema() || plan.partition_columns != metadata.partition_columns) {
    plan.metadata = std::move(changed);
  }
  return plan;
}

}  // namespace

base::Result<WritePlan> PlanWrite(const lake::Snapshot* snapshot, const Schema& incoming,
                                  const WriteOptions& options, int64_t now_unix_ms) {
  if (snapshot == nullptr) return PlanCreation(incoming, options, now_unix_ms);
  return PlanChange(*snapshot, incoming, options);
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
