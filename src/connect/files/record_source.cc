#include "connect/files/record_source.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "base/text.h"
#include "codec/csv.h"
#include "columnar/owned_batch.h"
#include "connect/files/line_reader.h"

namespace connect::files {
namespace {

enum class RecordOutcome { kRow, kRejected, kBlank, kEnd };

// Reads the records of one range after the other into a batch.
class RangeReader {
 public:
  explicit RangeReader(const ReadContext* context) : context_(context) {}

  base::Result<void> Open(const InputFile& input, const ReadRange& range) {
    input_ = &input;
    LineRange lines;
    lines.begin = range.begin;
    lines.end = range.end;
    if (input.format == Format::kCsv) lines.csv_delimiter = input.delimiter;
    // One byte earlier, so that a line end just before the range is seen.
    codec::PullBytes pull =
        TRY(OpenBytes(*context_->files, input, range.begin > 0 ? range.begin - 1 : range.begin));
    lines_.emplace(std::move(pull), lines);
    counts_ = {};
    if (input.format == Format::kCsv) return OpenCsv();
    if (decoder_ == nullptr) decoder_ = TRY(codec::JsonDecoder::Create(context_->schema));
    return {};
  }

  // The next record into `batch`; one rejected is left in line() and reject().
  base::Result<RecordOutcome> Next(columnar::BatchWriter& batch) {
    if (!TRY(lines_->Next(line_).With(input_->path))) return RecordOutcome::kEnd;
    if (line_.blank) {
      ++counts_.blank;
      return RecordOutcome::kBlank;
    }
    std::optional<codec::Reject> reject;
    if (line_.too_long) {
      std::string reason = "a line of " + base::FormatBytes(line_.bytes) + "; at most " +
                           base::FormatBytes(base::limits::kLineBytesMax) + " are read";
      if (line_.text.size() < line_.bytes) {
        reason += "; the record has its first " + base::FormatBytes(line_.text.size()) +
                  ", the file all of it at the byte offset";
      }
      reject = codec::Reject{codec::Reject::Kind::kTooLong, "", std::move(reason)};
    } else {
      reject = decoder_->Decode(line_.text, batch);
    }
    if (!reject.has_value()) {
      ++counts_.rows;
      return RecordOutcome::kRow;
    }
    reject_ = std::move(*reject);
    ++counts_.rejected;
    ++counts_.rejected_by_kind[std::string(codec::KindName(reject_.kind))];
    return RecordOutcome::kRejected;
  }

  // The markers of a commit name the content that was fingerprinted, so no other may be loaded.
  base::Result<void> CheckUnchanged() {
    const uint64_t size = TRY(context_->files->Stat(input_->disk_path)).size_bytes;
    if (size == input_->size_bytes) return {};
    return base::Conflict("'" + input_->path + "' changed while it was read",
                          "Load again when its writer is done; move files into place whole.");
  }

  RejectedRecord TakeRejected(size_t file, size_t range) {
    return {file, range, line_.number, line_.offset, std::move(reject_), std::string(line_.text)};
  }
  [[nodiscard]] const Line& line() const { return line_; }
  [[nodiscard]] int64_t lines() const { return lines_->lines(); }
  [[nodiscard]] const RecordCounts& counts() const { return counts_; }

 private:
  base::Result<void> OpenCsv() {
    std::optional<std::string> header;
    if (context_->first_line_header) {
      while (!header.has_value()) {
        if (!TRY(lines_->Next(line_).With(input_->path))) break;
        if (line_.blank) {
          ++counts_.blank;
        } else {
          header = std::string(line_.text);
        }
      }
      // An empty file has no header either: then it has no record to misread.
      if (!header.has_value()) return {};
    }
    const codec::CsvOptions csv{input_->delimiter, context_->null_text};
    decoder_ = TRY(codec::CsvDecoder::Create(context_->schema, csv, header).With(input_->path));
    return {};
  }

  const ReadContext* context_;
  const InputFile* input_ = nullptr;
  std::optional<LineReader> lines_;
  std::unique_ptr<codec::RecordDecoder> decoder_;
  Line line_;
  codec::Reject reject_;
  RecordCounts counts_;
};

base::Error Stopped() { return base::Cancelled("the load was stopped"); }

std::vector<ReadRange> Split(const std::vector<InputFile>& inputs) {
  std::vector<ReadRange> ranges;
  for (size_t file = 0; file < inputs.size(); ++file) {
    const InputFile& input = inputs[file];
    if (input.format != Format::kJson || input.compression != Compression::kNone) {
      ranges.push_back({file, 0, std::numeric_limits<uint64_t>::max()});
      continue;
    }
    uint64_t begin = 0;
    do {
      const uint64_t end =
          std::min(begin + base::limits::kFileRangeBytes, std::max<uint64_t>(input.size_bytes, 1));
      ranges.push_back({file, begin, end});
      begin = end;
    } while (begin < input.size_bytes);
  }
  return ranges;
}

}  // namespace

void RecordCounts::Add(const RecordCounts& other) {
  rows += other.rows;
  rejected += other.rejected;
  blank += other.blank;
  for (const auto& [kind, count] : other.rejected_by_kind) rejected_by_kind[kind] += count;
}

class RecordSource::Stream final : public columnar::BatchStream {
 public:
  explicit Stream(RecordSource& source) : source_(source), reader_(source.context_) {}

