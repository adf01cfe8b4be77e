#include "kafka/server/api/api_versions.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "kafka/server/apis.h"
#include "kafka/server/features.h"
#include "kafka/server/typed_exchange.h"
#include "kafka/wire/api_versions.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// As KIP-511 wants the names and versions of clients: letters, digits, dots and dashes, the first
// and the last neither.
bool IsSoftwareName(std::string_view name) {
  return !name.empty() && IsAlphanumeric(name.front()) && IsAlphanumeric(name.back()) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return IsAlphanumeric(c) || c == '.' || c == '-'; });
}

wire::ApiVersionsResponse Table(int16_t version) {
  wire::ApiVersionsResponse response;
  for (const Api& api : Apis()) {
    auto& row = response.api_keys.emplace_back();
    row.api_key = api.key;
    row.min_version = api.advertised_min;
    row.max_version = api.version_max;
  }
  for (const Feature& feature : Features()) {
    // Clients of before version 4 take a feature with the least level 0 for a fault (KAFKA-17011).
    if (feature.min > 0 || version >= 4) {
      auto& supported = response.supported_features.emplace_back();
      supported.name = feature.name;
      supported.min_version = feature.min;
      supported.max_version = feature.max;
    }
    if (feature.level == 0) continue;
    auto& finalized = response.finalized_features.emplace_back();
    finalized.name = feature.name;
    finalized.max_version_level = feature.level;
    finalized.min_version_level = feature.level;
  }
  response.finalized_features_epoch = kFeaturesEpoch;
  return response;
}

}  // namespace

Answer<wire::ApiVersionsResponse> Handle(const wire::ApiVersionsRequest& request, Call& call) {
  if (call.version >= 3) {
    if (!IsSoftwareName(request.client_software_name) ||
        !IsSoftwareName(request.client_software_version)) {
      wire::ApiVersionsResponse response;
      response.error_code = Code(ErrorCode::kInvalidRequest);
      return response;
    }
    call.connection.software_name = request.client_software_name;
    call.connection.software_version = request.client_software_version;
  }
  // A client that knows where it meant to go is told when it came somewhere else (KIP-1242).
  const BrokerConfig& config = call.broker.config;
  if (request.cluster_id.has_value() && request.node_id >= 0 &&
      (*request.cluster_id != config.cluster_id || request.node_id != config.node_id)) {
    wire::ApiVersionsResponse response;
    response.error_code = Code(ErrorCode::kRebootstrapRequired);
    return response;
  }
  return Table(call.version);
}

std::unique_ptr<Exchange> RefuseApiVersions(Call call) {
  wire::ApiVersionsResponse response = Table(call.version);
  response.error_code = Code(ErrorCode::kUnsupportedVersion);
  return std::make_unique<TypedExchange<wire::ApiVersionsRequest>>(std::move(response),
                                                                   std::move(call));
}

}  // namespace kafka::server
