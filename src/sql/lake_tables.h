// The lake tables that SQL knows by name, and the snapshots a transaction reads them at: every
// mention of a table in one transaction sees the same version. THREAD: any.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <duckdb/main/client_context.hpp>

#include "base/result.h"
#include "lake/table.h"
#include "sql/object_file_system.h"

namespace sql {

// One registered table. Immutable; THREAD: any.
struct LakeTable {
  std::string schema;
  std::string name;
  std::shared_ptr<lake::Table> table;
  std::unique_ptr<Mounts::Mount> mount;
};

class LakeTables {
 public:
  explicit LakeTables(std::shared_ptr<Mounts> mounts) : mounts_(std::move(mounts)) {}

  void Add(const std::string& schema, const std::string& name, std::shared_ptr<lake::Table> table);
  void Remove(const std::string& schema, const std::string& name);
  // By "schema.name" in any case; nullptr when there is none.
  [[nodiscard]] std::shared_ptr<const LakeTable> Find(const std::string& full_name) const;
  [[nodiscard]] std::vector<std::string> Names() const;

 private:
  std::shared_ptr<Mounts> mounts_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const LakeTable>> tables_;  // by lower-case full name
};

// Which state of a table is meant: the newest one, a version, or a time.
struct AsOf {
  std::optional<int64_t> version;
  std::optional<int64_t> unix_ms;
};

// The snapshot of `table` that the transaction of `context` reads.
base::Result<std::shared_ptr<const lake::Snapshot>> SnapshotFor(duckdb::ClientContext& context,
                                                                const LakeTable& table,
                                                                const AsOf& as_of);

}  // namespace sql
