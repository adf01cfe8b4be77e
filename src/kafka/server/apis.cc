#include "kafka/server/apis.h"

#include <algorithm>
#include <array>
#include <utility>

#include "kafka/server/api/api_versions.h"
#include "kafka/server/api/handlers.h"
#include "kafka/server/typed_exchange.h"
#include "kafka/wire/alter_configs.h"
#include "kafka/wire/alter_partition_reassignments.h"
#include "kafka/wire/alter_replica_log_dirs.h"
#include "kafka/wire/api_versions.h"
#include "kafka/wire/create_partitions.h"
#include "kafka/wire/create_topics.h"
#include "kafka/wire/delete_records.h"
#include "kafka/wire/delete_topics.h"
#include "kafka/wire/describe_cluster.h"
#include "kafka/wire/describe_configs.h"
#include "kafka/wire/describe_log_dirs.h"
#include "kafka/wire/describe_quorum.h"
#include "kafka/wire/describe_topic_partitions.h"
#include "kafka/wire/elect_leaders.h"
#include "kafka/wire/fetch.h"
#include "kafka/wire/incremental_alter_configs.h"
#include "kafka/wire/list_config_resources.h"
#include "kafka/wire/list_offsets.h"
#include "kafka/wire/list_partition_reassignments.h"
#include "kafka/wire/metadata.h"
#include "kafka/wire/offset_for_leader_epoch.h"
#include "kafka/wire/produce.h"
#include "kafka/wire/update_features.h"

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

constexpr auto Table() {
  // clang-format off: one row an API.
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
      // Transactions.
      // Security.
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
