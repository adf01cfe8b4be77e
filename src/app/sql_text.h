// SQL texts as `tributary sql` takes them: cut into statements, those that would change something
// refused, the target of a COPY made absolute. Knows words, quotes and comments; the grammar is
// DuckDB's. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace app {

struct Statement {
  std::string text;   // without its semicolon
  size_t offset = 0;  // of the text's first byte in the whole
};

// Statements that say something; empty ones and those of comments only are left out.
std::vector<Statement> SplitStatements(std::string_view text);

// Does `text` end a statement, or would a shell read on (no semicolon, an open quote)?
bool EndsStatement(std::string_view text);

// Why `tributary sql` does not run a statement; nullopt for those that only read.
std::optional<base::Error> RefuseStatement(std::string_view statement);

bool IsExplain(std::string_view statement);

// A relative file of COPY ... TO 'file', made absolute below `folder`: the statement may run in a
// process that stands in another folder. Every other statement is given back as it is.
std::string WithAbsoluteTarget(const std::string& statement, const std::string& folder);

}  // namespace app
