// OffsetTable: what one group has committed, and what open transactions have committed for it.
// Owner, no threads.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "log/group/group_record.h"
#include "log/topic_partition.h"

namespace logs {

class OffsetTable {
 public:
  // `record_offset`: where the record stands, which decides between a transaction's commit and one
  // that came after it.
  void Put(const TopicPartition& partition, const OffsetRecord::Value& value, Offset record_offset);
  // Waits for End(producer).
  void PutPending(ProducerId producer, const TopicPartition& partition,
                  const OffsetRecord::Value& value, Offset record_offset);
  // A tombstone: what is pending goes too.
  void Remove(const TopicPartition& partition);
  void End(ProducerId producer, bool commit);

  // nullptr when nothing is committed.
  [[nodiscard]] const OffsetRecord::Value* Find(const TopicPartition& partition) const;
  [[nodiscard]] bool HasPending(const TopicPartition& partition) const;
  [[nodiscard]] bool has_open_transactions() const { return !pending_.empty(); }
  [[nodiscard]] size_t size() const { return committed_.size(); }
  [[nodiscard]] bool empty() const { return committed_.empty() && pending_.empty(); }

  // Of all partitions, pending or committed.
  [[nodiscard]] std::set<TopicPartition> Partitions() const;
  void ForEach(
      const std::function<void(const TopicPartition&, const OffsetRecord::Value&)>& visit) const;

 private:
  struct Entry {
    OffsetRecord::Value value;
    Offset record_offset;
  };
  std::map<TopicPartition, Entry> committed_;
  std::map<ProducerId, std::map<TopicPartition, Entry>> pending_;
};

}  // namespace logs
