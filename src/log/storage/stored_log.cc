#include "log/storage/stored_log.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/limits.h"
#include "base/log.h"

namespace logs {
namespace {

constexpr std::string_view kTopicFileName = "/topic.json";

}  // namespace

base::Result<std::unique_ptr<Log>> Log::Open(LogOptions options) {
  CHECK(options.files != nullptr && options.clock != nullptr && !options.folder.empty());
  auto log = std::make_unique<StoredLog>(std::move(options));
  TRY(log->Recover());
  log->Start();
  return std::unique_ptr<Log>(std::move(log));
}

StoredLog::StoredLog(LogOptions options)
    : options_(std::move(options)),
      journal_(options_.files, options_.folder + "/journal", options_.journal_bytes),
      commits_(&journal_,
               [this](GroupCommit::JournalNeeds needs) {
                 const std::lock_guard lock(work_mutex_);
                 (needs == GroupCommit::JournalNeeds::kSpare ? spare_due_ : checkpoint_due_) = true;
                 work_.notify_all();
               }),
      // The clock too: the same seed must not give the topics of another day the same ids.
      random_(options_.seed ^ static_cast<uint64_t>(options_.clock->NowUnixMs()) << 20) {
  topic_defaults_ = options_.topic_defaults;
  context_.files = options_.files;
  context_.clock = options_.clock;
  context_.seed = random_.Next();
  context_.archive = options_.archive;
  if (options_.archive != nullptr) {
    context_.archive_files = std::make_unique<ArchiveFiles>(
        options_.archive, base::limits::kArchiveCacheBytesMax, base::limits::kArchiveChunkBytes);
  }
  context_.flush = options_.flush;
  context_.commits = &commits_;
  context_.save_checkpoints = [this] { return SaveCheckpoints(); };
}

StoredLog::~StoredLog() {
  {
    const std::lock_guard lock(work_mutex_);
    stopping_ = true;
    work_.notify_all();
    house_.notify_all();
  }
  if (checkpoint_thread_.joinable()) checkpoint_thread_.join();
  if (house_thread_.joinable()) house_thread_.join();
  commits_.Stop();
  if (!recovered_) return;
  const auto close = [&]() -> base::Result<void> {
    TRY(commits_.CommitAll());
    TRY(Checkpoint());
    return SaveCheckpointsFrom(journal_.current() + 1);
  };
  if (auto closed = close(); !closed.ok()) {
    LOG_WARN("the log could not be closed cleanly; it is recovered when it is opened",
             {{"folder", options_.folder}, {"error", closed.error().message()}});
  }
}

// --- opening ------------------------------------------------------------------------------------

std::string StoredLog::TopicFolder(const std::string& name) const {
  return options_.folder + "/topics/" + name;
}

base::Result<LogCheckpoint> StoredLog::ReadCheckpoint() {
  auto bytes = env::ReadWhole(*options_.files, CheckpointPath(), base::limits::kCheckpointBytesMax);
  if (!bytes.ok()) {
    if (bytes.error().code() == base::Code::kNotFound) return LogCheckpoint();
    return bytes.error();
  }
  auto checkpoint = DecodeCheckpoint(*bytes);
  if (checkpoint.ok()) return checkpoint;
  LOG_WARN("the checkpoint cannot be read; every segment is checked instead",
           {{"file", CheckpointPath()}, {"error", checkpoint.error().message()}});
  return LogCheckpoint();
}

base::Result<void> StoredLog::Recover() {
  env::Files& files = *options_.files;
  for (const std::string_view folder : {"/topics", "/journal", "/new", "/removed"}) {
    TRY(files.CreateDirectories(options_.folder + std::string(folder)));
  }
  TRY(files.SyncDirectory(options_.folder));
  TRY(files.SyncDirectory(env::DirectoryOf(options_.folder)));
  TRY(RemoveLeftovers());
  LogCheckpoint checkpoint = TRY(ReadCheckpoint());
  Checkpoints checkpoints;
  for (PartitionCheckpoint& partition : checkpoint.partitions) {
    const auto key = std::pair(partition.topic_id, partition.partition);
    checkpoints.emplace(key, std::move(partition));
  }
  for (const env::FileInfo& info : TRY(files.List(options_.folder + "/topics"))) {
    if (!info.is_directory) continue;
    const std::string path = TopicFolder(info.name) + std::string(kTopicFileName);
    const std::string bytes = TRY(env::ReadWhole(files, path, base::limits::kTopicFileBytesMax));
    TopicFile file = TRY(DecodeTopicFile(bytes).With(path));
    file.name = info.name;
    Install(TRY(OpenTopic(file, checkpoints)));
  }
  TRY(ReplayJournal(checkpoint.journal_from));
  // Readers must see nothing that the next crash takes away: first to the disk.
  const auto partitions = AllPartitions();
  for (const auto& partition : partitions) TRY(partition->SyncSegments());
  // A frame that a crash left half written must never be taken for one of ours: numbers are of this
  // opening only.
  opening_ = checkpoint.opening + 1;
  const uint64_t first_journal = (opening_ << 32) + 1;
  TRY(SaveCheckpointsFrom(first_journal));
  if (checkpoint.opening == 0) TRY(journal_.Clear());
  TRY(journal_.Reset(first_journal));
  for (const auto& partition : partitions) partition->FinishRecovery();
  recovered_ = true;
  return {};
}

base::Result<StoredLog::Entry> StoredLog::OpenTopic(const TopicFile& file,
                                                    const Checkpoints& checkpoints) {
  auto config = Apply(topic_defaults(), file.configs);
  if (!config.ok()) return std::move(config).error().With("topic " + file.name);
  const auto shared = std::make_shared<const TopicConfig>(std::move(*config));
  Entry entry;
  entry.topic = std::make_shared<const Topic>(Topic{.name = file.name,
                                                    .id = file.id,
                                                    .internal = file.internal,
                                                    .config = *shared,
                                                    .configs = file.configs});
  TRY(OpenPartitions(entry, file, shared, checkpoints));
  return entry;
}

// Opens the partitions that `entry` lacks.
base::Result<void> StoredLog::OpenPartitions(Entry& entry, const TopicFile& file,
                                             const std::shared_ptr<const TopicConfig>& config,
                                             const Checkpoints& checkpoints) {
  Topic topic = *entry.topic;
  for (int32_t i = static_cast<int32_t>(entry.partitions.size()); i < file.num_partitions; ++i) {
    const auto checkpoint = checkpoints.find({file.id, i});
    auto partition = TRY(StoredPartition::Open(
        &context_,
        {.name = {file.name, i},
         .topic_id = file.id,
         .folder = TopicFolder(file.name) + "/" + std::to_string(i)},
        config, checkpoint == checkpoints.end() ? nullptr : &checkpoint->second));
    topic.partitions.push_back(partition);
    entry.partitions.push_back(std::move(partition));
  }
  entry.topic = std::make_shared<const Topic>(std::move(topic));
  return {};
}

base::Result<void> StoredLog::ReplayJournal(uint64_t from) {
  return journal_.Replay(from, [&](const JournalEntry& journaled) -> base::Result<void> {
    std::shared_ptr<StoredPartition> partition;
    {
      const std::lock_guard lock(mutex_);
      const auto name = names_.find(journaled.topic_id);
      if (name == names_.end()) return {};  // the topic was deleted
      const auto& partitions = topics_.find(name->second)->second.partitions;
      if (journaled.partition < 0 ||
          static_cast<size_t>(journaled.partition) >= partitions.size()) {
        return base::Corruption("the journal names partition " +
                                std::to_string(journaled.partition) + " of " + name->second);
      }
      partition = partitions[static_cast<size_t>(journaled.partition)];
    }
    return partition->Replay(journaled);
  });
}

// What a crash left of topics being made or removed.
base::Result<void> StoredLog::RemoveLeftovers() {
  for (const std::string_view folder : {"/new", "/removed"}) {
    const std::string path = options_.folder + std::string(folder);
    for (const env::FileInfo& info : TRY(options_.files->List(path))) {
      TRY(options_.files->RemoveTree(path + "/" + info.name));
    }
  }
  for (const env::FileInfo& info : TRY(options_.files->List(options_.folder))) {
    if (!info.name.starts_with(env::kTemporaryPrefix)) continue;
    TRY(options_.files->Remove(options_.folder + "/" + info.name));
  }
  return {};
}

void StoredLog::Start() {
  if (!options_.background) return;
  commits_.Start();
  checkpoint_thread_ = std::thread([this] { RunCheckpoints(); });
  house_thread_ = std::thread([this] { RunHouse(); });
}

// --- topics -------------------------------------------------------------------------------------

void StoredLog::Install(Entry entry) {
  const std::lock_guard lock(mutex_);
  names_[entry.topic->id] = entry.topic->name;
  const std::string name = entry.topic->name;
  topics_[name] = std::move(entry);
}

base::Result<StoredLog::Entry> StoredLog::FindEntry(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = topics_.find(name);
  if (found == topics_.end()) return base::NotFound("there is no topic '" + name + "'");
  return found->second;
}

base::Result<std::shared_ptr<const Topic>> StoredLog::CreateTopic(const NewTopic& topic) {
  TRY(CheckTopicName(topic.name));
  if (topic.num_partitions < 1) {
    return base::InvalidArgument("a topic has at least one partition");
  }
  if (topic.num_partitions > base::limits::kPartitionsPerTopicMax) {
    return base::InvalidArgument("a topic has at most " +
                                 std::to_string(base::limits::kPartitionsPerTopicMax) +
                                 " partitions");
  }
  TRY(Apply(topic_defaults(), topic.configs));
  const std::lock_guard admin_lock(admin_mutex_);
  if (Find(topic.name) != nullptr) {
    return base::AlreadyExists("topic '" + topic.name + "' exists");
  }
  env::Files& files = *options_.files;
  base::Uuid id = base::Uuid::V4(random_);
  while (Find(id) != nullptr) id = base::Uuid::V4(random_);
  const TopicFile file{.name = topic.name,
                       .id = id,
                       .num_partitions = topic.num_partitions,
                       .internal = topic.internal,
                       .configs = topic.configs};
  // Whole under another name, then renamed: a crash leaves the topic or nothing.
  const std::string made = options_.folder + "/new/" + file.id.ToString();
  const auto make = [&]() -> base::Result<void> {
    TRY(files.CreateDirectories(made));
    for (int32_t i = 0; i < file.num_partitions; ++i) {
      TRY(files.CreateDirectories(made + "/" + std::to_string(i)));
    }
    TRY(env::WriteWhole(files, made + std::string(kTopicFileName), EncodeTopicFile(file)));
    TRY(files.SyncDirectory(made));
    TRY(files.Rename(made, TopicFolder(file.name)));
    TRY(files.SyncDirectory(options_.folder + "/topics"));
    return files.SyncDirectory(options_.folder + "/new");
  };
  if (auto done = make(); !done.ok()) {
    // As far as it can be undone; opening does the rest.
    for (const std::string& folder : {made, TopicFolder(file.name)}) {
      if (auto removed = files.RemoveTree(folder); !removed.ok()) break;
    }
    return std::move(done).error().With("topic " + file.name);
  }
  Entry entry = TRY(OpenTopic(file, {}));
  for (const auto& partition : entry.partitions) partition->FinishRecovery();
  auto made_topic = entry.topic;
  Install(std::move(entry));
  return made_topic;
}

base::Result<void> StoredLog::DeleteTopic(const std::string& name) {
  const std::lock_guard admin_lock(admin_mutex_);
  const Entry entry = TRY(FindEntry(name));
  env::Files& files = *options_.files;
  const std::string removed = options_.folder + "/removed/" + entry.topic->id.ToString();
  TRY(files.Rename(TopicFolder(name), removed));
  {
    const std::lock_guard lock(mutex_);
    topics_.erase(name);
    names_.erase(entry.topic->id);
  }
  for (const auto& partition : entry.partitions) partition->Kill();
  TRY(files.SyncDirectory(options_.folder + "/removed"));
  TRY(files.SyncDirectory(options_.folder + "/topics"));
  const std::lock_guard lock(work_mutex_);
  house_due_ = true;
  house_.notify_all();
  return {};
}

base::Result<std::shared_ptr<const Topic>> StoredLog::AddPartitions(const std::string& name,
                                                                    int32_t num_partitions) {
  const std::lock_guard admin_lock(admin_mutex_);
  Entry entry = TRY(FindEntry(name));
  const auto existing = static_cast<int32_t>(entry.partitions.size());
  if (num_partitions <= existing) {
    return base::InvalidArgument("topic '" + name + "' has " + std::to_string(existing) +
                                 " partitions already");
  }
  if (num_partitions > base::limits::kPartitionsPerTopicMax) {
    return base::InvalidArgument("a topic has at most " +
                                 std::to_string(base::limits::kPartitionsPerTopicMax) +
                                 " partitions");
  }
  const TopicFile file{.name = name,
                       .id = entry.topic->id,
                       .num_partitions = num_partitions,
                       .internal = entry.topic->internal,
                       .configs = entry.topic->configs};
  for (int32_t i = existing; i < num_partitions; ++i) {
    TRY(options_.files->CreateDirectories(TopicFolder(name) + "/" + std::to_string(i)));
  }
  TRY(options_.files->SyncDirectory(TopicFolder(name)));
  TRY(env::WriteWhole(*options_.files, TopicFolder(name) + std::string(kTopicFileName),
                      EncodeTopicFile(file)));
  TRY(OpenPartitions(entry, file, std::make_shared<const TopicConfig>(entry.topic->config), {}));
  for (size_t i = static_cast<size_t>(existing); i < entry.partitions.size(); ++i) {
    entry.partitions[i]->FinishRecovery();
  }
  auto topic = entry.topic;
  Install(std::move(entry));
  return topic;
}

base::Result<std::shared_ptr<const Topic>> StoredLog::SetConfigs(
    const std::string& name, const std::map<std::string, std::string>& configs) {
  const std::lock_guard admin_lock(admin_mutex_);
  Entry entry = TRY(FindEntry(name));
  Topic topic = *entry.topic;
  topic.config = TRY(Apply(topic_defaults(), configs));
  topic.configs = configs;
  const TopicFile file{.name = name,
                       .id = topic.id,
                       .num_partitions = static_cast<int32_t>(entry.partitions.size()),
                       .internal = topic.internal,
                       .configs = configs};
  TRY(env::WriteWhole(*options_.files, TopicFolder(name) + std::string(kTopicFileName),
                      EncodeTopicFile(file)));
  const auto config = std::make_shared<const TopicConfig>(topic.config);
  for (const auto& partition : entry.partitions) TRY(partition->SetConfig(config));
  entry.topic = std::make_shared<const Topic>(std::move(topic));
  auto changed = entry.topic;
  Install(std::move(entry));
  return changed;
}

base::Result<void> StoredLog::SetTopicDefaults(const std::map<std::string, std::string>& configs) {
  const std::lock_guard admin_lock(admin_mutex_);
  const TopicConfig defaults = TRY(Apply(options_.topic_defaults, configs));
  std::vector<Entry> entries;
  {
    const std::lock_guard lock(mutex_);
    topic_defaults_ = defaults;
    for (const auto& [name, entry] : topics_) entries.push_back(entry);
  }
  for (Entry& entry : entries) {
    Topic topic = *entry.topic;
    auto applied = Apply(defaults, topic.configs);
    if (!applied.ok()) {
      LOG_WARN("a topic keeps its old defaults, for the new ones contradict what is set for it",
               {{"topic", topic.name}, {"error", applied.error().message()}});
      continue;
    }
    topic.config = *std::move(applied);
    const auto config = std::make_shared<const TopicConfig>(topic.config);
    for (const auto& partition : entry.partitions) TRY(partition->SetConfig(config));
    entry.topic = std::make_shared<const Topic>(std::move(topic));
    Install(std::move(entry));
  }
  return {};
}

TopicConfig StoredLog::topic_defaults() const {
  const std::lock_guard lock(mutex_);
  return topic_defaults_;
}

std::shared_ptr<const Topic> StoredLog::Find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = topics_.find(name);
  return found == topics_.end() ? nullptr : found->second.topic;
}

