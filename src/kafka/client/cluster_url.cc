#include "kafka/client/cluster_url.h"

#include <charconv>
#include <optional>

#include "base/text.h"

namespace kafka::client {
namespace {

constexpr std::string_view kScheme = "kafka://";
constexpr std::string_view kDefaultPort = "9092";
constexpr const char* kForm =
    "Write kafka://host:port,host:port, as in kafka://b1:9092,b2:9092?tls=true.";

std::optional<std::string> PercentDecoded(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    unsigned value = 0;
    if (text.size() - i < 3) return std::nullopt;
    const char* const end = text.data() + i + 3;
    if (std::from_chars(text.data() + i + 1, end, value, 16).ptr != end) return std::nullopt;
    decoded += static_cast<char>(value);
    i += 2;
  }
  return decoded;
}

bool IsPort(std::string_view text) {
  uint32_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65'535;
}

base::Result<std::string> ParseBroker(std::string_view text) {
  // The colon of a port stands behind the brackets of an IPv6 address.
  const size_t bracket = text.find(']');
  const size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const std::string_view host = text.substr(0, colon);
  const std::string_view port =
      colon == std::string_view::npos ? kDefaultPort : text.substr(colon + 1);
  if (host.empty() || host.find_first_of(" \t/@") != std::string_view::npos || !IsPort(port)) {
    // What stands where a port belongs may be a password whose @ is missing.
    return base::InvalidArgument(
        "broker '" + std::string(host) + "' of the Kafka URL is no host:port", kForm);
  }
  return std::string(host) + ":" + std::string(port);
}

base::Result<void> SetUser(ClusterUrl& url, std::string_view text) {
  const size_t colon = text.find(':');
  const auto user = PercentDecoded(text.substr(0, colon));
  const auto password =
      PercentDecoded(colon == std::string_view::npos ? "" : text.substr(colon + 1));
  if (!user || !password || user->empty()) {
    return base::InvalidArgument("the user or password of the Kafka URL is not percent-encoded",
                                 "Write %40 for an at sign and %25 for a percent sign.");
  }
  url.user = *user;
  url.password = *password;
  return {};
}

base::Result<void> SetOption(ClusterUrl& url, std::string_view text) {
  const size_t equals = text.find('=');
  const std::string name(text.substr(0, equals));
  const std::string value(equals == std::string_view::npos ? "" : text.substr(equals + 1));
  if (name == "ca") {
    url.ca_file = value;
  } else if (name == "certificate") {
    url.certificate_file = value;
  } else if (name == "key") {
    url.key_file = value;
  } else if (name == "tls") {
    if (value != "true" && value != "false") {
      return base::InvalidArgument("'" + value + "' is no value of tls", "Write true or false.");
    }
    url.tls = value == "true";
  } else if (name == "sasl") {
    for (const char* mechanism : {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}) {
      if (base::EqualsIgnoreCase(value, mechanism)) url.sasl = mechanism;
    }
    if (url.sasl.empty()) {
      return base::InvalidArgument("'" + value + "' is no SASL mechanism that is known here",
                                   "Write plain, scram-sha-256 or scram-sha-512.");
    }
  } else {
    std::string hint = base::DidYouMean(name, {"tls", "sasl", "ca", "certificate", "key"});
    if (hint.empty()) hint = "There are tls, sasl, ca, certificate and key.";
    return base::InvalidArgument("the Kafka URL has an unknown option '" + name + "'", hint);
  }
  return {};
}

}  // namespace

bool IsClusterUrl(std::string_view text) { return text.substr(0, kScheme.size()) == kScheme; }

base::Result<ClusterUrl> ParseClusterUrl(std::string_view text) {
  if (!IsClusterUrl(text)) {
    return base::InvalidArgument("not the URL of a Kafka cluster", kForm);
  }
  text.remove_prefix(kScheme.size());
  ClusterUrl url;
  std::string_view options;
  if (const size_t question = text.find('?'); question != std::string_view::npos) {
    options = text.substr(question + 1);
    text = text.substr(0, question);
  }
  if (const size_t at = text.rfind('@'); at != std::string_view::npos) {
    TRY(SetUser(url, text.substr(0, at)));
    text = text.substr(at + 1);
  }
  if (!text.empty() && text.back() == '/') text.remove_suffix(1);
  for (const std::string_view broker : base::Split(text, ',')) {
    url.brokers.push_back(TRY(ParseBroker(broker)));
  }
  if (!options.empty()) {
    for (const std::string_view option : base::Split(options, '&')) TRY(SetOption(url, option));
  }
  if (!url.user.empty() && url.sasl.empty()) url.sasl = "SCRAM-SHA-512";
  if (url.user.empty() && !url.sasl.empty()) {
    return base::InvalidArgument("sasl=" + base::ToLower(url.sasl) + " needs a user",
                                 "Write kafka://user:password@host:port?sasl=...");
  }
  const bool has_files =
      !url.ca_file.empty() || !url.certificate_file.empty() || !url.key_file.empty();
  if (has_files && !url.tls) {
    return base::InvalidArgument("the Kafka URL names certificates but not tls=true",
                                 "Add &tls=true.");
  }
  return url;
}

std::string ClusterUrl::ToString() const { return std::string(kScheme) + base::Join(brokers, ","); }

}  // namespace kafka::client
