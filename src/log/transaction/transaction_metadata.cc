#include "log/transaction/transaction_metadata.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace logs {
namespace {

ProducerAnswer Refuse(ErrorCode error) { return {.error = error}; }

int16_t NextEpoch(int16_t epoch) {
  CHECK(epoch < INT16_MAX);
  return static_cast<int16_t>(epoch + 1);
}

TransactionMetadata Initialized(const TransactionMetadata& current, int32_t timeout_ms,
                                int64_t now_ms) {
  TransactionMetadata next = current;
  next.previous_id = current.producer.id;
  next.next_id = kNoProducerId;
  next.timeout_ms = timeout_ms;
  next.state = TransactionState::kEmpty;
  next.partitions.clear();
  next.start_ms = -1;
  next.update_ms = now_ms;
  next.version = TransactionVersion::kV0;
  return next;
}

Decision<ProducerAnswer> InitWith(TransactionMetadata next) {
  const ProducerIdentity producer = next.producer;
  return {.next = std::move(next), .answer = ProducerAnswer{.producer = producer}};
}

// `version` decides whether the producer's epoch moves on with this end.
TransactionMetadata Prepared(const TransactionMetadata& current, const EndTransaction& request,
                             const RuleContext& context) {
  TransactionMetadata next = current;
  next.state = request.commit ? TransactionState::kPrepareCommit : TransactionState::kPrepareAbort;
  next.previous_id = current.producer.id;
  next.next_id = kNoProducerId;
  next.version = request.version;
  next.update_ms = context.now_ms;
  if (current.state != TransactionState::kOngoing) next.start_ms = context.now_ms;
  if (request.version == TransactionVersion::kV2) {
    if (EpochExhausted(current.producer.epoch)) next.next_id = context.fresh_id;
    next.last_epoch = current.producer.epoch;
    next.producer.epoch = NextEpoch(current.producer.epoch);
  }
  return next;
}

}  // namespace

Decision<ProducerAnswer> DecideInit(const TransactionMetadata* maybe_current,
                                    const ProducerIdentity& expected, int32_t timeout_ms,
                                    const RuleContext& context) {
  const bool expects = expected.id != kNoProducerId;
  if (maybe_current == nullptr) {
    // Whatever the producer was, it is forgotten here; it may go on as a new one.
    TransactionMetadata next;
    next.producer = {.id = context.fresh_id, .epoch = 0};
    next.timeout_ms = timeout_ms;
    next.update_ms = context.now_ms;
    return InitWith(std::move(next));
  }
  const TransactionMetadata& current = *maybe_current;
  CHECK(!IsPreparing(current.state));
  const bool repeated = expects && expected.id == current.producer.id && current.last_epoch >= 0 &&
                        expected.epoch == current.last_epoch &&
                        current.producer.epoch != kEpochFenceOnly;
  // A repeated request whose first answer, with a new id, did not arrive.
  const bool repeated_rotation = expects && expected.id == current.previous_id &&
                                 expected.id != current.producer.id &&
                                 EpochExhausted(expected.epoch) && current.last_epoch >= 0 &&
                                 expected.epoch == current.last_epoch;
  const bool up_to_date = !expects || expected == current.producer;
  if (!up_to_date && !repeated && !repeated_rotation) {
    return {.answer = Refuse(ErrorCode::kProducerFenced)};
  }
  if (current.state == TransactionState::kOngoing) {
    return {.next = Fenced(current, context.now_ms)};
  }
  TransactionMetadata next = Initialized(current, timeout_ms, context.now_ms);
  if (!up_to_date) {
    next.previous_id = current.previous_id;  // nothing changes but the timeout
  } else if (EpochExhausted(current.producer.epoch)) {
    next.producer = {.id = context.fresh_id, .epoch = 0};
    next.last_epoch = expects ? current.producer.epoch : int16_t{-1};
  } else {
    next.producer.epoch = NextEpoch(current.producer.epoch);
    next.last_epoch = expects ? current.producer.epoch : int16_t{-1};
  }
  return InitWith(std::move(next));
}

