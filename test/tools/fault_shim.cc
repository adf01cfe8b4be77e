// A library to preload into a program under test: its writes and syncs of files below FAULT_FOLDER
// fail as the page at FAULT_CONTROL says, which the test maps too (workload/fault_control.h).
// THREAD: any.
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include "workload/fault_control.h"

namespace {

using workload::FaultControl;
using workload::FaultMode;

FaultControl* Control() {
  static FaultControl* const control = [] {
    const char* path = getenv("FAULT_CONTROL");
    const int fd = path == nullptr ? -1 : open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return static_cast<FaultControl*>(nullptr);
    void* page = mmap(nullptr, sizeof(FaultControl), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return page == MAP_FAILED ? nullptr : static_cast<FaultControl*>(page);
  }();
  return control;
}

bool InFolder(int fd) {
  const char* folder = getenv("FAULT_FOLDER");
  if (folder == nullptr) return false;
  char link[64];
  char path[4096];
  snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, sizeof(path) - 1);
  if (size < 0) return false;
  path[size] = 0;
  return strncmp(path, folder, strlen(folder)) == 0;
}

// The error that this call is to end with; 0: none.
int Fault(int fd) {
  FaultControl* control = Control();
  if (control == nullptr || control->mode.load() == FaultMode::kNone || !InFolder(fd)) return 0;
  switch (control->mode.load()) {
    case FaultMode::kNone:
      return 0;
    case FaultMode::kOnce:
      if (control->calls_left.fetch_sub(1) != 1) return 0;
      break;
    case FaultMode::kAlways:
      break;
  }
  control->faults.fetch_add(1);
  return control->error_number.load();
}

template <typename Function>
Function Next(Function, const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

// A disk that is full takes a part of what it is given.
size_t PartOf(size_t size, int error) { return error == ENOSPC ? size / 2 : 0; }

}  // namespace

extern "C" {

ssize_t write(int fd, const void* bytes, size_t size) {
  static const auto next = Next(&write, "write");
  const int error = Fault(fd);
  if (error == 0) return next(fd, bytes, size);
  const size_t part = PartOf(size, error);
  if (part > 0) return next(fd, bytes, part);
  errno = error;
  return -1;
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  static const auto next = Next(&pwrite, "pwrite");
  const int error = Fault(fd);
  if (error == 0) return next(fd, bytes, size, offset);
  const size_t part = PartOf(size, error);
  if (part > 0) return next(fd, bytes, part, offset);
  errno = error;
  return -1;
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t offset) {
  return pwrite(fd, bytes, size, offset);
}

int fdatasync(int fd) {
  static const auto next = Next(&fdatasync, "fdatasync");
  const int error = Fault(fd);
  if (error == 0 || error == ENOSPC) return next(fd);
  errno = error;
  return -1;
}

int fsync(int fd) {
  static const auto next = Next(&fsync, "fsync");
  const int error = Fault(fd);
  if (error == 0 || error == ENOSPC) return next(fd);
  errno = error;
  return -1;
}

int ftruncate(int fd, off_t size) {
  static const auto next = Next(&ftruncate, "ftruncate");
  const int error = Fault(fd);
  if (error == 0 || error == ENOSPC) return next(fd, size);
  errno = error;
  return -1;
}

}  // extern "C"
