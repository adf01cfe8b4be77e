#include "base/result.h"

#include <cerrno>
#include <memory>

#include <gtest/gtest.h>

namespace base {
namespace {

Result<int> Half(int number) {
  if (number % 2 != 0) return InvalidArgument("odd number " + std::to_string(number));
  return number / 2;
}

Result<int> Quarter(int number) { return TRY(Half(TRY(Half(number)))); }

TEST(ResultTest, TryPassesTheValueOnAndTheErrorUp) {
  EXPECT_EQ(*Quarter(12), 3);
  ASSERT_FALSE(Quarter(6).ok());
  EXPECT_EQ(Quarter(6).error().message(), "odd number 3");
}

TEST(ResultTest, ContextIsPrefixedInTheOrderOfTheCallers) {
  const auto result = Half(1).With("inner").With("outer");
  EXPECT_EQ(result.error().message(), "outer: inner: odd number 1");
}

TEST(ResultTest, CarriesMoveOnlyValues) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  EXPECT_EQ(*std::move(result).value(), 7);
}

TEST(ResultTest, ErrnoBecomesACodeAReasonAndAHint) {
  EXPECT_EQ(FromErrno(ENOENT, "cannot open x").code(), Code::kNotFound);
  EXPECT_EQ(FromErrno(ENOENT, "cannot open x").message(),
            "cannot open x: no such file or directory");
  EXPECT_NE(FromErrno(ENOSPC, "cannot write x").hint(), "");
}

TEST(ResultDeathTest, ReadingTheValueOfAnErrorAborts) {
  EXPECT_DEATH((void)Half(1).value(), "internal check failed");
}

}  // namespace
}  // namespace base
