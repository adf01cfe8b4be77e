// DescribeClientQuotas and AlterClientQuotas (KIP-546). THREAD: the session's. BLOCKS: for the
// disk.
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kafka/server/api/security_handlers.h"
#include "kafka/server/error_map.h"
#include "kafka/server/security/quotas.h"
#include "kafka/wire/alter_client_quotas.h"
#include "kafka/wire/describe_client_quotas.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;
using Filter = wire::DescribeClientQuotasRequest::ComponentData;

constexpr int8_t kExact = 0;
constexpr int8_t kDefault = 1;
constexpr int8_t kSpecified = 2;  // a name or the default

std::optional<std::string> ProblemOf(const wire::DescribeClientQuotasRequest& request) {
  QuotaEntity entity;
  for (const Filter& filter : request.components) {
    if (filter.match_type < kExact || filter.match_type > kSpecified) {
      return "There is no match type " + std::to_string(filter.match_type) + ".";
    }
    if ((filter.match_type == kExact) != filter.match.has_value()) {
      return "An exact match has a name, and no other match has one.";
    }
    if (!entity.emplace(filter.entity_type, std::nullopt).second) {
      return "A '" + filter.entity_type + "' is asked for twice.";
    }
  }
  return entity.empty() ? std::nullopt : Quotas::ProblemOf(entity);
}

bool Matches(const QuotaEntity& entity, const wire::DescribeClientQuotasRequest& request) {
  if (request.strict && entity.size() != request.components.size()) return false;
  for (const Filter& filter : request.components) {
    const auto part = entity.find(filter.entity_type);
    if (part == entity.end()) return false;
    if (filter.match_type == kExact && part->second != filter.match) return false;
    if (filter.match_type == kDefault && part->second.has_value()) return false;
  }
  return true;
}

}  // namespace

Answer<wire::DescribeClientQuotasResponse> Handle(const wire::DescribeClientQuotasRequest& request,
                                                  Call& call) {
  wire::DescribeClientQuotasResponse response;
  response.error_message = std::nullopt;
  response.entries = std::nullopt;
  if (!call.AllowedOnCluster(Operation::kDescribeConfigs)) {
    response.error_code = Code(ErrorCode::kClusterAuthorizationFailed);
    response.error_message = "Cluster authorization failed.";
    return response;
  }
  if (auto problem = ProblemOf(request)) {
    response.error_code = Code(ErrorCode::kInvalidRequest);
    response.error_message = std::move(*problem);
    return response;
  }
  auto& entries = response.entries.emplace();
  for (const auto& [entity, values] : call.broker.quotas.List()) {
    if (!Matches(entity, request)) continue;
    auto& entry = entries.emplace_back();
    for (const auto& [type, name] : entity) {
      entry.entity.push_back({.entity_type = type, .entity_name = name});
    }
    for (const auto& [key, value] : values) entry.values.push_back({.key = key, .value = value});
  }
  return response;
}

Answer<wire::AlterClientQuotasResponse> Handle(const wire::AlterClientQuotasRequest& request,
                                               Call& call) {
  wire::AlterClientQuotasResponse response;
  const bool allowed = call.AllowedOnCluster(Operation::kAlterConfigs);
  const auto known = call.broker.quotas.List();
  std::map<QuotaEntity, QuotaValues> altered;
  std::vector<Quotas::Change> changes;
  for (const auto& asked : request.entries) {
    auto& entry = response.entries.emplace_back();
    entry.error_message = std::nullopt;
    const auto fail = [&entry](ErrorCode error, std::string message) {
      entry.error_code = Code(error);
      entry.error_message = std::move(message);
    };
    QuotaEntity entity;
    bool twice = false;
    for (const auto& part : asked.entity) {
      entry.entity.push_back({.entity_type = part.entity_type, .entity_name = part.entity_name});
      twice |= !entity.emplace(part.entity_type, part.entity_name).second;
    }
    if (!allowed) {
      fail(ErrorCode::kClusterAuthorizationFailed, "Cluster authorization failed.");
      continue;
    }
    std::optional<std::string> problem = Quotas::ProblemOf(entity);
    if (twice || altered.contains(entity)) problem = "The entity is named twice.";
    const auto before = known.find(entity);
    QuotaValues values = before != known.end() ? before->second : QuotaValues();
    for (const auto& op : asked.ops) {
      if (op.remove) {
        values.erase(op.key);
        continue;
      }
      if (!problem) problem = Quotas::ProblemOf(entity, op.key, op.value);
      values[op.key] = op.value;
    }
    if (problem) {
      fail(ErrorCode::kInvalidRequest, std::move(*problem));
      continue;
    }
    altered[entity] = values;
    changes.push_back({.entity = std::move(entity), .values = std::move(values)});
  }
  if (request.validate_only || changes.empty()) return response;
  if (const auto applied = call.broker.quotas.Apply(changes); !applied.ok()) {
    for (auto& entry : response.entries) {
      if (entry.error_code != Code(ErrorCode::kNone)) continue;
      entry.error_code = Code(ErrorOf(applied.error()));
      entry.error_message = applied.error().message();
    }
  }
  return response;
}

}  // namespace kafka::server
