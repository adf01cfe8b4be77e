// MemoryFiles: a file system in memory that forgets, when told to crash, what was not synced:
// bytes written since the last Sync of their file, and names made, replaced or removed since the
// last SyncDirectory of their folder. Owner; THREAD: any.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "env/files.h"

namespace env {

class MemoryFiles final : public Files {
 public:
  explicit MemoryFiles(const base::Clock* clock);  // dates the files; borrowed
  ~MemoryFiles() override;

  // Power loss: the state becomes the synced one. Files that are open go on writing to nowhere.
  void Crash();
  // Power loss as disks really do it: of what was not synced some is kept all the same, in no
  // order, a write perhaps in part.
  void Crash(base::Random& random);

  base::Result<std::unique_ptr<ReadableFile>> OpenRead(const std::string& path) override;
  base::Result<std::unique_ptr<WritableFile>> OpenWrite(const std::string& path,
                                                        WriteMode mode) override;
  base::Result<std::unique_ptr<RandomFile>> OpenRandom(const std::string& path,
                                                       WriteMode mode) override;
  base::Result<void> Rename(const std::string& from, const std::string& to) override;
  base::Result<void> Link(const std::string& from, const std::string& to) override;
  base::Result<void> Remove(const std::string& path) override;
  base::Result<void> RemoveTree(const std::string& path) override;
  base::Result<void> CreateDirectories(const std::string& path) override;
  base::Result<std::vector<FileInfo>> List(const std::string& directory) override;
  base::Result<FileInfo> Stat(const std::string& path) override;
  base::Result<void> SyncDirectory(const std::string& directory) override;

 private:
  struct Node;
  struct Place;
  class Reader;
  class Writer;
  class Random;

  std::shared_ptr<Node> Find(const std::string& path) const;
  base::Result<Place> FindPlace(const std::string& path) const;
  base::Result<std::shared_ptr<Node>> FindFolder(const std::string& path,
                                                 const std::string& what) const;
  base::Result<std::shared_ptr<Node>> OpenNode(const std::string& path, WriteMode mode);
  void CrashWith(base::Random* maybe_random);

  const base::Clock* clock_;
  mutable std::mutex mutex_;    // guards every Node
  std::shared_ptr<Node> root_;  // "/"
  std::shared_ptr<Node> here_;  // ".", where relative paths begin
};

}  // namespace env
