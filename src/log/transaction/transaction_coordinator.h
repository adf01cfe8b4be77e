// TransactionCoordinator: gives out producer ids and decides the transactions of transactional ids.
// State lives in the internal topic __transaction_state in Kafka's record formats and is loaded
// from it at start; the producer ids given out are in a file beside it. Owner; THREAD: any.
// docs/transactions.md, docs/format/transaction_state.md.
//
// Every change is appended before it shows, and every answer is given when the record it rests on
// is durable. A transaction is decided once PrepareCommit or PrepareAbort is durable; then its
// partitions get their markers, and once these are durable, it is complete. Whoever looks at a call
// moves this forward; Tick does for those whose callers have gone.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/result.h"
#include "env/files.h"
#include "log/log.h"
#include "log/partition.h"
#include "log/transaction/transaction_call.h"
#include "log/transaction/transaction_types.h"

namespace logs {

inline constexpr std::string_view kTransactionTopic = "__transaction_state";

// Kafka's broker settings of the same names, with dots.
struct TransactionConfig {
  int32_t transaction_max_timeout_ms = 900'000;
  int64_t transactional_id_expiration_ms = 7LL * 24 * 3'600'000;
};

struct TransactionCoordinatorOptions {
  Log* log = nullptr;                  // borrowed, required
  env::Files* files = nullptr;         // borrowed, required
  const base::Clock* clock = nullptr;  // borrowed, required
  TransactionConfig config = {};
  // Told of each marker once it is appended, under its ticket: GroupCoordinator::OnMarker, which
  // knows the partitions that concern it. Called without locks.
  std::function<void(const TopicPartition&, const Marker&, Ticket)> on_marker = {};
};

class TransactionCoordinator {
 public:
  // Loads what __transaction_state holds, if it exists. Transactions that a crash left decided but
  // not complete are completed by the first Ticks. BLOCKS. ERRORS: kIo; kCorruption.
  static base::Result<std::unique_ptr<TransactionCoordinator>> Open(
      TransactionCoordinatorOptions options);
  virtual ~TransactionCoordinator() = default;

  // A producer id of its own for each call without a transactional id. With one: ends what its
  // predecessor left open, then gives the next epoch, which fences it.
  // The coordinator must outlive the calls it gives out.
  virtual std::unique_ptr<TransactionCall<ProducerAnswer>> Start(InitProducerId request) = 0;

  // Adds the partitions to the producer's transaction, which begins if need be, or asks whether
  // they are in it. Produce asks this before it appends transactional batches, and keeps the call
  // until it has appended them: until then the transaction's markers wait, so that no record lands
  // behind its marker. At once when all partitions are in the transaction.
  virtual std::unique_ptr<TransactionCall<AddPartitionsAnswer>> Start(AddPartitions request) = 0;

  // Commits or aborts. The answer comes when all partitions have their markers, so what was
  // committed can be read; with version kV2 it carries the producer's next epoch.
  virtual std::unique_ptr<TransactionCall<ProducerAnswer>> Start(EndTransaction request) = 0;

  // An operator's marker for one partition, outside of any transaction here: ends a transaction
  // that was left hanging there (WriteTxnMarkers). Durable when the ticket is.
  virtual AppendResult WriteMarker(const TopicPartition& partition, const Marker& marker) = 0;

  [[nodiscard]] virtual TransactionDescription Describe(
      std::string_view transactional_id) const = 0;
  [[nodiscard]] virtual TransactionList List(const TransactionFilter& filter) const = 0;

  // Aborts transactions that ran out of time, completes those whose callers have gone, forgets ids
  // that have not been used for long. The monotonic time at which to call again, at most a second
  // later. Run by one thread of whoever wires it. BLOCKS: for the write of records.
  virtual int64_t Tick() = 0;

  // Registers tributary_transactions. `metrics` and this must live as long as each other are used.
  virtual void Publish(base::Metrics& metrics) = 0;
};

}  // namespace logs
