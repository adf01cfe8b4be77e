#include "log/storage/transaction_index.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/check.h"

namespace logs {

namespace {
constexpr int16_t kVersion = 0;
}  // namespace

std::string EncodeAbortedEntry(const AbortedEntry& entry) {
  base::ByteWriter writer;
  writer.BigEndian(kVersion);
  writer.BigEndian(entry.producer_id.get());
  writer.BigEndian(entry.first_offset.get());
  writer.BigEndian(entry.last_offset.get());
  writer.BigEndian(entry.last_stable_offset.get());
  CHECK(writer.size() == kAbortedEntryBytes);
  return std::move(writer).Take();
}

base::Result<TransactionIndex> TransactionIndex::Decode(std::string_view bytes) {
  TransactionIndex index;
  base::ByteReader reader(bytes);
  while (reader.remaining() >= kAbortedEntryBytes) {
    const auto version = reader.BigEndian<int16_t>();
    AbortedEntry entry;
    entry.producer_id = ProducerId(reader.BigEndian<int64_t>());
    entry.first_offset = Offset(reader.BigEndian<int64_t>());
    entry.last_offset = Offset(reader.BigEndian<int64_t>());
    entry.last_stable_offset = Offset(reader.BigEndian<int64_t>());
    if (version != kVersion) {
      return base::Corruption("a transaction index has the unknown version " +
                              std::to_string(version));
    }
    if (entry.first_offset > entry.last_offset ||
        (!index.empty() && entry.last_offset <= index.entries_.back().last_offset)) {
      return base::Corruption("a transaction index is out of order at offset " +
                              std::to_string(entry.last_offset.get()));
    }
    index.entries_.push_back(entry);
  }
  return index;
}

void TransactionIndex::Add(const AbortedEntry& entry) {
  CHECK(empty() || entries_.back().last_offset < entry.last_offset);
  entries_.push_back(entry);
}

void TransactionIndex::Truncate(Offset end) {
  while (!empty() && entries_.back().last_offset >= end) entries_.pop_back();
}

TransactionIndex::Search TransactionIndex::Collect(Offset begin, Offset end,
                                                   std::vector<AbortedTransaction>& found) const {
  auto entry = std::ranges::lower_bound(entries_, begin, {}, &AbortedEntry::last_offset);
  for (; entry != entries_.end(); ++entry) {
    if (entry->first_offset < end) {
      found.push_back({.producer_id = entry->producer_id, .first_offset = entry->first_offset});
    }
    // Whatever was still open when this marker was written began at or behind the end.
    if (entry->last_stable_offset >= end) return Search::kDone;
  }
  return Search::kContinue;
}

}  // namespace logs
