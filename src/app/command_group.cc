// `tributary group ...`: consumer groups, their members and how far they have read.
#include <algorithm>
#include <set>
#include <utility>

#include "app/commands.h"
#include "app/log_client.h"
#include "app/table_format.h"
#include "base/text.h"

namespace app {
namespace {

using logs::ByPartition;
using logs::TopicPartition;

base::Result<int> List(const CommandContext& context) {
  const auto client = TRY(OpenLogClient(context));
  if (client == nullptr) return kExitUsage;
  std::vector<Row> rows;
  for (logs::GroupSummary& group : TRY(client->Groups())) {
    rows.push_back({std::move(group.group), std::move(group.state)});
  }
  PrintRows(context, {{.name = "group"}, {.name = "state"}}, rows);
  return kExitDone;
}

base::Error WithNearGroup(logs::Client& client, const std::string& group, base::Error error) {
  if (error.code() != base::Code::kNotFound) return error;
  std::vector<std::string> names;
  if (const auto groups = client.Groups(); groups.ok()) {
    for (const logs::GroupSummary& one : *groups) names.push_back(one.group);
  }
  std::string hint = base::DidYouMean(group, names);
  if (hint.empty()) hint = "`tributary group ls` lists the groups.";
  return std::move(error).WithHint(std::move(hint));
}

// "consumer-1 (10.0.0.7)", with the instance id of a static member.
std::string NameOf(const logs::GroupMember& member) {
  std::string name = member.instance_id.empty() ? member.client_id : member.instance_id;
  if (name.empty()) name = member.member_id;
  return member.host.empty() ? name : name + " (" + member.host + ")";
}

base::Result<int> Describe(const CommandContext& context) {
  const auto client = TRY(OpenLogClient(context));
  if (client == nullptr) return kExitUsage;
  const std::string name = context.line.Text("GROUP");
  auto group = client->Group(name);
  if (!group.ok()) return WithNearGroup(*client, name, std::move(group).error());
  const auto offsets = TRY(client->GroupOffsets(name));
  ByPartition<std::string> owners;
  std::set<TopicPartition> known;
  for (const logs::GroupMember& member : group->members) {
    for (const TopicPartition& partition : member.assignment) {
      owners[partition] = NameOf(member);
      known.insert(partition);
    }
  }
  for (const auto& [partition, offset] : offsets) known.insert(partition);
  // A partition whose topic is gone has no end any more.
  const auto ends = client->Ends({known.begin(), known.end()});
  if (context.format() == OutputFormat::kTable) {
    std::string text = "group       " + name + "\nstate       " + group->state + "\n";
    if (!group->assignor.empty()) text += "assignor    " + group->assignor + "\n";
    text += "members     " + std::to_string(group->members.size()) + "\n";
    for (const logs::GroupMember& member : group->members) {
      if (member.assignment.empty()) text += "idle        " + NameOf(member) + "\n";
    }
    context.output.Out(text + "\n");
  }
  std::vector<Row> rows;
  for (const TopicPartition& partition : known) {
    const auto committed = offsets.find(partition);
    const auto owner = owners.find(partition);
    const auto& end = ends.at(partition);
    Row row = {partition.topic, std::to_string(partition.partition),
               Cell(),          Cell(),
               Cell(),          owner == owners.end() ? Cell() : Cell(owner->second)};
    if (committed != offsets.end()) row[2] = std::to_string(committed->second.offset.get());
    if (end.ok()) row[3] = std::to_string(end->high_watermark.get());
    if (end.ok() && committed != offsets.end()) {
      const int64_t lag = end->high_watermark - committed->second.offset;
      row[4] = std::to_string(std::max<int64_t>(lag, 0));
    }
    rows.push_back(std::move(row));
  }
  PrintRows(context,
            {{.name = "topic"},
             {.name = "partition", .number = true},
             {.name = "committed", .number = true},
             {.name = "end", .number = true},
             {.name = "lag", .number = true},
             {.name = "member"}},
            rows);
  return kExitDone;
}

base::Result<int> Delete(const CommandContext& context) {
  const auto client = TRY(OpenLogClient(context));
  if (client == nullptr) return kExitUsage;
  int exit_code = kExitDone;
  for (const std::string& name : context.line.All("GROUP")) {
    auto deleted = client->DeleteGroup(name);
    if (deleted.ok()) {
      context.Say("group " + name + " deleted");
      continue;
    }
    base::Error error = std::move(deleted).error();
    if (error.code() == base::Code::kConflict) {
      error = std::move(error).WithHint("It has members: stop its consumers first.");
    }
    exit_code = context.Fail(WithNearGroup(*client, name, std::move(error)));
  }
  return exit_code;
}

base::Result<int> Reset(const CommandContext& context) {
  const auto client = TRY(OpenLogClient(context));
  if (client == nullptr) return kExitUsage;
  const std::string name = context.line.Text("GROUP");
  std::vector<TopicPartition> partitions;
  for (const std::string& topic : context.line.All("topic")) {
    for (TopicPartition& one : TRY(PartitionsOf(context, *client, topic))) {
      partitions.push_back(std::move(one));
    }
  }
  if (!context.line.Has("topic")) {
    for (const auto& [partition, offset] : TRY(client->GroupOffsets(name))) {
      partitions.push_back(partition);
    }
    if (partitions.empty()) {
      return WithNearGroup(*client, name,
                           base::NotFound("group '" + name + "' has committed nothing"))
          .WithHint("Name what it shall read with --topic TOPIC.");
    }
  }
  return ResetOffsets(context, *client, name, partitions);
}

}  // namespace

int RunGroupLs(CommandContext& context) { return Finish(context, List(context)); }
int RunGroupDescribe(CommandContext& context) { return Finish(context, Describe(context)); }
int RunGroupDelete(CommandContext& context) { return Finish(context, Delete(context)); }
int RunGroupResetOffsets(CommandContext& context) { return Finish(context, Reset(context)); }

}  // namespace app
