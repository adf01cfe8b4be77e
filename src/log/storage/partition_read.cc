// The reading half of StoredPartition: it takes a View and looks at files, and never waits for an
// append.
#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "log/record/record_batch.h"
#include "log/storage/stored_partition.h"

namespace logs {
namespace {

// The last segment that begins at or before `offset`; the first one when none does.
size_t SegmentAt(const SegmentList& segments, Offset offset) {
  const auto after = std::upper_bound(
      segments.begin(), segments.end(), offset,
      [](Offset wanted, const auto& segment) { return wanted < segment->base_offset(); });
  return after == segments.begin() ? 0 : static_cast<size_t>(after - segments.begin()) - 1;
}

}  // namespace

StoredPartition::View StoredPartition::CurrentView() const {
  const std::lock_guard lock(view_mutex_);
  return {segments_, ends_, active_bytes_};
}

Offset StoredPartition::LimitOf(const PartitionEnds& ends, Isolation isolation) {
  switch (isolation) {
    case Isolation::kReadUncommitted:
      return ends.high_watermark;
    case Isolation::kReadCommitted:
      return ends.last_stable;
    case Isolation::kLogEnd:
      return ends.log_end;
  }
  return ends.high_watermark;
}

std::optional<uint64_t> StoredPartition::FindHint(const Segment& segment, Offset offset) const {
  const std::lock_guard lock(view_mutex_);
  for (const ReadHint& hint : hints_) {
    if (hint.offset == offset && hint.segment == &segment) return hint.position;
  }
  return std::nullopt;
}

void StoredPartition::AddHint(const ReadHint& hint) {
  const std::lock_guard lock(view_mutex_);
  for (const ReadHint& known : hints_) {
    if (known.offset == hint.offset && known.segment == hint.segment) return;
  }
  if (hints_.size() < base::limits::kReadHintsMax) {
    hints_.push_back(hint);
    return;
  }
  hints_[next_hint_] = hint;
  next_hint_ = (next_hint_ + 1) % hints_.size();
}

ReadResult StoredPartition::Read(const ReadRequest& request) {
  const View view = CurrentView();
  ReadResult result{.ends = view.ends};
  if (!alive_) {
    result.error = ErrorCode::kUnknownTopicOrPartition;
    result.message = "the topic was deleted";
    return result;
  }
  const Offset limit = LimitOf(view.ends, request.isolation);
  if (request.offset < view.ends.log_start || request.offset > view.ends.log_end) {
    result.error = ErrorCode::kOffsetOutOfRange;
    result.message = "offset " + std::to_string(request.offset.get()) + " is outside of [" +
                     std::to_string(view.ends.log_start.get()) + ", " +
                     std::to_string(view.ends.log_end.get()) + "]";
    return result;
  }
  if (request.offset >= limit || view.segments->empty()) return result;
  const SegmentList& segments = *view.segments;
  // The first segment may hold nothing from `offset` on: compaction leaves gaps.
  for (size_t i = SegmentAt(segments, request.offset); i < segments.size(); ++i) {
    if (segments[i]->base_offset() >= limit) break;
    const uint64_t end = i + 1 == segments.size() ? view.active_bytes : segments[i]->size_bytes();
    if (auto read = ReadSegment(*segments[i], end, request, limit, result); !read.ok()) {
      // A segment that retention took away meanwhile is no trouble of the disk.
      const bool gone = request.offset < Ends().log_start || !alive_;
      result.error = gone ? ErrorCode::kOffsetOutOfRange : ErrorCode::kKafkaStorageError;
      result.message = read.error().message();
      result.batches.clear();
      return result;
    }
    if (!result.batches.empty()) break;
  }
  if (request.isolation == Isolation::kReadCommitted && !result.batches.empty()) {
    if (auto found = FindAborted(segments, request.offset, result); !found.ok()) {
      result.error = ErrorCode::kKafkaStorageError;
      result.message = found.error().message();
      result.batches.clear();
    }
  }
  return result;
}

// Where the first batch that reaches `offset` begins; nullopt when there is none before `end`.
base::Result<std::optional<uint64_t>> StoredPartition::FindPosition(const Segment& segment,
                                                                    uint64_t end,
                                                                    Offset offset) const {
  if (const auto hint = FindHint(segment, offset)) return hint;
  SegmentScan scan(&segment, TRY(segment.FloorPosition(offset)), end,
                   base::limits::kFindReadBytes);
  uint64_t begin = scan.position();
  while (const auto batch = TRY(scan.Next())) {
    if (batch->last_offset() >= offset) return std::optional(begin);
    begin = scan.position();
  }
  if (begin != end) {
    return base::Corruption(segment.PathOf(kLogSuffix) + " has no batch at " +
                            std::to_string(begin));
  }
  return std::optional<uint64_t>();
}

// Reads whole batches from the first that reaches `request.offset` on, those that end before `limit`.
base::Result<void> StoredPartition::ReadSegment(const Segment& segment, uint64_t end,
                                                const ReadRequest& request, Offset limit,
                                                ReadResult& result) {
  const auto found = TRY(FindPosition(segment, end, request.offset));
  if (!found.has_value() || *found >= end) return {};
  const uint64_t position = *found;
  std::string& bytes = result.batches;
  size_t wanted = std::max(request.bytes_max, kBatchHeaderBytes);
  while (true) {
    bytes.resize(static_cast<size_t>(std::min<uint64_t>(wanted, end - position)));
    bytes.resize(TRY(segment.ReadAt(position, bytes.data(), bytes.size())));
    const auto size = bytes.size() < kBatchHeaderBytes ? std::nullopt : BatchSize(bytes);
    if (!size.has_value() || *size > end - position) {
      return base::Corruption(segment.PathOf(kLogSuffix) + " has no whole batch at " +
                              std::to_string(position));
    }
    const bool too_large = *size > request.bytes_max;
    if (too_large && !request.at_least_one_batch) {
      bytes.clear();
      return {};
    }
    if (*size <= bytes.size()) break;
    wanted = *size;
  }
  BatchWalk walk(bytes);
  size_t stop = 0;
  Offset next = request.offset;
  while (const auto batch = walk.Next()) {
    if (batch->next_offset() > limit) break;
    stop = walk.position();
    next = batch->next_offset();
    if (stop >= request.bytes_max) break;
  }
  bytes.resize(stop);
  if (stop > 0) AddHint({&segment, next, position + stop});
  return {};
}

base::Result<void> StoredPartition::FindAborted(const SegmentList& segments, Offset begin,
                                                ReadResult& result) {
  Offset end = begin;
  BatchWalk walk(result.batches);
  while (const auto batch = walk.Next()) end = batch->next_offset();
  for (size_t i = SegmentAt(segments, begin); i < segments.size(); ++i) {
    if (TRY(segments[i]->CollectAborted(begin, end, result.aborted)) ==
        TransactionIndex::Search::kDone) {
      break;
    }
  }
  return {};
}

base::Result<TimestampedOffset> StoredPartition::FindTimestamp(int64_t timestamp_ms,
                                                               Isolation isolation) {
  const View view = CurrentView();
  const Offset limit = LimitOf(view.ends, isolation);
  const SegmentList& segments = *view.segments;
  for (size_t i = 0; i < segments.size(); ++i) {
    const bool last = i + 1 == segments.size();
    if (!last && segments[i + 1]->base_offset() <= view.ends.log_start) continue;
    if (TRY(segments[i]->MaxTimestamp()).timestamp_ms < timestamp_ms) continue;
    const uint64_t end = last ? view.active_bytes : segments[i]->size_bytes();
    const auto found =
        TRY(FindTimestampIn(*segments[i], end, timestamp_ms, view.ends.log_start));
    if (found.offset == kNoOffset) continue;
    return found.offset < limit ? found : TimestampedOffset();
  }
  return TimestampedOffset();
}

base::Result<TimestampedOffset> StoredPartition::FindTimestampIn(const Segment& segment,
                                                                 uint64_t end,
                                                                 int64_t timestamp_ms,
                                                                 Offset log_start) {
  SegmentScan scan(&segment, TRY(segment.FloorPositionOfTime(timestamp_ms)), end);
  while (const auto batch = TRY(scan.Next())) {
    if (batch->max_timestamp() < timestamp_ms || batch->last_offset() < log_start) continue;
    RecordReader records = TRY(RecordReader::Open(*batch, base::limits::kRecordsBytesMax));
    while (const auto record = records.Next()) {
      if (record->timestamp_ms >= timestamp_ms && record->offset >= log_start) {
        return TimestampedOffset{record->offset, record->timestamp_ms};
      }
    }
  }
  return TimestampedOffset();
}

base::Result<TimestampedOffset> StoredPartition::FindMaxTimestamp() {
  const View view = CurrentView();
  TimestampedOffset greatest;
  const Segment* holder = nullptr;
  uint64_t end = 0;
  for (const auto& segment : *view.segments) {
    const TimestampedOffset here = TRY(segment->MaxTimestamp());
    if (here.timestamp_ms <= greatest.timestamp_ms) continue;
    greatest = here;
    holder = segment.get();
    end = segment == view.segments->back() ? view.active_bytes : segment->size_bytes();
  }
  if (holder == nullptr) return TimestampedOffset();
  // The index names the batch; the record is the first in it that has the timestamp.
  return FindTimestampIn(*holder, end, greatest.timestamp_ms, view.ends.log_start);
}

}  // namespace logs
