// OwnerLock: the flock(2) on .tributary/owner.lock that makes a process the owner of a project.
// The kernel gives it free when the process ends, however it ends. The file is never removed: a
// lock on a removed file would exclude nobody. Owner; THREAD: construct-only.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "serve/owner.h"

namespace serve {

// .tributary of a project, and what is in it.
std::string StateFolder(const std::string& project_root);
std::string SocketPath(const std::string& project_root);

class OwnerLock {
 public:
  // nullptr: another process holds it. Makes the folder when missing, closed to other users, and
  // writes the process id and `command` into the file for the messages of others.
  static base::Result<std::unique_ptr<OwnerLock>> TryTake(const std::string& project_root,
                                                          const std::string& command);
  ~OwnerLock();
  OwnerLock(const OwnerLock&) = delete;
  OwnerLock& operator=(const OwnerLock&) = delete;

 private:
  explicit OwnerLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace serve
