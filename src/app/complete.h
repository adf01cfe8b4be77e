// Completion of command lines: candidates for the last of some words, from the tree of commands
// and the names in a project's files. Never opens the SQL engine: a person waits at the prompt.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/command_line.h"
#include "env/files.h"

namespace app {

struct Candidate {
  std::string word;
  std::string says;  // may be empty
};

// ":files" and ":folders" as the only candidate ask the shell for its own completion.
inline constexpr const char* kCompleteFiles = ":files";
inline constexpr const char* kCompleteFolders = ":folders";

// Names a project's files give.
struct ProjectNames {
  std::vector<std::string> nodes;   // tables and views that runs make: schema.name
  std::vector<std::string> tables;  // in the lake now
  std::vector<std::string> tags;
  std::vector<std::string> sources;
  std::vector<std::string> topics;  // of the embedded log
};

// Asked for at most once, with the value of --project ("" when absent).
using FindNames = std::function<ProjectNames(const std::string& project)>;

// REQUIRES: `words` is not empty; the last one is being typed. The program's name is left out.
std::vector<Candidate> Complete(const std::vector<std::string>& words, const FindNames& find_names);

// Reads them from the project at `root`; what cannot be read is left out.
ProjectNames ReadProjectNames(env::Files& files, const std::string& root,
                              const Environment& environment);

}  // namespace app
