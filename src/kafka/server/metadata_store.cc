#include "kafka/server/metadata_store.h"

#include "base/limits.h"
#include "log/record/record_batch.h"

namespace kafka::server {
namespace {

namespace limits = base::limits;

base::Error CannotRead(const logs::Partition& partition, const std::string& why) {
  return base::Corruption("cannot read " + partition.name().ToString() + ": " + why);
}

}  // namespace

base::Result<std::unique_ptr<MetadataStore>> MetadataStore::Open(logs::Log& log,
                                                                 const base::Clock& clock) {
  std::unique_ptr<MetadataStore> store(new MetadataStore(log, clock));
  if (const auto topic = log.Find(kMetadataTopic)) TRY(store->Load(*topic->partitions.at(0)));
  return store;
}

base::Result<void> MetadataStore::Load(logs::Partition& partition) {
  const logs::PartitionEnds ends = partition.Ends();
  logs::Offset next = ends.log_start;
  while (next < ends.log_end) {
    const logs::ReadResult read = partition.Read({.offset = next,
                                                  .bytes_max = limits::kMetadataBatchBytesMax,
                                                  .isolation = logs::Isolation::kLogEnd});
    if (read.error != logs::ErrorCode::kNone) return CannotRead(partition, read.message);
    const logs::Offset before = next;
    logs::BatchWalk walk(read.batches);
    while (const auto batch = walk.Next()) {
      next = batch->next_offset();
      auto records = TRY(logs::RecordReader::Open(*batch, limits::kMetadataBatchBytesMax)
                             .With(partition.name().ToString()));
      while (const auto record = records.Next()) {
        if (!record->key.has_value()) continue;
        const std::string key(*record->key);
        if (record->value.has_value()) {
          entries_[key] = *record->value;
        } else {
          entries_.erase(key);
        }
      }
      if (records.failed()) return CannotRead(partition, "a malformed record");
    }
    if (next <= before) break;  // compaction took what stood at the end
  }
  return {};
}

base::Result<std::shared_ptr<logs::Partition>> MetadataStore::OpenPartition() {
  auto topic = log_.Find(kMetadataTopic);
  if (topic == nullptr) {
    topic = TRY(log_.CreateTopic(
        {.name = std::string(kMetadataTopic),
         .configs = {{"cleanup.policy", "compact"},
                     {"max.message.bytes", std::to_string(limits::kMetadataBatchBytesMax)}},
         .internal = true}));
  }
  return topic->partitions.at(0);
}

base::Result<void> MetadataStore::Put(const std::vector<Change>& changes) {
  if (changes.empty()) return {};
  const std::lock_guard writing(writing_);
  const auto partition = TRY(OpenPartition());
  logs::BatchBuilder builder({});
  const int64_t now_ms = clock_.NowUnixMs();
  for (const auto& [key, value] : changes) {
    builder.Append({.key = key, .value = value, .timestamp_ms = now_ms});
  }
  if (builder.size_bytes() > limits::kMetadataBatchBytesMax) {
    return base::InvalidArgument("a change of " + std::to_string(builder.size_bytes()) +
                                 " bytes is larger than the broker keeps");
  }
  std::string batch = TRY(std::move(builder).Finish());
  const logs::AppendResult appended =
      partition->Append({.batches = batch, .origin = logs::AppendOrigin::kCoordinator});
  if (appended.error != logs::ErrorCode::kNone) {
    return base::Io("cannot append to " + partition->name().ToString() + ": " + appended.message);
  }
  TRY(log_.Sync());
  const std::lock_guard lock(mutex_);
  for (const auto& [key, value] : changes) {
    if (value.has_value()) {
      entries_[key] = *value;
    } else {
      entries_.erase(key);
    }
  }
  return {};
}

std::optional<std::string> MetadataStore::Get(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  return found != entries_.end() ? std::optional(found->second) : std::nullopt;
}

std::map<std::string, std::string> MetadataStore::WithPrefix(std::string_view prefix) const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::string> found;
  for (auto it = entries_.lower_bound(std::string(prefix));
       it != entries_.end() && it->first.starts_with(prefix); ++it) {
    found.insert(*it);
  }
  return found;
}

}  // namespace kafka::server