std::shared_ptr<const Topic> StoredLog::Find(const base::Uuid& id) const {
  const std::lock_guard lock(mutex_);
  const auto name = names_.find(id);
  return name == names_.end() ? nullptr : topics_.find(name->second)->second.topic;
}

std::shared_ptr<Partition> StoredLog::Find(const TopicPartition& partition) const {
  const std::lock_guard lock(mutex_);
  const auto found = topics_.find(partition.topic);
  if (found == topics_.end() || partition.partition < 0 ||
      static_cast<size_t>(partition.partition) >= found->second.partitions.size()) {
    return nullptr;
  }
  return found->second.partitions[static_cast<size_t>(partition.partition)];
}

std::vector<std::shared_ptr<const Topic>> StoredLog::Topics() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<const Topic>> topics;
  topics.reserve(topics_.size());
  for (const auto& [name, entry] : topics_) topics.push_back(entry.topic);
  return topics;
}

std::vector<std::shared_ptr<StoredPartition>> StoredLog::AllPartitions() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<StoredPartition>> partitions;
  for (const auto& [name, entry] : topics_) {
    partitions.insert(partitions.end(), entry.partitions.begin(), entry.partitions.end());
  }
  return partitions;
}

// --- durability ---------------------------------------------------------------------------------

Durable StoredLog::IsDurable(Ticket ticket) const { return commits_.IsDurable(ticket); }

