// DescribeConfigs, AlterConfigs, IncrementalAlterConfigs, ListConfigResources. THREAD: the
// session's. BLOCKS: until changes are durable.
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/text.h"
#include "kafka/server/api/handlers.h"
#include "kafka/server/api/topics.h"
#include "kafka/server/config_resource.h"
#include "kafka/server/error_map.h"
#include "kafka/wire/alter_configs.h"
#include "kafka/wire/describe_configs.h"
#include "kafka/wire/incremental_alter_configs.h"
#include "kafka/wire/list_config_resources.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;
using Refusal = ConfigRefusal;

// What IncrementalAlterConfigs does with one name (KIP-339).
enum class Change : int8_t { kSet = 0, kDelete = 1, kAppend = 2, kSubtract = 3 };

Refusal RefusalOf(const base::Error& error) {
  const bool invalid = error.code() == base::Code::kInvalidArgument;
  return {invalid ? ErrorCode::kInvalidConfig : ErrorOf(error), error.message()};
}

// Checks the values, and sets them unless that is all that was wanted.
std::optional<Refusal> Store(ConfigResource& resource, const ConfigValues& values,
                             bool validate_only) {
  if (const auto checked = resource.Check(values); !checked.ok()) {
    return RefusalOf(checked.error());
  }
  if (validate_only) return std::nullopt;
  if (const auto stored = resource.Replace(values); !stored.ok()) return RefusalOf(stored.error());
  return std::nullopt;
}

// An element of a request that names each thing once. Names twice: what then was meant?
template <typename Named>
bool HasTwice(const std::vector<Named>& configs) {
  std::map<std::string_view, int> times;
  return std::any_of(configs.begin(), configs.end(),
                     [&](const Named& config) { return ++times[config.name] > 1; });
}

std::optional<Refusal> Apply(const wire::AlterConfigsRequest::AlterConfigsResource& asked,
                             ConfigResource& resource, bool validate_only) {
  if (HasTwice(asked.configs)) {
    return Refusal{ErrorCode::kInvalidRequest, "A configuration is named twice."};
  }
  ConfigValues values;
  for (const auto& config : asked.configs) {
    if (!config.value.has_value()) {
      return Refusal{ErrorCode::kInvalidRequest, "Configuration '" + config.name + "' is null."};
    }
    values[config.name] = *config.value;
  }
  return Store(resource, values, validate_only);
}

std::vector<std::string> ElementsOf(std::string_view list) {
  std::vector<std::string> elements;
  for (const std::string_view part : base::Split(list, ',')) {
    const std::string_view element = base::Trim(part);
    if (!element.empty()) elements.emplace_back(element);
  }
  return elements;
}

// `value` of a list with the elements of `change` added, or taken away.
std::string ChangedList(std::string_view value, std::string_view change, bool add) {
  std::vector<std::string> elements = ElementsOf(value);
  for (std::string& element : ElementsOf(change)) {
    const auto found = std::find(elements.begin(), elements.end(), element);
    if (add && found == elements.end()) elements.push_back(std::move(element));
    if (!add && found != elements.end()) elements.erase(found);
  }
  std::string list;
  for (const std::string& element : elements) list += (list.empty() ? "" : ",") + element;
  return list;
}

std::optional<Refusal> Apply(
    const wire::IncrementalAlterConfigsRequest::AlterConfigsResource& asked,
    ConfigResource& resource, bool validate_only) {
  if (HasTwice(asked.configs)) {
    return Refusal{ErrorCode::kInvalidRequest, "A configuration is named twice."};
  }
  ConfigValues values = resource.Set();
  const std::vector<ConfigEntry> entries = resource.Entries();
  for (const auto& config : asked.configs) {
    const auto change = static_cast<Change>(config.config_operation);
    if (change == Change::kDelete) {
      values.erase(config.name);
      continue;
    }
    if (!config.value.has_value()) {
      return Refusal{ErrorCode::kInvalidRequest, "Configuration '" + config.name + "' is null."};
    }
    if (change == Change::kSet) {
      values[config.name] = *config.value;
      continue;
    }
    if (change != Change::kAppend && change != Change::kSubtract) {
      return Refusal{ErrorCode::kInvalidRequest,
                     "There is no operation " + std::to_string(config.config_operation) + "."};
    }
    const auto entry = std::ranges::find(entries, config.name, &ConfigEntry::name);
    if (entry == entries.end() || entry->type != ConfigType::kList) {
      return Refusal{ErrorCode::kInvalidConfig,
                     "Configuration '" + config.name + "' is no list to add to or take from."};
    }
    values[config.name] = ChangedList(entry->value, *config.value, change == Change::kAppend);
  }
  return Store(resource, values, validate_only);
}

