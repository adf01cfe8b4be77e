// The contract of Log and Partition, over a disk in memory.
#include "log/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "env/faulty_files.h"
#include "env/memory_files.h"
#include "log/storage/log_test_support.h"
#include "log/storage/segment.h"

namespace logs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LogTest : public testing::Test {
 protected:
  LogTest() { Open(); }

  void Open() {
    log_.reset();
    LogOptions options{.files = &faulty_,
                       .clock = &clock_,
                       .folder = "/log",
                       .flush = flush_,
                       .journal_bytes = journal_bytes_,
                       .background = false};
    auto opened = Log::Open(options);
    ASSERT_TRUE(opened.ok()) << opened.error().ToString();
    log_ = std::move(*opened);
  }
  // The power goes, and comes back.
  void Crash() {
    faulty_.FailCall(1, env::FileFault::kDieBefore);
    log_.reset();
    faulty_.FailCall(0, env::FileFault::kError);
    files_.Crash();
    Open();
  }
  std::shared_ptr<Partition> Create(const std::string& topic,
                                    std::map<std::string, std::string> configs = {}) {
    auto made = log_->CreateTopic({.name = topic, .configs = std::move(configs)});
    EXPECT_TRUE(made.ok()) << made.error().ToString();
    return (*made)->partitions.at(0);
  }
  std::shared_ptr<Partition> Find(const std::string& topic) { return log_->Find({topic, 0}); }
  AppendResult Append(Partition& partition, std::vector<std::string> values) {
    std::string batch = BatchOf(values, {.timestamp_ms = clock_.NowUnixMs()});
    return partition.Append({.batches = batch});
  }

  base::ManualClock clock_{1'700'000'000'000};
  env::MemoryFiles files_{&clock_};
  env::FaultyFiles faulty_{&files_};
  FlushPolicy flush_ = FlushPolicy::kAlways;
  uint64_t journal_bytes_ = uint64_t{64} << 10;
  std::unique_ptr<Log> log_;
};

TEST_F(LogTest, ARecordIsSeenOnceItIsDurable) {
  const auto partition = Create("t");
  const AppendResult appended = Append(*partition, {"a", "b"});
  ASSERT_EQ(appended.error, ErrorCode::kNone) << appended.message;
  EXPECT_EQ(appended.base_offset, Offset(0));
  EXPECT_EQ(appended.last_offset, Offset(1));
  EXPECT_EQ(log_->IsDurable(appended.ticket), Durable::kNotYet);
  EXPECT_THAT(ValuesFrom(*partition, Offset(0)), IsEmpty());
  EXPECT_THAT(ValuesFrom(*partition, Offset(0), Isolation::kLogEnd), ElementsAre("a", "b"));
  ASSERT_TRUE(log_->Sync().ok());
  EXPECT_EQ(log_->IsDurable(appended.ticket), Durable::kYes);
  EXPECT_THAT(ValuesFrom(*partition, Offset(0)), ElementsAre("a", "b"));
  EXPECT_EQ(partition->Ends().high_watermark, Offset(2));
}

TEST_F(LogTest, ReadingBeginsInTheMiddleOfABatchAndEndsAtTheEnd) {
  const auto partition = Create("t");
  for (const char* value : {"a", "b", "c"}) Append(*partition, {value, value});
  ASSERT_TRUE(log_->Sync().ok());
  EXPECT_THAT(ValuesFrom(*partition, Offset(3)), ElementsAre("b", "c", "c"));
  EXPECT_THAT(ValuesFrom(*partition, Offset(6)), IsEmpty());
  EXPECT_EQ(partition->Read({.offset = Offset(6)}).error, ErrorCode::kNone);
  EXPECT_EQ(partition->Read({.offset = Offset(7)}).error, ErrorCode::kOffsetOutOfRange);
  EXPECT_EQ(partition->Read({.offset = Offset(-1)}).error, ErrorCode::kOffsetOutOfRange);
}

TEST_F(LogTest, ReadingIsBoundedButGetsOn) {
  const auto partition = Create("t");
  for (int i = 0; i < 10; ++i) Append(*partition, {std::string(1000, 'x')});
  ASSERT_TRUE(log_->Sync().ok());
  EXPECT_EQ(partition->Read({.offset = Offset(0), .bytes_max = 2500}).batches.size(), 2 * 1070U);
  const ReadResult one = partition->Read({.offset = Offset(3), .bytes_max = 10});
  EXPECT_EQ(one.batches.size(), 1070U);
  EXPECT_EQ(BatchView(one.batches).base_offset(), Offset(3));
  EXPECT_THAT(partition->Read({.offset = Offset(3), .bytes_max = 10, .at_least_one_batch = false})
                  .batches,
              IsEmpty());
}

