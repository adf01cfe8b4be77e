#include "kafka/wire/encoder.h"

#include <algorithm>

#include "base/check.h"
#include "base/limits.h"

namespace kafka::wire {

void Encoder::String(std::string_view value) {
  value = value.substr(0, base::limits::kKafkaStringBytesMax);
  if (flexible_) {
    UnsignedVarint(value.size() + 1);
  } else {
    Scalar(static_cast<int16_t>(value.size()));
  }
  Raw(value);
}

void Encoder::Bytes(std::string_view value) {
  BytesLength(value.size());
  Raw(value);
}

void Encoder::NullableString(const std::optional<std::string>& value, bool nullable) {
  if (value.has_value() || !nullable)
    return String(value.has_value() ? *value : std::string_view());
  if (flexible_) {
    UnsignedVarint(0);
  } else {
    Scalar(int16_t{-1});
  }
}

void Encoder::NullableBytes(const std::optional<std::string>& value, bool nullable) {
  if (value.has_value() || !nullable) return Bytes(value.has_value() ? *value : std::string_view());
  NullLength();
}

void Encoder::Records(const std::optional<std::string_view>& value) {
  if (!value.has_value()) return NullLength();
  Bytes(*value);
}

void Encoder::Records(const std::optional<std::string>& value) {
  if (!value.has_value()) return NullLength();
  Bytes(*value);
}

void Encoder::Records(std::optional<std::string>&& value) {
  if (!value.has_value()) return NullLength();
  if (value->size() < base::limits::kKafkaPieceBytesMin) return Bytes(*value);
  BytesLength(value->size());
  done_.push_back(std::move(out_).Take());
  done_.push_back(std::move(*value));
  out_ = base::ByteWriter();
}

void Encoder::ArrayLength(size_t size) {
  CHECK(size <= static_cast<size_t>(INT32_MAX));
  if (flexible_) {
    UnsignedVarint(size + 1);
  } else {
    Scalar(static_cast<int32_t>(size));
  }
}

void Encoder::NullLength() {
  if (flexible_) {
    UnsignedVarint(0);
  } else {
    Scalar(int32_t{-1});
  }
}

size_t Encoder::size() const {
  size_t size = out_.size();
  for (const std::string& piece : done_) size += piece.size();
  return size;
}

Frame Encoder::Take() && {
  if (out_.size() > 0 || done_.empty()) done_.push_back(std::move(out_).Take());
  return std::move(done_);
}

void TaggedFields::Append(uint32_t tag, Encoder value) {
  ++count_;
  bytes_.UnsignedVarint(tag);
  bytes_.UnsignedVarint(value.size());
  for (const std::string& piece : std::move(value).Take()) bytes_.Raw(piece);
}

void TaggedFields::Finish(Encoder& out) const {
  out.UnsignedVarint(count_);
  out.Raw(bytes_.bytes());
}

}  // namespace kafka::wire
