// MemoryStore: an ObjectStore in memory, for tests. Owner; THREAD: any.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "object/object_store.h"

namespace object {

class MemoryStore final : public ObjectStore {
 public:
  explicit MemoryStore(const base::Clock* clock);  // dates the objects; borrowed

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
  [[nodiscard]] std::string Describe() const override { return "memory:"; }
  [[nodiscard]] std::string LocalRoot() const override { return ""; }

 private:
  struct Object {
    std::string bytes;
    int64_t modified_unix_ms = 0;
  };
  class Writer;

  const base::Clock* clock_;
  std::mutex mutex_;
  std::map<std::string, Object> objects_;
};

}  // namespace object
