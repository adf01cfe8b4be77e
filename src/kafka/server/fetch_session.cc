#include "kafka/server/fetch_session.h"

#include "base/limits.h"
#include "kafka/wire/fetch.h"

namespace kafka::server {

std::list<WantedPartition> WantedOf(const wire::FetchRequest& request) {
  std::list<WantedPartition> wanted;
  for (const auto& topic : request.topics) {
    for (const auto& partition : topic.partitions) {
      wanted.push_back({.topic = topic.topic,
                        .topic_id = topic.topic_id,
                        .partition = partition.partition,
                        .current_leader_epoch = partition.current_leader_epoch,
                        .last_fetched_epoch = partition.last_fetched_epoch,
                        .fetch_offset = logs::Offset(partition.fetch_offset),
                        .bytes_max = partition.partition_max_bytes});
    }
  }
  return wanted;
}

FetchSession::FetchSession(int32_t id, TopicsBy topics_by, std::list<WantedPartition> wanted)
    : id_(id), topics_by_(topics_by), wanted_(std::move(wanted)) {
  for (auto it = wanted_.begin(); it != wanted_.end();) {
    const auto next = std::next(it);
    const auto [known, added] = by_key_.emplace(KeyOf(*it), it);
    if (!added) {  // named twice: the last counts
      *known->second = std::move(*it);
      wanted_.erase(it);
    }
    it = next;
  }
}

bool FetchSession::Update(const wire::FetchRequest& request) {
  for (WantedPartition& changed : WantedOf(request)) {
    const auto known = by_key_.find(KeyOf(changed));
    if (known != by_key_.end()) {
      changed.told = known->second->told;
      *known->second = std::move(changed);
      continue;
    }
    if (wanted_.size() >= base::limits::kKafkaFetchSessionPartitionsMax) return false;
    wanted_.push_back(std::move(changed));
    by_key_.emplace(KeyOf(wanted_.back()), std::prev(wanted_.end()));
  }
  for (const auto& topic : request.forgotten_topics_data) {
    for (const int32_t partition : topic.partitions) {
      const auto known = by_key_.find({{topic.topic, topic.topic_id}, partition});
      if (known == by_key_.end()) continue;
      wanted_.erase(known->second);
      by_key_.erase(known);
    }
  }
  next_epoch_ = next_epoch_ == INT32_MAX ? 1 : next_epoch_ + 1;
  return true;
}

void FetchSession::MoveToEnd(const WantedPartition& served) {
  const auto known = by_key_.find(KeyOf(served));
  if (known != by_key_.end()) wanted_.splice(wanted_.end(), wanted_, known->second);
}

}  // namespace kafka::server
