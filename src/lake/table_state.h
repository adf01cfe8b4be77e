// TableState: the snapshot of a table as log replay builds it. Immutable; successive states share
// what did not change, so following a log costs what its new commits hold and a copy of pointers.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "lake/table.h"
#include "object/object_store.h"

namespace lake {

struct LiveFile {
  AddFile add;
  std::optional<int64_t> num_records;
};

class TableState final : public Snapshot {
 public:
  [[nodiscard]] Version version() const override { return version_; }
  [[nodiscard]] int64_t timestamp_unix_ms() const override { return timestamp_unix_ms_; }
  [[nodiscard]] const Protocol& protocol() const override { return *protocol_; }
  [[nodiscard]] const Metadata& metadata() const override { return *metadata_; }
  [[nodiscard]] const columnar::Schema& schema() const override { return *schema_; }
  [[nodiscard]] const std::vector<AddFile>& files() const override;
  [[nodiscard]] std::optional<int64_t> TxnVersion(const std::string& app_id) const override;
  [[nodiscard]] std::vector<Txn> txns() const override;
  [[nodiscard]] std::optional<int64_t> num_rows() const override;

  // By path, without making files(); nullptr when the file is not live.
  [[nodiscard]] const LiveFile* Find(const std::string& path) const;
  [[nodiscard]] const std::vector<std::shared_ptr<const LiveFile>>& live() const { return live_; }
  [[nodiscard]] const std::vector<std::shared_ptr<const RemoveFile>>& tombstones() const {
    return tombstones_;
  }
  // The commit file this state ends with, to tell a table that was made anew under the same name.
  [[nodiscard]] const std::optional<object::ObjectInfo>& commit_file() const {
    return commit_file_;
  }

 private:
  friend class StateBuilder;

  Version version_;
  int64_t timestamp_unix_ms_ = 0;
  std::shared_ptr<const Protocol> protocol_;
  std::shared_ptr<const Metadata> metadata_;
  std::shared_ptr<const columnar::Schema> schema_;
  std::vector<std::shared_ptr<const LiveFile>> live_;          // by path
  std::vector<std::shared_ptr<const RemoveFile>> tombstones_;  // by path
  std::shared_ptr<const std::map<std::string, Txn>> txns_;
  std::optional<object::ObjectInfo> commit_file_;

  mutable std::once_flag files_once_;
  mutable std::vector<AddFile> files_;  // made on first use
};

// Replays commits, in ascending order, onto a state or onto nothing. Owner; THREAD: one at a time.
class StateBuilder {
 public:
  explicit StateBuilder(std::shared_ptr<const TableState> base);  // nullptr: from nothing

  void Apply(std::vector<Action> actions);

  // ERRORS: kUnsupported: a table feature or type we lack; kCorruption: a log without protocol or
  // metadata, or an unreadable schema.
  base::Result<std::shared_ptr<const TableState>> Finish(
      Version version, int64_t timestamp_unix_ms, std::optional<object::ObjectInfo> commit_file);

 private:
  struct Change {
    std::shared_ptr<const LiveFile> added;  // one of the two is set
    std::shared_ptr<const RemoveFile> removed;
  };

  void MergeFiles(TableState& state) const;

  std::shared_ptr<const TableState> base_;
  std::shared_ptr<const Protocol> protocol_;
  std::shared_ptr<const Metadata> metadata_;
  std::unordered_map<std::string, Change> changes_;  // the newest one of every path
  std::map<std::string, Txn> txns_;                  // that came since `base_`
};

// When the commit was made: inCommitTimestamp, else what its writer noted, else the file's date.
[[nodiscard]] int64_t CommitTimestamp(const CommitInfo* maybe_info, int64_t file_unix_ms);
[[nodiscard]] const CommitInfo* FindCommitInfo(const std::vector<Action>& actions);

}  // namespace lake
