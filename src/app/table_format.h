// RecordPrinter: rows written to standard output as an aligned table, CSV, JSON or one JSON object
// a line. Numbers stand right; on a terminal a long cell is cut, elsewhere never.
// Owner; THREAD: one at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/context.h"
#include "serve/owner.h"

namespace app {

struct PrintColumn {
  std::string name;
  bool number = false;  // right aligned; written to JSON as it stands
};

using Cell = std::optional<std::string>;  // nullopt is NULL
using Row = std::vector<Cell>;

struct PrintOptions {
  OutputFormat format = OutputFormat::kTable;
  Style style{false};
  size_t columns = 0;  // of the terminal; 0: not one, cut nothing
};

class RecordPrinter {
 public:
  virtual ~RecordPrinter() = default;
  virtual void Add(const Row& row) = 0;
  // A row that is a JSON object already. REQUIRES: wants_json().
  virtual void AddJson(const std::string& object) = 0;
  [[nodiscard]] virtual bool wants_json() const = 0;
  virtual void Finish() = 0;  // once, at the end

  // `output` is borrowed for life.
  static std::unique_ptr<RecordPrinter> Create(std::vector<PrintColumn> columns,
                                               const PrintOptions& options,
                                               serve::OutputSink& output);
};

// The options that a command's flags and terminal call for.
PrintOptions PrintOptionsOf(const CommandContext& context);

// All of `rows` at once.
void PrintRows(const CommandContext& context, std::vector<PrintColumn> columns,
               const std::vector<Row>& rows);

// A field of a CSV file (RFC 4180): quoted when it must be, and when empty, since an unquoted
// empty field is NULL.
std::string CsvField(const Cell& cell);

}  // namespace app
