// The commands, a function each: runs with its context and gives the exit code. One file a command.
// THREAD: any, several at once. BLOCKS.
#pragma once

#include "app/context.h"

namespace app {

using CommandFunction = int (*)(CommandContext& context);

int RunNew(CommandContext& context);
int RunCheck(CommandContext& context);
int RunRun(CommandContext& context);
int RunTest(CommandContext& context);
int RunRuns(CommandContext& context);
int RunUp(CommandContext& context);
int RunSql(CommandContext& context);
int RunTableLs(CommandContext& context);
int RunTableDescribe(CommandContext& context);
int RunTableShow(CommandContext& context);
int RunTableHistory(CommandContext& context);
int RunTableRejects(CommandContext& context);
int RunTableReplay(CommandContext& context);
int RunTopicLs(CommandContext& context);
int RunTopicCreate(CommandContext& context);
int RunTopicDescribe(CommandContext& context);
int RunTopicProduce(CommandContext& context);
int RunTopicConsume(CommandContext& context);
int RunTopicAlter(CommandContext& context);
int RunTopicAddPartitions(CommandContext& context);
int RunTopicDelete(CommandContext& context);
int RunTopicResetOffsets(CommandContext& context);
int RunGroupLs(CommandContext& context);
int RunGroupDescribe(CommandContext& context);
int RunGroupDelete(CommandContext& context);
int RunGroupResetOffsets(CommandContext& context);
int RunGenerateAmazonReviews(CommandContext& context);
int RunDoctor(CommandContext& context);
int RunCompletion(CommandContext& context);
int RunComplete(CommandContext& context);
int RunHelp(CommandContext& context);
int RunVersion(CommandContext& context);

// By CommandLine::Name(); every command of the tree that has none below it is here.
CommandFunction FunctionOf(const CommandLine& line);

}  // namespace app
