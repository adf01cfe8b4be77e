// Broker: the embedded log served to others: Kafka clients, and probes and scrapers over HTTP. What
// `tributary up` runs. Owner; THREAD: any but Start and the destructor.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "app/embedded_log.h"
#include "base/memory_budget.h"
#include "kafka/server/broker.h"
#include "kafka/server/metadata_store.h"
#include "kafka/server/security/acls.h"
#include "kafka/server/security/credentials.h"
#include "kafka/server/security/quotas.h"
#include "pipeline/broker_settings.h"
#include "serve/http_server.h"
#include "serve/kafka_listener.h"

namespace app {

class Broker {
 public:
  struct Options {
    EmbeddedLog* log = nullptr;  // borrowed
    pipeline::BrokerSettings settings;
    uint64_t memory_bytes = 0;  // for the accounts of connections
  };
  // ERRORS: kAlreadyExists: a port is taken; kInvalidArgument: a certificate, a user or a listener
  // that cannot be used; those of the log.
  static base::Result<std::unique_ptr<Broker>> Start(Options options);
  // Answers what is under way, for a short while. BLOCKS.
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  // "Kafka on 127.0.0.1:9092, HTTP on 127.0.0.1:8080": where it listens, for people.
  [[nodiscard]] std::string Describe() const;

 private:
  explicit Broker(Options options);
  base::Result<void> OpenSecurity();
  base::Result<void> ListenKafka();
  base::Result<void> ListenHttp();

  const Options options_;
  EmbeddedLog& log_;
  base::MemoryBudget memory_;
  std::unique_ptr<kafka::server::MetadataStore> metadata_;
  std::unique_ptr<kafka::server::Credentials> credentials_;
  std::unique_ptr<kafka::server::Authorizer> authorizer_;
  std::unique_ptr<kafka::server::Quotas> quotas_;
  std::unique_ptr<kafka::server::Broker> broker_;
  std::unique_ptr<serve::KafkaListener> kafka_;
  std::unique_ptr<serve::HttpServer> http_;
};

}  // namespace app
