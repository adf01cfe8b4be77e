#include "env/files.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/random.h"
#include "base/text.h"

namespace env {

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string TemporaryBeside(const std::string& path) {
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx",
                static_cast<unsigned long long>(base::Random::FromSystem().Next()));
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  return folder + std::string(kTemporaryPrefix) + digits.data();
}

base::Result<std::string> ReadWhole(Files& files, const std::string& path, size_t size_max) {
  const auto file = TRY(files.OpenRead(path));
  const FileInfo info = TRY(file->Stat());
  if (info.is_directory) return base::InvalidArgument(path + " is a folder, not a file");
  std::string text;
  // One byte beyond what the file says shows that it grew, or (in /proc) that it never said.
  size_t want = static_cast<size_t>(std::min<uint64_t>(info.size_bytes, size_max)) + 1;
  while (true) {
    const size_t offset = text.size();
    text.resize(offset + want);
    const size_t count = TRY(file->ReadAt(offset, text.data() + offset, want));
    text.resize(offset + count);
    if (text.size() > size_max) {
      return base::InvalidArgument(path + " is larger than the " + base::FormatBytes(size_max) +
                                   " allowed for such a file");
    }
    if (count < want) return text;
    want = std::max<size_t>(text.size(), 4096);
  }
}

base::Result<void> WriteWhole(Files& files, const std::string& path, std::string_view bytes) {
  const std::string temporary = TemporaryBeside(path);
  const auto write = [&]() -> base::Result<void> {
    const auto file = TRY(files.OpenWrite(temporary, WriteMode::kCreateNew));
    TRY(file->Append(bytes));
    TRY(file->Sync());
    TRY(file->Close());
    return files.Rename(temporary, path);
  };
  if (base::Result<void> written = write(); !written.ok()) {
    // What went wrong first is what the caller needs to hear.
    [[maybe_unused]] const auto removed = files.Remove(temporary);
    return std::move(written).With("cannot write " + path);
  }
  return files.SyncDirectory(DirectoryOf(path));
}

}  // namespace env
