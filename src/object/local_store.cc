#include "object/local_store.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/log.h"
#include "object/key.h"

namespace object {
namespace {

// A writer touches its temporary at least this often, whatever it writes.
constexpr int64_t kLeftoverAgeMs = int64_t{24} * 3600 * 1000;

std::string WithoutTrailingSlash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

base::Error NoObject(const std::string& key) { return base::NotFound("no object " + key); }

// Reports what went wrong with the write; what then happens to the temporary is second to that.
void Forget(env::Files& files, const std::string& path) {
  if (const auto removed = files.Remove(path); !removed.ok()) {
    LOG_DEBUG("temporary stays behind", {{"path", path}});
  }
}

}  // namespace

// An object being written: bytes go to the temporary, Finish gives it its name.
class LocalStore::Writer final : public ObjectWriter {
 public:
  Writer(env::Files* files, Temporary temporary, std::string path)
      : files_(files), temporary_(std::move(temporary)), path_(std::move(path)) {}

  ~Writer() override {
    if (finished_) return;
    temporary_.file.reset();
    Forget(*files_, temporary_.path);
  }

  base::Result<void> Append(std::string_view bytes) override {
    return temporary_.file->Append(bytes);
  }

  base::Result<void> Finish() override {
    CHECK(!finished_);
    TRY(temporary_.file->Sync());
    TRY(temporary_.file->Close());
    TRY(files_->Rename(temporary_.path, path_));
    finished_ = true;
    return files_->SyncDirectory(env::DirectoryOf(path_));
  }

