// FaultyStore: any ObjectStore, whose N-th request goes wrong in a chosen way. A test runs its work
// for N = 1, 2, ... until nothing fails any more. Requests of writers count too.
// Owner; THREAD: any.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "object/object_store.h"

namespace object {

enum class StoreFault : uint8_t {
  kBefore,     // kUnavailable, nothing happened
  kAfter,      // it happened, the answer was lost: PutOutcome::kUnknown, else kUnavailable
  kDieBefore,  // the process is killed: nothing happens now nor in any later request
  kDieAfter,   // the process is killed once the request has happened
};

class FaultyStore final : public ObjectStore {
 public:
  explicit FaultyStore(std::shared_ptr<ObjectStore> store);

  // The request number `request` from now (1: the next one) goes wrong.
  void FailRequest(int64_t request, StoreFault fault);
  [[nodiscard]] int64_t requests() const;  // since FailRequest
  [[nodiscard]] bool failed() const;       // the fault has been met

  base::Result<std::string> Get(const std::string& key) override;
  base::Result<std::string> GetRange(const std::string& key, uint64_t offset,
                                     uint64_t size) override;
  base::Result<ObjectInfo> Head(const std::string& key) override;
  base::Result<void> Put(const std::string& key, std::string_view bytes) override;
  base::Result<PutOutcome> PutIfAbsent(const std::string& key, std::string_view bytes) override;
  base::Result<std::unique_ptr<ObjectWriter>> OpenWriter(const std::string& key) override;
  base::Result<std::vector<ObjectInfo>> List(const std::string& prefix,
                                             const std::string& start_after = {}) override;
  base::Result<void> Delete(const std::string& key) override;
  [[nodiscard]] std::string Describe() const override { return store_->Describe(); }
  [[nodiscard]] std::string LocalRoot() const override { return store_->LocalRoot(); }

 private:
  class Plan;
  class Writer;

  std::shared_ptr<ObjectStore> store_;
  std::shared_ptr<Plan> plan_;  // shared with the writers it opened
};

}  // namespace object
