// The log of a real Kafka cluster behind logs::Client, through librdkafka. docs/client.md.
#pragma once

#include <memory>

#include "base/result.h"
#include "kafka/client/cluster_url.h"
#include "log/client.h"

namespace kafka::client {

// Connects to nobody yet. ERRORS: kUnsupported: no librdkafka here; kInvalidArgument: the URL names
// files or settings that cannot be used.
base::Result<std::unique_ptr<logs::Client>> OpenCluster(const ClusterUrl& url,
                                                        logs::ClientOptions options);

}  // namespace kafka::client