void StoredLog::WatchDurable(Ticket ticket, const std::shared_ptr<Watcher>& watcher) {
  commits_.WatchDurable(ticket, watcher);
}

base::Result<void> StoredLog::Sync() {
  TRY(commits_.CommitAll());
  return SyncUnjournaled(FlushPolicy::kNever);
}

base::Result<void> StoredLog::SyncUnjournaled(FlushPolicy at_least) {
  for (const auto& partition : AllPartitions()) {
    const FlushPolicy policy = partition->flush_policy();
    if (policy == FlushPolicy::kAlways || policy > at_least || !partition->dirty()) continue;
    TRY(partition->SyncSegments());
  }
  return {};
}

base::Result<void> StoredLog::Checkpoint() {
  const std::lock_guard lock(checkpoint_mutex_);
  // Appends stand in their segments before they are journaled, so once the segments are synced no
  // file before the current one is needed.
  const uint64_t covered = journal_.current() - 1;
  context_.unjournaled_bytes = 0;
  for (const auto& partition : AllPartitions()) TRY(partition->SyncSegments());
  TRY(SaveCheckpointsFrom(covered + 1));
  journal_.Release(covered);
  commits_.Released();
  return {};
}

base::Result<void> StoredLog::SaveCheckpointsFrom(uint64_t journal_from) {
  {
    const std::lock_guard lock(save_mutex_);
    journal_from_ = journal_from;
  }
  return SaveCheckpoints();
}

