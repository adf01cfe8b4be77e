// What the lake's tests share: a table over a store in memory, checkpoints as JSON lines in place
// of Parquet, and short ways to commit.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/text.h"
#include "lake/stats.h"
#include "lake/table.h"
#include "object/memory_store.h"

namespace lake {

class JsonCheckpointFiles final : public CheckpointFiles {
 public:
  base::Result<void> WriteCheckpoint(object::ObjectStore& store, const std::string& key,
                                     const std::vector<std::string>& actions) override {
    return store.Put(key, base::Join(actions, "\n"));
  }
  base::Result<std::vector<std::string>> ReadCheckpoint(object::ObjectStore& store,
                                                        const std::string& key) override {
    const std::string text = TRY(store.Get(key));
    if (text.find('{') != 0) return base::Corruption("no checkpoint");
    std::vector<std::string> actions;
    for (const std::string_view line : base::Split(text, '\n')) actions.emplace_back(line);
    return actions;
  }
};

inline columnar::Schema ItemsSchema() {
  return {{{"id", columnar::TypeId::kBigInt}, {"name", columnar::TypeId::kVarchar}}};
}

inline AddFile DataFile(const std::string& path, int64_t num_rows) {
  return {.path = path, .size_bytes = 100, .stats_json = StatsJson(num_rows, {})};
}

// Creates the table when there is none, else appends; the version, or what stood against it.
inline base::Result<CommitOutcome> Append(Table& table, const std::string& path, int64_t num_rows,
                                          std::vector<Txn> txns = {}) {
  auto snapshot = table.Load();
  CommitRequest request{.adds = {DataFile(path, num_rows)}, .txns = std::move(txns)};
  if (snapshot.ok()) {
    request.read_snapshot = *snapshot;
  } else if (snapshot.error().code() == base::Code::kNotFound) {
    request.metadata =
        TRY(MakeMetadata(ItemsSchema(), {}, "6ec9b1f6-0000-4000-8000-000000000000", 1));
  } else {
    return std::move(snapshot).error();
  }
  return table.Commit(std::move(request));
}

// Replaces every row.
inline CommitRequest Overwrite(std::shared_ptr<const Snapshot> snapshot, const std::string& path,
                               int64_t num_rows) {
  CommitRequest request{.adds = {DataFile(path, num_rows)}, .blind_append = false};
  for (const AddFile& file : snapshot->files()) {
    RemoveFile remove;
    remove.path = file.path;
    request.removes.push_back(std::move(remove));
  }
  request.read_snapshot = std::move(snapshot);
  return request;
}

inline std::vector<std::string> Paths(const Snapshot& snapshot) {
  std::vector<std::string> paths;
  for (const AddFile& file : snapshot.files()) paths.push_back(file.path);
  return paths;
}

class TableTest : public testing::Test {
 protected:
  std::unique_ptr<Table> Open(TableOptions options = {}) {
    return std::make_unique<Table>(store_, &checkpoints_, &clock_, options);
  }
  // Commits that must succeed; the version.
  int64_t MustCommit(Table& table, CommitRequest request) {
    return VersionOf(table.Commit(std::move(request)));
  }
  int64_t MustAppend(Table& table, const std::string& path, int64_t num_rows = 1) {
    return VersionOf(Append(table, path, num_rows));
  }
  static int64_t VersionOf(const base::Result<CommitOutcome>& outcome) {
    EXPECT_TRUE(outcome.ok()) << outcome.error().ToString();
    EXPECT_TRUE(std::holds_alternative<Committed>(*outcome))
        << std::get<Conflicted>(*outcome).reason;
    return std::get<Committed>(*outcome).version.get();
  }
  static std::string ReasonOf(const base::Result<CommitOutcome>& outcome) {
    if (!outcome.ok()) return outcome.error().ToString();
    if (std::holds_alternative<Committed>(*outcome)) return "committed";
    return std::get<Conflicted>(*outcome).reason;
  }
  // A commit written by somebody else.
  void PutCommit(int64_t version, const std::vector<std::string>& lines) {
    std::string digits = std::to_string(version);
    digits.insert(0, 20 - digits.size(), '0');
    ASSERT_TRUE(store_->Put("_delta_log/" + digits + ".json", base::Join(lines, "\n") + "\n").ok());
  }

  base::ManualClock clock_{1'700'000'000'000};
  std::shared_ptr<object::MemoryStore> store_ = std::make_shared<object::MemoryStore>(&clock_);
  JsonCheckpointFiles checkpoints_;
};

}  // namespace lake
