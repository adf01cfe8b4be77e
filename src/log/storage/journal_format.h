// The frames of a journal file (docs/format/journal.md): one for each group of appends that became
// durable together. Pure; THREAD: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/uuid.h"
#include "log/topic_partition.h"

namespace logs {

inline constexpr size_t kFrameHeaderBytes = 32;
inline constexpr size_t kJournalEntryHeaderBytes = 32;

// Batches of one append, and where they belong.
struct JournalEntry {
  base::Uuid topic_id;
  int32_t partition = 0;
  Offset base_offset{0};
  std::string_view batches;
};

// A frame being built: kFrameHeaderBytes kept free, entries after them.
[[nodiscard]] std::string BeginFrame();
void AppendEntry(std::string& frame, const JournalEntry& entry);
// Fills in the header. `journal` is the number of the file's use, `group` counts the frames of a log.
void FinishFrame(std::string& frame, uint64_t journal, uint64_t group);

struct Frame {
  uint64_t journal = 0;
  uint64_t group = 0;
  std::string_view entries;
  size_t size_bytes = 0;
};

// Bytes of the frame whose header `bytes` begins with, by what it says; nullopt when it is none.
[[nodiscard]] std::optional<size_t> FrameSize(std::string_view bytes);
// The frame at the begin of `bytes`; nullopt when there is no whole one with a good checksum.
[[nodiscard]] std::optional<Frame> ReadFrame(std::string_view bytes);
// Takes one entry from the front of `entries`; nullopt when there is none, or not a whole one.
[[nodiscard]] std::optional<JournalEntry> TakeEntry(std::string_view& entries);

}  // namespace logs