base::Result<void> StoredLog::SaveCheckpoints() {
  const std::lock_guard lock(save_mutex_);
  LogCheckpoint all{.opening = opening_, .journal_from = journal_from_};
  for (const auto& partition : AllPartitions()) {
    PartitionCheckpoint checkpoint = partition->checkpoint();
    if (checkpoint.recovery == Offset(0) && checkpoint.log_start == Offset(0)) continue;
    all.partitions.push_back(std::move(checkpoint));
  }
  return env::WriteWhole(*options_.files, CheckpointPath(), EncodeCheckpoint(all));
}

void StoredLog::RunCheckpoints() {
  auto next_flush = std::chrono::steady_clock::now();
  while (true) {
    bool due = false;
    bool spare = false;
    {
      std::unique_lock lock(work_mutex_);
      next_flush += std::chrono::milliseconds(std::max<int64_t>(options_.flush_interval_ms, 1));
      next_flush = std::max(next_flush, std::chrono::steady_clock::now());
      work_.wait_until(lock, next_flush,
                       [&] { return stopping_ || checkpoint_due_ || spare_due_; });
      if (stopping_) return;
      due = std::exchange(checkpoint_due_, false);
      spare = std::exchange(spare_due_, false);
    }
    if (spare) {
      if (auto made = journal_.PrepareSpare(); !made.ok()) {
        LOG_WARN("no journal file could be prepared; one is made when needed",
                 {{"error", made.error().message()}});
      }
    }
    due = due || context_.unjournaled_bytes > base::limits::kUncheckpointedBytesMax;
    auto done = due ? Checkpoint() : SyncUnjournaled(FlushPolicy::kInterval);
    if (!done.ok()) {
      LOG_WARN("segments cannot be synced", {{"error", done.error().message()}});
      const std::lock_guard lock(work_mutex_);
      checkpoint_due_ = checkpoint_due_ || due;
    }
  }
}

