#include "kafka/client/cluster_reader.h"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/limits.h"

namespace kafka::client {
namespace {

using logs::ByPartition;
using logs::Offset;
using logs::ReadBatch;
using logs::TopicPartition;

// What the batches of one Poll point into.
class Messages {
 public:
  explicit Messages(std::shared_ptr<Handle> handle) : handle_(std::move(handle)) {}
  ~Messages() {
    for (rd_kafka_message_t* const message : messages_) {
      handle_->library().message_destroy(message);
    }
  }
  Messages(const Messages&) = delete;
  Messages& operator=(const Messages&) = delete;

  void Take(rd_kafka_message_t* message) { messages_.push_back(message); }

  // The headers of a message as a record of a batch holds them.
  void AddHeaders(const rd_kafka_message_t& message, logs::RecordView& record) {
    const Library& library = handle_->library();
    rd_kafka_headers_t* list = nullptr;
    if (library.message_headers(&message, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
    base::ByteWriter bytes;
    const char* name = nullptr;
    const void* value = nullptr;
    size_t size = 0;
    while (library.header_get_all(list, static_cast<size_t>(record.num_headers), &name, &value,
                                  &size) == RD_KAFKA_RESP_ERR_NO_ERROR) {
      const std::string_view key(name);
      bytes.Varint(static_cast<int64_t>(key.size()));
      bytes.Raw(key);
      bytes.Varint(value == nullptr ? -1 : static_cast<int64_t>(size));
      if (value != nullptr) bytes.Raw({static_cast<const char*>(value), size});
      ++record.num_headers;
    }
    record.header_bytes = headers_.emplace_back(std::move(bytes).Take());
  }

 private:
  const std::shared_ptr<Handle> handle_;
  std::vector<rd_kafka_message_t*> messages_;
  std::deque<std::string> headers_;  // whose addresses stay
};

std::optional<std::string_view> BytesOf(const void* bytes, size_t size) {
  if (bytes == nullptr) return std::nullopt;
  return std::string_view(static_cast<const char*>(bytes), size);
}

class ClusterReader final : public logs::Reader {
 public:
  ClusterReader(const Library& library, logs::ReaderOptions options, std::shared_ptr<Handle> handle)
      : library_(library),
        options_(std::move(options)),
        handle_(std::move(handle)),
        queue_(handle_) {}

  ~ClusterReader() override { StopAll(); }

  base::Result<void> Assign(const ByPartition<Offset>& offsets) override {
    StopAll();
    for (const auto& [partition, offset] : offsets) {
      CHECK(offset.get() >= 0);
      auto topic = topics_.find(partition.topic);
      if (topic == topics_.end()) {
        rd_kafka_topic_t* const made =
            library_.topic_new(handle_->get(), partition.topic.c_str(), nullptr);
        CHECK(made != nullptr);
        topic = topics_.emplace(partition.topic, Own(made, library_.topic_destroy)).first;
      }
      if (library_.consume_start_queue(topic->second.get(), partition.partition, offset.get(),
                                       queue_.get()) != 0) {
        return base::Internal("librdkafka does not read " + partition.ToString());
      }
      positions_.emplace(partition, offset);
    }
    return {};
  }

  base::Result<std::vector<ReadBatch>> Poll(int64_t timeout_ms) override {
    const Queue::Wakeup wakeup(queue_, options_.stop);
    auto messages = std::make_shared<Messages>(handle_);
    std::vector<ReadBatch> batches;
    std::map<const rd_kafka_topic_t*, std::map<int32_t, size_t>> places;
    size_t bytes = 0;
    // One call waits for the first message; what else is there is taken without waiting, since
    // librdkafka would wait for as many as it is asked for.
    size_t wanted = 1;
    int wait_ms = static_cast<int>(std::clamp<int64_t>(timeout_ms, 0, INT32_MAX));
    std::vector<rd_kafka_message_t*> taken(base::limits::kClusterMessagesPerCall);
    while (bytes < options_.poll_bytes_max) {
      if (options_.stop.stop_requested()) wait_ms = 0;
      const ssize_t count =
          library_.consume_batch_queue(queue_.get(), wait_ms, taken.data(), wanted);
      if (count <= 0) break;
      std::optional<base::Error> error;
      for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
        const rd_kafka_message_t& message = *taken[i];
        messages->Take(taken[i]);
        if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR &&
            message.err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
          if (IsFinal(message.err) && !error) error = ErrorOf(message);
          continue;
        }
        const auto [place, is_new] =
            places[message.rkt].try_emplace(message.partition, batches.size());
        if (is_new) {
          batches.push_back({.partition = {library_.topic_name(message.rkt), message.partition}});
        }
        ReadBatch& batch = batches[place->second];
        if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
          batch.next = batch.end = Offset(message.offset);
        } else {
          Add(message, batch, *messages);
          bytes += message.len + message.key_len;
        }
      }
      if (error) return *std::move(error);
      wait_ms = 0;
      wanted = taken.size();
    }
    if (batches.empty() && handle_->hopeless()) {
      return handle_->ErrorOf(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "read");
    }
    for (ReadBatch& batch : batches) {
      batch.bytes = messages;
      positions_[batch.partition] = batch.next;
      batch.end = std::max({batch.end, batch.next, EndOf(batch.partition)});
    }
    return batches;
  }

