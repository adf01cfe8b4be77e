// Fuzz target: arbitrary bytes as any message of any version, and as headers. What is read can be
// written, and reads the same again.
#include <string>
#include <string_view>
#include <type_traits>

#include "base/check.h"
#include "kafka/wire/all_fields.h"
#include "kafka/wire/header.h"

namespace {

template <typename Message>
std::string Encoded(const Message& message, int16_t version) {
  kafka::wire::Encoder out;
  message.Encode(out, version);
  std::string bytes;
  for (const std::string& piece : std::move(out).Take()) bytes += piece;
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto request = kafka::wire::ReadRequestHeader(bytes);
  if (request.ok()) {
    CHECK(request->body.size() <= size);
    static_cast<void>(kafka::wire::ReadResponseHeader(bytes, request->header.api_key,
                                                      request->header.api_version));
  }
  if (size < 2) return 0;
  int index = 0;
  kafka::wire::ForEachMessage([&](auto type) {
    using Message = typename decltype(type)::type;
    if (index++ != data[0]) return;
    constexpr int kVersions = Message::kVersionMax - Message::kVersionMin + 1;
    const auto version = static_cast<int16_t>(Message::kVersionMin + data[1] % kVersions);
    const auto message = Message::Decode(bytes.substr(2), version);
    if (!message.ok()) return;
    // Not compared as values: a float64 may be a NaN, which equals nothing.
    const std::string once = Encoded(*message, version);
    const auto again = Message::Decode(once, version);
    CHECK(again.ok());
    CHECK(Encoded(*again, version) == once);
  });
  return 0;
}
