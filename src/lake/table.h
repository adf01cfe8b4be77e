// Table: one Delta table in an object store. Open or create it, look at a Snapshot, commit a
// Transaction. The lake moves no row: data files are written by the caller (the sql room) and
// handed in as AddFile. docs/lake.md has the rules; docs/format/delta.md what we read and write.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "columnar/type.h"
#include "lake/actions.h"
#include "lake/parquet.h"
#include "object/object_store.h"

namespace lake {

// The state of a table at one version. Immutable value behind a shared pointer; THREAD: any.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  [[nodiscard]] virtual Version version() const = 0;
  [[nodiscard]] virtual int64_t timestamp_unix_ms() const = 0;  // of the commit of that version
  [[nodiscard]] virtual const Protocol& protocol() const = 0;
  [[nodiscard]] virtual const Metadata& metadata() const = 0;
  [[nodiscard]] virtual const columnar::Schema& schema() const = 0;  // partition columns included
  [[nodiscard]] virtual const std::vector<AddFile>& files() const = 0;  // live, by path
  [[nodiscard]] virtual std::optional<int64_t> TxnVersion(const std::string& app_id) const = 0;
  [[nodiscard]] virtual std::vector<Txn> txns() const = 0;
  // Sum of numRecords, nullopt when a file lacks it.
  [[nodiscard]] virtual std::optional<int64_t> num_rows() const = 0;
};

struct HistoryEntry {
  Version version;
  CommitInfo info;  // what the commit carried, defaults where it lacked commitInfo
};

// Commit's outcomes that a caller acts on; anything else is an Error.
struct Committed {
  Version version;
};
// Another writer's commit cannot be reconciled with this one by the protocol's rules (see
// docs/lake.md, "Conflicts"): re-read and decide again.
struct Conflicted {
  Version version;     // the winning commit
  std::string reason;  // "metadata changed", "file x was removed", "txn y is there already"
};
using CommitOutcome = std::variant<Committed, Conflicted>;

// What a transaction wants to happen, against the snapshot it was planned on.
struct CommitRequest {
  std::shared_ptr<const Snapshot> read_snapshot;  // nullptr: the table must not exist yet
  std::optional<Protocol> protocol;               // set when it changes (or on creation)
  std::optional<Metadata> metadata;               // set when it changes (or on creation)
  std::vector<AddFile> adds;
  std::vector<RemoveFile> removes;
  std::vector<Txn> txns;
  CommitInfo info;  // timestamp and engine are filled in
  // True for a blind append: adds depend on nothing that was read, so that other appends between
  // are no conflict. False: any concurrent data change conflicts (an overwrite).
  bool blind_append = true;
};

struct TableOptions {
  int64_t checkpoint_interval = 10;                     // delta.checkpointInterval overrides
  int64_t log_retention_ms = int64_t{30} * 86'400'000;  // delta.logRetentionDuration overrides
};

// THREAD: any; concurrent commits of one process and of others are serialised by put-if-absent.
class Table {
 public:
  // `store` is rooted at the table's folder (object::Under). The three are borrowed for life.
  Table(std::shared_ptr<object::ObjectStore> store, CheckpointFiles* checkpoints,
        const base::Clock* clock, TableOptions options = {});
  ~Table();

  [[nodiscard]] object::ObjectStore& store() const { return *store_; }
  [[nodiscard]] const std::shared_ptr<object::ObjectStore>& shared_store() const { return store_; }

  // The newest state, brought up to date incrementally from the one read before.
  // ERRORS: kNotFound: no table there; kUnsupported: a table feature we lack, by name;
  // kCorruption: a hole in the log or an unreadable action.
  base::Result<std::shared_ptr<const Snapshot>> Load();
  base::Result<std::shared_ptr<const Snapshot>> LoadVersion(Version version);
  // The newest version committed at or before that time.
  base::Result<std::shared_ptr<const Snapshot>> LoadAt(int64_t unix_ms);

  // Newest first, `limit` entries at most.
  base::Result<std::vector<HistoryEntry>> History(size_t limit);

  // The request is checked first: kInvalidArgument for one no version could hold, kUnsupported by
  // the name of a writer feature we lack. New metadata raises the protocol as far as it must; a
  // removed file is described from the snapshot; commitInfo's timestamp, engine and txnId are ours.
  // kConflict: the log was cleaned beyond the snapshot that was read.
  // Writes the commit, retrying past commits that do not conflict; afterwards writes a checkpoint
  // and cleans the log when due (a failure of those is logged, never returned: the commit stands).
  base::Result<CommitOutcome> Commit(CommitRequest request);

  base::Result<void> Checkpoint();

 private:
  class Impl;
  std::shared_ptr<object::ObjectStore> store_;
  std::unique_ptr<Impl> impl_;
};

// Metadata for a new table or for a schema change. ERRORS: kUnsupported with the cast to write,
// for a type Delta cannot hold (docs/lake.md, "Types").
base::Result<Metadata> MakeMetadata(const columnar::Schema& schema,
                                    const std::vector<std::string>& partition_columns,
                                    std::string table_id, int64_t created_unix_ms);

// `current` with another schema and partitioning; id, name, description and properties stay.
// ERRORS: those of MakeMetadata.
base::Result<Metadata> EvolveMetadata(const Metadata& current, const columnar::Schema& schema,
                                      const std::vector<std::string>& partition_columns);

// The protocol that `schema` needs: reader 1, writer 2, or 3 and 7 with timestampNtz.
base::Result<Protocol> ProtocolFor(const columnar::Schema& schema);

// How the columns of a write are stored: the type DuckDB must write for a lake column of a given
// type ("VARCHAR" for a UUID, DECIMAL(38,0) for HUGEINT), or kUnsupported with the cast to write.
base::Result<columnar::Type> StorageType(const columnar::Type& type, const std::string& column);

// Does a write of `incoming` fit `table`? Same columns by name (case-insensitive) in any order,
// missing nullable columns allowed, no narrowing. With `evolve`, new columns are added at the end
// and the merged schema returned; without, they are an error that says how to allow it.
base::Result<columnar::Schema> CheckWrite(const columnar::Schema& table,
                                          const columnar::Schema& incoming, bool evolve);

// The folders of `store` that hold a table, "silver/items", ascending. Tables of a lake stand below
// its root, never at it.
base::Result<std::vector<std::string>> FindTables(object::ObjectStore& store);

// "a=1/b=__HIVE_DEFAULT_PARTITION__/": the folder of a data file, escaped as Hive and Spark do.
[[nodiscard]] std::string PartitionFolder(const std::vector<std::string>& columns,
                                          const PartitionValues& values);

}  // namespace lake
