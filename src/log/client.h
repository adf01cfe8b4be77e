// Client: the log as our own sources, tasks and commands use it, whatever is behind it: the
// embedded log of this process (embedded_client.h) or that of a real cluster (kafka/client).
// Batches of records cross it, never single ones. Owner; THREAD: any. Its producers and readers are
// owners of their own: one thread at a time each, and the client outlives them. docs/client.md.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "log/partition.h"
#include "log/record/compression.h"
#include "log/record/record_batch.h"
#include "log/topic_partition.h"

namespace logs {

// What is asked or answered for several partitions at once. A call that fails as a whole gives
// every partition its error.
template <typename T>
using ByPartition = std::map<TopicPartition, T>;

// Records of one partition, in the order of their offsets.
struct ReadBatch {
  TopicPartition partition;
  std::vector<RecordView> records = {};  // may be empty: nothing there that this reader may see
  Offset next{0};  // where to go on: after these records and whatever followed them unseen
  Offset end{0};   // where this reader's records ended when they were read; end - next is the lag
  std::shared_ptr<const void> bytes = {};  // what the records point into
};

// --- writing: Record and HeaderView of record_batch.h; no timestamp: now ---

// As the partition of an append: each record goes where the hash of its key says, as Java's default
// partitioner decides it (murmur2); those without a key are spread, neighbours staying together.
inline constexpr int32_t kPartitionByKey = -1;
// The partition of `key` among `num_partitions`. REQUIRES: num_partitions > 0.
[[nodiscard]] int32_t PartitionOfKey(std::string_view key, int32_t num_partitions);

struct ProducerOptions {
  // Of a transactional producer. Opening one ends what its predecessor of the same id left open and
  // fences it: its calls fail with kConflict from then on.
  std::string transactional_id = {};
  int64_t transaction_timeout_ms = 60'000;
  Compression compression = Compression::kNone;
  std::stop_token stop = {};  // ends every wait with kCancelled
};

// The first and the last offset that records of one partition got; others' may stand between.
struct OffsetRange {
  Offset first = kNoOffset;
  Offset last = kNoOffset;
  friend bool operator==(const OffsetRange&, const OffsetRange&) = default;
};

struct GroupOffset {
  Offset offset = kNoOffset;  // the next record to read
  std::string metadata = {};
  friend bool operator==(const GroupOffset&, const GroupOffset&) = default;
};

// Writes each record once, in the order of the calls, with acks=all. After an error of Append or
// Flush a transaction can only be aborted.
class Producer {
 public:
  virtual ~Producer() = default;  // aborts an open transaction

  // Takes the records; their bytes are free on return. Other partitions of other appends overlap
  // until Flush. `to.partition` may be kPartitionByKey. BLOCKS: while too much is under way.
  // ERRORS: kNotFound (no such topic or partition), kInvalidArgument (a record too large),
  // kConflict (fenced), kCancelled, and what makes the log refuse appends (kIo, kUnavailable).
  virtual base::Result<void> Append(const TopicPartition& to, std::span<const Record> records) = 0;
  // Waits until all that was appended since the last Flush is durable: what became of it.
  // kTimeout, kCancelled: it may still become durable.
  virtual ByPartition<base::Result<OffsetRange>> Flush(int64_t timeout_ms) = 0;

  // Transactions. REQUIRES: a transactional id; Begin before the others.
  virtual base::Result<void> Begin() = 0;
  // The group's offsets become visible with the transaction's records, or never: at once in the
  // embedded log, soon after the commit in a cluster.
  virtual base::Result<void> SendOffsets(const std::string& group,
                                         const ByPartition<GroupOffset>& offsets) = 0;
  // Flushes, then commits. ERRORS: kTimeout, kUnavailable, kCancelled: not known whether it is
  // committed: call Commit again, or open a producer of the same id, which settles it; kConflict:
  // fenced; others: Abort, then begin anew.
  virtual base::Result<void> Commit(int64_t timeout_ms) = 0;
  virtual base::Result<void> Abort(int64_t timeout_ms) = 0;
};

// --- reading ---

struct ReaderOptions {
  Isolation isolation = Isolation::kReadCommitted;
  size_t poll_bytes_max = size_t{4} << 20;  // of one Poll, about; at least one batch is returned
  std::stop_token stop = {};                // ends a Poll early, with what there is
};

// Reads partitions from given offsets; knows nothing of groups.
class Reader {
 public:
  virtual ~Reader() = default;

