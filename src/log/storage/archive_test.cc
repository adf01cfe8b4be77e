// Tiering through the Log: segments move to an object store and are read as before.
#include "log/storage/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/random.h"
#include "env/faulty_files.h"
#include "env/memory_files.h"
#include "log/log.h"
#include "log/storage/archive_files.h"
#include "log/storage/log_test_support.h"
#include "object/local_store.h"
#include "object/memory_store.h"

namespace logs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ArchiveManifestTest, ReadsItsTextBack) {
  const ArchiveManifest manifest{
      .version = 7,
      .topic = "t",
      .partition = 3,
      .segments = {{.base_offset = Offset(0), .end = Offset(5), .log_bytes = 100, .crc32c = 9},
                   {.base_offset = Offset(5),
                    .end = Offset(9),
                    .log_bytes = 50,
                    .offset_index_bytes = 8,
                    .time_index_bytes = 12,
                    .transaction_index_bytes = 34,
                    .max_timestamp_ms = 1'000,
                    .crc32c = UINT32_MAX}}};
  EXPECT_EQ(DecodeManifest(EncodeManifest(manifest)).value(), manifest);
  for (const char* text : {"", "{}", "[]", R"({"format":1})", R"({"format":2,"version":1})"}) {
    EXPECT_FALSE(DecodeManifest(text).ok()) << text;
  }
}

TEST(ArchiveFilesTest, ReadsInChunksAndKeepsABoundedNumberOfThem) {
  base::ManualClock clock(0);
  auto store = std::make_shared<object::MemoryStore>(&clock);
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes += static_cast<char>(i);
  store->Put("a", bytes).value();
  ArchiveFiles files(store, 30, 10);
  const auto file = files.OpenRead("a").value();
  for (size_t begin = 0; begin <= 100; begin += 7) {
    for (const size_t size : {1, 9, 10, 11, 35, 200}) {
      std::string buffer(size, '\0');
      buffer.resize(file->ReadAt(begin, buffer.data(), size).value());
      EXPECT_EQ(buffer, bytes.substr(begin, size));
      EXPECT_LE(files.cached_bytes(), 30u);
    }
  }
  EXPECT_FALSE(files.Remove("a").ok());
}

class ArchiveTest : public testing::Test {
 protected:
  void SetUp() override { base::SetLogLevel(base::LogLevel::kOff); }
  void TearDown() override { base::SetLogLevel(base::LogLevel::kWarn); }
  void Open(env::Files* files = nullptr, std::shared_ptr<object::ObjectStore> store = nullptr) {
    log_.reset();
    log_ = Log::Open({.files = files != nullptr ? files : disk_.get(),
                      .clock = &clock_,
                      .folder = "/log",
                      .archive = store != nullptr ? store : store_,
                      .background = false})
               .value();
    const auto topic = log_->Find("t");
    if (topic != nullptr) partition_ = topic->partitions[0];
  }
  void Create(std::map<std::string, std::string> configs = {}) {
    Open();
    configs["remote.storage.enable"] = "true";
    configs["segment.bytes"] = "150";
    partition_ = log_->CreateTopic({.name = "t", .configs = configs}).value()->partitions[0];
  }
  AppendResult Put(const std::string& value, const BatchSpec& spec = {}) {
    BatchSpec stamped = spec;
    stamped.timestamp_ms = clock_.NowUnixMs();
    std::string batch = BatchOf({value}, stamped);
    AppendResult result = partition_->Append({.batches = batch});
    if (!log_->Sync().ok()) result.error = ErrorCode::kKafkaStorageError;
    return result;
  }
  // Values "v0", "v1", ..., a second apart.
  void Fill(int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_EQ(Put("v" + std::to_string(i)).error, ErrorCode::kNone);
      clock_.Advance(1'000);
    }
  }
  std::vector<std::string> Objects() {
    std::vector<std::string> keys;
    const std::vector<object::ObjectInfo> listed = store_->List("").value();
    for (const object::ObjectInfo& each : listed) {
      keys.push_back(each.key.substr(each.key.rfind('/') + 1));
    }
    return keys;
  }

  base::ManualClock clock_{1'000'000};
  std::unique_ptr<env::MemoryFiles> disk_ = std::make_unique<env::MemoryFiles>(&clock_);
  std::shared_ptr<object::ObjectStore> store_ = std::make_shared<object::MemoryStore>(&clock_);
  std::unique_ptr<Log> log_;
  std::shared_ptr<Partition> partition_;
};

TEST_F(ArchiveTest, WhatIsNoLongerOnTheDiskIsReadAllTheSame) {
  Create({{"local.retention.bytes", "0"}});
  Fill(10);
  const auto before = ValuesFrom(*partition_, Offset(0));
  const uint64_t bytes = partition_->SizeBytes();
  log_->KeepHouse().value();
  log_->KeepHouse().value();
  EXPECT_LT(partition_->SizeBytes(), bytes / 2);
  EXPECT_EQ(partition_->Ends().log_start, Offset(0));
  EXPECT_EQ(ValuesFrom(*partition_, Offset(0)), before);
  EXPECT_THAT(ValuesFrom(*partition_, Offset(8)), ElementsAre("v8", "v9"));
  EXPECT_EQ(partition_->FindTimestamp(1'003'000, Isolation::kReadUncommitted).value().offset,
            Offset(3));
  Open();
  EXPECT_EQ(partition_->Ends().log_start, Offset(0));
  EXPECT_EQ(ValuesFrom(*partition_, Offset(0)), before);
  Put("w");
  EXPECT_EQ(ValuesFrom(*partition_, Offset(9)).back(), "w");
}

