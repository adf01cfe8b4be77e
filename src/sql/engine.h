// Engine: the one DuckDB instance of a process, without DuckDB's headers. It runs queries, reads
// and writes lake tables, and knows our SQL functions (docs/sql.md lists them).
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
#include "columnar/batch_source.h"
#include "columnar/type.h"
#include "lake/table.h"

namespace duckdb {
class DataChunk;
class Connection;
}  // namespace duckdb

namespace sql {

struct EngineOptions {
  uint64_t memory_bytes_max = 0;  // 0: 60% of the machine's or the cgroup's
  int threads = 0;                // 0: one a core
  std::string temp_directory;     // where queries larger than memory spill; required
  std::string time_zone = "UTC";
};

// A mistake in a SQL text: what DuckDB said, and where.
struct SqlError {
  std::string message;                  // first line only, lower case, without DuckDB's prefix
  std::optional<size_t> offset;         // byte in the query text
  std::vector<std::string> candidates;  // names it might have been
  std::string hint;                     // a sentence, when there is more to say than candidates
  base::Code code = base::Code::kInvalidArgument;  // what Query() returns for the same mistake
};

struct Column {
  std::string name;
  columnar::Type type;
};

// The rows of one query, in chunks as they are computed. Owner; THREAD: one at a time.
class Rows {
 public:
  virtual ~Rows() = default;
  [[nodiscard]] virtual const std::vector<Column>& columns() const = 0;
  // The next rows as text cells (nullopt is NULL), false at the end. Text is DuckDB's own
  // rendering of the value, nested ones included.
  using TextRow = std::vector<std::optional<std::string>>;
  virtual base::Result<bool> NextText(std::vector<TextRow>& rows) = 0;
  // The next rows as JSON objects, one a row, numbers and nested values as JSON's own.
  virtual base::Result<bool> NextJson(std::vector<std::string>& rows) = 0;
};

enum class SaveMode { kAppend, kOverwrite };

struct WriteOptions {
  SaveMode mode = SaveMode::kAppend;
  bool evolve_schema = false;  // append: add new columns; overwrite: replace the schema
  // Append: a column that the rows say may be null becomes nullable in the table too. For rows
  // whose schema somebody declared; that of a query says nothing about nulls.
  bool relax_not_null = false;
  std::vector<std::string> partition_by;  // for a table that does not exist yet, or an overwrite
  std::vector<lake::Txn> txns;            // carried by the commit
  std::string operation = "WRITE";
  std::map<std::string, std::string> parameters;  // of commitInfo; JSON texts
  std::map<std::string, std::string> extra;       // of commitInfo; JSON texts
  bool commit_when_empty = true;                  // commit though no row came (txns, a new table)
};

struct WriteResult {
  lake::Version version;
  int64_t num_rows = 0;
  int64_t num_files = 0;
  int64_t num_bytes = 0;
};

// One session. Owner; THREAD: one at a time, but for Interrupt.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual base::Result<void> Execute(const std::string& statements) = 0;
  virtual base::Result<std::unique_ptr<Rows>> Query(const std::string& statement) = 0;
  // Like Query, with the place of a mistake as a value.
  virtual std::variant<std::unique_ptr<Rows>, SqlError> TryQuery(const std::string& statement) = 0;
  // Runs the one SELECT `query` and writes its rows to `table` as one commit: data files first,
  // then the log. A conflict with another writer is retried when the mode allows it.
  // ERRORS: kConflict, kUnsupported (a type, with the cast), kInvalidArgument (schema mismatch).
  virtual base::Result<WriteResult> WriteTable(lake::Table& table, const std::string& query,
                                               const WriteOptions& options) = 0;
  // The same for rows that come from outside of SQL.
  virtual base::Result<WriteResult> WriteTable(lake::Table& table, columnar::BatchSource& source,
                                               const WriteOptions& options) = 0;
  virtual void Interrupt() = 0;           // THREAD: any; the running call returns kCancelled
  virtual duckdb::Connection& raw() = 0;  // for the sql room and its tests
};

// THREAD: any.
class Engine {
 public:
  static base::Result<std::unique_ptr<Engine>> Open(const EngineOptions& options);
  virtual ~Engine() = default;

  virtual base::Result<std::unique_ptr<Connection>> Connect() = 0;

  // Checkpoint files of Delta tables; lives as long as the engine.
  virtual lake::CheckpointFiles& checkpoint_files() = 0;

  // Makes `table` readable as schema.name in every connection, at its newest version at bind time,
  // and as lake_scan('schema.name' [, version => n] [, as_of => '...']). Calling it again after
  // a schema change refreshes what DuckDB shows; a table that does not exist yet is remembered and
  // appears once it does. `table` is kept.
  virtual base::Result<void> RegisterTable(const std::string& schema, const std::string& name,
                                           std::shared_ptr<lake::Table> table) = 0;
  // CREATE OR REPLACE VIEW schema.name AS query; the schema is made when missing.
  virtual base::Result<void> RegisterView(const std::string& schema, const std::string& name,
                                          const std::string& query) = 0;
  virtual base::Result<void> DropRelation(const std::string& schema, const std::string& name) = 0;
};

}  // namespace sql
