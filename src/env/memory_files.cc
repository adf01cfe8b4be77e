#include "env/memory_files.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <utility>

namespace env {
namespace {

// The names of a path in order, without empty ones and ".".
std::vector<std::string> NamesOf(const std::string& path) {
  std::vector<std::string> names;
  for (size_t begin = 0; begin < path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    std::string name = path.substr(begin, end - begin);
    if (!name.empty() && name != ".") names.push_back(std::move(name));
    begin = end + 1;
  }
  return names;
}

std::string NameOf(const std::string& path) {
  const auto names = NamesOf(path);
  return names.empty() ? path : names.back();
}

// A write, or (with no bytes) a change of the size.
struct Change {
  uint64_t offset = 0;
  std::string bytes;
};

void Apply(const Change& change, std::string& content) {
  if (change.bytes.empty()) {
    content.resize(change.offset);
    return;
  }
  if (content.size() < change.offset + change.bytes.size()) {
    content.resize(change.offset + change.bytes.size());
  }
  std::memcpy(content.data() + change.offset, change.bytes.data(), change.bytes.size());
}

}  // namespace

// A file or a folder: what an inode is to a disk. The names lead to it; it outlives them.
struct MemoryFiles::Node {
  using Names = std::map<std::string, std::shared_ptr<Node>>;

  bool is_folder = false;
  int64_t modified_unix_ms = 0;
  std::string bytes;             // of a file
  std::string synced;            // what is sure to survive
  std::vector<Change> unsynced;  // from there to `bytes`
  Names names;                   // of a folder
  Names durable_names;

  void Write(Change change) {
    Apply(change, bytes);
    unsynced.push_back(std::move(change));
  }
  void Sync() {
    for (const Change& change : unsynced) Apply(change, synced);
    unsynced.clear();
  }
};

struct MemoryFiles::Place {
  std::shared_ptr<Node> folder;
  std::string name;

  // nullptr when the name is free.
  [[nodiscard]] std::shared_ptr<Node> Get() const {
    const auto found = folder->names.find(name);
    return found == folder->names.end() ? nullptr : found->second;
  }
};

class MemoryFiles::Reader final : public ReadableFile {
 public:
  Reader(MemoryFiles* files, std::shared_ptr<Node> node, std::string name)
      : files_(files), node_(std::move(node)), name_(std::move(name)) {}

  base::Result<size_t> ReadAt(uint64_t offset, char* buffer, size_t size) override {
    const std::lock_guard lock(files_->mutex_);
    if (node_->is_folder) return base::FromErrno(EISDIR, "cannot read " + name_);
    if (offset >= node_->bytes.size()) return size_t{0};
    const size_t count = std::min(size, node_->bytes.size() - static_cast<size_t>(offset));
    std::memcpy(buffer, node_->bytes.data() + offset, count);
    return count;
  }

  base::Result<FileInfo> Stat() override {
    const std::lock_guard lock(files_->mutex_);
    if (node_->is_folder) return FileInfo{.name = name_, .is_directory = true};
    return FileInfo{.name = name_,
                    .size_bytes = node_->bytes.size(),
                    .modified_unix_ms = node_->modified_unix_ms};
  }

 private:
  MemoryFiles* files_;
  std::shared_ptr<Node> node_;
  std::string name_;
};

class MemoryFiles::Writer final : public WritableFile {
 public:
  Writer(MemoryFiles* files, std::shared_ptr<Node> node) : files_(files), node_(std::move(node)) {}

  base::Result<void> Append(std::string_view bytes) override {
    const std::lock_guard lock(files_->mutex_);
    if (!bytes.empty()) node_->Write({node_->bytes.size(), std::string(bytes)});
    node_->modified_unix_ms = files_->clock_->NowUnixMs();
    return {};
  }
  base::Result<void> Sync() override {
    const std::lock_guard lock(files_->mutex_);
    node_->Sync();
    return {};
  }
  base::Result<void> Close() override { return {}; }

 private:
  MemoryFiles* files_;
  std::shared_ptr<Node> node_;
};

class MemoryFiles::Random final : public RandomFile {
 public:
  Random(MemoryFiles* files, std::shared_ptr<Node> node)
      : files_(files), node_(node), reader_(files, std::move(node), "a file") {}

