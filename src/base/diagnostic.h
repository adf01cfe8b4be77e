// A mistake in a user's file: where it is, what is wrong, what to do. Shown with the source line
// and a caret. Value type.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace base {

// A place in a text, counted as editors do: lines and columns from 1, columns in code points.
struct SourcePosition {
  int line = 0;    // 0: the file as a whole
  int column = 0;  // 0: the line as a whole
  friend bool operator==(const SourcePosition&, const SourcePosition&) = default;
};

enum class Severity { kError, kWarning };

struct Diagnostic {
  Severity severity = Severity::kError;
  std::string file;  // as the user would type it, relative to the project
  SourcePosition position;
  std::string message;      // lower case, no full stop
  std::string source_line;  // the line at fault, without its end; may be empty
  std::string hint;         // a sentence, may be empty
};

// The position of byte `offset` in `text`; past the end counts as the end.
[[nodiscard]] SourcePosition PositionOf(std::string_view text, size_t offset);

// The text of line `line` (from 1), without its line end; "" when there is none.
[[nodiscard]] std::string_view LineAt(std::string_view text, int line);

// Several lines ending in a newline:
//   error: models/gold/mart.sql:12:8: no column 'stor' here
//       12 | SELECT stor FROM silver.items
//          |        ^
//     hint: Did you mean 'store'?
[[nodiscard]] std::string Render(const Diagnostic& diagnostic);

// Counted in code points and widened for tabs, so the caret stands under the character.
[[nodiscard]] std::string RenderAll(const std::vector<Diagnostic>& diagnostics);

}  // namespace base
