#include "env/files.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "env/memory_files.h"

namespace env {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// What every implementation promises, held over the real one and the one in memory.
class FilesTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam() == "real") {
      files_ = NewRealFiles();
      std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
      std::replace(name.begin(), name.end(), '/', '_');
      root_ = testing::TempDir() + "files_test_" + name;
    } else {
      files_ = std::make_unique<MemoryFiles>(&clock_);
      root_ = "/root";
    }
    ASSERT_TRUE(files_->RemoveTree(root_).ok());
    ASSERT_TRUE(files_->CreateDirectories(root_).ok());
  }
  void TearDown() override { EXPECT_TRUE(files_->RemoveTree(root_).ok()); }

  void Write(const std::string& name, std::string_view text) {
    ASSERT_TRUE(WriteWhole(*files_, root_ + "/" + name, text).ok());
  }
  base::Result<std::string> Read(const std::string& name) {
    return ReadWhole(*files_, root_ + "/" + name, 1 << 20);
  }

  base::ManualClock clock_{1'700'000'000'000};
  std::unique_ptr<Files> files_;
  std::string root_;
};

TEST_P(FilesTest, WholeFilesAreReadBackAndReplaced) {
  Write("a", "first");
  EXPECT_EQ(*Read("a"), "first");
  Write("a", "second, longer");
  EXPECT_EQ(*Read("a"), "second, longer");
  // No temporary stays behind.
  EXPECT_EQ(files_->List(root_)->size(), 1u);
}

TEST_P(FilesTest, MissingFilesAreNotFound) {
  EXPECT_EQ(Read("none").error().code(), base::Code::kNotFound);
  EXPECT_EQ(files_->Stat(root_ + "/none").error().code(), base::Code::kNotFound);
  EXPECT_EQ(files_->List(root_ + "/none").error().code(), base::Code::kNotFound);
  EXPECT_EQ(files_->Remove(root_ + "/none").error().code(), base::Code::kNotFound);
  EXPECT_TRUE(files_->RemoveTree(root_ + "/none").ok());
  EXPECT_EQ(files_->OpenWrite(root_ + "/none/a", WriteMode::kTruncate).error().code(),
            base::Code::kNotFound);
}

TEST_P(FilesTest, ReadWholeRefusesWhatIsLargerThanAsked) {
  Write("a", "0123456789");
  EXPECT_EQ(*ReadWhole(*files_, root_ + "/a", 10), "0123456789");
  const auto refused = ReadWhole(*files_, root_ + "/a", 9);
  EXPECT_EQ(refused.error().code(), base::Code::kInvalidArgument);
  EXPECT_THAT(refused.error().message(), HasSubstr("larger than"));
  EXPECT_EQ(ReadWhole(*files_, root_, 9).error().code(), base::Code::kInvalidArgument);
}

TEST_P(FilesTest, ReadAtStopsAtTheEnd) {
  Write("a", "0123456789");
  const auto file = files_->OpenRead(root_ + "/a").value();
  char buffer[8];
  EXPECT_EQ(*file->ReadAt(6, buffer, sizeof(buffer)), 4u);
  EXPECT_EQ(std::string_view(buffer, 4), "6789");
  EXPECT_EQ(*file->ReadAt(10, buffer, sizeof(buffer)), 0u);
  EXPECT_EQ(file->Stat()->size_bytes, 10u);
}

TEST_P(FilesTest, WriteModesDoWhatTheySay) {
  const std::string path = root_ + "/a";
  const auto write = [&](WriteMode mode, std::string_view text) -> base::Result<void> {
    const auto file = TRY(files_->OpenWrite(path, mode));
    TRY(file->Append(text));
    return file->Close();
  };
  EXPECT_TRUE(write(WriteMode::kCreateNew, "one").ok());
  EXPECT_EQ(write(WriteMode::kCreateNew, "two").error().code(), base::Code::kAlreadyExists);
  EXPECT_TRUE(write(WriteMode::kAppend, " more").ok());
  EXPECT_EQ(*Read("a"), "one more");
  EXPECT_TRUE(write(WriteMode::kTruncate, "new").ok());
  EXPECT_EQ(*Read("a"), "new");
}

TEST_P(FilesTest, LinkIsPutIfAbsent) {
  Write("a", "mine");
  Write("b", "other");
  EXPECT_EQ(files_->Link(root_ + "/a", root_ + "/b").error().code(), base::Code::kAlreadyExists);
  EXPECT_TRUE(files_->Link(root_ + "/a", root_ + "/c").ok());
  EXPECT_TRUE(files_->Remove(root_ + "/a").ok());
  EXPECT_EQ(*Read("c"), "mine");
  EXPECT_EQ(*Read("b"), "other");
}

