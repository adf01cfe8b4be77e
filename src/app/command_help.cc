// `tributary help` and `tributary version`.
#include <vector>

#include "app/commands.h"
#include "base/text.h"

namespace app {

int RunHelp(CommandContext& context) {
  std::vector<const CommandSpec*> path = {&Program()};
  for (const std::string& word : context.line.All("COMMAND")) {
    const CommandSpec* const below = FindCommand(*path.back(), word);
    if (below == nullptr) {
      std::vector<std::string> names;
      for (size_t i = 0; i < path.back()->num_commands; ++i) {
        names.emplace_back(path.back()->commands[i].name);
      }
      return context.Fail(
          base::InvalidArgument("unknown command '" + word + "'", base::DidYouMean(word, names)));
    }
    path.push_back(below);
  }
  context.output.Out(HelpText(path));
  return kExitDone;
}

int RunVersion(CommandContext& context) {
  context.output.Out("tributary " TRIBUTARY_VERSION "\n");
  return kExitDone;
}

}  // namespace app
