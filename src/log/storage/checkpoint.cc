#include "log/storage/checkpoint.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/crc32c.h"

namespace logs {
namespace {

constexpr uint32_t kCheckpointMagic = 0x54724331;  // "TrC1"
constexpr size_t kChecksummedFrom = 8;             // after magic and checksum

}  // namespace

std::string EncodeCheckpoint(const LogCheckpoint& checkpoint) {
  base::ByteWriter out;
  out.BigEndian(kCheckpointMagic);
  out.BigEndian(uint32_t{0});
  out.BigEndian(checkpoint.opening);
  out.BigEndian(checkpoint.journal_from);
  out.BigEndian(base::Narrow<uint32_t>(checkpoint.partitions.size()));
  for (const PartitionCheckpoint& partition : checkpoint.partitions) {
    const auto& id = partition.topic_id.bytes();
    out.Raw(std::string(id.begin(), id.end()));
    out.BigEndian(partition.partition);
    out.BigEndian(partition.log_start.get());
    out.BigEndian(partition.recovery.get());
    out.BigEndian(partition.segment.get());
    out.BigEndian(partition.position);
    out.BigEndian(base::Narrow<uint32_t>(partition.producers.size()));
    out.Raw(partition.producers);
  }
  const uint32_t crc = base::Crc32c(std::string_view(out.bytes()).substr(kChecksummedFrom));
  out.PatchBigEndian(4, crc);
  return std::move(out).Take();
}

base::Result<LogCheckpoint> DecodeCheckpoint(std::string_view bytes) {
  base::ByteReader in(bytes);
  if (in.BigEndian<uint32_t>() != kCheckpointMagic) {
    return base::Corruption("not a checkpoint of a log");
  }
  const auto crc = in.BigEndian<uint32_t>();
  if (bytes.size() < kChecksummedFrom || base::Crc32c(bytes.substr(kChecksummedFrom)) != crc) {
    return base::Corruption("the checkpoint's checksum does not hold");
  }
  LogCheckpoint checkpoint{.opening = in.BigEndian<uint64_t>()};
  checkpoint.journal_from = in.BigEndian<uint64_t>();
  const auto count = in.BigEndian<uint32_t>();
  for (uint32_t i = 0; i < count && !in.failed(); ++i) {
    PartitionCheckpoint partition;
    const std::string_view raw_id = in.Raw(16);
    base::Uuid::Bytes id{};
    std::copy(raw_id.begin(), raw_id.end(), id.begin());
    partition.topic_id = base::Uuid(id);
    partition.partition = in.BigEndian<int32_t>();
    partition.log_start = Offset(in.BigEndian<int64_t>());
    partition.recovery = Offset(in.BigEndian<int64_t>());
    partition.segment = Offset(in.BigEndian<int64_t>());
    partition.position = in.BigEndian<uint64_t>();
    partition.producers = std::string(in.Raw(in.BigEndian<uint32_t>()));
    checkpoint.partitions.push_back(std::move(partition));
  }
  if (in.failed() || in.remaining() != 0) {
    return base::Corruption("the checkpoint is not as long as it says");
  }
  return checkpoint;
}

}  // namespace logs
