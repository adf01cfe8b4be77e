#include "kafka/client/cluster_producer.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/limits.h"

namespace kafka::client {
namespace {

using base::limits::kClusterPollMs;
using logs::ByPartition;
using logs::OffsetRange;
using logs::Record;
using logs::TopicPartition;
using SteadyClock = std::chrono::steady_clock;

// Time left of a wait: librdkafka takes durations, a wait of ours may be several of its calls.
class Deadline {
 public:
  explicit Deadline(int64_t timeout_ms)
      : at_(SteadyClock::now() + std::chrono::milliseconds(timeout_ms)) {}
  [[nodiscard]] int LeftMs() const {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(at_ - SteadyClock::now()).count();
    return static_cast<int>(std::clamp<int64_t>(left, 0, kClusterPollMs));
  }

 private:
  SteadyClock::time_point at_;
};

// What became of one partition's records since the last Flush. Messages under way point to it.
struct Progress {
  int64_t num_waiting = 0;
  OffsetRange range = {};
  std::optional<base::Error> error = {};
};

struct KnownTopic {
  Owned<rd_kafka_topic_t> handle;
  int32_t num_partitions = 0;
  int32_t next = 0;  // of records without a key
  SteadyClock::time_point counted_at = {};
};

class ClusterProducer final : public logs::Producer {
 public:
  ClusterProducer(const Library& library, ClusterProducerOptions options)
      : library_(library), options_(std::move(options)) {}

