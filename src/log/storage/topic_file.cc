#include "log/storage/topic_file.h"

#include <algorithm>
#include <optional>

#include <simdjson.h>

#include "base/json_writer.h"

namespace logs {
namespace {

constexpr size_t kTopicNameMax = 249;

}  // namespace

std::string EncodeTopicFile(const TopicFile& topic) {
  base::JsonWriter out;
  out.BeginObject();
  out.Key("version").Int(1);
  out.Key("name").String(topic.name);
  out.Key("id").String(topic.id.ToString());
  out.Key("partitions").Int(topic.num_partitions);
  out.Key("internal").Bool(topic.internal);
  out.Key("configs").BeginObject();
  for (const auto& [name, value] : topic.configs) out.Key(name).String(value);
  out.EndObject();
  out.EndObject();
  return std::move(out).Take() + "\n";
}

base::Result<TopicFile> DecodeTopicFile(std::string_view bytes) {
  const base::Error malformed = base::Corruption("not the description of a topic");
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(bytes.data(), bytes.size(), true).get(object) != simdjson::SUCCESS) {
    return malformed;
  }
  int64_t version = 0;
  std::string_view name;
  std::string_view id_text;
  int64_t num_partitions = 0;
  bool internal = false;
  simdjson::dom::object configs;
  if (object["version"].get(version) != simdjson::SUCCESS ||
      object["name"].get(name) != simdjson::SUCCESS ||
      object["id"].get(id_text) != simdjson::SUCCESS ||
      object["partitions"].get(num_partitions) != simdjson::SUCCESS ||
      object["internal"].get(internal) != simdjson::SUCCESS ||
      object["configs"].get(configs) != simdjson::SUCCESS) {
    return malformed;
  }
  if (version != 1) {
    return base::Unsupported("a topic of version " + std::to_string(version),
                             "It was written by a newer release.");
  }
  const auto id = base::Uuid::Parse(id_text);
  if (!id.has_value() || num_partitions < 1 || num_partitions > INT32_MAX) return malformed;
  TopicFile topic{.name = std::string(name),
                  .id = *id,
                  .num_partitions = static_cast<int32_t>(num_partitions),
                  .internal = internal};
  for (const auto& [key, value] : configs) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) return malformed;
    topic.configs.emplace(key, text);
  }
  return topic;
}

base::Result<void> CheckTopicName(std::string_view name) {
  const auto legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  if (name.empty()) return base::InvalidArgument("a topic's name is empty");
  if (name == "." || name == "..") {
    return base::InvalidArgument("a topic cannot be named '" + std::string(name) + "'");
  }
  if (name.size() > kTopicNameMax) {
    return base::InvalidArgument("a topic's name is longer than 249 characters");
  }
  if (!std::all_of(name.begin(), name.end(), legal)) {
    return base::InvalidArgument("the topic name '" + std::string(name) +
                                 "' has characters other than letters, digits, '.', '_' and '-'");
  }
  return {};
}

}  // namespace logs
