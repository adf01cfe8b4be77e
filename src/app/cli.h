// The command line: `tributary <command>`. Data goes to standard output, messages to standard
// error; exit 0: done, 1: the work ran and something failed, 2: wrong usage or configuration,
// 130: interrupted. docs/cli.md is the reference.
#pragma once

#include <string>
#include <vector>

namespace app {

// Runs one command line, arguments[0] being the program's name; the process's exit code.
// THREAD: main. Installs signal handlers: the first Ctrl-C stops gently, the second at once.
int RunProgram(const std::vector<std::string>& arguments);

}  // namespace app