TEST_F(LogTest, EverythingIsThereAfterACleanEnd) {
  Create("t");
  for (int i = 0; i < 100; ++i) Append(*Find("t"), {std::to_string(i)});
  Open();
  EXPECT_EQ(ValuesFrom(*Find("t"), Offset(0)).size(), 100U);
  EXPECT_EQ(Append(*Find("t"), {"next"}).base_offset, Offset(100));
}

TEST_F(LogTest, WhatIsDurableSurvivesACrash) {
  Create("t", {{"segment.bytes", "1024"}});
  for (int i = 0; i < 200; ++i) {
    Append(*Find("t"), {std::to_string(i)});
    if (i % 10 == 0) {
      ASSERT_TRUE(log_->Sync().ok());
    }
  }
  Crash();
  const auto values = ValuesFrom(*Find("t"), Offset(0));
  ASSERT_EQ(values.size(), 191U);
  EXPECT_EQ(values.back(), "190");
  EXPECT_EQ(Append(*Find("t"), {"next"}).base_offset, Offset(191));
  ASSERT_TRUE(log_->Sync().ok());
  EXPECT_EQ(ValuesFrom(*Find("t"), Offset(191)).size(), 1U);
}

TEST_F(LogTest, SegmentsRollAndReadersCrossThem) {
  const auto partition = Create("t", {{"segment.bytes", "1024"}});
  for (int i = 0; i < 100; ++i) Append(*partition, {std::to_string(i)});
  ASSERT_TRUE(log_->Sync().ok());
  EXPECT_GT(files_.List("/log/topics/t/0").value().size(), 6U);
  const auto values = ValuesFrom(*partition, Offset(0));
  ASSERT_EQ(values.size(), 100U);
  for (size_t i = 0; i < values.size(); ++i) EXPECT_EQ(values[i], std::to_string(i));
}

