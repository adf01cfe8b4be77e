// ObjectStore: named immutable byte strings, the only storage the lake knows. Shaped after what S3
// can do: no rename, no append to a finished object, put-if-absent.
// Keys are relative, '/'-separated, without empty, "." or ".." components; `prefix` of List is a
// plain string prefix. THREAD: any. BLOCKS: all of it.
// ERRORS: kNotFound for a missing key; kUnavailable and kTimeout may be retried; a failed Put or
// Finish may or may not have happened: read back before trying again (PutOutcome::kUnknown).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace object {

struct ObjectInfo {
  std::string key;
  uint64_t size_bytes = 0;
  int64_t modified_unix_ms = 0;
};

enum class PutOutcome {
  kWritten,
  kExists,   // somebody else's object is there; nothing was changed
  kUnknown,  // the request failed after it may have taken effect: Get and compare
};

// An object being written. Invisible until Finish; destroying it unfinished leaves nothing behind.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;
  virtual base::Result<void> Append(std::string_view bytes) = 0;
  // ENSURES: durable and visible whole, replacing an object of the same key.
  virtual base::Result<void> Finish() = 0;
};

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;
  virtual base::Result<std::string> Get(const std::string& key) = 0;
  // Up to `size` bytes from `offset`; fewer only at the object's end.
  virtual base::Result<std::string> GetRange(const std::string& key, uint64_t offset,
                                             uint64_t size) = 0;
  virtual base::Result<ObjectInfo> Head(const std::string& key) = 0;
  virtual base::Result<void> Put(const std::string& key, std::string_view bytes) = 0;
  virtual base::Result<PutOutcome> PutIfAbsent(const std::string& key, std::string_view bytes) = 0;
  virtual base::Result<std::unique_ptr<ObjectWriter>> OpenWriter(const std::string& key) = 0;
  // Objects whose key starts with `prefix`, ascending by key in byte order, those after
  // `start_after` only when it is not empty.
  virtual base::Result<std::vector<ObjectInfo>> List(const std::string& prefix,
                                                     const std::string& start_after = {}) = 0;
  virtual base::Result<void> Delete(const std::string& key) = 0;  // absent is fine
  // What a person would call it: "/data/lake", "s3://bucket/prefix".
  [[nodiscard]] virtual std::string Describe() const = 0;
  // The folder on this machine that holds the objects under their keys, or "" when there is none.
  [[nodiscard]] virtual std::string LocalRoot() const = 0;
};

// A view of `store` below `prefix` ("silver/items"); keys are relative to it.
std::shared_ptr<ObjectStore> Under(std::shared_ptr<ObjectStore> store, const std::string& prefix);

}  // namespace object
