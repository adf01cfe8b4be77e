#include "lake/table_state.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "lake/delta_schema.h"
#include "lake/features.h"
#include "lake/stats.h"

namespace lake {

const std::vector<AddFile>& TableState::files() const {
  std::call_once(files_once_, [this] {
    files_.reserve(live_.size());
    for (const auto& file : live_) files_.push_back(file->add);
  });
  return files_;
}

std::optional<int64_t> TableState::TxnVersion(const std::string& app_id) const {
  const auto found = txns_->find(app_id);
  if (found == txns_->end()) return std::nullopt;
  return found->second.version;
}

std::vector<Txn> TableState::txns() const {
  std::vector<Txn> all;
  all.reserve(txns_->size());
  for (const auto& [app_id, txn] : *txns_) all.push_back(txn);
  return all;
}

std::optional<int64_t> TableState::num_rows() const {
  int64_t num_rows = 0;
  for (const auto& file : live_) {
    if (!file->num_records) return std::nullopt;
    num_rows += *file->num_records;
  }
  return num_rows;
}

const LiveFile* TableState::Find(const std::string& path) const {
  const auto found = std::lower_bound(
      live_.begin(), live_.end(), path,
      [](const auto& file, const std::string& wanted) { return file->add.path < wanted; });
  return found == live_.end() || (*found)->add.path != path ? nullptr : found->get();
}

StateBuilder::StateBuilder(std::shared_ptr<const TableState> base) : base_(std::move(base)) {
  if (base_ == nullptr) return;
  protocol_ = base_->protocol_;
  metadata_ = base_->metadata_;
}

void StateBuilder::Apply(std::vector<Action> actions) {
  for (Action& action : actions) {
    if (auto* add = std::get_if<AddFile>(&action)) {
      LiveFile file{.add = std::move(*add), .num_records = std::nullopt};
      if (file.add.stats_json) file.num_records = NumRecords(*file.add.stats_json);
      std::string path = file.add.path;
      changes_[std::move(path)] = {.added = std::make_shared<LiveFile>(std::move(file)),
                                   .removed = nullptr};
    } else if (auto* remove = std::get_if<RemoveFile>(&action)) {
      std::string path = remove->path;
      changes_[std::move(path)] = {.added = nullptr,
                                   .removed = std::make_shared<RemoveFile>(std::move(*remove))};
    } else if (auto* txn = std::get_if<Txn>(&action)) {
      txns_[txn->app_id] = *txn;
    } else if (auto* metadata = std::get_if<Metadata>(&action)) {
      metadata_ = std::make_shared<Metadata>(std::move(*metadata));
    } else if (auto* protocol = std::get_if<Protocol>(&action)) {
      protocol_ = std::make_shared<Protocol>(std::move(*protocol));
    }
  }
}

namespace {

template <typename File>
std::string_view PathOf(const File& file) {
  if constexpr (std::is_same_v<File, LiveFile>) {
    return file.add.path;
  } else {
    return file.path;
  }
}

// `base` without the `changed` paths, with `fresh` put in. All by path.
template <typename File>
std::vector<std::shared_ptr<const File>> Merged(
    const std::vector<std::shared_ptr<const File>>& base,
    std::vector<std::shared_ptr<const File>> fresh, const std::vector<std::string_view>& changed) {
  const auto by_path = [](const auto& a, const auto& b) { return PathOf(*a) < PathOf(*b); };
  std::sort(fresh.begin(), fresh.end(), by_path);
  std::vector<std::shared_ptr<const File>> merged;
  merged.reserve(base.size() + fresh.size());
  auto next = fresh.begin();
  auto next_changed = changed.begin();
  for (const auto& file : base) {
    while (next != fresh.end() && by_path(*next, file)) merged.push_back(*next++);
    while (next_changed != changed.end() && *next_changed < PathOf(*file)) ++next_changed;
    const bool is_changed = next_changed != changed.end() && *next_changed == PathOf(*file);
    if (!is_changed) merged.push_back(file);
  }
  merged.insert(merged.end(), next, fresh.end());
  return merged;
}

}  // namespace

void StateBuilder::MergeFiles(TableState& state) const {
  const TableState nothing;
  const auto& live = base_ == nullptr ? nothing.live_ : base_->live_;
  const auto& tombstones = base_ == nullptr ? nothing.tombstones_ : base_->tombstones_;
  if (changes_.empty()) {
    state.live_ = live;
    state.tombstones_ = tombstones;
    return;
  }
  std::vector<std::shared_ptr<const LiveFile>> added;
  std::vector<std::shared_ptr<const RemoveFile>> removed;
  std::vector<std::string_view> changed;
  for (const auto& [path, change] : changes_) {
    changed.push_back(path);
    if (change.added != nullptr) added.push_back(change.added);
    if (change.removed != nullptr) removed.push_back(change.removed);
  }
  std::sort(changed.begin(), changed.end());
  // A path stands among the live files or the tombstones, by its newest action.
  state.live_ = Merged(live, std::move(added), changed);
  state.tombstones_ = Merged(tombstones, std::move(removed), changed);
}

base::Result<std::shared_ptr<const TableState>> StateBuilder::Finish(
    Version version, int64_t timestamp_unix_ms, std::optional<object::ObjectInfo> commit_file) {
  if (protocol_ == nullptr || metadata_ == nullptr) {
    return base::Corruption(std::string("the log has no ") +
                            (protocol_ == nullptr ? "protocol" : "metaData") + " action");
  }
  auto state = std::make_shared<TableState>();
  state->version_ = version;
  state->timestamp_unix_ms_ = timestamp_unix_ms;
  state->commit_file_ = std::move(commit_file);
  state->protocol_ = protocol_;
  state->metadata_ = metadata_;
  if (base_ != nullptr && base_->metadata_ == metadata_ && base_->protocol_ == protocol_) {
    state->schema_ = base_->schema_;
  } else {
    // The features come first: they name what an unknown type in the schema belongs to.
    TRY(CheckReadable(*protocol_, *metadata_));
    state->schema_ = std::make_shared<columnar::Schema>(TRY(ParseSchema(metadata_->schema_json)));
  }
  MergeFiles(*state);
  if (base_ != nullptr && txns_.empty()) {
    state->txns_ = base_->txns_;
  } else {
    auto txns = std::make_shared<std::map<std::string, Txn>>(
        base_ == nullptr ? std::map<std::string, Txn>() : *base_->txns_);
    for (const auto& [app_id, txn] : txns_) (*txns)[app_id] = txn;
    state->txns_ = std::move(txns);
  }
  return std::shared_ptr<const TableState>(std::move(state));
}

const CommitInfo* FindCommitInfo(const std::vector<Action>& actions) {
  for (const Action& action : actions) {
    if (const auto* info = std::get_if<CommitInfo>(&action)) return info;
  }
  return nullptr;
}

int64_t CommitTimestamp(const CommitInfo* maybe_info, int64_t file_unix_ms) {
  if (maybe_info == nullptr) return file_unix_ms;
  if (const auto found = maybe_info->extra.find("inCommitTimestamp");
      found != maybe_info->extra.end()) {
    int64_t timestamp = 0;
    const char* end = found->second.data() + found->second.size();
    const auto parsed = std::from_chars(found->second.data(), end, timestamp);
    if (parsed.ec == std::errc{} && parsed.ptr == end) return timestamp;
  }
  return maybe_info->timestamp_unix_ms != 0 ? maybe_info->timestamp_unix_ms : file_unix_ms;
}

}  // namespace lake
