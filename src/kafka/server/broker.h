// Broker: what the sessions of one server share, borrowed from whoever wired it (app). Value of
// references; THREAD: any.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/uuid.h"
#include "log/log.h"

namespace logs {
class GroupCoordinator;
class TransactionCoordinator;
}  // namespace logs

namespace kafka::server {

class Authorizer;
class Credentials;
class MetadataStore;
class Quotas;

struct Endpoint {
  std::string host;  // as clients reach it
  int32_t port = 0;
};

struct BrokerConfig {
  int32_t node_id = 1;
  std::string cluster_id = {};  // base64url of a UUID, as Kafka prints it
  Endpoint advertised = {};
  bool auto_create_topics = true;
  int32_t default_num_partitions = 1;
  size_t request_bytes_max = size_t{100} << 20;
};

struct Broker {
  BrokerConfig config;
  logs::Log& log;
  logs::GroupCoordinator& groups;
  logs::TransactionCoordinator& transactions;
  Authorizer& authorizer;
  Credentials& credentials;
  Quotas& quotas;
  MetadataStore& metadata;
  const base::Clock& clock;
  base::Metrics& metrics;
};

}  // namespace kafka::server
