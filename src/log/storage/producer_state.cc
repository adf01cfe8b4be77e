#include "log/storage/producer_state.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/crc32c.h"
#include "base/limits.h"

namespace logs {

namespace {

constexpr int16_t kSnapshotVersion = 1;
constexpr size_t kCrcAt = 2;
constexpr size_t kEntriesAt = 6;  // the checksum covers everything from here

// What Kafka's snapshot format says of one producer.
constexpr size_t kEntryBytes = 8 + 2 + 4 + 8 + 4 + 8 + 4 + 8;

std::string Of(ProducerId producer_id) { return "producer " + std::to_string(producer_id.get()); }

ProducerCheck Fault(ErrorCode error, std::string message) {
  return {.error = error, .message = std::move(message)};
}

}  // namespace

// --- one producer -------------------------------------------------------------------------------

const ProducerState::AppendedBatch* ProducerState::Producer::FindDuplicate(
    const BatchView& batch) const {
  if (batch.producer_epoch() != epoch || batch.base_sequence() == kNoSequence) return nullptr;
  for (size_t i = 0; i < num_batches; ++i) {
    if (batches[i].base_sequence() == batch.base_sequence() &&
        batches[i].last_sequence == batch.last_sequence()) {
      return &batches[i];
    }
  }
  return nullptr;
}

void ProducerState::Producer::SetEpoch(int16_t new_epoch) {
  if (epoch == new_epoch) return;
  epoch = new_epoch;
  num_batches = 0;
}

void ProducerState::Producer::AddBatch(const AppendedBatch& batch) {
  if (num_batches == kBatchesKept) {
    std::move(batches.begin() + 1, batches.end(), batches.begin());
    --num_batches;
  }
  batches[num_batches++] = batch;
}

void ProducerState::Producer::AddData(const BatchView& batch) {
  SetEpoch(batch.producer_epoch());
  if (batch.base_sequence() != kNoSequence) {
    AddBatch({.last_sequence = batch.last_sequence(),
              .last_offset = batch.last_offset(),
              .offset_delta = batch.last_offset_delta(),
              .timestamp_ms = batch.max_timestamp()});
  }
  last_timestamp_ms = batch.max_timestamp();
  if (batch.transactional() && !transaction_start.has_value()) {
    transaction_start = batch.base_offset();
  }
}

// --- checks -------------------------------------------------------------------------------------

ProducerCheck ProducerState::CheckData(const Producer& producer, const BatchView& batch,
                                       AppendOrigin origin) {
  const int16_t epoch = batch.producer_epoch();
  if (epoch < producer.epoch) {
    return Fault(ErrorCode::kInvalidProducerEpoch,
                 Of(batch.producer_id()) + " has epoch " + std::to_string(producer.epoch) +
                     " by now; the batch has " + std::to_string(epoch));
  }
  if (origin == AppendOrigin::kClient && producer.epoch != kNoProducerEpoch) {
    const int32_t last = epoch == producer.epoch ? producer.last_sequence() : kNoSequence;
    if (batch.base_sequence() != SequenceAfter(last, 1)) {
      return Fault(ErrorCode::kOutOfOrderSequenceNumber,
                   Of(batch.producer_id()) + " with epoch " + std::to_string(epoch) +
                       " must go on with sequence " + std::to_string(SequenceAfter(last, 1)) +
                       "; the batch begins at " + std::to_string(batch.base_sequence()));
    }
  }
  if (producer.transaction_start.has_value() && !batch.transactional()) {
    return Fault(ErrorCode::kInvalidTxnState,
                 Of(batch.producer_id()) + " has a transaction open since offset " +
                     std::to_string(producer.transaction_start->get()) +
                     "; the batch is not part of one");
  }
  return {};
}

ProducerCheck ProducerState::Check(std::string_view batches, AppendOrigin origin) const {
  // Several batches of one producer follow each other, but nothing counts until all pass.
  std::map<ProducerId, Producer> changed;
  BatchWalk walk(batches);
  while (const auto batch = walk.Next()) {
    if (!batch->has_producer() || batch->control()) continue;
    const Producer* known = Find(batch->producer_id());
    if (origin == AppendOrigin::kClient && known != nullptr) {
      if (const AppendedBatch* duplicate = known->FindDuplicate(*batch)) {
        ProducerCheck check;
        check.duplicate = {.base_offset = duplicate->base_offset(),
                           .last_offset = duplicate->last_offset,
                           .timestamp_ms = duplicate->timestamp_ms};
        return check;
      }
    }
    const bool alone = batch->bytes().size() == batches.size();
    const auto staged = changed.find(batch->producer_id());
    const Producer& before = staged != changed.end() ? staged->second
                             : known != nullptr      ? *known
                                                     : Producer();
    ProducerCheck check = CheckData(before, *batch, origin);
    if (!check.ok() || alone) return check;
    Producer after = before;
    after.AddData(*batch);
    changed[batch->producer_id()] = after;
  }
  return {};
}

ProducerCheck ProducerState::CheckMarker(const Marker& marker) const {
  const Producer* known = Find(marker.producer_id);
  if (known == nullptr) return {};
  if (marker.producer_epoch < known->epoch) {
    return Fault(ErrorCode::kInvalidProducerEpoch,
                 Of(marker.producer_id) + " has epoch " + std::to_string(known->epoch) +
                     " by now; the marker has " + std::to_string(marker.producer_epoch));
  }
  if (marker.coordinator_epoch < known->coordinator_epoch) {
    return Fault(ErrorCode::kTransactionCoordinatorFenced,
                 "a coordinator of epoch " + std::to_string(known->coordinator_epoch) +
                     " has taken over; the marker's has " +
                     std::to_string(marker.coordinator_epoch));
  }
  return {};
}

// --- what happened ------------------------------------------------------------------------------

std::optional<CompletedTransaction> ProducerState::Apply(const BatchView& batch) {
  if (!batch.has_producer()) return std::nullopt;
  if (batch.control()) return ApplyMarker(batch);
  Producer& producer = FindOrAdd(batch.producer_id());
  const bool was_open = producer.transaction_start.has_value();
  producer.AddData(batch);
  if (!was_open && producer.transaction_start.has_value()) {
    open_[batch.base_offset()] = batch.producer_id();
  }
  return std::nullopt;
}

std::optional<CompletedTransaction> ProducerState::ApplyMarker(const BatchView& batch) {
  const auto read = ReadEndMarker(batch);
  // Not ours to judge here: whoever reads the log checks its bytes. An emptied control batch says
  // that compaction has removed the whole transaction.
  if (!read.ok() || !read.value().has_value()) return std::nullopt;
  const EndMarker& marker = *read.value();
  Producer& producer = FindOrAdd(batch.producer_id());
  std::optional<CompletedTransaction> completed;
  if (producer.transaction_start.has_value()) {
    const Offset first = *producer.transaction_start;
    open_.erase(first);
    completed = {.producer_id = batch.producer_id(),
                 .first_offset = first,
                 .last_offset = batch.base_offset(),
                 .aborted = !marker.commit,
                 .last_stable_offset =
                     open_.empty() ? batch.base_offset().Next() : open_.begin()->first};
    if (batch.base_offset() >= high_watermark_) decided_[first] = batch.base_offset();
    producer.transaction_start.reset();
  }
  producer.SetEpoch(batch.producer_epoch());
  producer.coordinator_epoch = marker.coordinator_epoch;
  producer.last_timestamp_ms = batch.max_timestamp();
  return completed;
}

void ProducerState::AdvanceHighWatermark(Offset high_watermark) {
  high_watermark_ = std::max(high_watermark_, high_watermark);
  std::erase_if(decided_, [&](const auto& entry) { return entry.second < high_watermark_; });
}

std::optional<Offset> ProducerState::FirstUndecided() const {
  if (open_.empty()) return std::nullopt;
  return open_.begin()->first;
}

std::optional<Offset> ProducerState::FirstUnstable() const {
  std::optional<Offset> first = FirstUndecided();
  if (!decided_.empty() && (!first.has_value() || decided_.begin()->first < *first)) {
    first = decided_.begin()->first;
  }
  return first;
}

std::optional<Offset> ProducerState::OpenTransaction(ProducerId producer_id) const {
  const Producer* known = Find(producer_id);
  return known == nullptr ? std::nullopt : known->transaction_start;
}

std::unordered_map<ProducerId, LastRecord> ProducerState::LastRecords() const {
  std::unordered_map<ProducerId, LastRecord> records;
  for (const auto& [producer_id, producer] : producers_) {
    LastRecord& record = records[producer_id];
    record.epoch = producer.epoch;
    if (producer.num_batches > 0) {
      record.data_offset = producer.batches[producer.num_batches - 1].last_offset;
    }
  }
  return records;
}

std::vector<ProducerDescription> ProducerState::Describe() const {
  std::vector<ProducerDescription> descriptions;
  descriptions.reserve(producers_.size());
  for (const auto& [producer_id, producer] : producers_) {
    descriptions.push_back(
        {.producer_id = producer_id,
         .producer_epoch = producer.epoch,
         .last_sequence = producer.last_sequence(),
         .last_timestamp_ms = producer.last_timestamp_ms,
         .coordinator_epoch = producer.coordinator_epoch,
         .current_transaction_start = producer.transaction_start.value_or(kNoOffset)});
  }
  std::ranges::sort(descriptions, {}, &ProducerDescription::producer_id);
  return descriptions;
}

// --- who is known -------------------------------------------------------------------------------

const ProducerState::Producer* ProducerState::Find(ProducerId producer_id) const {
  const auto found = producers_.find(producer_id);
  return found == producers_.end() ? nullptr : &found->second;
}

ProducerState::Producer& ProducerState::FindOrAdd(ProducerId producer_id) {
  const auto found = producers_.find(producer_id);
  if (found != producers_.end()) return found->second;
  if (producers_.size() >= base::limits::kProducersPerPartitionMax) ForgetOldest();
  return producers_[producer_id];
}

// A tenth at a time, so that a flood of new producers costs little each.
void ProducerState::ForgetOldest() {
  std::vector<std::pair<int64_t, ProducerId>> idle;
  for (const auto& [producer_id, producer] : producers_) {
    if (!producer.transaction_start.has_value()) {
      idle.emplace_back(producer.last_timestamp_ms, producer_id);
    }
  }
  const size_t count = std::min(idle.size(), base::limits::kProducersPerPartitionMax / 10);
  std::ranges::nth_element(idle, idle.begin() + static_cast<ptrdiff_t>(count));
  for (size_t i = 0; i < count; ++i) producers_.erase(idle[i].second);
}

void ProducerState::Expire(int64_t now_ms, int64_t expiration_ms) {
  std::erase_if(producers_, [&](const auto& entry) {
    const Producer& producer = entry.second;
    return !producer.transaction_start.has_value() &&
           producer.last_timestamp_ms <= now_ms - expiration_ms;
  });
}

void ProducerState::Clear() { *this = ProducerState(); }

// --- snapshots ----------------------------------------------------------------------------------

std::string ProducerState::Snapshot() const {
  std::vector<ProducerId> ids;
  ids.reserve(producers_.size());
  for (const auto& [producer_id, producer] : producers_) ids.push_back(producer_id);
  std::ranges::sort(ids);

  base::ByteWriter writer;
  writer.Reserve(kEntriesAt + 8 + ids.size() * kEntryBytes * 2);
  writer.BigEndian(kSnapshotVersion);
  writer.BigEndian(uint32_t{0});
  writer.BigEndian(base::Narrow<int32_t>(ids.size()));
  for (const ProducerId id : ids) {
    const Producer& producer = producers_.at(id);
    const AppendedBatch last =
        producer.num_batches == 0 ? AppendedBatch() : producer.batches[producer.num_batches - 1];
    writer.BigEndian(id.get());
    writer.BigEndian(producer.epoch);
    writer.BigEndian(last.last_sequence);
    writer.BigEndian(last.last_offset.get());
    writer.BigEndian(last.offset_delta);
    writer.BigEndian(producer.last_timestamp_ms);
    writer.BigEndian(producer.coordinator_epoch);
    writer.BigEndian(producer.transaction_start.value_or(kNoOffset).get());
  }
  // Behind what Kafka's format holds: the batches before the last, so that a producer that repeats
  // several of them over a restart is still recognised. Kafka's readers stop before this.
  for (const ProducerId id : ids) {
    const Producer& producer = producers_.at(id);
    const size_t earlier = producer.num_batches == 0 ? 0 : producer.num_batches - 1;
    writer.BigEndian(static_cast<int8_t>(earlier));
    for (size_t i = 0; i < earlier; ++i) {
      writer.BigEndian(producer.batches[i].last_sequence);
      writer.BigEndian(producer.batches[i].last_offset.get());
      writer.BigEndian(producer.batches[i].offset_delta);
      writer.BigEndian(producer.batches[i].timestamp_ms);
    }
  }
  writer.PatchBigEndian(kCrcAt, base::Crc32c(std::string_view(writer.bytes()).substr(kEntriesAt)));
  return std::move(writer).Take();
}

base::Result<ProducerState> ProducerState::FromSnapshot(std::string_view bytes) {
  base::ByteReader reader(bytes);
  const auto version = reader.BigEndian<int16_t>();
  const auto crc = reader.BigEndian<uint32_t>();
  if (reader.failed()) return base::Corruption("a producer snapshot is cut off");
  if (version != kSnapshotVersion) {
    return base::Corruption("a producer snapshot has the unknown version " +
                            std::to_string(version));
  }
  if (base::Crc32c(bytes.substr(kEntriesAt)) != crc) {
    return base::Corruption("the checksum of a producer snapshot does not hold");
  }
  const auto count = reader.BigEndian<int32_t>();
  if (count < 0 || static_cast<size_t>(count) > reader.remaining() / kEntryBytes) {
    return base::Corruption("a producer snapshot cannot hold " + std::to_string(count) +
                            " producers");
  }
  ProducerState state;
  std::vector<std::pair<ProducerId, AppendedBatch>> last_batches;
  for (int32_t i = 0; i < count; ++i) {
    const ProducerId id(reader.BigEndian<int64_t>());
    Producer& producer = state.producers_[id];
    producer.epoch = reader.BigEndian<int16_t>();
    AppendedBatch last;
    last.last_sequence = reader.BigEndian<int32_t>();
    last.last_offset = Offset(reader.BigEndian<int64_t>());
    last.offset_delta = reader.BigEndian<int32_t>();
    producer.last_timestamp_ms = reader.BigEndian<int64_t>();
    last.timestamp_ms = producer.last_timestamp_ms;
    producer.coordinator_epoch = reader.BigEndian<int32_t>();
    const Offset transaction_start(reader.BigEndian<int64_t>());
    if (transaction_start.get() >= 0) {
      producer.transaction_start = transaction_start;
      state.open_[transaction_start] = id;
    }
    last_batches.emplace_back(id, last);
  }
  const bool has_earlier = reader.remaining() > 0;
  for (const auto& [id, last] : last_batches) {
    Producer& producer = state.producers_.at(id);
    const int8_t earlier = has_earlier ? reader.BigEndian<int8_t>() : int8_t{0};
    if (earlier < 0 || static_cast<size_t>(earlier) >= kBatchesKept) reader.Fail();
    for (int8_t i = 0; i < earlier && !reader.failed(); ++i) {
      AppendedBatch batch;
      batch.last_sequence = reader.BigEndian<int32_t>();
      batch.last_offset = Offset(reader.BigEndian<int64_t>());
      batch.offset_delta = reader.BigEndian<int32_t>();
      batch.timestamp_ms = reader.BigEndian<int64_t>();
      producer.AddBatch(batch);
    }
    if (last.last_offset.get() >= 0) producer.AddBatch(last);
  }
  if (reader.failed() || reader.remaining() != 0) {
    return base::Corruption("a producer snapshot is malformed");
  }
  return state;
}

}  // namespace logs
