// `tributary topic ls|create|describe|alter|add-partitions|delete|reset-offsets`.
#include <algorithm>
#include <utility>

#include "app/commands.h"
#include "app/log_client.h"
#include "app/table_format.h"
#include "base/text.h"

namespace app {
namespace {

using logs::TopicPartition;

std::vector<TopicPartition> AllPartitions(const logs::TopicDescription& topic) {
  std::vector<TopicPartition> partitions;
  for (size_t i = 0; i < topic.partitions.size(); ++i) {
    partitions.push_back({topic.name, static_cast<int32_t>(i)});
  }
  return partitions;
}

std::string Joined(const std::vector<int32_t>& numbers) {
  std::string text;
  for (const int32_t number : numbers) text += (text.empty() ? "" : ",") + std::to_string(number);
  return text;
}

base::Result<int> List(const CommandContext& context) {
  const auto client = TRY(OpenLogClient(context));
  if (client == nullptr) return kExitUsage;
  const std::string pattern = context.line.Text("PATTERN", "*");
  std::vector<logs::TopicDescription> topics;
  std::vector<TopicPartition> partitions;
  for (logs::TopicDescription& topic : TRY(client->Topics())) {
    if (topic.internal && !context.line.Has("internal")) continue;
    if (!base::GlobMatch(pattern, topic.name)) continue;
    for (TopicPartition& one : AllPartitions(topic)) partitions.push_back(std::move(one));
    topics.push_back(std::move(topic));
  }
  // A partition that cannot be asked now must not hide the topics.
  const auto ends = client->Ends(partitions);
  std::vector<Row> rows;
  for (const logs::TopicDescription& topic : topics) {
    std::optional<int64_t> records = 0;
    for (const TopicPartition& partition : AllPartitions(topic)) {
      const auto& one = ends.at(partition);
      if (!one.ok()) records.reset();
      if (records) *records += one->high_watermark - one->log_start;
    }
    const size_t replicas = topic.partitions.empty() ? 0 : topic.partitions[0].replicas.size();
    rows.push_back({topic.name, std::to_string(topic.partitions.size()), std::to_string(replicas),
                    records ? Cell(std::to_string(*records)) : Cell()});
  }
  if (rows.empty()) context.Say("no topics: `tributary topic create NAME` makes one");
  PrintRows(context,
            {{.name = "topic"},
             {.name = "partitions", .number = true},
             {.name = "replicas", .number = true},
             {.name = "records", .number = true}},
            rows);
  return kExitDone;
}

base::Result<int> Create(const CommandContext& context) {
  logs::TopicSpec spec;
  spec.num_partitions =
      static_cast<int32_t>(std::min<int64_t>(context.line.Count("partitions", -1), INT32_MAX));
  spec.replication_factor =
      static_cast<int16_t>(std::min<int64_t>(context.line.Count("replicas", -1), INT16_MAX));
  for (auto& [name, value] : TRY(PairsOf(context.line, "config"))) {
    spec.configs[name] = std::move(value);
  }
  const auto client = TRY(OpenLogClient(context));
  if (client == nullptr) return kExitUsage;
  int exit_code = kExitDone;
  for (const std::string& name : context.line.All("TOPIC")) {
    spec.name = name;
    auto made = client->CreateTopic(spec);
    if (made.ok()) {
      context.Say("topic " + name + " created");
    } else if (made.error().code() == base::Code::kAlreadyExists) {
      if (context.line.Has("if-not-exists")) {
        context.Say("topic " + name + " is there already");
        continue;
      }
      exit_code = context.Fail(
          base::Error(made.error())
              .WithHint("--if-not-exists makes that no mistake; `tributary topic describe " + name +
                        "` shows it."));
    } else {
      exit_code = context.Fail(made.error());
    }
  }
  return exit_code;
}

base::Result<int> DescribeConfigs(const CommandContext& context, logs::Client& client,
                                  const std::string& topic) {
  std::vector<Row> rows;
  for (logs::ConfigEntry& entry : TRY(client.TopicConfigs(topic))) {
    rows.push_back({std::move(entry.name), std::move(entry.value),
                    std::string(entry.is_default ? "default" : "topic")});
  }
  PrintRows(context, {{.name = "name"}, {.name = "value"}, {.name = "source"}}, rows);
  return kExitDone;
}

base::Result<int> Describe(const CommandContext& context) {
  const auto client = TRY(OpenLogClient(context));
  if (client == nullptr) return kExitUsage;
  const std::string name = context.line.Text("TOPIC");
  auto topic = client->Topic(name);
  if (!topic.ok()) return WithNearName(*client, name, std::move(topic).error());
  if (context.line.Has("configs")) return DescribeConfigs(context, *client, name);
  const auto ends = client->Ends(AllPartitions(*topic));
  if (context.format() == OutputFormat::kTable) {
    std::string configs;
    for (const logs::ConfigEntry& entry : TRY(client->TopicConfigs(name))) {
      if (entry.is_default) continue;
      configs +=
          (configs.empty() ? "" : ", ") + entry.name + "=" + entry.value.value_or("(secret)");
    }
    std::string text = "topic       " + name + "\n";
    text += "log         " + client->Describe() + "\n";
    if (!configs.empty()) text += "configs     " + configs + "\n";
    context.output.Out(text + "\n");
  }
  std::vector<Row> rows;
  for (const auto& [partition, one] : ends) {
    const logs::PartitionDescription& place =
        topic->partitions[static_cast<size_t>(partition.partition)];
    Row row = {std::to_string(partition.partition),
               place.leader < 0 ? Cell() : Cell(std::to_string(place.leader)),
               Joined(place.replicas), Joined(place.in_sync)};
    const auto add = [&row, &one = one](logs::Offset logs::PartitionEnds::*end) {
      row.push_back(one.ok() ? Cell(std::to_string(((*one).*end).get())) : Cell());
    };
    add(&logs::PartitionEnds::log_start);
    add(&logs::PartitionEnds::last_stable);
    add(&logs::PartitionEnds::high_watermark);
    rows.push_back(std::move(row));
  }
  PrintRows(context,
            {{.name = "partition", .number = true},
             {.name = "leader", .number = true},
             {.name = "replicas"},
             {.name = "in_sync"},
             {.name = "log_start", .number = true},
             {.name = "last_stable", .number = true},
             {.name = "high_watermark", .number = true}},
            rows);
  return kExitDone;
}

base::Result<int> Alter(const CommandContext& context) {
  std::map<std::string, std::optional<std::string>> changes;
  for (auto& [name, value] : TRY(PairsOf(context.line, "set"))) changes[name] = std::move(value);
  for (const std::string& name : context.line.All("unset")) changes[name] = std::nullopt;
  if (changes.empty()) {
    return base::InvalidArgument("nothing to change was given",
                                 "As in --set retention.ms=86400000, or --unset retention.ms.");
  }
  const auto client = TRY(OpenLogClient(context));
  if (client == nullptr) return kExitUsage;
  const std::string name = context.line.Text("TOPIC");
  auto altered = client->AlterTopicConfigs(name, changes);
  if (!altered.ok()) return WithNearName(*client, name, std::move(altered).error());
  context.Say("topic " + name + " altered");
  return kExitDone;
}

base::Result<int> AddPartitions(const CommandContext& context) {
  const int64_t count = context.line.Count("partitions", 0);
  if (count < 1 || count > INT32_MAX) {
    return base::InvalidArgument("--partitions says how many there shall be in all", "As in -p 8.");
  }
  const auto client = TRY(OpenLogClient(context));
  if (client == nullptr) return kExitUsage;
  const std::string name = context.line.Text("TOPIC");
  auto added = client->AddPartitions(name, static_cast<int32_t>(count));
  if (!added.ok()) return WithNearName(*client, name, std::move(added).error());
  context.Say("topic " + name + " has " + std::to_string(count) + " partitions");
  return kExitDone;
}

base::Result<int> Delete(const CommandContext& context) {
  const auto client = TRY(OpenLogClient(context));
  if (client == nullptr) return kExitUsage;
  int exit_code = kExitDone;
  for (const std::string& name : context.line.All("TOPIC")) {
    auto deleted = client->DeleteTopic(name);
    if (deleted.ok()) {
      context.Say("topic " + name + " deleted");
    } else {
      exit_code = context.Fail(WithNearName(*client, name, std::move(deleted).error()));
    }
  }
  return exit_code;
}

base::Result<int> Reset(const CommandContext& context) {
  if (!context.line.Has("group")) {
    return base::InvalidArgument("--group is missing", "`tributary group ls` lists the groups.");
  }
  const auto client = TRY(OpenLogClient(context));
  if (client == nullptr) return kExitUsage;
  const auto partitions = TRY(PartitionsOf(context, *client, context.line.Text("TOPIC")));
  return ResetOffsets(context, *client, context.line.Text("group"), partitions);
}

}  // namespace

int RunTopicLs(CommandContext& context) { return Finish(context, List(context)); }
int RunTopicCreate(CommandContext& context) { return Finish(context, Create(context)); }
int RunTopicDescribe(CommandContext& context) { return Finish(context, Describe(context)); }
int RunTopicAlter(CommandContext& context) { return Finish(context, Alter(context)); }
int RunTopicAddPartitions(CommandContext& context) {
  return Finish(context, AddPartitions(context));
}
int RunTopicDelete(CommandContext& context) { return Finish(context, Delete(context)); }
int RunTopicResetOffsets(CommandContext& context) { return Finish(context, Reset(context)); }

}  // namespace app
