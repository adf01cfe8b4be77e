// ProducerState: what one partition knows of its idempotent and transactional producers: which
// batches came last, which transactions are open. Follows from the batches in order, so recovery
// repeats them; a snapshot saves the repeating (docs/format/producer_snapshot.md). Owner value, pure;
// THREAD: one at a time, under the partition's lock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "log/error_code.h"
#include "log/partition.h"
#include "log/record/record_batch.h"
#include "log/topic_partition.h"

namespace logs {

inline constexpr int64_t kProducerExpirationMs = 24LL * 3'600'000;  // producer.id.expiration.ms

// What an append must answer.
struct ProducerCheck {
  ErrorCode error = ErrorCode::kNone;
  std::string message = {};
  // The append repeats one of the last batches: nothing is written, and this is where it stands.
  struct Duplicate {
    Offset base_offset;
    Offset last_offset;
    int64_t timestamp_ms = kNoTimestamp;
  };
  std::optional<Duplicate> duplicate = {};
  [[nodiscard]] bool ok() const { return error == ErrorCode::kNone; }
};

// A transaction of the partition that a marker has ended.
struct CompletedTransaction {
  ProducerId producer_id;
  Offset first_offset;
  Offset last_offset;  // the marker's
  bool aborted = false;
  // Below it everything was decided when the marker was written; what the transaction index keeps.
  Offset last_stable_offset;
  friend bool operator==(const CompletedTransaction&, const CompletedTransaction&) = default;
};

// The last data batch of a producer, which has its sequence; when there is none, the last marker has
// its epoch.
struct LastRecord {
  std::optional<Offset> data_offset = {};  // the last of the batch
  int16_t epoch = kNoProducerEpoch;
  friend bool operator==(const LastRecord&, const LastRecord&) = default;
};

class ProducerState {
 public:
  // May these batches, whole and checked, be appended? As of Kafka 2.5: a producer that is not known
  // begins at any sequence; a known one goes on where it was or, with a greater epoch, at 0.
  // Coordinators' batches carry no sequences, so only their epoch is looked at.
  // ERRORS: kInvalidProducerEpoch, kOutOfOrderSequenceNumber, kInvalidTxnState.
  [[nodiscard]] ProducerCheck Check(std::string_view batches, AppendOrigin origin) const;
  // ERRORS: kInvalidProducerEpoch, kTransactionCoordinatorFenced.
  [[nodiscard]] ProducerCheck CheckMarker(const Marker& marker) const;

  // The batch stands in the partition, with its final offsets. Batches without a producer are fine.
  // REQUIRES: offsets increase from one call to the next.
  std::optional<CompletedTransaction> Apply(const BatchView& batch);

  // Markers below `high_watermark` are safe: their transactions count as decided from now on.
  void AdvanceHighWatermark(Offset high_watermark);
  // The first offset of a transaction that is open, or whose marker may yet be lost. The last stable
  // offset is the lesser of this (never below the log start) and the high watermark.
  [[nodiscard]] std::optional<Offset> FirstUnstable() const;
  // The first offset of an open transaction, wherever the high watermark stands: the limit of
  // compaction.
  [[nodiscard]] std::optional<Offset> FirstUndecided() const;

  // Where the producer's open transaction begins.
  [[nodiscard]] std::optional<Offset> OpenTransaction(ProducerId producer_id) const;
  // What compaction must keep of each producer so that the log alone still tells its state.
  [[nodiscard]] std::unordered_map<ProducerId, LastRecord> LastRecords() const;
  [[nodiscard]] std::vector<ProducerDescription> Describe() const;  // by producer id
  [[nodiscard]] size_t size() const { return producers_.size(); }

  // Forgets producers whose last batch is `expiration_ms` old or more and that have no transaction
  // open.
  void Expire(int64_t now_ms, int64_t expiration_ms);
  void Clear();

  [[nodiscard]] std::string Snapshot() const;
  // What Snapshot wrote, by us or by Kafka. All markers count as safe. ERRORS: kCorruption.
  static base::Result<ProducerState> FromSnapshot(std::string_view bytes);

 private:
  struct AppendedBatch {
    int32_t last_sequence = kNoSequence;
    Offset last_offset = kNoOffset;
    int32_t offset_delta = 0;
    int64_t timestamp_ms = kNoTimestamp;
    [[nodiscard]] Offset base_offset() const { return last_offset + -offset_delta; }
    [[nodiscard]] int32_t base_sequence() const {
      return SequenceAfter(last_sequence, -offset_delta);
    }
  };
  // The clients' limit of unanswered requests is five as well.
  static constexpr size_t kBatchesKept = 5;

  struct Producer {
    int16_t epoch = kNoProducerEpoch;
    int32_t coordinator_epoch = -1;
    int64_t last_timestamp_ms = kNoTimestamp;
    std::optional<Offset> transaction_start = {};
    std::array<AppendedBatch, kBatchesKept> batches = {};  // the oldest first
    size_t num_batches = 0;

    [[nodiscard]] int32_t last_sequence() const {
      return num_batches == 0 ? kNoSequence : batches[num_batches - 1].last_sequence;
    }
    [[nodiscard]] const AppendedBatch* FindDuplicate(const BatchView& batch) const;
    void SetEpoch(int16_t new_epoch);
    void AddBatch(const AppendedBatch& batch);
    void AddData(const BatchView& batch);
  };

  static ProducerCheck CheckData(const Producer& producer, const BatchView& batch,
                                 AppendOrigin origin);
  [[nodiscard]] const Producer* Find(ProducerId producer_id) const;
  Producer& FindOrAdd(ProducerId producer_id);
  void ForgetOldest();
  std::optional<CompletedTransaction> ApplyMarker(const BatchView& batch);

  std::unordered_map<ProducerId, Producer> producers_;
  std::map<Offset, ProducerId> open_;            // transactions by their first offset
  std::map<Offset, Offset> decided_;             // first offset -> marker at or above the high watermark
  Offset high_watermark_{0};
};

}  // namespace logs
