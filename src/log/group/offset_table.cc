#include "log/group/offset_table.h"

#include <algorithm>
#include <utility>

namespace logs {

void OffsetTable::Put(const TopicPartition& partition, const OffsetRecord::Value& value,
                      Offset record_offset) {
  committed_.insert_or_assign(partition, Entry{value, record_offset});
}

void OffsetTable::PutPending(ProducerId producer, const TopicPartition& partition,
                             const OffsetRecord::Value& value, Offset record_offset) {
  pending_[producer].insert_or_assign(partition, Entry{value, record_offset});
}

void OffsetTable::Remove(const TopicPartition& partition) {
  committed_.erase(partition);
  for (auto& [producer, offsets] : pending_) offsets.erase(partition);
}

void OffsetTable::End(ProducerId producer, bool commit) {
  const auto found = pending_.find(producer);
  if (found == pending_.end()) return;
  auto offsets = std::move(found->second);
  pending_.erase(found);
  if (!commit) return;
  for (auto& [partition, entry] : offsets) {
    const auto known = committed_.find(partition);
    if (known != committed_.end() && known->second.record_offset > entry.record_offset) continue;
    committed_.insert_or_assign(partition, std::move(entry));
  }
}

const OffsetRecord::Value* OffsetTable::Find(const TopicPartition& partition) const {
  const auto found = committed_.find(partition);
  return found == committed_.end() ? nullptr : &found->second.value;
}

bool OffsetTable::HasPending(const TopicPartition& partition) const {
  return std::any_of(pending_.begin(), pending_.end(),
                     [&](const auto& open) { return open.second.contains(partition); });
}

std::set<TopicPartition> OffsetTable::Partitions() const {
  std::set<TopicPartition> partitions;
  for (const auto& [partition, entry] : committed_) partitions.insert(partition);
  for (const auto& [producer, offsets] : pending_) {
    for (const auto& [partition, entry] : offsets) partitions.insert(partition);
  }
  return partitions;
}

void OffsetTable::ForEach(
    const std::function<void(const TopicPartition&, const OffsetRecord::Value&)>& visit) const {
  for (const auto& [partition, entry] : committed_) visit(partition, entry.value);
}

}  // namespace logs