  base::Result<bool> Next(duckdb::DataChunk& chunk) override {
    if (source_.context_->stop.stop_requested()) return Stopped();
    columnar::BatchWriter batch(source_.schema(), chunk);
    size_t bytes = 0;
    while (!batch.full() && bytes < base::limits::kBatchBytesMax) {
      if (!range_.has_value()) {
        const size_t next = source_.next_range_.fetch_add(1);
        if (next >= source_.ranges_.size()) break;
        const ReadRange& range = source_.ranges_[next];
        TRY(reader_.Open(source_.inputs_[range.file], range));
        range_ = next;
      }
      switch (TRY(reader_.Next(batch))) {
        case RecordOutcome::kRow:
          bytes += reader_.line().text.size();
          break;
        case RecordOutcome::kBlank:
          break;
        case RecordOutcome::kRejected:
          source_.rejects_.Add(reader_.TakeRejected(source_.ranges_[*range_].file, *range_));
          // A file of bad lines alone fills no batch, but must stop when asked to.
          if (source_.context_->stop.stop_requested()) return Stopped();
          break;
        case RecordOutcome::kEnd:
          TRY(reader_.CheckUnchanged());
          source_.Ended(*range_, reader_.lines(), reader_.counts());
          range_.reset();
          break;
      }
    }
    batch.Finish();
    return batch.rows() > 0;
  }

 private:
  RecordSource& source_;
  RangeReader reader_;
  std::optional<size_t> range_;  // being read
};

RecordSource::RecordSource(const ReadContext* context, std::vector<InputFile> inputs)
    : context_(context), inputs_(std::move(inputs)), ranges_(Split(inputs_)) {}

RecordSource::~RecordSource() = default;

base::Result<std::unique_ptr<columnar::BatchStream>> RecordSource::OpenStream() {
  return std::unique_ptr<columnar::BatchStream>(std::make_unique<Stream>(*this));
}

void RecordSource::Ended(size_t range, int64_t lines, const RecordCounts& counts) {
  const std::lock_guard lock(mutex_);
  ranges_[range].lines = lines;
  counts_.Add(counts);
}

std::vector<RejectedRecord> RecordSource::TakeRejects() {
  CHECK(!rejects_.overflowed());
  // The true line of a record: those of the ranges of its file before its own, and then its own.
  std::vector<int64_t> lines_before(ranges_.size());
  for (size_t i = 1; i < ranges_.size(); ++i) {
    if (ranges_[i].file == ranges_[i - 1].file)
      lines_before[i] = lines_before[i - 1] + ranges_[i - 1].lines;
  }
  std::vector<RejectedRecord> records = rejects_.Take();
  for (RejectedRecord& record : records) record.line += lines_before[record.range];
  return records;
}

class RejectSource::Stream final : public columnar::BatchStream {
 public:
  Stream(RejectSource& source, std::unique_ptr<columnar::OwnedBatch> good)
      : source_(source), reader_(source.context_), good_(std::move(good)) {}

  base::Result<bool> Next(duckdb::DataChunk& chunk) override {
    columnar::BatchWriter batch(source_.schema_, chunk);
    size_t bytes = 0;
    while (!batch.full() && bytes < base::limits::kBatchBytesMax) {
      if (!file_.has_value()) {
        const size_t next = source_.next_file_.fetch_add(1);
        if (next >= source_.inputs_.size()) break;
        TRY(reader_.Open(source_.inputs_[next],
                         {next, 0, std::numeric_limits<uint64_t>::max(), 0}));
        file_ = next;
      }
      if (good_->writer().full()) {
        if (source_.context_->stop.stop_requested()) return Stopped();
        good_->Clear();
      }
      switch (TRY(reader_.Next(good_->writer()))) {
        case RecordOutcome::kRow:
        case RecordOutcome::kBlank:
          break;
        case RecordOutcome::kRejected: {
          const RejectedRecord record = reader_.TakeRejected(*file_, 0);
          bytes += record.record.size();
          WriteRejected(record, source_.inputs_[*file_].path, record.line,
                        source_.context_->loaded_at_unix_ms, batch);
          break;
        }
        case RecordOutcome::kEnd: {
          TRY(reader_.CheckUnchanged());
          const std::lock_guard lock(source_.mutex_);
          source_.counts_.Add(reader_.counts());
          file_.reset();
          break;
        }
      }
    }
    batch.Finish();
    return batch.rows() > 0;
  }

 private:
  RejectSource& source_;
  RangeReader reader_;
  std::unique_ptr<columnar::OwnedBatch> good_;  // where the good rows go to be forgotten
  std::optional<size_t> file_;                  // being read
};

RejectSource::RejectSource(const ReadContext* context, std::vector<InputFile> inputs)
    : context_(context), schema_(RejectedColumns()), inputs_(std::move(inputs)) {}

RejectSource::~RejectSource() = default;

base::Result<std::unique_ptr<columnar::BatchStream>> RejectSource::OpenStream() {
  auto good = TRY(columnar::OwnedBatch::Create(context_->columns));
  return std::unique_ptr<columnar::BatchStream>(std::make_unique<Stream>(*this, std::move(good)));
}

}  // namespace connect::files
