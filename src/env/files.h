// Files: the operating system's files behind an interface, so that tests can lose unsynced bytes
// and fail the N-th call. Paths are UTF-8, absolute or relative to the process.
// Implementations: NewRealFiles here, memory_files.h, faulty_files.h. THREAD: any, for Files
// itself; an open file belongs to one thread at a time. BLOCKS: all of it. ERRORS: those of
// base::FromErrno.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace env {

struct FileInfo {
  std::string name;  // the last component of the path
  bool is_directory = false;
  uint64_t size_bytes = 0;
  int64_t modified_unix_ms = 0;
};

class ReadableFile {
 public:
  virtual ~ReadableFile() = default;
  // Up to `size` bytes at `offset`; fewer only at the end of the file. THREAD: any.
  virtual base::Result<size_t> ReadAt(uint64_t offset, char* buffer, size_t size) = 0;
  virtual base::Result<FileInfo> Stat() = 0;
};

class WritableFile {
 public:
  virtual ~WritableFile() = default;  // closes; what was not synced may be lost in a crash
  virtual base::Result<void> Append(std::string_view bytes) = 0;
  virtual base::Result<void> Sync() = 0;   // ENSURES: appended bytes survive power loss
  virtual base::Result<void> Close() = 0;  // REQUIRES: called once, nothing after it
};

// A file read and written in place. THREAD: any, as long as two writes of the same bytes take turns.
class RandomFile {
 public:
  virtual ~RandomFile() = default;  // closes; what was not synced may be lost in a crash
  // Up to `size` bytes at `offset`; fewer only at the end of the file.
  virtual base::Result<size_t> ReadAt(uint64_t offset, char* buffer, size_t size) = 0;
  // Beyond the end the file grows, a gap reading as zeros. After an error any part may be written.
  virtual base::Result<void> WriteAt(uint64_t offset, std::string_view bytes) = 0;
  // ENSURES: what was written before survives power loss. After an error it may not, and a repeated
  // Sync that answers ok does not mean that it does.
  virtual base::Result<void> Sync() = 0;
  virtual base::Result<void> Truncate(uint64_t size) = 0;  // cuts, or grows with zeros
  virtual base::Result<uint64_t> Size() = 0;
};

enum class WriteMode { kCreateNew, kTruncate, kAppend, kMustExist };

class Files {
 public:
  virtual ~Files() = default;
  virtual base::Result<std::unique_ptr<ReadableFile>> OpenRead(const std::string& path) = 0;
  virtual base::Result<std::unique_ptr<WritableFile>> OpenWrite(const std::string& path,
                                                                WriteMode mode) = 0;
  // kAppend: opens what is there, or makes it. kMustExist: opens what is there, or kNotFound.
  virtual base::Result<std::unique_ptr<RandomFile>> OpenRandom(const std::string& path,
                                                               WriteMode mode) = 0;
  // A file replaces the file `to` atomically; a folder moves with all in it, to a name not taken.
  virtual base::Result<void> Rename(const std::string& from, const std::string& to) = 0;
  // Makes `to` a second name of `from`; kAlreadyExists when `to` is taken. The put-if-absent of
  // a local disk: atomic, also between processes.
  virtual base::Result<void> Link(const std::string& from, const std::string& to) = 0;
  virtual base::Result<void> Remove(const std::string& path) = 0;      // a file
  virtual base::Result<void> RemoveTree(const std::string& path) = 0;  // absent is fine
  virtual base::Result<void> CreateDirectories(const std::string& path) = 0;
  virtual base::Result<std::vector<FileInfo>> List(const std::string& directory) = 0;  // by name
  virtual base::Result<FileInfo> Stat(const std::string& path) = 0;
  // Makes names added to or removed from `directory` survive power loss. A name moved between two
  // folders is safe once both are synced, the new one first.
  virtual base::Result<void> SyncDirectory(const std::string& directory) = 0;
};

std::unique_ptr<Files> NewRealFiles();

// A fresh name in the folder of `path` for bytes on their way there: "dir/.tmp-0f3a...". Whatever
// starts with kTemporaryPrefix is unfinished and no part of anybody's data.
inline constexpr std::string_view kTemporaryPrefix = ".tmp-";
[[nodiscard]] std::string TemporaryBeside(const std::string& path);

// The folder a path stands in: "a/b" -> "a", "b" -> ".", "/b" -> "/".
[[nodiscard]] std::string DirectoryOf(const std::string& path);

// Whole-file conveniences over any Files. ReadWhole refuses a file above `size_max` bytes with
// kInvalidArgument. WriteWhole writes to a temporary name beside `path`, syncs and renames, so a
// reader sees the old text or the new, never half; the folder must exist.
base::Result<std::string> ReadWhole(Files& files, const std::string& path, size_t size_max);
base::Result<void> WriteWhole(Files& files, const std::string& path, std::string_view bytes);

}  // namespace env
