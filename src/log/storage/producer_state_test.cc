#include "log/storage/producer_state.h"

#include <gtest/gtest.h>

#include <string>

#include "base/crc32c.h"
#include "base/limits.h"

namespace logs {
namespace {

struct Data {
  int64_t producer = 1;
  int16_t epoch = 0;
  int32_t sequence = 0;
  int32_t records = 1;
  int64_t offset = 0;
  bool transactional = false;
  int64_t timestamp_ms = 1'000;
};

std::string Batch(const Data& data) {
  BatchBuilder builder({.base_offset = Offset(data.offset),
                        .producer_id = ProducerId(data.producer),
                        .producer_epoch = data.epoch,
                        .base_sequence = data.sequence,
                        .transactional = data.transactional});
  for (int32_t i = 0; i < data.records; ++i) {
    builder.Append({.value = "v", .timestamp_ms = data.timestamp_ms});
  }
  return std::move(builder).Finish().value();
}

std::string EndBatch(int64_t producer, int16_t epoch, int64_t offset, bool commit,
                     int32_t coordinator_epoch = 0) {
  return BuildMarkerBatch({.base_offset = Offset(offset),
                           .producer_id = ProducerId(producer),
                           .producer_epoch = epoch,
                           .timestamp_ms = 2'000},
                          {.commit = commit, .coordinator_epoch = coordinator_epoch});
}

class ProducerStateTest : public testing::Test {
 protected:
  ErrorCode Check(const Data& data) {
    return state_.Check(Batch(data), AppendOrigin::kClient).error;
  }
  std::optional<CompletedTransaction> Apply(const std::string& batch) {
    return state_.Apply(BatchView(batch));
  }
  // As an append does: check, then apply at the next offset.
  ErrorCode Append(Data data) {
    data.offset = next_offset_;
    const ProducerCheck check = state_.Check(Batch(data), AppendOrigin::kClient);
    if (check.ok() && !check.duplicate.has_value()) {
      Apply(Batch(data));
      next_offset_ += data.records;
    }
    return check.error;
  }

  ProducerState state_;
  int64_t next_offset_ = 0;
};

TEST_F(ProducerStateTest, AnUnknownProducerBeginsAnywhereAndThenGoesOn) {
  EXPECT_EQ(Append({.sequence = 17, .records = 3}), ErrorCode::kNone);
  EXPECT_EQ(Append({.sequence = 21}), ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(Append({.sequence = 20}), ErrorCode::kNone);
  EXPECT_EQ(Append({.sequence = 19}), ErrorCode::kOutOfOrderSequenceNumber);
}

TEST_F(ProducerStateTest, TheLastFiveBatchesAreKnownAgain) {
  for (int i = 0; i < 6; ++i) ASSERT_EQ(Append({.sequence = 2 * i, .records = 2}), ErrorCode::kNone);
  for (int i = 1; i < 6; ++i) {
    const auto check =
        state_.Check(Batch({.sequence = 2 * i, .records = 2}), AppendOrigin::kClient);
    ASSERT_TRUE(check.duplicate.has_value()) << i;
    EXPECT_EQ(check.duplicate->base_offset, Offset(2 * i));
    EXPECT_EQ(check.duplicate->last_offset, Offset(2 * i + 1));
    EXPECT_EQ(check.duplicate->timestamp_ms, 1'000);
  }
  EXPECT_EQ(Check({.sequence = 0, .records = 2}), ErrorCode::kOutOfOrderSequenceNumber);
  // Part of a batch is not the batch.
  EXPECT_EQ(Check({.sequence = 10, .records = 1}), ErrorCode::kOutOfOrderSequenceNumber);
}

TEST_F(ProducerStateTest, ANewEpochBeginsAtZeroAndFencesTheOld) {
  ASSERT_EQ(Append({.epoch = 3, .sequence = 0}), ErrorCode::kNone);
  EXPECT_EQ(Append({.epoch = 4, .sequence = 1}), ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(Append({.epoch = 4, .sequence = 0}), ErrorCode::kNone);
  EXPECT_EQ(Append({.epoch = 3, .sequence = 1}), ErrorCode::kInvalidProducerEpoch);
  EXPECT_EQ(Append({.epoch = 3, .sequence = 0}), ErrorCode::kInvalidProducerEpoch);
}

TEST_F(ProducerStateTest, SequencesWrapAround) {
  ASSERT_EQ(Append({.sequence = INT32_MAX - 1, .records = 4}), ErrorCode::kNone);
  EXPECT_EQ(state_.Describe().at(0).last_sequence, 1);
  const auto check =
      state_.Check(Batch({.sequence = INT32_MAX - 1, .records = 4}), AppendOrigin::kClient);
  ASSERT_TRUE(check.duplicate.has_value());
  EXPECT_EQ(check.duplicate->base_offset, Offset(0));
  EXPECT_EQ(Append({.sequence = 2}), ErrorCode::kNone);
  state_.Clear();
  ASSERT_EQ(Append({.sequence = INT32_MAX}), ErrorCode::kNone);
  EXPECT_EQ(Append({.sequence = 0}), ErrorCode::kNone);
}

TEST_F(ProducerStateTest, BatchesOfOneAppendFollowEachOtherOrNoneIsTaken) {
  ASSERT_EQ(Append({.sequence = 0}), ErrorCode::kNone);
  const std::string good = Batch({.sequence = 1}) + Batch({.sequence = 2}) + Batch({.producer = 2});
  EXPECT_TRUE(state_.Check(good, AppendOrigin::kClient).ok());
  const std::string gap = Batch({.sequence = 1}) + Batch({.sequence = 3});
  EXPECT_EQ(state_.Check(gap, AppendOrigin::kClient).error, ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(state_.Describe().at(0).last_sequence, 0);
}

TEST_F(ProducerStateTest, CoordinatorsWriteWithoutSequences) {
  const std::string batch = Batch({.epoch = 2, .sequence = kNoSequence, .transactional = true});
  EXPECT_TRUE(state_.Check(batch, AppendOrigin::kCoordinator).ok());
  Apply(batch);
  EXPECT_TRUE(state_.Check(batch, AppendOrigin::kCoordinator).ok());
  EXPECT_FALSE(state_.Check(batch, AppendOrigin::kCoordinator).duplicate.has_value());
  EXPECT_EQ(state_.Check(Batch({.epoch = 1, .sequence = kNoSequence, .transactional = true}),
                         AppendOrigin::kCoordinator)
                .error,
            ErrorCode::kInvalidProducerEpoch);
  EXPECT_EQ(state_.OpenTransaction(ProducerId(1)), Offset(0));
}

TEST_F(ProducerStateTest, AnOpenTransactionHoldsTheStableOffsetUntilItsMarkerIsSafe) {
  Apply(Batch({.producer = 1, .sequence = 0, .offset = 0, .transactional = true}));
  Apply(Batch({.producer = 2, .sequence = 0, .offset = 1, .transactional = true}));
  EXPECT_EQ(state_.FirstUnstable(), Offset(0));
  EXPECT_EQ(Check({.producer = 1, .sequence = 1}), ErrorCode::kInvalidTxnState);
  state_.AdvanceHighWatermark(Offset(2));

  const auto first = Apply(EndBatch(1, 0, 2, false));
  const CompletedTransaction wanted{.producer_id = ProducerId(1),
                                    .first_offset = Offset(0),
                                    .last_offset = Offset(2),
                                    .aborted = true,
                                    .last_stable_offset = Offset(1)};
  EXPECT_EQ(first, wanted);
  EXPECT_EQ(state_.FirstUndecided(), Offset(1));
  EXPECT_EQ(state_.FirstUnstable(), Offset(0));  // the marker may yet be lost
  state_.AdvanceHighWatermark(Offset(2));
  EXPECT_EQ(state_.FirstUnstable(), Offset(0));
  state_.AdvanceHighWatermark(Offset(3));
  EXPECT_EQ(state_.FirstUnstable(), Offset(1));

  const auto second = Apply(EndBatch(2, 0, 3, true));
  ASSERT_TRUE(second.has_value());
  EXPECT_FALSE(second->aborted);
  EXPECT_EQ(second->last_stable_offset, Offset(4));
  state_.AdvanceHighWatermark(Offset(4));
  EXPECT_EQ(state_.FirstUnstable(), std::nullopt);
  // A marker that ends nothing.
  EXPECT_EQ(Apply(EndBatch(2, 0, 4, true)), std::nullopt);
}

TEST_F(ProducerStateTest, AMarkerWithAGreaterEpochFencesTheProducer) {
  Apply(Batch({.epoch = 0, .sequence = 0, .transactional = true}));
  ASSERT_TRUE(Apply(EndBatch(1, 1, 1, true, 7)).has_value());
  EXPECT_EQ(Check({.epoch = 0, .sequence = 1, .transactional = true}),
            ErrorCode::kInvalidProducerEpoch);
  EXPECT_EQ(Check({.epoch = 1, .sequence = 1, .transactional = true}),
            ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(Check({.epoch = 1, .sequence = 0, .transactional = true}), ErrorCode::kNone);
  Marker marker{.producer_id = ProducerId(1), .producer_epoch = 1, .coordinator_epoch = 7};
  EXPECT_EQ(state_.CheckMarker(marker).error, ErrorCode::kNone);
  marker.coordinator_epoch = 6;
  EXPECT_EQ(state_.CheckMarker(marker).error, ErrorCode::kTransactionCoordinatorFenced);
  marker.coordinator_epoch = 8;
  marker.producer_epoch = 0;
  EXPECT_EQ(state_.CheckMarker(marker).error, ErrorCode::kInvalidProducerEpoch);
}

TEST_F(ProducerStateTest, IdleProducersExpireUnlessATransactionIsOpen) {
  Apply(Batch({.producer = 1, .timestamp_ms = 1'000}));
  Apply(Batch({.producer = 2, .offset = 1, .timestamp_ms = 5'000}));
  Apply(Batch({.producer = 3, .offset = 2, .transactional = true, .timestamp_ms = 1'000}));
  state_.Expire(11'000, 10'000);
  EXPECT_EQ(state_.size(), 2u);
  EXPECT_EQ(state_.OpenTransaction(ProducerId(3)), Offset(2));
  EXPECT_EQ(Check({.producer = 1, .sequence = 99}), ErrorCode::kNone);
}

TEST_F(ProducerStateTest, ASnapshotKeepsAllThatMatters) {
  for (int i = 0; i < 7; ++i) ASSERT_EQ(Append({.sequence = 3 * i, .records = 3}), ErrorCode::kNone);
  ASSERT_EQ(Append({.producer = 2, .epoch = 5, .transactional = true}), ErrorCode::kNone);
  Apply(EndBatch(9, 4, next_offset_, true, 11));
  const std::string bytes = state_.Snapshot();
  ProducerState restored = ProducerState::FromSnapshot(bytes).value();
  EXPECT_EQ(restored.Snapshot(), bytes);
  EXPECT_EQ(restored.FirstUnstable(), Offset(21));
  for (int i = 2; i < 7; ++i) {
    const auto check =
        restored.Check(Batch({.sequence = 3 * i, .records = 3}), AppendOrigin::kClient);
    ASSERT_TRUE(check.duplicate.has_value()) << i;
    EXPECT_EQ(check.duplicate->base_offset, Offset(3 * i));
  }
  EXPECT_EQ(restored.LastRecords(), state_.LastRecords());
  EXPECT_EQ(restored.Check(Batch({.producer = 9, .epoch = 3}), AppendOrigin::kClient).error,
            ErrorCode::kInvalidProducerEpoch);
}

TEST_F(ProducerStateTest, ADamagedSnapshotIsRefused) {
  for (int i = 0; i < 3; ++i) ASSERT_EQ(Append({.sequence = i}), ErrorCode::kNone);
  const std::string good = state_.Snapshot();
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(ProducerState::FromSnapshot(std::string_view(good).substr(0, size)).ok()) << size;
  }
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    EXPECT_FALSE(ProducerState::FromSnapshot(bad).ok()) << i;
  }
}

TEST_F(ProducerStateTest, KafkasOwnSnapshotsAreReadToo) {
  ASSERT_EQ(Append({.sequence = 4, .records = 2}), ErrorCode::kNone);
  // Kafka's ends behind the entries.
  std::string kafkas = state_.Snapshot();
  kafkas.pop_back();
  base::StoreBigEndian(kafkas.data() + 2, base::Crc32c(std::string_view(kafkas).substr(6)));
  const ProducerState restored = ProducerState::FromSnapshot(kafkas).value();
  EXPECT_TRUE(restored.Check(Batch({.sequence = 4, .records = 2}), AppendOrigin::kClient)
                  .duplicate.has_value());
}

TEST_F(ProducerStateTest, AFloodOfProducersForgetsTheOldestOnly) {
  const size_t flood = base::limits::kProducersPerPartitionMax + 1;
  std::string batch = Batch({.transactional = false});
  for (size_t i = 0; i < flood; ++i) {
    base::StoreBigEndian(batch.data() + 43, static_cast<int64_t>(i));
    base::StoreBigEndian(batch.data() + 35, static_cast<int64_t>(i));
    Apply(batch);
  }
  EXPECT_LE(state_.size(), base::limits::kProducersPerPartitionMax);
  EXPECT_EQ(Check({.producer = 0, .sequence = 99}), ErrorCode::kNone);  // forgotten
  EXPECT_EQ(Check({.producer = static_cast<int64_t>(flood) - 1, .sequence = 99}),
            ErrorCode::kOutOfOrderSequenceNumber);
}

}  // namespace
}  // namespace logs
