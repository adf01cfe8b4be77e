#include "app/log_client.h"

#include <algorithm>
#include <utility>

#include "app/host.h"
#include "app/table_format.h"
#include "base/text.h"
#include "kafka/client/cluster_client.h"

namespace app {
namespace {

using logs::ByPartition;
using logs::Offset;
using logs::TopicPartition;

// A person waits; librdkafka itself would try for much longer.
constexpr int64_t kRequestTimeoutMs = 15'000;

std::vector<std::string> TopicNames(logs::Client& client) {
  std::vector<std::string> names;
  if (const auto topics = client.Topics(); topics.ok()) {
    for (const logs::TopicDescription& topic : *topics) names.push_back(topic.name);
  }
  return names;
}

}  // namespace

base::Result<std::unique_ptr<logs::Client>> OpenLogClient(const CommandContext& context) {
  logs::ClientOptions options{.request_timeout_ms = kRequestTimeoutMs, .stop = context.stop};
  if (context.line.Has("brokers")) {
    std::string brokers = context.line.Text("brokers");
    if (!kafka::client::IsClusterUrl(brokers)) brokers = "kafka://" + brokers;
    return kafka::client::OpenCluster(TRY(kafka::client::ParseClusterUrl(brokers)),
                                      std::move(options));
  }
  auto opened = TRY(context.host->OpenLogClient(context.load_options(), std::move(options)));
  if (opened.client == nullptr) context.Show(opened.diagnostics);
  return std::move(opened.client);
}

base::Error WithNearName(logs::Client& client, const std::string& topic, base::Error error) {
  if (error.code() != base::Code::kNotFound) return error;
  std::string hint = base::DidYouMean(topic, TopicNames(client));
  if (hint.empty()) hint = "`tributary topic ls` lists the topics.";
  return std::move(error).WithHint(std::move(hint));
}

base::Result<std::vector<TopicPartition>> PartitionsOf(const CommandContext& context,
                                                       logs::Client& client,
                                                       const std::string& topic) {
  auto found = client.Topic(topic);
  if (!found.ok()) return WithNearName(client, topic, std::move(found).error());
  const auto count = static_cast<int32_t>(found->partitions.size());
  std::vector<TopicPartition> partitions;
  for (const std::string& text : context.line.All("partition")) {
    const int64_t index = std::stoll(text);
    if (index >= count) {
      return base::NotFound("topic '" + topic + "' has no partition " + text,
                            "It has 0 to " + std::to_string(count - 1) + ".");
    }
    partitions.push_back({topic, static_cast<int32_t>(index)});
  }
  if (partitions.empty()) {
    for (int32_t i = 0; i < count; ++i) partitions.push_back({topic, i});
  }
  return partitions;
}

base::Result<ByPartition<logs::PartitionEnds>> EndsOf(
    logs::Client& client, const std::vector<TopicPartition>& partitions) {
  ByPartition<logs::PartitionEnds> ends;
  for (auto& [partition, one] : client.Ends(partitions)) {
    if (!one.ok()) return std::move(one).error();
    ends.emplace(partition, *one);
  }
  return ends;
}

base::Result<ByPartition<Offset>> Resolve(logs::Client& client,
                                          const std::vector<TopicPartition>& partitions,
                                          const PlaceInLog& place,
                                          const ByPartition<logs::GroupOffset>& stored,
                                          logs::Isolation isolation) {
  const auto ends = TRY(EndsOf(client, partitions));
  ByPartition<base::Result<logs::TimestampedOffset>> at_time;
  if (place.kind == PlaceInLog::Kind::kTime) {
    ByPartition<int64_t> times;
    for (const TopicPartition& partition : partitions) times[partition] = place.value;
    at_time = client.FindTimestamps(times);
  }
  ByPartition<Offset> offsets;
  for (const TopicPartition& partition : partitions) {
    const logs::PartitionEnds& one = ends.at(partition);
    const Offset end =
        isolation == logs::Isolation::kReadCommitted ? one.last_stable : one.high_watermark;
    Offset offset = one.log_start;
    switch (place.kind) {
      case PlaceInLog::Kind::kBeginning:
        break;
      case PlaceInLog::Kind::kEnd:
        offset = end;
        break;
      case PlaceInLog::Kind::kStored:
        if (const auto known = stored.find(partition); known != stored.end()) {
          offset = known->second.offset;
        }
        break;
      case PlaceInLog::Kind::kOffset:
        offset = Offset(place.value);
        break;
      case PlaceInLog::Kind::kBeforeEnd:
        offset = Offset(end.get() - std::min(place.value, end - one.log_start));
        break;
      case PlaceInLog::Kind::kTime: {
        const auto& found = at_time.at(partition);
        if (!found.ok()) return found.error();
        offset = found->offset == logs::kNoOffset ? end : found->offset;
        break;
      }
    }
    offsets[partition] = std::clamp(offset, one.log_start, std::max(end, one.log_start));
  }
  return offsets;
}

int Finish(const CommandContext& context, const base::Result<int>& code) {
  return code.ok() ? *code : context.Fail(code.error());
}

base::Result<std::vector<std::pair<std::string, std::string>>> PairsOf(const CommandLine& line,
                                                                       std::string_view option) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& text : line.All(option)) {
    const size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return base::InvalidArgument("'" + text + "' of --" + std::string(option) + " is no pair",
                                   "Write NAME=VALUE.");
    }
    pairs.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return pairs;
}

base::Result<int> ResetOffsets(const CommandContext& context, logs::Client& client,
                               const std::string& group,
                               const std::vector<TopicPartition>& partitions) {
  if (!context.line.Has("to")) {
    return base::InvalidArgument("--to is missing", "As in --to beginning, or --to s@2h.");
  }
  const PlaceInLog place = TRY(ParsePlace(context.line.Text("to"), context.clock.NowUnixMs()));
  if (place.kind == PlaceInLog::Kind::kStored) {
    return base::InvalidArgument("--to stored is where the group stands already");
  }
  const auto before = TRY(client.GroupOffsets(group));
  const auto after =
      TRY(Resolve(client, partitions, place, before, logs::Isolation::kReadUncommitted));
  ByPartition<base::Result<void>> outcomes;
  if (!context.line.Has("dry-run")) {
    ByPartition<logs::GroupOffset> offsets;
    for (const auto& [partition, offset] : after) offsets[partition] = {.offset = offset};
    outcomes = client.CommitOffsets(group, offsets);
  }
  std::vector<Row> rows;
  int exit_code = kExitDone;
  for (const auto& [partition, offset] : after) {
    if (const auto outcome = outcomes.find(partition);
        outcome != outcomes.end() && !outcome->second.ok()) {
      base::Error error = outcome->second.error();
      if (error.code() == base::Code::kConflict) {
        error = std::move(error).WithHint("Stop the consumers of the group first.");
      }
      if (exit_code == kExitDone || rows.empty()) (void)context.Fail(error);
      exit_code = kExitFailed;
      if (error.code() == base::Code::kConflict) return exit_code;  // the same for all
      continue;
    }
    const auto old = before.find(partition);
    rows.push_back({partition.topic, std::to_string(partition.partition),
                    old == before.end() ? Cell() : Cell(std::to_string(old->second.offset.get())),
                    std::to_string(offset.get())});
  }
  PrintRows(context,
            {{.name = "topic"},
             {.name = "partition", .number = true},
             {.name = "before", .number = true},
             {.name = "after", .number = true}},
            rows);
  if (context.line.Has("dry-run")) context.Say("nothing was changed (--dry-run)");
  return exit_code;
}

}  // namespace app
