#include "env/file_lock.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace env {

base::Result<std::unique_ptr<FileLock>> FileLock::TryTake(const std::string& path,
                                                          std::string_view text) {
  Descriptor descriptor(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (descriptor.get() < 0) return base::FromErrno(errno, "cannot open " + path);
  while (flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return std::unique_ptr<FileLock>();
    if (errno != EINTR) return base::FromErrno(errno, "cannot lock " + path);
  }
  // Only messages read it, so no reader minds seeing it empty for a moment.
  if (ftruncate(descriptor.get(), 0) != 0 ||
      pwrite(descriptor.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    return base::FromErrno(errno, "cannot write " + path);
  }
  return std::unique_ptr<FileLock>(new FileLock(std::move(descriptor)));
}

}  // namespace env
