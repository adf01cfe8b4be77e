// The handlers of the group APIs: members, offsets, descriptions. A handler checks what the caller
// may do, asks logs::GroupCoordinator, and turns its answer into the response. THREAD: the
// session's.
#pragma once

#include "kafka/server/answer.h"
#include "kafka/server/call.h"

namespace kafka::wire {
struct FindCoordinatorRequest;
struct FindCoordinatorResponse;
struct JoinGroupRequest;
struct JoinGroupResponse;
struct SyncGroupRequest;
struct SyncGroupResponse;
struct HeartbeatRequest;
struct HeartbeatResponse;
struct LeaveGroupRequest;
struct LeaveGroupResponse;
struct OffsetCommitRequest;
struct OffsetCommitResponse;
struct OffsetFetchRequest;
struct OffsetFetchResponse;
struct OffsetDeleteRequest;
struct OffsetDeleteResponse;
struct DescribeGroupsRequest;
struct DescribeGroupsResponse;
struct ListGroupsRequest;
struct ListGroupsResponse;
struct DeleteGroupsRequest;
struct DeleteGroupsResponse;
struct ConsumerGroupHeartbeatRequest;
struct ConsumerGroupHeartbeatResponse;
struct ConsumerGroupDescribeRequest;
struct ConsumerGroupDescribeResponse;
}  // namespace kafka::wire

namespace kafka::server {

Answer<wire::FindCoordinatorResponse> Handle(const wire::FindCoordinatorRequest& request,
                                             Call& call);

// group_membership.cc
Answer<wire::JoinGroupResponse> Handle(const wire::JoinGroupRequest& request, Call& call);
Answer<wire::SyncGroupResponse> Handle(const wire::SyncGroupRequest& request, Call& call);
Answer<wire::HeartbeatResponse> Handle(const wire::HeartbeatRequest& request, Call& call);
Answer<wire::LeaveGroupResponse> Handle(const wire::LeaveGroupRequest& request, Call& call);

// group_offsets.cc
Answer<wire::OffsetCommitResponse> Handle(const wire::OffsetCommitRequest& request, Call& call);
Answer<wire::OffsetFetchResponse> Handle(const wire::OffsetFetchRequest& request, Call& call);
Answer<wire::OffsetDeleteResponse> Handle(const wire::OffsetDeleteRequest& request, Call& call);

// group_describe.cc
Answer<wire::DescribeGroupsResponse> Handle(const wire::DescribeGroupsRequest& request, Call& call);
Answer<wire::ListGroupsResponse> Handle(const wire::ListGroupsRequest& request, Call& call);
Answer<wire::DeleteGroupsResponse> Handle(const wire::DeleteGroupsRequest& request, Call& call);

// consumer_group.cc
Answer<wire::ConsumerGroupHeartbeatResponse> Handle(
    const wire::ConsumerGroupHeartbeatRequest& request, Call& call);
Answer<wire::ConsumerGroupDescribeResponse> Handle(
    const wire::ConsumerGroupDescribeRequest& request, Call& call);

}  // namespace kafka::server
