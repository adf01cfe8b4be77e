// ScriptedLog: a Log in memory whose durability the test decides: appends become durable when it
// says so, fail when it says so, and a crash keeps what was durable, or that and a part of the
// rest. For tests of coordinators. Owner; THREAD: one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "log/log.h"
#include "log/record/record_batch.h"

namespace logs {

class ScriptedLog final : public Log {
 public:
  // One append: what it was, where.
  struct Entry {
    TopicPartition partition;
    std::optional<Marker> marker = {};
    std::string batch = {};  // unless a marker
    Ticket ticket = {};
  };

  // Everything appended, in order.
  std::vector<Entry> entries;
  uint64_t durable = 0;             // tickets up to here are
  std::vector<Ticket> failed = {};  // these are lost
  bool durable_at_once = false;
  int64_t refuse_append = 0;  // the n-th from now on; 0: none
  bool refuse_all = false;
  std::map<TopicPartition, std::vector<ProducerDescription>> producers = {};

  void MakeDurable() { MakeDurable(entries.size()); }
  void MakeDurable(uint64_t up_to) {
    durable = up_to;
    std::vector<std::weak_ptr<Watcher>> watchers;
    watchers.swap(watchers_);
    for (const auto& watcher : watchers) {
      if (const auto alive = watcher.lock()) alive->Notify();
    }
  }
  // Whatever is not durable never will be; it may or may not be found after a restart.
  void FailPending() {
    for (uint64_t ticket = durable + 1; ticket <= entries.size(); ++ticket) {
      failed.emplace_back(ticket);
    }
    MakeDurable(entries.size());
  }
  // The log after a crash: the first `kept` entries survived.
  [[nodiscard]] std::unique_ptr<ScriptedLog> Crashed(size_t kept) const {
    auto log = std::make_unique<ScriptedLog>();
    for (const auto& [name, topic] : topics_) log->AddTopic(name, topic->partitions.size());
    for (size_t i = 0; i < kept; ++i) log->Repeat(entries[i]);
    log->MakeDurable();
    return log;
  }
  void AddTopic(const std::string& name, size_t num_partitions);

  [[nodiscard]] std::vector<Marker> MarkersOf(const TopicPartition& partition) const {
    std::vector<Marker> markers;
    for (const Entry& entry : entries) {
      if (entry.partition == partition && entry.marker.has_value())
        markers.push_back(*entry.marker);
    }
    return markers;
  }

  base::Result<std::shared_ptr<const Topic>> CreateTopic(const NewTopic& topic) override {
    if (refuse_all) return base::Io("the script says no");
    if (topics_.contains(topic.name)) return base::AlreadyExists("topic");
    AddTopic(topic.name, static_cast<size_t>(topic.num_partitions));
    return topics_[topic.name];
  }
  base::Result<void> DeleteTopic(const std::string& name) override {
    topics_.erase(name);
    return {};
  }
  base::Result<std::shared_ptr<const Topic>> AddPartitions(const std::string&, int32_t) override {
    return base::Unsupported("no");
  }
  base::Result<std::shared_ptr<const Topic>> SetConfigs(
      const std::string&, const std::map<std::string, std::string>&) override {
    return base::Unsupported("no");
  }
  base::Result<void> SetTopicDefaults(const std::map<std::string, std::string>&) override {
    return base::Unsupported("no");
  }
  [[nodiscard]] TopicConfig topic_defaults() const override { return {}; }
  [[nodiscard]] std::shared_ptr<const Topic> Find(std::string_view name) const override {
    const auto it = topics_.find(std::string(name));
    return it == topics_.end() ? nullptr : it->second;
  }
  [[nodiscard]] std::shared_ptr<const Topic> Find(const base::Uuid&) const override {
    return nullptr;
  }
  [[nodiscard]] std::shared_ptr<Partition> Find(const TopicPartition& partition) const override {
    const auto topic = Find(std::string_view(partition.topic));
    const auto index = static_cast<size_t>(partition.partition);
    return topic == nullptr || index >= topic->partitions.size() ? nullptr
                                                                 : topic->partitions[index];
  }
  [[nodiscard]] std::vector<std::shared_ptr<const Topic>> Topics() const override {
    std::vector<std::shared_ptr<const Topic>> topics;
    for (const auto& [name, topic] : topics_) topics.push_back(topic);
    return topics;
  }
  [[nodiscard]] Durable IsDurable(Ticket ticket) const override {
    if (std::find(failed.begin(), failed.end(), ticket) != failed.end()) return Durable::kFailed;
    return ticket.get() <= durable ? Durable::kYes : Durable::kNotYet;
  }
  void WatchDurable(Ticket, const std::shared_ptr<Watcher>& watcher) override {
    watchers_.push_back(watcher);
  }
  base::Result<void> Sync() override {
    MakeDurable();
    return {};
  }
  base::Result<void> KeepHouse() override { return {}; }
  [[nodiscard]] std::optional<base::Error> Trouble() const override { return std::nullopt; }
  [[nodiscard]] const std::string& folder() const override { return folder_; }

