#include "serve/owner_lock.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace serve {
namespace {

std::string LockPath(const std::string& project_root) {
  return StateFolder(project_root) + "/owner.lock";
}

base::Result<void> MakeStateFolder(const std::string& project_root) {
  const std::string folder = StateFolder(project_root);
  if (mkdir(folder.c_str(), 0700) == 0) return {};
  if (errno != EEXIST) return base::FromErrno(errno, "cannot make " + folder);
  // Another part of the program may have made it with the usual permissions.
  if (chmod(folder.c_str(), 0700) != 0 && errno != EPERM) {
    return base::FromErrno(errno, "cannot close " + folder + " to other users");
  }
  return {};
}

// "4711\ntributary run\n"; a file half written by an owner that has just begun gives less.
OwnerInfo ParseOwner(std::string_view text) {
  OwnerInfo info;
  const size_t line_end = text.find('\n');
  std::from_chars(text.data(), text.data() + std::min(line_end, text.size()), info.pid);
  if (line_end == std::string_view::npos) return info;
  text.remove_prefix(line_end + 1);
  info.command = text.substr(0, text.find('\n'));
  return info;
}

}  // namespace

std::string StateFolder(const std::string& project_root) { return project_root + "/.tributary"; }
std::string SocketPath(const std::string& project_root) {
  return StateFolder(project_root) + "/owner.sock";
}

base::Result<std::unique_ptr<env::FileLock>> TakeOwnerLock(const std::string& project_root,
                                                           const std::string& command) {
  TRY(MakeStateFolder(project_root));
  return env::FileLock::TryTake(LockPath(project_root),
                                std::to_string(getpid()) + "\n" + command + "\n");
}

base::Result<std::optional<OwnerInfo>> FindOwner(const std::string& project_root) {
  const std::string path = LockPath(project_root);
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    if (errno == ENOENT) return std::optional<OwnerInfo>();
    return base::FromErrno(errno, "cannot open " + path);
  }
  // A shared lock is refused exactly while an owner lives. Held for an instant, it can only make
  // a command that wants to own try once more.
  const bool owned = flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  std::array<char, 4096> buffer{};
  const ssize_t count = pread(descriptor, buffer.data(), buffer.size(), 0);
  close(descriptor);
  if (!owned) return std::optional<OwnerInfo>();
  return std::optional<OwnerInfo>(
      ParseOwner({buffer.data(), count > 0 ? static_cast<size_t>(count) : size_t{0}}));
}

}  // namespace serve
