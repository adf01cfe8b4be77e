// The handlers of producer ids and transactions: one overload of Handle a request. THREAD: the
// session's.
#pragma once

#include "kafka/server/answer.h"
#include "kafka/server/call.h"

namespace kafka::wire {
struct InitProducerIdRequest;
struct InitProducerIdResponse;
struct AddPartitionsToTxnRequest;
struct AddPartitionsToTxnResponse;
struct AddOffsetsToTxnRequest;
struct AddOffsetsToTxnResponse;
struct EndTxnRequest;
struct EndTxnResponse;
struct TxnOffsetCommitRequest;
struct TxnOffsetCommitResponse;
struct WriteTxnMarkersRequest;
struct WriteTxnMarkersResponse;
struct DescribeProducersRequest;
struct DescribeProducersResponse;
struct DescribeTransactionsRequest;
struct DescribeTransactionsResponse;
struct ListTransactionsRequest;
struct ListTransactionsResponse;
}  // namespace kafka::wire

namespace kafka::server {

// transactions.cc
Answer<wire::InitProducerIdResponse> Handle(const wire::InitProducerIdRequest& request, Call& call);
Answer<wire::AddOffsetsToTxnResponse> Handle(const wire::AddOffsetsToTxnRequest& request,
                                             Call& call);
Answer<wire::EndTxnResponse> Handle(const wire::EndTxnRequest& request, Call& call);

// add_partitions_to_txn.cc
Answer<wire::AddPartitionsToTxnResponse> Handle(const wire::AddPartitionsToTxnRequest& request,
                                                Call& call);

// txn_offset_commit.cc
Answer<wire::TxnOffsetCommitResponse> Handle(const wire::TxnOffsetCommitRequest& request,
                                             Call& call);

// write_txn_markers.cc
Answer<wire::WriteTxnMarkersResponse> Handle(const wire::WriteTxnMarkersRequest& request,
                                             Call& call);

// transaction_describe.cc
Answer<wire::DescribeProducersResponse> Handle(const wire::DescribeProducersRequest& request,
                                               Call& call);
Answer<wire::DescribeTransactionsResponse> Handle(const wire::DescribeTransactionsRequest& request,
                                                  Call& call);
Answer<wire::ListTransactionsResponse> Handle(const wire::ListTransactionsRequest& request,
                                              Call& call);

}  // namespace kafka::server
