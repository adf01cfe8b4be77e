// The handlers of who may do what: SASL, ACLs, SCRAM credentials, client quotas. handlers.h has the
// rules. THREAD: the session's. BLOCKS: those that change something, for the disk.
#pragma once

#include "kafka/server/answer.h"
#include "kafka/server/call.h"

namespace kafka::wire {
struct SaslHandshakeRequest;
struct SaslHandshakeResponse;
struct SaslAuthenticateRequest;
struct SaslAuthenticateResponse;
struct DescribeAclsRequest;
struct DescribeAclsResponse;
struct CreateAclsRequest;
struct CreateAclsResponse;
struct DeleteAclsRequest;
struct DeleteAclsResponse;
struct DescribeUserScramCredentialsRequest;
struct DescribeUserScramCredentialsResponse;
struct AlterUserScramCredentialsRequest;
struct AlterUserScramCredentialsResponse;
struct DescribeClientQuotasRequest;
struct DescribeClientQuotasResponse;
struct AlterClientQuotasRequest;
struct AlterClientQuotasResponse;
}  // namespace kafka::wire

namespace kafka::server {

Answer<wire::SaslHandshakeResponse> Handle(const wire::SaslHandshakeRequest& request, Call& call);
Answer<wire::SaslAuthenticateResponse> Handle(const wire::SaslAuthenticateRequest& request,
                                              Call& call);
Answer<wire::DescribeAclsResponse> Handle(const wire::DescribeAclsRequest& request, Call& call);
Answer<wire::CreateAclsResponse> Handle(const wire::CreateAclsRequest& request, Call& call);
Answer<wire::DeleteAclsResponse> Handle(const wire::DeleteAclsRequest& request, Call& call);
Answer<wire::DescribeUserScramCredentialsResponse> Handle(
    const wire::DescribeUserScramCredentialsRequest& request, Call& call);
Answer<wire::AlterUserScramCredentialsResponse> Handle(
    const wire::AlterUserScramCredentialsRequest& request, Call& call);
Answer<wire::DescribeClientQuotasResponse> Handle(const wire::DescribeClientQuotasRequest& request,
                                                  Call& call);
Answer<wire::AlterClientQuotasResponse> Handle(const wire::AlterClientQuotasRequest& request,
                                               Call& call);

}  // namespace kafka::server
