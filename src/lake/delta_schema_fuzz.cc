// Any bytes: reading a schema never crashes, and what was read is written and read back the same,
// but for what only a reader may meet (void columns, names that differ in case).
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "lake/delta_schema.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto schema = lake::ParseSchema({reinterpret_cast<const char*>(data), size});
  if (!schema.ok()) return 0;
  const auto json = lake::SchemaToJson(*schema);
  if (!json.ok()) return 0;
  const auto again = lake::ParseSchema(*json);
  CHECK(again.ok());
  CHECK(lake::SchemaToJson(*again).value() == *json);
  return 0;
}
