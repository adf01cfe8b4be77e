// File statistics as Delta writes them into an add action ("Per-file Statistics" of the protocol):
// made from what the writer of a data file saw, and read again for pruning. Pure; THREAD: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "columnar/type.h"

namespace lake {

// What one column of one file holds. `min` and `max` are DuckDB's text of the smallest and the
// greatest *stored* value (of the VARCHAR, for an ENUM or a UUID), nullopt when unknown or when no
// row has one. A float column that holds a NaN has no `max`: NaN is greater than every number.
struct ColumnStats {
  std::vector<std::string> path;  // {"price"}; {"address", "city"} for a member of a struct
  columnar::Type type;            // the column's, or the one it is stored as
  std::optional<std::string> min;
  std::optional<std::string> max;
  std::optional<int64_t> null_count;
};

// {"numRecords":..,"minValues":{..},"maxValues":{..},"nullCount":{..}}. What JSON or the protocol
// cannot say exactly is left out or widened, never bent: no bounds for booleans, blobs, lists,
// infinities and years beyond 9999; timestamps to the millisecond below and above; strings to 32
// characters, with a maximum that is still not below any value.
[[nodiscard]] std::string StatsJson(int64_t num_records, const std::vector<ColumnStats>& columns);

// numRecords of a statistics text, nullopt when it has none or is no JSON.
[[nodiscard]] std::optional<int64_t> NumRecords(std::string_view stats_json);

}  // namespace lake
