// Places in a log as people write them: kcat's grammar of offsets, and times. Pure; THREAD: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "log/topic_partition.h"

namespace app {

// A place in each of some partitions.
struct PlaceInLog {
  enum class Kind : uint8_t {
    kBeginning,
    kEnd,
    kStored,     // what the group has committed
    kOffset,     // `value`
    kBeforeEnd,  // `value` records before the end
    kTime,       // the first record at or after `value`, in ms since 1970
  };
  Kind kind = Kind::kBeginning;
  int64_t value = 0;
  friend bool operator==(const PlaceInLog&, const PlaceInLog&) = default;
};

// "beginning" (or "start", "earliest"), "end" ("latest"), "stored", "N", "-N", "s@TIME". Times as
// ParseTime takes them. ERRORS: kInvalidArgument.
base::Result<PlaceInLog> ParsePlace(std::string_view text, int64_t now_ms);

// Where to begin and where to stop, as kcat's -o says it, given once or twice: a place, or
// "e@TIME": stop at the first record at or after TIME.
struct ReadRange {
  std::optional<PlaceInLog> from = {};
  std::optional<PlaceInLog> until = {};
};
base::Result<void> AddRangeText(std::string_view text, int64_t now_ms, ReadRange& range);

// Milliseconds since 1970: "1700000000000"; "2026-11-21", "2026-11-21 04:10:00",
// "2026-11-21T04:10:00.5+01:00" (UTC without an offset); "90s", "15m", "2h", "7d": so long ago.
// ERRORS: kInvalidArgument.
base::Result<int64_t> ParseTime(std::string_view text, int64_t now_ms);

}  // namespace app
