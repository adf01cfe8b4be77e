// TxnOffsetCommit: offsets that count once the producer's transaction commits. THREAD: the
// session's.
#include "kafka/wire/txn_offset_commit.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "kafka/server/api/topics.h"
#include "kafka/server/api/transaction_answer.h"
#include "kafka/server/api/transaction_handlers.h"
#include "kafka/server/error_map.h"
#include "log/group/group_coordinator.h"
#include "log/transaction/transaction_coordinator.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;
using wire::TxnOffsetCommitRequest;
using wire::TxnOffsetCommitResponse;

constexpr int16_t kKnowsAbortable = 4;
constexpr int16_t kAddsItself = 5;  // AddOffsetsToTxn is not sent before (KIP-890, part 2)
constexpr int16_t kTopicIds = 6;    // KIP-1319

class Committing final : public Pending<TxnOffsetCommitResponse> {
 public:
  Committing(const TxnOffsetCommitRequest& request, Call& call)
      : request_(request),
        call_(call),
        deadline_ms_(call.now_ms + 2 * base::limits::kTransactionWaitMs),
        commit_{.group_id = request.group_id,
                .committer = {.member_id = request.member_id,
                              .instance_id = request.group_instance_id,
                              .generation_or_epoch = request.generation_id_or_member_epoch},
                .producer_id = logs::ProducerId(request.producer_id),
                .producer_epoch = request.producer_epoch} {
    const ErrorCode refused = CheckRequest();
    for (const auto& topic : request.topics) PrepareTopic(topic, refused);
    if (!commit_.offsets.empty()) AskCoordinator();
  }

  std::optional<TxnOffsetCommitResponse> Poll(int64_t now_ms) override {
    if (adding_ != nullptr) {
      const auto added = adding_->Look(call_.watcher);
      if (!added.has_value()) return std::nullopt;
      const ErrorCode error = added->error != ErrorCode::kNone || added->partitions.empty()
                                  ? added->error
                                  : added->partitions.front();
      // Appended before the call is let go: until then the transaction's markers wait.
      if (error == ErrorCode::kNone) {
        committing_.emplace(call_.broker.groups.Commit(commit_));
      } else {
        Settle(InVersion(error));
      }
      adding_.reset();
    }
    if (committing_.has_value()) {
      const auto answer = committing_->Look(call_.watcher);
      if (!answer.has_value() && now_ms < deadline_ms_) return std::nullopt;
      if (!answer.has_value()) {
        Settle(ErrorCode::kRequestTimedOut);
      } else if (answer->error != ErrorCode::kNone) {
        Settle(answer->error);
      } else {
        for (size_t i = 0; i < places_.size(); ++i) ErrorAt(i) = Code(answer->partitions.at(i));
      }
    }
    return std::move(response_);
  }
  [[nodiscard]] int64_t deadline_ms() const override { return deadline_ms_; }

 private:
  [[nodiscard]] ErrorCode CheckRequest() const {
    if (!AllowedOnTransaction(call_, Operation::kWrite, request_.transactional_id)) {
      return ErrorCode::kTransactionalIdAuthorizationFailed;
    }
    return call_.Allowed(Operation::kRead, ResourceType::kGroup, request_.group_id)
               ? ErrorCode::kNone
               : ErrorCode::kGroupAuthorizationFailed;
  }

  void PrepareTopic(const TxnOffsetCommitRequest::TxnOffsetCommitRequestTopic& topic,
                    ErrorCode error) {
    const bool by_id = call_.version >= kTopicIds;
    const auto found = by_id ? call_.broker.log.Find(topic.topic_id)
                             : call_.broker.log.Find(std::string_view(topic.name));
    const std::string& name = found == nullptr ? topic.name : found->name;
    if (error == ErrorCode::kNone && by_id && found == nullptr) error = ErrorCode::kUnknownTopicId;
    if (error == ErrorCode::kNone && !AllowedOnTopic(call_, Operation::kRead, name)) {
      error = ErrorCode::kTopicAuthorizationFailed;
    }
    auto& out = response_.topics.emplace_back();
    out.name = topic.name;
    out.topic_id = topic.topic_id;
    for (const auto& partition : topic.partitions) {
      ErrorCode of_partition = error;
      if (error == ErrorCode::kNone) {
        of_partition = FindPartition(found.get(), partition.partition_index).error;
      }
      auto& answered = out.partitions.emplace_back();
      answered.partition_index = partition.partition_index;
      answered.error_code = Code(of_partition);
      if (of_partition != ErrorCode::kNone) continue;
      places_.emplace_back(response_.topics.size() - 1, out.partitions.size() - 1);
      commit_.offsets.push_back({.partition = {name, partition.partition_index},
                                 .topic_id = topic.topic_id,
                                 .offset = logs::Offset(partition.committed_offset),
                                 .leader_epoch = partition.committed_leader_epoch,
                                 .metadata = partition.committed_metadata.value_or("")});
    }
  }

  void AskCoordinator() {
    const auto partition = call_.broker.groups.OffsetsPartition(request_.group_id);
    if (!partition.ok()) return Settle(ErrorOf(partition.error()));
    adding_ = call_.broker.transactions.Start(logs::AddPartitions{
        .transactional_id = request_.transactional_id,
        .producer = {.id = commit_.producer_id, .epoch = commit_.producer_epoch},
        .partitions = {*partition},
        .intent = call_.version >= kAddsItself ? logs::PartitionsIntent::kAddByProducing
                                               : logs::PartitionsIntent::kVerify});
  }

  [[nodiscard]] ErrorCode InVersion(ErrorCode error) const {
    if (error == ErrorCode::kProducerFenced) return ErrorCode::kInvalidProducerEpoch;
    if (error == ErrorCode::kTransactionAbortable && call_.version < kKnowsAbortable) {
      return ErrorCode::kInvalidTxnState;
    }
    return error;
  }

  // All that could have been committed ends like this.
  void Settle(ErrorCode error) {
    for (size_t i = 0; i < places_.size(); ++i) ErrorAt(i) = Code(error);
  }
  [[nodiscard]] int16_t& ErrorAt(size_t i) {
    return response_.topics[places_[i].first].partitions[places_[i].second].error_code;
  }

  const TxnOffsetCommitRequest& request_;
  Call& call_;
  const int64_t deadline_ms_;
  logs::TransactionalOffsetCommit commit_;
  TxnOffsetCommitResponse response_;
  std::vector<std::pair<size_t, size_t>> places_;  // in the response, of commit_'s offsets
  std::unique_ptr<logs::TransactionCall<logs::AddPartitionsAnswer>> adding_;
  std::optional<logs::Later<logs::OffsetCommitAnswer>> committing_;
};

}  // namespace

Answer<TxnOffsetCommitResponse> Handle(const TxnOffsetCommitRequest& request, Call& call) {
  auto committing = std::make_unique<Committing>(request, call);
  if (auto response = committing->Poll(call.now_ms)) return *std::move(response);
  return std::unique_ptr<Pending<TxnOffsetCommitResponse>>(std::move(committing));
}

}  // namespace kafka::server
