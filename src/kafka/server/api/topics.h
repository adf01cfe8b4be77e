// What the APIs that name topics share: valid names, who may see a topic, topics made on first use,
// and the one node that leads everything. THREAD: any.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "kafka/server/call.h"
#include "kafka/server/metadata_store.h"
#include "log/log.h"

namespace kafka::server {

// There is one node, so no leader ever changes.
inline constexpr int32_t kLeaderEpoch = 0;

// Why `name` cannot name a topic, as a sentence for the client; nullopt: it can. 1 to 249 letters,
// digits, dots, underscores and dashes, but neither "." nor "..".
[[nodiscard]] std::optional<std::string> TopicNameProblem(std::string_view name);

// Of the topics that the coordinators keep for themselves.
[[nodiscard]] bool IsInternalTopicName(std::string_view name);

// What the broker keeps about itself, keys of passwords among it, is for nobody over the wire.
[[nodiscard]] inline bool AllowedOnTopic(const Call& call, Operation operation,
                                         std::string_view name) {
  return name != kMetadataTopic && call.Allowed(operation, ResourceType::kTopic, name);
}

// May the caller make a topic of this name?
[[nodiscard]] bool MayCreateTopic(const Call& call, std::string_view name);

// kNone, or how the epoch that a client believes the leader to have is wrong; -1: it has no belief.
[[nodiscard]] logs::ErrorCode CheckLeaderEpoch(int32_t current_leader_epoch);

// Where clients reach this broker over the listener of the call.
[[nodiscard]] const Endpoint& Advertised(const Call& call);

struct FoundPartition {
  logs::ErrorCode error = logs::ErrorCode::kNone;
  std::shared_ptr<logs::Partition> partition = {};  // when kNone
};

// Partition `index` of `topic`, which may be nullptr: kUnknownTopicOrPartition.
[[nodiscard]] FoundPartition FindPartition(const logs::Topic* maybe_topic, int32_t index);

}  // namespace kafka::server
