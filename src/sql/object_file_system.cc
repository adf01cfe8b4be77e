// Object stores as a file system of DuckDB's. Called by DuckDB's threads; a handle by one at a
// time.
#include "sql/object_file_system.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include <duckdb/common/file_system.hpp>

#include "sql/duckdb_error.h"

namespace sql {
namespace {

constexpr std::string_view kScheme = "object://";

// DuckDB reads a Parquet footer and small columns in bites; one request serves those near by.
constexpr uint64_t kReadAheadBytes = uint64_t{256} << 10;

struct ParsedPath {
  uint64_t mount = 0;
  std::string key;  // "" for the mount itself
};

std::optional<ParsedPath> ParsePath(std::string_view path) {
  if (!path.starts_with(kScheme)) return std::nullopt;
  path.remove_prefix(kScheme.size());
  ParsedPath parsed;
  const auto number = std::from_chars(path.data(), path.data() + path.size(), parsed.mount);
  if (number.ec != std::errc()) return std::nullopt;
  path.remove_prefix(static_cast<size_t>(number.ptr - path.data()));
  if (path.starts_with('/')) path.remove_prefix(1);
  parsed.key = std::string(path);
  return parsed;
}

class ObjectHandle final : public duckdb::FileHandle {
 public:
  ObjectHandle(duckdb::FileSystem& file_system, const std::string& path,
               duckdb::FileOpenFlags flags, Mounts::Location location)
      : FileHandle(file_system, path, flags), location_(std::move(location)) {}

  // Without Close nothing becomes visible: a query that failed leaves no half file.
  ~ObjectHandle() override = default;

  void Close() override {
    if (writer_ == nullptr) return;
    ValueOrThrow(std::move(writer_)->Finish());
    writer_ = nullptr;
  }

  void OpenForReading(const duckdb::OpenFileInfo& file) {
    if (file.extended_info != nullptr) {
      const auto& options = file.extended_info->options;
      if (const auto size = options.find("file_size"); size != options.end()) {
        size_bytes_ = size->second.GetValue<uint64_t>();
        return;
      }
    }
    const auto info = ValueOrThrow(location_.store->Head(location_.key));
    size_bytes_ = info.size_bytes;
    modified_unix_ms_ = info.modified_unix_ms;
  }

  void OpenForWriting() { writer_ = ValueOrThrow(location_.store->OpenWriter(location_.key)); }

  void ReadAt(char* buffer, uint64_t num_bytes, uint64_t offset) {
    if (offset + num_bytes > size_bytes_) {
      ThrowThroughDuckDb(base::Corruption("read beyond the end of " + Describe()));
    }
    if (offset < ahead_offset_ || offset + num_bytes > ahead_offset_ + ahead_.size()) {
      ahead_ = ValueOrThrow(
          location_.store->GetRange(location_.key, offset, std::max(num_bytes, kReadAheadBytes)));
      ahead_offset_ = offset;
      if (ahead_.size() < num_bytes) {
        ThrowThroughDuckDb(base::Corruption("object is shorter than the log says: " + Describe()));
      }
    }
    std::memcpy(buffer, ahead_.data() + (offset - ahead_offset_), num_bytes);
  }

  void Append(std::string_view bytes) {
    ValueOrThrow(writer_->Append(bytes));
    position += bytes.size();
  }

  [[nodiscard]] bool writing() const { return writer_ != nullptr; }
  [[nodiscard]] uint64_t size_bytes() const { return writing() ? position : size_bytes_; }
  [[nodiscard]] int64_t modified_unix_ms() const { return modified_unix_ms_; }

  uint64_t position = 0;

 private:
  [[nodiscard]] std::string Describe() const {
    return location_.store->Describe() + "/" + location_.key;
  }

  Mounts::Location location_;
  uint64_t size_bytes_ = 0;
  int64_t modified_unix_ms_ = 0;
  std::unique_ptr<object::ObjectWriter> writer_;
  std::string ahead_;
  uint64_t ahead_offset_ = 0;
};

ObjectHandle& Of(duckdb::FileHandle& handle) { return static_cast<ObjectHandle&>(handle); }

class ObjectFileSystem final : public duckdb::FileSystem {
 public:
  explicit ObjectFileSystem(std::shared_ptr<Mounts> mounts) : mounts_(std::move(mounts)) {}

  bool CanHandleFile(const std::string& path) override { return path.starts_with(kScheme); }
  std::string GetName() const override { return "ObjectFileSystem"; }
  std::string PathSeparator(const std::string&) override { return "/"; }
  bool CanSeek() override { return true; }
  bool OnDiskFile(duckdb::FileHandle&) override { return false; }

  // Folders are no objects: they are always there and always empty.
  bool DirectoryExists(const std::string&, duckdb::optional_ptr<duckdb::FileOpener>) override {
    return false;
  }
  void CreateDirectory(const std::string&, duckdb::optional_ptr<duckdb::FileOpener>) override {}
  bool IsPipe(const std::string&, duckdb::optional_ptr<duckdb::FileOpener>) override {
    return false;
  }

  bool FileExists(const std::string& path, duckdb::optional_ptr<duckdb::FileOpener>) override {
    const auto location = mounts_->Find(path);
    if (!location.ok() || location->key.empty()) return false;
    const auto info = location->store->Head(location->key);
    if (!info.ok() && info.error().code() != base::Code::kNotFound) {
      ThrowThroughDuckDb(info.error());
    }
    return info.ok();
  }

  // Whoever hands DuckDB one of our paths means that object.
  duckdb::vector<duckdb::OpenFileInfo> Glob(const std::string& path, duckdb::FileOpener*) override {
    return {duckdb::OpenFileInfo(path)};
  }

