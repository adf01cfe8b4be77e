#include "connect/files/rejects.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "connect/files/load.h"

namespace connect::files {
namespace {

columnar::Field MakeField(std::string name, columnar::TypeId type, bool nullable) {
  columnar::Field field;
  field.name = std::move(name);
  field.type = type;
  field.nullable = nullable;
  return field;
}

class BufferedRejects final : public columnar::BatchSource {
 public:
  BufferedRejects(std::vector<RejectedRecord> records, std::vector<std::string> paths,
                  int64_t loaded_at)
      : schema_(RejectedColumns()),
        records_(std::move(records)),
        paths_(std::move(paths)),
        loaded_at_(loaded_at) {}

  [[nodiscard]] const columnar::Schema& schema() const override { return schema_; }
  [[nodiscard]] size_t parallelism() const override { return 1; }
  base::Result<std::unique_ptr<columnar::BatchStream>> OpenStream() override {
    return std::unique_ptr<columnar::BatchStream>(std::make_unique<Stream>(*this));
  }

 private:
  class Stream final : public columnar::BatchStream {
   public:
    explicit Stream(BufferedRejects& source) : source_(source) {}
    base::Result<bool> Next(duckdb::DataChunk& chunk) override {
      columnar::BatchWriter batch(source_.schema_, chunk);
      while (!batch.full()) {
        const RejectedRecord* record = source_.Take();
        if (record == nullptr) break;
        WriteRejected(*record, source_.paths_[record->file], record->line, source_.loaded_at_,
                      batch);
      }
      batch.Finish();
      return batch.rows() > 0;
    }

   private:
    BufferedRejects& source_;
  };

  const RejectedRecord* Take() {
    const std::lock_guard lock(mutex_);
    return next_ < records_.size() ? &records_[next_++] : nullptr;
  }

  const columnar::Schema schema_;
  const std::vector<RejectedRecord> records_;
  const std::vector<std::string> paths_;
  const int64_t loaded_at_;
  std::mutex mutex_;  // guards next_
  size_t next_ = 0;
};

}  // namespace

columnar::Schema RejectedColumns() {
  using columnar::TypeId;
  return columnar::Schema{
      {MakeField("file", TypeId::kVarchar, false), MakeField("line", TypeId::kBigInt, false),
       MakeField("byte_offset", TypeId::kBigInt, false), MakeField("kind", TypeId::kVarchar, false),
       MakeField("field", TypeId::kVarchar, true), MakeField("reason", TypeId::kVarchar, false),
       MakeField("record", TypeId::kVarchar, true), MakeField("record_bytes", TypeId::kBlob, true),
       MakeField("loaded_at", TypeId::kTimestampTz, false)}};
}

void WriteRejected(const RejectedRecord& record, const std::string& path, int64_t line,
                   int64_t loaded_at_unix_ms, columnar::BatchWriter& batch) {
  batch.Column(0).String(path);
  batch.Column(1).Value(line);
  batch.Column(2).Value(static_cast<int64_t>(record.offset));
  batch.Column(3).String(codec::KindName(record.reject.kind));
  if (record.reject.field.empty()) {
    batch.Column(4).Null();
  } else {
    batch.Column(4).String(record.reject.field);
  }
  // A reason quotes the record, which may be cut in the middle of a character.
  const std::string& reason = record.reject.reason;
  batch.Column(5).String(std::string_view(reason).substr(0, base::ValidUtf8Prefix(reason)));
  if (base::ValidUtf8Prefix(record.record) == record.record.size()) {
    batch.Column(6).String(record.record);
    batch.Column(7).Null();
  } else {
    batch.Column(6).Null();
    batch.Column(7).String(record.record);
  }
  batch.Column(8).Value(loaded_at_unix_ms * 1000);
  batch.EndRow();
}

void RejectBuffer::Add(RejectedRecord record) {
  const std::lock_guard lock(mutex_);
  if (overflowed_) return;
  bytes_ += sizeof(record) + record.record.size() + record.reject.reason.size() +
            record.reject.field.size();
  records_.push_back(std::move(record));
  if (bytes_ <= base::limits::kRejectBufferBytesMax) return;
  overflowed_ = true;
  records_ = {};
}

bool RejectBuffer::overflowed() const {
  const std::lock_guard lock(mutex_);
  return overflowed_;
}

std::vector<RejectedRecord> RejectBuffer::Take() {
  const std::lock_guard lock(mutex_);
  std::sort(records_.begin(), records_.end(), [](const RejectedRecord& a, const RejectedRecord& b) {
    return std::tie(a.file, a.offset) < std::tie(b.file, b.offset);
  });
  return std::exchange(records_, {});
}

std::unique_ptr<columnar::BatchSource> NewBufferedRejects(std::vector<RejectedRecord> records,
                                                          std::vector<std::string> paths,
                                                          int64_t loaded_at_unix_ms) {
  return std::make_unique<BufferedRejects>(std::move(records), std::move(paths), loaded_at_unix_ms);
}

}  // namespace connect::files
