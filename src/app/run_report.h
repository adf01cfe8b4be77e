// Reports of runs for people and programs, and the names of tables they use. Pure but for output.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/context.h"
#include "pipeline/run.h"

namespace app {

// The steps of a run on standard output, in the format asked for.
void PrintSteps(const CommandContext& context, const pipeline::RunReport& report);

// "failed in 3.2s: 9 ok, 1 failed, 2 skipped".
std::string SummaryLine(const pipeline::RunReport& report, const Style& style);

// "schema.name"; nullopt when there are not two parts.
std::optional<pipeline::RelationName> ParseRelationName(std::string_view text);

}  // namespace app
