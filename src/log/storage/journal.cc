#include "log/storage/journal.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"

namespace logs {
namespace {

constexpr std::string_view kJournalSuffix = ".journal";

}  // namespace

Journal::Journal(env::Files* files, std::string folder, uint64_t file_bytes)
    : files_(files), folder_(std::move(folder)), file_bytes_(file_bytes) {}

base::Result<void> Journal::Replay(
    uint64_t from, const std::function<base::Result<void>(const JournalEntry&)>& take) {
  struct Found {
    uint64_t number;
    std::unique_ptr<env::RandomFile> file;
  };
  std::vector<Found> found;
  for (const env::FileInfo& info : TRY(files_->List(folder_))) {
    if (info.is_directory || !info.name.ends_with(kJournalSuffix)) continue;
    auto file = TRY(files_->OpenRandom(folder_ + "/" + info.name, env::WriteMode::kMustExist));
    // The first frame says which use of the file this is; without one it holds nothing.
    std::string header(kFrameHeaderBytes, '\0');
    header.resize(TRY(file->ReadAt(0, header.data(), header.size())));
    const auto size = FrameSize(header);
    if (!size.has_value() || *size > info.size_bytes) continue;
    std::string bytes(*size, '\0');
    bytes.resize(TRY(file->ReadAt(0, bytes.data(), bytes.size())));
    const auto frame = ReadFrame(bytes);
    if (!frame.has_value() || frame->journal < from) continue;
    found.push_back({frame->journal, std::move(file)});
  }
  std::sort(found.begin(), found.end(),
            [](const Found& a, const Found& b) { return a.number < b.number; });
  for (const Found& journal : found) TRY(ReplayFile(*journal.file, journal.number, take));
  return {};
}

base::Result<void> Journal::ReplayFile(
    env::RandomFile& file, uint64_t number,
    const std::function<base::Result<void>(const JournalEntry&)>& take) {
  const uint64_t end = TRY(file.Size());
  uint64_t group = 0;
  std::string bytes;
  for (uint64_t position = 0; position + kFrameHeaderBytes <= end;) {
    bytes.resize(kFrameHeaderBytes);
    bytes.resize(TRY(file.ReadAt(position, bytes.data(), bytes.size())));
    const auto size = FrameSize(bytes);
    if (!size.has_value() || *size > end - position) return {};
    bytes.resize(*size);
    bytes.resize(TRY(file.ReadAt(position, bytes.data(), bytes.size())));
    const auto frame = ReadFrame(bytes);
    // Behind the last frame stand zeros, a torn frame, or frames of an earlier use.
    if (!frame.has_value() || frame->journal != number) return {};
    if (position > 0 && frame->group != group + 1) return {};
    group = frame->group;
    std::string_view entries = frame->entries;
    while (const auto entry = TakeEntry(entries)) TRY(take(*entry));
    if (!entries.empty()) return base::Corruption("a journal frame with half an entry");
    position += frame->size_bytes;
  }
  return {};
}

base::Result<void> Journal::Clear() {
  for (const env::FileInfo& info : TRY(files_->List(folder_))) {
    if (info.is_directory || !info.name.ends_with(kJournalSuffix)) continue;
    TRY(files_->Remove(folder_ + "/" + info.name));
  }
  return files_->SyncDirectory(folder_);
}

base::Result<void> Journal::Reset(uint64_t first) {
  const std::lock_guard lock(mutex_);
  all_.clear();
  // Files of before are as good as new, and better: their bytes are on the disk.
  for (const env::FileInfo& info : TRY(files_->List(folder_))) {
    if (info.is_directory || !info.name.ends_with(kJournalSuffix)) continue;
    const std::string path = folder_ + "/" + info.name;
    if (all_.size() == base::limits::kJournalFilesKept || info.size_bytes > 2 * file_bytes_) {
      TRY(files_->Remove(path));
      continue;
    }
    auto file = std::make_unique<File>();
    file->path = path;
    file->file = TRY(files_->OpenRandom(path, env::WriteMode::kMustExist));
    file->allocated = info.size_bytes;
    all_.push_back(std::move(file));
  }
  current_ = first;
  active_ = TRY(TakeFreeFile());
  active_->number = current_;
  position_ = 0;
  return {};
}

base::Result<std::unique_ptr<Journal::File>> Journal::MakeFile(size_t name) {
  auto file = std::make_unique<File>();
  file->path = folder_ + "/" + std::to_string(name) + std::string(kJournalSuffix);
  file->file = TRY(files_->OpenRandom(file->path, env::WriteMode::kCreateNew));
  return file;
}

// A file that nobody needs, made when there is none. REQUIRES: mutex_ held.
base::Result<Journal::File*> Journal::TakeFreeFile() {
  File* largest = nullptr;
  for (const auto& file : all_) {
    if (file->number != 0) continue;
    if (largest == nullptr || file->allocated > largest->allocated) largest = file.get();
  }
  if (largest != nullptr) return largest;
  while (true) {
    auto made = MakeFile(next_name_++);
    if (!made.ok() && made.error().code() == base::Code::kAlreadyExists) continue;
    auto file = TRY(std::move(made));
    TRY(files_->SyncDirectory(folder_));
    all_.push_back(std::move(file));
    return all_.back().get();
  }
}

bool Journal::WantsSpare() const {
  if (position_ < file_bytes_ / 4) return false;
  const std::lock_guard lock(mutex_);
  return std::none_of(all_.begin(), all_.end(),
                      [](const auto& file) { return file->number == 0; });
}

base::Result<void> Journal::PrepareSpare() {
  size_t name = 0;
  {
    const std::lock_guard lock(mutex_);
    if (all_.size() >= base::limits::kJournalFilesKept) return {};
    name = next_name_++;
  }
  auto made = MakeFile(name);
  if (!made.ok() && made.error().code() == base::Code::kAlreadyExists) return {};  // the next time
  auto file = TRY(std::move(made));
  const std::string zeros(base::limits::kJournalGrowBytes, '\0');
  while (file->allocated < file_bytes_) {
    const uint64_t size = std::min<uint64_t>(zeros.size(), file_bytes_ - file->allocated);
    TRY(file->file->WriteAt(file->allocated, std::string_view(zeros).substr(0, size)));
    TRY(file->file->Sync());
    file->allocated += size;
  }
  TRY(files_->SyncDirectory(folder_));
  const std::lock_guard lock(mutex_);
  all_.push_back(std::move(file));
  return {};
}

base::Result<void> Journal::Write(std::string& frame, uint64_t group) {
  FinishFrame(frame, current(), group);
  const uint64_t end = position_ + frame.size();
  if (end > active_->allocated) {
    // Zeros beyond the frame: the syncs of the next frames then change no metadata of the file, which
    // on ext4 takes half their time.
    const uint64_t grown = end + base::limits::kJournalGrowBytes;
    const uint64_t allocated = std::max(end, std::min(grown, std::max(file_bytes_, end)));
    const std::string zeros(static_cast<size_t>(allocated - end), '\0');
    TRY(active_->file->WriteAt(end, zeros));
    TRY(active_->file->WriteAt(position_, frame));
    active_->allocated = allocated;
  } else {
    TRY(active_->file->WriteAt(position_, frame));
  }
  position_ = end;
  return {};
}

base::Result<void> Journal::Sync() { return active_->file->Sync(); }

base::Result<void> Journal::Rotate() {
  const std::lock_guard lock(mutex_);
  File* const next = TRY(TakeFreeFile());
  ++current_;
  next->number = current_;
  active_ = next;
  position_ = 0;
  return {};
}

uint64_t Journal::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void Journal::Release(uint64_t number) {
  const std::lock_guard lock(mutex_);
  for (const auto& file : all_) {
    if (file->number <= number && file.get() != active_) file->number = 0;
  }
}

size_t Journal::num_waiting() const {
  const std::lock_guard lock(mutex_);
  size_t count = 0;
  for (const auto& file : all_) count += file->number != 0 && file->number != current_ ? 1 : 0;
  return count;
}

}  // namespace logs
