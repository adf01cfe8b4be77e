// History: what the clients of a queue workload did and saw, as they were told by their library.
// Every value is sent once, so a value names its send. Value types; THREAD: one.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace workload {

using Value = uint64_t;

struct Place {
  int32_t partition = 0;
  int64_t offset = -1;
  friend auto operator<=>(const Place&, const Place&) = default;
};

enum class Fate : uint8_t {
  kUnknown,       // no answer came: it may be in the log or not
  kAcknowledged,  // it is in the log
  kRejected,      // it certainly is not
};

inline constexpr int64_t kNoTransaction = -1;

struct Send {
  Value value = 0;
  int producer = 0;
  int64_t order = 0;  // of the calls to this producer
  Fate fate = Fate::kUnknown;
  Place place = {};  // as acknowledged; offset -1: the library was not told
  int64_t transaction = kNoTransaction;
  bool once = false;     // by an idempotent producer: no repetition may show
  bool ordered = false;  // by a producer that promises to keep its order
};

enum class Outcome : uint8_t { kUnknown, kCommitted, kAborted };

struct Seen {
  Place place;
  Value value = 0;
  friend bool operator==(const Seen&, const Seen&) = default;
};

// What one call of a consumer gave.
struct Poll {
  int consumer = 0;
  // Within one session a consumer goes on where it was; another assignment or seek begins another.
  int64_t session = 0;
  bool committed_only = false;  // isolation.level=read_committed
  std::vector<Seen> seen = {};
};

struct History {
  std::vector<Send> sends = {};
  std::map<int64_t, Outcome> transactions = {};
  std::vector<Poll> polls = {};
  // All partitions from their first to their last record, after everything has come to rest.
  std::vector<Seen> final_all = {};
  std::vector<Seen> final_committed = {};
  // What is committed in the topic that a copier filled from this one; absent: nobody copied.
  std::optional<std::vector<Seen>> final_copy = {};
};

}  // namespace workload
