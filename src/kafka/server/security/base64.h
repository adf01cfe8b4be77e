// Base64 of RFC 4648, with padding, as SCRAM writes it. Pure; THREAD: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kafka::server {

[[nodiscard]] std::string EncodeBase64(std::string_view bytes);
// nullopt: not the one form that EncodeBase64 writes.
[[nodiscard]] std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace kafka::server
