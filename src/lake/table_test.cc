#include "lake/table.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lake/log_names.h"
#include "lake/table_properties.h"
#include "lake/test_table.h"

namespace lake {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int64_t kDayMs = 86'400'000;

TEST_F(TableTest, ThereIsNoTableUntilOneIsMade) {
  const auto table = Open();
  const auto none = table->Load();
  EXPECT_EQ(none.error().code(), base::Code::kNotFound);
  EXPECT_EQ(table->History(5).error().code(), base::Code::kNotFound);
  EXPECT_EQ(table->LoadAt(1).error().code(), base::Code::kNotFound);
  EXPECT_EQ(MustAppend(*table, "a", 3), 0);
  const auto snapshot = table->Load().value();
  EXPECT_EQ(snapshot->version(), Version(0));
  EXPECT_EQ(snapshot->timestamp_unix_ms(), clock_.NowUnixMs());
  EXPECT_EQ(snapshot->schema(), ItemsSchema());
  EXPECT_EQ(snapshot->protocol(), Protocol{});
  EXPECT_EQ(snapshot->num_rows(), 3);
  EXPECT_THAT(Paths(*snapshot), ElementsAre("a"));
}

TEST_F(TableTest, LoadFollowsTheLogAndOldSnapshotsStay) {
  const auto table = Open();
  MustAppend(*table, "b", 1);
  const auto first = table->Load().value();
  const auto other = Open();
  MustAppend(*other, "a", 2);
  MustCommit(*other, Overwrite(other->Load().value(), "c", 5));
  const auto newest = table->Load().value();
  EXPECT_EQ(newest->version(), Version(2));
  EXPECT_THAT(Paths(*newest), ElementsAre("c"));
  EXPECT_EQ(newest->num_rows(), 5);
  EXPECT_THAT(Paths(*first), ElementsAre("b"));
  EXPECT_EQ(table->Load().value(), newest);  // nothing new, nothing read again
}

TEST_F(TableTest, ATableMadeAnewUnderTheSameNameIsSeen) {
  const auto table = Open();
  MustAppend(*table, "a");
  MustAppend(*table, "b");
  ASSERT_EQ(table->Load().value()->version(), Version(1));
  const auto keys = store_->List("").value();
  for (const auto& info : keys) ASSERT_TRUE(store_->Delete(info.key).ok());
  EXPECT_EQ(table->Load().error().code(), base::Code::kNotFound);
  clock_.Advance(1000);
  EXPECT_EQ(MustAppend(*Open(), "c"), 0);
  EXPECT_THAT(Paths(*table->Load().value()), ElementsAre("c"));
}

TEST_F(TableTest, PastVersionsAreReadByNumberAndByTime) {
  const auto table = Open({.checkpoint_interval = 3});
  const int64_t start_unix_ms = clock_.NowUnixMs();
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(MustAppend(*table, "f" + std::to_string(i)), i);
    clock_.Advance(1000);
  }
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(table->LoadVersion(Version(i)).value()->files().size(), static_cast<size_t>(i + 1));
    EXPECT_EQ(table->LoadAt(start_unix_ms + i * 1000).value()->version(), Version(i));
    EXPECT_EQ(table->LoadAt(start_unix_ms + i * 1000 + 999).value()->version(), Version(i));
    EXPECT_EQ(table->LoadVersion(Version(i)).value()->timestamp_unix_ms(),
              start_unix_ms + i * 1000);
  }
  EXPECT_EQ(table->LoadAt(INT64_MAX).value()->version(), Version(7));
  const auto early = table->LoadAt(start_unix_ms - 1);
  EXPECT_EQ(early.error().code(), base::Code::kNotFound);
  EXPECT_THAT(early.error().message(), HasSubstr("2023-11-14T22:13:19.999Z"));
  EXPECT_THAT(table->LoadVersion(Version(8)).error().message(), HasSubstr("the newest is 7"));
  EXPECT_EQ(table->LoadVersion(Version(-1)).error().code(), base::Code::kInvalidArgument);
}

