#include "pipeline/sql_problem.h"

#include "base/text.h"

namespace pipeline {

std::string CandidatesHint(const sql::SqlError& error) {
  if (error.candidates.empty()) return error.hint;
  if (error.candidates.size() == 1) return "Did you mean '" + error.candidates.front() + "'?";
  return "Did you mean one of: " + base::Join(error.candidates, ", ") + "?";
}

void AddSqlError(Problems& problems, const std::string& text, const sql::SqlError& error) {
  base::SourcePosition position;
  if (error.offset) position = base::PositionOf(text, *error.offset);
  problems.Error(position, error.message, CandidatesHint(error));
}

}  // namespace pipeline
