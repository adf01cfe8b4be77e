#include "kafka/wire/decoder.h"

#include <algorithm>

namespace kafka::wire {

base::Uuid Decoder::Uuid() {
  base::Uuid::Bytes bytes{};
  const std::string_view raw = in_.Raw(bytes.size());
  std::copy(raw.begin(), raw.end(), bytes.begin());
  return base::Uuid(bytes);
}

std::optional<std::string_view> Decoder::StringView(bool nullable) {
  const int64_t length = flexible_ ? static_cast<int64_t>(in_.UnsignedVarint() - 1)
                                   : int64_t{in_.BigEndian<int16_t>()};
  if (failed()) return std::nullopt;
  if (length == -1) {
    if (!nullable) Fail("a string is null that may not be");
    return std::nullopt;
  }
  if (length < 0 || length > static_cast<int64_t>(base::limits::kKafkaStringBytesMax)) {
    return Fail("a string has a length that no string has"), std::nullopt;
  }
  return in_.Raw(static_cast<size_t>(length));
}

std::optional<std::string_view> Decoder::BytesView(bool nullable) {
  const int64_t length = flexible_ ? static_cast<int64_t>(in_.UnsignedVarint() - 1)
                                   : int64_t{in_.BigEndian<int32_t>()};
  if (failed()) return std::nullopt;
  if (length == -1) {
    if (!nullable) Fail("bytes are null that may not be");
    return std::nullopt;
  }
  if (length < 0) return Fail("bytes have a negative length"), std::nullopt;
  return in_.Raw(static_cast<size_t>(length));
}

void Decoder::String(std::string& value) { value = StringView(false).value_or(""); }

void Decoder::Bytes(std::string& value) { value = BytesView(false).value_or(""); }

void Decoder::NullableString(std::optional<std::string>& value, bool nullable) {
  value = StringView(nullable);
}

void Decoder::NullableBytes(std::optional<std::string>& value, bool nullable) {
  value = BytesView(nullable);
}

void Decoder::Records(std::optional<std::string_view>& value) { value = BytesView(true); }

void Decoder::Records(std::optional<std::string>& value) { value = BytesView(true); }

std::optional<size_t> Decoder::ArrayLength(size_t element_memory, size_t element_bytes_min,
                                           bool nullable) {
  const int64_t length = flexible_ ? static_cast<int64_t>(in_.UnsignedVarint() - 1)
                                   : int64_t{in_.BigEndian<int32_t>()};
  if (failed()) return std::nullopt;
  if (length == -1) {
    if (!nullable) Fail("an array is null that may not be");
    return std::nullopt;
  }
  if (length < 0 || static_cast<uint64_t>(length) > in_.remaining() / element_bytes_min) {
    return Fail("an array is longer than what follows"), std::nullopt;
  }
  const size_t memory = static_cast<size_t>(length) * element_memory;
  if (memory > memory_left_) {
    return Fail("its arrays would take too much memory"), std::nullopt;
  }
  memory_left_ -= memory;
  return static_cast<size_t>(length);
}

base::Result<void> Decoder::Finish(std::string_view what, int16_t version) const {
  // What stands behind the end is let be, as Kafka does: librdkafka 2.0 closes some requests
  // (ListGroups, OffsetFetch) with one empty section of tagged fields too many.
  if (!failed()) return {};
  const char* problem = problem_ != nullptr ? problem_ : "it ends early";
  return base::Corruption(std::string(what) + " version " + std::to_string(version) + ": " +
                          problem);
}

}  // namespace kafka::wire
