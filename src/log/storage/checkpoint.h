// The checkpoint of a log (docs/format/checkpoint.md): for each partition, where recovery may begin
// and what the producers were there. One file for all partitions, replaced whole. Values, pure;
// THREAD: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"
#include "log/topic_partition.h"

namespace logs {

struct PartitionCheckpoint {
  base::Uuid topic_id;
  int32_t partition = 0;
  Offset log_start{0};
  // Everything before is on the disk, indexes too: in the segment that begins at `segment`, the
  // bytes before `position`.
  Offset recovery{0};
  Offset segment{0};
  uint64_t position = 0;
  std::string producers = {};  // ProducerState::Snapshot at `recovery`; empty: none
  friend bool operator==(const PartitionCheckpoint&, const PartitionCheckpoint&) = default;
};

struct LogCheckpoint {
  uint64_t opening = 0;       // how often the log was opened; journal numbers begin with it
  uint64_t journal_from = 0;  // journal files of smaller numbers are not needed
  std::vector<PartitionCheckpoint> partitions = {};
  friend bool operator==(const LogCheckpoint&, const LogCheckpoint&) = default;
};

[[nodiscard]] std::string EncodeCheckpoint(const LogCheckpoint& checkpoint);
// ERRORS: kCorruption.
base::Result<LogCheckpoint> DecodeCheckpoint(std::string_view bytes);

}  // namespace logs
