// The logs that the conformance suite runs against: each gives clients of one and the same log.
// Built once for the process; THREAD: one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "log/client.h"

namespace conformance {

struct Peer {
  std::string name;
  std::function<base::Result<std::unique_ptr<logs::Client>>(logs::ClientOptions options)> open;
};

// The embedded log; the cluster of KAFKA_BOOTSTRAP, when it is set.
std::vector<Peer> Peers();

}  // namespace conformance
