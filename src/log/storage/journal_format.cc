#include "log/storage/journal_format.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/check.h"
#include "base/crc32c.h"

namespace logs {
namespace {

using base::LoadBigEndian;
using base::StoreBigEndian;

constexpr uint32_t kFrameMagic = 0x54724a31;  // "TrJ1"
constexpr size_t kChecksummedFrom = 8;        // after magic and checksum

}  // namespace

std::string BeginFrame() { return std::string(kFrameHeaderBytes, '\0'); }

void AppendEntry(std::string& frame, const JournalEntry& entry) {
  std::array<char, kJournalEntryHeaderBytes> header{};
  std::copy(entry.topic_id.bytes().begin(), entry.topic_id.bytes().end(), header.begin());
  StoreBigEndian(header.data() + 16, entry.partition);
  StoreBigEndian(header.data() + 20, entry.base_offset.get());
  StoreBigEndian(header.data() + 28, base::Narrow<uint32_t>(entry.batches.size()));
  frame.append(header.data(), header.size());
  frame += entry.batches;
}

void FinishFrame(std::string& frame, uint64_t journal, uint64_t group) {
  StoreBigEndian(frame.data(), kFrameMagic);
  StoreBigEndian(frame.data() + 8, base::Narrow<uint64_t>(frame.size() - kFrameHeaderBytes));
  StoreBigEndian(frame.data() + 16, journal);
  StoreBigEndian(frame.data() + 24, group);
  StoreBigEndian(frame.data() + 4,
                 base::Crc32c(std::string_view(frame).substr(kChecksummedFrom)));
}

std::optional<size_t> FrameSize(std::string_view bytes) {
  if (bytes.size() < kFrameHeaderBytes) return std::nullopt;
  if (LoadBigEndian<uint32_t>(bytes.data()) != kFrameMagic) return std::nullopt;
  const auto size = LoadBigEndian<uint64_t>(bytes.data() + 8);
  if (size > (uint64_t{1} << 40)) return std::nullopt;
  return kFrameHeaderBytes + static_cast<size_t>(size);
}

std::optional<Frame> ReadFrame(std::string_view bytes) {
  const auto size = FrameSize(bytes);
  if (!size.has_value() || *size > bytes.size()) return std::nullopt;
  const std::string_view frame = bytes.substr(0, *size);
  if (base::Crc32c(frame.substr(kChecksummedFrom)) != LoadBigEndian<uint32_t>(frame.data() + 4)) {
    return std::nullopt;
  }
  return Frame{.journal = LoadBigEndian<uint64_t>(frame.data() + 16),
               .group = LoadBigEndian<uint64_t>(frame.data() + 24),
               .entries = frame.substr(kFrameHeaderBytes),
               .size_bytes = *size};
}

std::optional<JournalEntry> TakeEntry(std::string_view& entries) {
  if (entries.size() < kJournalEntryHeaderBytes) return std::nullopt;
  const auto size = LoadBigEndian<uint32_t>(entries.data() + 28);
  if (entries.size() - kJournalEntryHeaderBytes < size) return std::nullopt;
  base::Uuid::Bytes id{};
  std::copy(entries.begin(), entries.begin() + id.size(), id.begin());
  const JournalEntry entry{.topic_id = base::Uuid(id),
                           .partition = LoadBigEndian<int32_t>(entries.data() + 16),
                           .base_offset = Offset(LoadBigEndian<int64_t>(entries.data() + 20)),
                           .batches = entries.substr(kJournalEntryHeaderBytes, size)};
  entries.remove_prefix(kJournalEntryHeaderBytes + size);
  return entry;
}

}  // namespace logs