TEST_P(FilesTest, RenameReplaces) {
  Write("a", "new");
  Write("b", "old");
  EXPECT_TRUE(files_->Rename(root_ + "/a", root_ + "/b").ok());
  EXPECT_EQ(*Read("b"), "new");
  EXPECT_EQ(Read("a").error().code(), base::Code::kNotFound);
  EXPECT_EQ(files_->Rename(root_ + "/a", root_ + "/b").error().code(), base::Code::kNotFound);
}

TEST_P(FilesTest, ListIsSortedAndTellsFoldersFromFiles) {
  ASSERT_TRUE(files_->CreateDirectories(root_ + "/b/c").ok());
  ASSERT_TRUE(files_->CreateDirectories(root_ + "/b/c").ok());  // again is fine
  Write("c", "12345");
  Write("a", "");
  const auto entries = files_->List(root_).value();
  std::vector<std::string> names;
  for (const FileInfo& entry : entries) names.push_back(entry.name);
  EXPECT_THAT(names, ElementsAre("a", "b", "c"));
  EXPECT_TRUE(entries[1].is_directory);
  EXPECT_FALSE(entries[2].is_directory);
  EXPECT_EQ(entries[2].size_bytes, 5u);
  EXPECT_GT(entries[2].modified_unix_ms, 1'600'000'000'000);
  EXPECT_TRUE(files_->Stat(root_ + "/b")->is_directory);
  EXPECT_TRUE(files_->RemoveTree(root_ + "/b").ok());
  EXPECT_EQ(files_->List(root_)->size(), 2u);
  EXPECT_TRUE(files_->SyncDirectory(root_).ok());
}

TEST_P(FilesTest, ARandomFileIsReadAndWrittenInPlace) {
  const auto file = files_->OpenRandom(root_ + "/a", WriteMode::kCreateNew).value();
  ASSERT_TRUE(file->WriteAt(0, "hello world").ok());
  ASSERT_TRUE(file->WriteAt(6, "there").ok());
  ASSERT_TRUE(file->WriteAt(13, "!").ok());
  EXPECT_EQ(file->Size().value(), 14U);
  std::string bytes(20, '?');
  ASSERT_EQ(file->ReadAt(6, bytes.data(), bytes.size()).value(), 8U);
  EXPECT_EQ(bytes.substr(0, 8), std::string("there\0\0!", 8));
  EXPECT_EQ(file->ReadAt(14, bytes.data(), 1).value(), 0U);
  ASSERT_TRUE(file->Truncate(5).ok());
  ASSERT_TRUE(file->Sync().ok());
  EXPECT_EQ(*Read("a"), "hello");
  ASSERT_TRUE(file->Truncate(6).ok());
  EXPECT_EQ(*Read("a"), std::string("hello\0", 6));
}

TEST_P(FilesTest, OpeningARandomFileKeepsItMakesItOrRefuses) {
  Write("a", "text");
  EXPECT_EQ(files_->OpenRandom(root_ + "/a", WriteMode::kCreateNew).error().code(),
            base::Code::kAlreadyExists);
  EXPECT_EQ(files_->OpenRandom(root_ + "/a", WriteMode::kAppend).value()->Size().value(), 4U);
  EXPECT_EQ(files_->OpenRandom(root_ + "/a", WriteMode::kTruncate).value()->Size().value(), 0U);
  EXPECT_EQ(files_->OpenRandom(root_ + "/b", WriteMode::kMustExist).error().code(),
            base::Code::kNotFound);
  EXPECT_EQ(files_->OpenRandom(root_ + "/b", WriteMode::kAppend).value()->Size().value(), 0U);
  EXPECT_EQ(files_->OpenRandom(root_ + "/no/b", WriteMode::kAppend).error().code(),
            base::Code::kNotFound);
}

TEST_P(FilesTest, AFolderMovesWithAllInIt) {
  ASSERT_TRUE(files_->CreateDirectories(root_ + "/from/deep").ok());
  ASSERT_TRUE(files_->CreateDirectories(root_ + "/to").ok());
  Write("from/deep/a", "x");
  ASSERT_TRUE(files_->Rename(root_ + "/from", root_ + "/to/there").ok());
  EXPECT_EQ(*Read("to/there/deep/a"), "x");
  EXPECT_EQ(files_->Stat(root_ + "/from").error().code(), base::Code::kNotFound);
  ASSERT_TRUE(files_->CreateDirectories(root_ + "/other").ok());
  EXPECT_FALSE(files_->Rename(root_ + "/other", root_ + "/to").ok());
}

INSTANTIATE_TEST_SUITE_P(Implementations, FilesTest, testing::Values("real", "memory"),
                         [](const auto& instance) { return instance.param; });

TEST(FilesNamesTest, TemporariesStandBesideTheirTarget) {
  EXPECT_EQ(DirectoryOf(TemporaryBeside("a/b/c")), "a/b");
  EXPECT_EQ(DirectoryOf(TemporaryBeside("c")), ".");
  EXPECT_NE(TemporaryBeside("a/c"), TemporaryBeside("a/c"));
  EXPECT_EQ(DirectoryOf("/c"), "/");
}

}  // namespace
}  // namespace env
