// The producer of the embedded log. Owner; THREAD: one at a time.
#pragma once

#include <memory>

#include "base/clock.h"
#include "log/client.h"
#include "log/log.h"

namespace logs {

class GroupCoordinator;
class TransactionCoordinator;

struct EmbeddedProducerOptions {
  // Borrowed for life.
  Log* log = nullptr;
  GroupCoordinator* groups = nullptr;
  TransactionCoordinator* transactions = nullptr;
  const base::Clock* clock = nullptr;
  ProducerOptions producer = {};
  int64_t request_timeout_ms = 30'000;
};

base::Result<std::unique_ptr<Producer>> OpenEmbeddedProducer(EmbeddedProducerOptions options);

}  // namespace logs
