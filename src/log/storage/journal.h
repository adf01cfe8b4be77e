// Journal: a few preallocated files that take what is appended until the segments are synced
// (docs/format/journal.md). One write and one fdatasync make a group of appends durable, however many
// partitions it touches. Owner. THREAD: Write, Sync and Rotate one at a time (the committer); Release
// and the observers any.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "env/files.h"
#include "log/storage/journal_format.h"

namespace logs {

class Journal {
 public:
  // A file is full at `file_bytes`.
  Journal(env::Files* files, std::string folder, uint64_t file_bytes);

  // Gives every entry of every whole frame, in the order of writing, leaving out the files whose
  // numbers are below `from`. Before Reset.
  base::Result<void> Replay(uint64_t from,
                            const std::function<base::Result<void>(const JournalEntry&)>& take);
  // Begins again with number `first`. REQUIRES: what Replay gave is safe elsewhere; no frame on disk,
  // whole or torn, has that number or a greater one.
  base::Result<void> Reset(uint64_t first);
  // Removes all files: of a journal whose numbers nobody knows. Before Reset.
  base::Result<void> Clear();

  // Puts a frame of group `group` behind the others. After an error the next Write takes its place.
  base::Result<void> Write(std::string& frame, uint64_t group);
  // ENSURES: all frames written survive power loss. After an error nobody knows what survives.
  base::Result<void> Sync();
  [[nodiscard]] bool full() const { return position_ >= file_bytes_; }
  // Goes on in another file. After an error this one goes on.
  base::Result<void> Rotate();

  // The file being written is getting full and there is no other. THREAD: the committer's.
  [[nodiscard]] bool WantsSpare() const;
  // Makes another file, all of its bytes on the disk. THREAD: any, one at a time. BLOCKS.
  base::Result<void> PrepareSpare();

  // The number of the file being written; files are used in the order of their numbers.
  [[nodiscard]] uint64_t current() const;
  // Files up to `number` are not needed any more and will be written again.
  void Release(uint64_t number);
  // Files that hold what no checkpoint covers, the current one left out.
  [[nodiscard]] size_t num_waiting() const;

 private:
  struct File {
    std::string path;
    std::unique_ptr<env::RandomFile> file;
    uint64_t number = 0;     // 0: free
    uint64_t allocated = 0;  // bytes that exist on the disk
  };
  base::Result<File*> TakeFreeFile();
  base::Result<std::unique_ptr<File>> MakeFile(size_t name);
  base::Result<void> ReplayFile(
      env::RandomFile& file, uint64_t number,
      const std::function<base::Result<void>(const JournalEntry&)>& take);

  env::Files* const files_;
  const std::string folder_;
  const uint64_t file_bytes_;
  uint64_t position_ = 0;      // in the current file
  File* active_ = nullptr;     // the committer's
  mutable std::mutex mutex_;   // guards what follows
  std::vector<std::unique_ptr<File>> all_;
  size_t next_name_ = 0;
  uint64_t current_ = 0;
};

}  // namespace logs
