// Turns what the SQL room says about a text into a diagnostic of the file it stands in.
#pragma once

#include <string>

#include "pipeline/problems.h"
#include "sql/engine.h"

namespace pipeline {

// "Did you mean 'a'?", "Did you mean one of: a, b?", what the engine advises, or "".
[[nodiscard]] std::string CandidatesHint(const sql::SqlError& error);

// `text` is the file, and the SQL's offsets count from its start.
void AddSqlError(Problems& problems, const std::string& text, const sql::SqlError& error);

}  // namespace pipeline
