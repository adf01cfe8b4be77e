// What the commands about the log share: the log they work on, and places in it. THREAD: the
// command's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/context.h"
#include "app/offset_text.h"
#include "log/client.h"

namespace app {

// The cluster of --brokers, or the project's log. nullptr after the mistakes of the project were
// shown. ERRORS: kInvalidArgument: --brokers; those of opening.
base::Result<std::unique_ptr<logs::Client>> OpenLogClient(const CommandContext& context);

// The partitions of TOPIC, or those that --partition names. ERRORS: kNotFound, with what is there.
base::Result<std::vector<logs::TopicPartition>> PartitionsOf(const CommandContext& context,
                                                             logs::Client& client,
                                                             const std::string& topic);

// Where `place` is in each partition now. An offset outside of what the log holds is moved to its
// nearer end. `stored`: what the group has committed; kStored without it is the beginning.
base::Result<logs::ByPartition<logs::Offset>> Resolve(
    logs::Client& client, const std::vector<logs::TopicPartition>& partitions,
    const PlaceInLog& place, const logs::ByPartition<logs::GroupOffset>& stored,
    logs::Isolation isolation);

// The ends of all `partitions`, or the first error.
base::Result<logs::ByPartition<logs::PartitionEnds>> EndsOf(
    logs::Client& client, const std::vector<logs::TopicPartition>& partitions);

// "topic 'order': there is none" with a near name as hint. An error of another kind stays.
base::Error WithNearName(logs::Client& client, const std::string& topic, base::Error error);

// Shows an error, or gives the command's own code.
int Finish(const CommandContext& context, const base::Result<int>& code);

// `NAME=VALUE` pairs of a repeated option. ERRORS: kInvalidArgument.
base::Result<std::vector<std::pair<std::string, std::string>>> PairsOf(const CommandLine& line,
                                                                       std::string_view option);

// Moves a group in these partitions to --to: what `reset-offsets` does.
base::Result<int> ResetOffsets(const CommandContext& context, logs::Client& client,
                               const std::string& group,
                               const std::vector<logs::TopicPartition>& partitions);

}  // namespace app
