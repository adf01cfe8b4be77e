// AddPartitionsToTxn: of clients one transaction at a time (up to version 3), of brokers many, also
// only to ask whether partitions are in one (from version 4). THREAD: the session's.
#include "kafka/wire/add_partitions_to_txn.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kafka/server/api/topics.h"
#include "kafka/server/api/transaction_answer.h"
#include "kafka/server/api/transaction_handlers.h"
#include "log/transaction/transaction_coordinator.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;
using wire::AddPartitionsToTxnRequest;
using wire::AddPartitionsToTxnResponse;
using Topics = std::vector<AddPartitionsToTxnRequest::AddPartitionsToTxnTopic>;
using Results = std::vector<AddPartitionsToTxnResponse::AddPartitionsToTxnTopicResult>;

constexpr int16_t kKnowsFenced = 2;
constexpr int16_t kManyTransactions = 4;
constexpr int16_t kKnowsAbortable = 5;

// One transaction of the request.
struct Part {
  std::string transactional_id;
  const Topics* topics;
  std::vector<ErrorCode> errors = {};  // by partition, in the order of the topics
  std::unique_ptr<logs::TransactionCall<logs::AddPartitionsAnswer>> adding = {};
};

ErrorCode CheckPartition(const Call& call, const std::string& topic, int32_t partition) {
  const bool of_broker = call.version >= kManyTransactions;  // which was asked who it is already
  if (!of_broker &&
      (IsInternalTopicName(topic) || !AllowedOnTopic(call, Operation::kWrite, topic))) {
    return ErrorCode::kTopicAuthorizationFailed;
  }
  return FindPartition(call.broker.log.Find(std::string_view(topic)).get(), partition).error;
}

class Adding final : public Pending<AddPartitionsToTxnResponse> {
 public:
  Adding(const AddPartitionsToTxnRequest& request, Call& call) : call_(call) {
    deadline_ms_ = call.now_ms;
    if (call.version < kManyTransactions) {
      Begin({.transactional_id = request.v3_and_below_transactional_id,
             .producer = {.id = logs::ProducerId(request.v3_and_below_producer_id),
                          .epoch = request.v3_and_below_producer_epoch}},
            request.v3_and_below_topics);
      return;
    }
    for (const auto& transaction : request.transactions) {
      Begin({.transactional_id = transaction.transactional_id,
             .producer = {.id = logs::ProducerId(transaction.producer_id),
                          .epoch = transaction.producer_epoch},
             .intent = transaction.verify_only ? logs::PartitionsIntent::kVerify
                                               : logs::PartitionsIntent::kAdd},
            transaction.topics);
    }
  }

  std::optional<AddPartitionsToTxnResponse> Poll(int64_t) override {
    for (Part& part : parts_) {
      if (part.adding == nullptr) continue;
      auto answer = part.adding->Look(call_.watcher);
      if (!answer.has_value()) return std::nullopt;
      for (size_t i = 0; i < part.errors.size(); ++i) {
        part.errors[i] =
            answer->error != ErrorCode::kNone ? answer->error : answer->partitions.at(i);
      }
      part.adding.reset();
    }
    return Response();
  }
  [[nodiscard]] int64_t deadline_ms() const override { return deadline_ms_; }

 private:
  void Begin(logs::AddPartitions add, const Topics& topics) {
    Part part{.transactional_id = add.transactional_id, .topics = &topics};
    bool all_good = true;
    const bool allowed = AllowedOnTransaction(call_, Operation::kWrite, add.transactional_id);
    for (const auto& topic : topics) {
      for (const int32_t partition : topic.partitions) {
        const ErrorCode error = allowed ? CheckPartition(call_, topic.name, partition)
                                        : ErrorCode::kTransactionalIdAuthorizationFailed;
        all_good = all_good && error == ErrorCode::kNone;
        part.errors.push_back(error);
        add.partitions.push_back({topic.name, partition});
      }
    }
    if (all_good && !add.partitions.empty()) {
      part.adding = call_.broker.transactions.Start(std::move(add));
      deadline_ms_ = std::max(deadline_ms_, part.adding->deadline_ms());
    } else {  // all or none
      for (ErrorCode& error : part.errors) {
        if (error == ErrorCode::kNone) error = ErrorCode::kOperationNotAttempted;
      }
    }
    parts_.push_back(std::move(part));
  }

  [[nodiscard]] int16_t InVersion(ErrorCode error) const {
    if (error == ErrorCode::kTransactionAbortable && call_.version < kKnowsAbortable) {
      error = ErrorCode::kInvalidTxnState;
    }
    return FencedCode(error, call_.version >= kKnowsFenced);
  }

  [[nodiscard]] Results ResultsOf(const Part& part) const {
    Results results;
    auto error = part.errors.begin();
    for (const auto& topic : *part.topics) {
      auto& result = results.emplace_back();
      result.name = topic.name;
      for (const int32_t partition : topic.partitions) {
        auto& by_partition = result.results_by_partition.emplace_back();
        by_partition.partition_index = partition;
        by_partition.partition_error_code = InVersion(*error++);
      }
    }
    return results;
  }

  [[nodiscard]] AddPartitionsToTxnResponse Response() const {
    AddPartitionsToTxnResponse response;
    if (call_.version < kManyTransactions) {
      response.results_by_topic_v3_and_below = ResultsOf(parts_.front());
      return response;
    }
    for (const Part& part : parts_) {
      auto& result = response.results_by_transaction.emplace_back();
      result.transactional_id = part.transactional_id;
      result.topic_results = ResultsOf(part);
    }
    return response;
  }

  Call& call_;
  std::vector<Part> parts_;
  int64_t deadline_ms_ = 0;
};

}  // namespace

Answer<AddPartitionsToTxnResponse> Handle(const AddPartitionsToTxnRequest& request, Call& call) {
  if (call.version >= kManyTransactions && !call.AllowedOnCluster(Operation::kClusterAction)) {
    AddPartitionsToTxnResponse refused;
    refused.error_code = Code(ErrorCode::kClusterAuthorizationFailed);
    return refused;
  }
  auto adding = std::make_unique<Adding>(request, call);
  if (auto response = adding->Poll(call.now_ms)) return *std::move(response);
  return std::unique_ptr<Pending<AddPartitionsToTxnResponse>>(std::move(adding));
}

}  // namespace kafka::server
