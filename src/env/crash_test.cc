// What survives: MemoryFiles::Crash and FaultyFiles, and WriteWhole under both.
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "env/faulty_files.h"
#include "env/memory_files.h"

namespace env {
namespace {

class CrashTest : public testing::Test {
 protected:
  CrashTest() {
    EXPECT_TRUE(files_.CreateDirectories("/data").ok());
    EXPECT_TRUE(files_.SyncDirectory("/").ok());
  }
  std::unique_ptr<WritableFile> Create(const std::string& path, std::string_view text) {
    auto file = files_.OpenWrite(path, WriteMode::kCreateNew).value();
    EXPECT_TRUE(file->Append(text).ok());
    return file;
  }
  std::string Read(Files& files, const std::string& path) {
    const auto text = ReadWhole(files, path, 1 << 20);
    return text.ok() ? *text : "<" + std::string(base::CodeName(text.error().code())) + ">";
  }

  base::ManualClock clock_{1'700'000'000'000};
  MemoryFiles files_{&clock_};
};

TEST_F(CrashTest, UnsyncedBytesAreLost) {
  const auto file = Create("/data/a", "kept");
  ASSERT_TRUE(file->Sync().ok());
  ASSERT_TRUE(file->Append(" lost").ok());
  ASSERT_TRUE(files_.SyncDirectory("/data").ok());
  EXPECT_EQ(Read(files_, "/data/a"), "kept lost");
  files_.Crash();
  EXPECT_EQ(Read(files_, "/data/a"), "kept");
  ASSERT_TRUE(file->Append("!").ok());  // the old process writes to nowhere
  EXPECT_EQ(Read(files_, "/data/a"), "kept");
}

TEST_F(CrashTest, UnsyncedNamesAreLost) {
  ASSERT_TRUE(Create("/data/a", "x")->Sync().ok());
  files_.Crash();
  EXPECT_EQ(Read(files_, "/data/a"), "<not found>");
}

TEST_F(CrashTest, ASyncedNameOfUnsyncedBytesIsAnEmptyFile) {
  Create("/data/a", "x");
  ASSERT_TRUE(files_.SyncDirectory("/data").ok());
  files_.Crash();
  EXPECT_EQ(Read(files_, "/data/a"), "");
}

TEST_F(CrashTest, AnUnsyncedRemoveOrRenameIsUndone) {
  ASSERT_TRUE(WriteWhole(files_, "/data/a", "a").ok());
  ASSERT_TRUE(WriteWhole(files_, "/data/b", "b").ok());
  ASSERT_TRUE(files_.Remove("/data/a").ok());
  ASSERT_TRUE(files_.Rename("/data/b", "/data/c").ok());
  files_.Crash();
  EXPECT_EQ(Read(files_, "/data/a"), "a");
  EXPECT_EQ(Read(files_, "/data/b"), "b");
  EXPECT_EQ(Read(files_, "/data/c"), "<not found>");
}

TEST_F(CrashTest, AFolderNobodySyncedTakesItsFilesWithIt) {
  ASSERT_TRUE(files_.CreateDirectories("/data/new").ok());
  ASSERT_TRUE(WriteWhole(files_, "/data/new/a", "x").ok());
  files_.Crash();
  EXPECT_EQ(files_.Stat("/data/new").error().code(), base::Code::kNotFound);
}

TEST_F(CrashTest, AMovedFolderKeepsWhatWasSyncedInIt) {
  ASSERT_TRUE(files_.CreateDirectories("/data/new").ok());
  ASSERT_TRUE(files_.CreateDirectories("/data/old").ok());
  ASSERT_TRUE(files_.SyncDirectory("/data").ok());
  ASSERT_TRUE(WriteWhole(files_, "/data/new/a", "x").ok());
  ASSERT_TRUE(files_.Rename("/data/new", "/data/old/moved").ok());
  ASSERT_TRUE(files_.SyncDirectory("/data/old").ok());
  ASSERT_TRUE(files_.SyncDirectory("/data").ok());
  files_.Crash();
  EXPECT_EQ(Read(files_, "/data/old/moved/a"), "x");
  EXPECT_EQ(Read(files_, "/data/new/a"), "<not found>");
}

TEST_F(CrashTest, ARandomFileLosesWhatWasWrittenAfterItsSync) {
  const auto file = files_.OpenRandom("/data/a", WriteMode::kCreateNew).value();
  ASSERT_TRUE(file->WriteAt(0, "abcdef").ok());
  ASSERT_TRUE(file->Sync().ok());
  ASSERT_TRUE(files_.SyncDirectory("/data").ok());
  ASSERT_TRUE(file->WriteAt(2, "XY").ok());
  ASSERT_TRUE(file->Truncate(3).ok());
  EXPECT_EQ(Read(files_, "/data/a"), "abX");
  files_.Crash();
  EXPECT_EQ(Read(files_, "/data/a"), "abcdef");
}

TEST_F(CrashTest, ARealCrashMayKeepAnyPartOfWhatWasNotSynced) {
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    MemoryFiles disk(&clock_);
    base::Random random(seed);
    const auto file = disk.OpenRandom("/a", WriteMode::kCreateNew).value();
    ASSERT_TRUE(file->WriteAt(0, "safe").ok());
    ASSERT_TRUE(file->Sync().ok());
    ASSERT_TRUE(disk.SyncDirectory("/").ok());
    ASSERT_TRUE(file->WriteAt(4, "12").ok());
    ASSERT_TRUE(file->WriteAt(6, "3").ok());
    disk.Crash(random);
    seen.insert(Read(disk, "/a"));
  }
  const std::string hole("safe\0\0003", 7);
  const std::string torn("safe1\0003", 7);
  EXPECT_THAT(seen, testing::UnorderedElementsAre("safe", "safe1", "safe12", hole, torn, "safe123"));
}

TEST_F(CrashTest, AFullDiskStaysFullUntilItIsNot) {
  FaultyFiles faulty(&files_);
  const auto file = faulty.OpenRandom("/data/a", WriteMode::kCreateNew).value();
  faulty.FailCall(2, FileFault::kFull);
  EXPECT_TRUE(file->WriteAt(0, "ab").ok());
  EXPECT_FALSE(file->WriteAt(2, "cd").ok());
  EXPECT_TRUE(file->Truncate(2).ok());
  EXPECT_FALSE(file->WriteAt(2, "ef").ok());
  EXPECT_EQ(Read(files_, "/data/a"), "abe");
  faulty.FailCall(0, FileFault::kFull);
  EXPECT_TRUE(file->WriteAt(2, "gh").ok());
  EXPECT_EQ(Read(files_, "/data/a"), "abgh");
}

TEST_F(CrashTest, WriteWholeLeavesTheOldOrTheNewAfterAnyFault) {
  for (const FileFault fault :
       {FileFault::kError, FileFault::kNoSpace, FileFault::kDieBefore, FileFault::kDieAfter}) {
    for (int64_t call = 1;; ++call) {
      SCOPED_TRACE(testing::Message() << "fault " << static_cast<int>(fault) << " at " << call);
      MemoryFiles disk(&clock_);
      ASSERT_TRUE(disk.CreateDirectories("/d").ok());
      ASSERT_TRUE(disk.SyncDirectory("/").ok());
      ASSERT_TRUE(WriteWhole(disk, "/d/a", "old").ok());
      FaultyFiles faulty(&disk);
      faulty.FailCall(call, fault);
      const bool written = WriteWhole(faulty, "/d/a", "the new text").ok();
      const std::string before_crash = Read(disk, "/d/a");
      EXPECT_TRUE(before_crash == "old" || before_crash == "the new text") << before_crash;
      disk.Crash();
      const std::string after_crash = Read(disk, "/d/a");
      EXPECT_TRUE(after_crash == "old" || after_crash == "the new text") << after_crash;
      if (written) {
        EXPECT_EQ(after_crash, "the new text");
      }
      if (!faulty.failed()) {
        EXPECT_TRUE(written);
        EXPECT_GT(call, 5);
        break;
      }
      EXPECT_FALSE(written);
    }
  }
}

}  // namespace
}  // namespace env
