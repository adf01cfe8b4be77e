// CommandLine: one parsed command line, its variables of the environment applied. The only place
// that knows the parsing library is command_line.cc. Value; THREAD: any.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/command_spec.h"

namespace app {

using Environment = std::map<std::string, std::string>;

class CommandLine {
 public:
  [[nodiscard]] const CommandSpec& command() const { return *path_.back(); }
  // From the program down to the command.
  [[nodiscard]] const std::vector<const CommandSpec*>& path() const { return path_; }
  [[nodiscard]] std::string Name() const;  // "table history"; "" for the program itself

  // By the name of an option or a positional. A flag given as =false is absent.
  [[nodiscard]] bool Has(std::string_view name) const;
  [[nodiscard]] std::string Text(std::string_view name, std::string_view otherwise = "") const;
  [[nodiscard]] int64_t Count(std::string_view name, int64_t otherwise) const;
  [[nodiscard]] double Share(std::string_view name, double otherwise) const;
  [[nodiscard]] std::vector<std::string> All(std::string_view name) const;

 private:
  friend class Parser;
  std::vector<const CommandSpec*> path_;
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

// What is wrong with a command line; exit 2.
struct UsageError {
  std::string message;
  std::string hint;
  std::vector<const CommandSpec*> path;  // as far as it was understood
};

// `arguments` without the program's name.
std::variant<CommandLine, UsageError> ParseCommandLine(const std::vector<std::string>& arguments,
                                                       const Environment& environment);

// What --help prints: usage, examples, options, commands.
std::string HelpText(const std::vector<const CommandSpec*>& path);
// "tributary table history NAME [options]".
std::string UsageLine(const std::vector<const CommandSpec*>& path);

}  // namespace app
