// CoordinatorState: what the calls of a TransactionCoordinator share: the book of ids, the topic
// they are kept in, and how a decided transaction is carried to its end. Part of
// transaction_coordinator.cc in two files. Owner; THREAD: any.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "log/log.h"
#include "log/partition.h"
#include "log/transaction/producer_ids.h"
#include "log/transaction/transaction_book.h"
#include "log/transaction/transaction_coordinator.h"
#include "log/transaction/transaction_metadata.h"

namespace logs {

class CoordinatorState {
 public:
  CoordinatorState(TransactionCoordinatorOptions options, std::unique_ptr<ProducerIds> ids)
      : options_(std::move(options)), ids_(std::move(ids)) {}

  // Reads __transaction_state from its beginning to its end, and aborts what hangs. BLOCKS.
  base::Result<void> Load();

  // Appends `metadata` of the turn's id, or its tombstone, and makes it what stands. An error
  // leaves what stood, or, when it is not known whether the bytes got in, marks the entry unsaved.
  ErrorCode Append(const TransactionBook::Turn& turn, std::optional<TransactionMetadata> metadata);

  enum class Progress : uint8_t {
    kSettled,  // no transaction is being ended; what stands may not be durable yet
    kLater,    // wait for the watcher
    kFailed,   // the log refuses; to be tried again later
  };
  // Carries the turn's id as far as it can be now: appends what is unsaved, writes the markers of a
  // transaction that is decided for good, completes it.
  Progress Advance(const TransactionBook::Turn& turn,
                   const std::shared_ptr<Watcher>& maybe_watcher);

  // Is `ticket` durable? `maybe_watcher` is told when it no longer is kNotYet.
  [[nodiscard]] Durable DurabilityOf(Ticket ticket,
                                     const std::shared_ptr<Watcher>& maybe_watcher) const;
  AppendResult WriteMarker(const TopicPartition& partition, const Marker& marker);

  [[nodiscard]] TransactionBook& book() { return book_; }
  [[nodiscard]] const TransactionBook& book() const { return book_; }
  [[nodiscard]] ProducerIds& ids() { return *ids_; }
  [[nodiscard]] const TransactionConfig& config() const { return options_.config; }
  [[nodiscard]] int64_t NowUnixMs() const { return options_.clock->NowUnixMs(); }
  [[nodiscard]] int64_t MonotonicMs() const { return options_.clock->MonotonicMs(); }

 private:
  base::Result<void> ReadStates();
  // Ends what is open in a partition and belongs to no transaction here. Where records are not
  // synced before they are acknowledged, a power failure can lose a marker or a beginning, and
  // readers of what is committed would wait for ever.
  void AbortHanging();
  base::Result<std::shared_ptr<Partition>> StatePartition();
  // True when every partition of the transaction has its marker, durable or not.
  bool WriteMarkers(const TransactionBook::Turn& turn);
  Progress Refused(const TransactionBook::Turn& turn);

  const TransactionCoordinatorOptions options_;
  const TopicPartition state_name_{.topic = std::string(kTransactionTopic), .partition = 0};
  const std::unique_ptr<ProducerIds> ids_;
  TransactionBook book_;
};

}  // namespace logs
