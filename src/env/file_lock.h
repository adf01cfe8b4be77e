// FileLock: one process at a time holds a file; the kernel gives it free when the process ends,
// however it ends. The file stays. Owner; THREAD: construct-only.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "env/socket.h"

namespace env {

class FileLock {
 public:
  // nullptr inside the Result while another process holds it. `text` is for whoever wonders who
  // does: written into the file when the lock is taken.
  static base::Result<std::unique_ptr<FileLock>> TryTake(const std::string& path,
                                                         std::string_view text);
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  explicit FileLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}
  const Descriptor descriptor_;
};

}  // namespace env
