#include "pipeline/sql_problem.h"

#include <string_view>

#include "base/text.h"

namespace pipeline {

std::string CandidatesHint(const sql::SqlError& error) {
  if (error.candidates.empty()) return error.hint;
  // The engine orders by its own measure and names more than was asked; the word it quotes decides.
  const size_t start = error.message.find('"');
  const size_t end = start == std::string::npos ? start : error.message.find('"', start + 1);
  if (end != std::string::npos) {
    const std::string hint = base::DidYouMean(
        std::string_view(error.message).substr(start + 1, end - start - 1), error.candidates);
    if (!hint.empty()) return hint;
  }
  if (error.candidates.size() == 1) return "Did you mean '" + error.candidates.front() + "'?";
  return "Did you mean one of: " + base::Join(error.candidates, ", ") + "?";
}

void AddSqlError(Problems& problems, const std::string& text, const sql::SqlError& error) {
  base::SourcePosition position;
  if (error.offset) position = base::PositionOf(text, *error.offset);
  problems.Error(position, error.message, CandidatesHint(error));
}

}  // namespace pipeline