  ~ClusterProducer() override {
    if (handle_ == nullptr) return;
    if (in_transaction_) (void)Abort(options_.request_timeout_ms);
    // Messages point to topics_ and progress_: none may be told of later.
    library_.purge(handle_->get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    while (num_waiting_ > 0) library_.poll(handle_->get(), static_cast<int>(kClusterPollMs));
    topics_.clear();
  }

  base::Result<void> Start() {
    Settings settings = options_.settings;
    settings["enable.idempotence"] = "true";
    settings["acks"] = "all";
    settings["linger.ms"] = "2";  // an Append is many messages; a Flush waits this much longer
    settings["compression.codec"] = CompressionName(options_.producer.compression);
    settings["queue.buffering.max.kbytes"] =
        std::to_string(base::limits::kClusterBufferBytesMax >> 10);
    if (!options_.producer.transactional_id.empty()) {
      settings["transactional.id"] = options_.producer.transactional_id;
      settings["transaction.timeout.ms"] = std::to_string(options_.producer.transaction_timeout_ms);
      // Messages live no longer than their transaction.
      settings["message.timeout.ms"] = settings["transaction.timeout.ms"];
    }
    handle_ = TRY(Handle::Open(library_, RD_KAFKA_PRODUCER, settings,
                               [this](const rd_kafka_message_t& message) { Delivered(message); }));
    if (options_.producer.transactional_id.empty()) return {};
    return Finish("open transactional id '" + options_.producer.transactional_id + "'",
                  options_.request_timeout_ms, [this](int timeout_ms) {
                    return library_.init_transactions(handle_->get(), timeout_ms);
                  });
  }

  base::Result<void> Append(const TopicPartition& to, std::span<const Record> records) override {
    CHECK(options_.producer.transactional_id.empty() || in_transaction_);
    KnownTopic& topic = *TRY(Find(to.topic));
    if (to.partition >= topic.num_partitions) {
      return base::NotFound("topic '" + to.topic + "' has no partition " +
                            std::to_string(to.partition));
    }
    const int32_t spread = topic.next++ % topic.num_partitions;
    for (const Record& record : records) {
      int32_t partition = to.partition;
      if (partition == logs::kPartitionByKey) {
        partition = record.key ? logs::PartitionOfKey(*record.key, topic.num_partitions) : spread;
      }
      TRY(Produce(topic, {to.topic, partition}, record));
    }
    library_.poll(handle_->get(), 0);
    return {};
  }

  ByPartition<base::Result<OffsetRange>> Flush(int64_t timeout_ms) override {
    const Deadline deadline(timeout_ms);
    while (num_waiting_ > 0 && deadline.LeftMs() > 0 && !stopped()) {
      library_.poll(handle_->get(), deadline.LeftMs());
    }
    ByPartition<base::Result<OffsetRange>> results;
    for (auto it = progress_.begin(); it != progress_.end();) {
      Progress& progress = it->second;
      if (progress.num_waiting > 0) {
        results.emplace(it->first, Unfinished(it->first));
        ++it;
        continue;
      }
      if (progress.error) {
        results.emplace(it->first, *std::move(progress.error));
      } else {
        results.emplace(it->first, progress.range);
      }
      it = progress_.erase(it);
    }
    return results;
  }

  base::Result<void> Begin() override {
    CHECK(!options_.producer.transactional_id.empty());
    TRY(Finish("begin a transaction", options_.request_timeout_ms,
               [this](int) { return library_.begin_transaction(handle_->get()); }));
    in_transaction_ = true;
    return {};
  }

  base::Result<void> SendOffsets(const std::string& group,
                                 const ByPartition<logs::GroupOffset>& offsets) override {
    CHECK(in_transaction_);
    const auto list = Own(library_.topic_partition_list_new(static_cast<int>(offsets.size())),
                          library_.topic_partition_list_destroy);
    for (const auto& [partition, offset] : offsets) {
      rd_kafka_topic_partition_t* const one = library_.topic_partition_list_add(
          list.get(), partition.topic.c_str(), partition.partition);
      one->offset = offset.offset.get();
      SetMetadata(*one, offset.metadata);
    }
    const auto member = Own(library_.consumer_group_metadata_new(group.c_str()),
                            library_.consumer_group_metadata_destroy);
    // Not in slices of time: what this call has begun, another call does not go on with.
    const auto error =
        Own(library_.send_offsets_to_transaction(handle_->get(), list.get(), member.get(),
                                                 static_cast<int>(options_.request_timeout_ms)),
            library_.error_destroy);
    if (error == nullptr) return {};
    return ErrorOf(*error, "commit offsets of group '" + group + "' in a transaction");
  }

  base::Result<void> Commit(int64_t timeout_ms) override {
    CHECK(in_transaction_);
    TRY(Finish("commit a transaction", timeout_ms, [this](int slice_ms) {
      return library_.commit_transaction(handle_->get(), slice_ms);
    }));
    EndTransaction();
    return {};
  }

  base::Result<void> Abort(int64_t timeout_ms) override {
    CHECK(in_transaction_);
    TRY(Finish("abort a transaction", timeout_ms, [this](int slice_ms) {
      return library_.abort_transaction(handle_->get(), slice_ms);
    }));
    EndTransaction();
    return {};
  }

 private:
  [[nodiscard]] bool stopped() const { return options_.producer.stop.stop_requested(); }

  void EndTransaction() {
    in_transaction_ = false;
    // What was not asked for by a Flush is settled with its transaction.
    std::erase_if(progress_, [](const auto& one) { return one.second.num_waiting == 0; });
  }

  base::Error Unfinished(const TopicPartition& partition) {
    const std::string what = "append to " + partition.ToString();
    if (stopped()) return base::Cancelled(what + ": stopped before it was durable");
    return handle_->ErrorOf(RD_KAFKA_RESP_ERR__TIMED_OUT, what);
  }

  // The count is asked for again now and then: partitions may have been added.
  base::Result<KnownTopic*> Find(const std::string& name) {
    constexpr auto kCountHolds = std::chrono::minutes(1);
    const auto now = SteadyClock::now();
    auto known = topics_.find(name);
    if (known != topics_.end() && now - known->second.counted_at < kCountHolds) {
      return &known->second;
    }
    const int32_t num_partitions = TRY(options_.count_partitions(name));
    if (known == topics_.end()) {
      // A partition that is given is kept, whatever the topic's own partitioner would say.
      rd_kafka_topic_t* const topic = library_.topic_new(handle_->get(), name.c_str(), nullptr);
      CHECK(topic != nullptr);
      known =
          topics_.try_emplace(name, KnownTopic{.handle = Own(topic, library_.topic_destroy)}).first;
    }
    known->second.num_partitions = num_partitions;
    known->second.counted_at = now;
    return &known->second;
  }

  base::Result<void> Produce(const KnownTopic& topic, const TopicPartition& partition,
                             const Record& record) {
    Progress& progress = progress_[partition];
    // What stands for "empty, not null" when a view has no address.
    static constexpr char kEmpty = 0;
    const auto bytes = [](std::string_view text) {
      return const_cast<char*>(text.data() == nullptr ? &kEmpty : text.data());
    };
    std::array<rd_kafka_vu_t, 8> fields{};
    size_t count = 0;
    const auto add = [&](rd_kafka_vtype_t type) -> rd_kafka_vu_t& {
      fields[count].vtype = type;
      return fields[count++];
    };
    add(RD_KAFKA_VTYPE_RKT).u.rkt = topic.handle.get();
    add(RD_KAFKA_VTYPE_PARTITION).u.i32 = partition.partition;
    add(RD_KAFKA_VTYPE_MSGFLAGS).u.i = RD_KAFKA_MSG_F_COPY;
    add(RD_KAFKA_VTYPE_OPAQUE).u.ptr = &progress;
    if (record.timestamp_ms >= 0) add(RD_KAFKA_VTYPE_TIMESTAMP).u.i64 = record.timestamp_ms;
    if (record.key) {
      rd_kafka_vu_t& field = add(RD_KAFKA_VTYPE_KEY);
      field.u.mem.ptr = bytes(*record.key);
      field.u.mem.size = record.key->size();
    }
    if (record.value) {
      rd_kafka_vu_t& field = add(RD_KAFKA_VTYPE_VALUE);
      field.u.mem.ptr = bytes(*record.value);
      field.u.mem.size = record.value->size();
    }
    while (true) {
      Owned<rd_kafka_headers_t> headers(nullptr, library_.headers_destroy);
      size_t with_headers = count;
      if (!record.headers.empty()) {
        headers = NewHeaders(record.headers);
        fields[with_headers].vtype = RD_KAFKA_VTYPE_HEADERS;
        fields[with_headers++].u.headers = headers.get();
      }
      const auto error = Own(library_.produceva(handle_->get(), fields.data(), with_headers),
                             library_.error_destroy);
      if (error == nullptr) {
        (void)headers.release();  // the message has taken them
        ++num_waiting_;
        ++progress.num_waiting;
        return {};
      }
      if (library_.error_code(error.get()) != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        return ErrorOf(*error, "append to " + partition.ToString());
      }
      if (stopped()) return base::Cancelled("append to " + partition.ToString() + ": stopped");
      library_.poll(handle_->get(), static_cast<int>(kClusterPollMs));
    }
  }

  Owned<rd_kafka_headers_t> NewHeaders(std::span<const logs::HeaderView> headers) const {
    auto list = Own(library_.headers_new(headers.size()), library_.headers_destroy);
    for (const logs::HeaderView& header : headers) {
      const void* const value = !header.value                     ? nullptr
                                : header.value->data() == nullptr ? ""
                                                                  : header.value->data();
      (void)library_.header_add(list.get(), header.key.data() == nullptr ? "" : header.key.data(),
                                static_cast<ssize_t>(header.key.size()), value,
                                header.value ? static_cast<ssize_t>(header.value->size()) : 0);
    }
    return list;
  }

  void Delivered(const rd_kafka_message_t& message) {
    auto& progress = *static_cast<Progress*>(message._private);
    --num_waiting_;
    --progress.num_waiting;
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (!progress.error) {
        progress.error.emplace(CodeOf(message.err), std::string("append to ") +
                                                        library_.topic_name(message.rkt) + "-" +
                                                        std::to_string(message.partition) + ": " +
                                                        library_.err2str(message.err));
      }
      return;
    }
    const logs::Offset offset(message.offset);
    if (progress.range.first == logs::kNoOffset) progress.range.first = offset;
    progress.range.last = std::max(progress.range.last, offset);
  }

