#include "env/memory_files.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace env {
namespace {

// One spelling a path: no '/' at the end, none doubled, no leading "./".
std::string Clean(const std::string& path) {
  std::string clean;
  for (const char c : path) {
    if (c == '/' && !clean.empty() && clean.back() == '/') continue;
    clean += c;
  }
  while (clean.size() > 1 && clean.back() == '/') clean.pop_back();
  while (clean.starts_with("./")) clean.erase(0, 2);
  return clean;
}

std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool IsBelow(const std::string& path, const std::string& folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

}  // namespace

struct MemoryFiles::Content {
  std::string bytes;
  std::string synced;
  int64_t modified_unix_ms = 0;
};

bool MemoryFiles::Tree::Holds(const std::string& path) const {
  return path == "/" || path == "." || folders.contains(path);
}

class MemoryFiles::Reader final : public ReadableFile {
 public:
  Reader(MemoryFiles* files, std::shared_ptr<Content> content, std::string name)
      : files_(files), content_(std::move(content)), name_(std::move(name)) {}

  base::Result<size_t> ReadAt(uint64_t offset, char* buffer, size_t size) override {
    const std::lock_guard lock(files_->mutex_);
    if (content_ == nullptr) return base::FromErrno(EISDIR, "cannot read " + name_);
    if (offset >= content_->bytes.size()) return size_t{0};
    const size_t count = std::min(size, content_->bytes.size() - static_cast<size_t>(offset));
    std::memcpy(buffer, content_->bytes.data() + offset, count);
    return count;
  }

  base::Result<FileInfo> Stat() override {
    const std::lock_guard lock(files_->mutex_);
    if (content_ == nullptr) return FileInfo{.name = name_, .is_directory = true};
    return FileInfo{.name = name_,
                    .size_bytes = content_->bytes.size(),
                    .modified_unix_ms = content_->modified_unix_ms};
  }

 private:
  MemoryFiles* files_;
  std::shared_ptr<Content> content_;  // null: a folder
  std::string name_;
};

class MemoryFiles::Writer final : public WritableFile {
 public:
  Writer(MemoryFiles* files, std::shared_ptr<Content> content)
      : files_(files), content_(std::move(content)) {}

  base::Result<void> Append(std::string_view bytes) override {
    const std::lock_guard lock(files_->mutex_);
    content_->bytes += bytes;
    content_->modified_unix_ms = files_->clock_->NowUnixMs();
    return {};
  }
  base::Result<void> Sync() override {
    const std::lock_guard lock(files_->mutex_);
    content_->synced = content_->bytes;
    return {};
  }
  base::Result<void> Close() override { return {}; }

 private:
  MemoryFiles* files_;
  std::shared_ptr<Content> content_;
};

MemoryFiles::MemoryFiles(const base::Clock* clock) : clock_(clock) {}
MemoryFiles::~MemoryFiles() = default;

void MemoryFiles::Crash() {
  const std::lock_guard lock(mutex_);
  Tree survived;
  // A folder is reachable when all above it are; shorter paths come first.
  std::vector<std::string> folders(durable_.folders.begin(), durable_.folders.end());
  std::sort(folders.begin(), folders.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  });
  for (const std::string& folder : folders) {
    if (survived.Holds(DirectoryOf(folder))) survived.folders.insert(folder);
  }
  for (const auto& [path, content] : durable_.files) {
    if (survived.Holds(DirectoryOf(path))) survived.files[path] = content;
  }
  // Contents are replaced, not changed: a writer that is still open must not reach the new state.
  // A file under two names stays one file.
  std::map<Content*, std::shared_ptr<Content>> fresh;
  for (auto& [path, content] : survived.files) {
    auto& copy = fresh[content.get()];
    if (copy == nullptr) {
      copy = std::make_shared<Content>(Content{.bytes = content->synced,
                                               .synced = content->synced,
                                               .modified_unix_ms = content->modified_unix_ms});
    }
    content = copy;
  }
  durable_ = survived;
  live_ = std::move(survived);
}

base::Result<void> MemoryFiles::CheckParent(const std::string& path) const {
  const std::string parent = DirectoryOf(path);
  if (live_.Holds(parent)) return {};
  return base::FromErrno(live_.files.contains(parent) ? ENOTDIR : ENOENT, "cannot create " + path);
}

base::Result<std::unique_ptr<ReadableFile>> MemoryFiles::OpenRead(const std::string& given) {
  const std::string path = Clean(given);
  const std::lock_guard lock(mutex_);
  const auto found = live_.files.find(path);
  if (found == live_.files.end()) {
    // As on Linux a folder opens, but only to be looked at.
    if (live_.Holds(path)) return std::make_unique<Reader>(this, nullptr, NameOf(path));
    return base::FromErrno(ENOENT, "cannot open " + path);
  }
  return std::make_unique<Reader>(this, found->second, NameOf(path));
}

