// Partition values: their texts in the log and their folders. PartitionFolder itself is declared in
// lake/table.h. Pure; THREAD: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "columnar/type.h"

namespace lake {

inline constexpr std::string_view kNullPartition = "__HIVE_DEFAULT_PARTITION__";

// The protocol's text of a partition value ("Partition Value Serialization"), from DuckDB's text of
// the stored value; nullopt is NULL on both sides. Instants become ISO 8601 in UTC, with
// microseconds; DuckDB casts every text of this form back to `type`.
// ERRORS: kInvalidArgument for an empty string, which the protocol would turn into a null, and for
// a date or timestamp the protocol has no text for.
base::Result<std::optional<std::string>> PartitionText(
    const columnar::Type& type, const std::optional<std::string>& duckdb_text);

// One name of a path as Hive and Spark escape it: "a/b" -> "a%2Fb".
[[nodiscard]] std::string EscapePathName(std::string_view name);

}  // namespace lake
