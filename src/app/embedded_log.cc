#include "app/embedded_log.h"

#include <algorithm>
#include <utility>

#include <unistd.h>

#include "base/random.h"
#include "log/embedded_client.h"

namespace app {
namespace {

class WakeOnNotify final : public logs::Watcher {
 public:
  explicit WakeOnNotify(std::shared_ptr<env::WakeEvent> event) : event_(std::move(event)) {}
  void Notify() override { event_->Set(); }

 private:
  const std::shared_ptr<env::WakeEvent> event_;
};

}  // namespace

base::Result<std::unique_ptr<EmbeddedLog>> EmbeddedLog::Open(
    const pipeline::BrokerSettings& settings, env::Files* files, const base::Clock* clock) {
  auto opened =
      std::unique_ptr<EmbeddedLog>(new EmbeddedLog(clock, settings.default_partitions));
  TRY(files->CreateDirectories(settings.log_folder));
  // The project's own lock does not tell of two projects that name the same folder.
  opened->lock_ = TRY(env::FileLock::TryTake(settings.log_folder + "/lock",
                                             std::to_string(getpid()) + "\n"));
  if (opened->lock_ == nullptr) {
    return base::Unavailable("another process has the log in " + settings.log_folder,
                             "Another project may name the same folder: see 'log' in its "
                             "tributary.yaml.");
  }
  base::Random random = base::Random::FromSystem();
  logs::LogOptions options;
  options.files = files;
  options.clock = clock;
  options.seed = random.Next();
  options.folder = settings.log_folder;
  options.flush = settings.flush;
  options.flush_interval_ms = settings.flush_interval_ms;
  options.topic_defaults = TRY(logs::Apply({}, settings.topic_defaults));
  opened->log_ = TRY(logs::Log::Open(std::move(options)));
  opened->groups_ = TRY(logs::GroupCoordinator::Open(
      {.log = opened->log_.get(), .clock = clock, .seed = random.Next()}));
  opened->transactions_ = TRY(logs::TransactionCoordinator::Open(
      {.log = opened->log_.get(),
       .files = files,
       .clock = clock,
       .on_marker = [groups = opened->groups_.get()](
                        const logs::TopicPartition& partition, const logs::Marker& marker,
                        logs::Ticket ticket) { groups->OnMarker(partition, marker, ticket); }}));
  opened->groups_->Publish(opened->metrics_);
  opened->transactions_->Publish(opened->metrics_);
  opened->wake_ = TRY(env::WakeEvent::Create());
  opened->ticking_ = std::thread([self = opened.get()] { self->Tick(); });
  return opened;
}

EmbeddedLog::~EmbeddedLog() {
  if (!ticking_.joinable()) return;
  stopping_ = true;
  wake_->Set();
  ticking_.join();
}

void EmbeddedLog::Tick() {
  // Held weakly by the coordinator.
  const auto watcher = std::make_shared<WakeOnNotify>(wake_);
  groups_->WatchDeadline(watcher);
  while (!stopping_) {
    const int64_t next_ms = std::min(groups_->Tick(), transactions_->Tick());
    const int64_t wait_ms = std::max<int64_t>(0, next_ms - clock_->MonotonicMs());
    if (wake_->WaitFor(wait_ms)) wake_->Clear();
  }
}

std::unique_ptr<logs::Client> EmbeddedLog::NewClient(logs::ClientOptions options) {
  return logs::NewEmbeddedClient({.log = log_.get(),
                                  .groups = groups_.get(),
                                  .transactions = transactions_.get(),
                                  .clock = clock_,
                                  .default_num_partitions = default_partitions_,
                                  .client = std::move(options)});
}

}  // namespace app