base::Result<std::unique_ptr<WritableFile>> MemoryFiles::OpenWrite(const std::string& given,
                                                                   WriteMode mode) {
  const std::string path = Clean(given);
  const std::lock_guard lock(mutex_);
  TRY(CheckParent(path));
  if (live_.Holds(path)) return base::FromErrno(EISDIR, "cannot create " + path);
  auto& content = live_.files[path];
  if (content != nullptr && mode == WriteMode::kCreateNew) {
    return base::FromErrno(EEXIST, "cannot create " + path);
  }
  if (content == nullptr) {
    content = std::make_shared<Content>();
    content->modified_unix_ms = clock_->NowUnixMs();
  }
  if (mode == WriteMode::kTruncate) content->bytes.clear();
  return std::make_unique<Writer>(this, content);
}

base::Result<void> MemoryFiles::Rename(const std::string& from_given, const std::string& to_given) {
  const std::string from = Clean(from_given);
  const std::string to = Clean(to_given);
  const std::lock_guard lock(mutex_);
  const auto found = live_.files.find(from);
  if (found == live_.files.end()) {
    return base::FromErrno(live_.Holds(from) ? EISDIR : ENOENT, "cannot rename " + from);
  }
  TRY(CheckParent(to));
  if (live_.Holds(to)) return base::FromErrno(EISDIR, "cannot rename " + from + " to " + to);
  const auto content = found->second;
  live_.files.erase(found);
  live_.files[to] = content;
  return {};
}

base::Result<void> MemoryFiles::Link(const std::string& from_given, const std::string& to_given) {
  const std::string from = Clean(from_given);
  const std::string to = Clean(to_given);
  const std::lock_guard lock(mutex_);
  const auto found = live_.files.find(from);
  if (found == live_.files.end()) return base::FromErrno(ENOENT, "cannot link " + from);
  TRY(CheckParent(to));
  if (live_.files.contains(to) || live_.Holds(to)) {
    return base::FromErrno(EEXIST, "cannot link " + from + " to " + to);
  }
  live_.files[to] = found->second;
  return {};
}

base::Result<void> MemoryFiles::Remove(const std::string& given) {
  const std::string path = Clean(given);
  const std::lock_guard lock(mutex_);
  if (live_.files.erase(path) == 1) return {};
  return base::FromErrno(live_.Holds(path) ? EISDIR : ENOENT, "cannot remove " + path);
}

base::Result<void> MemoryFiles::RemoveTree(const std::string& given) {
  const std::string path = Clean(given);
  const std::lock_guard lock(mutex_);
  std::erase_if(live_.files, [&](const auto& entry) {
    return entry.first == path || IsBelow(entry.first, path);
  });
  std::erase_if(live_.folders,
                [&](const auto& folder) { return folder == path || IsBelow(folder, path); });
  return {};
}

base::Result<void> MemoryFiles::CreateDirectories(const std::string& given) {
  const std::string path = Clean(given);
  const std::lock_guard lock(mutex_);
  for (size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (live_.files.contains(folder)) {
      return base::FromErrno(ENOTDIR, "cannot create the folder " + path);
    }
    if (!live_.Holds(folder)) live_.folders.insert(folder);
    if (slash == std::string::npos) return {};
  }
}

base::Result<std::vector<FileInfo>> MemoryFiles::List(const std::string& given) {
  const std::string directory = Clean(given);
  const std::lock_guard lock(mutex_);
  if (!live_.Holds(directory)) return base::FromErrno(ENOENT, "cannot list " + directory);
  std::vector<FileInfo> entries;
  for (const auto& [path, content] : live_.files) {
    if (DirectoryOf(path) != directory) continue;
    entries.push_back({.name = NameOf(path),
                       .size_bytes = content->bytes.size(),
                       .modified_unix_ms = content->modified_unix_ms});
  }
  for (const std::string& folder : live_.folders) {
    if (DirectoryOf(folder) == directory) {
      entries.push_back({.name = NameOf(folder), .is_directory = true});
    }
  }
  std::sort(entries.begin(), entries.end(),
            [](const FileInfo& a, const FileInfo& b) { return a.name < b.name; });
  return entries;
}

base::Result<FileInfo> MemoryFiles::Stat(const std::string& given) {
  const std::string path = Clean(given);
  const std::lock_guard lock(mutex_);
  if (live_.Holds(path)) return FileInfo{.name = NameOf(path), .is_directory = true};
  const auto found = live_.files.find(path);
  if (found == live_.files.end()) return base::FromErrno(ENOENT, "cannot look at " + path);
  return FileInfo{.name = NameOf(path),
                  .size_bytes = found->second->bytes.size(),
                  .modified_unix_ms = found->second->modified_unix_ms};
}

base::Result<void> MemoryFiles::SyncDirectory(const std::string& given) {
  const std::string directory = Clean(given);
  const std::lock_guard lock(mutex_);
  if (!live_.Holds(directory)) {
    return base::FromErrno(ENOENT, "cannot open the folder " + directory);
  }
  const auto stands_here = [&](const std::string& path) { return DirectoryOf(path) == directory; };
  std::erase_if(durable_.files, [&](const auto& entry) { return stands_here(entry.first); });
  std::erase_if(durable_.folders, stands_here);
  for (const auto& [path, content] : live_.files) {
    if (stands_here(path)) durable_.files[path] = content;
  }
  for (const std::string& folder : live_.folders) {
    if (stands_here(folder)) durable_.folders.insert(folder);
  }
  return {};
}

}  // namespace env
