// What tests of security share: a metadata store over a log in memory, which can be opened again.
// Test only; THREAD: one.
#pragma once

#include <memory>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "env/memory_files.h"
#include "kafka/server/metadata_store.h"
#include "log/log.h"

namespace kafka::server {

class StoreForTest {
 public:
  StoreForTest() { Open(); }
  MetadataStore& operator*() { return *store_; }
  base::ManualClock& clock() { return clock_; }

  // As after a restart of the broker.
  void Reopen() {
    store_.reset();
    log_.reset();
    Open();
  }

 private:
  void Open() {
    log_ =
        logs::Log::Open({.files = &files_, .clock = &clock_, .folder = "log", .background = false})
            .value();
    store_ = MetadataStore::Open(*log_, clock_).value();
  }

  base::ManualClock clock_{1'700'000'000'000};
  env::MemoryFiles files_{&clock_};
  std::unique_ptr<logs::Log> log_;
  std::unique_ptr<MetadataStore> store_;
};

}  // namespace kafka::server
