// What a GroupCoordinator is asked and answers: the group APIs without their wire versions. An
// empty or absent optional is what the protocol calls null. Value types.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/uuid.h"
#include "log/error_code.h"
#include "log/topic_partition.h"

namespace logs {

// --- The classic protocol ----------------------------------------------------------------------

struct GroupProtocol {
  std::string name;      // of an assignor
  std::string metadata;  // subscription; opaque to the coordinator
};

// Where a member comes from, for those who describe the group.
struct ClientIdentity {
  std::string client_id = {};
  std::string host = {};
};

struct JoinGroup {
  std::string group_id;
  std::string member_id = {};                   // "" at first
  std::optional<std::string> instance_id = {};  // group.instance.id of a static member
  ClientIdentity client = {};
  int32_t session_timeout_ms = 0;
  int32_t rebalance_timeout_ms = 0;           // < 0: as the session's
  std::string protocol_type = {};             // "consumer", "connect"
  std::vector<GroupProtocol> protocols = {};  // in order of preference
  bool member_id_required = false;            // KIP-394 (v4+): a new dynamic member must ask twice
  bool skips_assignment = false;  // KIP-814 (v9+): a static leader may be told to keep what stands
};

struct JoinGroupAnswer {
  ErrorCode error = ErrorCode::kNone;
  int32_t generation = -1;
  std::optional<std::string> protocol_type = {};
  std::optional<std::string> protocol = {};
  std::string leader = {};
  bool skip_assignment = false;
  std::string member_id = {};
  struct Member {
    std::string member_id;
    std::optional<std::string> instance_id;
    std::string metadata;
  };
  std::vector<Member> members = {};  // for the leader only
};

struct SyncGroup {
  std::string group_id;
  int32_t generation = -1;
  std::string member_id = {};
  std::optional<std::string> instance_id = {};
  std::optional<std::string> protocol_type = {};  // absent: not said
  std::optional<std::string> protocol = {};
  std::map<std::string, std::string> assignments = {};  // by member id; the leader's
};

struct SyncGroupAnswer {
  ErrorCode error = ErrorCode::kNone;
  std::optional<std::string> protocol_type = {};
  std::optional<std::string> protocol = {};
  std::string assignment = {};
};

struct GroupHeartbeat {
  std::string group_id;
  int32_t generation = -1;
  std::string member_id = {};
  std::optional<std::string> instance_id = {};
};

struct LeaveGroup {
  std::string group_id;
  struct Member {
    std::string member_id;  // "" with an instance id: whoever has it
    std::optional<std::string> instance_id = {};
    std::string reason = {};
  };
  std::vector<Member> members = {};
};

struct LeaveGroupAnswer {
  ErrorCode error = ErrorCode::kNone;
  std::vector<ErrorCode> members = {};  // as asked
};

// --- Offsets -----------------------------------------------------------------------------------

struct CommittedOffset {
  Offset offset = kNoOffset;
  int32_t leader_epoch = -1;
  std::string metadata = {};
  int64_t commit_timestamp_ms = -1;
};

struct OffsetToCommit {
  TopicPartition partition;
  base::Uuid topic_id = {};  // zero: not said
  Offset offset;
  int32_t leader_epoch = -1;
  std::string metadata = {};
};

// Who commits. Without a member id and with generation -1: a consumer that assigns itself its
// partitions, which the group takes only while it has no members.
struct Committer {
  std::string member_id = {};
  std::optional<std::string> instance_id = {};
  int32_t generation_or_epoch = -1;
};

struct OffsetCommit {
  std::string group_id;
  Committer committer = {};
  std::vector<OffsetToCommit> offsets = {};
  int64_t retention_ms = -1;  // of versions 2 to 4; -1: the broker's
};

// Offsets that count once the transaction commits.
struct TransactionalOffsetCommit {
  std::string group_id;
  Committer committer = {};
  ProducerId producer_id;
  int16_t producer_epoch = -1;
  std::vector<OffsetToCommit> offsets = {};
};

struct OffsetCommitAnswer {
  ErrorCode error = ErrorCode::kNone;      // of all, or
  std::vector<ErrorCode> partitions = {};  // each, as asked; empty when `error` says it for all
};

struct OffsetFetch {
  std::string group_id;
  Committer committer = {};  // v9+: checked when there is a member id
  // Absent: every partition that the group has committed.
  std::optional<std::vector<TopicPartition>> partitions = {};
  bool require_stable = false;  // kUnstableOffsetCommit while a transaction is open on it
};

struct OffsetFetchAnswer {
  ErrorCode error = ErrorCode::kNone;
  struct Partition {
    TopicPartition partition;
    ErrorCode error = ErrorCode::kNone;
    CommittedOffset committed = {};  // offset kNoOffset: none is committed
  };
  std::vector<Partition> partitions = {};
};

struct OffsetDelete {
  std::string group_id;
  std::vector<TopicPartition> partitions = {};
};

// --- What groups there are ---------------------------------------------------------------------

// Names as the protocol prints them: GroupTypeName, and the state as text.
enum class GroupType : uint8_t { kClassic, kConsumer };

struct GroupListing {
  std::string group_id;
  std::string protocol_type;  // "consumer"; "" for a group that only has offsets
  std::string state;          // "Stable", "Empty", "PreparingRebalance", "Reconciling", ...
  GroupType type = GroupType::kClassic;
};

struct ClassicGroupDescription {
  ErrorCode error = ErrorCode::kNone;
  std::string group_id = {};
  std::string state = {};  // "Dead" for a group that there is not
  std::string protocol_type = {};
  std::string protocol = {};
  struct Member {
    std::string member_id;
    std::optional<std::string> instance_id;
    ClientIdentity client;
    std::string metadata;
    std::string assignment;
  };
  std::vector<Member> members = {};
};

struct GroupAnswer {
  ErrorCode error = ErrorCode::kNone;
};

// --- Consumer groups (KIP-848) -----------------------------------------------------------------

struct TopicIdPartitions {
  base::Uuid topic_id;
  std::vector<int32_t> partitions;
  friend bool operator==(const TopicIdPartitions&, const TopicIdPartitions&) = default;
};

struct ConsumerHeartbeat {
  std::string group_id;
  std::string member_id = {};
  int32_t member_epoch = 0;  // 0 joins, -1 leaves, -2 a static member leaves for a while
  std::optional<std::string> instance_id = {};
  std::optional<std::string> rack_id = {};
  int32_t rebalance_timeout_ms = -1;
  // Absent: as before.
  std::optional<std::vector<std::string>> subscribed_topics = {};
  std::optional<std::string> subscribed_topic_regex = {};
  std::optional<std::string> server_assignor = {};
  std::optional<std::vector<TopicIdPartitions>> owned = {};
  ClientIdentity client = {};
  // Which topics a regular expression may name; absent: all. Used during the call only.
  std::function<bool(std::string_view topic)> may_see_topic = {};
};

struct ConsumerHeartbeatAnswer {
  ErrorCode error = ErrorCode::kNone;
  std::optional<std::string> message = {};
  std::optional<std::string> member_id = {};
  int32_t member_epoch = 0;
  int32_t heartbeat_interval_ms = 0;
  std::optional<std::vector<TopicIdPartitions>> assignment = {};  // absent: as before
};

struct ConsumerGroupDescription {
  ErrorCode error = ErrorCode::kNone;
  std::optional<std::string> message = {};
  std::string group_id = {};
  std::string state = {};
  int32_t group_epoch = 0;
  int32_t assignment_epoch = 0;
  std::string assignor = {};
  struct Assigned {
    base::Uuid topic_id;
    std::string topic;
    std::vector<int32_t> partitions;
  };
  struct Member {
    std::string member_id;
    std::optional<std::string> instance_id;
    std::optional<std::string> rack_id;
    int32_t member_epoch = 0;
    ClientIdentity client;
    std::vector<std::string> subscribed_topics;
    std::optional<std::string> subscribed_topic_regex;
    std::vector<Assigned> assignment;
    std::vector<Assigned> target;
  };
  std::vector<Member> members = {};
};

}  // namespace logs