  void RemoveFile(const std::string& path, duckdb::optional_ptr<duckdb::FileOpener>) override {
    const auto location = ValueOrThrow(mounts_->Find(path));
    ValueOrThrow(location.store->Delete(location.key));
  }

  void Read(duckdb::FileHandle& handle, void* buffer, int64_t num_bytes,
            duckdb::idx_t offset) override {
    Of(handle).ReadAt(static_cast<char*>(buffer), static_cast<uint64_t>(num_bytes), offset);
  }

  int64_t Read(duckdb::FileHandle& handle, void* buffer, int64_t num_bytes) override {
    ObjectHandle& object = Of(handle);
    const uint64_t left = object.size_bytes() - std::min(object.position, object.size_bytes());
    const uint64_t wanted = std::min(static_cast<uint64_t>(num_bytes), left);
    if (wanted > 0) object.ReadAt(static_cast<char*>(buffer), wanted, object.position);
    object.position += wanted;
    return static_cast<int64_t>(wanted);
  }

  int64_t Write(duckdb::FileHandle& handle, void* buffer, int64_t num_bytes) override {
    Of(handle).Append({static_cast<const char*>(buffer), static_cast<size_t>(num_bytes)});
    return num_bytes;
  }

  void Write(duckdb::FileHandle& handle, void* buffer, int64_t num_bytes,
             duckdb::idx_t offset) override {
    if (offset != Of(handle).position) {
      ThrowThroughDuckDb(base::Unsupported("objects are written from front to back"));
    }
    Write(handle, buffer, num_bytes);
  }

  int64_t GetFileSize(duckdb::FileHandle& handle) override {
    return static_cast<int64_t>(Of(handle).size_bytes());
  }
  duckdb::timestamp_t GetLastModifiedTime(duckdb::FileHandle& handle) override {
    return duckdb::timestamp_t(Of(handle).modified_unix_ms() * 1000);
  }
  std::string GetVersionTag(duckdb::FileHandle&) override { return ""; }
  duckdb::FileType GetFileType(duckdb::FileHandle&) override {
    return duckdb::FileType::FILE_TYPE_REGULAR;
  }
  void Seek(duckdb::FileHandle& handle, duckdb::idx_t location) override {
    Of(handle).position = location;
  }
  void Reset(duckdb::FileHandle& handle) override { Of(handle).position = 0; }
  duckdb::idx_t SeekPosition(duckdb::FileHandle& handle) override { return Of(handle).position; }
  void FileSync(duckdb::FileHandle&) override {}  // an object is durable once it is there

 protected:
  bool SupportsOpenFileExtended() const override { return true; }

  duckdb::unique_ptr<duckdb::FileHandle> OpenFileExtended(
      const duckdb::OpenFileInfo& file, duckdb::FileOpenFlags flags,
      duckdb::optional_ptr<duckdb::FileOpener>) override {
    const bool writing = flags.OpenForWriting();
    auto location = writing ? mounts_->FindForWriting(file.path) : mounts_->Find(file.path);
    auto handle =
        duckdb::make_uniq<ObjectHandle>(*this, file.path, flags, ValueOrThrow(std::move(location)));
    if (writing) {
      handle->OpenForWriting();
    } else {
      handle->OpenForReading(file);
    }
    return handle;
  }

 private:
  std::shared_ptr<Mounts> mounts_;
};

}  // namespace

Mounts::Mount::Mount(std::shared_ptr<Mounts> mounts, std::shared_ptr<object::ObjectStore> store,
                     Rename rename)
    : mounts_(std::move(mounts)), store_(std::move(store)) {
  const std::lock_guard lock(mounts_->mutex_);
  number_ = mounts_->next_number_++;
  mounts_->entries_[number_] = {store_, std::move(rename), {}};
  prefix_ = std::string(kScheme) + std::to_string(number_) + "/";
}

Mounts::Mount::~Mount() {
  const std::lock_guard lock(mounts_->mutex_);
  mounts_->entries_.erase(number_);
}

std::string Mounts::Mount::PathOf(std::string_view key) const { return prefix_ + std::string(key); }

std::string Mounts::Mount::KeyOf(std::string_view path) const {
  return std::string(path.starts_with(prefix_) ? path.substr(prefix_.size()) : path);
}

std::string Mounts::Mount::ReadPathOf(const std::string& key) const {
  const std::string root = store_->LocalRoot();
  return root.empty() ? PathOf(key) : root + "/" + key;
}

std::vector<std::string> Mounts::Mount::WrittenKeys() const {
  const std::lock_guard lock(mounts_->mutex_);
  return mounts_->entries_.at(number_).written;
}

base::Result<Mounts::Location> Mounts::Find(const std::string& path) const {
  const auto parsed = ParsePath(path);
  if (parsed.has_value()) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(parsed->mount);
    if (found != entries_.end()) return Location{found->second.store, parsed->key};
  }
  return base::NotFound("no store is mounted at " + path);
}

base::Result<Mounts::Location> Mounts::FindForWriting(const std::string& path) {
  Location location = TRY(Find(path));
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_.at(ParsePath(path)->mount);
  if (entry.rename != nullptr) location.key = TRY(entry.rename(location.key));
  entry.written.push_back(location.key);
  return location;
}

void RegisterObjectFileSystem(duckdb::DatabaseInstance& database, std::shared_ptr<Mounts> mounts) {
  database.GetFileSystem().RegisterSubSystem(
      duckdb::make_uniq<ObjectFileSystem>(std::move(mounts)));
}

}  // namespace sql
