#include "lake/actions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lake/action_parser.h"
#include "lake/uri.h"

namespace lake {
namespace {

using testing::HasSubstr;

template <typename T>
T Parsed(std::string_view json) {
  auto action = ParseAction(json);
  EXPECT_TRUE(action.ok()) << action.error().ToString();
  return std::get<T>(action.value().value());
}

TEST(ActionsTest, EveryActionSurvivesWritingAndReading) {
  const std::vector<Action> actions = {
      Protocol{},
      Protocol{.min_reader_version = 3,
               .min_writer_version = 7,
               .reader_features = {{"timestampNtz"}},
               .writer_features = {{"timestampNtz", "appendOnly"}}},
      Metadata{.id = "5fba94ed-9794-4965-ba6e-6ee3c0d22af9",
               .name = "items",
               .description = "tab\there",
               .schema_json = R"({"type":"struct","fields":[]})",
               .partition_columns = {"day", "a b"},
               .configuration = {{"delta.appendOnly", "true"}},
               .created_unix_ms = 1587968585495},
      AddFile{.path = "day=2026-11-21/a%3Ab/part 1é.parquet",
              .partition_values = {{"day", "2026-11-21"}, {"a b", std::nullopt}},
              .size_bytes = int64_t{1} << 40,
              .modified_unix_ms = 1515488792000,
              .data_change = false,
              .stats_json = R"({"numRecords":1,"minValues":{"s":"\"\\"}})",
              .tags = {{"k", "v"}}},
      RemoveFile{.path = "x.parquet", .deletion_unix_ms = 5},
      RemoveFile{.path = "y.parquet",
                 .deletion_unix_ms = 5,
                 .data_change = false,
                 .partition_values = PartitionValues{{"p", "1"}},
                 .size_bytes = 7},
      Txn{.app_id = "load/1", .version = -3, .last_updated_unix_ms = 9},
      Txn{.app_id = "", .version = 1},
      CommitInfo{.timestamp_unix_ms = 1515491537026,
                 .operation = "WRITE",
                 .parameters = {{"mode", "\"Append\""}, {"list", "[1,{\"a\":null}]"}},
                 .metrics = {{"numOutputRows", "12"}},
                 .extra = {{"readVersion", "4"}, {"txnId", "\"t\""}, {"deep", "{\"a\":[true]}"}},
                 .engine = "tributary/0.1.0"},
  };
  ActionParser parser;
  std::string lines;
  for (const Action& action : actions) {
    const std::string json = ToJson(action);
    EXPECT_EQ(json.find('\n'), std::string::npos);
    EXPECT_EQ(parser.Parse(json).value().value(), action) << json;
    lines += json + "\n";
  }
  EXPECT_EQ(parser.ParseLines(lines).value(), actions);
}

// The shapes below follow what Spark and delta-rs write, typed by hand.
TEST(ActionsTest, ReadsWhatOthersWrite) {
  const auto add = Parsed<AddFile>(
      R"({"add":{"path":"p=a%20b%2525/part-0.c000.snappy.parquet","partitionValues":{"p":"a b%25","q":"",)"
      R"("r":null},"size":396,"modificationTime":1564524294000,"dataChange":true,"stats":null,)"
      R"("tags":null,"deletionVector":null,"baseRowId":12,"clusteringProvider":"x"}})");
  EXPECT_EQ(add.path, "p=a b%25/part-0.c000.snappy.parquet");
  EXPECT_EQ(add.partition_values,
            (PartitionValues{{"p", "a b%25"}, {"q", std::nullopt}, {"r", std::nullopt}}));
  EXPECT_EQ(add.stats_json, std::nullopt);

  const auto remove = Parsed<RemoveFile>(
      R"({"remove":{"path":"x.parquet","dataChange":true,"extendedFileMetadata":true,)"
      R"("partitionValues":{},"size":3,"tags":{"a":"b"},"stats":"{}"}})");
  EXPECT_EQ(remove.size_bytes, 3);
  EXPECT_EQ(remove.deletion_unix_ms, 0);

  const auto info = Parsed<CommitInfo>(
      R"({"commitInfo":{"timestamp":1700000000000,"userName":"a","operation":"WRITE",)"
      R"("operationParameters":{"mode":"Append","partitionBy":"[]","n": 3 ,"b":false},)"
      R"("readVersion":0,"isBlindAppend":true,"operationMetrics":{"numFiles":"1","n":2},)"
      R"("engineInfo":"Apache-Spark/3.5.0 Delta-Lake/3.0.0","txnId":"u"}})");
  EXPECT_EQ(info.parameters.at("mode"), "\"Append\"");
  EXPECT_EQ(info.parameters.at("partitionBy"), "\"[]\"");
  EXPECT_EQ(info.parameters.at("n"), "3");
  EXPECT_EQ(info.metrics.at("n"), "2");
  EXPECT_EQ(info.extra.at("isBlindAppend"), "true");
  EXPECT_EQ(info.engine, "Apache-Spark/3.5.0 Delta-Lake/3.0.0");

  // A row of a checkpoint, with the other actions null.
  EXPECT_EQ(Parsed<Txn>(R"({"txn":{"appId":"a","version":2},"add":null,"remove":null})").version,
            2);
}

