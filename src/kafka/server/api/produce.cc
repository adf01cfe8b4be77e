// Produce: appends the batches of a request to their partitions. Records are never copied on the
// way: the request points into the frame, where the log writes offsets into the batches and whence
// it writes them to disk. THREAD: the session's.
#include "kafka/wire/produce.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "kafka/server/api/handlers.h"
#include "kafka/server/api/topics.h"
#include "kafka/server/security/quotas.h"
#include "log/record/record_batch.h"
#include "log/transaction/transaction_coordinator.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;
using wire::ProduceRequest;
using wire::ProduceResponse;

constexpr int16_t kAcksNone = 0;
constexpr int16_t kAcksAll = -1;
constexpr int16_t kZstdVersionMin = 7;             // KIP-110
constexpr int16_t kAbortableErrorVersionMin = 11;  // KIP-890, TRANSACTION_ABORTABLE
constexpr int16_t kImplicitAddVersionMin = 12;     // KIP-890, part 2

// One partition of the request, on its way.
struct Part {
  logs::TopicPartition name;
  std::shared_ptr<logs::Partition> partition = {};
  std::span<char> batches = {};
  bool transactional = false;
  bool compacted = false;  // the topic
  logs::AppendResult result = {};

  [[nodiscard]] bool failed() const { return result.error != ErrorCode::kNone; }
  void Fail(ErrorCode error, std::string message = {}) {
    result.error = error;
    result.message = std::move(message);
  }
};

// The header of the first batch, if there is room for one.
std::optional<logs::BatchView> FirstBatch(std::span<const char> batches) {
  if (batches.size() < logs::kBatchHeaderBytes) return std::nullopt;
  return logs::BatchView(std::string_view(batches.data(), batches.size()));
}

class Producing final : public Pending<ProduceResponse> {
 public:
  Producing(const ProduceRequest& request, Call& call) : request_(request), call_(call) {
    deadline_ms_ = call.now_ms + std::max(request.timeout_ms, 0);
  }

  void Start() {
    for (const auto& topic : request_.topic_data) {
      for (const auto& data : topic.partition_data) parts_.push_back(Prepare(topic, data));
    }
    CheckTransaction();
    if (!adding_) Append();
  }

  std::optional<ProduceResponse> Poll(int64_t now_ms) override {
    if (adding_) {
      auto added = adding_->Look(call_.watcher);
      if (!added.has_value() && now_ms < deadline_ms_) return std::nullopt;
      if (!added.has_value()) added = {.error = ErrorCode::kRequestTimedOut};
      Judge(*added);
      Append();  // before the call is let go: until then the transaction's markers wait
      adding_.reset();
    }
    if (request_.acks == kAcksAll && !Settle(now_ms)) return std::nullopt;
    return Response();
  }

  [[nodiscard]] int64_t deadline_ms() const override { return deadline_ms_; }

  [[nodiscard]] bool any_failed() const {
    return std::any_of(parts_.begin(), parts_.end(),
                       [](const Part& part) { return part.failed(); });
  }

