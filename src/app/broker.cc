#include "app/broker.h"

#include <algorithm>
#include <utility>

#include "app/broker_metrics.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/text.h"
#include "base/uuid.h"
#include "kafka/server/config_resource.h"
#include "kafka/server/session.h"

namespace app {
namespace {

namespace limits = base::limits;

constexpr std::string_view kClusterIdKey = "cluster/id";

// The 16 bytes in the alphabet of URLs, 22 characters: how Kafka writes ids.
std::string Base64Url(const base::Uuid& id) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  uint32_t bits = 0;
  int num_bits = 0;
  for (const uint8_t byte : id.bytes()) {
    bits = bits << 8 | byte;
    for (num_bits += 8; num_bits >= 6; num_bits -= 6) {
      text += kDigits[bits >> (num_bits - 6) & 63];
    }
  }
  return text + kDigits[bits << (6 - num_bits) & 63];
}

base::Result<std::string> ClusterId(kafka::server::MetadataStore& metadata) {
  const std::string key(kClusterIdKey);
  if (const auto known = metadata.Get(key)) return *known;
  base::Random random = base::Random::FromSystem();
  const std::string made = Base64Url(base::Uuid::V4(random));
  TRY(metadata.Put({{key, made}}));
  return made;
}

kafka::server::Endpoint EndpointOf(const env::HostPort& address) {
  return {.host = address.host, .port = address.port};
}

// What clients of a listener are told. Nobody connects to "every address"; then the connection
// knows better (serve::KafkaAddress).
kafka::server::Endpoint AdvertisedOf(const pipeline::KafkaListen& listen) {
  if (!listen.advertised.host.empty()) return EndpointOf(listen.advertised);
  const std::string& host = listen.address.host;
  if (host.empty() || host == "0.0.0.0" || host == "::") return {};
  return {.host = host, .port = 0};  // its own port, which may be one that was free
}

std::string Joined(const std::string& what, const std::vector<env::HostPort>& addresses) {
  if (addresses.empty()) return "";
  std::vector<std::string> texts;
  for (const env::HostPort& address : addresses) {
    texts.push_back(address.host.empty() ? "*:" + std::to_string(address.port)
                                         : address.ToString());
  }
  return what + " on " + base::Join(texts, " and ");
}

}  // namespace

base::Result<std::unique_ptr<Broker>> Broker::Start(Options options) {
  auto broker = std::unique_ptr<Broker>(new Broker(std::move(options)));
  TRY(broker->OpenSecurity());
  TRY(broker->ListenHttp());
  TRY(broker->ListenKafka());
  return broker;
}

Broker::Broker(Options options)
    : options_(std::move(options)), log_(*options_.log), memory_(options_.memory_bytes) {
  memory_.ShowIn(log_.metrics());
  ShowLog(log_.log(), log_.metrics());
  ShowProcess(log_.clock(), log_.metrics());
}

Broker::~Broker() {
  // Probes and scrapers are not waited for, and nobody renders what the rest takes apart.
  if (http_ != nullptr) http_->Stop(0);
  if (kafka_ != nullptr) kafka_->Stop(limits::kStopPatienceMs);
}

base::Result<void> Broker::OpenSecurity() {
  namespace server = kafka::server;
  const pipeline::BrokerSettings& settings = options_.settings;
  metadata_ = TRY(server::MetadataStore::Open(log_.log(), log_.clock()));
  server::Credentials::Options credentials;
  for (const auto& [name, password] : settings.users) {
    credentials.users.push_back({.name = name, .password = password});
  }
  if (!settings.sasl_mechanisms.empty()) credentials.mechanisms = settings.sasl_mechanisms;
  credentials_ = TRY(server::Credentials::Open(*metadata_, std::move(credentials)));
  // Without super users nobody is meant to be kept out, until somebody makes an ACL.
  authorizer_ = TRY(server::Acls::Open(
      *metadata_, {.super_users = settings.super_users,
                   .allow_everyone_if_no_acl_found = settings.super_users.empty()}));
  quotas_ = TRY(server::Quotas::Open(*metadata_, log_.clock()));
  return {};
}

