// The producer of a real cluster. Owner; THREAD: one at a time.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "kafka/client/handle.h"
#include "log/client.h"

namespace kafka::client {

struct ClusterProducerOptions {
  Settings settings = {};  // of the connection
  logs::ProducerOptions producer = {};
  int64_t request_timeout_ms = 30'000;
  // How many partitions a topic has. ERRORS: kNotFound.
  std::function<base::Result<int32_t>(const std::string& topic)> count_partitions;
};

base::Result<std::unique_ptr<logs::Producer>> OpenClusterProducer(const Library& library,
                                                                  ClusterProducerOptions options);

}  // namespace kafka::client
