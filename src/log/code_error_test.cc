#include "log/code_error.h"

#include <gtest/gtest.h>

namespace logs {
namespace {

TEST(CodeErrorTest, AnOutcomeHasTheCodeACallerBranchesOn) {
  EXPECT_EQ(CodeOf(ErrorCode::kUnknownTopicOrPartition), base::Code::kNotFound);
  EXPECT_EQ(CodeOf(ErrorCode::kProducerFenced), base::Code::kConflict);
  EXPECT_EQ(CodeOf(ErrorCode::kCoordinatorNotAvailable), base::Code::kUnavailable);
  EXPECT_EQ(CodeOf(ErrorCode::kUnknownServerError), base::Code::kInternal);
}

TEST(CodeErrorTest, AnErrorSaysWhatWasTriedAndWhy) {
  EXPECT_EQ(ErrorOf(ErrorCode::kProducerFenced, "commit").message(), "commit: PRODUCER_FENCED");
  EXPECT_EQ(ErrorOf(ErrorCode::kInvalidRecord, "append", "no key").message(), "append: no key");
}

}  // namespace
}  // namespace logs
