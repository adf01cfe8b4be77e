// ByteWriter and ByteReader: numbers and strings in network byte order and as variable-length
// integers (the base-128 form of Protocol Buffers, which Kafka uses), for the formats and protocols
// that are bytes. A reader never reads past its end: it fails once, stays failed and gives zeros,
// so a decoder checks once, where it is done. Owner values; THREAD: one at a time.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace base {

// ZigZag maps signed to unsigned so that small magnitudes are short: 0, -1, 1, -2 -> 0, 1, 2, 3.
constexpr uint64_t ZigZag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
constexpr int64_t UnZigZag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

// Bytes that `value` takes as an unsigned varint: 1 to 10.
constexpr size_t UnsignedVarintSize(uint64_t value) {
  return (static_cast<size_t>(std::bit_width(value | 1)) + 6) / 7;
}
constexpr size_t VarintSize(int64_t value) { return UnsignedVarintSize(ZigZag(value)); }

// Stores `value` at `to`, most significant byte first. REQUIRES: sizeof(T) writable bytes.
template <typename T>
inline void StoreBigEndian(char* to, T value) {
  static_assert(std::is_integral_v<T>);
  for (size_t i = 0; i < sizeof(T); ++i) {
    to[i] = static_cast<char>(static_cast<uint64_t>(value) >> (8 * (sizeof(T) - 1 - i)));
  }
}

// REQUIRES: sizeof(T) readable bytes at `from`.
template <typename T>
inline T LoadBigEndian(const char* from) {
  static_assert(std::is_integral_v<T>);
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value = value << 8 | static_cast<uint8_t>(from[i]);
  return static_cast<T>(value);
}

// Appends to a string of its own.
class ByteWriter {
 public:
  template <typename T>
  void BigEndian(T value) {
    char bytes[sizeof(T)];
    StoreBigEndian(bytes, value);
    bytes_.append(bytes, sizeof(T));
  }
  void Double(double value) { BigEndian(std::bit_cast<uint64_t>(value)); }
  void Raw(std::string_view bytes) { bytes_ += bytes; }
  void UnsignedVarint(uint64_t value) {
    while (value >= 0x80) {
      bytes_ += static_cast<char>(value | 0x80);
      value >>= 7;
    }
    bytes_ += static_cast<char>(value);
  }
  void Varint(int64_t value) { UnsignedVarint(ZigZag(value)); }

  // Overwrites a number written before. REQUIRES: position + sizeof(T) <= size().
  template <typename T>
  void PatchBigEndian(size_t position, T value) {
    StoreBigEndian(bytes_.data() + position, value);
  }

  [[nodiscard]] size_t size() const { return bytes_.size(); }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  [[nodiscard]] std::string Take() && { return std::move(bytes_); }
  void Reserve(size_t size) { bytes_.reserve(size); }

 private:
  std::string bytes_;
};

// Reads from bytes it does not own; what it gives out points into them.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  template <typename T>
  T BigEndian() {
    if (remaining() < sizeof(T)) return Fail(), T{};
    const T value = LoadBigEndian<T>(bytes_.data() + position_);
    position_ += sizeof(T);
    return value;
  }
  double Double() { return std::bit_cast<double>(BigEndian<uint64_t>()); }
  std::string_view Raw(size_t size) {
    if (remaining() < size) return Fail(), std::string_view();
    const auto bytes = bytes_.substr(position_, size);
    position_ += size;
    return bytes;
  }
  // Fails on more than ten bytes or more than 64 bits.
  uint64_t UnsignedVarint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (remaining() == 0) return Fail(), 0;
      const auto byte = static_cast<uint8_t>(bytes_[position_++]);
      if (shift == 63 && byte > 1) return Fail(), 0;
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return Fail(), 0;
  }
  int64_t Varint() { return UnZigZag(UnsignedVarint()); }

  void Fail() {
    failed_ = true;
    position_ = bytes_.size();
  }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] size_t remaining() const { return bytes_.size() - position_; }
  [[nodiscard]] size_t position() const { return position_; }

 private:
  std::string_view bytes_;
  size_t position_ = 0;
  bool failed_ = false;
};

}  // namespace base
