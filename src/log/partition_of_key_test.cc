#include <cstdint>

#include <gtest/gtest.h>

#include "log/client.h"

namespace logs {
namespace {

// The hashes are those that Kafka's Java client computes; among INT32_MAX partitions the hash's low
// 31 bits stand almost bare.
TEST(PartitionOfKeyTest, IsThatOfKafkasJavaClient) {
  const auto expect = [](std::string_view key, int32_t hash) {
    EXPECT_EQ(PartitionOfKey(key, INT32_MAX), (hash & 0x7fffffff) % INT32_MAX) << key;
    EXPECT_EQ(PartitionOfKey(key, 7), (hash & 0x7fffffff) % 7) << key;
  };
  expect("21", -973932308);
  expect("foobar", -790332482);
  expect("a-little-bit-long-string", -985981536);
  expect("a-little-bit-longer-string", -1486304829);
  expect("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971);
  expect("abc", 479470107);
}

TEST(PartitionOfKeyTest, TakesAnEmptyKeyAndOnePartition) {
  EXPECT_GE(PartitionOfKey("", 5), 0);
  EXPECT_LT(PartitionOfKey("", 5), 5);
  EXPECT_EQ(PartitionOfKey("any", 1), 0);
}

}  // namespace
}  // namespace logs
