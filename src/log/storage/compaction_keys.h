// KeyOffsets: the last offset of each key, in bounded memory: compaction's map. Keys are kept as 128
// bits of SipHash under a secret seed, so that nobody can make two of theirs meet. Owner; THREAD: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "log/topic_partition.h"

namespace logs {

struct KeyHash {
  uint64_t low = 0;
  uint64_t high = 0;
  friend bool operator==(const KeyHash&, const KeyHash&) = default;
};

// SipHash-2-4 with 128 bits of output (Aumasson and Bernstein); `seed` is its key.
[[nodiscard]] KeyHash SipHash128(std::string_view bytes, const KeyHash& seed);

class KeyOffsets {
 public:
  KeyOffsets(size_t bytes_max, const KeyHash& seed);

  // False when the map is full and the key is not in it.
  [[nodiscard]] bool Put(std::string_view key, Offset offset);
  // kNoOffset for a key that is not there.
  [[nodiscard]] Offset Find(std::string_view key) const;
  [[nodiscard]] size_t size() const { return size_; }

 private:
  struct Slot {
    KeyHash hash;
    int64_t offset = -1;  // -1: free
  };
  // The slot of `hash`, or the free one where it would stand.
  [[nodiscard]] size_t SlotOf(const KeyHash& hash) const;
  bool Grow();

  size_t slots_max_;
  KeyHash seed_;
  std::vector<Slot> slots_;  // a power of two
  size_t size_ = 0;
};

}  // namespace logs
