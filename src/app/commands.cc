#include "app/commands.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace app {

CommandFunction FunctionOf(const CommandLine& line) {
  static constexpr std::array<std::pair<std::string_view, CommandFunction>, 19> kFunctions = {{
      {"new", RunNew},
      {"check", RunCheck},
      {"run", RunRun},
      {"test", RunTest},
      {"runs", RunRuns},
      {"up", RunUp},
      {"sql", RunSql},
      {"table ls", RunTableLs},
      {"table describe", RunTableDescribe},
      {"table show", RunTableShow},
      {"table history", RunTableHistory},
      {"table rejects", RunTableRejects},
      {"table replay", RunTableReplay},
      {"generate amazon-reviews", RunGenerateAmazonReviews},
      {"doctor", RunDoctor},
      {"completion", RunCompletion},
      {"__complete", RunComplete},
      {"help", RunHelp},
      {"version", RunVersion},
  }};
  const std::string name = line.Name();
  const auto* const found = std::find_if(kFunctions.begin(), kFunctions.end(),
                                         [&](const auto& known) { return known.first == name; });
  CHECK(found != kFunctions.end());
  return found->second;
}

}  // namespace app
