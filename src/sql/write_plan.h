// What a write to a lake table will do to the table's metadata, and which column goes where.
// Decided from a snapshot and the incoming columns alone; nothing is read or written. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "columnar/type.h"
#include "lake/actions.h"
#include "lake/table.h"
#include "sql/engine.h"

namespace sql {

struct WritePlan {
  columnar::Schema schema;  // of the table once the write is committed
  std::vector<std::string> partition_columns;
  std::optional<lake::Metadata> metadata;  // when it changes
};

// `snapshot` is null for a table that does not exist yet.
// ERRORS: kInvalidArgument: the columns do not fit; kUnsupported: a type, or a table whose rules we
// cannot keep; kConflict: a txn of `options` is in the table already.
base::Result<WritePlan> PlanWrite(const lake::Snapshot* snapshot, const columnar::Schema& incoming,
                                  const WriteOptions& options, int64_t now_unix_ms);

// Files written for `written` can be committed under `now` as they are.
[[nodiscard]] bool FilesFit(const WritePlan& written, const WritePlan& now);

// The values of the partition columns as one text that tells them apart from any others, and back;
// null is null. The SQL text gives the same for a row.
[[nodiscard]] std::string PartitionKeySql(const std::vector<std::string>& value_expressions);
base::Result<std::vector<std::optional<std::string>>> ParsePartitionKey(std::string_view key);

}  // namespace sql
