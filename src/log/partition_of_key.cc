// The murmur2 of Kafka's Java client (MurmurHash2 of Austin Appleby, 32 bits, seed 0x9747b28c), so
// that a key goes to the same partition whoever writes it.
#include "base/check.h"
#include "log/client.h"

namespace logs {
namespace {

constexpr uint32_t kSeed = 0x9747b28c;
constexpr uint32_t kMultiplier = 0x5bd1e995;
constexpr int kShift = 24;

uint32_t LittleEndian(const char* from, size_t size) {
  uint32_t value = 0;
  for (size_t i = 0; i < size; ++i) value |= uint32_t{static_cast<uint8_t>(from[i])} << (8 * i);
  return value;
}

uint32_t Murmur2(std::string_view bytes) {
  uint32_t hash = kSeed ^ static_cast<uint32_t>(bytes.size());
  while (bytes.size() >= 4) {
    uint32_t word = LittleEndian(bytes.data(), 4) * kMultiplier;
    word ^= word >> kShift;
    hash = (hash * kMultiplier) ^ (word * kMultiplier);
    bytes.remove_prefix(4);
  }
  if (!bytes.empty()) {
    hash = (hash ^ LittleEndian(bytes.data(), bytes.size())) * kMultiplier;
  }
  hash = (hash ^ (hash >> 13)) * kMultiplier;
  return hash ^ (hash >> 15);
}

}  // namespace

int32_t PartitionOfKey(std::string_view key, int32_t num_partitions) {
  CHECK(num_partitions > 0);
  return static_cast<int32_t>(Murmur2(key) & 0x7fffffff) % num_partitions;
}

}  // namespace logs
