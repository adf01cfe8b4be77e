// LocalStore: an ObjectStore in a folder of this machine; an object is the file of its key.
// Writing goes through a temporary beside the target (".tmp-...", which List never shows), a sync
// and a rename or link, so an object is whole or absent, also after power loss and between
// processes. The first write of a store into a folder removes temporaries that a killed process
// left there more than a day ago. Owner; THREAD: any.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "env/files.h"
#include "object/object_store.h"

namespace object {

class LocalStore final : public ObjectStore {
 public:
  // `root` is made on the first write; until then the store is empty. `files` is borrowed.
  LocalStore(env::Files* files, std::string root);

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
  [[nodiscard]] std::string Describe() const override { return root_; }
  [[nodiscard]] std::string LocalRoot() const override { return root_; }

 private:
  class Writer;
  struct Temporary {
    std::string path;
    std::unique_ptr<env::WritableFile> file;
  };

  [[nodiscard]] std::string PathOf(std::string_view key) const;
  // ENSURES: the folder exists and its name, and those above it down from the root, are durable.
  base::Result<void> PrepareDirectory(const std::string& directory);
  base::Result<void> PrepareRoot();
  base::Result<Temporary> OpenTemporary(const std::string& path);
  void SweepLeftovers(const Temporary& ours);
  // Writes and syncs a temporary beside `path`; its name.
  base::Result<std::string> WriteTemporary(const std::string& path, std::string_view bytes);
  base::Result<void> ListBelow(const std::string& folder, const std::string& prefix,
                               const std::string& start_after, int depth,
                               std::vector<ObjectInfo>& found);

  env::Files* files_;
  std::string root_;
  std::mutex mutex_;
  std::set<std::string> prepared_;  // folders whose names are known to be durable
  std::set<std::string> swept_;     // folders looked through for leftovers
};

}  // namespace object
