// Fuzz target: arbitrary bytes as journal frames, checkpoints and topic files; what is read is
// written back the same.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"
#include "base/crc32c.h"
#include "log/storage/checkpoint.h"
#include "log/storage/journal_format.h"
#include "log/storage/segment.h"
#include "log/storage/topic_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  if (const auto topic = logs::DecodeTopicFile(bytes); topic.ok()) {
    const auto again = logs::DecodeTopicFile(logs::EncodeTopicFile(*topic));
    CHECK(again.ok() && again->id == topic->id && again->num_partitions == topic->num_partitions);
  }
  static_cast<void>(logs::ParseSegmentName(bytes));
  // Past the checksum, which arbitrary bytes never have right.
  const auto mend = [&](size_t end) {
    base::StoreBigEndian(bytes.data() + 4, base::Crc32c(std::string_view(bytes).substr(8, end - 8)));
  };
  if (size >= 8) mend(size);
  if (const auto checkpoint = logs::DecodeCheckpoint(bytes); checkpoint.ok()) {
    CHECK(logs::EncodeCheckpoint(*checkpoint) == bytes);
  }
  if (const auto frame_size = logs::FrameSize(bytes); frame_size.has_value() && *frame_size <= size) {
    mend(*frame_size);
    const auto frame = logs::ReadFrame(bytes);
    CHECK(frame.has_value() && frame->size_bytes == *frame_size);
    std::string again = logs::BeginFrame();
    std::string_view entries = frame->entries;
    while (const auto entry = logs::TakeEntry(entries)) logs::AppendEntry(again, *entry);
    again += entries;
    logs::FinishFrame(again, frame->journal, frame->group);
    CHECK(again == std::string_view(bytes).substr(0, *frame_size));
  }
  return 0;
}
