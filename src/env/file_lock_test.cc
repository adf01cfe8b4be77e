#include "env/file_lock.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace env {
namespace {

TEST(FileLockTest, OneHolderAtATimeAndTheTextSaysWho) {
  const std::string path = testing::TempDir() + "file_lock_" + std::to_string(getpid());
  auto first = FileLock::TryTake(path, "first, with a longer text\n").value();
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(*FileLock::TryTake(path, "second"), nullptr);
  first.reset();
  const auto second = FileLock::TryTake(path, "second").value();
  EXPECT_NE(second, nullptr);
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(text.str(), "second");
  EXPECT_FALSE(FileLock::TryTake("/nowhere/at/all", "").ok());
  (void)unlink(path.c_str());
}

}  // namespace
}  // namespace env
