// The checker: does a history keep the promises of a partitioned log? The properties are those that
// Jepsen's workload for Kafka looks for, and that a transaction is whole. Pure; THREAD: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "workload/history.h"

namespace workload {

enum class Property : uint8_t {
  kNoAbortedRead,    // what was aborted or rejected is not seen by those who see what is committed
  kNothingInvented,  // what is seen was sent
  kOneValuePerOffset,  // a place has one value for ever, whoever tells
  kNoLostWrite,        // what is acknowledged, or was seen, stands before what is seen later
  kNothingUnseen,      // what is acknowledged is seen in the end
  kOrderInPoll,        // what a consumer sees follows the log, without a step back or a gap
  kOrderInSend,        // what one producer sends to a partition stands there in that order
  kNoDuplicate,        // what an idempotent producer sends stands there once
  kWholeTransaction,   // of a transaction all is seen or nothing
  kExactCopy,          // records and offsets of one transaction: what is read is written once
};

[[nodiscard]] std::string_view PropertyName(Property property);

struct Violation {
  Property property;
  std::string what;  // for people: the values and places
};

// In the order of the properties; at most `each_max` of each.
[[nodiscard]] std::vector<Violation> Check(const History& history, size_t each_max = 10);

}  // namespace workload
