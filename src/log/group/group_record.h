// The records of __consumer_offsets, in Kafka's formats (docs/format/consumer_offsets.md): a key
// that says what and of whom, a value that replaces the one before, no value where it ends. Value
// types.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"
#include "log/group/group_types.h"
#include "log/topic_partition.h"

namespace logs {

// Partitions by topic id.
using Assignment = std::map<base::Uuid, std::set<int32_t>>;

// What a group has committed for a partition (key 1, and 0 of long ago).
struct OffsetRecord {
  std::string group_id;
  TopicPartition partition;
  struct Value {
    Offset offset;
    int32_t leader_epoch = -1;
    std::string metadata = {};
    int64_t commit_timestamp_ms = -1;
    int64_t expire_timestamp_ms = -1;  // -1: as the broker's retention says
    base::Uuid topic_id = {};          // zero: not known
    friend bool operator==(const Value&, const Value&) = default;
  };
  std::optional<Value> value = {};
};

// A generation of a classic group (key 2).
struct ClassicGroupRecord {
  std::string group_id;
  struct Member {
    std::string member_id;
    std::optional<std::string> instance_id = {};
    ClientIdentity client = {};
    int32_t rebalance_timeout_ms = -1;
    int32_t session_timeout_ms = 0;
    std::string subscription = {};
    std::string assignment = {};
  };
  struct Value {
    std::string protocol_type = {};
    int32_t generation = 0;
    std::optional<std::string> protocol = {};
    std::optional<std::string> leader = {};
    int64_t state_timestamp_ms = -1;
    std::vector<Member> members = {};
  };
  std::optional<Value> value = {};
};

// The epoch of a consumer group (key 3).
struct ConsumerGroupRecord {
  std::string group_id;
  struct Value {
    int32_t epoch = 0;
    int64_t metadata_hash = 0;  // of the topics subscribed to, when the epoch began
  };
  std::optional<Value> value = {};
};

// What a member of a consumer group asked for (key 5).
struct ConsumerMemberRecord {
  std::string group_id;
  std::string member_id;
  struct Value {
    std::optional<std::string> instance_id = {};
    std::optional<std::string> rack_id = {};
    std::string client_id = {};
    std::string client_host = {};
    std::set<std::string> subscribed_topics = {};
    std::optional<std::string> subscribed_regex = {};  // absent or "": none
    int32_t rebalance_timeout_ms = -1;
    std::optional<std::string> server_assignor = {};
    friend bool operator==(const Value&, const Value&) = default;
  };
  std::optional<Value> value = {};
};

// For which epoch the targets were computed (key 6), and the target of a member (key 7).
struct TargetEpochRecord {
  std::string group_id;
  std::optional<int32_t> value = {};
};
struct TargetRecord {
  std::string group_id;
  std::string member_id;
  std::optional<Assignment> value = {};
};

// Kafka's numbers.
enum class MemberState : int8_t {
  kStable = 1,                // has its target
  kUnrevokedPartitions = 2,   // is to give partitions back first
  kUnreleasedPartitions = 3,  // waits for others to give partitions back
};

// What a member has now (key 8).
struct CurrentRecord {
  std::string group_id;
  std::string member_id;
  struct Value {
    int32_t member_epoch = 0;
    int32_t previous_epoch = -1;
    MemberState state = MemberState::kStable;
    Assignment assigned = {};
    Assignment pending_revocation = {};
    friend bool operator==(const Value&, const Value&) = default;
  };
  std::optional<Value> value = {};
};

// The topics that a regular expression of a group names (key 16).
struct RegexRecord {
  std::string group_id;
  std::string regex;
  struct Value {
    std::set<std::string> topics = {};
    int64_t version = 0;
    int64_t timestamp_ms = -1;
  };
  std::optional<Value> value = {};
};

using GroupRecord =
    std::variant<OffsetRecord, ClassicGroupRecord, ConsumerGroupRecord, ConsumerMemberRecord,
                 TargetEpochRecord, TargetRecord, CurrentRecord, RegexRecord>;

std::string EncodeGroupKey(const GroupRecord& record);
// nullopt: a tombstone.
std::optional<std::string> EncodeGroupValue(const GroupRecord& record);

// nullopt: a record of a kind we have no use for (share groups, newer Kafka); it is left alone.
// ERRORS: kCorruption.
base::Result<std::optional<GroupRecord>> DecodeGroupRecord(std::string_view key,
                                                           std::optional<std::string_view> value);

// The topics in the subscription of a member of a classic group of consumers (the embedded consumer
// protocol, of which every version begins with version 0). nullopt: it is something else.
std::optional<std::set<std::string>> SubscribedTopics(std::string_view subscription);

}  // namespace logs