  base::Error ErrorOf(const rd_kafka_error_t& error, std::string_view what) {
    const auto code = library_.error_code(&error);
    auto found = handle_->ErrorOf(code, what, library_.error_string(&error));
    const bool unknown =
        found.code() == base::Code::kTimeout || found.code() == base::Code::kUnavailable;
    // Those two say "call again", which is wrong for a transaction that must be aborted.
    if (unknown && library_.error_txn_requires_abort(&error) != 0) {
      return base::Internal(found.message());
    }
    return found;
  }

  // Calls `call` with pieces of the time until it is done, fails for good, or the time is up.
  template <typename Call>
  base::Result<void> Finish(std::string_view what, int64_t timeout_ms, Call call) {
    const Deadline deadline(timeout_ms);
    while (true) {
      const auto error = Own(call(std::max(deadline.LeftMs(), 1)), library_.error_destroy);
      if (error == nullptr) return {};
      if (library_.error_is_retriable(error.get()) == 0) return ErrorOf(*error, what);
      if (stopped()) return base::Cancelled(std::string(what) + ": stopped");
      if (deadline.LeftMs() == 0 || handle_->hopeless()) return ErrorOf(*error, what);
    }
  }

  const Library& library_;
  const ClusterProducerOptions options_;
  std::map<std::string, KnownTopic, std::less<>> topics_;
  ByPartition<Progress> progress_;
  int64_t num_waiting_ = 0;
  bool in_transaction_ = false;
  std::shared_ptr<Handle> handle_;  // last: its end may still call Delivered
};

}  // namespace

base::Result<std::unique_ptr<logs::Producer>> OpenClusterProducer(const Library& library,
                                                                  ClusterProducerOptions options) {
  auto producer = std::make_unique<ClusterProducer>(library, std::move(options));
  TRY(producer->Start());
  return std::unique_ptr<logs::Producer>(std::move(producer));
}

}  // namespace kafka::client
