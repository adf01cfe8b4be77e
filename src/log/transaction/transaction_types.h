// What a TransactionCoordinator is asked and answers: the transaction APIs without their wire
// versions. Value types.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/error_code.h"
#include "log/topic_partition.h"

namespace logs {

// The states of a transactional id; numbers and names are Kafka's (TransactionLogValue,
// DescribeTransactions).
enum class TransactionState : int8_t {
  kEmpty = 0,
  kOngoing = 1,
  kPrepareCommit = 2,
  kPrepareAbort = 3,
  kCompleteCommit = 4,
  kCompleteAbort = 5,
  kDead = 6,
  kPrepareEpochFence = 7,
};
// "Empty", "Ongoing", ...
[[nodiscard]] std::string_view TransactionStateName(TransactionState state);

// How a client speaks of transactions (the levels of the feature transaction.version).
enum class TransactionVersion : int16_t {
  kV0 =
      0,  // adds partitions by AddPartitionsToTxn, keeps its epoch from transaction to transaction
  kV2 = 2,  // KIP-890: adds them by producing to them, each end gives it the next epoch
};

struct ProducerIdentity {
  ProducerId id = kNoProducerId;
  int16_t epoch = -1;
  friend bool operator==(const ProducerIdentity&, const ProducerIdentity&) = default;
};

struct InitProducerId {
  std::optional<std::string> transactional_id = {};  // absent: only idempotent
  int32_t transaction_timeout_ms = 60'000;
  ProducerIdentity current = {};  // of a producer that asks for its next epoch (KIP-360)
};

struct ProducerAnswer {
  ErrorCode error = ErrorCode::kNone;
  ProducerIdentity producer = {};
};

enum class PartitionsIntent : uint8_t {
  kAdd,             // AddPartitionsToTxn, AddOffsetsToTxn
  kAddByProducing,  // Produce v12+, TxnOffsetCommit v5+ of the client itself
  kVerify,          // older ones: are they in the transaction that is going on?
};

struct AddPartitions {
  std::string transactional_id;
  ProducerIdentity producer = {};
  std::vector<TopicPartition> partitions = {};
  PartitionsIntent intent = PartitionsIntent::kAdd;
};

struct AddPartitionsAnswer {
  // Of all: kInvalidProducerIdMapping, kProducerFenced (the caller's API may say
  // kInvalidProducerEpoch instead), kConcurrentTransactions, kCoordinatorNotAvailable, ...
  ErrorCode error = ErrorCode::kNone;
  // Each, as asked, when `error` is kNone: kNone, or of kVerify kTransactionAbortable.
  std::vector<ErrorCode> partitions = {};
};

struct EndTransaction {
  std::string transactional_id;
  ProducerIdentity producer = {};
  bool commit = false;
  TransactionVersion version = TransactionVersion::kV0;
};

struct TransactionDescription {
  ErrorCode error = ErrorCode::kNone;  // kTransactionalIdNotFound
  std::string transactional_id = {};
  TransactionState state = TransactionState::kEmpty;
  int32_t timeout_ms = 0;
  int64_t start_ms = -1;  // unix time; -1: none is going on
  ProducerIdentity producer = {};
  std::vector<TopicPartition> partitions = {};  // in order
};

// All conditions must hold; an absent one always does.
struct TransactionFilter {
  std::vector<std::string> states = {};  // by name
  std::vector<ProducerId> producer_ids = {};
  int64_t running_longer_than_ms = -1;  // KIP-994
};

struct TransactionListing {
  std::string transactional_id;
  ProducerId producer_id;
  TransactionState state;
};

struct TransactionList {
  std::vector<std::string> unknown_states = {};
  std::vector<TransactionListing> transactions = {};  // by id
};

}  // namespace logs
