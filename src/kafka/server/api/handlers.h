// The handlers of records, topics, configurations and the cluster: one overload of Handle a
// request, each in the file of its API. A handler checks what the caller may do, uses the broker,
// and gives the response now, a Pending that waits for the log, or none. Errors travel inside the
// response. THREAD: the session's.
#pragma once

#include "kafka/server/answer.h"
#include "kafka/server/call.h"

namespace kafka::wire {
struct ProduceRequest;
struct ProduceResponse;
struct FetchRequest;
struct FetchResponse;
struct ListOffsetsRequest;
struct ListOffsetsResponse;
struct OffsetForLeaderEpochRequest;
struct OffsetForLeaderEpochResponse;
struct MetadataRequest;
struct MetadataResponse;
struct CreateTopicsRequest;
struct CreateTopicsResponse;
struct DeleteTopicsRequest;
struct DeleteTopicsResponse;
struct CreatePartitionsRequest;
struct CreatePartitionsResponse;
struct DeleteRecordsRequest;
struct DeleteRecordsResponse;
struct DescribeTopicPartitionsRequest;
struct DescribeTopicPartitionsResponse;
struct DescribeConfigsRequest;
struct DescribeConfigsResponse;
struct AlterConfigsRequest;
struct AlterConfigsResponse;
struct IncrementalAlterConfigsRequest;
struct IncrementalAlterConfigsResponse;
struct ListConfigResourcesRequest;
struct ListConfigResourcesResponse;
struct DescribeClusterRequest;
struct DescribeClusterResponse;
struct DescribeLogDirsRequest;
struct DescribeLogDirsResponse;
struct AlterReplicaLogDirsRequest;
struct AlterReplicaLogDirsResponse;
struct ElectLeadersRequest;
struct ElectLeadersResponse;
struct AlterPartitionReassignmentsRequest;
struct AlterPartitionReassignmentsResponse;
struct ListPartitionReassignmentsRequest;
struct ListPartitionReassignmentsResponse;
struct DescribeQuorumRequest;
struct DescribeQuorumResponse;
struct UpdateFeaturesRequest;
struct UpdateFeaturesResponse;
}  // namespace kafka::wire

namespace kafka::server {

Answer<wire::ProduceResponse> Handle(const wire::ProduceRequest& request, Call& call);
Answer<wire::FetchResponse> Handle(const wire::FetchRequest& request, Call& call);
Answer<wire::ListOffsetsResponse> Handle(const wire::ListOffsetsRequest& request, Call& call);
Answer<wire::OffsetForLeaderEpochResponse> Handle(const wire::OffsetForLeaderEpochRequest& request,
                                                  Call& call);
Answer<wire::MetadataResponse> Handle(const wire::MetadataRequest& request, Call& call);
Answer<wire::CreateTopicsResponse> Handle(const wire::CreateTopicsRequest& request, Call& call);
Answer<wire::DeleteTopicsResponse> Handle(const wire::DeleteTopicsRequest& request, Call& call);
Answer<wire::CreatePartitionsResponse> Handle(const wire::CreatePartitionsRequest& request,
                                              Call& call);
Answer<wire::DeleteRecordsResponse> Handle(const wire::DeleteRecordsRequest& request, Call& call);
Answer<wire::DescribeTopicPartitionsResponse> Handle(
    const wire::DescribeTopicPartitionsRequest& request, Call& call);
Answer<wire::DescribeConfigsResponse> Handle(const wire::DescribeConfigsRequest& request,
                                             Call& call);
Answer<wire::AlterConfigsResponse> Handle(const wire::AlterConfigsRequest& request, Call& call);
Answer<wire::IncrementalAlterConfigsResponse> Handle(
    const wire::IncrementalAlterConfigsRequest& request, Call& call);
Answer<wire::ListConfigResourcesResponse> Handle(const wire::ListConfigResourcesRequest& request,
                                                 Call& call);
Answer<wire::DescribeClusterResponse> Handle(const wire::DescribeClusterRequest& request,
                                             Call& call);
Answer<wire::DescribeLogDirsResponse> Handle(const wire::DescribeLogDirsRequest& request,
                                             Call& call);
Answer<wire::AlterReplicaLogDirsResponse> Handle(const wire::AlterReplicaLogDirsRequest& request,
                                                 Call& call);
Answer<wire::ElectLeadersResponse> Handle(const wire::ElectLeadersRequest& request, Call& call);
Answer<wire::AlterPartitionReassignmentsResponse> Handle(
    const wire::AlterPartitionReassignmentsRequest& request, Call& call);
Answer<wire::ListPartitionReassignmentsResponse> Handle(
    const wire::ListPartitionReassignmentsRequest& request, Call& call);
Answer<wire::DescribeQuorumResponse> Handle(const wire::DescribeQuorumRequest& request, Call& call);
Answer<wire::UpdateFeaturesResponse> Handle(const wire::UpdateFeaturesRequest& request, Call& call);
}  // namespace kafka::server
