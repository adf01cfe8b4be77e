// StoredLog: the Log of a folder. Topics are folders of partitions; one journal and one checkpoint
// file serve them all (docs/log.md). Owner; THREAD: any. Its threads: one commits groups, one syncs
// segments and writes checkpoints, one keeps house.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/random.h"
#include "log/log.h"
#include "log/storage/checkpoint.h"
#include "log/storage/retention.h"
#include "log/storage/group_commit.h"
#include "log/storage/journal.h"
#include "log/storage/stored_partition.h"
#include "log/storage/topic_file.h"

namespace logs {

class StoredLog final : public Log {
 public:
  explicit StoredLog(LogOptions options);
  ~StoredLog() override;
  base::Result<void> Recover();
  void Start();

  base::Result<std::shared_ptr<const Topic>> CreateTopic(const NewTopic& topic) override;
  base::Result<void> DeleteTopic(const std::string& name) override;
  base::Result<std::shared_ptr<const Topic>> AddPartitions(const std::string& name,
                                                           int32_t num_partitions) override;
  base::Result<std::shared_ptr<const Topic>> SetConfigs(
      const std::string& name, const std::map<std::string, std::string>& configs) override;
  base::Result<void> SetTopicDefaults(const std::map<std::string, std::string>& configs) override;
  [[nodiscard]] TopicConfig topic_defaults() const override;
  [[nodiscard]] std::shared_ptr<const Topic> Find(std::string_view name) const override;
  [[nodiscard]] std::shared_ptr<const Topic> Find(const base::Uuid& id) const override;
  [[nodiscard]] std::shared_ptr<Partition> Find(const TopicPartition& partition) const override;
  [[nodiscard]] std::vector<std::shared_ptr<const Topic>> Topics() const override;
  [[nodiscard]] Durable IsDurable(Ticket ticket) const override;
  void WatchDurable(Ticket ticket, const std::shared_ptr<Watcher>& watcher) override;
  base::Result<void> Sync() override;
  base::Result<void> KeepHouse() override { return KeepHouse(Retention::kDue); }
  [[nodiscard]] std::optional<base::Error> Trouble() const override;
  [[nodiscard]] const std::string& folder() const override { return options_.folder; }

 private:
  base::Result<void> KeepHouse(Retention retention);
  struct Entry {
    std::shared_ptr<const Topic> topic;
    std::vector<std::shared_ptr<StoredPartition>> partitions;
  };
  using Checkpoints = std::map<std::pair<base::Uuid, int32_t>, PartitionCheckpoint>;

  [[nodiscard]] std::string TopicFolder(const std::string& name) const;
  [[nodiscard]] std::string CheckpointPath() const { return options_.folder + "/checkpoint"; }
  // What the file says; an empty one when there is none.
  base::Result<LogCheckpoint> ReadCheckpoint();
  base::Result<Entry> OpenTopic(const TopicFile& file, const Checkpoints& checkpoints);
  base::Result<void> OpenPartitions(Entry& entry, const TopicFile& file,
                                    const std::shared_ptr<const TopicConfig>& config,
                                    const Checkpoints& checkpoints);
  base::Result<void> ReplayJournal(uint64_t from);
  base::Result<void> RemoveLeftovers();
  void Install(Entry entry);
  [[nodiscard]] base::Result<Entry> FindEntry(const std::string& name) const;
  [[nodiscard]] std::vector<std::shared_ptr<StoredPartition>> AllPartitions() const;

  // Syncs all segments and lets go of the journal files that they cover.
  base::Result<void> Checkpoint();
  base::Result<void> SaveCheckpoints();
  base::Result<void> SaveCheckpointsFrom(uint64_t journal_from);
  base::Result<void> SyncUnjournaled(FlushPolicy at_least);
  void RunCheckpoints();
  void RunHouse();

  const LogOptions options_;
  bool recovered_ = false;  // else what is on disk must stay as it is
  StorageContext context_;
  Journal journal_;
  GroupCommit commits_;
  base::Random random_;

  std::mutex admin_mutex_;  // one change of the topics at a time
  std::mutex checkpoint_mutex_;
  std::mutex house_mutex_;  // one keeps house at a time
  std::mutex save_mutex_;   // guards what follows
  uint64_t opening_ = 0;
  uint64_t journal_from_ = 0;

  mutable std::mutex mutex_;  // guards what follows; a leaf
  TopicConfig topic_defaults_;
  std::map<std::string, Entry, std::less<>> topics_;
  std::map<base::Uuid, std::string> names_;

  std::mutex work_mutex_;  // guards what follows; a leaf
  std::condition_variable work_;
  std::condition_variable house_;
  bool checkpoint_due_ = false;
  bool spare_due_ = false;
  bool house_due_ = false;
  bool stopping_ = false;
  std::thread checkpoint_thread_;
  std::thread house_thread_;
};

}  // namespace logs
