// Problems: collects the mistakes of one file of the project, each with its source line. Owner;
// THREAD: one at a time.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostic.h"

namespace pipeline {

// `text` with the password of every "scheme://user:password@" blanked out, so that a line can be
// shown. Line ends stay where they were.
[[nodiscard]] std::string WithoutPasswords(std::string text);

class Problems {
 public:
  // `found` is borrowed and appended to. `text` is only shown: line by line, beside a message.
  Problems(std::string file, std::string text, std::vector<base::Diagnostic>* found)
      : file_(std::move(file)), text_(WithoutPasswords(std::move(text))), found_(found) {}

  void Error(base::SourcePosition position, std::string message, std::string hint = {}) {
    Add(base::Severity::kError, position, std::move(message), std::move(hint));
  }
  void Warn(base::SourcePosition position, std::string message, std::string hint = {}) {
    Add(base::Severity::kWarning, position, std::move(message), std::move(hint));
  }
  // What must not be shown in any line from now on: it stands where a secret may.
  void Hide(std::string_view secret);

  [[nodiscard]] bool any_error() const { return any_error_; }
  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  void Add(base::Severity severity, base::SourcePosition position, std::string message,
           std::string hint);

  std::string file_;
  std::string text_;
  std::vector<base::Diagnostic>* found_;
  bool any_error_ = false;
};

[[nodiscard]] bool AnyError(const std::vector<base::Diagnostic>& diagnostics);

// tributary.yaml first, then by file and place.
void SortByPlace(std::vector<base::Diagnostic>& diagnostics);

}  // namespace pipeline
