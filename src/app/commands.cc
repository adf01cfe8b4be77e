#include "app/commands.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace app {

CommandFunction FunctionOf(const CommandLine& line) {
  using Function = std::pair<std::string_view, CommandFunction>;
  static constexpr auto kFunctions = std::to_array<Function>({
      {"new", RunNew},
      {"check", RunCheck},
      {"run", RunRun},
      {"up", RunUp},
      {"test", RunTest},
      {"runs", RunRuns},
      {"sql", RunSql},
      {"table ls", RunTableLs},
      {"table describe", RunTableDescribe},
      {"table show", RunTableShow},
      {"table history", RunTableHistory},
      {"table rejects", RunTableRejects},
      {"table replay", RunTableReplay},
      {"topic ls", RunTopicLs},
      {"topic create", RunTopicCreate},
      {"topic describe", RunTopicDescribe},
      {"topic produce", RunTopicProduce},
      {"topic consume", RunTopicConsume},
      {"topic alter", RunTopicAlter},
      {"topic add-partitions", RunTopicAddPartitions},
      {"topic delete", RunTopicDelete},
      {"topic reset-offsets", RunTopicResetOffsets},
      {"group ls", RunGroupLs},
      {"group describe", RunGroupDescribe},
      {"group delete", RunGroupDelete},
      {"group reset-offsets", RunGroupResetOffsets},
      {"generate amazon-reviews", RunGenerateAmazonReviews},
      {"doctor", RunDoctor},
      {"completion", RunCompletion},
      {"__complete", RunComplete},
      {"help", RunHelp},
      {"version", RunVersion},
  });
  const std::string name = line.Name();
  const auto* const found = std::find_if(kFunctions.begin(), kFunctions.end(),
                                         [&](const auto& known) { return known.first == name; });
  CHECK(found != kFunctions.end());
  return found->second;
}

}  // namespace app
