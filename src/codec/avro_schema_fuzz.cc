// Fuzz target: arbitrary text as an Avro schema; what parses, prints and parses again the same.
#include <string_view>

#include "base/check.h"
#include "codec/avro_schema.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto schema =
      codec::AvroSchema::Parse(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!schema.ok()) return 0;
  static_cast<void>(schema->ToColumns().ok());
  const std::string pretty = schema->ToPrettyJson();
  const auto again = codec::AvroSchema::Parse(pretty);
  CHECK(again.ok() && again->ToPrettyJson() == pretty);
  return 0;
}
