// Encoder and Frame: writes the primitive values of the Kafka protocol. The bytes come out in
// pieces, so that the records of a fetch travel from where they were read to the socket uncopied.
// Owner value; THREAD: one at a time. docs/kafka-wire.md has the forms.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/uuid.h"

namespace kafka::wire {

// Bytes in pieces, to be written one after the other.
using Frame = std::vector<std::string>;

class Encoder {
 public:
  // Flexible: lengths are varints, and structs end with tagged fields.
  void set_flexible(bool flexible) { flexible_ = flexible; }
  [[nodiscard]] bool flexible() const { return flexible_; }

  template <typename T>
  void Scalar(T value) {
    if constexpr (std::is_same_v<T, bool>) {
      out_.BigEndian(static_cast<int8_t>(value));
    } else if constexpr (std::is_same_v<T, double>) {
      out_.Double(value);
    } else if constexpr (std::is_same_v<T, base::Uuid>) {
      out_.Raw({reinterpret_cast<const char*>(value.bytes().data()), value.bytes().size()});
    } else {
      out_.BigEndian(value);
    }
  }
  void UnsignedVarint(uint64_t value) { out_.UnsignedVarint(value); }
  void Raw(std::string_view bytes) { out_.Raw(bytes); }

  // The protocol has no strings above 32,767 bytes, and no peer could have sent us one; of a longer
  // text of ours, a message for people, the beginning is written.
  void String(std::string_view value);
  void Bytes(std::string_view value);
  // A null where `nullable` is false (the version has no null there) is written as empty.
  void NullableString(const std::optional<std::string>& value, bool nullable = true);
  void NullableBytes(const std::optional<std::string>& value, bool nullable = true);

  // Records: bytes that are copied; of an owner given away, above some size, a piece of their own.
  void Records(const std::optional<std::string_view>& value);
  void Records(const std::optional<std::string>& value);
  void Records(std::optional<std::string>&& value);

  template <typename T>
  void Array(const std::vector<T>& values, int16_t version) {
    ArrayLength(values.size());
    for (const auto& value : values) Element(value, version);
  }
  template <typename T>
  void Array(std::vector<T>&& values, int16_t version) {
    ArrayLength(values.size());
    for (auto& value : values) std::move(value).Encode(*this, version);
  }
  template <typename T>
  void NullableArray(const std::optional<std::vector<T>>& values, int16_t version,
                     bool nullable = true) {
    if (values.has_value()) {
      Array(*values, version);
    } else {
      nullable ? NullLength() : ArrayLength(0);
    }
  }
  // -1 for a null, else 1 and the struct.
  template <typename T>
  void NullableStruct(const std::optional<T>& value, int16_t version) {
    Scalar(static_cast<int8_t>(value.has_value() ? 1 : -1));
    if (value.has_value()) value->Encode(*this, version);
  }

  // As a tagged field: 0 for a null, else 1 and the struct.
  template <typename T>
  void TaggedStruct(const std::optional<T>& value, int16_t version) {
    UnsignedVarint(value.has_value() ? 1 : 0);
    if (value.has_value()) value->Encode(*this, version);
  }

  // The end of a flexible struct that has no tagged field to write.
  void NoTags() { UnsignedVarint(0); }

  [[nodiscard]] size_t size() const;
  [[nodiscard]] Frame Take() &&;

 private:
  template <typename T>
  void Element(const T& value, int16_t version) {
    if constexpr (std::is_same_v<T, std::string>) {
      String(value);
    } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, base::Uuid>) {
      Scalar(value);
    } else {
      value.Encode(*this, version);
    }
  }
  void ArrayLength(size_t size);
  void BytesLength(size_t size) { ArrayLength(size); }
  void NullLength();

  bool flexible_ = false;
  Frame done_;  // pieces before out_
  base::ByteWriter out_;
};

// The tagged fields that end a flexible struct: their number comes first, so they are gathered.
class TaggedFields {
 public:
  // `write(Encoder&)` writes the value. REQUIRES: tags ascend.
  template <typename Write>
  void Add(uint32_t tag, Write&& write) {
    Encoder value;
    value.set_flexible(true);
    write(value);
    Append(tag, std::move(value));
  }
  void Finish(Encoder& out) const;

 private:
  void Append(uint32_t tag, Encoder value);

  uint32_t count_ = 0;
  base::ByteWriter bytes_;
};

}  // namespace kafka::wire
