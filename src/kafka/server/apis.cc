#include "kafka/server/apis.h"

#include <algorithm>
#include <array>
#include <utility>

#include "kafka/server/api/api_versions.h"
#include "kafka/server/api/group_handlers.h"
#include "kafka/server/api/handlers.h"
#include "kafka/server/api/security_handlers.h"
#include "kafka/server/api/transaction_handlers.h"
#include "kafka/server/typed_exchange.h"
#include "kafka/wire/add_offsets_to_txn.h"
#include "kafka/wire/add_partitions_to_txn.h"
#include "kafka/wire/alter_client_quotas.h"
#include "kafka/wire/alter_configs.h"
#include "kafka/wire/alter_partition_reassignments.h"
#include "kafka/wire/alter_replica_log_dirs.h"
#include "kafka/wire/alter_user_scram_credentials.h"
#include "kafka/wire/api_versions.h"
#include "kafka/wire/consumer_group_describe.h"
#include "kafka/wire/consumer_group_heartbeat.h"
#include "kafka/wire/create_acls.h"
#include "kafka/wire/create_partitions.h"
#include "kafka/wire/create_topics.h"
#include "kafka/wire/delete_acls.h"
#include "kafka/wire/delete_groups.h"
#include "kafka/wire/delete_records.h"
#include "kafka/wire/delete_topics.h"
#include "kafka/wire/describe_acls.h"
#include "kafka/wire/describe_client_quotas.h"
#include "kafka/wire/describe_cluster.h"
#include "kafka/wire/describe_configs.h"
#include "kafka/wire/describe_groups.h"
#include "kafka/wire/describe_log_dirs.h"
#include "kafka/wire/describe_producers.h"
#include "kafka/wire/describe_quorum.h"
#include "kafka/wire/describe_topic_partitions.h"
#include "kafka/wire/describe_transactions.h"
#include "kafka/wire/describe_user_scram_credentials.h"
#include "kafka/wire/elect_leaders.h"
#include "kafka/wire/end_txn.h"
#include "kafka/wire/fetch.h"
#include "kafka/wire/find_coordinator.h"
#include "kafka/wire/heartbeat.h"
#include "kafka/wire/incremental_alter_configs.h"
#include "kafka/wire/init_producer_id.h"
#include "kafka/wire/join_group.h"
#include "kafka/wire/leave_group.h"
#include "kafka/wire/list_config_resources.h"
#include "kafka/wire/list_groups.h"
#include "kafka/wire/list_offsets.h"
#include "kafka/wire/list_partition_reassignments.h"
#include "kafka/wire/list_transactions.h"
#include "kafka/wire/metadata.h"
#include "kafka/wire/offset_commit.h"
#include "kafka/wire/offset_delete.h"
#include "kafka/wire/offset_fetch.h"
#include "kafka/wire/offset_for_leader_epoch.h"
#include "kafka/wire/produce.h"
#include "kafka/wire/sasl_authenticate.h"
#include "kafka/wire/sasl_handshake.h"
#include "kafka/wire/sync_group.h"
#include "kafka/wire/txn_offset_commit.h"
#include "kafka/wire/update_features.h"
#include "kafka/wire/write_txn_markers.h"

