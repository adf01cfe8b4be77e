// MetadataStore: what the broker keeps about itself beside topics and groups (dynamic
// configurations, and whatever else is small and must survive): keys and values as text in a
// compacted internal topic of the log, all of them in memory. Owner; THREAD: any.
// docs/format/broker_metadata.md.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "log/log.h"

namespace kafka::server {

inline constexpr std::string_view kMetadataTopic = "__broker_metadata";

class MetadataStore {
 public:
  // Reads what there is; the topic is made by the first change. `log` and `clock` are borrowed.
  // BLOCKS. ERRORS: kIo, kCorruption.
  static base::Result<std::unique_ptr<MetadataStore>> Open(logs::Log& log,
                                                           const base::Clock& clock);

  // A key and its value; nullopt removes it.
  using Change = std::pair<std::string, std::optional<std::string>>;

  // All or none, durable on return. BLOCKS. ERRORS: kInvalidArgument: too much; kIo.
  base::Result<void> Put(const std::vector<Change>& changes);

  [[nodiscard]] std::optional<std::string> Get(const std::string& key) const;
  // The entries whose keys begin with `prefix`, by key.
  [[nodiscard]] std::map<std::string, std::string> WithPrefix(std::string_view prefix) const;

 private:
  MetadataStore(logs::Log& log, const base::Clock& clock) : log_(log), clock_(clock) {}
  base::Result<void> Load(logs::Partition& partition);
  base::Result<std::shared_ptr<logs::Partition>> OpenPartition();

  logs::Log& log_;
  const base::Clock& clock_;
  std::mutex writing_;  // one change at a time, from the append until it shows
  mutable std::mutex mutex_;
  std::map<std::string, std::string> entries_;  // guarded by mutex_
};

}  // namespace kafka::server
