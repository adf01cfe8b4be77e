// Compaction against a plain map of keys, over random logs; and at every point where the disk may
// fail or the machine stop.
#include "log/storage/compaction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/random.h"
#include "env/faulty_files.h"
#include "env/memory_files.h"

namespace logs {
namespace {

constexpr KeyHash kSeed{.low = 1, .high = 2};
constexpr int64_t kRetention = 5'000;
const std::string kFolder = "p";

struct Seen {
  std::string key;
  std::optional<std::string> value;
  int64_t timestamp_ms = 0;
  friend bool operator==(const Seen&, const Seen&) = default;
};

// A partition as compaction sees it: segments, and the state its appends have left.
class TestPartition {
 public:
  explicit TestPartition(env::Files* files) : files_(files) {
    files_->CreateDirectories(kFolder).value();
    files_->SyncDirectory(".").value();
    Roll();
  }

  void Append(const std::string& batch) {
    std::string bytes = batch;
    SetBaseOffset(bytes, end_);
    const BatchView view(bytes);
    segments_.back()->Append(bytes, 256).value();
    const auto completed = producers_.Apply(view);
    if (completed.has_value() && completed->aborted) {
      segments_.back()
          ->AddAborted({.producer_id = completed->producer_id,
                        .first_offset = completed->first_offset,
                        .last_offset = completed->last_offset,
                        .last_stable_offset = completed->last_stable_offset});
    }
    end_ = view.next_offset();
  }

  void Roll() {
    if (!segments_.empty()) {
      segments_.back()->Seal().value();
      segments_.back()->Sync().value();
    }
    segments_.push_back(
        std::make_shared<Segment>(files_, kFolder, SegmentFiles{.base_offset = end_}));
    segments_.back()->Pin().value();
    files_->SyncDirectory(kFolder).value();
  }

  [[nodiscard]] std::vector<AbortedEntry> Aborted() const {
    std::vector<AbortedEntry> all;
    for (const auto& segment : segments_) {
      const std::vector<AbortedEntry> entries = segment->AbortedEntries().value();
      all.insert(all.end(), entries.begin(), entries.end());
    }
    return all;
  }

  // As the log does it. ERRORS: those of the disk.
  base::Result<bool> Compact(int64_t now_ms, size_t map_bytes_max = 1 << 20) {
    const CompactionState state = TRY(LoadCompactionState(*files_, kFolder));
    const auto stable = producers_.FirstUndecided().value_or(end_);
    auto plan = TRY(PlanCompaction(segments_, config_, state, stable, now_ms));
    if (!plan.has_value()) return false;
    const auto round = TRY(CompactionRound::Start({.files = files_,
                                                   .folder = kFolder,
                                                   .config = config_,
                                                   .now_ms = now_ms,
                                                   .seed = kSeed,
                                                   .map_bytes_max = map_bytes_max,
                                                   .last_records = producers_.LastRecords(),
                                                   .aborted = Aborted()},
                                                  std::move(*plan)));
    while (const auto group = TRY(round->NextGroup())) {
      for (const auto& segment : group->replaced) TRY(segment->Pin());
      const SegmentFiles on_disk = TRY(SwapIn(*files_, kFolder, *group));
      const auto first = std::ranges::find(segments_, group->replaced.front());
      *first = std::make_shared<Segment>(files_, kFolder, on_disk);
      segments_.erase(first + 1, first + static_cast<ptrdiff_t>(group->replaced.size()));
    }
    TRY(SaveCompactionState(*files_, kFolder, round->state()));
    return true;
  }

