// RealFiles: Files over Linux system calls. Stateless; THREAD: any. Every call that a signal can
// interrupt is repeated, and no descriptor leaks into a child process.
#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "env/files.h"

namespace env {
namespace {

template <typename Call>
auto Retry(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

// A descriptor that closes itself. close() is never repeated: on Linux it has closed even when it
// says EINTR, and the number may be somebody else's by then.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

FileInfo InfoOf(std::string name, const struct stat& status) {
  return {.name = std::move(name),
          .is_directory = S_ISDIR(status.st_mode),
          .size_bytes = S_ISDIR(status.st_mode) ? 0 : static_cast<uint64_t>(status.st_size),
          .modified_unix_ms = status.st_mtim.tv_sec * 1000 +
                              static_cast<int64_t>(status.st_mtim.tv_nsec / 1000000)};
}

std::string LastComponent(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

base::Result<size_t> ReadFully(int fd, const std::string& path, uint64_t offset, char* buffer,
                               size_t size) {
  size_t done = 0;
  while (done < size) {
    const ssize_t count = Retry(
        [&] { return pread(fd, buffer + done, size - done, static_cast<off_t>(offset + done)); });
    if (count < 0) return base::FromErrno(errno, "cannot read " + path);
    if (count == 0) break;
    done += static_cast<size_t>(count);
  }
  return done;
}

int CreateFlags(WriteMode mode, int append) {
  switch (mode) {
    case WriteMode::kCreateNew:
      return O_CREAT | O_CLOEXEC | O_EXCL;
    case WriteMode::kTruncate:
      return O_CREAT | O_CLOEXEC | O_TRUNC;
    case WriteMode::kAppend:
      return O_CREAT | O_CLOEXEC | append;
    case WriteMode::kMustExist:
      return O_CLOEXEC | append;
  }
  return O_CREAT | O_CLOEXEC;
}

class RealReadableFile final : public ReadableFile {
 public:
  RealReadableFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  base::Result<size_t> ReadAt(uint64_t offset, char* buffer, size_t size) override {
    return ReadFully(fd_.get(), path_, offset, buffer, size);
  }

  base::Result<FileInfo> Stat() override {
    struct stat status {};
    if (fstat(fd_.get(), &status) != 0) return base::FromErrno(errno, "cannot look at " + path_);
    return InfoOf(LastComponent(path_), status);
  }

 private:
  Descriptor fd_;
  std::string path_;
};

class RealWritableFile final : public WritableFile {
 public:
  RealWritableFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  base::Result<void> Append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = Retry([&] { return write(fd_.get(), bytes.data(), bytes.size()); });
      if (count < 0) return base::FromErrno(errno, "cannot write " + path_);
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    return {};
  }

  // fdatasync also flushes the size of a file that grew, which is all a reader needs.
  base::Result<void> Sync() override {
    if (Retry([&] { return fdatasync(fd_.get()); }) != 0) {
      return base::FromErrno(errno, "cannot sync " + path_);
    }
    return {};
  }

  base::Result<void> Close() override {
    const int fd = fd_.Release();
    CHECK(fd >= 0);
    if (close(fd) != 0 && errno != EINTR) return base::FromErrno(errno, "cannot close " + path_);
    return {};
  }

 private:
  Descriptor fd_;
  std::string path_;
};

class RealRandomFile final : public RandomFile {
 public:
  RealRandomFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  base::Result<size_t> ReadAt(uint64_t offset, char* buffer, size_t size) override {
    return ReadFully(fd_.get(), path_, offset, buffer, size);
  }

  base::Result<void> WriteAt(uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = Retry([&] {
        return pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      });
      if (count < 0) return base::FromErrno(errno, "cannot write " + path_);
      bytes.remove_prefix(static_cast<size_t>(count));
      offset += static_cast<uint64_t>(count);
    }
    return {};
  }

  base::Result<void> Sync() override {
    if (Retry([&] { return fdatasync(fd_.get()); }) != 0) {
      return base::FromErrno(errno, "cannot sync " + path_);
    }
    return {};
  }

  base::Result<void> Truncate(uint64_t size) override {
    if (Retry([&] { return ftruncate(fd_.get(), static_cast<off_t>(size)); }) != 0) {
      return base::FromErrno(errno, "cannot cut " + path_);
    }
    return {};
  }

  base::Result<uint64_t> Size() override {
    struct stat status {};
    if (fstat(fd_.get(), &status) != 0) return base::FromErrno(errno, "cannot look at " + path_);
    return static_cast<uint64_t>(status.st_size);
  }

 private:
  Descriptor fd_;
  std::string path_;
};

class RealFiles final : public Files {
 public:
  base::Result<std::unique_ptr<ReadableFile>> OpenRead(const std::string& path) override {
    Descriptor fd(Retry([&] { return open(path.c_str(), O_RDONLY | O_CLOEXEC); }));
    if (fd.get() < 0) return base::FromErrno(errno, "cannot open " + path);
    return std::make_unique<RealReadableFile>(std::move(fd), path);
  }

