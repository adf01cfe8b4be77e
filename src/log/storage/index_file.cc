#include "log/storage/index_file.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"

namespace logs {

IndexFile::IndexFile(env::Files* files, std::string path, size_t entry_bytes, uint64_t size_bytes)
    : files_(files),
      path_(std::move(path)),
      entry_bytes_(entry_bytes),
      num_on_disk_(size_bytes / entry_bytes) {}

base::Result<std::shared_ptr<env::RandomFile>> IndexFile::Open(env::WriteMode mode) const {
  {
    const std::lock_guard lock(mutex_);
    if (file_ != nullptr) return file_;
  }
  std::shared_ptr<env::RandomFile> file = TRY(files_->OpenRandom(path_, mode));
  const std::lock_guard lock(mutex_);
  if (file_ == nullptr) file_ = std::move(file);
  return file_;
}

void IndexFile::Add(std::string_view entry) {
  CHECK(entry.size() == entry_bytes_);
  const std::lock_guard lock(mutex_);
  tail_ += entry;
}

uint64_t IndexFile::num_entries() const {
  const std::lock_guard lock(mutex_);
  return num_on_disk_ + tail_.size() / entry_bytes_;
}

bool IndexFile::TailIsFull() const {
  const std::lock_guard lock(mutex_);
  return tail_.size() >= base::limits::kIndexTailBytesMax;
}

base::Result<void> IndexFile::Flush() {
  const std::lock_guard write_lock(write_mutex_);
  std::string tail;
  uint64_t begin = 0;
  bool fits = false;
  {
    const std::lock_guard lock(mutex_);
    if (tail_.empty() && fits_) return {};
    tail = tail_;
    begin = num_on_disk_ * entry_bytes_;
    fits = fits_;
    synced_ = false;
  }
  const auto file = TRY(Open(env::WriteMode::kAppend));
  TRY(file->WriteAt(begin, tail));
  if (!fits) TRY(file->Truncate(begin + tail.size()));
  const std::lock_guard lock(mutex_);
  fits_ = true;
  num_on_disk_ += tail.size() / entry_bytes_;
  tail_.erase(0, tail.size());
  if (tail_.empty()) tail_.shrink_to_fit();
  return {};
}

base::Result<void> IndexFile::Sync() {
  TRY(Flush());
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(synced_, true)) return {};
  }
  const auto file = TRY(Open(env::WriteMode::kAppend));
  auto synced = file->Sync();
  if (!synced.ok()) {
    const std::lock_guard lock(mutex_);
    synced_ = false;
  }
  return synced;
}

base::Result<void> IndexFile::Cut(uint64_t num_entries) {
  {
    const std::lock_guard lock(mutex_);
    if (num_entries >= num_on_disk_) {
      tail_.resize(std::min<uint64_t>(tail_.size(), (num_entries - num_on_disk_) * entry_bytes_));
    } else {
      tail_.clear();
      num_on_disk_ = num_entries;
    }
    fits_ = false;
  }
  return Flush();
}

base::Result<std::string> IndexFile::Entry(uint64_t index) const {
  {
    const std::lock_guard lock(mutex_);
    if (index >= num_on_disk_) {
      const size_t position = static_cast<size_t>(index - num_on_disk_) * entry_bytes_;
      CHECK(position + entry_bytes_ <= tail_.size());
      return tail_.substr(position, entry_bytes_);
    }
  }
  const auto file = TRY(Open(env::WriteMode::kMustExist));
  std::string entry(entry_bytes_, '\0');
  const size_t count = TRY(file->ReadAt(index * entry_bytes_, entry.data(), entry_bytes_));
  if (count != entry_bytes_) return base::Corruption("index " + path_ + " ends early");
  return entry;
}

base::Result<uint64_t> IndexFile::CountWhile(
    const std::function<bool(std::string_view)>& holds) const {
  uint64_t low = 0;  // true of all before `low`, false of all from `high` on
  uint64_t high = num_entries();
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    if (holds(TRY(Entry(middle)))) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

base::Result<std::optional<std::string>> IndexFile::FindLast(
    const std::function<bool(std::string_view)>& holds) const {
  const uint64_t count = TRY(CountWhile(holds));
  if (count == 0) return std::optional<std::string>();
  return std::optional<std::string>(TRY(Entry(count - 1)));
}

base::Result<void> IndexFile::Pin() const {
  const auto file = Open(env::WriteMode::kMustExist);
  if (!file.ok() && file.error().code() != base::Code::kNotFound) return file.error();
  return {};
}

void IndexFile::Close() {
  const std::lock_guard lock(mutex_);
  file_ = nullptr;
}

}  // namespace logs
