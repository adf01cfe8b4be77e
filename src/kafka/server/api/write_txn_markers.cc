// WriteTxnMarkers: an operator ends transactions that hang in a partition (KIP-664). The markers of
// our own transactions are written by the coordinator without it. THREAD: the session's.
#include "kafka/wire/write_txn_markers.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "kafka/server/api/transaction_answer.h"
#include "kafka/server/api/transaction_handlers.h"
#include "log/transaction/transaction_coordinator.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;
using wire::WriteTxnMarkersRequest;
using wire::WriteTxnMarkersResponse;

class Writing final : public Pending<WriteTxnMarkersResponse> {
 public:
  Writing(const WriteTxnMarkersRequest& request, Call& call)
      : request_(request),
        call_(call),
        deadline_ms_(call.now_ms + base::limits::kTransactionWaitMs) {
    const bool allowed = call.AllowedOnCluster(Operation::kAlter) ||
                         call.AllowedOnCluster(Operation::kClusterAction);
    for (const auto& marker : request.markers) {
      for (const auto& topic : marker.topics) {
        for (const int32_t partition : topic.partition_indexes) {
          results_.push_back(
              allowed ? call.broker.transactions.WriteMarker(
                            {topic.name, partition},
                            {.producer_id = logs::ProducerId(marker.producer_id),
                             .producer_epoch = marker.producer_epoch,
                             .commit = marker.transaction_result,
                             .coordinator_epoch = marker.coordinator_epoch})
                      : logs::AppendResult{.error = ErrorCode::kClusterAuthorizationFailed});
          ticket_ = std::max(ticket_, results_.back().ticket);
        }
      }
    }
  }

  std::optional<WriteTxnMarkersResponse> Poll(int64_t now_ms) override {
    logs::Log& log = call_.broker.log;
    if (log.IsDurable(ticket_) == logs::Durable::kNotYet) {
      log.WatchDurable(ticket_, call_.watcher);
      if (log.IsDurable(ticket_) == logs::Durable::kNotYet && now_ms < deadline_ms_) {
        return std::nullopt;
      }
    }
    WriteTxnMarkersResponse response;
    auto result = results_.begin();
    for (const auto& marker : request_.markers) {
      auto& of_marker = response.markers.emplace_back();
      of_marker.producer_id = marker.producer_id;
      for (const auto& topic : marker.topics) {
        auto& of_topic = of_marker.topics.emplace_back();
        of_topic.name = topic.name;
        for (const int32_t partition : topic.partition_indexes) {
          auto& of_partition = of_topic.partitions.emplace_back();
          of_partition.partition_index = partition;
          of_partition.error_code = Code(ErrorOf(*result++));
        }
      }
    }
    return response;
  }
  [[nodiscard]] int64_t deadline_ms() const override { return deadline_ms_; }

 private:
  [[nodiscard]] ErrorCode ErrorOf(const logs::AppendResult& result) const {
    if (result.error != ErrorCode::kNone) return result.error;
    switch (call_.broker.log.IsDurable(result.ticket)) {
      case logs::Durable::kYes:
        return ErrorCode::kNone;
      case logs::Durable::kNotYet:
        return ErrorCode::kRequestTimedOut;
      case logs::Durable::kFailed:
        return ErrorCode::kKafkaStorageError;
    }
    return ErrorCode::kUnknownServerError;
  }

  const WriteTxnMarkersRequest& request_;
  Call& call_;
  const int64_t deadline_ms_;
  std::vector<logs::AppendResult> results_;  // in the order of the request
  logs::Ticket ticket_;                      // the last of all
};

}  // namespace

Answer<WriteTxnMarkersResponse> Handle(const WriteTxnMarkersRequest& request, Call& call) {
  auto writing = std::make_unique<Writing>(request, call);
  if (auto response = writing->Poll(call.now_ms)) return *std::move(response);
  return std::unique_ptr<Pending<WriteTxnMarkersResponse>>(std::move(writing));
}

}  // namespace kafka::server
