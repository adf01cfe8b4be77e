// ConfigResource: something that has configurations: a topic, this broker, a group. What
// DescribeConfigs shows and the two ways to alter change. Owner; THREAD: one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "kafka/server/call.h"
#include "kafka/server/config_entries.h"

namespace kafka::server {

// The protocol's numbers.
enum class ConfigResourceType : int8_t {
  kUnknown = 0,
  kTopic = 2,
  kBroker = 4,
  kBrokerLogger = 8,
  kClientMetrics = 16,
  kGroup = 32,
};

class ConfigResource {
 public:
  virtual ~ConfigResource() = default;
  // All configurations, with their values now.
  [[nodiscard]] virtual std::vector<ConfigEntry> Entries() const = 0;
  // Those set for this resource.
  [[nodiscard]] virtual ConfigValues Set() const = 0;
  // Could Replace do it? ERRORS: kInvalidArgument.
  [[nodiscard]] virtual base::Result<void> Check(const ConfigValues& values) const = 0;
  // These are set from now on, and no others. Durable on return. BLOCKS. ERRORS: of Check; kIo.
  virtual base::Result<void> Replace(const ConfigValues& values) = 0;
};

struct ConfigRefusal {
  logs::ErrorCode error;
  std::string message = {};
};

enum class ConfigAccess : uint8_t { kDescribe, kAlter };

// The resource, if it exists and the caller may.
[[nodiscard]] std::variant<std::unique_ptr<ConfigResource>, ConfigRefusal> OpenConfigResource(
    Call& call, int8_t type, const std::string& name, ConfigAccess access);

// Puts what was set at run time, and survived in the metadata store, in force: once, at start.
// ERRORS: kIo; kCorruption.
base::Result<void> ApplyStoredConfigs(Broker& broker);

}  // namespace kafka::server