TEST(ActionsTest, PassesOverWhatTheProtocolAllows) {
  for (const char* json :
       {R"({"cdc":{"path":"_change_data/x","size":1,"partitionValues":{},"dataChange":false}})",
        R"({"domainMetadata":{"domain":"d","configuration":"","removed":false}})",
        R"({"somethingNew":[1,2,{"a":"b"}]})", "{}"}) {
    const auto action = ParseAction(json);
    ASSERT_TRUE(action.ok()) << json;
    EXPECT_FALSE(action.value().has_value()) << json;
  }
  EXPECT_TRUE(ActionParser().ParseLines("\n  \r\n").value().empty());
}

TEST(ActionsTest, UnreadableActionsAreCorruption) {
  for (const char* json :
       {"", "[]", "1", "null", "{", R"({"add":)", R"({"add":{"path":"x","size":1)",
        R"({"add":{"path":"x","size":"1"}})", R"({"add":{"size":1}})", R"({"add":[]})",
        R"({"add":{"path":7}})", R"({"txn":{"appId":"a"}})", R"({"protocol":{}})",
        R"({"protocol":{"minReaderVersion":1,"minWriterVersion":"2"}})",
        R"({"metaData":{"id":"x"}})", R"({"add":{"path":"x"},"txn":{"appId":"a","version":1}})",
        R"({"remove":{"path":"x"}} {"remove":{"path":"y"}})",
        // Words that begin as null does: simdjson throws on these unless asked not to.
        R"({"commitInfo":{"operationMetrics":{"a":nope"1","b":"0"}}})",
        R"({"add":{"path":"x","partitionValues":{"p":nul}}})", R"({"add":nil})"}) {
    const auto action = ParseAction(json);
    ASSERT_FALSE(action.ok()) << json;
    EXPECT_EQ(action.error().code(), base::Code::kCorruption) << json;
  }
  const auto lines = ActionParser().ParseLines("{}\n{}\n{\"add\":3}\n");
  EXPECT_THAT(lines.error().message(), HasSubstr("line 3"));
}

TEST(ActionsTest, WhatItLacksIsRefusedByName) {
  const auto vector = ParseAction(
      R"({"add":{"path":"x","partitionValues":{},"size":1,"modificationTime":1,"dataChange":true,)"
      R"("deletionVector":{"storageType":"u","pathOrInlineDv":"a","offset":1,"sizeInBytes":1,)"
      R"("cardinality":1}}})");
  EXPECT_EQ(vector.error().code(), base::Code::kUnsupported);
  EXPECT_THAT(vector.error().message(), HasSubstr("deletionVectors"));
  const auto elsewhere = ParseAction(R"({"add":{"path":"s3://b/x","size":1}})");
  EXPECT_EQ(elsewhere.error().code(), base::Code::kUnsupported);
  EXPECT_THAT(elsewhere.error().message(), HasSubstr("s3://b/x"));
  const auto format =
      ParseAction(R"({"metaData":{"id":"x","format":{"provider":"orc"},"schemaString":"{}"}})");
  EXPECT_EQ(format.error().code(), base::Code::kUnsupported);
}

TEST(UriTest, PathsAreEncodedAndDecoded) {
  EXPECT_EQ(EncodePath("a=1/b c%:é"), "a=1/b%20c%25%3A%C3%A9");
  EXPECT_EQ(DecodePath("a=1/b%20c%25%3A%C3%A9"), "a=1/b c%:é");
  EXPECT_EQ(DecodePath("100%/%zz%4"), "100%/%zz%4");
  EXPECT_EQ(DecodePath("a%2"), "a%2");
  EXPECT_EQ(DecodePath("a%20"), "a ");
  EXPECT_TRUE(IsAbsoluteUri("/data/x"));
  EXPECT_TRUE(IsAbsoluteUri("file:/x"));
  EXPECT_FALSE(IsAbsoluteUri("t=1%3A2/x"));
  EXPECT_FALSE(IsAbsoluteUri("t=1:2/x"));
}

}  // namespace
}  // namespace lake
