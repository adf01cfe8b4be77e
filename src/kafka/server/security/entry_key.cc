#include "kafka/server/security/entry_key.h"

#include "base/text.h"

namespace kafka::server {

std::string EntryKey(const std::vector<std::string>& parts) {
  std::string key;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) key += '/';
    for (const char c : parts[i]) {
      if (c == '%') {
        key += "%25";
      } else if (c == '/') {
        key += "%2F";
      } else {
        key += c;
      }
    }
  }
  return key;
}

std::optional<std::vector<std::string>> EntryKeyParts(std::string_view key) {
  std::vector<std::string> parts;
  for (const std::string_view escaped : base::Split(key, '/')) {
    std::string& part = parts.emplace_back();
    for (size_t i = 0; i < escaped.size(); ++i) {
      if (escaped[i] != '%') {
        part += escaped[i];
      } else if (escaped.substr(i, 3) == "%25" || escaped.substr(i, 3) == "%2F") {
        part += escaped[i + 2] == '5' ? '%' : '/';
        i += 2;
      } else {
        return std::nullopt;
      }
    }
  }
  return parts;
}

}  // namespace kafka::server
