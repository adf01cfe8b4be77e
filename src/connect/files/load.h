// Loading of files (JSON Lines, CSV, Parquet; plain, gzip, zstd) into a lake table, each file
// exactly once. The files a table holds are remembered in the table's own commits (Delta txn
// actions), so a crash at any point neither loses nor doubles a row. docs/files.md has the rules.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "columnar/type.h"
#include "env/files.h"
#include "lake/table.h"
#include "sql/engine.h"

namespace connect::files {

enum class Format { kAuto, kJson, kCsv, kParquet };  // kAuto: by the name's ending

struct LoadOptions {
  std::string source;                 // the source's name in tributary.yaml
  std::string project_root;           // relative paths and patterns start here
  std::vector<std::string> patterns;  // "data/reviews*.jsonl*"; `*`, `?`, `[ab]`, `**`, {a,b}
  Format format = Format::kAuto;
  std::string schema_file;        // Avro; written there when it does not exist yet (inferred)
  bool first_line_header = true;  // CSV
  char delimiter = ',';           // CSV
  std::string null_text;          // CSV cell that means null, beside the unquoted empty one
  bool full_refresh = false;      // everything again: the first commit replaces what is there
  // How the rejected table is registered with the engine ("bronze.reviews__rejected"); Replay and
  // the healing of one read it under this name.
  std::string rejected_name;
};

struct LoadReport {
  int64_t files_loaded = 0;
  int64_t files_known = 0;  // seen before, left alone
  int64_t rows = 0;         // into the table by this load
  int64_t rejected = 0;     // into <table>__rejected by this load
  int64_t bytes = 0;        // read, before decompression
  int64_t blank_lines = 0;  // lines read = rows + rejected + blank_lines (+ a header per CSV file)
  std::map<std::string, int64_t> rejected_by_kind;
  bool schema_inferred = false;       // written to schema_file for review
  std::vector<std::string> warnings;  // "data/x.jsonl changed since it was loaded: ..."
};

// The columns of the table a source loads into, without loading: from the schema file, or inferred
// from the head of the files. ERRORS: kNotFound: no file matches; kInvalidArgument: bad schema.
base::Result<columnar::Schema> SourceColumns(env::Files& files, const LoadOptions& options);

// The columns of every `<table>__rejected`: file, line (from 1), byte_offset, kind, field, reason,
// record (the whole line as it stood; null where it is no UTF-8), record_bytes (it then),
// loaded_at.
columnar::Schema RejectedColumns();

// Loads what is new. `table` and `rejected` are made when missing. BLOCKS.
// ERRORS: kNotFound: no file matches; kInvalidArgument: a schema or a file that cannot be
// read as declared; kCorruption: damaged compressed data; kCancelled; those of WriteTable. What was
// committed before stays, and the next Load goes on from there.
base::Result<LoadReport> Load(env::Files& files, sql::Connection& connection, lake::Table& table,
                              lake::Table& rejected, const LoadOptions& options,
                              std::stop_token stop);

// Decodes the records of `rejected` again under today's schema: those that fit now move to
// `table`, exactly once; the others stay. Counts in the report as rows and rejected.
base::Result<LoadReport> Replay(env::Files& files, sql::Connection& connection, lake::Table& table,
                                lake::Table& rejected, const LoadOptions& options,
                                std::stop_token stop);

}  // namespace connect::files