base::Result<void> StoredLog::KeepHouse(Retention retention) {
  const std::lock_guard house_lock(house_mutex_);
  bool due = context_.unjournaled_bytes > base::limits::kUncheckpointedBytesMax;
  if (!options_.background) {
    const std::lock_guard lock(work_mutex_);
    due = std::exchange(checkpoint_due_, false) || due;
  }
  if (!options_.background && due) TRY(Checkpoint());
  const std::string removed = options_.folder + "/removed";
  for (const env::FileInfo& info : TRY(options_.files->List(removed))) {
    if (options_.archive != nullptr) {
      // A folder of removed topics has their ids as names.
      for (const object::ObjectInfo& each : TRY(options_.archive->List(info.name + "/"))) {
        TRY(options_.archive->Delete(each.key));
      }
    }
    TRY(options_.files->RemoveTree(removed + "/" + info.name));
  }
  // One partition in trouble keeps no other from its turn.
  base::Result<void> kept;
  for (const auto& partition : AllPartitions()) {
    if (auto one = partition->KeepHouse(retention); !one.ok()) kept = std::move(one);
    partition->CloseIdleFiles();
  }
  return kept;
}

void StoredLog::RunHouse() {
  int64_t retained_ms = options_.clock->MonotonicMs();
  while (true) {
    {
      std::unique_lock lock(work_mutex_);
      house_.wait_for(lock, std::chrono::milliseconds(base::limits::kKeepHouseMs),
                      [&] { return stopping_ || house_due_; });
      if (stopping_) return;
      house_due_ = false;
    }
    const bool due = options_.clock->MonotonicMs() - retained_ms >= base::limits::kRetentionCheckMs;
    if (due) retained_ms = options_.clock->MonotonicMs();
    if (auto kept = KeepHouse(due ? Retention::kDue : Retention::kNotYet); !kept.ok()) {
      LOG_WARN("keeping house failed", {{"error", kept.error().message()}});
    }
  }
}

std::optional<base::Error> StoredLog::Trouble() const {
  if (auto trouble = commits_.Trouble()) return trouble;
  return context_.Trouble();
}

}  // namespace logs
