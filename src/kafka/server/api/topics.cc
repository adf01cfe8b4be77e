#include "kafka/server/api/topics.h"

#include <algorithm>

#include "kafka/server/metadata_store.h"
#include "log/group/group_coordinator.h"
#include "log/transaction/transaction_coordinator.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;

constexpr size_t kTopicNameCharactersMax = 249;

bool IsTopicCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

}  // namespace

std::optional<std::string> TopicNameProblem(std::string_view name) {
  if (name.empty()) return "A topic's name cannot be empty.";
  if (name == "." || name == "..") return "A topic cannot be named '.' or '..'.";
  if (name.size() > kTopicNameCharactersMax) {
    return "A topic's name has at most " + std::to_string(kTopicNameCharactersMax) +
           " characters; this one has " + std::to_string(name.size()) + ".";
  }
  if (!std::all_of(name.begin(), name.end(), IsTopicCharacter)) {
    return "A topic's name has only ASCII letters, digits, '.', '_' and '-'; '" +
           std::string(name) + "' has others.";
  }
  return std::nullopt;
}

bool IsInternalTopicName(std::string_view name) {
  return name == logs::kOffsetsTopic || name == logs::kTransactionTopic || name == kMetadataTopic;
}

bool MayCreateTopic(const Call& call, std::string_view name) {
  return call.AllowedOnCluster(Operation::kCreate) ||
         AllowedOnTopic(call, Operation::kCreate, name);
}

ErrorCode CheckLeaderEpoch(int32_t current_leader_epoch) {
  if (current_leader_epoch < 0 || current_leader_epoch == kLeaderEpoch) return ErrorCode::kNone;
  return current_leader_epoch < kLeaderEpoch ? ErrorCode::kFencedLeaderEpoch
                                             : ErrorCode::kUnknownLeaderEpoch;
}

const Endpoint& Advertised(const Call& call) {
  const Endpoint& of_listener = call.connection.peer.advertised;
  return of_listener.host.empty() ? call.broker.config.advertised : of_listener;
}

FoundPartition FindPartition(const logs::Topic* maybe_topic, int32_t index) {
  if (maybe_topic == nullptr || index < 0 ||
      static_cast<size_t>(index) >= maybe_topic->partitions.size()) {
    return {.error = ErrorCode::kUnknownTopicOrPartition};
  }
  return {.partition = maybe_topic->partitions[static_cast<size_t>(index)]};
}

}  // namespace kafka::server
