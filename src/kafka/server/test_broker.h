// TestBroker: a whole broker over files in memory, at a time the test decides, and TestClient: the
// other end of a session. Test only; THREAD: one.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "env/memory_files.h"
#include "kafka/server/authorizer.h"
#include "kafka/server/broker.h"
#include "kafka/server/call.h"
#include "kafka/server/config_resource.h"
#include "kafka/server/metadata_store.h"
#include "kafka/server/security/credentials.h"
#include "kafka/server/security/quotas.h"
#include "kafka/server/session.h"
#include "kafka/wire/header.h"
#include "log/group/group_coordinator.h"
#include "log/log.h"
#include "log/transaction/transaction_coordinator.h"

namespace kafka::server {

class TestBroker {
 public:
  struct Options {
    logs::FlushPolicy flush = logs::FlushPolicy::kNever;
    BrokerConfig config = {.cluster_id = "test", .advertised = {"localhost", 9092}};
    Authorizer* authorizer = nullptr;  // none: everybody may
  };

  explicit TestBroker(Options options) : options_(std::move(options)) { Start(); }
  TestBroker() : TestBroker(Options()) {}

  Broker& broker() { return *broker_; }
  logs::Log& log() { return *log_; }
  base::ManualClock& clock() { return clock_; }
  // Stops, and starts anew over the same files.
  void Restart() {
    broker_.reset();
    quotas_.reset();
    credentials_.reset();
    metadata_.reset();
    transactions_.reset();
    groups_.reset();
    log_.reset();
    Start();
  }

 private:
  void Start() {
    log_ = logs::Log::Open({.files = &files_,
                            .clock = &clock_,
                            .seed = 1,
                            .folder = "/log",
                            .flush = options_.flush,
                            .background = false})
               .value();
    groups_ = logs::GroupCoordinator::Open({.log = log_.get(), .clock = &clock_}).value();
    transactions_ =
        logs::TransactionCoordinator::Open(
            {.log = log_.get(),
             .files = &files_,
             .clock = &clock_,
             .on_marker =
                 [groups = groups_.get()](const logs::TopicPartition& partition,
                                          const logs::Marker& marker, logs::Ticket ticket) {
                   groups->OnMarker(partition, marker, ticket);
                 }})
            .value();
    metadata_ = MetadataStore::Open(*log_, clock_).value();
    credentials_ = Credentials::Open(*metadata_, {}).value();
    quotas_ = Quotas::Open(*metadata_, clock_).value();
    broker_.emplace(
        Broker{.config = options_.config,
               .log = *log_,
               .groups = *groups_,
               .transactions = *transactions_,
               .authorizer = options_.authorizer != nullptr ? *options_.authorizer : allow_all_,
               .credentials = *credentials_,
               .quotas = *quotas_,
               .metadata = *metadata_,
               .clock = clock_,
               .metrics = metrics_});
    CHECK(ApplyStoredConfigs(*broker_).ok());
  }

  const Options options_;
  base::ManualClock clock_{1'700'000'000'000};
  env::MemoryFiles files_{&clock_};
  base::Metrics metrics_;
  AllowAll allow_all_;
  std::unique_ptr<logs::Log> log_;
  std::unique_ptr<logs::GroupCoordinator> groups_;
  std::unique_ptr<logs::TransactionCoordinator> transactions_;
  std::unique_ptr<MetadataStore> metadata_;
  std::unique_ptr<Credentials> credentials_;
  std::unique_ptr<Quotas> quotas_;
  std::optional<Broker> broker_;
};

class TestClient {
 public:
  explicit TestClient(TestBroker& test, Peer peer = {.host = "10.0.0.1"})
      : session_(Session::Start(test.broker(), std::move(peer), bell_)) {}

  Session& session() { return *session_; }
  [[nodiscard]] bool notified() const { return bell_->rung; }

  // Sends a request; its correlation id.
  template <typename Request>
  int32_t Send(const Request& request, int16_t version = Request::kVersionMax) {
    const int32_t id = next_id_++;
    const auto received = session_->Receive(FrameOf(request, version, id));
    EXPECT_TRUE(received.ok()) << (received.ok() ? "" : received.error().ToString());
    return id;
  }

  // The next response if it is there already: that to `correlation_id`.
  template <typename Request>
  std::optional<typename Request::Response> Receive(int32_t correlation_id,
                                                    int16_t version = Request::kVersionMax) {
    bell_->rung = false;
    auto next = session_->Next();
    EXPECT_TRUE(next.ok()) << (next.ok() ? "" : next.error().ToString());
    if (!next.ok() || !next->has_value()) return std::nullopt;
    std::string bytes;
    for (const std::string& piece : **next) bytes += piece;
    EXPECT_EQ(base::LoadBigEndian<uint32_t>(bytes.data()), bytes.size() - 4);
    const auto frame =
        wire::ReadResponseHeader(std::string_view(bytes).substr(4), Request::kApiKey, version);
    EXPECT_TRUE(frame.ok());
    EXPECT_EQ(frame->correlation_id, correlation_id);
    auto response = Request::Response::Decode(frame->body, version);
    EXPECT_TRUE(response.ok()) << (response.ok() ? "" : response.error().ToString());
    if (!response.ok()) return std::nullopt;
    return std::move(*response);
  }

  // A request that is answered at once.
  template <typename Request>
  typename Request::Response Ask(const Request& request, int16_t version = Request::kVersionMax) {
    auto response = Receive<Request>(Send(request, version), version);
    EXPECT_TRUE(response.has_value()) << "no answer to " << Request::kName;
    return response.has_value() ? *std::move(response) : typename Request::Response();
  }

  // A frame without its length, as a session takes it.
  template <typename Request>
  static std::string FrameOf(const Request& request, int16_t version, int32_t correlation_id) {
    std::string bytes;
    const wire::RequestHeader header{.api_key = Request::kApiKey,
                                     .api_version = version,
                                     .correlation_id = correlation_id,
                                     .client_id = "test"};
    for (const std::string& piece : wire::EncodeRequest(header, request)) bytes += piece;
    return bytes.substr(4);
  }

 private:
  struct Bell final : logs::Watcher {
    void Notify() override { rung = true; }
    std::atomic<bool> rung = false;
  };

  const std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  std::unique_ptr<Session> session_;
  int32_t next_id_ = 1;
};

}  // namespace kafka::server