TEST_F(TableTest, CommitsOfOneMillisecondAreToldApartByTheirTimes) {
  const auto table = Open();
  for (int i = 0; i < 4; ++i) MustAppend(*table, "f" + std::to_string(i));
  for (int i = 0; i < 4; ++i) {
    const int64_t committed_unix_ms = table->LoadVersion(Version(i)).value()->timestamp_unix_ms();
    EXPECT_EQ(table->LoadAt(committed_unix_ms).value()->version(), Version(i));
  }
}

TEST_F(TableTest, HistoryIsNewestFirst) {
  const auto table = Open();
  MustAppend(*table, "a");
  clock_.Advance(5);
  CommitRequest request = Overwrite(table->Load().value(), "b", 2);
  request.info.operation = "CREATE OR REPLACE TABLE AS SELECT";
  request.info.parameters["mode"] = "\"Overwrite\"";
  MustCommit(*table, std::move(request));
  PutCommit(2, {R"({"txn":{"appId":"x","version":1}})"});
  const auto history = table->History(10).value();
  ASSERT_EQ(history.size(), 3u);
  EXPECT_EQ(history[0].version, Version(2));
  EXPECT_EQ(history[0].info.operation, "");
  EXPECT_EQ(history[0].info.timestamp_unix_ms, clock_.NowUnixMs());  // the file's date
  EXPECT_EQ(history[1].info.operation, "CREATE OR REPLACE TABLE AS SELECT");
  EXPECT_EQ(history[1].info.parameters.at("mode"), "\"Overwrite\"");
  EXPECT_EQ(history[1].info.extra.at("isBlindAppend"), "false");
  EXPECT_EQ(history[1].info.extra.at("readVersion"), "0");
  EXPECT_THAT(history[1].info.engine, HasSubstr("tributary/"));
  EXPECT_EQ(history[2].info.operation, "WRITE");
  EXPECT_EQ(table->History(1).value().size(), 1u);
}

TEST_F(TableTest, CheckpointsAreWrittenAndReadFrom) {
  const auto table = Open({.checkpoint_interval = 5});
  MustAppend(*table, "a");
  for (int i = 1; i <= 4; ++i) {
    VersionOf(Append(*table, "b" + std::to_string(i), 1, {{.app_id = "load", .version = i}}));
  }
  MustCommit(*table, Overwrite(table->Load().value(), "c", 9));
  MustAppend(*table, "d");
  EXPECT_EQ(*store_->Get(std::string(kLastCheckpointKey)),
            R"({"version":5,"size":9,"sizeInBytes":)" +
                std::to_string(store_->Head(CheckpointKey(Version(5)))->size_bytes) +
                R"(,"numOfAddFiles":1})");
  // Without the commits before it, the checkpoint is all there is.
  for (int64_t v = 0; v <= 4; ++v) ASSERT_TRUE(store_->Delete(CommitKey(Version(v))).ok());
  const auto snapshot = Open()->Load().value();
  EXPECT_EQ(snapshot->version(), Version(6));
  EXPECT_THAT(Paths(*snapshot), ElementsAre("c", "d"));
  EXPECT_EQ(snapshot->TxnVersion("load"), 4);
  EXPECT_EQ(snapshot->TxnVersion("other"), std::nullopt);
  EXPECT_EQ(snapshot->schema(), ItemsSchema());
  EXPECT_THAT(Open()->LoadVersion(Version(3)).error().message(), HasSubstr("the oldest kept is 5"));
  // The sixth commit of a clock that stood still.
  EXPECT_EQ(Open()->LoadVersion(Version(5)).value()->timestamp_unix_ms(), clock_.NowUnixMs() + 5);
}