  // What a restart finds.
  void Reopen() {
    FinishSwaps(*files_, kFolder).value();
    std::map<Offset, SegmentFiles> found;
    const std::vector<env::FileInfo> listed = files_->List(kFolder).value();
    for (const env::FileInfo& file : listed) {
      const auto base = ParseSegmentName(std::string_view(file.name).substr(0, 20));
      if (!base.has_value()) continue;
      SegmentFiles& on_disk = found[*base];
      on_disk.base_offset = *base;
      if (file.name.ends_with(kLogSuffix)) {
        on_disk.has_log = true;
        on_disk.log_bytes = file.size_bytes;
      }
      if (file.name.ends_with(kOffsetIndexSuffix)) on_disk.offset_index_bytes = file.size_bytes;
      if (file.name.ends_with(kTimeIndexSuffix)) on_disk.time_index_bytes = file.size_bytes;
      if (file.name.ends_with(kTransactionIndexSuffix)) {
        on_disk.transaction_index_bytes = file.size_bytes;
      }
    }
    segments_.clear();
    for (const auto& [base, on_disk] : found) {
      segments_.push_back(std::make_shared<Segment>(files_, kFolder, on_disk));
    }
  }

  [[nodiscard]] std::vector<std::string> Batches() const {
    std::vector<std::string> batches;
    for (const auto& segment : segments_) {
      SegmentScan scan(segment.get(), 0, segment->size_bytes());
      while (const auto batch = scan.Next().value()) {
        EXPECT_TRUE(CheckBatch(batch->bytes()).ok());
        batches.emplace_back(batch->bytes());
      }
      EXPECT_EQ(scan.position(), segment->size_bytes());
    }
    return batches;
  }

  // What a read_committed reader sees, by offset.
  [[nodiscard]] std::map<Offset, Seen> Committed() const {
    std::map<Offset, Seen> seen;
    const std::vector<AbortedEntry> aborted = Aborted();
    for (const std::string& bytes : Batches()) {
      const BatchView batch(bytes);
      const bool is_aborted =
          batch.transactional() && std::ranges::any_of(aborted, [&](const AbortedEntry& entry) {
            return entry.producer_id == batch.producer_id() &&
                   entry.first_offset <= batch.base_offset() &&
                   batch.base_offset() < entry.last_offset;
          });
      if (batch.control() || is_aborted) continue;
      RecordReader reader = RecordReader::Open(batch, 1 << 20).value();
      while (const auto record = reader.Next()) {
        std::optional<std::string> value;
        if (record->value.has_value()) value = std::string(*record->value);
        EXPECT_FALSE(seen.contains(record->offset));
        seen[record->offset] = {std::string(*record->key), value, record->timestamp_ms};
      }
    }
    return seen;
  }

  env::Files* files_;
  TopicConfig config_ = [] {
    TopicConfig config;
    config.segment_bytes = 4'000;
    config.min_cleanable_dirty_ratio = 0;
    config.delete_retention_ms = kRetention;
    return config;
  }();
  SegmentList segments_;
  ProducerState producers_;
  Offset end_{0};
};

// The last committed value of each key.
std::map<std::string, std::string> ValuesOf(const std::map<Offset, Seen>& seen) {
  std::map<std::string, std::string> values;
  for (const auto& [offset, record] : seen) {
    if (record.value.has_value()) {
      values[record.key] = *record.value;
    } else {
      values.erase(record.key);
    }
  }
  return values;
}

// Appends random batches: plain, idempotent and transactional producers, values and tombstones.
class Workload {
 public:
  Workload(uint64_t seed, TestPartition* partition) : random_(seed), partition_(partition) {}

