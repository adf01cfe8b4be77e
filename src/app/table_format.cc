#include "app/table_format.h"

#include <algorithm>
#include <utility>

#include "app/display_width.h"
#include "base/check.h"
#include "base/json_writer.h"

namespace app {
namespace {

// Output goes out in pieces of about this size.
constexpr size_t kFlushBytes = 65'536;

// Rows that decide a table's widths. Rows beyond stream: a wider cell of theirs is cut on a
// terminal and stands out of line elsewhere.
constexpr size_t kWidthRows = 1'000;

class BufferedOut {
 public:
  explicit BufferedOut(serve::OutputSink& output) : output_(output) {}
  void Write(std::string_view text) {
    buffer_ += text;
    if (buffer_.size() >= kFlushBytes) Flush();
  }
  void Flush() {
    if (!buffer_.empty()) output_.Out(std::exchange(buffer_, {}));
  }

 private:
  serve::OutputSink& output_;
  std::string buffer_;
};

class TablePrinter final : public RecordPrinter {
 public:
  TablePrinter(std::vector<PrintColumn> columns, const PrintOptions& options,
               serve::OutputSink& output)
      : columns_(std::move(columns)), options_(options), out_(output) {}

  void Add(const Row& row) override {
    CHECK(row.size() == columns_.size());
    if (!started_) {
      waiting_.push_back(row);
      if (waiting_.size() < kWidthRows) return;
      Start();
      return;
    }
    WriteRow(row);
  }
  void AddJson(const std::string&) override { CHECK(false); }
  [[nodiscard]] bool wants_json() const override { return false; }

  void Finish() override {
    if (!started_) Start();
    out_.Flush();
  }

 private:
  void Start() {
    started_ = true;
    ChooseWidths();
    std::string header;
    std::string rule;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const std::string name = CutToWidth(Printable(columns_[i].name), widths_[i]);
      if (i > 0) {
        header += "  ";
        rule += "  ";
      }
      header += options_.style.Bold(Pad(name, i, false));
      for (size_t k = 0; k < widths_[i]; ++k) rule += "─";
    }
    WriteLine(header);
    WriteLine(options_.style.Dim(rule));
    for (const Row& row : waiting_) WriteRow(row);
    waiting_.clear();
  }

  void ChooseWidths() {
    for (const PrintColumn& column : columns_) {
      widths_.push_back(std::max<size_t>(1, DisplayWidth(Printable(column.name))));
    }
    for (const Row& row : waiting_) {
      for (size_t i = 0; i < row.size(); ++i) {
        const size_t width = row[i] ? DisplayWidth(Printable(*row[i])) : kNull.size();
        widths_[i] = std::max(widths_[i], width);
      }
    }
    if (options_.columns == 0) return;
    // Takes from the widest column first, and leaves each enough to be recognised.
    constexpr size_t kNarrowest = 6;
    size_t total = 2 * (widths_.size() - std::min<size_t>(1, widths_.size()));
    for (const size_t width : widths_) total += width;
    while (total > options_.columns) {
      const auto widest = std::max_element(widths_.begin(), widths_.end());
      if (widest == widths_.end() || *widest <= kNarrowest) return;
      --*widest;
      --total;
    }
  }

  void WriteRow(const Row& row) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += "  ";
      if (!row[i]) {
        line += options_.style.Dim(Pad(std::string(kNull), i, false));
        continue;
      }
      std::string text = Printable(*row[i]);
      if (options_.columns > 0) text = CutToWidth(text, widths_[i]);
      line += Pad(text, i, true);
    }
    WriteLine(line);
  }

  [[nodiscard]] std::string Pad(const std::string& text, size_t column, bool is_value) const {
    const size_t width = DisplayWidth(text);
    const std::string space(widths_[column] - std::min(widths_[column], width), ' ');
    if (columns_[column].number) return space + text;
    // Nothing follows the last column, so it needs no padding.
    const bool last = column + 1 == columns_.size();
    return last && is_value ? text : text + space;
  }

  void WriteLine(std::string line) {
    if (!options_.style.colored()) line.erase(line.find_last_not_of(' ') + 1);
    out_.Write(line + "\n");
  }

  static constexpr std::string_view kNull = "NULL";
  const std::vector<PrintColumn> columns_;
  const PrintOptions options_;
  BufferedOut out_;
  std::vector<Row> waiting_;
  std::vector<size_t> widths_;
  bool started_ = false;
};

