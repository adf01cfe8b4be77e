#include "conformance/embedded_log.h"

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "log/embedded_client.h"

namespace conformance {

base::Result<std::unique_ptr<EmbeddedLog>> EmbeddedLog::Open() {
  std::unique_ptr<EmbeddedLog> self(new EmbeddedLog);
  std::string folder = "/tmp/tributary-conformance-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return base::FromErrno(errno, "cannot make " + folder);
  self->folder_ = folder;
  self->log_ = TRY(logs::Log::Open({.files = self->files_.get(),
                                    .clock = &self->clock_,
                                    .seed = static_cast<uint64_t>(self->clock_.NowUnixMs()),
                                    .folder = folder}));
  self->groups_ =
      TRY(logs::GroupCoordinator::Open({.log = self->log_.get(), .clock = &self->clock_}));
  auto* const groups = self->groups_.get();
  self->transactions_ = TRY(logs::TransactionCoordinator::Open(
      {.log = self->log_.get(),
       .files = self->files_.get(),
       .clock = &self->clock_,
       .on_marker = [groups](const logs::TopicPartition& partition, const logs::Marker& marker,
                             logs::Ticket ticket) {
         if (partition.topic == logs::kOffsetsTopic) groups->OnMarker(partition, marker, ticket);
       }}));
  self->ticking_ = std::jthread([raw = self.get()](const std::stop_token& stop) {
    constexpr auto kPause = std::chrono::milliseconds(20);
    std::mutex mutex;
    std::condition_variable_any never;
    while (!stop.stop_requested()) {
      (void)raw->groups_->Tick();
      (void)raw->transactions_->Tick();
      std::unique_lock lock(mutex);
      (void)never.wait_for(lock, stop, kPause, [] { return false; });
    }
  });
  return self;
}

EmbeddedLog::~EmbeddedLog() {
  ticking_ = {};
  transactions_.reset();
  groups_.reset();
  log_.reset();
  if (!folder_.empty()) (void)files_->RemoveTree(folder_);
}

std::unique_ptr<logs::Client> EmbeddedLog::NewClient(logs::ClientOptions options) {
  return logs::NewEmbeddedClient({.log = log_.get(),
                                  .groups = groups_.get(),
                                  .transactions = transactions_.get(),
                                  .clock = &clock_,
                                  .client = std::move(options)});
}

}  // namespace conformance
