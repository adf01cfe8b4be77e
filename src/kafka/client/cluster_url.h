// ClusterUrl: how the log of a project names a real Kafka cluster, with who we are there:
//   kafka://[user:password@]host[:port],host[:port]...[?option=value&...]
// Options: tls=true; ca=FILE, certificate=FILE, key=FILE; sasl=plain|scram-sha-256|scram-sha-512
// (scram-sha-512 when a user is given). User and password may be percent-encoded. Value type.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace kafka::client {

struct ClusterUrl {
  std::vector<std::string> brokers;  // "host:port"
  std::string user = {};
  std::string password = {};
  std::string sasl = {};  // "", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"
  bool tls = false;
  std::string ca_file = {};           // absent: the system's
  std::string certificate_file = {};  // of this client
  std::string key_file = {};

  // "kafka://b1:9092,b2:9092": without secrets.
  [[nodiscard]] std::string ToString() const;
  friend bool operator==(const ClusterUrl&, const ClusterUrl&) = default;
};

[[nodiscard]] bool IsClusterUrl(std::string_view text);  // begins with kafka://

// ERRORS: kInvalidArgument; the message holds no password.
base::Result<ClusterUrl> ParseClusterUrl(std::string_view text);

}  // namespace kafka::client