 private:
  // Finds the partition and looks at the batches as far as this API's rules go.
  Part Prepare(const ProduceRequest::TopicProduceData& topic,
               const ProduceRequest::PartitionProduceData& data) {
    Part part;
    const bool by_id = call_.version >= 13;
    const auto found = by_id ? call_.broker.log.Find(topic.topic_id)
                             : call_.broker.log.Find(std::string_view(topic.name));
    part.name = {found != nullptr ? found->name : topic.name, data.index};
    if (request_.acks != kAcksNone && request_.acks != 1 && request_.acks != kAcksAll) {
      part.Fail(ErrorCode::kInvalidRequiredAcks);
      return part;
    }
    if (by_id && found == nullptr) {
      part.Fail(ErrorCode::kUnknownTopicId);
      return part;
    }
    if (!AllowedOnTopic(call_, Operation::kWrite, part.name.topic)) {
      part.Fail(ErrorCode::kTopicAuthorizationFailed);
      return part;
    }
    auto [error, partition] = FindPartition(found.get(), data.index);
    if (error != ErrorCode::kNone) {
      part.Fail(error);
      return part;
    }
    if (found->internal) {
      part.Fail(ErrorCode::kInvalidTopicException,
                "Only the broker writes to its internal topics.");
      return part;
    }
    if (!data.records.has_value() || data.records->empty()) {
      part.Fail(ErrorCode::kInvalidRecord, "There is no record batch.");
      return part;
    }
    if (request_.acks == kAcksAll && found->config.min_insync_replicas > 1) {
      part.Fail(ErrorCode::kNotEnoughReplicas, "min.insync.replicas asks for more than this node.");
      return part;
    }
    part.partition = std::move(partition);
    part.compacted = found->config.cleanup_compact;
    // The view is const because decoding is; the frame it points into is this request's own.
    part.batches = {const_cast<char*>(data.records->data()), data.records->size()};
    if (const auto batch = FirstBatch(part.batches)) {
      part.transactional = batch->transactional();
      if (batch->codec() == static_cast<int>(logs::Compression::kZstd) &&
          call_.version < kZstdVersionMin) {
        part.Fail(ErrorCode::kUnsupportedCompressionType, "zstd needs Produce version 7 or newer.");
      }
    }
    return part;
  }

  // Asks the coordinator for the partitions with transactional batches, if there are any.
  void CheckTransaction() {
    const auto transactional = [](const Part& part) { return part.transactional; };
    const auto first = std::find_if(parts_.begin(), parts_.end(), transactional);
    if (first == parts_.end()) return;
    if (!request_.transactional_id.has_value() ||
        !call_.Allowed(Operation::kWrite, ResourceType::kTransactionalId,
                       *request_.transactional_id)) {
      for (Part& part : parts_) part.Fail(ErrorCode::kTransactionalIdAuthorizationFailed);
      return;
    }
    // Such a request may have to wait, and then there would be nobody to tell how it ended.
    if (request_.acks == kAcksNone) {
      for (Part& part : parts_) part.Fail(ErrorCode::kInvalidRequiredAcks);
      return;
    }
    const auto batch = FirstBatch(first->batches);
    logs::AddPartitions add{.transactional_id = *request_.transactional_id,
                            .producer = {batch->producer_id(), batch->producer_epoch()}};
    add.intent = call_.version >= kImplicitAddVersionMin ? logs::PartitionsIntent::kAddByProducing
                                                         : logs::PartitionsIntent::kVerify;
    for (Part& part : parts_) {
      if (!part.transactional || part.failed()) continue;
      if (FirstBatch(part.batches)->producer_id() != batch->producer_id()) {
        part.Fail(ErrorCode::kInvalidProducerIdMapping, "One request has one producer.");
        continue;
      }
      add.partitions.push_back(part.name);
    }
    if (!add.partitions.empty()) adding_ = call_.broker.transactions.Start(std::move(add));
  }

  // Marks the transactional parts that may not be appended.
  void Judge(const logs::AddPartitionsAnswer& added) {
    size_t i = 0;
    for (Part& part : parts_) {
      if (!part.transactional || part.failed()) continue;
      const ErrorCode error =
          added.error != ErrorCode::kNone ? added.error : added.partitions.at(i);
      ++i;
      if (error != ErrorCode::kNone) part.Fail(AsProduceSays(error));
    }
  }

  // The coordinator's errors in the words of this API, which depend on what the client knows
  // (KIP-890).
  [[nodiscard]] ErrorCode AsProduceSays(ErrorCode error) const {
    if (error == ErrorCode::kProducerFenced) return ErrorCode::kInvalidProducerEpoch;
    if (error == ErrorCode::kTransactionAbortable && call_.version < kAbortableErrorVersionMin) {
      return ErrorCode::kInvalidTxnState;
    }
    // To be tried again: what producers of all ages do upon "not enough replicas".
    if (error == ErrorCode::kCoordinatorNotAvailable || error == ErrorCode::kNotCoordinator ||
        error == ErrorCode::kCoordinatorLoadInProgress ||
        (error == ErrorCode::kConcurrentTransactions && call_.version < kImplicitAddVersionMin)) {
      return ErrorCode::kNotEnoughReplicas;
    }
    return error;
  }