class CsvPrinter final : public RecordPrinter {
 public:
  CsvPrinter(const std::vector<PrintColumn>& columns, serve::OutputSink& output) : out_(output) {
    Row header;
    for (const PrintColumn& column : columns) header.emplace_back(column.name);
    Add(header);
  }
  void Add(const Row& row) override {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += ',';
      line += CsvField(row[i]);
    }
    out_.Write(line + "\n");
  }
  void AddJson(const std::string&) override { CHECK(false); }
  [[nodiscard]] bool wants_json() const override { return false; }
  void Finish() override { out_.Flush(); }

 private:
  BufferedOut out_;
};

// kJson: one array; kNdjson: an object a line.
class JsonPrinter final : public RecordPrinter {
 public:
  JsonPrinter(std::vector<PrintColumn> columns, bool lines, serve::OutputSink& output)
      : columns_(std::move(columns)), lines_(lines), out_(output) {
    if (!lines_) out_.Write("[");
  }

  void Add(const Row& row) override {
    CHECK(row.size() == columns_.size());
    base::JsonWriter json;
    json.BeginObject();
    for (size_t i = 0; i < row.size(); ++i) {
      json.Key(columns_[i].name);
      if (!row[i]) {
        json.Null();
      } else if (columns_[i].number) {
        json.Raw(*row[i]);
      } else {
        json.String(*row[i]);
      }
    }
    json.EndObject();
    AddJson(json.text());
  }

  void AddJson(const std::string& object) override {
    if (lines_) {
      out_.Write(object + "\n");
      return;
    }
    out_.Write(empty_ ? "\n  " : ",\n  ");
    out_.Write(object);
    empty_ = false;
  }
  [[nodiscard]] bool wants_json() const override { return true; }

  void Finish() override {
    if (!lines_) out_.Write(empty_ ? "]\n" : "\n]\n");
    out_.Flush();
  }

 private:
  const std::vector<PrintColumn> columns_;
  const bool lines_;
  BufferedOut out_;
  bool empty_ = true;
};

}  // namespace

std::unique_ptr<RecordPrinter> RecordPrinter::Create(std::vector<PrintColumn> columns,
                                                     const PrintOptions& options,
                                                     serve::OutputSink& output) {
  switch (options.format) {
    case OutputFormat::kTable:
      return std::make_unique<TablePrinter>(std::move(columns), options, output);
    case OutputFormat::kCsv:
      return std::make_unique<CsvPrinter>(columns, output);
    case OutputFormat::kJson:
      return std::make_unique<JsonPrinter>(std::move(columns), false, output);
    case OutputFormat::kNdjson:
      return std::make_unique<JsonPrinter>(std::move(columns), true, output);
  }
  return nullptr;
}

PrintOptions PrintOptionsOf(const CommandContext& context) {
  const bool terminal = context.request.out_terminal && context.request.columns > 0;
  return {.format = context.format(),
          .style = context.out_style(),
          .columns = terminal ? static_cast<size_t>(context.request.columns) : 0};
}

void PrintRows(const CommandContext& context, std::vector<PrintColumn> columns,
               const std::vector<Row>& rows) {
  const auto printer =
      RecordPrinter::Create(std::move(columns), PrintOptionsOf(context), context.output);
  for (const Row& row : rows) printer->Add(row);
  printer->Finish();
}

std::string CsvField(const Cell& cell) {
  if (!cell) return "";
  const bool plain = !cell->empty() && cell->find_first_of(",\"\r\n") == std::string::npos &&
                     cell->front() != ' ' && cell->back() != ' ';
  if (plain) return *cell;
  std::string quoted = "\"";
  for (const char c : *cell) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace app