 private:
  class Part;
  void Repeat(const Entry& entry);
  AppendResult Add(Entry entry);

  std::map<std::string, std::shared_ptr<Topic>> topics_;
  std::vector<std::weak_ptr<Watcher>> watchers_;
  std::string folder_ = "/log";
};

class ScriptedLog::Part final : public Partition {
 public:
  Part(ScriptedLog* log, TopicPartition name) : log_(log), name_(std::move(name)) {}
  AppendResult Append(const AppendRequest& request) override {
    return log_->Add(
        {.partition = name_, .batch = std::string(request.batches.begin(), request.batches.end())});
  }
  AppendResult AppendMarker(const Marker& marker) override {
    return log_->Add({.partition = name_, .marker = marker});
  }
  ReadResult Read(const ReadRequest& request) override {
    ReadResult result;
    int64_t offset = 0;
    for (const Entry& entry : log_->entries) {
      if (entry.partition != name_ || entry.marker.has_value()) continue;
      std::string batch = entry.batch;
      SetBaseOffset(std::span<char>(batch), Offset(offset++));
      if (Offset(offset) > request.offset) result.batches += batch;
    }
    return result;
  }
  [[nodiscard]] PartitionEnds Ends() const override {
    int64_t end = 0;
    for (const Entry& entry : log_->entries) {
      end += entry.partition == name_ && !entry.marker.has_value() ? 1 : 0;
    }
    return {.log_end = Offset(end)};
  }
  base::Result<TimestampedOffset> FindTimestamp(int64_t, Isolation) override {
    return TimestampedOffset{};
  }
  base::Result<TimestampedOffset> FindMaxTimestamp() override { return TimestampedOffset{}; }
  base::Result<Offset> DeleteRecords(Offset offset) override { return offset; }
  void Watch(const std::shared_ptr<Watcher>&) override {}
  [[nodiscard]] uint64_t SizeBytes() const override { return 0; }
  [[nodiscard]] std::vector<ProducerDescription> Producers() const override {
    const auto known = log_->producers.find(name_);
    return known == log_->producers.end() ? std::vector<ProducerDescription>() : known->second;
  }
  [[nodiscard]] bool alive() const override { return true; }
  [[nodiscard]] const TopicPartition& name() const override { return name_; }

 private:
  ScriptedLog* log_;
  TopicPartition name_;
};

inline void ScriptedLog::AddTopic(const std::string& name, size_t num_partitions) {
  auto topic = std::make_shared<Topic>();
  topic->name = name;
  for (size_t i = 0; i < num_partitions; ++i) {
    topic->partitions.push_back(
        std::make_shared<Part>(this, TopicPartition{name, static_cast<int32_t>(i)}));
  }
  topics_[name] = std::move(topic);
}

inline void ScriptedLog::Repeat(const Entry& entry) {
  entries.push_back(entry);
  entries.back().ticket = Ticket(entries.size());
}

inline AppendResult ScriptedLog::Add(Entry entry) {
  const bool refused = refuse_all || (refuse_append > 0 && --refuse_append == 0);
  if (refused) return {.error = ErrorCode::kKafkaStorageError};
  Repeat(entry);
  if (durable_at_once) MakeDurable();
  return {.ticket = Ticket(entries.size())};
}

}  // namespace logs