base::Result<void> Broker::ListenKafka() {
  const pipeline::BrokerSettings& settings = options_.settings;
  if (settings.kafka.empty()) return {};
  kafka::server::BrokerConfig config;
  config.cluster_id = TRY(ClusterId(*metadata_));
  config.advertised = AdvertisedOf(settings.kafka.front());
  config.auto_create_topics = settings.auto_create_topics.value_or(settings.OnlyLoopback());
  config.default_num_partitions = settings.default_partitions;
  config.request_bytes_max = settings.request_bytes_max;
  broker_ = std::make_unique<kafka::server::Broker>(
      kafka::server::Broker{.config = std::move(config),
                            .log = log_.log(),
                            .groups = log_.groups(),
                            .transactions = log_.transactions(),
                            .authorizer = *authorizer_,
                            .credentials = *credentials_,
                            .quotas = *quotas_,
                            .metadata = *metadata_,
                            .clock = log_.clock(),
                            .metrics = log_.metrics()});
  TRY(kafka::server::ApplyStoredConfigs(*broker_));

  std::shared_ptr<const env::TlsServer> tls;
  if (std::any_of(settings.kafka.begin(), settings.kafka.end(),
                  [](const pipeline::KafkaListen& listen) { return listen.tls; })) {
    env::TlsFiles files{.certificate = settings.tls_certificate, .key = settings.tls_key};
    files.client_authorities = settings.tls_client_ca;
    if (!settings.tls_client_ca.empty()) {
      files.clients = settings.tls_clients_required ? env::ClientCertificate::kRequired
                                                    : env::ClientCertificate::kAsked;
    }
    tls = TRY(env::TlsServer::Load(files));
  }
  serve::KafkaListener::Options options;
  for (const pipeline::KafkaListen& listen : settings.kafka) {
    serve::KafkaAddress address{.listen = {.address = listen.address}, .name = listen.name};
    if (listen.tls) address.listen.tls = tls;
    address.advertised = AdvertisedOf(listen);
    address.needs_sasl = listen.sasl;
    options.addresses.push_back(std::move(address));
  }
  options.start_session = [broker = broker_.get()](kafka::server::Peer peer,
                                                   std::shared_ptr<logs::Watcher> watcher) {
    return kafka::server::Session::Start(*broker, std::move(peer), std::move(watcher));
  };
  options.requests = &memory_.Open("kafka_requests", limits::kKafkaRequestMemoryShare,
                                   settings.request_bytes_max, limits::kKafkaRequestMemoryMax);
  options.responses = &memory_.Open("kafka_responses", limits::kKafkaResponseMemoryShare,
                                    limits::kKafkaResponseMemoryMin,
                                    limits::kKafkaResponseMemoryMax);
  options.metrics = &log_.metrics();
  options.clock = &log_.clock();
  options.connections_max = settings.connections_max;
  options.request_bytes_max = settings.request_bytes_max;
  options.idle_ms = settings.idle_ms;
  auto listener = serve::KafkaListener::Start(std::move(options));
  if (!listener.ok()) {
    return std::move(listener)
        .error()
        .WithHint("Say another address with --kafka-listen, or under 'kafka' in tributary.yaml.");
  }
  kafka_ = std::move(*listener);
  return {};
}

base::Result<void> Broker::ListenHttp() {
  if (options_.settings.http.empty()) return {};
  serve::HttpServer::Options options;
  for (const env::HostPort& address : options_.settings.http) {
    options.addresses.push_back({.address = address});
  }
  options.paths["/healthz"] = [] { return serve::HttpResponse{.body = "ok\n"}; };
  options.paths["/readyz"] = [log = &log_.log()] {
    const auto trouble = log->Trouble();
    if (!trouble) return serve::HttpResponse{.body = "ready\n"};
    return serve::HttpResponse{.status = 503,
                               .body = "the log takes no appends: " + trouble->ToString() + "\n"};
  };
  options.paths["/metrics"] = [metrics = &log_.metrics()] {
    return serve::HttpResponse{.content_type = "text/plain; version=0.0.4; charset=utf-8",
                               .body = metrics->Render()};
  };
  options.metrics = &log_.metrics();
  options.clock = &log_.clock();
  auto server = serve::HttpServer::Start(std::move(options));
  if (!server.ok()) {
    return std::move(server)
        .error()
        .WithHint("Say another address with --http-listen, or under 'http' in tributary.yaml.");
  }
  http_ = std::move(*server);
  return {};
}

std::string Broker::Describe() const {
  std::vector<std::string> parts;
  if (kafka_ != nullptr) parts.push_back(Joined("Kafka", kafka_->addresses()));
  if (http_ != nullptr) parts.push_back(Joined("HTTP", http_->addresses()));
  return parts.empty() ? "nothing" : base::Join(parts, ", ");
}

}  // namespace app
