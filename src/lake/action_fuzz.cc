// Any bytes: reading an action never crashes, and what was read is written and read back the same.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "lake/action_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  lake::ActionParser parser;
  const auto actions = parser.ParseLines(text);
  if (!actions.ok()) return 0;
  for (const lake::Action& action : actions.value()) {
    const auto again = parser.Parse(lake::ToJson(action));
    CHECK(again.ok() && again.value().has_value());
    CHECK(lake::ToJson(**again) == lake::ToJson(action));
  }
  return 0;
}
