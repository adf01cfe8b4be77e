#include "app/record_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

// One record read back from a batch, with the batch that it points into.
struct OneRecord {
  explicit OneRecord(const logs::Record& record) {
    logs::BatchBuilder builder({.base_offset = logs::Offset(7)});
    builder.Append(record);
    batch = std::move(builder).Finish().value();
    auto reader = logs::RecordReader::Open(logs::BatchView(batch), 1'000'000).value();
    view = *reader.Next();
  }
  std::string batch;
  logs::RecordView view;
};

const logs::TopicPartition kPartition{"orders", 3};

std::string Print(std::string_view format, const logs::RecordView& record,
                  std::string null_text = "") {
  const auto parsed = RecordFormat::Parse(format, std::move(null_text));
  EXPECT_TRUE(parsed.ok()) << parsed.error().ToString();
  std::string text;
  parsed->Append({.partition = kPartition, .record = record, .number = 2}, text);
  return text;
}

TEST(RecordTextTest, PrintsByRpksLetters) {
  const std::vector<logs::HeaderView> headers = {{.key = "a", .value = "1"},
                                                 {.key = "b", .value = std::nullopt}};
  const OneRecord one({.key = "key", .value = "value", .timestamp_ms = 1'500, .headers = headers});
  EXPECT_EQ(Print("%t/%p@%o %k=%v\\n", one.view), "orders/3@7 key=value\n");
  EXPECT_EQ(Print("%T %K %V %H %i %%", one.view), "6 3 5 2 2 %");
  EXPECT_EQ(Print("%d %d{strftime[%H:%M:%S]}", one.view), "1500 00:00:01");
  EXPECT_EQ(Print("%h{%k=%v;}", one.view), "a=1;b=;");
  EXPECT_EQ(Print("%h{%K:%V }", OneRecord({}).view), "");
  EXPECT_EQ(Print("%k{hex} %v{base64}", one.view), "6b6579 dmFsdWU=");
}

TEST(RecordTextTest, NullIsAsToldAndEmptyIsEmpty) {
  EXPECT_EQ(Print("%k|%v", OneRecord({.value = ""}).view, "NULL"), "NULL|");
  EXPECT_EQ(Print("%k|%v", OneRecord({.key = ""}).view), "|");
}

TEST(RecordTextTest, AWrongFormatSaysWhatIsWrong) {
  for (const char* wrong :
       {"%q", "%", "%h", "%h{%t}", "%v{hex", "%v{rot13}", "%d{go[x]}", "\\q", "\\x1", "%t{hex}"}) {
    const auto parsed = RecordFormat::Parse(wrong);
    ASSERT_FALSE(parsed.ok()) << wrong;
    EXPECT_NE(parsed.error().hint(), "") << wrong;
  }
  EXPECT_THAT(RecordFormat::Parse("a %q").error().message(), HasSubstr("'%q'"));
}

TEST(RecordTextTest, ARecordIsOneJsonObject) {
  const std::vector<logs::HeaderView> headers = {{.key = "h", .value = "x\"y"}};
  const OneRecord one({.value = "\xff", .timestamp_ms = 0, .headers = headers});
  EXPECT_EQ(RecordJson({.partition = kPartition, .record = one.view}),
            R"({"topic":"orders","partition":3,"offset":7,"timestamp":"1970-01-01T00:00:00.000Z",)"
            "\"key\":null,\"value\":\"\xEF\xBF\xBD\",\"headers\":[{\"key\":\"h\",\"value\":"
            R"("x\"y"}]})");
}

TEST(RecordTextTest, InputIsCutAtItsDelimiters) {
  const auto lines = ParseRecords("a\n\nb", {});
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_EQ(lines[0].value, "a");
  EXPECT_EQ(lines[1].value, "");
  EXPECT_EQ(lines[2].value, "b");
  EXPECT_EQ(lines[0].key, std::nullopt);

  const auto keyed = ParseRecords(
      "k1:v:1;k2:;none;",
      {.record_delimiter = ";", .key_delimiter = ":", .key = "usual", .empty_is_null = true});
  ASSERT_THAT(keyed, SizeIs(3));
  EXPECT_EQ(keyed[0].key, "k1");
  EXPECT_EQ(keyed[0].value, "v:1");
  EXPECT_EQ(keyed[1].key, "k2");
  EXPECT_EQ(keyed[1].value, std::nullopt);
  EXPECT_EQ(keyed[2].key, "usual");
  EXPECT_EQ(keyed[2].value, "none");
}

TEST(RecordTextTest, EscapesMeanBytes) {
  EXPECT_EQ(Unescaped("\\t\\x41\\0\\\\").value(), std::string("\tA\0\\", 4));
  EXPECT_FALSE(Unescaped("end\\").ok());
}

}  // namespace
}  // namespace app
