// The bytes of the journal, the checkpoint and topic.json (docs/format).
#include <gtest/gtest.h>

#include "log/storage/checkpoint.h"
#include "log/storage/journal_format.h"
#include "log/storage/segment.h"
#include "log/storage/topic_file.h"

namespace logs {
namespace {

const base::Uuid kId = *base::Uuid::Parse("00112233-4455-6677-8899-aabbccddeeff");

TEST(JournalFormatTest, AFrameIsReadBackAndATornOneIsNone) {
  std::string frame = BeginFrame();
  AppendEntry(frame, {.topic_id = kId, .partition = 3, .base_offset = Offset(9), .batches = "ab"});
  AppendEntry(frame, {.topic_id = kId, .partition = 4, .base_offset = Offset(0), .batches = ""});
  FinishFrame(frame, 5, 6);
  const auto read = ReadFrame(frame + "rest");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->journal, 5U);
  EXPECT_EQ(read->group, 6U);
  EXPECT_EQ(read->size_bytes, frame.size());
  std::string_view entries = read->entries;
  const auto first = TakeEntry(entries);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->topic_id, kId);
  EXPECT_EQ(first->partition, 3);
  EXPECT_EQ(first->base_offset, Offset(9));
  EXPECT_EQ(first->batches, "ab");
  EXPECT_EQ(TakeEntry(entries)->partition, 4);
  EXPECT_FALSE(TakeEntry(entries).has_value());
  for (size_t i = 0; i < frame.size(); ++i) {
    std::string torn = frame;
    torn[i] = static_cast<char>(torn[i] ^ 1);
    EXPECT_FALSE(ReadFrame(torn).has_value()) << i;
    EXPECT_FALSE(ReadFrame(frame.substr(0, i)).has_value()) << i;
  }
}

TEST(CheckpointTest, IsReadBackAndADamagedOneIsRefused) {
  const LogCheckpoint written{.opening = 7,
                              .journal_from = 8,
                              .partitions = {{.topic_id = kId,
                                              .partition = 1,
                                              .log_start = Offset(2),
                                              .recovery = Offset(3),
                                              .segment = Offset(1),
                                              .position = 4,
                                              .producers = "bytes"},
                                             {.topic_id = kId, .partition = 2}}};
  const std::string bytes = EncodeCheckpoint(written);
  EXPECT_EQ(DecodeCheckpoint(bytes).value(), written);
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string torn = bytes;
    torn[i] = static_cast<char>(torn[i] ^ 1);
    EXPECT_FALSE(DecodeCheckpoint(torn).ok()) << i;
    EXPECT_FALSE(DecodeCheckpoint(bytes.substr(0, i)).ok()) << i;
  }
}

TEST(TopicFileTest, IsReadBack) {
  const TopicFile topic{.name = "a.b",
                        .id = kId,
                        .num_partitions = 7,
                        .internal = true,
                        .configs = {{"retention.ms", "5"}}};
  EXPECT_EQ(DecodeTopicFile(EncodeTopicFile(topic)).value(), topic);
  EXPECT_EQ(DecodeTopicFile("{}").error().code(), base::Code::kCorruption);
  EXPECT_EQ(DecodeTopicFile("").error().code(), base::Code::kCorruption);
}

TEST(TopicFileTest, NamesAreThoseOfKafka) {
  for (const char* name : {"a", "A-b_c.9", "__consumer_offsets", "..."}) {
    EXPECT_TRUE(CheckTopicName(name).ok()) << name;
  }
  for (const std::string& name : {std::string(), std::string("."), std::string(".."),
                                  std::string("a b"), std::string("a/b"), std::string(250, 'a')}) {
    EXPECT_FALSE(CheckTopicName(name).ok()) << name;
  }
}

TEST(SegmentNameTest, HasTwentyDigits) {
  EXPECT_EQ(SegmentName(Offset(4711)), "00000000000000004711");
  EXPECT_EQ(ParseSegmentName("00000000000000004711"), Offset(4711));
  for (const char* name : {"4711", "0000000000000000471x", "-0000000000000004711", ""}) {
    EXPECT_FALSE(ParseSegmentName(name).has_value()) << name;
  }
}

}  // namespace
}  // namespace logs
