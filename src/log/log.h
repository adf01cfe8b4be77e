// Log: the topics of one data folder. Opens and recovers them, makes appends durable in groups, keeps
// retention and compaction. Owner; THREAD: any but Open and the destructor. docs/log.md.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/uuid.h"
#include "env/files.h"
#include "log/partition.h"
#include "log/topic_config.h"
#include "object/object_store.h"

namespace logs {

// When an append counts as safe, and so becomes visible.
enum class FlushPolicy : uint8_t {
  kAlways,    // once it survives power loss; the default
  kInterval,  // at once; synced every flush_interval_ms
  kNever,     // at once; the operating system writes when it likes
};

struct LogOptions {
  env::Files* files = nullptr;         // borrowed, required
  const base::Clock* clock = nullptr;  // borrowed, required
  uint64_t seed = 0;                   // of topic ids
  std::string folder = {};             // made when missing; one process at a time
  FlushPolicy flush = FlushPolicy::kAlways;
  int64_t flush_interval_ms = 1'000;
  uint64_t journal_bytes = uint64_t{64} << 20;  // of one journal file; there are two or three
  TopicConfig topic_defaults = {};
  std::shared_ptr<object::ObjectStore> archive = {};  // of tiered topics; none: no tiering
  // Threads of its own that sync and keep house. Without them (tests, simulation) the caller runs
  // Sync and KeepHouse.
  bool background = true;
};

struct NewTopic {
  std::string name;
  int32_t num_partitions = 1;
  std::map<std::string, std::string> configs = {};  // Kafka's names (topic_config.h)
  bool internal = false;                            // a coordinator's own
};

// A topic as it is now; a change makes another Topic. Value behind shared_ptr<const Topic>.
struct Topic {
  std::string name;
  base::Uuid id;
  bool internal = false;
  TopicConfig config;                                // defaults applied
  std::map<std::string, std::string> configs;        // what was set for this topic
  std::vector<std::shared_ptr<Partition>> partitions;  // by index
};

enum class Durable : uint8_t { kNotYet, kYes, kFailed };

class Log {
 public:
  // Recovers: cuts what a crash tore, repeats the journal. ERRORS: kIo, kCorruption with the file.
  static base::Result<std::unique_ptr<Log>> Open(LogOptions options);
  virtual ~Log() = default;  // syncs, and marks the folder as cleanly closed

  // ERRORS: kAlreadyExists; kInvalidArgument: name, count or configs; kIo. Durable on return.
  virtual base::Result<std::shared_ptr<const Topic>> CreateTopic(const NewTopic& topic) = 0;
  // ERRORS: kNotFound. The name is free at once; bytes go in the background.
  virtual base::Result<void> DeleteTopic(const std::string& name) = 0;
  // ERRORS: kNotFound; kInvalidArgument: not more than there are.
  virtual base::Result<std::shared_ptr<const Topic>> AddPartitions(const std::string& name,
                                                                   int32_t num_partitions) = 0;
  // Replaces what is set for the topic. ERRORS: kNotFound; kInvalidArgument.
  virtual base::Result<std::shared_ptr<const Topic>> SetConfigs(
      const std::string& name, const std::map<std::string, std::string>& configs) = 0;

  // What topics are like that say nothing else, over LogOptions::topic_defaults; for topics that
  // there are, too. Kept by the caller. ERRORS: kInvalidArgument; kIo.
  virtual base::Result<void> SetTopicDefaults(const std::map<std::string, std::string>& configs) = 0;
  [[nodiscard]] virtual TopicConfig topic_defaults() const = 0;

  // nullptr when there is none.
  [[nodiscard]] virtual std::shared_ptr<const Topic> Find(std::string_view name) const = 0;
  [[nodiscard]] virtual std::shared_ptr<const Topic> Find(const base::Uuid& id) const = 0;
  [[nodiscard]] virtual std::shared_ptr<Partition> Find(const TopicPartition& partition) const = 0;
  [[nodiscard]] virtual std::vector<std::shared_ptr<const Topic>> Topics() const = 0;  // by name

  // Is the append of `ticket` durable? kFailed: the log cannot write (full disk, broken disk) and
  // the append may or may not survive.
  [[nodiscard]] virtual Durable IsDurable(Ticket ticket) const = 0;
  // Notified once when `ticket` is no longer kNotYet, possibly sooner. Held weakly.
  virtual void WatchDurable(Ticket ticket, const std::shared_ptr<Watcher>& watcher) = 0;
  // Makes everything appended so far durable, whatever the policy. BLOCKS.
  virtual base::Result<void> Sync() = 0;

  // Retention, compaction, checkpoints, removal of deleted topics: what is due now. BLOCKS.
  virtual base::Result<void> KeepHouse() = 0;

  // Why appends are refused now; nullopt while all is well. For readiness.
  [[nodiscard]] virtual std::optional<base::Error> Trouble() const = 0;
  [[nodiscard]] virtual const std::string& folder() const = 0;
};

}  // namespace logs