  void Append() {
    size_t bytes = 0;
    for (Part& part : parts_) {
      if (part.failed()) continue;
      bytes += part.batches.size();
      part.result = part.partition->Append({.batches = part.batches});
      if (!part.failed()) ticket_ = std::max(ticket_, part.result.ticket);
    }
    call_.throttle_ms = call_.broker.quotas.Charge(
        call_.principal(), call_.client_id, QuotaKind::kProduceBytes, static_cast<int64_t>(bytes));
    // What follows on this connection may be appended now without changing the order.
    call_.may_overlap = true;
  }

  // Are all appends durable, or beyond hope, or out of time? Then each part knows which.
  bool Settle(int64_t now_ms) {
    logs::Log& log = call_.broker.log;
    if (log.IsDurable(ticket_) == logs::Durable::kNotYet) {
      log.WatchDurable(ticket_, call_.watcher);
      if (log.IsDurable(ticket_) == logs::Durable::kNotYet && now_ms < deadline_ms_) return false;
    }
    for (Part& part : parts_) {
      if (part.failed()) continue;
      switch (log.IsDurable(part.result.ticket)) {
        case logs::Durable::kYes:
          break;
        case logs::Durable::kNotYet:
          part.Fail(ErrorCode::kRequestTimedOut, "The records are not safe on disk yet.");
          break;
        case logs::Durable::kFailed:
          part.Fail(ErrorCode::kKafkaStorageError, "The disk refused the records.");
          break;
      }
    }
    return true;
  }

  // Which records a compacted topic refuses: those without a key (KIP-467). The client then fails
  // these and tries the others again.
  static void TellRefusedRecords(const Part& part, ProduceResponse::PartitionProduceResponse& out) {
    logs::BatchWalk walk(std::string_view(part.batches.data(), part.batches.size()));
    int32_t index = 0;
    while (const auto batch = walk.Next()) {
      auto records = logs::RecordReader::Open(*batch, base::limits::kRecordsBytesMax);
      if (!records.ok()) return;
      while (const auto record = records->Next()) {
        if (!record->key.has_value()) {
          out.record_errors.push_back(
              {.batch_index = index,
               .batch_index_error_message = "A compacted topic takes no record without a key."});
        }
        ++index;
      }
    }
  }

  ProduceResponse Response() {
    ProduceResponse response;
    response.responses.reserve(request_.topic_data.size());
    auto part = parts_.begin();
    for (const auto& topic : request_.topic_data) {
      auto& answered = response.responses.emplace_back();
      answered.name = topic.name;
      answered.topic_id = topic.topic_id;
      answered.partition_responses.reserve(topic.partition_data.size());
      for (const auto& data : topic.partition_data) {
        logs::AppendResult& result = part->result;
        auto& out = answered.partition_responses.emplace_back();
        out.index = data.index;
        out.error_code = Code(result.error);
        if (result.error == ErrorCode::kNone) {
          out.base_offset = result.base_offset.get();
          out.log_append_time_ms = result.log_append_time_ms;
          out.log_start_offset = result.log_start_offset.get();
        } else {
          out.base_offset = -1;
          if (!result.message.empty()) out.error_message = std::move(result.message);
          if (result.error == ErrorCode::kInvalidRecord && part->compacted) {
            TellRefusedRecords(*part, out);
          }
        }
        ++part;
      }
    }
    return response;
  }

  const ProduceRequest& request_;
  Call& call_;
  int64_t deadline_ms_ = 0;
  std::vector<Part> parts_;  // in the order of the request
  std::unique_ptr<logs::TransactionCall<logs::AddPartitionsAnswer>> adding_;
  logs::Ticket ticket_{0};  // the last of all parts
};

}  // namespace

Answer<ProduceResponse> Handle(const ProduceRequest& request, Call& call) {
  auto producing = std::make_unique<Producing>(request, call);
  producing->Start();
  auto response = producing->Poll(call.now_ms);
  if (request.acks == kAcksNone && response.has_value()) {
    call.close = producing->any_failed();
    return NoAnswer{};
  }
  if (response.has_value()) return *std::move(response);
  return producing;
}

}  // namespace kafka::server
