// InitProducerId, AddOffsetsToTxn and EndTxn. THREAD: the session's.
#include <utility>

#include "kafka/server/api/transaction_answer.h"
#include "kafka/server/api/transaction_handlers.h"
#include "kafka/server/error_map.h"
#include "kafka/wire/add_offsets_to_txn.h"
#include "kafka/wire/end_txn.h"
#include "kafka/wire/init_producer_id.h"
#include "log/group/group_coordinator.h"
#include "log/transaction/transaction_coordinator.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;

constexpr int16_t kInitKnowsFenced = 4;
constexpr int16_t kOffsetsKnowFenced = 2;
constexpr int16_t kEndKnowsFenced = 2;
constexpr int16_t kEndMovesEpoch = 5;  // KIP-890, part 2

ErrorCode CheckInit(const wire::InitProducerIdRequest& request, const Call& call) {
  if (!request.transactional_id.has_value()) {
    // Whoever may write to some topic may do so without duplicates (KIP-679).
    return call.AllowedOnCluster(Operation::kIdempotentWrite) ||
                   call.broker.authorizer.AllowsOnSome(call.principal(), Operation::kWrite,
                                                       ResourceType::kTopic)
               ? ErrorCode::kNone
               : ErrorCode::kClusterAuthorizationFailed;
  }
  if (!AllowedOnTransaction(call, Operation::kWrite, *request.transactional_id)) {
    return ErrorCode::kTransactionalIdAuthorizationFailed;
  }
  // Both are told or none.
  const bool has_id = request.producer_id != -1;
  const bool has_epoch = request.producer_epoch != -1;
  return has_id == has_epoch ? ErrorCode::kNone : ErrorCode::kInvalidRequest;
}

}  // namespace

Answer<wire::InitProducerIdResponse> Handle(const wire::InitProducerIdRequest& request,
                                            Call& call) {
  if (const ErrorCode error = CheckInit(request, call); error != ErrorCode::kNone) {
    wire::InitProducerIdResponse response;
    response.error_code = Code(error);
    response.producer_epoch = -1;
    return response;
  }
  logs::InitProducerId init{.transactional_id = request.transactional_id,
                            .transaction_timeout_ms = request.transaction_timeout_ms};
  init.current = {.id = logs::ProducerId(request.producer_id), .epoch = request.producer_epoch};
  return AnswerWhenDone<wire::InitProducerIdResponse, logs::ProducerAnswer>(
      call.broker.transactions.Start(std::move(init)), call, [&call](logs::ProducerAnswer answer) {
        wire::InitProducerIdResponse response;
        response.error_code = FencedCode(answer.error, call.version >= kInitKnowsFenced);
        response.producer_id = answer.producer.id.get();
        response.producer_epoch = answer.producer.epoch;
        return response;
      });
}

Answer<wire::AddOffsetsToTxnResponse> Handle(const wire::AddOffsetsToTxnRequest& request,
                                             Call& call) {
  wire::AddOffsetsToTxnResponse refused;
  if (!AllowedOnTransaction(call, Operation::kWrite, request.transactional_id)) {
    refused.error_code = Code(ErrorCode::kTransactionalIdAuthorizationFailed);
    return refused;
  }
  if (!call.Allowed(Operation::kRead, ResourceType::kGroup, request.group_id)) {
    refused.error_code = Code(ErrorCode::kGroupAuthorizationFailed);
    return refused;
  }
  const auto partition = call.broker.groups.OffsetsPartition(request.group_id);
  if (!partition.ok()) {
    refused.error_code = Code(ErrorOf(partition.error()));
    return refused;
  }
  return AnswerWhenDone<wire::AddOffsetsToTxnResponse, logs::AddPartitionsAnswer>(
      call.broker.transactions.Start(
          logs::AddPartitions{.transactional_id = request.transactional_id,
                              .producer = {.id = logs::ProducerId(request.producer_id),
                                           .epoch = request.producer_epoch},
                              .partitions = {*partition}}),
      call, [&call](logs::AddPartitionsAnswer answer) {
        wire::AddOffsetsToTxnResponse response;
        response.error_code = FencedCode(answer.error, call.version >= kOffsetsKnowFenced);
        return response;
      });
}

Answer<wire::EndTxnResponse> Handle(const wire::EndTxnRequest& request, Call& call) {
  if (!AllowedOnTransaction(call, Operation::kWrite, request.transactional_id)) {
    wire::EndTxnResponse refused;
    refused.error_code = Code(ErrorCode::kTransactionalIdAuthorizationFailed);
    return refused;
  }
  logs::EndTransaction end{
      .transactional_id = request.transactional_id,
      .producer = {.id = logs::ProducerId(request.producer_id), .epoch = request.producer_epoch},
      .commit = request.committed};
  end.version = call.version >= kEndMovesEpoch ? logs::TransactionVersion::kV2
                                               : logs::TransactionVersion::kV0;
  return AnswerWhenDone<wire::EndTxnResponse, logs::ProducerAnswer>(
      call.broker.transactions.Start(std::move(end)), call, [&call](logs::ProducerAnswer answer) {
        wire::EndTxnResponse response;
        response.error_code = FencedCode(answer.error, call.version >= kEndKnowsFenced);
        response.producer_id = answer.producer.id.get();
        response.producer_epoch = answer.producer.epoch;
        return response;
      });
}

}  // namespace kafka::server