  base::Result<size_t> ReadAt(uint64_t offset, char* buffer, size_t size) override {
    return reader_.ReadAt(offset, buffer, size);
  }
  base::Result<void> WriteAt(uint64_t offset, std::string_view bytes) override {
    const std::lock_guard lock(files_->mutex_);
    if (!bytes.empty()) node_->Write({offset, std::string(bytes)});
    node_->modified_unix_ms = files_->clock_->NowUnixMs();
    return {};
  }
  base::Result<void> Sync() override {
    const std::lock_guard lock(files_->mutex_);
    node_->Sync();
    return {};
  }
  base::Result<void> Truncate(uint64_t size) override {
    const std::lock_guard lock(files_->mutex_);
    node_->Write({size, {}});
    node_->modified_unix_ms = files_->clock_->NowUnixMs();
    return {};
  }
  base::Result<uint64_t> Size() override {
    const std::lock_guard lock(files_->mutex_);
    return uint64_t{node_->bytes.size()};
  }

 private:
  MemoryFiles* files_;
  std::shared_ptr<Node> node_;
  Reader reader_;
};

MemoryFiles::MemoryFiles(const base::Clock* clock)
    : clock_(clock), root_(std::make_shared<Node>()), here_(std::make_shared<Node>()) {
  root_->is_folder = true;
  here_->is_folder = true;
}
MemoryFiles::~MemoryFiles() = default;

void MemoryFiles::Crash() { CrashWith(nullptr); }
void MemoryFiles::Crash(base::Random& random) { CrashWith(&random); }

void MemoryFiles::CrashWith(base::Random* maybe_random) {
  const auto keeps = [&] { return maybe_random != nullptr && maybe_random->Below(2) == 0; };
  const std::lock_guard lock(mutex_);
  // Nodes are replaced, not changed: a writer that is still open must not reach the new state.
  // A file under two names stays one file.
  std::map<Node*, std::shared_ptr<Node>> fresh;
  const auto survive = [&](const auto& self, const std::shared_ptr<Node>& old)
      -> std::shared_ptr<Node> {
    auto& known = fresh[old.get()];
    if (known != nullptr) return known;
    const auto node = std::make_shared<Node>();
    known = node;
    node->is_folder = old->is_folder;
    node->modified_unix_ms = old->modified_unix_ms;
    node->bytes = old->synced;
    for (const Change& change : old->unsynced) {
      if (!keeps()) continue;
      Change kept = change;
      if (!kept.bytes.empty() && keeps()) {
        kept.bytes.resize(1 + maybe_random->Below(kept.bytes.size()));
      }
      Apply(kept, node->bytes);
    }
    node->synced = node->bytes;
    Node::Names names = old->durable_names;
    for (const auto& [name, child] : old->names) {
      if (const auto found = names.find(name); found != names.end() && found->second == child) {
        continue;
      }
      if (keeps()) names[name] = child;
    }
    for (const auto& [name, child] : old->durable_names) {
      if (!old->names.contains(name) && keeps()) names.erase(name);
    }
    for (auto& [name, child] : names) child = self(self, child);
    node->names = names;
    node->durable_names = std::move(names);
    return node;
  };
  root_ = survive(survive, root_);
  here_ = survive(survive, here_);
}

// nullptr when there is nothing.
std::shared_ptr<MemoryFiles::Node> MemoryFiles::Find(const std::string& path) const {
  std::shared_ptr<Node> node = path.starts_with('/') ? root_ : here_;
  for (const std::string& name : NamesOf(path)) {
    if (!node->is_folder) return nullptr;
    const auto found = node->names.find(name);
    if (found == node->names.end()) return nullptr;
    node = found->second;
  }
  return node;
}

// The folder and the name in it that `path` stands for. ERRORS: no such folder.
base::Result<MemoryFiles::Place> MemoryFiles::FindPlace(const std::string& path) const {
  const auto folder = Find(DirectoryOf(path));
  if (folder == nullptr) return base::FromErrno(ENOENT, "cannot create " + path);
  if (!folder->is_folder) return base::FromErrno(ENOTDIR, "cannot create " + path);
  return Place{folder, NameOf(path)};
}

base::Result<std::shared_ptr<MemoryFiles::Node>> MemoryFiles::FindFolder(
    const std::string& path, const std::string& what) const {
  auto folder = Find(path);
  if (folder == nullptr) return base::FromErrno(ENOENT, what + path);
  if (!folder->is_folder) return base::FromErrno(ENOTDIR, what + path);
  return folder;
}

base::Result<std::unique_ptr<ReadableFile>> MemoryFiles::OpenRead(const std::string& path) {
  const std::lock_guard lock(mutex_);
  // As on Linux a folder opens, but only to be looked at.
  const auto node = Find(path);
  if (node == nullptr) return base::FromErrno(ENOENT, "cannot open " + path);
  return std::make_unique<Reader>(this, node, NameOf(path));
}

base::Result<std::shared_ptr<MemoryFiles::Node>> MemoryFiles::OpenNode(const std::string& path,
                                                                       WriteMode mode) {
  const Place place = TRY(FindPlace(path));
  auto node = place.Get();
  if (node != nullptr && node->is_folder) return base::FromErrno(EISDIR, "cannot create " + path);
  if (node != nullptr && mode == WriteMode::kCreateNew) {
    return base::FromErrno(EEXIST, "cannot create " + path);
  }
  if (node == nullptr && mode == WriteMode::kMustExist) {
    return base::FromErrno(ENOENT, "cannot open " + path);
  }
  if (node == nullptr) {
    node = std::make_shared<Node>();
    node->modified_unix_ms = clock_->NowUnixMs();
    place.folder->names[place.name] = node;
  }
  if (mode == WriteMode::kTruncate && !node->bytes.empty()) node->Write({0, {}});
  return node;
}

base::Result<std::unique_ptr<WritableFile>> MemoryFiles::OpenWrite(const std::string& path,
                                                                   WriteMode mode) {
  const std::lock_guard lock(mutex_);
  return std::make_unique<Writer>(this, TRY(OpenNode(path, mode)));
}

base::Result<std::unique_ptr<RandomFile>> MemoryFiles::OpenRandom(const std::string& path,
                                                                  WriteMode mode) {
  const std::lock_guard lock(mutex_);
  return std::make_unique<Random>(this, TRY(OpenNode(path, mode)));
}

base::Result<void> MemoryFiles::Rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  const auto node = Find(from);
  if (node == nullptr) return base::FromErrno(ENOENT, "cannot rename " + from);
  const Place source = TRY(FindPlace(from));
  const Place target = TRY(FindPlace(to));
  const auto taken = target.Get();
  if (taken != nullptr && taken != node) {
    const int refusal = node->is_folder ? (taken->is_folder ? ENOTEMPTY : ENOTDIR)
                                        : (taken->is_folder ? EISDIR : 0);
    if (refusal != 0) return base::FromErrno(refusal, "cannot rename " + from + " to " + to);
  }
  source.folder->names.erase(source.name);
  target.folder->names[target.name] = node;
  return {};
}

