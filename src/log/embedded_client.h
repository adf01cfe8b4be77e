// The embedded log behind Client: appends and reads in this process, without copies of requests or
// a socket in between. docs/client.md.
#pragma once

#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "log/client.h"
#include "log/log.h"

namespace logs {

class GroupCoordinator;
class TransactionCoordinator;

struct EmbeddedClientOptions {
  // Borrowed, required; they outlive the client and all it has opened.
  Log* log = nullptr;
  GroupCoordinator* groups = nullptr;
  TransactionCoordinator* transactions = nullptr;
  const base::Clock* clock = nullptr;
  int32_t node_id = 1;  // as descriptions name it
  int32_t default_num_partitions = 1;
  ClientOptions client = {};
};

std::unique_ptr<Client> NewEmbeddedClient(EmbeddedClientOptions options);

}  // namespace logs
