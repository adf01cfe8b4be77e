#include "kafka/server/features.h"

namespace kafka::server {
namespace {

// Names and levels are Kafka's (its documentation, "Feature Levels"): metadata.version 25 is 4.0
// and 27 is 4.1; transaction.version 2 is KIP-890 with an epoch for each transaction; group.version
// 1 is KIP-848.
constexpr Feature kFeatures[] = {
    {"group.version", 0, 1, 1},
    {"metadata.version", 7, 27, 27},
    {"transaction.version", 0, 2, 2},
};

}  // namespace

std::span<const Feature> Features() { return kFeatures; }

}  // namespace kafka::server
