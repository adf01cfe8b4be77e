#include "pipeline/problems.h"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "pipeline/project.h"

namespace pipeline {

std::string WithoutPasswords(std::string text) {
  constexpr std::string_view kMark = "://";
  constexpr std::string_view kEnds = " \t\r\n\"',}]";
  for (size_t at = text.find(kMark); at != std::string::npos; at = text.find(kMark, at)) {
    at += kMark.size();
    const size_t end = text.find_first_of(kEnds, at);
    const std::string_view word = std::string_view(text).substr(at, end - at);
    const size_t host = word.rfind('@');
    const size_t colon = word.find(':');
    if (host == std::string_view::npos || colon == std::string_view::npos || colon > host) continue;
    const std::string_view password = word.substr(colon + 1, host - colon - 1);
    // A password that is only a variable is no secret, and seeing its name helps.
    if (password.empty() ||
        (password.starts_with("${") && password.find('}') + 1 == password.size()))
      continue;
    text.replace(at + colon + 1, password.size(), "***");
  }
  return text;
}

void Problems::Hide(std::string_view secret) {
  constexpr size_t kShortest = 4;  // of less, too much of the text would go
  if (secret.size() < kShortest) return;
  for (size_t at = text_.find(secret); at != std::string::npos; at = text_.find(secret, at)) {
    text_.replace(at, secret.size(), "***");
    at += 3;
  }
}

void Problems::Add(base::Severity severity, base::SourcePosition position, std::string message,
                   std::string hint) {
  any_error_ = any_error_ || severity == base::Severity::kError;
  found_->push_back({.severity = severity,
                     .file = file_,
                     .position = position,
                     .message = WithoutPasswords(std::move(message)),
                     .source_line = std::string(base::LineAt(text_, position.line)),
                     .hint = std::move(hint)});
}

bool AnyError(const std::vector<base::Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(), [](const base::Diagnostic& found) {
    return found.severity == base::Severity::kError;
  });
}

void SortByPlace(std::vector<base::Diagnostic>& diagnostics) {
  const auto place = [](const base::Diagnostic& found) {
    return std::make_tuple(found.file != kProjectFile, found.file, found.position.line,
                           found.position.column);
  };
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [&](const auto& a, const auto& b) { return place(a) < place(b); });
}

}  // namespace pipeline
