#include "log/embedded/producer.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "log/code_error.h"
#include "log/embedded/wait.h"
#include "log/group/group_coordinator.h"
#include "log/transaction/transaction_coordinator.h"

namespace logs {
namespace {

// The most that a record may take in a batch beyond its bytes.
size_t SizeMax(const Record& record) {
  constexpr size_t kLengths = 40;
  constexpr size_t kHeaderLengths = 10;
  size_t size =
      kLengths + (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
  for (const HeaderView& header : record.headers) {
    size += kHeaderLengths + header.key.size() + (header.value ? header.value->size() : 0);
  }
  return size;
}

// What became of one partition's records since the last Flush.
struct Progress {
  OffsetRange range = {};
  Ticket ticket = {};  // of the last append
};

class EmbeddedProducer final : public Producer {
 public:
  explicit EmbeddedProducer(EmbeddedProducerOptions options) : options_(std::move(options)) {}

  ~EmbeddedProducer() override {
    if (in_transaction_) (void)Abort(base::limits::kClientAbortMs);
  }

  base::Result<void> Start() {
    if (!transactional()) return {};
    const std::string what = "open transactional id '" + id() + "'";
    const SteadyTime deadline = In(options_.request_timeout_ms);
    const InitProducerId request{.transactional_id = id(),
                                 .transaction_timeout_ms = static_cast<int32_t>(std::clamp<int64_t>(
                                     options_.producer.transaction_timeout_ms, 0, INT32_MAX))};
    while (true) {
      const auto call = options_.transactions->Start(request);
      const ProducerAnswer answer = TRY(Await(*call, deadline, options_.producer.stop, what));
      if (answer.error == ErrorCode::kNone) {
        identity_ = answer.producer;
        return {};
      }
      // The predecessor's transaction is still being ended: look again.
      constexpr int64_t kPauseMs = 10;
      Signal pause;
      if (answer.error != ErrorCode::kConcurrentTransactions ||
          std::chrono::steady_clock::now() >= deadline ||
          pause.Wait(In(kPauseMs), options_.producer.stop) == Signal::End::kStopped) {
        return ErrorOf(answer.error, what);
      }
    }
  }

  base::Result<void> Append(const TopicPartition& to, std::span<const Record> records) override {
    CHECK(!transactional() || in_transaction_);
    const auto topic = options_.log->Find(to.topic);
    if (topic == nullptr) return base::NotFound("there is no topic '" + to.topic + "'");
    const auto num_partitions = static_cast<int32_t>(topic->partitions.size());
    if (to.partition != kPartitionByKey) {
      if (to.partition < 0 || to.partition >= num_partitions) {
        return base::NotFound("topic '" + to.topic + "' has no partition " +
                              std::to_string(to.partition));
      }
      return AppendTo(*topic, to.partition, records);
    }
    // Copies of a record are views, not bytes.
    std::map<int32_t, std::vector<Record>> by_partition;
    const int32_t spread = next_[to.topic]++ % num_partitions;
    for (const Record& record : records) {
      const int32_t partition = record.key ? PartitionOfKey(*record.key, num_partitions) : spread;
      by_partition[partition].push_back(record);
    }
    for (const auto& [partition, some] : by_partition) TRY(AppendTo(*topic, partition, some));
    return {};
  }

  ByPartition<base::Result<OffsetRange>> Flush(int64_t timeout_ms) override {
    Ticket last;
    for (const auto& [partition, progress] : progress_) last = std::max(last, progress.ticket);
    WaitDurable(last, In(timeout_ms));
    ByPartition<base::Result<OffsetRange>> results;
    for (auto it = progress_.begin(); it != progress_.end();) {
      const std::string what = "append to " + it->first.ToString();
      Progress& progress = it->second;
      const Durable durable = options_.log->IsDurable(progress.ticket);
      if (durable == Durable::kYes) {
        results.emplace(it->first, progress.range);
      } else if (durable == Durable::kFailed) {
        results.emplace(it->first, Fail(WhyNot(what)));
      } else {
        results.emplace(it->first, stopped()
                                       ? base::Cancelled(what + ": stopped before it was durable")
                                       : base::Timeout(what + ": not durable in time"));
        ++it;
        continue;
      }
      it = progress_.erase(it);
    }
    return results;
  }

  base::Result<void> Begin() override {
    CHECK(transactional());
    CHECK(!in_transaction_);
    in_transaction_ = true;
    failure_.reset();
    return {};
  }

  base::Result<void> SendOffsets(const std::string& group,
                                 const ByPartition<GroupOffset>& offsets) override {
    CHECK(in_transaction_);
    const std::string what = "commit offsets of group '" + group + "' in a transaction";
    const auto place = options_.groups->OffsetsPartition(group);
    if (!place.ok()) return Fail(base::Error(place.error()).With(what));
    const auto added = AddPartition(*place);
    if (!added.ok()) return Fail(added.error());
    TransactionalOffsetCommit request{
        .group_id = group, .producer_id = identity_.id, .producer_epoch = identity_.epoch};
    for (const auto& [partition, offset] : offsets) {
      request.offsets.push_back(
          {.partition = partition, .offset = offset.offset, .metadata = offset.metadata});
    }
    auto later = options_.groups->Commit(request);
    auto answer = Await(later, In(options_.request_timeout_ms), options_.producer.stop, what);
    if (!answer.ok()) return Fail(answer.error());
    if (answer->error != ErrorCode::kNone) return Fail(ErrorOf(answer->error, what));
    for (const ErrorCode error : answer->partitions) {
      if (error != ErrorCode::kNone) return Fail(ErrorOf(error, what));
    }
    return {};
  }

  base::Result<void> Commit(int64_t timeout_ms) override {
    CHECK(in_transaction_);
    const SteadyTime deadline = In(timeout_ms);
    const auto flushed = Flush(timeout_ms);
    if (failure_) {
      // Not as a code that says "call again", whatever the cause was.
      const bool fenced = failure_->code() == base::Code::kConflict;
      return base::Error(fenced ? base::Code::kConflict : base::Code::kInternal,
                         failure_->message(), "The transaction can only be aborted.")
          .With("commit a transaction");
    }
    for (const auto& [partition, outcome] : flushed) TRY(outcome);
    return End("commit a transaction", true, deadline);
  }

  base::Result<void> Abort(int64_t timeout_ms) override {
    CHECK(in_transaction_);
    return End("abort a transaction", false, In(timeout_ms));
  }

 private:
  using AddCall = std::unique_ptr<TransactionCall<AddPartitionsAnswer>>;

  [[nodiscard]] bool transactional() const { return !id().empty(); }
  [[nodiscard]] const std::string& id() const { return options_.producer.transactional_id; }
  [[nodiscard]] bool stopped() const { return options_.producer.stop.stop_requested(); }

  base::Error Fail(base::Error error) {
    if (!failure_) failure_ = error;
    return error;
  }

  base::Error WhyNot(const std::string& what) const {
    if (const auto trouble = options_.log->Trouble()) return base::Error(*trouble).With(what);
    return base::Io(what + ": it could not be made durable");
  }

  void WaitDurable(Ticket ticket, SteadyTime deadline) const {
    const auto signal = std::make_shared<Signal>();
    while (options_.log->IsDurable(ticket) == Durable::kNotYet) {
      options_.log->WatchDurable(ticket, signal);
      if (options_.log->IsDurable(ticket) != Durable::kNotYet) return;
      if (signal->Wait(deadline, options_.producer.stop) != Signal::End::kNotified) return;
    }
  }

  // Makes the partition part of the transaction. The call is kept until the records are appended:
  // until then no marker is.
  base::Result<AddCall> AddPartition(const TopicPartition& partition) {
    const std::string what = "add " + partition.ToString() + " to a transaction";
    AddCall call =
        options_.transactions->Start(AddPartitions{.transactional_id = id(),
                                                   .producer = identity_,
                                                   .partitions = {partition},
                                                   .intent = PartitionsIntent::kAddByProducing});
    const AddPartitionsAnswer answer =
        TRY(Await(*call, In(options_.request_timeout_ms), options_.producer.stop, what));
    if (answer.error != ErrorCode::kNone) return ErrorOf(answer.error, what);
    if (answer.partitions.size() == 1 && answer.partitions[0] != ErrorCode::kNone) {
      return ErrorOf(answer.partitions[0], what);
    }
    begun_ = true;
    return call;
  }

  base::Result<void> AppendTo(const Topic& topic, int32_t index, std::span<const Record> records) {
    if (records.empty()) return {};
    const TopicPartition name{topic.name, index};
    AddCall in_transaction;
    if (transactional()) {
      auto added = AddPartition(name);
      if (!added.ok()) return Fail(std::move(added).error());
      in_transaction = *std::move(added);
    }
    const size_t batch_bytes =
        std::min(base::limits::kClientBatchBytes,
                 static_cast<size_t>(std::max<int64_t>(topic.config.max_message_bytes, 1)));
    const int64_t now_ms = options_.clock->NowUnixMs();
    while (!records.empty()) {
      BatchOptions batch{.compression = options_.producer.compression};
      if (transactional()) {
        batch.producer_id = identity_.id;
        batch.producer_epoch = identity_.epoch;
        batch.base_sequence = sequences_[name];
        batch.transactional = true;
      }
      BatchBuilder builder(batch);
      size_t count = 0;
      while (count < records.size() &&
             (count == 0 || builder.size_bytes() + SizeMax(records[count]) <= batch_bytes)) {
        Record record = records[count++];
        if (record.timestamp_ms < 0) record.timestamp_ms = now_ms;
        builder.Append(record);
      }
      const int32_t next_sequence =
          transactional() ? SequenceAfter(batch.base_sequence, builder.num_records()) : 0;
      auto bytes = std::move(builder).Finish();
      if (!bytes.ok()) return Fail(std::move(bytes).error());
      AppendResult result = topic.partitions[static_cast<size_t>(index)]->Append(
          {.batches = std::span<char>(bytes->data(), bytes->size())});
      if (result.error != ErrorCode::kNone) {
        return Fail(ErrorOf(result.error, "append to " + name.ToString(), result.message));
      }
      if (transactional()) sequences_[name] = next_sequence;
      Progress& progress = progress_[name];
      if (progress.range.first == kNoOffset) progress.range.first = result.base_offset;
      progress.range.last = result.last_offset;
      progress.ticket = std::max(progress.ticket, result.ticket);
      records = records.subspan(count);
    }
    return {};
  }

  base::Result<void> End(const std::string& what, bool commit, SteadyTime deadline) {
    if (begun_) {
      const auto call =
          options_.transactions->Start(EndTransaction{.transactional_id = id(),
                                                      .producer = identity_,
                                                      .commit = commit,
                                                      .version = TransactionVersion::kV2});
      const ProducerAnswer answer = TRY(Await(*call, deadline, options_.producer.stop, what));
      if (answer.error != ErrorCode::kNone) return ErrorOf(answer.error, what);
      // The next epoch, in which sequences begin anew.
      identity_ = answer.producer;
      sequences_.clear();
    }
    begun_ = false;
    in_transaction_ = false;
    progress_.clear();
    return {};
  }

  const EmbeddedProducerOptions options_;
  std::map<std::string, int32_t> next_;  // partition of each topic's next records without a key
  ByPartition<Progress> progress_;
  // Of a transactional producer. Without an id none is needed: nothing repeats an append here.
  ProducerIdentity identity_ = {};
  ByPartition<int32_t> sequences_;
  bool in_transaction_ = false;
  bool begun_ = false;                       // the coordinator knows of the transaction
  std::optional<base::Error> failure_ = {};  // why it can only be aborted
};

}  // namespace

base::Result<std::unique_ptr<Producer>> OpenEmbeddedProducer(EmbeddedProducerOptions options) {
  auto producer = std::make_unique<EmbeddedProducer>(std::move(options));
  TRY(producer->Start());
  return std::unique_ptr<Producer>(std::move(producer));
}

}  // namespace logs
