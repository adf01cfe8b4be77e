#include "log/group_assignment.h"

#include <algorithm>
#include <string>

#include "base/bytes.h"

namespace logs {

std::vector<TopicPartition> ParseAssignment(std::string_view bytes) {
  base::ByteReader reader(bytes);
  if (reader.BigEndian<int16_t>() < 0) return {};  // the version; later ones only add at the end
  std::vector<TopicPartition> partitions;
  const auto num_topics = reader.BigEndian<int32_t>();
  for (int32_t i = 0; i < num_topics && !reader.failed(); ++i) {
    const auto length = reader.BigEndian<int16_t>();
    if (length < 0) return {};
    const std::string topic(reader.Raw(static_cast<size_t>(length)));
    const auto num_partitions = reader.BigEndian<int32_t>();
    for (int32_t k = 0; k < num_partitions && !reader.failed(); ++k) {
      partitions.push_back({topic, reader.BigEndian<int32_t>()});
    }
  }
  if (reader.failed()) return {};
  std::sort(partitions.begin(), partitions.end());
  return partitions;
}

}  // namespace logs