 private:
  env::Files* files_;
  Temporary temporary_;
  std::string path_;
  bool finished_ = false;
};

LocalStore::LocalStore(env::Files* files, std::string root)
    : files_(files), root_(WithoutTrailingSlash(std::move(root))) {
  CHECK(!root_.empty());
}

std::string LocalStore::PathOf(std::string_view key) const {
  std::string path = root_ == "/" ? root_ : root_ + "/";
  return path += key;
}

base::Result<std::string> LocalStore::Get(const std::string& key) {
  return GetRange(key, 0, UINT64_MAX);
}

base::Result<std::string> LocalStore::GetRange(const std::string& key, uint64_t offset,
                                               uint64_t size) {
  TRY(CheckKey(key));
  auto opened = files_->OpenRead(PathOf(key));
  if (!opened.ok()) {
    if (opened.error().code() == base::Code::kNotFound) return NoObject(key);
    return std::move(opened).error();
  }
  const env::FileInfo info = TRY(opened.value()->Stat());
  if (info.is_directory) return NoObject(key);
  if (offset >= info.size_bytes) return std::string();
  std::string bytes(std::min(size, info.size_bytes - offset), '\0');
  bytes.resize(TRY(opened.value()->ReadAt(offset, bytes.data(), bytes.size())));
  return bytes;
}

base::Result<ObjectInfo> LocalStore::Head(const std::string& key) {
  TRY(CheckKey(key));
  const auto info = files_->Stat(PathOf(key));
  if (!info.ok() && info.error().code() != base::Code::kNotFound) return info.error();
  if (!info.ok() || info->is_directory) return NoObject(key);
  return ObjectInfo{
      .key = key, .size_bytes = info->size_bytes, .modified_unix_ms = info->modified_unix_ms};
}

base::Result<void> LocalStore::Put(const std::string& key, std::string_view bytes) {
  TRY(CheckKey(key));
  const std::string path = PathOf(key);
  const std::string temporary = TRY(WriteTemporary(path, bytes));
  if (auto renamed = files_->Rename(temporary, path); !renamed.ok()) {
    Forget(*files_, temporary);
    return renamed;
  }
  return files_->SyncDirectory(env::DirectoryOf(path));
}

base::Result<PutOutcome> LocalStore::PutIfAbsent(const std::string& key, std::string_view bytes) {
  TRY(CheckKey(key));
  const std::string path = PathOf(key);
  if (files_->Stat(path).ok()) return PutOutcome::kExists;  // saves the writing in a lost race
  const std::string temporary = TRY(WriteTemporary(path, bytes));
  const auto linked = files_->Link(temporary, path);
  Forget(*files_, temporary);
  if (!linked.ok()) {
    if (linked.error().code() == base::Code::kAlreadyExists) return PutOutcome::kExists;
    return linked.error();
  }
  // Without this the name is there, but might not survive power loss: an error, not kWritten.
  TRY(files_->SyncDirectory(env::DirectoryOf(path)));
  return PutOutcome::kWritten;
}

base::Result<std::unique_ptr<ObjectWriter>> LocalStore::OpenWriter(const std::string& key) {
  TRY(CheckKey(key));
  const std::string path = PathOf(key);
  return std::make_unique<Writer>(files_, TRY(OpenTemporary(path)), path);
}

base::Result<std::vector<ObjectInfo>> LocalStore::List(const std::string& prefix,
                                                       const std::string& start_after) {
  std::vector<ObjectInfo> found;
  const size_t slash = prefix.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : prefix.substr(0, slash);
  if (!folder.empty()) TRY(CheckKey(folder));
  TRY(ListBelow(folder, prefix, start_after, 0, found));
  // Folders interleave with names that hold bytes below '/', so the walk's order is not the keys'.
  std::sort(found.begin(), found.end(),
            [](const ObjectInfo& a, const ObjectInfo& b) { return a.key < b.key; });
  return found;
}

base::Result<void> LocalStore::ListBelow(const std::string& folder, const std::string& prefix,
                                         const std::string& start_after, int depth,
                                         std::vector<ObjectInfo>& found) {
  const std::string path = folder.empty() ? root_ : PathOf(folder);
  if (depth > base::limits::kNestingMax) {
    return base::Io(path + " is nested too deep; a symbolic link may lead back above it");
  }
  auto listed = files_->List(path);
  if (!listed.ok()) {
    if (listed.error().code() == base::Code::kNotFound) return {};
    // A prefix such as "a/" where "a" is a file has nothing below it.
    if (const auto info = files_->Stat(path); info.ok() && !info->is_directory) return {};
    return std::move(listed).error();
  }
  for (const env::FileInfo& entry : listed.value()) {
    if (entry.name.starts_with(env::kTemporaryPrefix)) continue;
    const std::string key = folder.empty() ? entry.name : folder + "/" + entry.name;
    if (entry.is_directory) {
      const std::string below = key + "/";
      const size_t common = std::min(below.size(), prefix.size());
      if (below.compare(0, common, prefix, 0, common) != 0) continue;
      TRY(ListBelow(key, prefix, start_after, depth + 1, found));
    } else if (key.starts_with(prefix) && (start_after.empty() || key > start_after)) {
      found.push_back(
          {.key = key, .size_bytes = entry.size_bytes, .modified_unix_ms = entry.modified_unix_ms});
    }
  }
  return {};
}

base::Result<void> LocalStore::Delete(const std::string& key) {
  TRY(CheckKey(key));
  auto removed = files_->Remove(PathOf(key));
  if (!removed.ok() && removed.error().code() == base::Code::kNotFound) return {};
  return removed;
}

base::Result<void> LocalStore::PrepareDirectory(const std::string& directory) {
  {
    const std::lock_guard lock(mutex_);
    if (prepared_.contains(directory)) return {};
  }
  if (directory != root_) {
    TRY(PrepareDirectory(env::DirectoryOf(directory)));
    TRY(files_->CreateDirectories(directory));
    TRY(files_->SyncDirectory(env::DirectoryOf(directory)));
  } else {
    TRY(PrepareRoot());
  }
  const std::lock_guard lock(mutex_);
  prepared_.insert(directory);
  return {};
}

base::Result<void> LocalStore::PrepareRoot() {
  // Every folder down to the root is to be durable, also one that another process made a moment
  // ago and did not come to sync.
  struct Holder {
    std::string folder;
    bool of_new_name;
  };
  std::vector<Holder> holders;
  for (std::string folder = root_; folder != env::DirectoryOf(folder) && folder != ".";
       folder = env::DirectoryOf(folder)) {
    holders.push_back({env::DirectoryOf(folder), !files_->Stat(folder).ok()});
  }
  TRY(files_->CreateDirectories(root_));
  for (const Holder& holder : holders) {
    // A folder may be closed to us when it is somebody else's, who then made what is in it.
    const auto synced = files_->SyncDirectory(holder.folder);
    if (!synced.ok() && holder.of_new_name) return synced;
  }
  return {};
}

base::Result<LocalStore::Temporary> LocalStore::OpenTemporary(const std::string& path) {
  const std::string directory = env::DirectoryOf(path);
  TRY(PrepareDirectory(directory));
  const std::string name = env::TemporaryBeside(path);
  auto opened = files_->OpenWrite(name, env::WriteMode::kCreateNew);
  if (!opened.ok() && opened.error().code() == base::Code::kNotFound) {
    // Somebody removed the folder behind our back; it is made again, once.
    {
      const std::lock_guard lock(mutex_);
      prepared_.clear();
    }
    TRY(PrepareDirectory(directory));
    opened = files_->OpenWrite(name, env::WriteMode::kCreateNew);
  }
  auto file = TRY(std::move(opened));
  Temporary temporary{.path = name, .file = std::move(file)};
  SweepLeftovers(temporary);
  return temporary;
}

void LocalStore::SweepLeftovers(const Temporary& ours) {
  const std::string directory = env::DirectoryOf(ours.path);
  {
    const std::lock_guard lock(mutex_);
    if (!swept_.insert(directory).second) return;
  }
  const auto listed = files_->List(directory);
  if (!listed.ok()) return;
  // Our own temporary was made just now: its date is the present by the file system's own clock.
  int64_t now_unix_ms = 0;
  for (const env::FileInfo& entry : *listed) {
    if (ours.path.ends_with("/" + entry.name)) now_unix_ms = entry.modified_unix_ms;
  }
  for (const env::FileInfo& entry : *listed) {
    if (!entry.name.starts_with(env::kTemporaryPrefix) || entry.is_directory) continue;
    if (entry.modified_unix_ms + kLeftoverAgeMs < now_unix_ms) {
      Forget(*files_, directory + "/" + entry.name);
    }
  }
}

base::Result<std::string> LocalStore::WriteTemporary(const std::string& path,
                                                     std::string_view bytes) {
  Temporary temporary = TRY(OpenTemporary(path));
  const auto write = [&]() -> base::Result<void> {
    TRY(temporary.file->Append(bytes));
    TRY(temporary.file->Sync());
    return temporary.file->Close();
  };
  if (auto written = write(); !written.ok()) {
    temporary.file.reset();
    Forget(*files_, temporary.path);
    return std::move(written).error();
  }
  return temporary.path;
}

}  // namespace object