TEST_F(TableTest, AWrongOrBrokenCheckpointHintIsNoHindrance) {
  const auto table = Open({.checkpoint_interval = 3});
  for (int i = 0; i < 6; ++i) MustAppend(*table, "f" + std::to_string(i));
  for (const char* hint : {"", "{", "[]", R"({"version":-4})", R"({"version":"3"})",
                           R"({"version":900})", R"({"version":4})", R"({"version":1})"}) {
    ASSERT_TRUE(store_->Put(std::string(kLastCheckpointKey), hint).ok());
    EXPECT_EQ(Open()->Load().value()->files().size(), 6u) << hint;
  }
  // An unreadable checkpoint is passed over as long as the commits are there.
  ASSERT_TRUE(store_->Put(std::string(kLastCheckpointKey), R"({"version":3})").ok());
  ASSERT_TRUE(store_->Put(CheckpointKey(Version(3)), "damaged").ok());
  EXPECT_EQ(Open()->Load().value()->files().size(), 6u);
  ASSERT_TRUE(store_->Delete(CommitKey(Version(1))).ok());
  EXPECT_EQ(Open()->Load().error().code(), base::Code::kCorruption);
}

TEST_F(TableTest, MultiPartCheckpointsAreReadWhenComplete) {
  const auto table = Open({.checkpoint_interval = 3});
  for (int i = 0; i < 5; ++i) MustAppend(*table, "f" + std::to_string(i));
  const std::string text = *store_->Get(CheckpointKey(Version(3)));
  const size_t middle = text.find('\n', text.size() / 2);
  ASSERT_TRUE(store_->Delete(CheckpointKey(Version(3))).ok());
  const std::string stem = "_delta_log/00000000000000000003.checkpoint.";
  ASSERT_TRUE(store_->Put(stem + "0000000001.0000000002.parquet", text.substr(0, middle)).ok());
  for (int64_t v = 0; v <= 2; ++v) ASSERT_TRUE(store_->Delete(CommitKey(Version(v))).ok());
  EXPECT_EQ(Open()->Load().error().code(), base::Code::kCorruption);  // half of it is missing
  ASSERT_TRUE(store_->Put(stem + "0000000002.0000000002.parquet", text.substr(middle + 1)).ok());
  EXPECT_EQ(Open()->Load().value()->files().size(), 5u);
}

TEST_F(TableTest, AHoleInTheLogIsCorruption) {
  const auto table = Open({.checkpoint_interval = 100});
  for (int i = 0; i < 4; ++i) MustAppend(*table, "f" + std::to_string(i));
  ASSERT_TRUE(store_->Delete(CommitKey(Version(2))).ok());
  const auto broken = Open()->Load();
  EXPECT_EQ(broken.error().code(), base::Code::kCorruption);
  EXPECT_THAT(broken.error().message(), HasSubstr("version 2 is missing"));
  EXPECT_EQ(Open()->LoadVersion(Version(1)).value()->files().size(), 2u);
}

