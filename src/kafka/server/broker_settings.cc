#include "kafka/server/broker_settings.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>

namespace kafka::server {
namespace {

// In alphabetical order, as are those below. Kafka's dynamic broker settings that are about
// threads, replicas and Kerberos.
constexpr Setting kInert[] = {
    {"background.threads", ConfigType::kInt, "10", "Taken for compatibility."},
    {"follower.replication.throttled.rate", ConfigType::kLong, "9223372036854775807",
     "Taken for compatibility; one node."},
    {"leader.replication.throttled.rate", ConfigType::kLong, "9223372036854775807",
     "Taken for compatibility; one node."},
    {"log.cleaner.threads", ConfigType::kInt, "1", "Taken for compatibility."},
    {"num.io.threads", ConfigType::kInt, "8", "Taken for compatibility; a thread a connection."},
    {"num.network.threads", ConfigType::kInt, "3",
     "Taken for compatibility; a thread a connection."},
    {"num.recovery.threads.per.data.dir", ConfigType::kInt, "2", "Taken for compatibility."},
    {"num.replica.fetchers", ConfigType::kInt, "1", "Taken for compatibility; one node."},
    {"sasl.kerberos.kinit.cmd", ConfigType::kString, "/usr/bin/kinit",
     "Taken for compatibility; there is no Kerberos."},
    {"sasl.kerberos.min.time.before.relogin", ConfigType::kLong, "60000",
     "Taken for compatibility; there is no Kerberos."},
    {"sasl.kerberos.principal.to.local.rules", ConfigType::kList, "DEFAULT",
     "Taken for compatibility; there is no Kerberos."},
    {"sasl.kerberos.ticket.renew.jitter", ConfigType::kDouble, "0.05",
     "Taken for compatibility; there is no Kerberos."},
    {"sasl.kerberos.ticket.renew.window.factor", ConfigType::kDouble, "0.8",
     "Taken for compatibility; there is no Kerberos."},
};

constexpr Setting kGroup[] = {
    {"consumer.heartbeat.interval.ms", ConfigType::kInt, "5000",
     "How often members of the group tell that they live."},
    {"consumer.session.timeout.ms", ConfigType::kInt, "45000",
     "How long a member of the group may be silent before it counts as gone."},
};

template <typename T>
bool IsNumber(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool Fits(ConfigType type, std::string_view value) {
  switch (type) {
    case ConfigType::kBoolean:
      return value == "true" || value == "false";
    case ConfigType::kInt:
      return IsNumber<int32_t>(value);
    case ConfigType::kShort:
      return IsNumber<int16_t>(value);
    case ConfigType::kLong:
      return IsNumber<int64_t>(value);
    case ConfigType::kDouble:
      return IsNumber<double>(value);
    case ConfigType::kString:
    case ConfigType::kList:
    case ConfigType::kUnknown:
      return true;
  }
  return true;
}

}  // namespace

std::span<const Setting> InertBrokerSettings() { return kInert; }
std::span<const Setting> GroupSettings() { return kGroup; }

const Setting* FindSetting(std::span<const Setting> settings, std::string_view name) {
  const auto found = std::ranges::find(settings, name, &Setting::name);
  return found != settings.end() ? &*found : nullptr;
}

base::Result<void> CheckValue(const Setting& setting, std::string_view value) {
  if (Fits(setting.type, value)) return {};
  return base::InvalidArgument("invalid value '" + std::string(value) + "' for " +
                               std::string(setting.name));
}

}  // namespace kafka::server
