// Fuzz target: arbitrary bytes as an assignment that a member's leader wrote.
#include <cstdint>

#include "base/check.h"
#include "log/group_assignment.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto partitions = logs::ParseAssignment({reinterpret_cast<const char*>(data), size});
  // Each takes four bytes, so there can be no more than those.
  CHECK(partitions.size() <= size / 4);
  return 0;
}