TEST_F(TableTest, ATornCommitIsCorruptionNamingItsPlace) {
  const auto table = Open();
  MustAppend(*table, "a");
  ASSERT_TRUE(table->Load().ok());
  PutCommit(1, {R"({"txn":{"appId":"x","version":1}})", R"({"add":{"path":"b","si)"});
  const auto fresh = Open();
  for (Table* reader : {table.get(), fresh.get()}) {
    const auto torn = reader->Load();
    EXPECT_EQ(torn.error().code(), base::Code::kCorruption);
    EXPECT_THAT(torn.error().message(), HasSubstr("version 1 of memory:: line 2"));
  }
}

TEST_F(TableTest, TheLogIsCleanedByRetentionAndStaysReadable) {
  const auto table = Open({.checkpoint_interval = 4, .log_retention_ms = 7 * kDayMs});
  for (int i = 0; i < 21; ++i) {
    MustAppend(*table, "f" + std::to_string(i));
    clock_.Advance(kDayMs);
  }
  // Version 20 was made on day 20: what is older than day 13 goes, back to the checkpoint of 12.
  const LogListing listing = ListLog(*store_, Version(0)).value();
  EXPECT_EQ(listing.commits.front().version, Version(12));
  EXPECT_EQ(listing.checkpoints.front().version, Version(12));
  EXPECT_EQ(Open()->Load().value()->files().size(), 21u);
  EXPECT_EQ(Open()->LoadVersion(Version(14)).value()->files().size(), 15u);
  EXPECT_EQ(Open()->LoadVersion(Version(11)).error().code(), base::Code::kNotFound);
}

TEST_F(TableTest, PropertiesOfTheTableOverrideOptions) {
  const auto table = Open({.checkpoint_interval = 2, .log_retention_ms = 0});
  Metadata metadata = MakeMetadata(ItemsSchema(), {}, "id", 1).value();
  metadata.configuration = {{"delta.checkpointInterval", "3"},
                            {"delta.enableExpiredLogCleanup", "false"}};
  MustCommit(*table, {.metadata = metadata});
  for (int i = 1; i < 7; ++i) {
    clock_.Advance(40 * kDayMs);
    MustAppend(*table, "f" + std::to_string(i));
  }
  const LogListing listing = ListLog(*store_, Version(0)).value();
  EXPECT_EQ(listing.commits.size(), 7u);
  ASSERT_EQ(listing.checkpoints.size(), 2u);
  EXPECT_EQ(listing.checkpoints.front().version, Version(3));
}

TEST_F(TableTest, TombstonesStayInCheckpointsUntilTheyExpire) {
  const auto table = Open({.checkpoint_interval = 2});
  MustAppend(*table, "a");
  MustCommit(*table, Overwrite(table->Load().value(), "b", 1));
  MustAppend(*table, "c");
  EXPECT_THAT(*store_->Get(CheckpointKey(Version(2))), HasSubstr(R"({"remove":{"path":"a")"));
  clock_.Advance(8 * kDayMs);
  MustAppend(*table, "d");
  MustAppend(*table, "e");
  EXPECT_THAT(*store_->Get(CheckpointKey(Version(4))),
              testing::Not(HasSubstr(R"({"remove":{"path":"a")")));
}

TEST_F(TableTest, IntervalsAreRead) {
  EXPECT_EQ(ParseIntervalMs("interval 30 days"), 30 * kDayMs);
  EXPECT_EQ(ParseIntervalMs(" INTERVAL 1 week 2 hours"), 7 * kDayMs + 7'200'000);
  EXPECT_EQ(ParseIntervalMs("90 minutes"), 5'400'000);
  for (const char* bad : {"", "interval", "30", "days", "x days", "1 month", "-1 days",
                          "9223372036854775807 weeks"}) {
    EXPECT_EQ(ParseIntervalMs(bad), std::nullopt) << bad;
  }
}

TEST_F(TableTest, TablesOfALakeAreFound) {
  for (const char* prefix : {"silver/items", "bronze/reviews", "deep/er/er"}) {
    Table table(object::Under(store_, prefix), &checkpoints_, &clock_);
    MustAppend(table, "x.parquet");
  }
  ASSERT_TRUE(store_->Put("silver/other/_delta_log/notes.txt", "x").ok());
  ASSERT_TRUE(store_->Put("silver/data.csv", "x").ok());
  EXPECT_THAT(FindTables(*store_).value(),
              ElementsAre("bronze/reviews", "deep/er/er", "silver/items"));
  EXPECT_THAT(FindTables(*object::Under(store_, "silver")).value(), ElementsAre("items"));
  EXPECT_THAT(FindTables(*object::Under(store_, "none")).value(), IsEmpty());
}

// A log as Spark leaves it, typed by hand: schemas with spaces, partitions, statistics with numbers
// beyond 64 bits, a file replaced by one of the same commit, actions we do not know.
TEST_F(TableTest, ReadsALogOfAnotherEngine) {
  PutCommit(
      0,
      {R"({"commitInfo":{"timestamp":1564524295023,"operation":"CREATE TABLE","operationParameters":{"isManaged":"false","description":null,"partitionBy":"[\"part\"]","properties":"{}"},"isolationLevel":"SnapshotIsolation","isBlindAppend":true,"operationMetrics":{},"engineInfo":"Apache-Spark/3.1.1 Delta-Lake/1.0"}})",
       R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})",
       R"({"metaData":{"id":"22ef18ba","format":{"provider":"parquet","options":{}},"schemaString":"{\"type\":\"struct\",\"fields\":[{\"name\":\"value\",\"type\":\"decimal(38,0)\",\"nullable\":true,\"metadata\":{}},{\"name\":\"part\",\"type\":\"string\",\"nullable\":true,\"metadata\":{}}]}","partitionColumns":["part"],"configuration":{"delta.randomizeFilePrefixes":"false"},"createdTime":1564524294376}})",
       R"({"add":{"path":"part=a%20b/part-00000.c000.snappy.parquet","partitionValues":{"part":"a b"},"size":396,"modificationTime":1564524294000,"dataChange":true,"stats":"{\"numRecords\":2,\"minValues\":{\"value\":10000000000000000000000000000000000001},\"maxValues\":{\"value\":99999999999999999999999999999999999999},\"nullCount\":{\"value\":0}}"}})"});
  PutCommit(
      1,
      {R"({"commitInfo":{"timestamp":1564524296741,"operation":"DELETE","operationParameters":{"predicate":"[\"(value > 3)\"]"},"readVersion":0,"isBlindAppend":false}})",
       R"({"remove":{"path":"part=a%20b/part-00000.c000.snappy.parquet","deletionTimestamp":1564524296740,"dataChange":true,"extendedFileMetadata":true,"partitionValues":{"part":"a b"},"size":396,"tags":{}}})",
       R"({"add":{"path":"part=__HIVE_DEFAULT_PARTITION__/part-00000.parquet","partitionValues":{"part":null},"size":405,"modificationTime":1564524296741,"dataChange":true,"stats":"{\"numRecords\":1}"}})",
       R"({"cdc":{"path":"_change_data/cdc-0.parquet","partitionValues":{},"size":1,"dataChange":false}})"});
  const auto table = Open();
  const auto snapshot = table->Load().value();
  EXPECT_EQ(snapshot->timestamp_unix_ms(), 1564524296741);
  ASSERT_EQ(snapshot->files().size(), 1u);
  EXPECT_EQ(snapshot->files()[0].partition_values.at("part"), std::nullopt);
  EXPECT_EQ(snapshot->num_rows(), 1);
  EXPECT_EQ(snapshot->schema().fields[0].type, columnar::Type::Decimal(38, 0));
  EXPECT_EQ(table->LoadVersion(Version(0)).value()->files()[0].path,
            "part=a b/part-00000.c000.snappy.parquet");
  EXPECT_EQ(table->LoadVersion(Version(0)).value()->num_rows(), 2);
}

TEST_F(TableTest, TwoWritersLoseNothing) {
  MustAppend(*Open(), "start");
  constexpr int kWriters = 4;
  constexpr int kCommits = 25;
  std::vector<std::jthread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      const auto table = Open();
      for (int i = 0; i < kCommits; ++i) {
        MustAppend(*table, std::to_string(writer) + "-" + std::to_string(i));
      }
    });
  }
  writers.clear();
  const auto snapshot = Open()->Load().value();
  EXPECT_EQ(snapshot->version(), Version(kWriters * kCommits));
  EXPECT_EQ(snapshot->num_rows(), kWriters * kCommits + 1);
}

TEST_F(TableTest, OneTableIsSharedByThreads) {
  const auto table = Open({.checkpoint_interval = 7});
  MustAppend(*table, "start");
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 25; ++i) {
        MustAppend(*table, std::to_string(thread) + "-" + std::to_string(i));
        EXPECT_GT(table->Load().value()->files().size(), 1u);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(table->Load().value()->files().size(), 101u);
}

}  // namespace
}  // namespace lake
