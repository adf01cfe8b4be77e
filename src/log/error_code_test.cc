#include "log/error_code.h"

#include <gtest/gtest.h>

namespace logs {
namespace {

TEST(ErrorCodeTest, HasTheNamesOfTheProtocol) {
  EXPECT_EQ(ErrorCodeName(ErrorCode::kNone), "NONE");
  EXPECT_EQ(ErrorCodeName(ErrorCode::kUnknownTopicOrPartition), "UNKNOWN_TOPIC_OR_PARTITION");
  EXPECT_EQ(ErrorCodeName(static_cast<ErrorCode>(9'999)), "UNKNOWN_SERVER_ERROR");
}

}  // namespace
}  // namespace logs
