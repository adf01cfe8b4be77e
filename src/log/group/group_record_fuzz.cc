// Keys and values of __consumer_offsets that a tool may have written; the subscription inside.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "log/group/group_record.h"

// The first byte says how long the key is; what decodes must come back as the same record.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t key_size = data[0] < bytes.size() ? data[0] : bytes.size();
  const auto key = bytes.substr(0, key_size);
  const auto value = bytes.substr(key_size);
  (void)logs::SubscribedTopics(bytes);
  const auto decoded = logs::DecodeGroupRecord(key, value);
  if (!decoded.ok() || !decoded->has_value()) return 0;
  const auto key_again = logs::EncodeGroupKey(**decoded);
  const auto value_again = logs::EncodeGroupValue(**decoded);
  const auto again = logs::DecodeGroupRecord(key_again, value_again);
  if (!again.ok() || !again->has_value()) abort();
  if (logs::EncodeGroupValue(**again) != value_again) abort();
  return 0;
}
