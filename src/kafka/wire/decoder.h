// Decoder: reads the primitive values of the Kafka protocol from bytes of a stranger. It never
// reads past its end and takes no memory that the bytes at hand do not justify; on the first fault
// it stays failed and gives defaults, so a message checks once, at its end. Value; THREAD: one at a
// time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"
#include "base/uuid.h"

namespace kafka::wire {

class Decoder {
 public:
  // `bytes` outlives the decoder and what it gives out as views.
  explicit Decoder(std::string_view bytes) : in_(bytes) {}

  void set_flexible(bool flexible) { flexible_ = flexible; }
  [[nodiscard]] bool flexible() const { return flexible_; }

  template <typename T>
  void Scalar(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      value = in_.BigEndian<int8_t>() != 0;
    } else if constexpr (std::is_same_v<T, double>) {
      value = in_.Double();
    } else if constexpr (std::is_same_v<T, base::Uuid>) {
      value = Uuid();
    } else {
      value = in_.BigEndian<T>();
    }
  }

  void String(std::string& value);
  void Bytes(std::string& value);
  // Where `nullable` is false a null is a fault.
  void NullableString(std::optional<std::string>& value, bool nullable = true);
  void NullableBytes(std::optional<std::string>& value, bool nullable = true);
  // A view into the bytes being decoded.
  void Records(std::optional<std::string_view>& value);
  void Records(std::optional<std::string>& value);

  // `element_bytes_min`: what an element takes at least, in the bytes being decoded.
  template <typename T>
  void Array(std::vector<T>& values, size_t element_bytes_min, int16_t version) {
    Elements(values, ArrayLength(sizeof(T), element_bytes_min, false).value_or(0), version);
  }
  template <typename T>
  void NullableArray(std::optional<std::vector<T>>& values, size_t element_bytes_min,
                     int16_t version, bool nullable = true) {
    const auto length = ArrayLength(sizeof(T), element_bytes_min, nullable);
    values.reset();
    if (length.has_value()) Elements(values.emplace(), *length, version);
  }
  // `emplace(T())`: to clang a struct nested in a message is not default constructible by
  // std::optional.
  template <typename T>
  void NullableStruct(std::optional<T>& value, int16_t version) {
    value.reset();
    if (in_.BigEndian<int8_t>() >= 0 && !failed()) value.emplace(T()).Decode(*this, version);
  }

  template <typename T>
  void TaggedStruct(std::optional<T>& value, int16_t version) {
    value.reset();
    if (in_.UnsignedVarint() > 0 && !failed()) value.emplace(T()).Decode(*this, version);
  }

  // The tagged fields at the end of a flexible struct: `read(tag, Decoder&)` reads a value and
  // says true, or says false of a tag it does not know, which is skipped.
  template <typename Read>
  void Tags(Read&& read) {
    const uint64_t count = in_.UnsignedVarint();
    for (uint64_t i = 0; i < count && !failed(); ++i) {
      const uint64_t tag = in_.UnsignedVarint();
      Decoder value(in_.Raw(in_.UnsignedVarint()));
      if (failed() || tag > UINT32_MAX) return Fail("a tag is wrong");
      value.flexible_ = true;
      value.memory_left_ = memory_left_;
      if (!read(static_cast<uint32_t>(tag), value)) continue;
      memory_left_ = value.memory_left_;
      if (value.failed() || value.in_.remaining() > 0) return Fail("a tagged field is wrong");
    }
  }
  void SkipTags() {
    Tags([](uint32_t, Decoder&) { return false; });
  }

  [[nodiscard]] bool failed() const { return in_.failed(); }
  // What is left, unread.
  std::string_view Rest() { return in_.Raw(in_.remaining()); }
  // The verdict over a whole message: no fault. What stands behind its end is let be. `what` names
  // it: "Produce request".
  [[nodiscard]] base::Result<void> Finish(std::string_view what, int16_t version) const;

 private:
  void Fail(const char* problem) {
    if (problem_ == nullptr && !failed()) problem_ = problem;
    in_.Fail();
  }
  base::Uuid Uuid();
  std::optional<std::string_view> StringView(bool nullable);
  std::optional<std::string_view> BytesView(bool nullable);
  // nullopt: null, or failed.
  std::optional<size_t> ArrayLength(size_t element_memory, size_t element_bytes_min, bool nullable);

  template <typename T>
  void Elements(std::vector<T>& values, size_t length, int16_t version) {
    values.clear();
    values.reserve(length);
    for (size_t i = 0; i < length && !failed(); ++i) {
      if constexpr (std::is_same_v<T, std::string>) {
        String(values.emplace_back());
      } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, base::Uuid>) {
        Scalar(values.emplace_back());
      } else {
        values.emplace_back().Decode(*this, version);
      }
    }
  }

  base::ByteReader in_;
  bool flexible_ = false;
  size_t memory_left_ = base::limits::kKafkaDecodedBytesMax;
  const char* problem_ = nullptr;
};

}  // namespace kafka::wire