// Both ways to alter: the same requests and responses but for what Apply makes of a resource.
template <typename Request>
typename Request::Response Alter(const Request& request, Call& call) {
  std::map<std::pair<int8_t, std::string_view>, int> times;
  for (const auto& asked : request.resources) {
    ++times[{asked.resource_type, asked.resource_name}];
  }
  typename Request::Response response;
  for (const auto& asked : request.resources) {
    auto& answered = response.responses.emplace_back();
    answered.resource_type = asked.resource_type;
    answered.resource_name = asked.resource_name;
    answered.error_message.reset();
    std::optional<Refusal> refusal;
    if (times[{asked.resource_type, asked.resource_name}] > 1) {
      refusal = Refusal{ErrorCode::kInvalidRequest, "The request names this more than once."};
    } else {
      auto opened =
          OpenConfigResource(call, asked.resource_type, asked.resource_name, ConfigAccess::kAlter);
      if (auto* refused = std::get_if<Refusal>(&opened)) {
        refusal = std::move(*refused);
      } else {
        refusal = Apply(asked, *std::get<0>(opened), request.validate_only);
      }
    }
    if (!refusal.has_value()) continue;
    answered.error_code = Code(refusal->error);
    answered.error_message = std::move(refusal->message);
  }
  return response;
}

}  // namespace

Answer<wire::AlterConfigsResponse> Handle(const wire::AlterConfigsRequest& request, Call& call) {
  return Alter(request, call);
}

Answer<wire::IncrementalAlterConfigsResponse> Handle(
    const wire::IncrementalAlterConfigsRequest& request, Call& call) {
  return Alter(request, call);
}

Answer<wire::DescribeConfigsResponse> Handle(const wire::DescribeConfigsRequest& request,
                                             Call& call) {
  wire::DescribeConfigsResponse response;
  for (const auto& asked : request.resources) {
    auto& answered = response.results.emplace_back();
    answered.resource_type = asked.resource_type;
    answered.resource_name = asked.resource_name;
    answered.error_message.reset();
    const auto opened =
        OpenConfigResource(call, asked.resource_type, asked.resource_name, ConfigAccess::kDescribe);
    if (const auto* refusal = std::get_if<Refusal>(&opened)) {
      answered.error_code = Code(refusal->error);
      answered.error_message = refusal->message;
      continue;
    }
    const auto wanted = [&](const std::string& name) {
      const auto& keys = asked.configuration_keys;
      return !keys.has_value() || std::ranges::find(*keys, name) != keys->end();
    };
    for (const ConfigEntry& entry : std::get<0>(opened)->Entries()) {
      if (!wanted(entry.name)) continue;
      auto& out = answered.configs.emplace_back();
      out.name = entry.name;
      out.value = entry.value;
      out.read_only = entry.read_only;
      out.config_source = static_cast<int8_t>(entry.source);
      out.config_type = static_cast<int8_t>(entry.type);
      out.documentation.reset();
      if (request.include_documentation) out.documentation = entry.documentation;
      if (!request.include_synonyms) continue;
      for (const ConfigSynonym& synonym : entry.synonyms) {
        auto& other = out.synonyms.emplace_back();
        other.name = synonym.name;
        other.value = synonym.value;
        other.source = static_cast<int8_t>(synonym.source);
      }
    }
  }
  return response;
}

Answer<wire::ListConfigResourcesResponse> Handle(const wire::ListConfigResourcesRequest& request,
                                                 Call& call) {
  wire::ListConfigResourcesResponse response;
  if (!call.AllowedOnCluster(Operation::kDescribeConfigs)) {
    response.error_code = Code(ErrorCode::kClusterAuthorizationFailed);
    return response;
  }
  const auto add = [&response](ConfigResourceType type, const std::string& name) {
    auto& resource = response.config_resources.emplace_back();
    resource.resource_name = name;
    resource.resource_type = static_cast<int8_t>(type);
  };
  // Version 0 asks for client metrics, of which there are none (KIP-1142).
  if (call.version == 0) return response;
  const auto wants = [&request](ConfigResourceType type) {
    const auto& types = request.resource_types;
    return types.empty() || std::ranges::find(types, static_cast<int8_t>(type)) != types.end();
  };
  if (wants(ConfigResourceType::kTopic)) {
    for (const auto& topic : call.broker.log.Topics()) {
      if (AllowedOnTopic(call, Operation::kDescribe, topic->name)) {
        add(ConfigResourceType::kTopic, topic->name);
      }
    }
  }
  if (wants(ConfigResourceType::kBroker)) {
    add(ConfigResourceType::kBroker, std::to_string(call.broker.config.node_id));
  }
  return response;
}

}  // namespace kafka::server
