// MemoryLog: a Log without disk for tests of the group coordinator: appends are durable when the
// test says so, and the n-th can be made to fail. What it holds outlives a coordinator, as a disk
// does. Owner; THREAD: one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "log/log.h"
#include "log/record/record_batch.h"

namespace logs {

class MemoryLog final : public Log {
 public:
  bool durable_at_once = true;
  bool disk_broken = false;       // what is not durable never will be
  int64_t append_that_fails = 0;  // counted down by each; the one that finds 1 fails
  int64_t num_appends = 0;

  void MakeDurable() {
    durable_ = appended_;
    auto watchers = std::exchange(watchers_, {});
    for (const auto& watcher : watchers) {
      if (const auto alive = watcher.lock()) alive->Notify();
    }
  }

  base::Result<std::shared_ptr<const Topic>> CreateTopic(const NewTopic& wanted) override {
    if (topics_.contains(wanted.name)) return base::AlreadyExists("topic exists");
    auto topic = std::make_shared<Topic>();
    topic->name = wanted.name;
    topic->id = base::Uuid::V4(random_);
    topic->internal = wanted.internal;
    topics_[wanted.name] = topic;
    Grow(*topic, wanted.num_partitions);
    return std::shared_ptr<const Topic>(topic);
  }
  void Create(const std::string& name, int32_t num_partitions) {
    CHECK(CreateTopic({.name = name, .num_partitions = num_partitions}).ok());
  }
  base::Result<void> DeleteTopic(const std::string& name) override {
    topics_.erase(name);
    return {};
  }
  base::Result<std::shared_ptr<const Topic>> AddPartitions(const std::string& name,
                                                           int32_t num_partitions) override {
    auto topic = std::make_shared<Topic>(*topics_.at(name));
    topics_[name] = topic;
    Grow(*topic, num_partitions);
    return std::shared_ptr<const Topic>(topic);
  }
  base::Result<std::shared_ptr<const Topic>> SetConfigs(
      const std::string& name, const std::map<std::string, std::string>&) override {
    return topics_.at(name);
  }
  base::Result<void> SetTopicDefaults(const std::map<std::string, std::string>&) override {
    return {};
  }
  [[nodiscard]] TopicConfig topic_defaults() const override { return {}; }
  [[nodiscard]] std::shared_ptr<const Topic> Find(std::string_view name) const override {
    const auto found = topics_.find(name);
    return found == topics_.end() ? nullptr : found->second;
  }
  [[nodiscard]] std::shared_ptr<const Topic> Find(const base::Uuid& id) const override {
    for (const auto& [name, topic] : topics_) {
      if (topic->id == id) return topic;
    }
    return nullptr;
  }
  [[nodiscard]] std::shared_ptr<Partition> Find(const TopicPartition& partition) const override {
    const auto topic = Find(std::string_view(partition.topic));
    const auto index = static_cast<size_t>(partition.partition);
    if (topic == nullptr || index >= topic->partitions.size()) return nullptr;
    return topic->partitions[index];
  }
  [[nodiscard]] std::vector<std::shared_ptr<const Topic>> Topics() const override {
    std::vector<std::shared_ptr<const Topic>> topics;
    for (const auto& [name, topic] : topics_) topics.push_back(topic);
    return topics;
  }
  [[nodiscard]] Durable IsDurable(Ticket ticket) const override {
    if (ticket.get() <= durable_) return Durable::kYes;
    return disk_broken ? Durable::kFailed : Durable::kNotYet;
  }
  void WatchDurable(Ticket, const std::shared_ptr<Watcher>& watcher) override {
    watchers_.push_back(watcher);
  }
  base::Result<void> Sync() override { return MakeDurable(), base::Result<void>(); }
  base::Result<void> KeepHouse() override { return {}; }
  [[nodiscard]] std::optional<base::Error> Trouble() const override { return std::nullopt; }
  [[nodiscard]] const std::string& folder() const override { return folder_; }

 private:
  class Part final : public Partition {
   public:
    Part(MemoryLog& log, TopicPartition name) : log_(log), name_(std::move(name)) {}

    AppendResult Append(const AppendRequest& request) override {
      ++log_.num_appends;
      if (log_.append_that_fails > 0 && --log_.append_that_fails == 0) {
        return {.error = ErrorCode::kKafkaStorageError};
      }
      std::string batch(request.batches.begin(), request.batches.end());
      SetBaseOffset(std::span<char>(batch), end_);
      return Take(std::move(batch));
    }
    AppendResult AppendMarker(const Marker& marker) override {
      return Take(BuildMarkerBatch({.base_offset = end_,
                                    .producer_id = marker.producer_id,
                                    .producer_epoch = marker.producer_epoch},
                                   {.commit = marker.commit}));
    }
    ReadResult Read(const ReadRequest& request) override {
      ReadResult result;
      for (const auto& batch : batches_) {
        if (BatchView(batch).last_offset() < request.offset) continue;
        if (!result.batches.empty() && result.batches.size() + batch.size() > request.bytes_max) {
          break;
        }
        result.batches += batch;
      }
      return result;
    }
    [[nodiscard]] PartitionEnds Ends() const override {
      return {.last_stable = end_, .high_watermark = end_, .log_end = end_};
    }
    base::Result<TimestampedOffset> FindTimestamp(int64_t, Isolation) override {
      return TimestampedOffset{};
    }
    base::Result<TimestampedOffset> FindMaxTimestamp() override { return TimestampedOffset{}; }
    base::Result<Offset> DeleteRecords(Offset offset) override { return offset; }
    void Watch(const std::shared_ptr<Watcher>&) override {}
    [[nodiscard]] uint64_t SizeBytes() const override { return 0; }
    [[nodiscard]] std::vector<ProducerDescription> Producers() const override { return {}; }
    [[nodiscard]] bool alive() const override { return true; }
    [[nodiscard]] const TopicPartition& name() const override { return name_; }

   private:
    AppendResult Take(std::string batch) {
      const Offset base = end_;
      end_ = BatchView(batch).next_offset();
      batches_.push_back(std::move(batch));
      const Ticket ticket(++log_.appended_);
      if (log_.durable_at_once) log_.MakeDurable();
      return {.base_offset = base, .ticket = ticket};
    }

    MemoryLog& log_;
    TopicPartition name_;
    Offset end_{0};
    std::vector<std::string> batches_;
  };

  void Grow(Topic& topic, int32_t num_partitions) {
    for (auto i = static_cast<int32_t>(topic.partitions.size()); i < num_partitions; ++i) {
      topic.partitions.push_back(std::make_shared<Part>(*this, TopicPartition{topic.name, i}));
    }
  }

  base::Random random_{7};
  std::map<std::string, std::shared_ptr<Topic>, std::less<>> topics_;
  uint64_t appended_ = 0;
  uint64_t durable_ = 0;
  std::vector<std::weak_ptr<Watcher>> watchers_;
  std::string folder_ = "/memory";
};

}  // namespace logs
