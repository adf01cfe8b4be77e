// Keys of the metadata store that are made of several texts, each of which may hold any byte:
// "acl/2/3/orders%2Feu/User:ann". Pure; THREAD: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kafka::server {

// The parts with "/" between them; in a part "%" and "/" are escaped.
[[nodiscard]] std::string EntryKey(const std::vector<std::string>& parts);
// nullopt: an escape that EntryKey does not write.
[[nodiscard]] std::optional<std::vector<std::string>> EntryKeyParts(std::string_view key);

}  // namespace kafka::server
