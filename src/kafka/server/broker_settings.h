// The settings of a broker and of a group that clients may see and alter, by Kafka's names. A
// topic's are in log/topic_config.h. Constant; THREAD: any.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "kafka/server/config_entries.h"

namespace kafka::server {

struct Setting {
  std::string_view name;
  ConfigType type;
  std::string_view by_default;
  std::string_view documentation;
};

// Taken, kept and shown, so that tools which set them work; they mean nothing to this broker.
[[nodiscard]] std::span<const Setting> InertBrokerSettings();
// Of a group of KIP-848.
[[nodiscard]] std::span<const Setting> GroupSettings();

// nullptr: there is none of this name.
[[nodiscard]] const Setting* FindSetting(std::span<const Setting> settings, std::string_view name);

// Can `value` be one of this type? ERRORS: kInvalidArgument.
[[nodiscard]] base::Result<void> CheckValue(const Setting& setting, std::string_view value);

}  // namespace kafka::server
