// ArchiveFiles: the objects of an archive as files that can only be read, so that an archived
// segment is read like one on the disk. Bytes come in chunks, and a bounded number of them is kept
// for all readers together. Owner; THREAD: any. BLOCKS: for the store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "env/files.h"
#include "object/object_store.h"

namespace logs {

class ArchiveFiles final : public env::Files {
 public:
  ArchiveFiles(std::shared_ptr<object::ObjectStore> store, size_t cache_bytes_max,
               size_t chunk_bytes);
  ~ArchiveFiles() override;

  // Paths are keys. Everything but reading answers kUnsupported.
  base::Result<std::unique_ptr<env::ReadableFile>> OpenRead(const std::string& path) override;
  base::Result<std::unique_ptr<env::RandomFile>> OpenRandom(const std::string& path,
                                                            env::WriteMode mode) override;
  base::Result<env::FileInfo> Stat(const std::string& path) override;

  base::Result<std::unique_ptr<env::WritableFile>> OpenWrite(const std::string& path,
                                                             env::WriteMode mode) override;
  base::Result<void> Rename(const std::string& from, const std::string& to) override;
  base::Result<void> Link(const std::string& from, const std::string& to) override;
  base::Result<void> Remove(const std::string& path) override;
  base::Result<void> RemoveTree(const std::string& path) override;
  base::Result<void> CreateDirectories(const std::string& path) override;
  base::Result<std::vector<env::FileInfo>> List(const std::string& directory) override;
  base::Result<void> SyncDirectory(const std::string& directory) override;

  [[nodiscard]] size_t cached_bytes() const;

 private:
  class Reader;
  using ChunkKey = std::pair<std::string, uint64_t>;  // key of the object, number of the chunk
  struct Chunk {
    ChunkKey key;
    std::shared_ptr<const std::string> bytes;
  };
  base::Result<std::shared_ptr<const std::string>> ChunkOf(const std::string& path,
                                                           uint64_t number);
  base::Result<size_t> ReadAt(const std::string& path, uint64_t offset, char* buffer, size_t size);

  const std::shared_ptr<object::ObjectStore> store_;
  const size_t cache_bytes_max_;
  const size_t chunk_bytes_;
  mutable std::mutex mutex_;  // guards what follows; never held during I/O
  std::list<Chunk> chunks_;   // the one used last comes first
  std::map<ChunkKey, std::list<Chunk>::iterator> places_;
  size_t cached_bytes_ = 0;
};

}  // namespace logs
