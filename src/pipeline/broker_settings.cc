#include "pipeline/broker_settings.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace pipeline {

base::Result<KafkaListen> ParseKafkaListen(std::string_view text) {
  struct Protocol {
    std::string_view name;
    bool tls;
    bool sasl;
  };
  static constexpr std::array<Protocol, 4> kProtocols = {{{"PLAINTEXT", false, false},
                                                          {"SSL", true, false},
                                                          {"SASL_PLAINTEXT", false, true},
                                                          {"SASL_SSL", true, true}}};
  Protocol protocol = kProtocols[0];
  std::string_view address = text;
  if (const size_t mark = text.find("://"); mark != std::string_view::npos) {
    const std::string_view name = text.substr(0, mark);
    const auto* const found =
        std::find_if(kProtocols.begin(), kProtocols.end(), [&](const Protocol& known) {
          return base::EqualsIgnoreCase(known.name, name);
        });
    if (found == kProtocols.end()) {
      return base::InvalidArgument(
          "there is no protocol '" + std::string(name) + "'",
          "The protocols are: PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL.");
    }
    protocol = *found;
    address.remove_prefix(mark + 3);
  }
  KafkaListen listen;
  listen.address = TRY(env::ParseHostPort(address));
  listen.name = base::ToLower(protocol.name);
  listen.tls = protocol.tls;
  listen.sasl = protocol.sasl;
  return listen;
}

bool BrokerSettings::OnlyLoopback() const {
  return std::all_of(kafka.begin(), kafka.end(), [](const KafkaListen& listen) {
    return env::IsLoopback(listen.address.host);
  });
}

std::vector<Exposure> CheckListeners(const BrokerSettings& settings) {
  std::vector<Exposure> wrong;
  for (const KafkaListen& listen : settings.kafka) {
    const std::string where = "the Kafka listener " + listen.address.ToString();
    if (listen.tls && settings.tls_certificate.empty()) {
      wrong.push_back({listen.position,
                       base::InvalidArgument(where + " needs a certificate",
                                             "Say which under 'kafka': tls: {certificate: "
                                             "server.pem, key: server.key}.")});
    }
    if (listen.sasl && settings.sasl_mechanisms.empty()) {
      wrong.push_back({listen.position,
                       base::InvalidArgument(where + " needs a SASL mechanism",
                                             "Say which under 'kafka': sasl: {mechanisms: "
                                             "[SCRAM-SHA-256], users: {app: ${APP_PASSWORD}}}.")});
    }
    const bool known = listen.sasl || (listen.tls && settings.tls_clients_required);
    if (known || settings.allow_anonymous || env::IsLoopback(listen.address.host)) continue;
    wrong.push_back(
        {listen.position,
         base::InvalidArgument(where + " would let anybody in the network read and write every topic",
                               "Ask for passwords (SASL_SSL://...) or client certificates, listen "
                               "on 127.0.0.1, or say that it is meant: 'allow_anonymous: true' "
                               "under 'kafka', or --allow-anonymous.")});
  }
  return wrong;
}

}  // namespace pipeline
