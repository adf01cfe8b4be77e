// Names in a table's `_delta_log` folder, and a listing of it sorted into what it holds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lake/actions.h"
#include "object/object_store.h"

namespace lake {

inline constexpr std::string_view kLogPrefix = "_delta_log/";
inline constexpr std::string_view kLastCheckpointKey = "_delta_log/_last_checkpoint";

[[nodiscard]] std::string CommitKey(Version version);      // "_delta_log/00000000000000000012.json"
[[nodiscard]] std::string CheckpointKey(Version version);  // "....checkpoint.parquet"

enum class LogFileKind : uint8_t {
  kCommit,
  kCheckpoint,  // whole, or one part of several
  kOther,       // belongs to a version, but nothing is read from it: checksum, log compaction
};

struct LogFile {
  LogFileKind kind = LogFileKind::kOther;
  Version version;
  int64_t part = 1;  // kCheckpoint: this one of `parts`
  int64_t parts = 1;
  object::ObjectInfo info;
};

// nullopt for a name that starts with no version.
[[nodiscard]] std::optional<LogFile> ParseLogKey(const object::ObjectInfo& info);

struct CheckpointSet {
  Version version;
  std::vector<object::ObjectInfo> parts;
};

struct LogListing {
  std::vector<LogFile> commits;            // ascending
  std::vector<CheckpointSet> checkpoints;  // complete ones only, ascending
  std::vector<LogFile> files;              // everything that belongs to a version, by key

  [[nodiscard]] bool empty() const { return commits.empty() && checkpoints.empty(); }
  [[nodiscard]] std::optional<Version> newest() const;
  // The oldest version a snapshot can be made of.
  [[nodiscard]] std::optional<Version> oldest() const;
};

// What the log holds from `from` on.
base::Result<LogListing> ListLog(object::ObjectStore& store, Version from);

}  // namespace lake