  [[nodiscard]] ByPartition<Offset> Positions() const override { return positions_; }

 private:
  // librdkafka repeats by itself whatever a repetition can mend.
  [[nodiscard]] bool IsFinal(rd_kafka_resp_err_t code) const {
    switch (CodeOf(code)) {
      case base::Code::kNotFound:
      case base::Code::kInvalidArgument:
      case base::Code::kCorruption:
      case base::Code::kUnsupported:
      case base::Code::kConflict:
      case base::Code::kAlreadyExists:
        return true;
      case base::Code::kIo:
      case base::Code::kTimeout:
      case base::Code::kUnavailable:
      case base::Code::kCancelled:
      case base::Code::kInternal:
        return false;
    }
    return false;
  }

  base::Error ErrorOf(const rd_kafka_message_t& message) {
    std::string what = "read";
    if (message.rkt != nullptr) {
      what += " " + TopicPartition{library_.topic_name(message.rkt), message.partition}.ToString();
    }
    // The text of such a message is its payload.
    const std::string why(static_cast<const char*>(message.payload),
                          message.payload == nullptr ? 0 : message.len);
    return handle_->ErrorOf(message.err, what, why.c_str());
  }

  void Add(const rd_kafka_message_t& message, ReadBatch& batch, Messages& messages) {
    logs::RecordView record;
    record.offset = Offset(message.offset);
    rd_kafka_timestamp_type_t type{};
    record.timestamp_ms = library_.message_timestamp(&message, &type);
    record.key = BytesOf(message.key, message.key_len);
    record.value = BytesOf(message.payload, message.len);
    messages.AddHeaders(message, record);
    batch.records.push_back(record);
    batch.next = record.offset.Next();
  }

  // Where the partition ended by the last answer to a fetch.
  Offset EndOf(const TopicPartition& partition) {
    int64_t low = -1;
    int64_t high = -1;
    (void)library_.get_watermark_offsets(handle_->get(), partition.topic.c_str(),
                                         partition.partition, &low, &high);
    return Offset(high);
  }

  void StopAll() {
    for (const auto& [partition, offset] : positions_) {
      (void)library_.consume_stop(topics_.find(partition.topic)->second.get(), partition.partition);
    }
    positions_.clear();
  }

  const Library& library_;
  const logs::ReaderOptions options_;
  const std::shared_ptr<Handle> handle_;
  std::map<std::string, Owned<rd_kafka_topic_t>, std::less<>> topics_;
  Queue queue_;
  ByPartition<Offset> positions_;
};

}  // namespace

base::Result<std::unique_ptr<logs::Reader>> OpenClusterReader(const Library& library,
                                                              Settings settings,
                                                              logs::ReaderOptions options) {
  settings["isolation.level"] =
      options.isolation == logs::Isolation::kReadCommitted ? "read_committed" : "read_uncommitted";
  settings["enable.partition.eof"] = "true";
  settings["enable.auto.commit"] = "false";
  settings["enable.auto.offset.store"] = "false";
  settings["auto.offset.reset"] = "error";
  // The end of a partition is known only by a fetch that found nothing.
  settings["fetch.wait.max.ms"] = std::to_string(base::limits::kClusterPollMs);
  settings["queued.max.messages.kbytes"] =
      std::to_string(base::limits::kClusterReadAheadBytes >> 10);
  auto handle = TRY(Handle::Open(library, RD_KAFKA_CONSUMER, settings));
  return std::unique_ptr<logs::Reader>(
      std::make_unique<ClusterReader>(library, std::move(options), std::move(handle)));
}

}  // namespace kafka::client
