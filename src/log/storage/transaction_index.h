// TransactionIndex: the aborted transactions whose markers stand in one segment, in the format of
// Kafka's .txnindex files (docs/format/segment.md): what a read_committed reader must leave out.
// Value, pure; THREAD: one at a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "log/partition.h"
#include "log/topic_partition.h"

namespace logs {

inline constexpr size_t kAbortedEntryBytes = 34;

struct AbortedEntry {
  ProducerId producer_id;
  Offset first_offset;
  Offset last_offset;         // the marker's
  Offset last_stable_offset;  // when the marker was written
  friend bool operator==(const AbortedEntry&, const AbortedEntry&) = default;
};

[[nodiscard]] std::string EncodeAbortedEntry(const AbortedEntry& entry);

class TransactionIndex {
 public:
  // Reads what EncodeAbortedEntry wrote, one after the other; a torn last entry is left out, and
  // size_bytes() says where it begins. ERRORS: kCorruption: an unknown version, markers out of order.
  static base::Result<TransactionIndex> Decode(std::string_view bytes);

  // REQUIRES: last_offset greater than those before.
  void Add(const AbortedEntry& entry);
  // Forgets what recovery cut off: markers at `end` and behind.
  void Truncate(Offset end);

  enum class Search : uint8_t { kDone, kContinue };
  // Adds to `found` the transactions that touch [begin, end). kContinue: those that end in later
  // segments may touch it too. REQUIRES for kDone: markers are added in the order of their offsets.
  Search Collect(Offset begin, Offset end, std::vector<AbortedTransaction>& found) const;

  [[nodiscard]] const std::vector<AbortedEntry>& entries() const { return entries_; }
  [[nodiscard]] size_t size_bytes() const { return entries_.size() * kAbortedEntryBytes; }
  [[nodiscard]] bool empty() const { return entries_.empty(); }

 private:
  std::vector<AbortedEntry> entries_;  // by last_offset
};

}  // namespace logs
