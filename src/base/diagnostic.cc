#include "base/diagnostic.h"

#include <algorithm>

namespace base {
namespace {

constexpr int kTabWidth = 4;

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

SourcePosition PositionOf(std::string_view text, size_t offset) {
  offset = std::min(offset, text.size());
  SourcePosition position{.line = 1, .column = 1};
  for (size_t i = 0; i < offset; ++i) {
    if (text[i] == '\n') {
      ++position.line;
      position.column = 1;
    } else if (!IsContinuation(text[i])) {
      ++position.column;
    }
  }
  return position;
}

std::string_view LineAt(std::string_view text, int line) {
  for (int current = 1; !text.empty(); ++current) {
    const size_t end = text.find('\n');
    if (current == line) {
      std::string_view found = text.substr(0, end);
      if (!found.empty() && found.back() == '\r') found.remove_suffix(1);
      return found;
    }
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return {};
}

std::string Render(const Diagnostic& diagnostic) {
  const SourcePosition& at = diagnostic.position;
  std::string text = diagnostic.severity == Severity::kError ? "error: " : "warning: ";
  if (!diagnostic.file.empty()) {
    text += diagnostic.file;
    if (at.line > 0) text += ":" + std::to_string(at.line);
    if (at.line > 0 && at.column > 0) text += ":" + std::to_string(at.column);
    text += ": ";
  }
  text += diagnostic.message + "\n";
  if (at.line > 0 && !diagnostic.source_line.empty()) {
    const std::string number = std::to_string(at.line);
    std::string shown;
    std::string caret;
    int column = 1;
    for (const char c : diagnostic.source_line) {
      if (c == '\t') {
        shown.append(kTabWidth, ' ');
        if (column < at.column) caret.append(kTabWidth, ' ');
      } else {
        shown += c;
        if (!IsContinuation(c) && column < at.column) caret += ' ';
      }
      if (!IsContinuation(c)) ++column;
    }
    text += "  " + number + " | " + shown + "\n";
    if (at.column > 0) text += "  " + std::string(number.size(), ' ') + " | " + caret + "^\n";
  }
  if (!diagnostic.hint.empty()) text += "  hint: " + diagnostic.hint + "\n";
  return text;
}

std::string RenderAll(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) text += Render(diagnostic);
  return text;
}

}  // namespace base
