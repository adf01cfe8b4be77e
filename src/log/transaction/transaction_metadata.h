// TransactionMetadata: what the coordinator keeps of one transactional id, and the rules by which
// it changes: pure functions from what stands and what is asked to what is to be appended or
// answered. The rules are Kafka's (KIP-98, KIP-360, KIP-890). Value types; THREAD: any.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "log/error_code.h"
#include "log/topic_partition.h"
#include "log/transaction/transaction_types.h"

namespace logs {

struct TransactionMetadata {
  ProducerIdentity producer = {};
  ProducerId previous_id = kNoProducerId;  // before the last change of id
  ProducerId next_id = kNoProducerId;      // from completion on, when the epochs are used up
  // Before the last step of one that the producer itself asked for; -1 otherwise. Not kept in the
  // log: a repeated InitProducerId is recognized until the next restart.
  int16_t last_epoch = -1;
  int32_t timeout_ms = 0;
  TransactionState state = TransactionState::kEmpty;
  std::set<TopicPartition> partitions = {};
  int64_t update_ms = -1;  // unix time of the last change
  int64_t start_ms = -1;   // of the last transaction's first partition
  TransactionVersion version = TransactionVersion::kV0;  // of the client, at the last change
  friend bool operator==(const TransactionMetadata&, const TransactionMetadata&) = default;
};

// An epoch that no producer gets: so that the coordinator can always fence the one before.
inline constexpr int16_t kEpochFenceOnly = INT16_MAX;
[[nodiscard]] constexpr bool EpochExhausted(int16_t epoch) { return epoch >= INT16_MAX - 1; }

[[nodiscard]] constexpr bool IsPreparing(TransactionState state) {
  return state == TransactionState::kPrepareCommit || state == TransactionState::kPrepareAbort;
}

// What a rule decides: change to `next` (append it), then answer, or ask again when there is no
// answer yet. REQUIRES of a caller: `next` or `answer` is there.
template <typename Answer>
struct Decision {
  std::optional<TransactionMetadata> next = {};
  std::optional<Answer> answer = {};
};

// `fresh_id` is a producer id nobody has yet; used only by the decisions that say so.
struct RuleContext {
  int64_t now_ms = 0;  // unix time
  ProducerId fresh_id = kNoProducerId;
};

// Needs a fresh id when: there is nothing yet, or the epochs are used up.
// `expected`: what the producer says it is; {} when it says nothing. Without an answer: the ongoing
// transaction is fenced; ask again once that is complete, expecting `next`'s producer.
// REQUIRES: !IsPreparing.
[[nodiscard]] Decision<ProducerAnswer> DecideInit(const TransactionMetadata* maybe_current,
                                                  const ProducerIdentity& expected,
                                                  int32_t timeout_ms, const RuleContext& context);
// REQUIRES: !IsPreparing.
[[nodiscard]] Decision<AddPartitionsAnswer> DecideAdd(const TransactionMetadata* maybe_current,
                                                      const AddPartitions& request,
                                                      const RuleContext& context);
// Needs a fresh id when the epochs are used up. Without an answer: ask again once it is complete.
// REQUIRES: !IsPreparing.
[[nodiscard]] Decision<ProducerAnswer> DecideEnd(const TransactionMetadata* maybe_current,
                                                 const EndTransaction& request,
                                                 const RuleContext& context);

// Aborts the ongoing transaction under the next epoch, so that its producer is fenced.
// REQUIRES: kOngoing.
[[nodiscard]] TransactionMetadata Fenced(const TransactionMetadata& current, int64_t now_ms);
// All markers are there. REQUIRES: IsPreparing.
[[nodiscard]] TransactionMetadata Completed(const TransactionMetadata& current, int64_t now_ms);

}  // namespace logs