base::Result<void> MemoryFiles::Link(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  const auto node = Find(from);
  if (node == nullptr || node->is_folder) return base::FromErrno(ENOENT, "cannot link " + from);
  const Place target = TRY(FindPlace(to));
  if (target.Get() != nullptr) return base::FromErrno(EEXIST, "cannot link " + from + " to " + to);
  target.folder->names[target.name] = node;
  return {};
}

base::Result<void> MemoryFiles::Remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto node = Find(path);
  if (node == nullptr || node->is_folder) {
    return base::FromErrno(node == nullptr ? ENOENT : EISDIR, "cannot remove " + path);
  }
  const Place place = TRY(FindPlace(path));
  place.folder->names.erase(place.name);
  return {};
}

base::Result<void> MemoryFiles::RemoveTree(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (Find(path) == nullptr) return {};
  const Place place = TRY(FindPlace(path));
  place.folder->names.erase(place.name);
  return {};
}

base::Result<void> MemoryFiles::CreateDirectories(const std::string& path) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Node> node = path.starts_with('/') ? root_ : here_;
  for (const std::string& name : NamesOf(path)) {
    auto& child = node->names[name];
    if (child == nullptr) {
      child = std::make_shared<Node>();
      child->is_folder = true;
    }
    if (!child->is_folder) return base::FromErrno(ENOTDIR, "cannot create the folder " + path);
    node = child;
  }
  return {};
}

base::Result<std::vector<FileInfo>> MemoryFiles::List(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  const auto folder = TRY(FindFolder(directory, "cannot list "));
  std::vector<FileInfo> entries;
  for (const auto& [name, node] : folder->names) {
    if (node->is_folder) {
      entries.push_back({.name = name, .is_directory = true});
    } else {
      entries.push_back({.name = name,
                         .size_bytes = node->bytes.size(),
                         .modified_unix_ms = node->modified_unix_ms});
    }
  }
  return entries;
}

base::Result<FileInfo> MemoryFiles::Stat(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto node = Find(path);
  if (node == nullptr) return base::FromErrno(ENOENT, "cannot look at " + path);
  if (node->is_folder) return FileInfo{.name = NameOf(path), .is_directory = true};
  return FileInfo{.name = NameOf(path),
                  .size_bytes = node->bytes.size(),
                  .modified_unix_ms = node->modified_unix_ms};
}

base::Result<void> MemoryFiles::SyncDirectory(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  const auto folder = TRY(FindFolder(directory, "cannot open the folder "));
  folder->durable_names = folder->names;
  return {};
}

}  // namespace env
