#include "conformance/peers.h"

#include <cstdlib>
#include <utility>

#include "conformance/embedded_log.h"
#include "kafka/client/cluster_client.h"

namespace conformance {

std::vector<Peer> Peers() {
  std::vector<Peer> peers;
  // One log for all tests, as a cluster is, made when the first asks for it.
  peers.push_back(
      {.name = "Embedded",
       .open = [log = std::make_shared<std::unique_ptr<EmbeddedLog>>()](
                   logs::ClientOptions options) -> base::Result<std::unique_ptr<logs::Client>> {
         if (*log == nullptr) *log = TRY(EmbeddedLog::Open());
         return (*log)->NewClient(std::move(options));
       }});
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
