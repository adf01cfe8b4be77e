// MemoryFiles: a file system in memory that forgets, when told to crash, what was not synced:
// bytes appended since the last Sync of their file, and names made, replaced or removed since the
// last SyncDirectory of their folder. Owner; THREAD: any.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "env/files.h"

namespace env {

class MemoryFiles final : public Files {
 public:
  explicit MemoryFiles(const base::Clock* clock);  // dates the files; borrowed
  ~MemoryFiles() override;

  // Power loss: the state becomes the synced one. Files that are open go on writing to nowhere.
  void Crash();

  base::Result<std::unique_ptr<ReadableFile>> OpenRead(const std::string& path) override;
  base::Result<std::unique_ptr<WritableFile>> OpenWrite(const std::string& path,
                                                        WriteMode mode) override;
  base::Result<void> Rename(const std::string& from, const std::string& to) override;  // files only
  base::Result<void> Link(const std::string& from, const std::string& to) override;
  base::Result<void> Remove(const std::string& path) override;
  base::Result<void> RemoveTree(const std::string& path) override;
  base::Result<void> CreateDirectories(const std::string& path) override;
  base::Result<std::vector<FileInfo>> List(const std::string& directory) override;
  base::Result<FileInfo> Stat(const std::string& path) override;
  base::Result<void> SyncDirectory(const std::string& directory) override;

 private:
  struct Content;
  class Reader;
  class Writer;
  // What one view of the disk holds. Paths are whole; a parent is always a member of `folders`.
  struct Tree {
    std::map<std::string, std::shared_ptr<Content>> files;
    std::set<std::string> folders;
    [[nodiscard]] bool Holds(const std::string& path) const;
  };

  [[nodiscard]] base::Result<void> CheckParent(const std::string& path) const;

  const base::Clock* clock_;
  mutable std::mutex mutex_;  // guards the trees and every Content
  Tree live_;
  Tree durable_;
};

}  // namespace env
