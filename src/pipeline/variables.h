// Variables: what ${NAME} in tributary.yaml stands for. Value; THREAD: any.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "env/files.h"
#include "pipeline/problems.h"

namespace pipeline {

class Variables {
 public:
  // `files` is borrowed for life; `root` is where relative ${file:...} paths start.
  Variables(env::Files* files, std::string root, std::map<std::string, std::string> values)
      : files_(files), root_(std::move(root)), values_(std::move(values)) {}

  // Adds what is not set yet from the text of a .env file: NAME=value lines, '#' comments, optional
  // "export" and quotes. Mistakes go to `problems` without the line, which may hold a secret.
  void AddDotEnv(const std::string& text, Problems& problems);

  // Replaces ${NAME}, ${NAME:-default} and ${file:path}; "$${" gives "${". What was put in is not
  // looked at again. ERRORS: kInvalidArgument, never with a value in its message.
  base::Result<std::string> Expand(std::string_view text) const;

 private:
  base::Result<std::string> Value(std::string_view name) const;

  env::Files* files_;
  std::string root_;
  std::map<std::string, std::string> values_;
};

}  // namespace pipeline
