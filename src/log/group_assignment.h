// What a consumer of a classic group is assigned, as consumers' protocol writes it
// (ConsumerProtocolAssignment): opaque to the coordinator, shown to people. Pure; THREAD: any.
#pragma once

#include <string_view>
#include <vector>

#include "log/topic_partition.h"

namespace logs {

// In order; empty for bytes that are none. Other kinds of groups (Connect) write other things here.
[[nodiscard]] std::vector<TopicPartition> ParseAssignment(std::string_view bytes);

}  // namespace logs