namespace kafka::server {
namespace {

// To whom an API answers.
enum class Serves : uint8_t { kAuthenticated, kAnyone };

template <typename Request, Answer<typename Request::Response> (*kHandle)(const Request&, Call&)>
constexpr Api Row(Serves serves = Serves::kAuthenticated) {
  return {.key = Request::kApiKey,
          .name = Request::kName,
          .version_min = Request::kVersionMin,
          .version_max = Request::kVersionMax,
          .advertised_min = Request::kVersionMin,
          .before_authentication = serves == Serves::kAnyone,
          .start = [](std::string frame, Call call) -> std::unique_ptr<Exchange> {
            return std::make_unique<TypedExchange<Request>>(std::move(frame), std::move(call),
                                                            kHandle);
          }};
}

// librdkafka compresses with what a broker of Produce 0 has, unless told that 0 is served; nobody
// sends it (KIP-896, KAFKA-18659).
constexpr Api AdvertisedFromZero(Api api) {
  api.advertised_min = 0;
  return api;
}

// After version 0 of the handshake tokens would travel without a frame's header; librdkafka looks
// for it in the list, and then sends version 1.
constexpr Api FirstNotServed(Api api) {
  ++api.version_min;
  return api;
}

constexpr auto Table() {
  // One row an API:
  // clang-format off
  std::array table = {
      // Records.
      AdvertisedFromZero(Row<wire::ProduceRequest, Handle>()),
      Row<wire::FetchRequest, Handle>(),
      Row<wire::ListOffsetsRequest, Handle>(),
      Row<wire::OffsetForLeaderEpochRequest, Handle>(),
      // Topics.
      Row<wire::MetadataRequest, Handle>(),
      Row<wire::CreateTopicsRequest, Handle>(),
      Row<wire::DeleteTopicsRequest, Handle>(),
      Row<wire::CreatePartitionsRequest, Handle>(),
      Row<wire::DeleteRecordsRequest, Handle>(),
      Row<wire::DescribeTopicPartitionsRequest, Handle>(),
      // Configurations.
      Row<wire::DescribeConfigsRequest, Handle>(),
      Row<wire::AlterConfigsRequest, Handle>(),
      Row<wire::IncrementalAlterConfigsRequest, Handle>(),
      Row<wire::ListConfigResourcesRequest, Handle>(),
      // The cluster, which is one node.
      Row<wire::ApiVersionsRequest, Handle>(Serves::kAnyone),
      Row<wire::DescribeClusterRequest, Handle>(),
      Row<wire::DescribeLogDirsRequest, Handle>(),
      Row<wire::AlterReplicaLogDirsRequest, Handle>(),
      Row<wire::ElectLeadersRequest, Handle>(),
      Row<wire::AlterPartitionReassignmentsRequest, Handle>(),
      Row<wire::ListPartitionReassignmentsRequest, Handle>(),
      Row<wire::DescribeQuorumRequest, Handle>(),
      Row<wire::UpdateFeaturesRequest, Handle>(),
      // Groups.
      Row<wire::FindCoordinatorRequest, Handle>(),
      Row<wire::JoinGroupRequest, Handle>(),
      Row<wire::SyncGroupRequest, Handle>(),
      Row<wire::HeartbeatRequest, Handle>(),
      Row<wire::LeaveGroupRequest, Handle>(),
      Row<wire::OffsetCommitRequest, Handle>(),
      Row<wire::OffsetFetchRequest, Handle>(),
      Row<wire::OffsetDeleteRequest, Handle>(),
      Row<wire::DescribeGroupsRequest, Handle>(),
      Row<wire::ListGroupsRequest, Handle>(),
      Row<wire::DeleteGroupsRequest, Handle>(),
      Row<wire::ConsumerGroupHeartbeatRequest, Handle>(),
      Row<wire::ConsumerGroupDescribeRequest, Handle>(),
      // Transactions.
      Row<wire::InitProducerIdRequest, Handle>(),
      Row<wire::AddPartitionsToTxnRequest, Handle>(),
      Row<wire::AddOffsetsToTxnRequest, Handle>(),
      Row<wire::EndTxnRequest, Handle>(),
      Row<wire::TxnOffsetCommitRequest, Handle>(),
      Row<wire::WriteTxnMarkersRequest, Handle>(),
      Row<wire::DescribeProducersRequest, Handle>(),
      Row<wire::DescribeTransactionsRequest, Handle>(),
      Row<wire::ListTransactionsRequest, Handle>(),
      // Security.
      FirstNotServed(Row<wire::SaslHandshakeRequest, Handle>(Serves::kAnyone)),
      Row<wire::SaslAuthenticateRequest, Handle>(Serves::kAnyone),
      Row<wire::DescribeAclsRequest, Handle>(),
      Row<wire::CreateAclsRequest, Handle>(),
      Row<wire::DeleteAclsRequest, Handle>(),
      Row<wire::DescribeUserScramCredentialsRequest, Handle>(),
      Row<wire::AlterUserScramCredentialsRequest, Handle>(),
      Row<wire::DescribeClientQuotasRequest, Handle>(),
      Row<wire::AlterClientQuotasRequest, Handle>(),
  };
  // clang-format on
  std::sort(table.begin(), table.end(), [](const Api& a, const Api& b) { return a.key < b.key; });
  return table;
}

constexpr auto kApis = Table();

}  // namespace

std::span<const Api> Apis() { return kApis; }

const Api* FindApi(int16_t key) {
  const auto found =
      std::lower_bound(kApis.begin(), kApis.end(), key,
                       [](const Api& api, int16_t wanted) { return api.key < wanted; });
  return found != kApis.end() && found->key == key ? &*found : nullptr;
}

}  // namespace kafka::server