TEST_F(ArchiveTest, SegmentsAreCopiedByteForByte) {
  Create();
  Fill(4);
  log_->KeepHouse().value();
  const std::string folder = "/log/topics/t/0/";
  const std::string name = "00000000000000000000";
  int compared = 0;
  const std::vector<object::ObjectInfo> listed = store_->List("").value();
  for (const object::ObjectInfo& each : listed) {
    for (const char* suffix : {".log", ".index", ".timeindex"}) {
      if (!each.key.ends_with(name + suffix)) continue;
      EXPECT_EQ(store_->Get(each.key).value(),
                env::ReadWhole(*disk_, folder + name + suffix, 10'000).value());
      ++compared;
    }
  }
  EXPECT_EQ(compared, 3);
}

TEST_F(ArchiveTest, AbortedTransactionsAreKnownInTheArchiveToo) {
  Create({{"local.retention.bytes", "0"}});
  Put("aborted", {.producer_id = 5, .epoch = 0, .sequence = 0, .transactional = true});
  ASSERT_EQ(partition_->AppendMarker({.producer_id = ProducerId(5), .commit = false}).error,
            ErrorCode::kNone);
  Fill(4);
  log_->KeepHouse().value();
  Open();
  const ReadResult read =
      partition_->Read({.offset = Offset(0), .isolation = Isolation::kReadCommitted});
  ASSERT_EQ(read.error, ErrorCode::kNone) << read.message;
  EXPECT_THAT(read.aborted, ElementsAre(AbortedTransaction{ProducerId(5), Offset(0)}));
}

TEST_F(ArchiveTest, WholeRetentionRemovesWhatIsArchivedToo) {
  Create({{"local.retention.bytes", "0"}, {"retention.ms", "5000"}});
  Fill(10);
  log_->KeepHouse().value();
  log_->KeepHouse().value();
  const Offset start = partition_->Ends().log_start;
  EXPECT_GT(start, Offset(2));
  EXPECT_EQ(partition_->Read({.offset = Offset(0)}).error, ErrorCode::kOffsetOutOfRange);
  Open();
  EXPECT_EQ(partition_->Ends().log_start, start);
  for (const std::string& key : Objects()) {
    EXPECT_FALSE(key.starts_with("00000000000000000000")) << key;
  }
  log_->DeleteTopic("t").value();
  log_->KeepHouse().value();
  EXPECT_THAT(Objects(), IsEmpty());
}

TEST_F(ArchiveTest, ADiskThatWasLostIsReplacedFromTheArchive) {
  Create();
  Fill(10);
  log_->KeepHouse().value();
  const base::Uuid id = log_->Find("t")->id;
  log_.reset();
  // All but the topic's description.
  const std::string description = "/log/topics/t/topic.json";
  const std::string topic = env::ReadWhole(*disk_, description, 10'000).value();
  disk_ = std::make_unique<env::MemoryFiles>(&clock_);
  disk_->CreateDirectories("/log/topics/t").value();
  env::WriteWhole(*disk_, description, topic).value();
  Open();
  EXPECT_EQ(log_->Find("t")->id, id);
  const auto values = ValuesFrom(*partition_, Offset(0));
  ASSERT_GE(values.size(), 8u);
  EXPECT_EQ(values.front(), "v0");
  const AppendResult appended = Put("w");
  EXPECT_EQ(appended.base_offset, Offset(static_cast<int64_t>(values.size())));
}

// Every call of the disk and of the store fails in turn, and then the power goes.
class ArchiveFaultTest : public ArchiveTest,
                         public testing::WithParamInterface<env::FileFault> {};

TEST_P(ArchiveFaultTest, NothingIsLostWhicheverCallFails) {
  for (int64_t call = 1;; ++call) {
    SCOPED_TRACE(call);
    log_.reset();
    disk_ = std::make_unique<env::MemoryFiles>(&clock_);
    store_ = std::make_shared<object::LocalStore>(disk_.get(), "/archive");
    Create({{"local.retention.bytes", "0"}});
    Fill(6);
    env::FaultyFiles faulty(disk_.get());
    Open(&faulty, std::make_shared<object::LocalStore>(&faulty, "/archive"));
    faulty.FailCall(call, GetParam());
    static_cast<void>(log_->KeepHouse().ok());
    static_cast<void>(log_->KeepHouse().ok());
    const bool failed = faulty.failed();
    log_.reset();
    base::Random random(static_cast<uint64_t>(call));
    disk_->Crash(random);
    Open();
    EXPECT_THAT(ValuesFrom(*partition_, Offset(0)),
                ElementsAre("v0", "v1", "v2", "v3", "v4", "v5"));
    const auto kept = log_->KeepHouse();
    ASSERT_TRUE(kept.ok()) << kept.error().ToString();
    EXPECT_THAT(ValuesFrom(*partition_, Offset(0)),
                ElementsAre("v0", "v1", "v2", "v3", "v4", "v5"));
    if (!failed || testing::Test::HasFailure()) break;
    ASSERT_LT(call, 10'000);
  }
}

INSTANTIATE_TEST_SUITE_P(Faults, ArchiveFaultTest,
                         testing::Values(env::FileFault::kError, env::FileFault::kDieBefore,
                                         env::FileFault::kDieAfter));

}  // namespace
}  // namespace logs
