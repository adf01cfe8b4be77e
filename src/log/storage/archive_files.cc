#include "log/storage/archive_files.h"

#include <algorithm>

namespace logs {

namespace {

base::Error ReadOnly(const std::string& path) {
  return base::Unsupported("'" + path + "' is in the archive, which is only read this way");
}

}  // namespace

class ArchiveFiles::Reader final : public env::ReadableFile, public env::RandomFile {
 public:
  Reader(ArchiveFiles* files, std::string path) : files_(files), path_(std::move(path)) {}

  base::Result<size_t> ReadAt(uint64_t offset, char* buffer, size_t size) override {
    return files_->ReadAt(path_, offset, buffer, size).With("archive");
  }
  base::Result<env::FileInfo> Stat() override { return files_->Stat(path_); }
  base::Result<uint64_t> Size() override { return TRY(Stat()).size_bytes; }
  base::Result<void> WriteAt(uint64_t, std::string_view) override { return ReadOnly(path_); }
  base::Result<void> Sync() override { return {}; }
  base::Result<void> Truncate(uint64_t) override { return ReadOnly(path_); }

 private:
  ArchiveFiles* files_;
  std::string path_;
};

ArchiveFiles::ArchiveFiles(std::shared_ptr<object::ObjectStore> store, size_t cache_bytes_max,
                           size_t chunk_bytes)
    : store_(std::move(store)), cache_bytes_max_(cache_bytes_max), chunk_bytes_(chunk_bytes) {}

ArchiveFiles::~ArchiveFiles() = default;

base::Result<std::unique_ptr<env::ReadableFile>> ArchiveFiles::OpenRead(const std::string& path) {
  return std::unique_ptr<env::ReadableFile>(std::make_unique<Reader>(this, path));
}

base::Result<std::unique_ptr<env::RandomFile>> ArchiveFiles::OpenRandom(const std::string& path,
                                                                        env::WriteMode mode) {
  if (mode != env::WriteMode::kMustExist) return ReadOnly(path);
  return std::unique_ptr<env::RandomFile>(std::make_unique<Reader>(this, path));
}

base::Result<env::FileInfo> ArchiveFiles::Stat(const std::string& path) {
  const object::ObjectInfo info = TRY(store_->Head(path));
  return env::FileInfo{.name = info.key.substr(info.key.rfind('/') + 1),
                       .size_bytes = info.size_bytes,
                       .modified_unix_ms = info.modified_unix_ms};
}

base::Result<std::shared_ptr<const std::string>> ArchiveFiles::ChunkOf(const std::string& path,
                                                                       uint64_t number) {
  const ChunkKey key(path, number);
  {
    const std::lock_guard lock(mutex_);
    if (const auto place = places_.find(key); place != places_.end()) {
      chunks_.splice(chunks_.begin(), chunks_, place->second);
      return place->second->bytes;
    }
  }
  auto bytes = std::make_shared<const std::string>(
      TRY(store_->GetRange(path, number * chunk_bytes_, chunk_bytes_)));
  const std::lock_guard lock(mutex_);
  if (places_.contains(key)) return bytes;  // another reader was as fast
  chunks_.push_front({key, bytes});
  places_[key] = chunks_.begin();
  cached_bytes_ += bytes->size();
  while (cached_bytes_ > cache_bytes_max_ && chunks_.size() > 1) {
    cached_bytes_ -= chunks_.back().bytes->size();
    places_.erase(chunks_.back().key);
    chunks_.pop_back();
  }
  return bytes;
}

base::Result<size_t> ArchiveFiles::ReadAt(const std::string& path, uint64_t offset, char* buffer,
                                          size_t size) {
  size_t copied = 0;
  while (copied < size) {
    const uint64_t number = (offset + copied) / chunk_bytes_;
    const auto chunk = TRY(ChunkOf(path, number));
    const auto begin = static_cast<size_t>(offset + copied - number * chunk_bytes_);
    if (begin >= chunk->size()) break;
    const size_t count = std::min(size - copied, chunk->size() - begin);
    std::copy_n(chunk->data() + begin, count, buffer + copied);
    copied += count;
    if (chunk->size() < chunk_bytes_) break;
  }
  return copied;
}

size_t ArchiveFiles::cached_bytes() const {
  const std::lock_guard lock(mutex_);
  return cached_bytes_;
}

base::Result<std::unique_ptr<env::WritableFile>> ArchiveFiles::OpenWrite(const std::string& path,
                                                                         env::WriteMode) {
  return ReadOnly(path);
}
base::Result<void> ArchiveFiles::Rename(const std::string& from, const std::string&) {
  return ReadOnly(from);
}
base::Result<void> ArchiveFiles::Link(const std::string& from, const std::string&) {
  return ReadOnly(from);
}
base::Result<void> ArchiveFiles::Remove(const std::string& path) { return ReadOnly(path); }
base::Result<void> ArchiveFiles::RemoveTree(const std::string& path) { return ReadOnly(path); }
base::Result<void> ArchiveFiles::CreateDirectories(const std::string& path) {
  return ReadOnly(path);
}
base::Result<std::vector<env::FileInfo>> ArchiveFiles::List(const std::string& directory) {
  return ReadOnly(directory);
}
base::Result<void> ArchiveFiles::SyncDirectory(const std::string& directory) {
  return ReadOnly(directory);
}

}  // namespace logs