  base::Result<std::unique_ptr<WritableFile>> OpenWrite(const std::string& path,
                                                        WriteMode mode) override {
    const int flags = O_WRONLY | CreateFlags(mode, O_APPEND);
    Descriptor fd(Retry([&] { return open(path.c_str(), flags, 0666); }));
    if (fd.get() < 0) return base::FromErrno(errno, "cannot create " + path);
    return std::make_unique<RealWritableFile>(std::move(fd), path);
  }

  base::Result<std::unique_ptr<RandomFile>> OpenRandom(const std::string& path,
                                                       WriteMode mode) override {
    const int flags = O_RDWR | CreateFlags(mode, 0);
    Descriptor fd(Retry([&] { return open(path.c_str(), flags, 0666); }));
    if (fd.get() < 0) return base::FromErrno(errno, "cannot open " + path);
    return std::make_unique<RealRandomFile>(std::move(fd), path);
  }

  base::Result<void> Rename(const std::string& from, const std::string& to) override {
    if (rename(from.c_str(), to.c_str()) != 0) {
      return base::FromErrno(errno, "cannot rename " + from + " to " + to);
    }
    return {};
  }

  base::Result<void> Link(const std::string& from, const std::string& to) override {
    if (link(from.c_str(), to.c_str()) == 0) return {};
    const int error_number = errno;
    base::Error error = base::FromErrno(error_number, "cannot link " + from + " to " + to);
    if (error_number == EPERM || error_number == EOPNOTSUPP || error_number == ENOSYS) {
      return std::move(error).WithHint(
          "That file system has no hard links, which make a commit atomic here. Put the folder on "
          "another one, such as ext4 or xfs.");
    }
    return error;
  }

  base::Result<void> Remove(const std::string& path) override {
    if (unlink(path.c_str()) != 0) return base::FromErrno(errno, "cannot remove " + path);
    return {};
  }

  base::Result<void> RemoveTree(const std::string& path) override {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (error) return base::FromErrno(error.value(), "cannot remove " + path);
    return {};
  }

  base::Result<void> CreateDirectories(const std::string& path) override {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) return base::FromErrno(error.value(), "cannot create the folder " + path);
    return {};
  }

  base::Result<std::vector<FileInfo>> List(const std::string& directory) override {
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(directory.c_str()), closedir);
    if (stream == nullptr) return base::FromErrno(errno, "cannot list " + directory);
    std::vector<FileInfo> entries;
    while (true) {
      errno = 0;
      const dirent* entry = readdir(stream.get());
      if (entry == nullptr) break;
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      struct stat status {};
      if (fstatat(dirfd(stream.get()), entry->d_name, &status, 0) != 0) {
        if (errno == ENOENT) continue;  // gone meanwhile, or a link to nowhere
        return base::FromErrno(errno, "cannot look at " + directory + "/" + entry->d_name);
      }
      entries.push_back(InfoOf(std::string(name), status));
    }
    if (errno != 0) return base::FromErrno(errno, "cannot list " + directory);
    std::sort(entries.begin(), entries.end(),
              [](const FileInfo& a, const FileInfo& b) { return a.name < b.name; });
    return entries;
  }

  base::Result<FileInfo> Stat(const std::string& path) override {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) return base::FromErrno(errno, "cannot look at " + path);
    return InfoOf(LastComponent(path), status);
  }

  base::Result<void> SyncDirectory(const std::string& directory) override {
    const Descriptor fd(
        Retry([&] { return open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
    if (fd.get() < 0) return base::FromErrno(errno, "cannot open the folder " + directory);
    // Some network and FUSE file systems cannot sync a folder and keep names durable by themselves.
    if (Retry([&] { return fsync(fd.get()); }) != 0 && errno != EINVAL && errno != EOPNOTSUPP) {
      return base::FromErrno(errno, "cannot sync the folder " + directory);
    }
    return {};
  }
};

}  // namespace

std::unique_ptr<Files> NewRealFiles() { return std::make_unique<RealFiles>(); }

}  // namespace env
