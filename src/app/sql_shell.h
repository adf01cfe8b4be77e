// The interactive shell of `tributary sql`: lines edited and remembered by libedit, statements run
// through the session like any other command. THREAD: main.
#pragma once

#include <string>

#include "app/context.h"
#include "app/interrupts.h"
#include "app/project_session.h"

namespace app {

// Until the end of input or `.quit`; the exit code. Ctrl-C gives up the line or the query.
int RunSqlShell(CommandContext& context, const std::string& root, ProjectSession& session,
                Interrupts& interrupts);

}  // namespace app