  // Reads these partitions from these offsets from now on, and no others.
  // ERRORS: kNotFound.
  virtual base::Result<void> Assign(const ByPartition<Offset>& offsets) = 0;
  // What there is, waiting for it until something comes, `timeout_ms` have passed or the stop
  // fires; partitions take turns. A partition whose end is reached anew is in the answer, if need
  // be with no records: then next == end. Nothing is read ahead of what the caller takes but
  // bounded buffers. ERRORS: kInvalidArgument: an offset that is no longer, or not yet, in the log
  // (Assign anew); kNotFound: a topic was deleted; kCorruption, kIo, kUnavailable.
  virtual base::Result<std::vector<ReadBatch>> Poll(int64_t timeout_ms) = 0;
  // The next offset of each assigned partition.
  [[nodiscard]] virtual ByPartition<Offset> Positions() const = 0;
};

// --- administration ---

struct TopicSpec {
  std::string name;
  int32_t num_partitions = -1;      // -1: the log's default
  int16_t replication_factor = -1;  // -1: the log's default; the embedded log knows only 1
  std::map<std::string, std::string> configs = {};
};

struct PartitionDescription {
  int32_t leader = -1;
  std::vector<int32_t> replicas = {};
  std::vector<int32_t> in_sync = {};
};
struct TopicDescription {
  std::string name;
  bool internal = false;
  std::vector<PartitionDescription> partitions = {};  // by index
};

struct ConfigEntry {
  std::string name;
  std::optional<std::string> value;  // none when it is secret
  bool is_default = true;            // not set for this topic
  bool is_read_only = false;
};

struct GroupSummary {
  std::string group;
  std::string state;  // Kafka's words: "Stable", "Empty", ...
};
struct GroupMember {
  std::string member_id;
  std::string instance_id;  // "" unless a static member
  std::string client_id;
  std::string host;
  std::vector<TopicPartition> assignment = {};
};
struct GroupDescription {
  std::string group;
  std::string state;
  std::string assignor;  // "range", ...; "" while there is none
  std::vector<GroupMember> members = {};
};

struct ClientOptions {
  std::string client_id = "tributary";
  int64_t request_timeout_ms = 30'000;  // of the calls that take none
  std::stop_token stop = {};            // ends the client's own calls with kCancelled
};

class Client {
 public:
  virtual ~Client() = default;

  // BLOCKS: with a transactional id, until its predecessor is fenced. ERRORS: kUnavailable,
  // kTimeout.
  virtual base::Result<std::unique_ptr<Producer>> OpenProducer(ProducerOptions options) = 0;
  virtual base::Result<std::unique_ptr<Reader>> OpenReader(ReaderOptions options) = 0;

  // By name, internal ones too.
  virtual base::Result<std::vector<TopicDescription>> Topics() = 0;
  virtual base::Result<TopicDescription> Topic(const std::string& name) = 0;  // ERRORS: kNotFound
  virtual base::Result<void> CreateTopic(const TopicSpec& spec) = 0;  // ERRORS: kAlreadyExists
  virtual base::Result<void> DeleteTopic(const std::string& name) = 0;
  virtual base::Result<void> AddPartitions(const std::string& topic, int32_t num_partitions) = 0;
  virtual base::Result<std::vector<ConfigEntry>> TopicConfigs(const std::string& topic) = 0;
  // Sets, or with nullopt takes back to the default, these and leaves the others.
  virtual base::Result<void> AlterTopicConfigs(
      const std::string& topic,
      const std::map<std::string, std::optional<std::string>>& changes) = 0;

  virtual ByPartition<base::Result<PartitionEnds>> Ends(
      const std::vector<TopicPartition>& partitions) = 0;
  // The first record at or after each time; kNoOffset when there is none.
  virtual ByPartition<base::Result<TimestampedOffset>> FindTimestamps(
      const ByPartition<int64_t>& times_ms) = 0;
  // Moves the log start to each offset (kNoOffset: the high watermark); the new log starts.
  virtual ByPartition<base::Result<Offset>> DeleteRecords(const ByPartition<Offset>& before) = 0;

  virtual base::Result<std::vector<GroupSummary>> Groups() = 0;  // by name
  virtual base::Result<GroupDescription> Group(const std::string& group) = 0;  // ERRORS: kNotFound
  // ERRORS: kNotFound; kConflict: it has members.
  virtual base::Result<void> DeleteGroup(const std::string& group) = 0;
  // All that the group has committed. Empty for a group that has nothing or is none.
  virtual base::Result<ByPartition<GroupOffset>> GroupOffsets(const std::string& group) = 0;
  // For a group without members. ERRORS (each): kConflict: it has members.
  virtual ByPartition<base::Result<void>> CommitOffsets(
      const std::string& group, const ByPartition<GroupOffset>& offsets) = 0;
  virtual ByPartition<base::Result<void>> DeleteOffsets(
      const std::string& group, const std::vector<TopicPartition>& partitions) = 0;

  // For messages: "the embedded log in /p/.tributary/log", "kafka://b1:9092,b2:9092".
  [[nodiscard]] virtual std::string Describe() const = 0;
};

}  // namespace logs
