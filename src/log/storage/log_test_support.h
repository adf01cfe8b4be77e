// What tests of the log share: building batches from values and reading values back. Test only;
// THREAD: one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "log/partition.h"
#include "log/record/record_batch.h"

namespace logs {

struct BatchSpec {
  int64_t timestamp_ms = 0;
  std::optional<std::string_view> key = {};
  int64_t producer_id = -1;
  int16_t epoch = 0;
  int32_t sequence = -1;
  bool transactional = false;
};

inline std::string BatchOf(const std::vector<std::string>& values, const BatchSpec& spec) {
  BatchBuilder builder(
      {.producer_id = ProducerId(spec.producer_id),
       .producer_epoch = spec.producer_id < 0 ? kNoProducerEpoch : spec.epoch,
       .base_sequence = spec.sequence,
       .transactional = spec.transactional});
  for (const std::string& value : values) {
    builder.Append({.key = spec.key, .value = value, .timestamp_ms = spec.timestamp_ms});
  }
  return std::move(builder).Finish().value();
}

// The values of all data records from `offset` on.
inline std::vector<std::string> ValuesFrom(Partition& partition, Offset offset,
                                           Isolation isolation = Isolation::kReadUncommitted,
                                           size_t bytes_max = 1000) {
  std::vector<std::string> values;
  while (true) {
    const ReadResult read =
        partition.Read({.offset = offset, .bytes_max = bytes_max, .isolation = isolation});
    EXPECT_EQ(read.error, ErrorCode::kNone) << read.message;
    if (read.batches.empty()) return values;
    BatchWalk walk(read.batches);
    while (const auto batch = walk.Next()) {
      EXPECT_TRUE(CheckBatch(batch->bytes()).ok());
      auto records = RecordReader::Open(*batch, base::limits::kRecordsBytesMax).value();
      while (const auto record = records.Next()) {
        if (record->offset < offset || batch->control()) continue;
        values.emplace_back(record->value.value_or(""));
      }
      offset = batch->next_offset();
    }
    EXPECT_EQ(walk.position(), read.batches.size());
  }
}

}  // namespace logs
