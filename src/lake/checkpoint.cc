#include "lake/checkpoint.h"

#include <utility>

#include "base/json_writer.h"
#include "lake/log_names.h"
#include "lake/table_properties.h"

namespace lake {
namespace {

constexpr int64_t kDayMs = 86'400'000;
constexpr int64_t kTombstoneRetentionMs = 7 * kDayMs;  // the protocol's implementations agree

std::vector<std::string> CheckpointActions(const TableState& state, int64_t now_unix_ms) {
  std::vector<std::string> actions;
  actions.reserve(state.live().size() + state.tombstones().size() + 2);
  actions.push_back(ToJson(state.protocol()));
  actions.push_back(ToJson(state.metadata()));
  for (const Txn& txn : state.txns()) actions.push_back(ToJson(txn));
  const auto retention_ms = DurationPropertyMs(
      state.metadata(), "delta.deletedFileRetentionDuration", kTombstoneRetentionMs);
  for (const auto& tombstone : state.tombstones()) {
    const bool expired = retention_ms && tombstone->deletion_unix_ms + *retention_ms < now_unix_ms;
    if (expired) continue;
    RemoveFile remove = *tombstone;
    remove.data_change = false;  // a checkpoint moves no data
    actions.push_back(ToJson(remove));
  }
  for (const auto& file : state.live()) {
    AddFile add = file->add;
    add.data_change = false;
    actions.push_back(ToJson(add));
  }
  return actions;
}

}  // namespace

base::Result<void> WriteCheckpoint(object::ObjectStore& store, CheckpointFiles& checkpoints,
                                   const TableState& state, int64_t now_unix_ms) {
  const std::string key = CheckpointKey(state.version());
  const auto actions = CheckpointActions(state, now_unix_ms);
  TRY(checkpoints.WriteCheckpoint(store, key, actions));
  const object::ObjectInfo info = TRY(store.Head(key));
  base::JsonWriter json;
  json.BeginObject();
  json.Key("version").Int(state.version().get());
  json.Key("size").Uint(actions.size());
  json.Key("sizeInBytes").Uint(info.size_bytes);
  json.Key("numOfAddFiles").Uint(state.live().size());
  json.EndObject();
  return store.Put(std::string(kLastCheckpointKey), json.text());
}

base::Result<void> CleanLog(object::ObjectStore& store, int64_t retention_ms, int64_t now_unix_ms) {
  const LogListing listing = TRY(ListLog(store, Version(0)));
  const int64_t cutoff_unix_ms = (now_unix_ms - retention_ms) / kDayMs * kDayMs;
  // Commits are older than their followers; the first young one ends the old ones, whatever the
  // dates after it say.
  std::optional<Version> cutoff;
  for (const LogFile& commit : listing.commits) {
    if (commit.info.modified_unix_ms > cutoff_unix_ms) break;
    cutoff = commit.version;
  }
  if (!cutoff) return {};
  std::optional<Version> keep_from;
  for (const CheckpointSet& checkpoint : listing.checkpoints) {
    if (checkpoint.version <= *cutoff) keep_from = checkpoint.version;
  }
  if (!keep_from) return {};
  for (const LogFile& file : listing.files) {
    if (file.version < *keep_from) TRY(store.Delete(file.info.key));
  }
  return {};
}

}  // namespace lake
