#include "log/storage/segment.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <utility>

#include "base/bytes.h"
#include "base/limits.h"

namespace logs {
namespace {

using base::LoadBigEndian;
using base::StoreBigEndian;

// An offset index entry: the last offset of a batch less the segment's base, the batch's place.
std::array<char, kOffsetIndexEntryBytes> OffsetEntry(int64_t delta, uint64_t position) {
  std::array<char, kOffsetIndexEntryBytes> entry{};
  StoreBigEndian(entry.data(), base::Narrow<int32_t>(delta));
  StoreBigEndian(entry.data() + 4, base::Narrow<int32_t>(position));
  return entry;
}

// A time index entry: the greatest timestamp so far, the last offset of the first batch to have it.
std::array<char, kTimeIndexEntryBytes> TimeEntry(int64_t timestamp_ms, int64_t delta) {
  std::array<char, kTimeIndexEntryBytes> entry{};
  StoreBigEndian(entry.data(), timestamp_ms);
  StoreBigEndian(entry.data() + 8, base::Narrow<int32_t>(delta));
  return entry;
}

constexpr uint64_t kSyncedUnknown = UINT64_MAX;

template <size_t n>
std::string_view View(const std::array<char, n>& entry) {
  return {entry.data(), entry.size()};
}

}  // namespace

std::string SegmentName(Offset base_offset) {
  std::array<char, 32> name{};
  const int size = std::snprintf(name.data(), name.size(), "%020lld",
                                 static_cast<long long>(base_offset.get()));
  return {name.data(), static_cast<size_t>(size)};
}

std::optional<Offset> ParseSegmentName(std::string_view name) {
  int64_t value = -1;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
  if (name.size() != 20 || error != std::errc() || end != name.data() + name.size() || value < 0) {
    return std::nullopt;
  }
  return Offset(value);
}

Segment::Segment(env::Files* files, std::string folder, const SegmentFiles& on_disk)
    : files_(files),
      folder_(std::move(folder)),
      base_offset_(on_disk.base_offset),
      size_(on_disk.log_bytes),
      synced_size_(on_disk.has_log ? kSyncedUnknown : 0),
      created_(on_disk.has_log),
      offset_index_(files, PathOf(kOffsetIndexSuffix), kOffsetIndexEntryBytes,
                    on_disk.offset_index_bytes),
      time_index_(files, PathOf(kTimeIndexSuffix), kTimeIndexEntryBytes, on_disk.time_index_bytes),
      time_known_(on_disk.log_bytes == 0),
      aborted_known_(on_disk.transaction_index_bytes == 0) {}

std::string Segment::PathOf(std::string_view suffix) const {
  return folder_ + "/" + SegmentName(base_offset_) + std::string(suffix);
}

base::Result<std::shared_ptr<env::RandomFile>> Segment::File() const {
  const std::lock_guard lock(mutex_);
  if (file_ == nullptr) {
    file_ = TRY(files_->OpenRandom(
        PathOf(kLogSuffix), created_ ? env::WriteMode::kMustExist : env::WriteMode::kAppend));
  }
  return file_;
}

base::Result<void> Segment::Append(std::string_view batches, int32_t index_interval_bytes) {
  const auto file = TRY(File());
  const uint64_t position = size_.load(std::memory_order_relaxed);
  if (auto written = file->WriteAt(position, batches); !written.ok()) {
    // What was written of it lies beyond size_, where nobody reads and the next append writes over
    // it; cutting it gives the space back to a disk that is full.
    if (auto cut = file->Truncate(position); !cut.ok()) return cut;
    return written;
  }
  created_ = true;
  Note(batches, position, index_interval_bytes);
  if (offset_index_.TailIsFull()) {
    // An index is a help: what is missing in the file is rebuilt when the segment is opened.
    if (auto flushed = offset_index_.Flush(); !flushed.ok()) return {};
    if (auto flushed = time_index_.Flush(); !flushed.ok()) return {};
  }
  return {};
}

void Segment::Note(std::string_view batches, uint64_t position, int32_t index_interval_bytes) {
  BatchWalk walk(batches);
  uint64_t begin = position;
  while (const auto batch = walk.Next()) {
    const Offset last_offset = batch->last_offset();
    if (first_timestamp_ms_ < 0) first_timestamp_ms_ = batch->max_timestamp();
    {
      const std::lock_guard lock(time_mutex_);
      if (batch->max_timestamp() > max_timestamp_.timestamp_ms) {
        max_timestamp_ = {last_offset, batch->max_timestamp()};
      }
    }
    if (bytes_since_entry_ > static_cast<uint64_t>(index_interval_bytes)) {
      offset_index_.Add(View(OffsetEntry(last_offset - base_offset_, begin)));
      AddTimeEntry();
      bytes_since_entry_ = 0;
    }
    bytes_since_entry_ += batch->bytes().size();
    begin = position + walk.position();
  }
  size_.store(std::max(size_bytes(), begin), std::memory_order_release);
}

// Entries increase in time, so a segment without newer records gets none.
void Segment::AddTimeEntry() {
  const std::lock_guard lock(time_mutex_);
  if (max_timestamp_.timestamp_ms <= last_time_entry_ms_) return;
  time_index_.Add(View(TimeEntry(max_timestamp_.timestamp_ms,
                                 max_timestamp_.offset - base_offset_)));
  last_time_entry_ms_ = max_timestamp_.timestamp_ms;
}

base::Result<void> Segment::Seal() {
  AddTimeEntry();
  // Before the entries are written: a Sync that goes on meanwhile may not see them all.
  indexes_dirty_ = true;
  TRY(offset_index_.Flush());
  return time_index_.Flush();
}

base::Result<void> Segment::LoadAborted() const {
  if (aborted_known_) return {};
  const std::string bytes = TRY(env::ReadWhole(*files_, PathOf(kTransactionIndexSuffix),
                                               base::limits::kTransactionIndexBytesMax));
  aborted_ = TRY(TransactionIndex::Decode(bytes).With(PathOf(kTransactionIndexSuffix)));
  aborted_known_ = true;
  return {};
}

void Segment::AddAborted(const AbortedEntry& entry) {
  const std::lock_guard lock(aborted_mutex_);
  CHECK(aborted_known_);  // of a new segment, or by CutAborted
  aborted_.Add(entry);
  aborted_dirty_ = true;
}

base::Result<void> Segment::CutAborted(Offset end) {
  const std::lock_guard lock(aborted_mutex_);
  TRY(LoadAborted());
  if (aborted_.empty()) return {};
  aborted_.Truncate(end);
  aborted_dirty_ = true;
  return {};
}

// Aborted transactions are few: the file is written whole.
base::Result<void> Segment::SyncAborted() {
  std::string bytes;
  {
    const std::lock_guard lock(aborted_mutex_);
    if (!std::exchange(aborted_dirty_, false)) return {};
    for (const AbortedEntry& entry : aborted_.entries()) bytes += EncodeAbortedEntry(entry);
  }
  const auto write = [&]() -> base::Result<void> {
    const auto file =
        TRY(files_->OpenRandom(PathOf(kTransactionIndexSuffix), env::WriteMode::kAppend));
    TRY(file->WriteAt(0, bytes));
    TRY(file->Truncate(bytes.size()));
    TRY(file->Sync());
    // The segment's other files are made when it begins, this one by the first transaction that is
    // aborted: nobody else may sync the folder between now and the checkpoint.
    if (!aborted_named_) TRY(files_->SyncDirectory(folder_));
    aborted_named_ = true;
    return {};
  };
  auto written = write();
  if (!written.ok()) {
    const std::lock_guard lock(aborted_mutex_);
    aborted_dirty_ = true;
  }
  return written;
}

base::Result<TransactionIndex::Search> Segment::CollectAborted(
    Offset begin, Offset end, std::vector<AbortedTransaction>& found) const {
  const std::lock_guard lock(aborted_mutex_);
  TRY(LoadAborted());
  return aborted_.Collect(begin, end, found);
}

base::Result<std::vector<AbortedEntry>> Segment::AbortedEntries() const {
  const std::lock_guard lock(aborted_mutex_);
  TRY(LoadAborted());
  return aborted_.entries();
}

bool Segment::dirty() const {
  if (synced_size_ != size_bytes() || indexes_dirty_) return true;
  const std::lock_guard lock(aborted_mutex_);
  return aborted_dirty_;
}

base::Result<void> Segment::Sync() {
  if (!created_) return {};
  const uint64_t size = size_bytes();
  const auto file = TRY(File());
  if (auto synced = file->Sync(); !synced.ok()) {
    sync_failed_ = true;
    return synced;
  }
  const auto sync_indexes = [&]() -> base::Result<void> {
    TRY(offset_index_.Sync());
    return time_index_.Sync();
  };
  const bool were_dirty = indexes_dirty_.exchange(false);
  if (auto synced = sync_indexes(); !synced.ok()) {
    if (were_dirty) indexes_dirty_ = true;
    return synced;
  }
  TRY(SyncAborted());
  synced_size_ = size;
  return {};
}

base::Result<void> Segment::Cut(uint64_t size) {
  const auto file = TRY(File());
  TRY(file->Truncate(size));
  size_.store(size, std::memory_order_release);
  synced_size_ = kSyncedUnknown;  // the cut is not safe yet
  return {};
}

base::Result<uint64_t> Segment::ResumeIndexes(uint64_t position) {
  // What lies before `position` was synced; entries from there on may be anything, zeros too, and
  // are made anew. No entry stands for the first batch.
  int64_t last_delta = -1;
  int64_t last_position = -1;
  const uint64_t kept = TRY(offset_index_.CountWhile([&](std::string_view entry) {
    const int64_t at = LoadBigEndian<int32_t>(entry.data() + 4);
    return at > 0 && static_cast<uint64_t>(at) < position;
  }));
  if (kept > 0) {
    const std::string entry = TRY(offset_index_.Entry(kept - 1));
    last_delta = LoadBigEndian<int32_t>(entry.data());
    last_position = LoadBigEndian<int32_t>(entry.data() + 4);
  }
  TRY(offset_index_.Cut(kept));
  const uint64_t times = TRY(time_index_.CountWhile([&](std::string_view entry) {
    const int64_t delta = LoadBigEndian<int32_t>(entry.data() + 8);
    return delta <= last_delta && LoadBigEndian<int64_t>(entry.data()) > 0;
  }));
  TRY(time_index_.Cut(times));
  const std::lock_guard lock(time_mutex_);
  max_timestamp_ = {};
  last_time_entry_ms_ = -1;
  if (times > 0) {
    const std::string entry = TRY(time_index_.Entry(times - 1));
    last_time_entry_ms_ = LoadBigEndian<int64_t>(entry.data());
    max_timestamp_ = {base_offset_ + LoadBigEndian<int32_t>(entry.data() + 8), last_time_entry_ms_};
  }
  time_known_ = true;
  bytes_since_entry_ = 0;
  first_timestamp_ms_ = -1;
  return last_position < 0 ? uint64_t{0} : static_cast<uint64_t>(last_position);
}

bool Segment::IndexIsFull(int32_t index_bytes_max) const {
  // Room for the entry that sealing adds to the time index.
  const auto entries = static_cast<uint64_t>(index_bytes_max) / kTimeIndexEntryBytes;
  return offset_index_.num_entries() + 1 >= std::max<uint64_t>(entries, 2);
}

base::Result<size_t> Segment::ReadAt(uint64_t position, char* buffer, size_t size) const {
  const auto file = TRY(File());
  return file->ReadAt(position, buffer, size);
}

base::Result<uint64_t> Segment::FloorPosition(Offset offset) const {
  const int64_t delta = offset - base_offset_;
  const auto entry = TRY(offset_index_.FindLast([&](std::string_view bytes) {
    return LoadBigEndian<int32_t>(bytes.data()) <= delta;
  }));
  if (!entry.has_value()) return uint64_t{0};
  return static_cast<uint64_t>(LoadBigEndian<int32_t>(entry->data() + 4));
}

base::Result<uint64_t> Segment::FloorPositionOfTime(int64_t timestamp_ms) const {
  const auto entry = TRY(time_index_.FindLast([&](std::string_view bytes) {
    return LoadBigEndian<int64_t>(bytes.data()) <= timestamp_ms;
  }));
  if (!entry.has_value()) return uint64_t{0};
  return FloorPosition(base_offset_ + LoadBigEndian<int32_t>(entry->data() + 8));
}

base::Result<TimestampedOffset> Segment::MaxTimestamp() const {
  {
    const std::lock_guard lock(time_mutex_);
    if (time_known_) return max_timestamp_;
  }
  TimestampedOffset found;
  const uint64_t entries = time_index_.num_entries();
  if (entries > 0) {
    const std::string entry = TRY(time_index_.Entry(entries - 1));
    found = {base_offset_ + LoadBigEndian<int32_t>(entry.data() + 8),
             LoadBigEndian<int64_t>(entry.data())};
  }
  const std::lock_guard lock(time_mutex_);
  if (!time_known_) {
    time_known_ = true;
    max_timestamp_ = found;
  }
  return max_timestamp_;
}

base::Result<void> Segment::Pin() const {
  TRY(File());
  TRY(offset_index_.Pin());
  return time_index_.Pin();
}

void Segment::CloseFiles() {
  offset_index_.Close();
  time_index_.Close();
  const std::lock_guard lock(mutex_);
  file_ = nullptr;
}

base::Result<void> Segment::RemoveFiles() {
  for (const std::string_view suffix :
       {kLogSuffix, kOffsetIndexSuffix, kTimeIndexSuffix, kTransactionIndexSuffix}) {
    auto removed = files_->Remove(PathOf(suffix));
    if (!removed.ok() && removed.error().code() != base::Code::kNotFound) return removed;
  }
  return {};
}

SegmentScan::SegmentScan(const Segment* segment, uint64_t position, uint64_t end,
                         size_t read_bytes)
    : segment_(segment),
      read_bytes_(read_bytes),
      position_(position),
      end_(end),
      buffer_position_(position) {}

base::Result<std::optional<BatchView>> SegmentScan::Next() {
  const auto none = std::optional<BatchView>();
  uint64_t needed = kBatchHeaderBytes;
  while (true) {
    if (end_ - position_ < needed) return none;
    const auto begin = static_cast<size_t>(position_ - buffer_position_);
    if (begin <= buffer_size_ && buffer_size_ - begin >= needed) {
      const std::string_view bytes(buffer_.data() + begin, buffer_size_ - begin);
      const auto size = BatchSize(bytes);
      if (!size.has_value()) return none;
      if (*size <= bytes.size()) {
        position_ += *size;
        return std::optional(BatchView(bytes.substr(0, *size)));
      }
      needed = *size;
      if (end_ - position_ < needed) return none;
    }
    const uint64_t wanted = std::min(end_ - position_, std::max<uint64_t>(needed, read_bytes_));
    buffer_.resize(static_cast<size_t>(wanted));
    buffer_position_ = position_;
    buffer_size_ = TRY(segment_->ReadAt(position_, buffer_.data(), buffer_.size()));
    if (buffer_size_ < needed) return none;  // the file is shorter than it was said to be
  }
}

}  // namespace logs
