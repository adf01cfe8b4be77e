// The lake tables that SQL knows by name, and the snapshots a transaction reads them at.
#include "sql/lake_tables.h"

#include <utility>

#include <duckdb/main/client_context_state.hpp>

#include "base/text.h"

namespace sql {
namespace {

// Lives as long as its connection; forgets with every transaction.
class TransactionSnapshots final : public duckdb::ClientContextState {
 public:
  static constexpr char kKey[] = "tributary_snapshots";

  base::Result<std::shared_ptr<const lake::Snapshot>> Get(const LakeTable& table,
                                                          const AsOf& as_of) {
    const Key key{table.table.get(), as_of.version, as_of.unix_ms};
    const std::lock_guard lock(mutex_);
    const auto found = snapshots_.find(key);
    if (found != snapshots_.end()) return found->second;
    auto snapshot = TRY(Load(*table.table, as_of));
    snapshots_[key] = snapshot;
    return snapshot;
  }

  void TransactionCommit(duckdb::MetaTransaction&, duckdb::ClientContext&) override { Forget(); }
  void TransactionRollback(duckdb::MetaTransaction&, duckdb::ClientContext&) override { Forget(); }

 private:
  using Key = std::tuple<const lake::Table*, std::optional<int64_t>, std::optional<int64_t>>;

  static base::Result<std::shared_ptr<const lake::Snapshot>> Load(lake::Table& table,
                                                                  const AsOf& as_of) {
    if (as_of.version.has_value()) return table.LoadVersion(lake::Version(*as_of.version));
    if (as_of.unix_ms.has_value()) return table.LoadAt(*as_of.unix_ms);
    return table.Load();
  }

  void Forget() {
    const std::lock_guard lock(mutex_);
    snapshots_.clear();
  }

  std::mutex mutex_;
  std::map<Key, std::shared_ptr<const lake::Snapshot>> snapshots_;
};

std::string KeyOf(const std::string& schema, const std::string& name) {
  return base::ToLower(schema + "." + name);
}

}  // namespace

void LakeTables::Add(const std::string& schema, const std::string& name,
                     std::shared_ptr<lake::Table> table) {
  auto entry = std::make_shared<LakeTable>();
  entry->schema = schema;
  entry->name = name;
  entry->mount = std::make_unique<Mounts::Mount>(mounts_, table->shared_store());
  entry->table = std::move(table);
  const std::lock_guard lock(mutex_);
  tables_[KeyOf(schema, name)] = std::move(entry);
}

void LakeTables::Remove(const std::string& schema, const std::string& name) {
  const std::lock_guard lock(mutex_);
  tables_.erase(KeyOf(schema, name));
}

std::shared_ptr<const LakeTable> LakeTables::Find(const std::string& full_name) const {
  const std::lock_guard lock(mutex_);
  const auto found = tables_.find(base::ToLower(full_name));
  return found == tables_.end() ? nullptr : found->second;
}

std::vector<std::string> LakeTables::Names() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [key, table] : tables_) names.push_back(table->schema + "." + table->name);
  return names;
}

base::Result<std::shared_ptr<const lake::Snapshot>> SnapshotFor(duckdb::ClientContext& context,
                                                                const LakeTable& table,
                                                                const AsOf& as_of) {
  return context.registered_state->GetOrCreate<TransactionSnapshots>(TransactionSnapshots::kKey)
      ->Get(table, as_of);
}

}  // namespace sql
