#include "log/group_assignment.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace logs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Version 1: "b" with partitions 2 and 0, "a" with 1; null user data.
std::string Assignment() {
  using namespace std::string_literals;
  return "\0\1\0\0\0\2\0\1b\0\0\0\2\0\0\0\2\0\0\0\0\0\1a\0\0\0\1\0\0\0\1\xff\xff\xff\xff"s;
}

TEST(GroupAssignmentTest, NamesThePartitionsInOrder) {
  EXPECT_THAT(ParseAssignment(Assignment()),
              ElementsAre(TopicPartition{"a", 1}, TopicPartition{"b", 0}, TopicPartition{"b", 2}));
}

TEST(GroupAssignmentTest, BytesThatAreNoneGiveNone) {
  EXPECT_THAT(ParseAssignment(""), IsEmpty());
  EXPECT_THAT(ParseAssignment("what Connect writes here"), IsEmpty());
  // Up to the user data, which may be absent.
  for (size_t size = 0; size < Assignment().size() - 4; ++size) {
    EXPECT_THAT(ParseAssignment(Assignment().substr(0, size)), IsEmpty()) << size;
  }
}

}  // namespace
}  // namespace logs
