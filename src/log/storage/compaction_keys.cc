#include "log/storage/compaction_keys.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace logs {

namespace {

constexpr size_t kFirstSlots = 1'024;

struct SipState {
  uint64_t v0, v1, v2, v3;

  void Round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void Take(uint64_t word) {
    v3 ^= word;
    Round();
    Round();
    v0 ^= word;
  }
  uint64_t Finish(uint64_t mark, uint64_t& target) {
    target ^= mark;
    for (int i = 0; i < 4; ++i) Round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

uint64_t LittleEndian(const char* bytes, size_t size) {
  uint64_t word = 0;
  for (size_t i = 0; i < size; ++i) word |= uint64_t{static_cast<uint8_t>(bytes[i])} << (8 * i);
  return word;
}

}  // namespace

KeyHash SipHash128(std::string_view bytes, const KeyHash& seed) {
  SipState state{.v0 = seed.low ^ 0x736f6d6570736575,
                 .v1 = seed.high ^ 0x646f72616e646f6d ^ 0xee,
                 .v2 = seed.low ^ 0x6c7967656e657261,
                 .v3 = seed.high ^ 0x7465646279746573};
  const char* at = bytes.data();
  for (size_t left = bytes.size(); left >= 8; left -= 8, at += 8) state.Take(LittleEndian(at, 8));
  state.Take(LittleEndian(at, bytes.size() % 8) | uint64_t{bytes.size()} << 56);
  KeyHash hash;
  hash.low = state.Finish(0xee, state.v2);
  hash.high = state.Finish(0xdd, state.v1);
  return hash;
}

KeyOffsets::KeyOffsets(size_t bytes_max, const KeyHash& seed)
    : slots_max_(std::max(std::bit_floor(bytes_max / sizeof(Slot)), kFirstSlots)),
      seed_(seed),
      slots_(kFirstSlots) {}

size_t KeyOffsets::SlotOf(const KeyHash& hash) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = hash.low & mask;
  while (slots_[slot].offset >= 0 && slots_[slot].hash != hash) slot = (slot + 1) & mask;
  return slot;
}

bool KeyOffsets::Grow() {
  if (slots_.size() * 2 > slots_max_) return false;
  std::vector<Slot> before = std::move(slots_);
  slots_.assign(before.size() * 2, Slot());
  for (const Slot& slot : before) {
    if (slot.offset >= 0) slots_[SlotOf(slot.hash)] = slot;
  }
  return true;
}

bool KeyOffsets::Put(std::string_view key, Offset offset) {
  const KeyHash hash = SipHash128(key, seed_);
  size_t slot = SlotOf(hash);
  if (slots_[slot].offset < 0) {
    if (size_ >= slots_.size() / 4 * 3) {
      if (!Grow()) return false;
      slot = SlotOf(hash);
    }
    slots_[slot].hash = hash;
    ++size_;
  }
  slots_[slot].offset = std::max(slots_[slot].offset, offset.get());
  return true;
}

Offset KeyOffsets::Find(std::string_view key) const {
  return Offset(slots_[SlotOf(SipHash128(key, seed_))].offset);
}

}  // namespace logs
