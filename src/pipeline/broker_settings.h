// BrokerSettings: what tributary.yaml says about the log and about who may reach it: the sections
// `log`, `kafka` and `http`. docs/serve.md describes them. Value; THREAD: any.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/limits.h"
#include "base/result.h"
#include "env/tcp_socket.h"
#include "log/log.h"

namespace pipeline {

// One address of the Kafka listener.
struct KafkaListen {
  std::string name;       // of the listener: "plaintext", or as the project says
  env::HostPort address;  // host "": every address of this machine
  bool tls = false;
  bool sasl = false;
  // What clients are told to connect to; host "": the address they came by.
  env::HostPort advertised = {};
  base::SourcePosition position = {};
};

// "[PROTOCOL://]host:port" with Kafka's names of protocols: PLAINTEXT (the default), SSL,
// SASL_PLAINTEXT, SASL_SSL. ERRORS: kInvalidArgument.
base::Result<KafkaListen> ParseKafkaListen(std::string_view text);

struct BrokerSettings {
  // log:
  std::string log_url;     // kafka://..., may hold a password; "": the embedded log
  std::string log_folder;  // absolute
  logs::FlushPolicy flush = logs::FlushPolicy::kAlways;
  int64_t flush_interval_ms = 1'000;
  int32_t default_partitions = 1;
  std::map<std::string, std::string> topic_defaults = {};  // by Kafka's names, checked

  // kafka: no addresses: nobody listens
  std::vector<KafkaListen> kafka = {
      {.name = "plaintext", .address = {.host = "127.0.0.1", .port = 9092}}};
  std::optional<bool> auto_create_topics = {};  // none: where only this machine can reach us
  std::string tls_certificate;                  // absolute; "": no TLS
  std::string tls_key;
  std::string tls_client_ca;
  bool tls_clients_required = false;  // a certificate from every client
  std::vector<std::string> sasl_mechanisms;
  std::map<std::string, std::string> users = {};  // passwords: never printed
  std::vector<std::string> super_users;           // "User:alice"; any: others need ACLs
  bool allow_anonymous = false;
  size_t connections_max = base::limits::kKafkaConnectionsMax;
  size_t request_bytes_max = base::limits::kKafkaRequestBytesMax;
  int64_t idle_ms = base::limits::kKafkaIdleMs;

  // http: no addresses: nobody listens
  std::vector<env::HostPort> http = {{.host = "127.0.0.1", .port = 8080}};

  // Only this machine's own programs can reach the Kafka listeners.
  [[nodiscard]] bool OnlyLoopback() const;
};

// What must not be served as it stands: strangers could read and write everything, or a listener
// lacks what its protocol needs. The position is the listener's.
struct Exposure {
  base::SourcePosition position;
  base::Error error;
};
std::vector<Exposure> CheckListeners(const BrokerSettings& settings);

}  // namespace pipeline
