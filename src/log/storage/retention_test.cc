#include "log/storage/retention.h"

#include <gtest/gtest.h>

#include <vector>

namespace logs {
namespace {

// Ten records and 100 bytes each, one second apart.
const std::vector<SegmentAge> kSegments = {
    {.base_offset = Offset(0), .end = Offset(10), .size_bytes = 100, .newest_ms = 1'000},
    {.base_offset = Offset(10), .end = Offset(20), .size_bytes = 100, .newest_ms = 2'000},
    {.base_offset = Offset(20), .end = Offset(30), .size_bytes = 100, .newest_ms = 3'000}};

size_t ByTime(int64_t retention_ms, int64_t now_ms, int64_t safe_end = 30) {
  return NumExpired(kSegments, {.retention_ms = retention_ms, .safe_end = Offset(safe_end)},
                    now_ms);
}

size_t BySize(int64_t retention_bytes) {
  return NumExpired(kSegments, {.retention_bytes = retention_bytes, .safe_end = Offset(30)}, 5'000);
}

TEST(RetentionTest, SegmentsGoWhenTheirNewestRecordIsTooOld) {
  EXPECT_EQ(ByTime(500, 1'500), 0u);
  EXPECT_EQ(ByTime(500, 1'501), 1u);
  EXPECT_EQ(ByTime(500, 2'501), 2u);
  EXPECT_EQ(ByTime(500, 10'000), 3u);
  EXPECT_EQ(ByTime(0, 0), 0u);  // records from the future stay
  EXPECT_EQ(ByTime(-1, 10'000), 0u);
}

TEST(RetentionTest, NothingThatMayYetBeLostGoes) {
  EXPECT_EQ(ByTime(500, 10'000, 29), 2u);
  EXPECT_EQ(ByTime(500, 10'000, 0), 0u);
}

TEST(RetentionTest, SegmentsGoWhileWhatStaysIsLargeEnough) {
  EXPECT_EQ(BySize(-1), 0u);
  EXPECT_EQ(BySize(300), 0u);
  EXPECT_EQ(BySize(201), 0u);
  EXPECT_EQ(BySize(200), 1u);
  EXPECT_EQ(BySize(100), 2u);
  EXPECT_EQ(BySize(0), 3u);
}

TEST(RetentionTest, ATopicThatIsOnlyCompactedKeepsItsSegments) {
  TopicConfig config;
  EXPECT_EQ(RetentionOf(config, Offset(5)).retention_ms, config.retention_ms);
  config.cleanup_delete = false;
  config.cleanup_compact = true;
  EXPECT_EQ(RetentionOf(config, Offset(5)).retention_ms, -1);
  config.max_compaction_lag_ms = 60'000;
  EXPECT_EQ(SegmentAgeMax(config), 60'000);
}

TEST(RetentionTest, LocalLimitsAreTheWholeOnesUnlessSet) {
  TopicConfig config;
  EXPECT_EQ(LocalRetentionOf(config, Offset(5)).retention_ms, config.retention_ms);
  config.local_retention_ms = 7;
  config.local_retention_bytes = 8;
  EXPECT_EQ(LocalRetentionOf(config, Offset(5)).retention_ms, 7);
  EXPECT_EQ(LocalRetentionOf(config, Offset(5)).retention_bytes, 8);
}

}  // namespace
}  // namespace logs
