// Where the text of `tributary sql` comes from. Read by the process the person started: a pipe or a
// process substitution exists only there.
#pragma once

#include <string>

#include "app/command_line.h"
#include "base/result.h"
#include "serve/owner.h"

namespace app {

struct SqlInput {
  std::string text;
  bool interactive = false;  // no text: somebody sits at a terminal
};

// QUERY, --file, standard input. ERRORS: kInvalidArgument, those of reading.
base::Result<SqlInput> ReadSqlInput(const CommandLine& line, const serve::OwnerRequest& request);

}  // namespace app