  void Run(int steps, int64_t now_ms) {
    for (int i = 0; i < steps; ++i) {
      Step(now_ms + i);
      if (partition_->segments_.back()->size_bytes() > 1'500) partition_->Roll();
    }
  }

  void EndTransactions(int64_t now_ms) {
    while (!open_.empty()) End(*open_.begin(), now_ms);
  }

 private:
  void Step(int64_t now_ms) {
    const int64_t producer = static_cast<int64_t>(random_.Below(6)) - 1;
    if (producer >= 3 && open_.contains(producer) && random_.Below(4) == 0) {
      End(producer, now_ms);
      return;
    }
    BatchOptions options{.compression = static_cast<Compression>(random_.Below(kNumCompressions))};
    if (producer >= 0) {
      options.producer_id = ProducerId(producer);
      options.producer_epoch = epochs_[producer];
      options.base_sequence = sequences_[producer];
      options.transactional = producer >= 3;
      if (options.transactional) open_.insert(producer);
    }
    BatchBuilder builder(options);
    const uint64_t count = 1 + random_.Below(5);
    for (uint64_t i = 0; i < count; ++i) {
      const std::string key = "key" + std::to_string(random_.Below(20));
      const std::string value = "value" + std::to_string(++last_value_);
      Record record{.key = key, .timestamp_ms = now_ms};
      if (random_.Below(5) != 0) record.value = value;
      builder.Append(record);
    }
    if (producer >= 0) sequences_[producer] += static_cast<int32_t>(count);
    partition_->Append(std::move(builder).Finish().value());
  }

  void End(int64_t producer, int64_t now_ms) {
    const bool bumps = random_.Below(2) == 0;  // KIP-890
    if (bumps) {
      ++epochs_[producer];
      sequences_[producer] = 0;
    }
    partition_->Append(BuildMarkerBatch({.producer_id = ProducerId(producer),
                                         .producer_epoch = epochs_[producer],
                                         .timestamp_ms = now_ms},
                                        {.commit = random_.Below(2) == 0}));
    open_.erase(producer);
  }

  base::Random random_;
  TestPartition* partition_;
  std::map<int64_t, int16_t> epochs_;
  std::map<int64_t, int32_t> sequences_;
  std::set<int64_t> open_;
  int64_t last_value_ = 0;
};

// What reading the log again tells of its producers: epoch and last sequence.
std::map<ProducerId, std::pair<int16_t, int32_t>> ProducersOf(const TestPartition& partition) {
  ProducerState state;
  for (const std::string& batch : partition.Batches()) state.Apply(BatchView(batch));
  std::map<ProducerId, std::pair<int16_t, int32_t>> found;
  for (const ProducerDescription& each : state.Describe()) {
    found[each.producer_id] = {each.producer_epoch, each.last_sequence};
  }
  return found;
}

class CompactionModelTest : public testing::TestWithParam<uint64_t> {};

TEST_P(CompactionModelTest, AReaderOfTheCompactedLogEndsWithTheSameValues) {
  base::ManualClock clock(1'000'000);
  env::MemoryFiles files(&clock);
  TestPartition partition(&files);
  Workload workload(GetParam(), &partition);
  int64_t now_ms = 1'000'000;
  const size_t map_bytes = GetParam() % 2 == 0 ? 1 << 20 : 0;
  for (int round = 0; round < 4; ++round) {
    workload.Run(120, now_ms);
    if (round == 2) workload.EndTransactions(now_ms);
    const auto before = partition.Committed();
    const auto producers = ProducersOf(partition);
    const auto compacted = partition.Compact(now_ms, map_bytes);
    ASSERT_TRUE(compacted.ok()) << compacted.error().ToString();
    const auto after = partition.Committed();
    // One value per offset, and nothing that was not there.
    for (const auto& [offset, record] : after) {
      ASSERT_TRUE(before.contains(offset)) << offset.get();
      ASSERT_TRUE(record == before.at(offset)) << offset.get();
    }
    ASSERT_EQ(ValuesOf(after), ValuesOf(before));
    ASSERT_EQ(ProducersOf(partition), producers);
    // Below the clean end a key stands once, with its last value or a tombstone.
    const Offset clean = LoadCompactionState(files, kFolder).value().first_dirty;
    std::set<std::string> keys;
    for (const auto& [offset, record] : after) {
      if (offset < clean) {
        ASSERT_TRUE(keys.insert(record.key).second) << record.key;
      }
    }
    partition.segments_.back()->Sync().value();
    partition.Reopen();
    ASSERT_TRUE(partition.Committed() == after);
    now_ms += 3'000;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, CompactionModelTest, testing::Range(uint64_t{1}, uint64_t{21}));

std::string Put(std::string_view key, std::optional<std::string_view> value, int64_t now_ms) {
  BatchBuilder builder({});
  builder.Append({.key = key, .value = value, .timestamp_ms = now_ms});
  return std::move(builder).Finish().value();
}

class CompactionTest : public testing::Test {
 protected:
  base::ManualClock clock_{1'000'000};
  env::MemoryFiles files_{&clock_};
};

TEST_F(CompactionTest, ATombstoneGoesWhenItsTimeHasComeThoughNothingWasAppended) {
  TestPartition partition(&files_);
  partition.Append(Put("a", "1", 0));
  partition.Append(Put("a", {}, 0));
  partition.Append(Put("b", "1", 0));
  partition.Roll();
  ASSERT_TRUE(partition.Compact(1'000).value());
  EXPECT_EQ(partition.Committed().size(), 2u);
  EXPECT_FALSE(partition.Compact(1'000 + kRetention - 1).value());
  EXPECT_TRUE(partition.Compact(1'000 + kRetention).value());
  EXPECT_EQ(partition.Committed().size(), 1u);
  EXPECT_FALSE(partition.Compact(1'000'000).value());
}

TEST_F(CompactionTest, SmallSegmentsBecomeOneAndTheActiveOneIsLeftAlone) {
  TestPartition partition(&files_);
  for (int i = 0; i < 10; ++i) {
    partition.Append(Put("k" + std::to_string(i % 3), "v", i));
    partition.Roll();
  }
  partition.Append(Put("k0", "active", 10));
  const std::string active = partition.Batches().back();
  ASSERT_TRUE(partition.Compact(1'000).value());
  EXPECT_EQ(partition.segments_.size(), 2u);
  EXPECT_EQ(partition.Batches().back(), active);
  EXPECT_EQ(partition.Batches().size(), 4u);
  // Found through the index too.
  const Segment& segment = *partition.segments_.front();
  EXPECT_LE(segment.FloorPosition(Offset(9)).value(), segment.size_bytes());
}

TEST_F(CompactionTest, WhatIsDirtyEnoughOrOldEnoughIsDue) {
  TestPartition partition(&files_);
  partition.config_.min_cleanable_dirty_ratio = 0.5;
  partition.config_.max_compaction_lag_ms = 10'000;
  const auto due = [&](const CompactionState& state, Offset stable_end, int64_t now_ms) {
    return PlanCompaction(partition.segments_, partition.config_, state, stable_end, now_ms)
        .value()
        .has_value();
  };
  EXPECT_FALSE(due({}, Offset(100), 100));
  for (int i = 0; i < 4; ++i) {
    partition.Append(Put("k", "v", 100));
    partition.Roll();
  }
  EXPECT_TRUE(due({}, Offset(4), 200));
  EXPECT_FALSE(due({.first_dirty = Offset(2)}, Offset(4), 200));
  EXPECT_TRUE(due({.first_dirty = Offset(2)}, Offset(4), 10'101));
  EXPECT_FALSE(due({.first_dirty = Offset(4)}, Offset(4), 10'101));
  EXPECT_TRUE(due({.first_dirty = Offset(4), .next_horizon_ms = 500}, Offset(4), 500));
  EXPECT_FALSE(due({}, Offset(0), 200));  // nothing is safe yet
  partition.config_.min_compaction_lag_ms = 1'000;
  EXPECT_FALSE(due({}, Offset(4), 200));
  EXPECT_TRUE(due({}, Offset(4), 1'200));
}

TEST_F(CompactionTest, AReaderGoesOnInTheSegmentsItHolds) {
  TestPartition partition(&files_);
  for (int i = 0; i < 6; ++i) {
    partition.Append(Put("k", "v" + std::to_string(i), i));
    if (i % 2 == 1) partition.Roll();
  }
  const SegmentList held = partition.segments_;
  for (const auto& segment : held) segment->Pin().value();
  ASSERT_TRUE(partition.Compact(1'000).value());
  SegmentScan scan(held[1].get(), 0, held[1]->size_bytes());
  EXPECT_EQ(scan.Next().value()->base_offset(), Offset(2));
  EXPECT_EQ(scan.Next().value()->base_offset(), Offset(3));
}

TEST_F(CompactionTest, ADamagedBatchStopsItAndChangesNothing) {
  TestPartition partition(&files_);
  partition.Append(Put("a", "1", 0));
  partition.Append(Put("a", "2", 0));
  partition.Roll();
  const std::string path = partition.segments_.front()->PathOf(kLogSuffix);
  files_.OpenRandom(path, env::WriteMode::kMustExist).value()->WriteAt(30, "x").value();
  const std::string before = env::ReadWhole(files_, path, 10'000).value();
  const auto result = partition.Compact(1'000);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), base::Code::kCorruption);
  EXPECT_EQ(env::ReadWhole(files_, path, 10'000).value(), before);
}

// Every call of one compaction fails in turn; after each, a restart finds the same values, and a
// compaction then succeeds.
class CompactionFaultTest : public testing::TestWithParam<env::FileFault> {};

TEST_P(CompactionFaultTest, ADiskThatFailsAtAnyCallLosesNothing) {
  for (int64_t call = 1;; ++call) {
    SCOPED_TRACE(call);
    base::ManualClock clock(1'000'000);
    env::MemoryFiles files(&clock);
    env::FaultyFiles faulty(&files);
    TestPartition partition(&faulty);
    Workload workload(7, &partition);
    workload.Run(30, 1'000);
    workload.EndTransactions(2'000);
    partition.Roll();
    const auto before = ValuesOf(partition.Committed());
    faulty.FailCall(call, GetParam());
    const auto result = partition.Compact(10'000);
    const bool failed = faulty.failed();
    EXPECT_TRUE(failed || result.ok());

    TestPartition again(&files);  // without the faults
    again.producers_ = partition.producers_;
    again.Reopen();
    EXPECT_EQ(ValuesOf(again.Committed()), before);
    EXPECT_TRUE(again.Compact(100'000).ok());
    EXPECT_EQ(ValuesOf(again.Committed()), before);
    const std::vector<env::FileInfo> listed = files.List(kFolder).value();
    for (const env::FileInfo& file : listed) {
      EXPECT_FALSE(file.is_directory) << file.name;
    }
    if (!failed) break;
    ASSERT_LT(call, 10'000);
  }
}

TEST_P(CompactionFaultTest, AMachineThatStopsAtAnyCallLosesNothing) {
  for (int64_t call = 1;; ++call) {
    SCOPED_TRACE(call);
    base::ManualClock clock(1'000'000);
    env::MemoryFiles files(&clock);
    env::FaultyFiles faulty(&files);
    auto partition = std::make_unique<TestPartition>(&faulty);
    Workload workload(11, partition.get());
    workload.Run(30, 1'000);
    workload.EndTransactions(2'000);
    partition->Roll();
    const auto before = ValuesOf(partition->Committed());
    const ProducerState producers = partition->producers_;
    faulty.FailCall(call, GetParam());
    EXPECT_TRUE(partition->Compact(10'000).ok() || faulty.failed());
    const bool failed = faulty.failed();
    partition.reset();
    base::Random random(static_cast<uint64_t>(call));
    files.Crash(random);

    TestPartition again(&files);
    again.producers_ = producers;
    again.Reopen();
    EXPECT_EQ(ValuesOf(again.Committed()), before);
    EXPECT_TRUE(again.Compact(100'000).ok());
    EXPECT_EQ(ValuesOf(again.Committed()), before);
    if (!failed) break;
    ASSERT_LT(call, 10'000);
  }
}

INSTANTIATE_TEST_SUITE_P(Faults, CompactionFaultTest,
                         testing::Values(env::FileFault::kError, env::FileFault::kNoSpace,
                                         env::FileFault::kDieBefore, env::FileFault::kDieAfter));

}  // namespace
}  // namespace logs
