#include "object/memory_store.h"

#include <algorithm>
#include <utility>

#include "object/key.h"

namespace object {

class MemoryStore::Writer final : public ObjectWriter {
 public:
  Writer(MemoryStore* store, std::string key) : store_(store), key_(std::move(key)) {}
  base::Result<void> Append(std::string_view bytes) override {
    bytes_ += bytes;
    return {};
  }
  base::Result<void> Finish() override { return store_->Put(key_, bytes_); }

 private:
  MemoryStore* store_;
  std::string key_;
  std::string bytes_;
};

MemoryStore::MemoryStore(const base::Clock* clock) : clock_(clock) {}

base::Result<std::string> MemoryStore::Get(const std::string& key) {
  return GetRange(key, 0, UINT64_MAX);
}

base::Result<std::string> MemoryStore::GetRange(const std::string& key, uint64_t offset,
                                                uint64_t size) {
  TRY(CheckKey(key));
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(key);
  if (found == objects_.end()) return base::NotFound("no object " + key);
  const std::string& bytes = found->second.bytes;
  if (offset >= bytes.size()) return std::string();
  return bytes.substr(offset, std::min<uint64_t>(size, bytes.size()));
}

base::Result<ObjectInfo> MemoryStore::Head(const std::string& key) {
  TRY(CheckKey(key));
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(key);
  if (found == objects_.end()) return base::NotFound("no object " + key);
  return ObjectInfo{.key = key,
                    .size_bytes = found->second.bytes.size(),
                    .modified_unix_ms = found->second.modified_unix_ms};
}

base::Result<void> MemoryStore::Put(const std::string& key, std::string_view bytes) {
  TRY(CheckKey(key));
  const std::lock_guard lock(mutex_);
  objects_[key] = {.bytes = std::string(bytes), .modified_unix_ms = clock_->NowUnixMs()};
  return {};
}

base::Result<PutOutcome> MemoryStore::PutIfAbsent(const std::string& key, std::string_view bytes) {
  TRY(CheckKey(key));
  const std::lock_guard lock(mutex_);
  if (objects_.contains(key)) return PutOutcome::kExists;
  objects_[key] = {.bytes = std::string(bytes), .modified_unix_ms = clock_->NowUnixMs()};
  return PutOutcome::kWritten;
}

base::Result<std::unique_ptr<ObjectWriter>> MemoryStore::OpenWriter(const std::string& key) {
  TRY(CheckKey(key));
  return std::make_unique<Writer>(this, key);
}

base::Result<std::vector<ObjectInfo>> MemoryStore::List(const std::string& prefix,
                                                        const std::string& start_after) {
  const std::lock_guard lock(mutex_);
  std::vector<ObjectInfo> found;
  const bool after = !start_after.empty() && start_after >= prefix;
  for (auto at = after ? objects_.upper_bound(start_after) : objects_.lower_bound(prefix);
       at != objects_.end() && at->first.starts_with(prefix); ++at) {
    found.push_back({.key = at->first,
                     .size_bytes = at->second.bytes.size(),
                     .modified_unix_ms = at->second.modified_unix_ms});
  }
  return found;
}

base::Result<void> MemoryStore::Delete(const std::string& key) {
  TRY(CheckKey(key));
  const std::lock_guard lock(mutex_);
  objects_.erase(key);
  return {};
}

}  // namespace object
