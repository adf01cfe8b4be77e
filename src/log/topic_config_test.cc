#include "log/topic_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace logs {
namespace {

using testing::HasSubstr;

TEST(TopicConfigTest, EveryNameHasADefaultThatIsTakenBack) {
  const TopicConfig defaults;
  std::string_view before;
  for (const ConfigDescription& each : TopicConfigNames()) {
    EXPECT_LT(before, each.name);
    before = each.name;
    const std::string value = TopicConfigValue(defaults, each.name);
    const auto applied = Apply(defaults, {{std::string(each.name), value}});
    ASSERT_TRUE(applied.ok()) << each.name << ": " << applied.error().ToString();
    EXPECT_EQ(TopicConfigValue(applied.value(), each.name), value);
    EXPECT_FALSE(each.documentation.empty());
  }
}

TEST(TopicConfigTest, DefaultsPrintAsKafkas) {
  const TopicConfig defaults;
  EXPECT_EQ(TopicConfigValue(defaults, "cleanup.policy"), "delete");
  EXPECT_EQ(TopicConfigValue(defaults, "retention.ms"), "604800000");
  EXPECT_EQ(TopicConfigValue(defaults, "segment.bytes"), "1073741824");
  EXPECT_EQ(TopicConfigValue(defaults, "min.cleanable.dirty.ratio"), "0.5");
  EXPECT_EQ(TopicConfigValue(defaults, "message.timestamp.before.max.ms"), "9223372036854775807");
  EXPECT_EQ(TopicConfigValue(defaults, "compression.type"), "producer");
  EXPECT_EQ(TopicConfigValue(defaults, "max.message.bytes"), "1048588");
  EXPECT_EQ(TopicConfigValue(defaults, "preallocate"), "false");
}

TEST(TopicConfigTest, ValuesChangeWhatTheySayAndNothingElse) {
  const auto config = Apply({}, {{"cleanup.policy", "compact, delete"},
                                 {"retention.ms", " -1 "},
                                 {"min.cleanable.dirty.ratio", "1"},
                                 {"message.timestamp.type", "LogAppendTime"},
                                 {"compression.type", "zstd"},
                                 {"flush.policy", "never"},
                                 {"flush.messages", "1"}})
                          .value();
  EXPECT_TRUE(config.cleanup_compact);
  EXPECT_TRUE(config.cleanup_delete);
  EXPECT_EQ(config.retention_ms, -1);
  EXPECT_EQ(config.compression, TopicCompression::kZstd);
  EXPECT_EQ(config.flush_policy, "never");
  EXPECT_EQ(config.segment_bytes, TopicConfig().segment_bytes);
  EXPECT_EQ(TopicConfigValue(config, "cleanup.policy"), "compact,delete");
  EXPECT_EQ(TopicConfigValue(config, "min.cleanable.dirty.ratio"), "1.0");
  EXPECT_EQ(TopicConfigValue(config, "message.timestamp.type"), "LogAppendTime");
  EXPECT_EQ(TopicConfigValue(config, "flush.messages"), "1");
}

TEST(TopicConfigTest, WhatCannotBeIsRefusedWithTheReason) {
  const auto refused = [](const std::map<std::string, std::string>& values) {
    const auto applied = Apply({}, values);
    EXPECT_FALSE(applied.ok());
    return applied.ok() ? std::string() : applied.error().message();
  };
  EXPECT_THAT(refused({{"retention.weeks", "3"}}), HasSubstr("'retention.weeks'"));
  EXPECT_THAT(refused({{"retention.ms", "soon"}}), HasSubstr("at least -1"));
  EXPECT_THAT(refused({{"retention.ms", "-2"}}), HasSubstr("at least -1"));
  EXPECT_THAT(refused({{"segment.bytes", "4294967296"}}), HasSubstr("segment.bytes"));
  EXPECT_THAT(refused({{"cleanup.policy", "shred"}}), HasSubstr("delete, compact or both"));
  EXPECT_THAT(refused({{"compression.type", "lzma"}}), HasSubstr("zstd"));
  EXPECT_THAT(refused({{"min.cleanable.dirty.ratio", "1.5"}}), HasSubstr("from 0 to 1"));
  EXPECT_THAT(refused({{"min.cleanable.dirty.ratio", "nan"}}), HasSubstr("from 0 to 1"));
  EXPECT_THAT(refused({{"preallocate", "yes"}}), HasSubstr("true or false"));
  EXPECT_THAT(refused({{"min.compaction.lag.ms", "10"}, {"max.compaction.lag.ms", "9"}}),
              HasSubstr("greater than max.compaction.lag.ms"));
  EXPECT_THAT(refused({{"remote.storage.enable", "true"}, {"cleanup.policy", "compact"}}),
              HasSubstr("compact"));
  EXPECT_THAT(refused({{"remote.storage.enable", "true"},
                       {"retention.ms", "10"},
                       {"local.retention.ms", "11"}}),
              HasSubstr("local.retention.ms"));
}

}  // namespace
}  // namespace logs