TEST_F(LogTest, FindsRecordsByTime) {
  const auto partition = Create("t", {{"segment.bytes", "2048"}, {"index.interval.bytes", "100"}});
  const int64_t begin = clock_.NowUnixMs();
  for (int i = 0; i < 200; ++i) {
    Append(*partition, {"a", "b"});
    clock_.Advance(1'000);
  }
  ASSERT_TRUE(log_->Sync().ok());
  for (const int i : {0, 1, 57, 123, 199}) {
    const auto found =
        partition->FindTimestamp(begin + i * 1'000 - 500, Isolation::kReadUncommitted).value();
    EXPECT_EQ(found.offset, Offset(2 * i));
    EXPECT_EQ(found.timestamp_ms, begin + i * 1'000);
  }
  EXPECT_EQ(partition->FindTimestamp(begin + 200'000, Isolation::kReadUncommitted).value().offset,
            kNoOffset);
  EXPECT_EQ(partition->FindMaxTimestamp().value().offset, Offset(398));
  Open();
  EXPECT_EQ(Find("t")
                ->FindTimestamp(begin + 57'000, Isolation::kReadUncommitted)
                .value()
                .offset,
            Offset(114));
}

TEST_F(LogTest, DeletedRecordsStayDeleted) {
  const auto partition = Create("t", {{"segment.bytes", "1024"}});
  for (int i = 0; i < 100; ++i) Append(*partition, {std::to_string(i)});
  ASSERT_TRUE(log_->Sync().ok());
  const uint64_t size = partition->SizeBytes();
  EXPECT_EQ(partition->DeleteRecords(Offset(50)).value(), Offset(50));
  EXPECT_LT(partition->SizeBytes(), size);
  EXPECT_EQ(partition->Read({.offset = Offset(49)}).error, ErrorCode::kOffsetOutOfRange);
  EXPECT_EQ(ValuesFrom(*partition, Offset(50)).front(), "50");
  EXPECT_FALSE(partition->DeleteRecords(Offset(101)).ok());
  Crash();
  EXPECT_EQ(Find("t")->Ends().log_start, Offset(50));
  EXPECT_EQ(Find("t")->DeleteRecords(kNoOffset).value(), Offset(100));
  Open();
  EXPECT_EQ(Find("t")->Ends().log_start, Offset(100));
  EXPECT_EQ(Append(*Find("t"), {"x"}).base_offset, Offset(100));
}

TEST_F(LogTest, TopicsAreMadeChangedAndDeleted) {
  const auto made = log_->CreateTopic({.name = "t", .num_partitions = 2}).value();
  EXPECT_EQ(log_->CreateTopic({.name = "t"}).error().code(), base::Code::kAlreadyExists);
  EXPECT_EQ(log_->CreateTopic({.name = "a/b"}).error().code(), base::Code::kInvalidArgument);
  EXPECT_EQ(log_->CreateTopic({.name = "u", .configs = {{"no", "such"}}}).error().code(),
            base::Code::kInvalidArgument);
  EXPECT_EQ(log_->Find(made->id)->name, "t");
  EXPECT_EQ(log_->AddPartitions("t", 2).error().code(), base::Code::kInvalidArgument);
  EXPECT_EQ(log_->AddPartitions("t", 3).value()->partitions.size(), 3U);
  EXPECT_EQ(log_->SetConfigs("t", {{"retention.ms", "5"}}).value()->config.retention_ms, 5);
  Crash();
  const auto topic = log_->Find("t");
  ASSERT_NE(topic, nullptr);
  EXPECT_EQ(topic->id, made->id);
  EXPECT_EQ(topic->partitions.size(), 3U);
  EXPECT_EQ(topic->config.retention_ms, 5);

  clock_.Advance(1);
  Open();
  const auto partition = Find("t");
  Append(*partition, {"a"});
  ASSERT_TRUE(log_->DeleteTopic("t").ok());
  EXPECT_FALSE(partition->alive());
  EXPECT_EQ(Append(*partition, {"a"}).error, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(partition->Read({.offset = Offset(0)}).error, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(log_->DeleteTopic("t").error().code(), base::Code::kNotFound);
  const auto again = log_->CreateTopic({.name = "t"}).value();
  EXPECT_NE(again->id, topic->id);
  EXPECT_EQ(again->partitions[0]->Ends().log_end, Offset(0));
  ASSERT_TRUE(log_->KeepHouse().ok());
  EXPECT_THAT(files_.List("/log/removed").value(), IsEmpty());
  Crash();
  EXPECT_EQ(log_->Find("t")->id, again->id);
  EXPECT_EQ(Find("t")->Ends().log_end, Offset(0));
}

TEST_F(LogTest, AWatcherHearsOfTheNextMove) {
  struct Count final : Watcher {
    int times = 0;
    void Notify() override { ++times; }
  };
  const auto partition = Create("t");
  const auto moved = std::make_shared<Count>();
  const auto durable = std::make_shared<Count>();
  partition->Watch(moved);
  const AppendResult appended = Append(*partition, {"a"});
  log_->WatchDurable(appended.ticket, durable);
  EXPECT_EQ(moved->times, 0);
  EXPECT_EQ(durable->times, 0);
  ASSERT_TRUE(log_->Sync().ok());
  EXPECT_EQ(moved->times, 1);
  EXPECT_EQ(durable->times, 1);
  Append(*partition, {"b"});
  ASSERT_TRUE(log_->Sync().ok());
  EXPECT_EQ(moved->times, 1);
  log_->WatchDurable(appended.ticket, durable);
  EXPECT_EQ(durable->times, 2);
  partition->Watch(moved);
  ASSERT_TRUE(log_->DeleteTopic("t").ok());
  EXPECT_EQ(moved->times, 2);
}

TEST_F(LogTest, BadBatchesAreRefusedAndNothingIsWritten) {
  const auto partition = Create("t", {{"max.message.bytes", "2000"}});
  const std::string good = BatchOf({"a"}, {.timestamp_ms = clock_.NowUnixMs()});
  const auto error = [&](std::string bytes) {
    return partition->Append({.batches = bytes}).error;
  };
  std::string torn = good;
  torn.back() = static_cast<char>(torn.back() ^ 1);
  EXPECT_EQ(error(torn), ErrorCode::kCorruptMessage);
  EXPECT_EQ(error(good.substr(0, good.size() - 1)), ErrorCode::kCorruptMessage);
  EXPECT_EQ(error(good + "x"), ErrorCode::kCorruptMessage);
  EXPECT_EQ(error(""), ErrorCode::kCorruptMessage);
  EXPECT_EQ(error(BatchOf({std::string(2'000, 'x')}, {.timestamp_ms = clock_.NowUnixMs()})),
            ErrorCode::kMessageTooLarge);
  EXPECT_EQ(error(BatchOf({"a"}, {.timestamp_ms = clock_.NowUnixMs() + 4'000'000})),
            ErrorCode::kInvalidTimestamp);
  EXPECT_EQ(error(BuildMarkerBatch({.producer_id = ProducerId(1)}, {.commit = true})),
            ErrorCode::kInvalidRecord);
  EXPECT_EQ(partition->Ends().log_end, Offset(0));
  EXPECT_EQ(error(good + good), ErrorCode::kNone);
  EXPECT_EQ(partition->Ends().log_end, Offset(2));
}

TEST_F(LogTest, ACompactedTopicWantsKeys) {
  const auto partition = Create("t", {{"cleanup.policy", "compact"}});
  EXPECT_EQ(Append(*partition, {"a"}).error, ErrorCode::kInvalidRecord);
  std::string keyed = BatchOf({"a"}, {.timestamp_ms = clock_.NowUnixMs(), .key = "k"});
  EXPECT_EQ(partition->Append({.batches = keyed}).error, ErrorCode::kNone);
}

TEST_F(LogTest, ATopicStampsOrCompressesWhenToldTo) {
  const auto partition =
      Create("t", {{"message.timestamp.type", "LogAppendTime"}, {"compression.type", "lz4"}});
  std::string batch = BatchOf({std::string(500, 'x')}, {.timestamp_ms = 5});
  const AppendResult appended = partition->Append({.batches = batch});
  ASSERT_EQ(appended.error, ErrorCode::kNone) << appended.message;
  EXPECT_EQ(appended.log_append_time_ms, clock_.NowUnixMs());
  ASSERT_TRUE(log_->Sync().ok());
  const ReadResult read = partition->Read({.offset = Offset(0)});
  EXPECT_LT(read.batches.size(), 200U);
  EXPECT_TRUE(CheckBatch(read.batches).ok());
  EXPECT_EQ(BatchView(read.batches).max_timestamp(), clock_.NowUnixMs());
  EXPECT_THAT(ValuesFrom(*partition, Offset(0)), ElementsAre(std::string(500, 'x')));
}

TEST_F(LogTest, WithoutAlwaysRecordsAreSeenAtOnce) {
  flush_ = FlushPolicy::kInterval;
  Open();
  const auto partition = Create("t");
  const AppendResult appended = Append(*partition, {"a"});
  EXPECT_EQ(log_->IsDurable(appended.ticket), Durable::kYes);
  EXPECT_THAT(ValuesFrom(*partition, Offset(0)), ElementsAre("a"));
  const auto safe = Create("safe", {{"flush.policy", "always"}});
  EXPECT_EQ(log_->IsDurable(Append(*safe, {"a"}).ticket), Durable::kNotYet);
  ASSERT_TRUE(log_->Sync().ok());
  Crash();
  EXPECT_THAT(ValuesFrom(*Find("t"), Offset(0)), ElementsAre("a"));
  EXPECT_THAT(ValuesFrom(*Find("safe"), Offset(0)), ElementsAre("a"));
}

TEST_F(LogTest, ARepeatedBatchOfAnIdempotentProducerIsWrittenOnce) {
  const auto partition = Create("t");
  const BatchSpec first{.timestamp_ms = clock_.NowUnixMs(), .producer_id = 7, .sequence = 0};
  const BatchSpec second{.timestamp_ms = clock_.NowUnixMs(), .producer_id = 7, .sequence = 2};
  std::string batch = BatchOf({"a", "b"}, first);
  EXPECT_EQ(partition->Append({.batches = batch}).error, ErrorCode::kNone);
  batch = BatchOf({"a", "b"}, first);
  const AppendResult repeated = partition->Append({.batches = batch});
  EXPECT_EQ(repeated.error, ErrorCode::kNone);
  EXPECT_EQ(repeated.base_offset, Offset(0));
  EXPECT_EQ(repeated.last_offset, Offset(1));
  EXPECT_EQ(log_->IsDurable(repeated.ticket), Durable::kNotYet);
  ASSERT_TRUE(log_->Sync().ok());
  Crash();  // the producer is known from the journal
  batch = BatchOf({"a", "b"}, first);
  EXPECT_EQ(Find("t")->Append({.batches = batch}).base_offset, Offset(0));
  batch = BatchOf({"c"}, second);
  EXPECT_EQ(Find("t")->Append({.batches = batch}).base_offset, Offset(2));
  Open();  // and from the checkpoint
  batch = BatchOf({"c"}, second);
  EXPECT_EQ(Find("t")->Append({.batches = batch}).base_offset, Offset(2));
  batch = BatchOf({"d"}, {.timestamp_ms = clock_.NowUnixMs(), .producer_id = 7, .sequence = 9});
  EXPECT_EQ(Find("t")->Append({.batches = batch}).error, ErrorCode::kOutOfOrderSequenceNumber);
}

TEST_F(LogTest, AnOpenTransactionHoldsTheLastStableOffset) {
  const auto partition = Create("t");
  Append(*partition, {"plain"});
  std::string batch = BatchOf(
      {"a"},
      {.timestamp_ms = clock_.NowUnixMs(), .producer_id = 7, .sequence = 0, .transactional = true});
  ASSERT_EQ(partition->Append({.batches = batch}).error, ErrorCode::kNone);
  Append(*partition, {"behind"});
  ASSERT_TRUE(log_->Sync().ok());
  EXPECT_EQ(partition->Ends().high_watermark, Offset(3));
  EXPECT_EQ(partition->Ends().last_stable, Offset(1));
  EXPECT_THAT(ValuesFrom(*partition, Offset(0), Isolation::kReadCommitted), ElementsAre("plain"));
  const AppendResult marked =
      partition->AppendMarker({.producer_id = ProducerId(7), .producer_epoch = 0});
  ASSERT_EQ(marked.error, ErrorCode::kNone) << marked.message;
  EXPECT_EQ(partition->Ends().last_stable, Offset(1));  // the marker may yet be lost
  ASSERT_TRUE(log_->Sync().ok());
  EXPECT_EQ(partition->Ends().last_stable, Offset(4));
  const AbortedTransaction aborted{ProducerId(7), Offset(1)};
  EXPECT_THAT(
      partition->Read({.offset = Offset(0), .isolation = Isolation::kReadCommitted}).aborted,
      ElementsAre(aborted));
  Crash();
  EXPECT_EQ(Find("t")->Ends().last_stable, Offset(4));
  EXPECT_THAT(
      Find("t")->Read({.offset = Offset(0), .isolation = Isolation::kReadCommitted}).aborted,
      ElementsAre(aborted));
  Open();
  EXPECT_THAT(
      Find("t")->Read({.offset = Offset(0), .isolation = Isolation::kReadCommitted}).aborted,
      ElementsAre(aborted));
}

TEST_F(LogTest, ATransactionAbortedAfterACheckpointStaysAbortedWhenThePowerGoes) {
  flush_ = FlushPolicy::kInterval;
  Open();
  const auto partition = Create("t");
  Append(*partition, {"plain"});
  ASSERT_TRUE(log_->Sync().ok());  // the names of the segment's files are safe
  std::string batch = BatchOf(
      {"a"},
      {.timestamp_ms = clock_.NowUnixMs(), .producer_id = 7, .sequence = 0, .transactional = true});
  ASSERT_EQ(partition->Append({.batches = batch}).error, ErrorCode::kNone);
  ASSERT_EQ(partition->AppendMarker({.producer_id = ProducerId(7), .producer_epoch = 0}).error,
            ErrorCode::kNone);
  ASSERT_TRUE(log_->Sync().ok());
  ASSERT_TRUE(partition->DeleteRecords(Offset(1)).ok());  // saves a checkpoint that covers the marker
  Crash();
  EXPECT_EQ(Find("t")->Ends().log_end, Offset(3));
  EXPECT_THAT(
      Find("t")->Read({.offset = Offset(1), .isolation = Isolation::kReadCommitted}).aborted,
      ElementsAre(AbortedTransaction{ProducerId(7), Offset(1)}));
}

TEST_F(LogTest, WhatAKilledProcessLeftSurvivesThePowerGoingAfterwards) {
  Create("t");
  Append(*Find("t"), {"a"});
  ASSERT_TRUE(log_->Sync().ok());
  faulty_.FailCall(1, env::FileFault::kDieBefore);
  log_.reset();
  faulty_.FailCall(0, env::FileFault::kError);
  Open();  // what the journal had is in the segment now, whose name nobody had synced
  Crash();
  EXPECT_THAT(ValuesFrom(*Find("t"), Offset(0)), ElementsAre("a"));
}

TEST_F(LogTest, WhatIsReplayedIntoASegmentBeforeTheCheckpointsIsMadeSafe) {
  Create("t", {{"segment.bytes", "2000"}});
  Append(*Find("t"), {std::string(300, 'a')});
  Append(*Find("t"), {std::string(1'800, 'b')});
  Open();  // a checkpoint in the second segment
  Append(*Find("t"), {std::string(500, 'c')});
  ASSERT_TRUE(log_->Sync().ok());
  const std::string first = "/log/topics/t/0/" + SegmentName(Offset(0)) + ".log";
  const std::string bytes = env::ReadWhole(files_, first, 1 << 20).value();
  ASSERT_TRUE(Find("t")->DeleteRecords(Offset(2)).ok());
  faulty_.FailCall(1, env::FileFault::kDieBefore);
  log_.reset();
  faulty_.FailCall(0, env::FileFault::kError);
  files_.Crash();
  // As if the power had gone before the removals were safe, and of the two removed segments the
  // first had come back and the second not.
  ASSERT_TRUE(env::WriteWhole(files_, first, bytes).ok());
  ASSERT_TRUE(files_.SyncDirectory("/log/topics/t/0").ok());
  Open();
  EXPECT_THAT(ValuesFrom(*Find("t"), Offset(2)), ElementsAre(std::string(500, 'c')));
  Crash();
  EXPECT_THAT(ValuesFrom(*Find("t"), Offset(2)), ElementsAre(std::string(500, 'c')));
}

TEST_F(LogTest, RecordsAreFoundByTimeInASegmentSealedAfterItWasSynced) {
  flush_ = FlushPolicy::kInterval;
  Open();
  const auto partition = Create("t", {{"segment.bytes", "1024"}});
  const int64_t begin = clock_.NowUnixMs();
  Append(*partition, {"a", "b"});
  ASSERT_TRUE(log_->Sync().ok());
  clock_.Advance(1'000);
  Append(*partition, {std::string(1'000, 'c')});  // in the next segment
  ASSERT_TRUE(log_->Sync().ok());
  ASSERT_TRUE(partition->DeleteRecords(Offset(1)).ok());  // saves a checkpoint behind the first
  Crash();
  EXPECT_EQ(Find("t")->FindTimestamp(begin, Isolation::kReadUncommitted).value().offset,
            Offset(1));
}

TEST_F(LogTest, AnIndexWithoutItsLogSaysNothingOfTheNextSegmentThere) {
  flush_ = FlushPolicy::kInterval;
  Open();
  Append(*Create("t", {{"segment.bytes", "1024"}}), {"plain"});
  log_.reset();
  const AbortedEntry stale{ProducerId(7), Offset(1), Offset(2), Offset(3)};
  ASSERT_TRUE(
      env::WriteWhole(files_, "/log/topics/t/0/" + SegmentName(Offset(1)) + ".txnindex",
                      EncodeAbortedEntry(stale))
          .ok());
  Open();
  std::string batch = BatchOf({std::string(1'000, 'a')}, {.timestamp_ms = clock_.NowUnixMs(),
                                                          .producer_id = 7,
                                                          .sequence = 0,
                                                          .transactional = true});
  ASSERT_EQ(Find("t")->Append({.batches = batch}).base_offset, Offset(1));
  const Marker commit{.producer_id = ProducerId(7), .producer_epoch = 0, .commit = true};
  ASSERT_EQ(Find("t")->AppendMarker(commit).error, ErrorCode::kNone);
  Open();
  const ReadResult read =
      Find("t")->Read({.offset = Offset(1), .isolation = Isolation::kReadCommitted});
  EXPECT_FALSE(read.batches.empty());
  EXPECT_THAT(read.aborted, IsEmpty());
}

TEST_F(LogTest, AJournalThatIsFullGoesOnInAnotherFile) {
  journal_bytes_ = 4'096;
  Open();
  Create("t");
  for (int i = 0; i < 300; ++i) {
    Append(*Find("t"), {std::to_string(i)});
    ASSERT_TRUE(log_->Sync().ok());
    if (i % 50 == 0) {
      ASSERT_TRUE(log_->KeepHouse().ok());
    }
  }
  Crash();
  EXPECT_EQ(ValuesFrom(*Find("t"), Offset(0)).size(), 300U);
}

}  // namespace
}  // namespace logs
