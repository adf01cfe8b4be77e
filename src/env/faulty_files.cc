#include "env/faulty_files.h"

#include <cerrno>
#include <mutex>
#include <utility>

namespace env {

class FaultyFiles::Plan {
 public:
  void FailCall(int64_t call, FileFault fault) {
    const std::lock_guard lock(mutex_);
    fail_at_ = call;
    fault_ = fault;
    calls_ = 0;
    failed_ = false;
  }
  int64_t calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  bool failed() const {
    const std::lock_guard lock(mutex_);
    return failed_;
  }

  // Runs `call`, or what goes wrong in its place; `half` is what is left of it on a full disk.
  template <typename Call, typename Half>
  auto Run(std::string_view what, Call call, Half half) -> decltype(call()) {
    return RunTurn(Next(Needs::kSpace), what, call, half);
  }
  template <typename Call>
  auto Run(std::string_view what, Call call) -> decltype(call()) {
    return RunTurn(Next(Needs::kNothing), what, call, [] {});
  }

 private:
  enum class Turn : uint8_t { kWorks, kError, kNoSpace, kDead, kLast };
  enum class Needs : uint8_t { kNothing, kSpace };

  template <typename Call, typename Half>
  auto RunTurn(Turn turn, std::string_view what, Call call, Half half) -> decltype(call()) {
    switch (turn) {
      case Turn::kWorks:
        return call();
      case Turn::kError:
        return base::FromErrno(EIO, what);
      case Turn::kNoSpace:
        half();
        return base::FromErrno(ENOSPC, what);
      case Turn::kDead:
        return base::FromErrno(EIO, std::string(what) + ": the process was killed");
      case Turn::kLast:
        if (auto answer = call(); !answer.ok()) return answer;
        return base::FromErrno(EIO, std::string(what) + ": the process was killed");
    }
    return base::Internal("a turn without a name");
  }

  Turn Next(Needs needs) {
    const std::lock_guard lock(mutex_);
    ++calls_;
    if (fault_ == FileFault::kFull && fail_at_ != 0) {
      if (calls_ < fail_at_ || needs != Needs::kSpace) return Turn::kWorks;
      failed_ = true;
      return Turn::kNoSpace;
    }
    const bool dies = fault_ == FileFault::kDieBefore || fault_ == FileFault::kDieAfter;
    if (fail_at_ == 0 || calls_ < fail_at_ || (calls_ > fail_at_ && !dies)) return Turn::kWorks;
    failed_ = true;
    if (calls_ > fail_at_) return Turn::kDead;
    switch (fault_) {
      case FileFault::kError:
        return Turn::kError;
      case FileFault::kNoSpace:
      case FileFault::kFull:
        return Turn::kNoSpace;
      case FileFault::kDieBefore:
        return Turn::kDead;
      case FileFault::kDieAfter:
        return Turn::kLast;
    }
    return Turn::kWorks;
  }

  mutable std::mutex mutex_;
  int64_t fail_at_ = 0;
  int64_t calls_ = 0;
  FileFault fault_ = FileFault::kError;
  bool failed_ = false;
};

class FaultyFiles::Reader final : public ReadableFile {
 public:
  Reader(std::unique_ptr<ReadableFile> file, std::shared_ptr<Plan> plan)
      : file_(std::move(file)), plan_(std::move(plan)) {}
  base::Result<size_t> ReadAt(uint64_t offset, char* buffer, size_t size) override {
    return plan_->Run("cannot read", [&] { return file_->ReadAt(offset, buffer, size); });
  }
  base::Result<FileInfo> Stat() override {
    return plan_->Run("cannot look at the file", [&] { return file_->Stat(); });
  }

 private:
  std::unique_ptr<ReadableFile> file_;
  std::shared_ptr<Plan> plan_;
};

class FaultyFiles::Writer final : public WritableFile {
 public:
  Writer(std::unique_ptr<WritableFile> file, std::shared_ptr<Plan> plan)
      : file_(std::move(file)), plan_(std::move(plan)) {}
  base::Result<void> Append(std::string_view bytes) override {
    return plan_->Run(
        "cannot write", [&] { return file_->Append(bytes); },
        [&] {
          [[maybe_unused]] const auto half = file_->Append(bytes.substr(0, bytes.size() / 2));
        });
  }
  base::Result<void> Sync() override {
    return plan_->Run("cannot sync", [&] { return file_->Sync(); });
  }
  base::Result<void> Close() override {
    return plan_->Run("cannot close", [&] { return file_->Close(); });
  }

