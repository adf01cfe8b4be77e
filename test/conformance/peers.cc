#include "conformance/peers.h"

#include <cstdlib>
#include <utility>

#include "kafka/client/cluster_client.h"

namespace conformance {

std::vector<Peer> Peers() {
  std::vector<Peer> peers;
  if (const char* const brokers = std::getenv("KAFKA_BOOTSTRAP")) {
    peers.push_back({.name = "Kafka",
                     .open = [url = "kafka://" + std::string(brokers)](logs::ClientOptions options)
                         -> base::Result<std::unique_ptr<logs::Client>> {
                       return kafka::client::OpenCluster(TRY(kafka::client::ParseClusterUrl(url)),
                                                         std::move(options));
                     }});
  }
  return peers;
}

}  // namespace conformance
