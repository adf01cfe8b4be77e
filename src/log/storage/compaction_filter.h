// What compaction decides about one batch: keep it, leave it out, or put a smaller one in its place
// (docs/log.md). Two passes over the same batches, from the log's start: the first maps keys to
// their last offsets, the second filters. Rules: the last record of a key stays; a record without a
// value goes once its batch's delete horizon has passed (KIP-534); records of aborted transactions
// go, their markers follow when nothing of the transaction is left and their horizon has passed; the
// last batch of a producer stays, if need be without records, because it has the producer's sequence.
// Pure. Owner values; THREAD: one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "log/record/record_batch.h"
#include "log/storage/compaction_keys.h"
#include "log/storage/producer_state.h"
#include "log/storage/transaction_index.h"

namespace logs {

// How the transactions of the batches that pass by ended. Batches are shown in order.
class TransactionOutcomes {
 public:
  // `aborted` has every aborted transaction that touches the batches to come; repeats are fine.
  explicit TransactionOutcomes(const std::vector<AbortedEntry>& aborted);

  // Was the data batch part of an aborted transaction?
  [[nodiscard]] bool IsAborted(const BatchView& batch);

  struct Marker {
    bool discardable = false;  // no batch of its transaction has passed by
    // The transaction index must go on naming it: a batch has passed by.
    std::optional<AbortedEntry> aborted = {};
  };
  // ERRORS: kCorruption: no control record in it.
  base::Result<Marker> OnMarker(const BatchView& batch);

 private:
  struct Open {
    AbortedEntry entry;
    bool seen = false;  // a batch of it
  };
  void OpenUpTo(Offset offset);

  std::vector<AbortedEntry> aborted_;  // by first offset
  size_t next_ = 0;
  std::unordered_map<ProducerId, Open> open_;
  std::unordered_set<ProducerId> committed_;  // producers with a batch of a transaction not aborted
};

// The first pass: puts the keys of a batch into `keys`. False when they do not fit any more: what was
// put so far is no harm. Records below `from` are left out.
// ERRORS: kCorruption.
base::Result<bool> MapKeys(const BatchView& batch, Offset from, TransactionOutcomes& outcomes,
                           KeyOffsets& keys);

struct FilterOptions {
  int64_t now_ms = 0;
  int64_t delete_retention_ms = 0;
  Offset mapped_end;  // the first pass got so far: records from here on stay
  std::unordered_map<ProducerId, LastRecord> last_records;
};

enum class EmptyBatch : uint8_t { kDrop, kKeep };

class CompactionFilter {
 public:
  // Borrows `keys`.
  CompactionFilter(FilterOptions options, const KeyOffsets* keys, TransactionOutcomes outcomes);

  struct Outcome {
    enum class Action : uint8_t { kKeep, kDrop, kReplace };
    Action action = Action::kKeep;
    std::string replacement = {};
    std::optional<AbortedEntry> aborted = {};  // belongs into the new transaction index
    // When something of what stays may be dropped.
    std::optional<int64_t> horizon_ms = {};
  };
  // `empty`: what becomes of the batch when no record of it stays.
  // REQUIRES: CheckBatch(batch.bytes()).ok(). ERRORS: kCorruption: records that cannot be read.
  base::Result<Outcome> Filter(const BatchView& batch, EmptyBatch empty);

 private:
  [[nodiscard]] bool HoldsProducerState(const BatchView& batch) const;
  [[nodiscard]] bool Stays(const BatchView& batch, const RecordView& record) const;
  base::Result<Outcome> FilterMarker(const BatchView& batch, EmptyBatch empty);
  static base::Result<Outcome> Rebuild(const BatchView& batch,
                                       const std::vector<RecordView>& records,
                                       std::optional<int64_t> horizon_ms);

  FilterOptions options_;
  const KeyOffsets* keys_;
  TransactionOutcomes outcomes_;
};

}  // namespace logs