 private:
  std::unique_ptr<WritableFile> file_;
  std::shared_ptr<Plan> plan_;
};

class FaultyFiles::Random final : public RandomFile {
 public:
  Random(std::unique_ptr<RandomFile> file, std::shared_ptr<Plan> plan)
      : file_(std::move(file)), plan_(std::move(plan)) {}
  base::Result<size_t> ReadAt(uint64_t offset, char* buffer, size_t size) override {
    return plan_->Run("cannot read", [&] { return file_->ReadAt(offset, buffer, size); });
  }
  base::Result<void> WriteAt(uint64_t offset, std::string_view bytes) override {
    return plan_->Run(
        "cannot write", [&] { return file_->WriteAt(offset, bytes); },
        [&] {
          [[maybe_unused]] const auto half = file_->WriteAt(offset, bytes.substr(0, bytes.size() / 2));
        });
  }
  base::Result<void> Sync() override {
    return plan_->Run("cannot sync", [&] { return file_->Sync(); });
  }
  base::Result<void> Truncate(uint64_t size) override {
    return plan_->Run("cannot cut", [&] { return file_->Truncate(size); });
  }
  base::Result<uint64_t> Size() override {
    return plan_->Run("cannot look at the file", [&] { return file_->Size(); });
  }

 private:
  std::unique_ptr<RandomFile> file_;
  std::shared_ptr<Plan> plan_;
};

FaultyFiles::FaultyFiles(Files* files) : files_(files), plan_(std::make_shared<Plan>()) {}
FaultyFiles::~FaultyFiles() = default;

void FaultyFiles::FailCall(int64_t call, FileFault fault) { plan_->FailCall(call, fault); }
int64_t FaultyFiles::calls() const { return plan_->calls(); }
bool FaultyFiles::failed() const { return plan_->failed(); }

base::Result<std::unique_ptr<ReadableFile>> FaultyFiles::OpenRead(const std::string& path) {
  return plan_->Run("cannot open " + path, [&]() -> base::Result<std::unique_ptr<ReadableFile>> {
    return std::make_unique<Reader>(TRY(files_->OpenRead(path)), plan_);
  });
}

base::Result<std::unique_ptr<WritableFile>> FaultyFiles::OpenWrite(const std::string& path,
                                                                   WriteMode mode) {
  return plan_->Run("cannot create " + path, [&]() -> base::Result<std::unique_ptr<WritableFile>> {
    return std::make_unique<Writer>(TRY(files_->OpenWrite(path, mode)), plan_);
  });
}

base::Result<std::unique_ptr<RandomFile>> FaultyFiles::OpenRandom(const std::string& path,
                                                                  WriteMode mode) {
  return plan_->Run("cannot open " + path, [&]() -> base::Result<std::unique_ptr<RandomFile>> {
    return std::make_unique<Random>(TRY(files_->OpenRandom(path, mode)), plan_);
  });
}

base::Result<void> FaultyFiles::Rename(const std::string& from, const std::string& to) {
  return plan_->Run("cannot rename " + from, [&] { return files_->Rename(from, to); });
}

base::Result<void> FaultyFiles::Link(const std::string& from, const std::string& to) {
  return plan_->Run("cannot link " + from, [&] { return files_->Link(from, to); });
}

base::Result<void> FaultyFiles::Remove(const std::string& path) {
  return plan_->Run("cannot remove " + path, [&] { return files_->Remove(path); });
}

base::Result<void> FaultyFiles::RemoveTree(const std::string& path) {
  return plan_->Run("cannot remove " + path, [&] { return files_->RemoveTree(path); });
}

base::Result<void> FaultyFiles::CreateDirectories(const std::string& path) {
  return plan_->Run("cannot create the folder " + path,
                    [&] { return files_->CreateDirectories(path); });
}

base::Result<std::vector<FileInfo>> FaultyFiles::List(const std::string& directory) {
  return plan_->Run("cannot list " + directory, [&] { return files_->List(directory); });
}

base::Result<FileInfo> FaultyFiles::Stat(const std::string& path) {
  return plan_->Run("cannot look at " + path, [&] { return files_->Stat(path); });
}

base::Result<void> FaultyFiles::SyncDirectory(const std::string& directory) {
  return plan_->Run("cannot sync the folder " + directory,
                    [&] { return files_->SyncDirectory(directory); });
}

}  // namespace env
