// topic.json: what a topic is, beside its partitions (docs/format/segment.md). Value, pure; THREAD:
// any.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/uuid.h"

namespace logs {

struct TopicFile {
  std::string name;
  base::Uuid id;
  int32_t num_partitions = 0;
  bool internal = false;
  std::map<std::string, std::string> configs = {};  // what was set for this topic
  friend bool operator==(const TopicFile&, const TopicFile&) = default;
};

[[nodiscard]] std::string EncodeTopicFile(const TopicFile& topic);
// ERRORS: kCorruption.
base::Result<TopicFile> DecodeTopicFile(std::string_view bytes);

// Kafka's rule: 1 to 249 of letters, digits, '.', '_', '-', and neither "." nor "..".
// ERRORS: kInvalidArgument.
base::Result<void> CheckTopicName(std::string_view name);

}  // namespace logs
