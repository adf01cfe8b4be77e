// GroupLog: the records of the group coordinator in __consumer_offsets: appended, and read back at
// start. Owner; THREAD: its coordinator's lock.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "log/group/group_record.h"
#include "log/log.h"
#include "log/partition.h"

namespace logs {

// Whose transaction records belong to.
struct GroupProducer {
  ProducerId id = kNoProducerId;
  int16_t epoch = -1;
};

class GroupLog {
 public:
  GroupLog(Log& log, const base::Clock& clock, int32_t num_partitions)
      : log_(log), clock_(clock), num_partitions_(num_partitions) {}

  struct Appended {
    ErrorCode error = ErrorCode::kNone;  // as a group API answers it
    Ticket ticket;
    Offset base_offset = kNoOffset;  // of the first record
  };
  // The records in one batch, all or none. REQUIRES: all of `group_id`, and there are some.
  // BLOCKS: for the write. ERRORS: kCoordinatorNotAvailable; kInvalidCommitOffsetSize: too large;
  // kInvalidProducerEpoch: the producer is fenced.
  Appended Append(std::string_view group_id, const std::vector<GroupRecord>& records,
                  const GroupProducer& producer = {});

  // The partition of a group: as Kafka chooses it, by Java's hash of the id.
  // ERRORS: of creating the topic.
  base::Result<TopicPartition> PartitionOf(std::string_view group_id);

  struct Visitor {
    // `producer`: kNoProducerId outside of transactions.
    std::function<void(GroupRecord record, Offset offset, ProducerId producer)> on_record;
    std::function<void(const TopicPartition& partition, ProducerId producer, bool commit)>
        on_marker;
  };
  // Everything there is, in order. BLOCKS. ERRORS: kIo, kCorruption.
  base::Result<void> Load(const Visitor& visitor);

 private:
  base::Result<std::shared_ptr<const Topic>> OpenTopic();
  base::Result<void> LoadPartition(Partition& partition, const Visitor& visitor);

  Log& log_;
  const base::Clock& clock_;
  int32_t num_partitions_;
};

// Java's String.hashCode of well-formed UTF-8.
[[nodiscard]] int32_t JavaHash(std::string_view utf8);

}  // namespace logs
