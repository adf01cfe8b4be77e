// Problems: collects the mistakes of one file of the project, each with its source line. Owner;
// THREAD: one at a time.
#pragma once

#include <string>
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
  // An error whose line may hold a secret from `position` on: the rest of the line is not shown.
  void SecretError(base::SourcePosition position, std::string message, std::string hint = {});

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

}  // namespace pipeline
