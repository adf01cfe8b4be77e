// The lock on .tributary/owner.lock that makes a process the owner of a project. The file is never
// removed: a lock on a removed file would exclude nobody. Pure but for the file; THREAD: any.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "env/file_lock.h"
#include "serve/owner.h"

namespace serve {

// .tributary of a project, and what is in it.
std::string StateFolder(const std::string& project_root);
std::string SocketPath(const std::string& project_root);

// nullptr: another process holds it. Makes the folder when missing, closed to other users, and
// writes the process id and `command` into the file for the messages of others.
base::Result<std::unique_ptr<env::FileLock>> TakeOwnerLock(const std::string& project_root,
                                                           const std::string& command);

}  // namespace serve
