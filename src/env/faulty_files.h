// FaultyFiles: any Files, whose N-th call goes wrong in a chosen way. A test runs its work for
// N = 1, 2, ... until nothing fails any more, and so visits every error path there is.
// Calls on opened files count too. Owner; THREAD: any.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "env/files.h"

namespace env {

enum class FileFault : uint8_t {
  kError,      // EIO, nothing happens
  kNoSpace,    // ENOSPC; an Append or WriteAt has written half of its bytes
  kFull,       // the same at every call from there that needs space, until the next FailCall
  kDieBefore,  // the process is killed: nothing happens, and every later call fails
  kDieAfter,   // the call takes effect but is never answered, and every later call fails
};

class FaultyFiles final : public Files {
 public:
  explicit FaultyFiles(Files* files);  // borrowed
  ~FaultyFiles() override;

  // The call number `call` from now (1: the next one) goes wrong; 0: none does.
  void FailCall(int64_t call, FileFault fault);
  [[nodiscard]] int64_t calls() const;  // since FailCall
  [[nodiscard]] bool failed() const;    // the fault has been met

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
  class Plan;
  class Reader;
  class Writer;
  class Random;

  Files* files_;
  std::shared_ptr<Plan> plan_;  // shared with the files it opened
};

}  // namespace env
