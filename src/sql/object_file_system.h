// Object stores as a file system of DuckDB's: object://<mount>/<key>. Reads are ranged gets, writes
// one pass through an ObjectWriter; an object is visible only once its handle was closed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <duckdb/main/database.hpp>

#include "base/result.h"
#include "object/object_store.h"

namespace sql {

// The stores that are mounted, and the keys written through each mount. THREAD: any.
class Mounts {
 public:
  // One store under a number of its own, for as long as this lives.
  class Mount {
   public:
    // `rename` gives the key an object is written under for the one DuckDB chose.
    using Rename = std::function<base::Result<std::string>(const std::string& key)>;
    Mount(std::shared_ptr<Mounts> mounts, std::shared_ptr<object::ObjectStore> store,
          Rename rename = nullptr);
    ~Mount();
    Mount(const Mount&) = delete;
    Mount& operator=(const Mount&) = delete;

    [[nodiscard]] object::ObjectStore& store() const { return *store_; }
    // "object://7/" + key.
    [[nodiscard]] std::string PathOf(std::string_view key) const;
    // The key of a path of this mount's.
    [[nodiscard]] std::string KeyOf(std::string_view path) const;
    // A path to read `key` by: the file itself where the store has local ones.
    [[nodiscard]] std::string ReadPathOf(const std::string& key) const;
    // Keys of all objects that were opened for writing, finished or not.
    [[nodiscard]] std::vector<std::string> WrittenKeys() const;

   private:
    std::shared_ptr<Mounts> mounts_;
    std::shared_ptr<object::ObjectStore> store_;
    uint64_t number_ = 0;
    std::string prefix_;
  };

  struct Location {
    std::shared_ptr<object::ObjectStore> store;
    std::string key;
  };
  base::Result<Location> Find(const std::string& path) const;
  base::Result<Location> FindForWriting(const std::string& path);

 private:
  struct Entry {
    std::shared_ptr<object::ObjectStore> store;
    Mount::Rename rename;
    std::vector<std::string> written;
  };

  mutable std::mutex mutex_;
  uint64_t next_number_ = 1;
  std::map<uint64_t, Entry> entries_;
};

// Makes object:// paths work in `database`.
void RegisterObjectFileSystem(duckdb::DatabaseInstance& database, std::shared_ptr<Mounts> mounts);

}  // namespace sql
