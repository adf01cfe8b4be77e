// IndexFile: the sorted, fixed-size entries beside a segment (docs/format/segment.md), the newest of
// them in memory until there are enough to be worth a write. An entry is never changed.
// Owner. THREAD: Add and Cut one at a time (the partition's appender); the others any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "env/files.h"

namespace logs {

class IndexFile {
 public:
  // `size_bytes` of `path` hold entries already; bytes beyond are not believed.
  IndexFile(env::Files* files, std::string path, size_t entry_bytes, uint64_t size_bytes);

  void Add(std::string_view entry);
  [[nodiscard]] uint64_t num_entries() const;
  [[nodiscard]] bool TailIsFull() const;

  // Makes the file hold all entries, and no more; made when missing. Cheap when there is nothing to do.
  base::Result<void> Flush();
  // Flush, and the entries survive power loss.
  base::Result<void> Sync();
  // Keeps the first `num_entries`.
  base::Result<void> Cut(uint64_t num_entries);

  base::Result<std::string> Entry(uint64_t index) const;
  // The last entry for which `holds`, which is true of a first part of the entries and false of the
  // rest; nullopt when it is true of none.
  base::Result<std::optional<std::string>> FindLast(
      const std::function<bool(std::string_view)>& holds) const;
  // How many entries it is true of.
  base::Result<uint64_t> CountWhile(const std::function<bool(std::string_view)>& holds) const;

  // Opens the file, if there is one, so that it can be read after its name is gone.
  base::Result<void> Pin() const;
  void Close();  // until it is needed again

 private:
  base::Result<std::shared_ptr<env::RandomFile>> Open(env::WriteMode mode) const;

  env::Files* const files_;
  const std::string path_;
  const size_t entry_bytes_;
  std::mutex write_mutex_;    // one writes at a time
  mutable std::mutex mutex_;  // guards what follows; never held during I/O
  mutable std::shared_ptr<env::RandomFile> file_;
  uint64_t num_on_disk_;
  std::string tail_;  // the entries after those
  bool fits_ = false;    // the file is exactly as long as its entries
  bool synced_ = false;  // no write since the last Sync
};

}  // namespace logs
