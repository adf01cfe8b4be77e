// Does a field's default suit its type? (Avro specification 1.11, "Records": the table of default
// values.) Pure; THREAD: any.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "codec/avro_schema.h"
#include "codec/json_tree.h"

namespace codec {

struct DefaultFault {
  size_t offset = 0;
  std::string reason;
  std::string hint;
};

// nullopt when it does. A union's default is one of its first branch.
std::optional<DefaultFault> CheckDefault(const AvroType& type, const JsonNode& value);

}  // namespace codec
