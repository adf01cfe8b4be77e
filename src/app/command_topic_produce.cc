// `tributary topic produce`: the text of the request as records, all durable when it returns. How
// standard input becomes requests is produce_input.h's.
#include <utility>

#include "app/commands.h"
#include "app/log_client.h"
#include "app/record_text.h"

namespace app {
namespace {

constexpr int64_t kFlushMs = 30'000;

base::Result<logs::Compression> CompressionOf(const CommandLine& line) {
  const std::string name = line.Text("compression", "none");
  for (int i = 0; i < logs::kNumCompressions; ++i) {
    const auto one = static_cast<logs::Compression>(i);
    if (logs::CompressionName(one) == name) return one;
  }
  return base::InvalidArgument("'" + name + "' is no compression");
}

base::Result<int> Produce(const CommandContext& context) {
  const CommandLine& line = context.line;
  const auto headers = TRY(PairsOf(line, "header"));
  InputShape shape{.record_delimiter = TRY(Unescaped(line.Text("delimiter", "\\n")))};
  shape.key_delimiter = TRY(Unescaped(line.Text("key-delimiter")));
  shape.empty_is_null = line.Has("null");
  if (shape.record_delimiter.empty()) {
    return base::InvalidArgument("the delimiter of records is empty");
  }
  if (line.Has("key")) shape.key = line.Text("key");
  for (const auto& [name, value] : headers) shape.headers.push_back({.key = name, .value = value});
  const auto compression = TRY(CompressionOf(line));
  const std::string topic = line.Text("TOPIC");
  const int64_t partition = line.Count("partition", logs::kPartitionByKey);
  if (partition > INT32_MAX) return base::InvalidArgument("there are not that many partitions");

  const auto client = TRY(OpenLogClient(context));
  if (client == nullptr) return kExitUsage;
  // Also for no records at all: whoever produces wants to know that the topic is there.
  if (auto found = client->Topic(topic); !found.ok()) {
    base::Error error = WithNearName(*client, topic, std::move(found).error());
    if (error.code() != base::Code::kNotFound) return error;
    std::string hint = error.hint() + " `tributary topic create " + topic + "` makes it.";
    return std::move(error).WithHint(std::move(hint));
  }
  const auto producer =
      TRY(client->OpenProducer({.compression = compression, .stop = context.stop}));
  const auto records = ParseRecords(context.request.standard_input, shape);
  TRY(producer->Append({topic, static_cast<int32_t>(partition)}, records));
  for (auto& [where, outcome] : producer->Flush(kFlushMs)) TRY(std::move(outcome));
  return kExitDone;
}

}  // namespace

int RunTopicProduce(CommandContext& context) { return Finish(context, Produce(context)); }

}  // namespace app