Decision<AddPartitionsAnswer> DecideAdd(const TransactionMetadata* maybe_current,
                                        const AddPartitions& request, const RuleContext& context) {
  const auto refuse = [](ErrorCode error) {
    return Decision<AddPartitionsAnswer>{.answer = AddPartitionsAnswer{.error = error}};
  };
  if (maybe_current == nullptr) return refuse(ErrorCode::kInvalidProducerIdMapping);
  const TransactionMetadata& current = *maybe_current;
  CHECK(!IsPreparing(current.state));
  if (request.producer.id != current.producer.id) {
    return refuse(ErrorCode::kInvalidProducerIdMapping);
  }
  if (request.producer.epoch != current.producer.epoch) return refuse(ErrorCode::kProducerFenced);

  const bool ongoing = current.state == TransactionState::kOngoing;
  AddPartitionsAnswer answer;
  bool all_there = ongoing;
  for (const TopicPartition& partition : request.partitions) {
    const bool there = ongoing && current.partitions.contains(partition);
    all_there = all_there && there;
    answer.partitions.push_back(there || request.intent != PartitionsIntent::kVerify
                                    ? ErrorCode::kNone
                                    : ErrorCode::kTransactionAbortable);
  }
  if (all_there || request.intent == PartitionsIntent::kVerify)
    return {.answer = std::move(answer)};

  TransactionMetadata next = current;
  if (!ongoing) {
    next.partitions.clear();
    next.start_ms = context.now_ms;
  }
  next.state = TransactionState::kOngoing;
  next.previous_id = current.producer.id;
  next.partitions.insert(request.partitions.begin(), request.partitions.end());
  next.update_ms = context.now_ms;
  next.version = request.intent == PartitionsIntent::kAddByProducing ? TransactionVersion::kV2
                                                                     : TransactionVersion::kV0;
  return {.next = std::move(next), .answer = std::move(answer)};
}

Decision<ProducerAnswer> DecideEnd(const TransactionMetadata* maybe_current,
                                   const EndTransaction& request, const RuleContext& context) {
  if (maybe_current == nullptr) {
    return {.answer = Refuse(ErrorCode::kInvalidProducerIdMapping)};
  }
  const TransactionMetadata& current = *maybe_current;
  CHECK(!IsPreparing(current.state));
  const bool complete = current.state == TransactionState::kCompleteCommit ||
                        current.state == TransactionState::kCompleteAbort;
  const bool same_id = request.producer.id == current.producer.id;
  const bool same_epoch = request.producer.epoch == current.producer.epoch;

  // With V2 an end moves the epoch on, so a repeated end comes with the epoch before, or with the
  // id before when that was its last epoch. With V0 it is the same once more.
  bool repeated = false;
  if (complete && current.version == TransactionVersion::kV2) {
    const bool bumped = same_id && request.producer.epoch >= 0 &&
                        request.producer.epoch + 1 == current.producer.epoch;
    const bool rotated = !same_id && request.producer.id == current.previous_id &&
                         EpochExhausted(request.producer.epoch) && current.producer.epoch == 0;
    // The epoch that only fences is nobody's to go on with.
    repeated = rotated || (bumped && current.producer.epoch != kEpochFenceOnly);
  } else if (complete && request.version == TransactionVersion::kV0) {
    repeated = same_id && same_epoch;
  }
  if (!repeated && !same_id) return {.answer = Refuse(ErrorCode::kInvalidProducerIdMapping)};
  if (!repeated && !same_epoch) return {.answer = Refuse(ErrorCode::kProducerFenced)};

  if (repeated) {
    const bool committed = current.state == TransactionState::kCompleteCommit;
    if (committed != request.commit) return {.answer = Refuse(ErrorCode::kInvalidTxnState)};
    return {.answer = ProducerAnswer{.producer = current.producer}};
  }
  // A V2 producer that aborts does not know whether any of its records arrived.
  const bool abort_of_nothing = !request.commit && request.version == TransactionVersion::kV2;
  if (current.state != TransactionState::kOngoing && !abort_of_nothing) {
    return {.answer = Refuse(ErrorCode::kInvalidTxnState)};
  }
  return {.next = Prepared(current, request, context)};
}

TransactionMetadata Fenced(const TransactionMetadata& current, int64_t now_ms) {
  CHECK(current.state == TransactionState::kOngoing);
  TransactionMetadata next = current;
  next.state = TransactionState::kPrepareAbort;
  next.previous_id = current.producer.id;
  next.producer.epoch = NextEpoch(current.producer.epoch);
  next.last_epoch = -1;
  next.update_ms = now_ms;
  return next;
}

TransactionMetadata Completed(const TransactionMetadata& current, int64_t now_ms) {
  CHECK(IsPreparing(current.state));
  TransactionMetadata next = current;
  next.state = current.state == TransactionState::kPrepareCommit ? TransactionState::kCompleteCommit
                                                                 : TransactionState::kCompleteAbort;
  next.partitions.clear();
  next.update_ms = now_ms;
  if (current.next_id != kNoProducerId) {
    next.previous_id = current.producer.id;
    next.producer = {.id = current.next_id, .epoch = 0};
    next.next_id = kNoProducerId;
  }
  return next;
}

}  // namespace logs
