#include "workload/clients.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <map>
#include <set>
#include <utility>

#include <librdkafka/rdkafka.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/random.h"

namespace workload {
namespace {

using Clock = std::chrono::steady_clock;
using Settings = std::map<std::string, std::string>;

constexpr int kCallMs = 2'000;     // one attempt of a call that is repeated
constexpr int kSettleMs = 60'000;  // bringing things to an end after the last fault

int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch())
      .count();
}

struct DestroyKafka {
  void operator()(rd_kafka_t* kafka) const { rd_kafka_destroy(kafka); }
};
using Kafka = std::unique_ptr<rd_kafka_t, DestroyKafka>;

// Whoever gets the callbacks of a handle.
class Callbacks {
 public:
  virtual ~Callbacks() = default;
  virtual void Delivered(const rd_kafka_message_t&) {}
  virtual void Rebalanced(rd_kafka_t*, rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t*) {}
};

Kafka Open(rd_kafka_type_t type, const Target& target, Settings settings, Callbacks* callbacks) {
  settings["bootstrap.servers"] = target.bootstrap;
  settings["broker.address.family"] = "v4";
  settings["reconnect.backoff.ms"] = "50";
  settings["reconnect.backoff.max.ms"] = "300";
  settings["socket.timeout.ms"] = "5000";
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char error[512];
  for (const auto& [name, value] : settings) {
    CHECK(rd_kafka_conf_set(conf, name.c_str(), value.c_str(), error, sizeof(error)) ==
          RD_KAFKA_CONF_OK);
  }
  rd_kafka_conf_set_opaque(conf, callbacks);
  rd_kafka_conf_set_log_cb(conf, [](const rd_kafka_t*, int, const char*, const char*) {});
  if (type == RD_KAFKA_PRODUCER) {
    rd_kafka_conf_set_dr_msg_cb(conf,
                                [](rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
                                  static_cast<Callbacks*>(opaque)->Delivered(*message);
                                });
  } else if (settings.contains("group.id")) {
    rd_kafka_conf_set_rebalance_cb(
        conf,
        [](rd_kafka_t* kafka, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* partitions,
           void* opaque) { static_cast<Callbacks*>(opaque)->Rebalanced(kafka, what, partitions); });
  }
  Kafka kafka(rd_kafka_new(type, conf, error, sizeof(error)));
  CHECK(kafka != nullptr);
  return kafka;
}

// --- producers -----------------------------------------------------------------------

// Aborting while partitions are still being added makes librdkafka fail an assertion of its own
// when the late answer comes (rd_kafka_txn_handle_AddPartitionsToTxn), so all must be delivered
// before.
bool Flushed(rd_kafka_t* kafka) {
  return rd_kafka_flush(kafka, 2 * kCallMs) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

class Sending : public Actor, public Callbacks {
 public:
  Sending(const Target& target, int number, uint64_t seed)
      : target_(target), number_(number), random_(seed) {}

  void Delivered(const rd_kafka_message_t& message) override {
    Send& send = *static_cast<Send*>(message._private);
    if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      send.fate = Fate::kAcknowledged;
      send.place = {message.partition, message.offset};
    } else if (rd_kafka_message_status(&message) == RD_KAFKA_MSG_STATUS_NOT_PERSISTED) {
      send.fate = Fate::kRejected;
    }
  }

  void Report(History& history) override {
    history.sends.insert(history.sends.end(), sends_.begin(), sends_.end());
  }

 protected:
  // Another handle keeps no order with the one before, so it counts as another producer.
  void CountInstance() { ++instance_; }

  // Hands one value to the library, if there is room.
  void SendOne(rd_kafka_t* kafka, bool once, int64_t transaction) {
    const Value value = static_cast<Value>(number_) << 40 | ++values_;
    Send& send = sends_.emplace_back();
    send.value = value;
    send.producer = number_ * 1'000'000 + instance_;
    send.order = static_cast<int64_t>(values_);
    send.place.partition =
        static_cast<int32_t>(random_.Below(static_cast<uint64_t>(target_.num_partitions)));
    send.transaction = transaction;
    send.once = once;
    send.ordered = true;
    base::ByteWriter payload;
    payload.BigEndian(value);
    payload.Raw(std::string(random_.Below(400), 'x'));
    const std::string bytes = std::move(payload).Take();
    const auto error = rd_kafka_producev(
        kafka, RD_KAFKA_V_TOPIC(target_.topic.c_str()), RD_KAFKA_V_PARTITION(send.place.partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_VALUE(const_cast<char*>(bytes.data()), bytes.size()), RD_KAFKA_V_OPAQUE(&send),
        RD_KAFKA_V_END);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      sends_.pop_back();
      rd_kafka_poll(kafka, 10);
    }
  }

  // A burst and a pause, so that batches of several records form and the log stays readable.
  void Pace(rd_kafka_t* kafka) { rd_kafka_poll(kafka, random_.Below(4) == 0 ? 5 : 0); }

  const Target target_;
  const int number_;
  base::Random random_;

 private:
  int instance_ = 0;
  uint64_t values_ = 0;
  std::deque<Send> sends_;  // the library keeps pointers to them
};

class Producer final : public Sending {
 public:
  Producer(const Target& target, ProducerKind kind, int number, uint64_t seed)
      : Sending(target, number, seed), idempotent_(kind == ProducerKind::kIdempotent) {}

  void Run(const std::atomic<bool>& stop) override {
    while (!stop) {
      CountInstance();
      // A plain producer keeps its order only while one request is under way.
      const Kafka kafka = Open(RD_KAFKA_PRODUCER, target_,
                               {{"acks", "all"},
                                {"enable.idempotence", idempotent_ ? "true" : "false"},
                                {"max.in.flight", idempotent_ ? "5" : "1"},
                                {"message.timeout.ms", idempotent_ ? "60000" : "4000"},
                                {"linger.ms", "2"}},
                               this);
      bool fatal = false;
      while (!stop && !fatal) {
        SendOne(kafka.get(), idempotent_, kNoTransaction);
        Pace(kafka.get());
        fatal = rd_kafka_fatal_error(kafka.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR;
      }
      rd_kafka_flush(kafka.get(), kSettleMs);
    }
  }

 private:
  const bool idempotent_;
};

class TransactionalProducer final : public Sending {
 public:
  TransactionalProducer(const Target& target, int number, uint64_t seed)
      : Sending(target, number, seed) {}

  void Run(const std::atomic<bool>& stop) override {
    while (!stop) {
      const Kafka kafka = OpenInitialized(stop);
      if (kafka == nullptr) break;
      while (!stop && RunTransaction(kafka.get())) {
      }
    }
    // Whatever an instance left open ends when the next one begins. Should it not, the records
    // behind it are missing from what is committed, and the checker says so.
    const std::atomic<bool> never = false;
    const Kafka last = OpenInitialized(never);
  }

  void Report(History& history) override {
    Sending::Report(history);
    history.transactions.insert(outcomes_.begin(), outcomes_.end());
  }

 private:
  // nullptr when it has to stop before.
  Kafka OpenInitialized(const std::atomic<bool>& stop) {
    const int64_t deadline = NowMs() + kSettleMs;
    while (!stop && NowMs() < deadline) {
      CountInstance();
      Kafka kafka = Open(RD_KAFKA_PRODUCER, target_,
                         {{"transactional.id", "workload-" + std::to_string(number_)},
                          {"transaction.timeout.ms", "10000"},
                          {"message.timeout.ms", "8000"},
                          {"linger.ms", "2"}},
                         this);
      while (!stop && NowMs() < deadline) {
        rd_kafka_error_t* error = rd_kafka_init_transactions(kafka.get(), kCallMs);
        if (error == nullptr) return kafka;
        const bool again = rd_kafka_error_is_retriable(error) != 0;
        rd_kafka_error_destroy(error);
        if (!again) break;
      }
    }
    return nullptr;
  }

  // False when the producer is of no more use.
  bool RunTransaction(rd_kafka_t* kafka) {
    if (rd_kafka_error_t* error = rd_kafka_begin_transaction(kafka)) {
      rd_kafka_error_destroy(error);
      return false;
    }
    const int64_t transaction = static_cast<int64_t>(number_) << 32 | next_transaction_++;
    Outcome& outcome = outcomes_[transaction] = Outcome::kUnknown;
    const uint64_t count = 1 + random_.Below(20);
    for (uint64_t i = 0; i < count; ++i) {
      SendOne(kafka, true, transaction);
      Pace(kafka);
    }
    const uint64_t choice = random_.Below(10);
    if (choice == 0) {  // vanishes, with its records on the way or in the log
      if (random_.Below(2) == 0) rd_kafka_flush(kafka, kCallMs);
      outcome = Outcome::kAborted;
      return false;
    }
    if (choice <= 2) {
      outcome = Outcome::kAborted;  // whatever comes of it
      return Flushed(kafka) && End(kafka, rd_kafka_abort_transaction, Outcome::kAborted, outcome);
    }
    return End(kafka, rd_kafka_commit_transaction, Outcome::kCommitted, outcome);
  }

  bool End(rd_kafka_t* kafka, rd_kafka_error_t* (*end)(rd_kafka_t*, int), Outcome wanted,
           Outcome& outcome) {
    const int64_t deadline = NowMs() + kSettleMs;
    while (NowMs() < deadline) {
      rd_kafka_error_t* error = end(kafka, kCallMs);
      if (error == nullptr) {
        outcome = wanted;
        return true;
      }
      const bool again = rd_kafka_error_is_retriable(error) != 0;
      rd_kafka_error_destroy(error);
      if (!again) return false;  // the next instance ends it, one way or the other
    }
    return false;
  }

  int64_t next_transaction_ = 0;
  std::map<int64_t, Outcome> outcomes_;
};

// --- consumers -----------------------------------------------------------------------

// What `queue` holds now, at most a hundred records. Ends of partitions go into `maybe_ended`.
std::vector<Seen> Take(rd_kafka_queue_t* queue, int wait_ms, std::set<int32_t>* maybe_ended) {
  std::array<rd_kafka_message_t*, 100> messages;
  const ssize_t count =
      rd_kafka_consume_batch_queue(queue, wait_ms, messages.data(), messages.size());
  std::vector<Seen> seen;
  for (ssize_t i = 0; i < count; ++i) {
    rd_kafka_message_t* message = messages[static_cast<size_t>(i)];
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      CHECK(message->len >= sizeof(Value));
      seen.push_back({{message->partition, message->offset},
                      base::LoadBigEndian<Value>(static_cast<const char*>(message->payload))});
    } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF && maybe_ended != nullptr) {
      maybe_ended->insert(message->partition);
    }
    rd_kafka_message_destroy(message);
  }
  return seen;
}

const char* IsolationOf(Reads reads) {
  return reads == Reads::kCommitted ? "read_committed" : "read_uncommitted";
}

// A consumer of all partitions from their beginning, or from what `group` has committed, and its
// queue.
class Assigned {
 public:
  Assigned(const Target& target, Reads reads, const std::string& group = "unused",
           int64_t from = RD_KAFKA_OFFSET_BEGINNING)
      : kafka_(Open(RD_KAFKA_CONSUMER, target,
                    {{"isolation.level", IsolationOf(reads)},
                     {"enable.partition.eof", "true"},
                     {"auto.offset.reset", "earliest"},
                     {"check.crcs", "true"},
                     {"enable.auto.commit", "false"},
                     {"group.id", group},
                     {"fetch.wait.max.ms", "100"},
                     {"fetch.error.backoff.ms", "50"}},
                    &none_)) {
    rd_kafka_poll_set_consumer(kafka_.get());
    rd_kafka_topic_partition_list_t* all = rd_kafka_topic_partition_list_new(target.num_partitions);
    for (int32_t partition = 0; partition < target.num_partitions; ++partition) {
      rd_kafka_topic_partition_list_add(all, target.topic.c_str(), partition)->offset = from;
    }
    CHECK(rd_kafka_assign(kafka_.get(), all) == RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_partition_list_destroy(all);
    queue_ = rd_kafka_queue_get_consumer(kafka_.get());
  }
  ~Assigned() {
    rd_kafka_queue_destroy(queue_);
    rd_kafka_assign(kafka_.get(), nullptr);
  }
  [[nodiscard]] rd_kafka_t* kafka() const { return kafka_.get(); }
  [[nodiscard]] rd_kafka_queue_t* queue() const { return queue_; }

 private:
  Callbacks none_;
  const Kafka kafka_;
  rd_kafka_queue_t* queue_ = nullptr;
};

class Consuming : public Actor {
 public:
  void Report(History& history) override {
    history.polls.insert(history.polls.end(), std::make_move_iterator(polls_.begin()),
                         std::make_move_iterator(polls_.end()));
  }

 protected:
  std::vector<Poll> polls_;
};

class Reader final : public Consuming {
 public:
  Reader(const Target& target, Reads reads, int number)
      : target_(target), reads_(reads), number_(number) {}

  void Run(const std::atomic<bool>& stop) override {
    const Assigned consumer(target_, reads_);
    while (!stop) {
      auto seen = Take(consumer.queue(), 100, nullptr);
      if (seen.empty()) continue;
      polls_.push_back({.consumer = number_,
                        .committed_only = reads_ == Reads::kCommitted,
                        .seen = std::move(seen)});
    }
  }

 private:
  const Target target_;
  const Reads reads_;
  const int number_;
};

class GroupMember final : public Consuming, public Callbacks {
 public:
  GroupMember(const Target& target, int number, uint64_t seed)
      : target_(target), number_(number), random_(seed) {}

  void Rebalanced(rd_kafka_t* kafka, rd_kafka_resp_err_t what,
                  rd_kafka_topic_partition_list_t* partitions) override {
    ++session_;
    rd_kafka_assign(kafka, what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS ? partitions : nullptr);
  }

  void Run(const std::atomic<bool>& stop) override {
    while (!stop) {
      ++session_;
      const Kafka kafka = Open(RD_KAFKA_CONSUMER, target_,
                               {{"group.id", "workload"},
                                {"isolation.level", "read_committed"},
                                {"auto.offset.reset", "earliest"},
                                {"auto.commit.interval.ms", "300"},
                                {"session.timeout.ms", "6000"},
                                {"heartbeat.interval.ms", "500"},
                                {"check.crcs", "true"},
                                {"fetch.wait.max.ms", "100"}},
                               this);
      rd_kafka_poll_set_consumer(kafka.get());
      rd_kafka_topic_partition_list_t* topics = rd_kafka_topic_partition_list_new(1);
      rd_kafka_topic_partition_list_add(topics, target_.topic.c_str(), RD_KAFKA_PARTITION_UA);
      CHECK(rd_kafka_subscribe(kafka.get(), topics) == RD_KAFKA_RESP_ERR_NO_ERROR);
      rd_kafka_topic_partition_list_destroy(topics);
      const int64_t leaves = NowMs() + 2'000 + static_cast<int64_t>(random_.Below(6'000));
      while (!stop && NowMs() < leaves) {
        // Callbacks come between the records of a call, so a call may span two sessions; one record
        // at a time tells them apart.
        rd_kafka_message_t* message = rd_kafka_consumer_poll(kafka.get(), 100);
        if (message == nullptr) continue;
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
          polls_.push_back(
              {.consumer = number_,
               .session = session_,
               .committed_only = true,
               .seen = {{{message->partition, message->offset},
                         base::LoadBigEndian<Value>(static_cast<const char*>(message->payload))}}});
        }
        rd_kafka_message_destroy(message);
      }
      rd_kafka_consumer_close(kafka.get());
    }
  }

 private:
  const Target target_;
  const int number_;
  base::Random random_;
  int64_t session_ = 0;
};

class Copier final : public Actor, public Callbacks {
 public:
  Copier(const Target& from, const Target& to, uint64_t seed)
      : from_(from), to_(to), random_(seed) {}

  void Run(const std::atomic<bool>& stop) override {
    const int64_t forever = INT64_MAX;
    int64_t deadline = forever;
    // Each session begins at the offsets that the last one left, whatever became of it.
    for (bool done = false; !done && NowMs() < deadline;) {
      if (stop && deadline == forever) deadline = NowMs() + kSettleMs;
      done = RunSession(stop, deadline);
    }
  }
  void Report(History&) override {}

 private:
  // True when it was told to stop before it began, and has copied all there is.
  bool RunSession(const std::atomic<bool>& stop, int64_t deadline) {
    const bool last = stop;
    const Kafka producer = Open(RD_KAFKA_PRODUCER, to_,
                                {{"transactional.id", "copier"},
                                 {"transaction.timeout.ms", "10000"},
                                 {"message.timeout.ms", "8000"}},
                                this);
    if (!Succeeds(rd_kafka_init_transactions(producer.get(), 5 * kCallMs))) return false;
    const Assigned consumer(from_, Reads::kCommitted, "copier", RD_KAFKA_OFFSET_STORED);
    std::set<int32_t> ended;
    while (last || !stop) {
      if (NowMs() > deadline) return false;
      const auto seen = Take(consumer.queue(), 100, &ended);
      const bool all_ended = ended.size() == static_cast<size_t>(from_.num_partitions);
      if (last && all_ended && seen.empty()) return true;
      if (!seen.empty() && !Copy(producer.get(), consumer.kafka(), seen, last)) return false;
    }
    return false;
  }

  bool Copy(rd_kafka_t* producer, rd_kafka_t* consumer, const std::vector<Seen>& seen, bool last) {
    if (!Succeeds(rd_kafka_begin_transaction(producer))) return false;
    std::map<int32_t, int64_t> next;
    for (const Seen& one : seen) {
      base::ByteWriter payload;
      payload.BigEndian(one.value);
      const std::string bytes = std::move(payload).Take();
      const auto error = rd_kafka_producev(
          producer, RD_KAFKA_V_TOPIC(to_.topic.c_str()), RD_KAFKA_V_PARTITION(one.place.partition),
          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
          RD_KAFKA_V_VALUE(const_cast<char*>(bytes.data()), bytes.size()), RD_KAFKA_V_END);
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
      next[one.place.partition] = one.place.offset + 1;
    }
    const uint64_t choice = last ? 99 : random_.Below(100);
    if (choice < 3) return false;  // vanishes
    rd_kafka_topic_partition_list_t* offsets = rd_kafka_topic_partition_list_new(3);
    for (const auto& [partition, offset] : next) {
      rd_kafka_topic_partition_list_add(offsets, from_.topic.c_str(), partition)->offset = offset;
    }
    rd_kafka_consumer_group_metadata_t* group = rd_kafka_consumer_group_metadata(consumer);
    const bool sent =
        Succeeds(rd_kafka_send_offsets_to_transaction(producer, offsets, group, 5 * kCallMs));
    rd_kafka_consumer_group_metadata_destroy(group);
    rd_kafka_topic_partition_list_destroy(offsets);
    if (!sent) return false;
    if (choice < 6) {
      if (Flushed(producer)) Succeeds(rd_kafka_abort_transaction(producer, 5 * kCallMs));
      return false;
    }
    return Succeeds(rd_kafka_commit_transaction(producer, 5 * kCallMs));
  }

  // Anything else ends the session.
  static bool Succeeds(rd_kafka_error_t* maybe_error) {
    if (maybe_error == nullptr) return true;
    rd_kafka_error_destroy(maybe_error);
    return false;
  }
  void Delivered(const rd_kafka_message_t&) override {}

  const Target from_;
  const Target to_;
  base::Random random_;
};

}  // namespace

std::unique_ptr<Actor> NewCopier(const Target& from, const Target& to, uint64_t seed) {
  return std::make_unique<Copier>(from, to, seed);
}
std::unique_ptr<Actor> NewProducer(const Target& target, ProducerKind kind, int number,
                                   uint64_t seed) {
  return std::make_unique<Producer>(target, kind, number, seed);
}
std::unique_ptr<Actor> NewTransactionalProducer(const Target& target, int number, uint64_t seed) {
  return std::make_unique<TransactionalProducer>(target, number, seed);
}
std::unique_ptr<Actor> NewReader(const Target& target, Reads reads, int number) {
  return std::make_unique<Reader>(target, reads, number);
}
std::unique_ptr<Actor> NewGroupMember(const Target& target, int number, uint64_t seed) {
  return std::make_unique<GroupMember>(target, number, seed);
}

std::string MakeTopic(const Target& target, int64_t wait_ms) {
  Callbacks none;
  const Kafka kafka = Open(RD_KAFKA_PRODUCER, target, {}, &none);
  rd_kafka_queue_t* queue = rd_kafka_queue_new(kafka.get());
  std::string problem = "no answer";
  for (const int64_t deadline = NowMs() + wait_ms; !problem.empty() && NowMs() < deadline;) {
    rd_kafka_NewTopic_t* topic =
        rd_kafka_NewTopic_new(target.topic.c_str(), target.num_partitions, 1, nullptr, 0);
    rd_kafka_AdminOptions_t* options =
        rd_kafka_AdminOptions_new(kafka.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS);
    rd_kafka_AdminOptions_set_request_timeout(options, kCallMs, nullptr, 0);
    rd_kafka_CreateTopics(kafka.get(), &topic, 1, options, queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_NewTopic_destroy(topic);
    rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 2 * kCallMs);
    if (event == nullptr) continue;
    if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      problem = rd_kafka_event_error_string(event);
    } else if (const auto* result = rd_kafka_event_CreateTopics_result(event)) {
      size_t count = 0;
      const auto** topics = rd_kafka_CreateTopics_result_topics(result, &count);
      const auto error = rd_kafka_topic_result_error(topics[0]);
      const bool there =
          error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS;
      problem = there ? "" : rd_kafka_err2str(error);
    }
    rd_kafka_event_destroy(event);
  }
  rd_kafka_queue_destroy(queue);
  return problem;
}

std::string ReadToEnd(const Target& target, Reads reads, int64_t wait_ms, std::vector<Seen>& seen) {
  const Assigned consumer(target, reads);
  std::set<int32_t> ended;
  const int64_t deadline = NowMs() + wait_ms;
  while (ended.size() < static_cast<size_t>(target.num_partitions)) {
    if (NowMs() > deadline) {
      return "the ends of only " + std::to_string(ended.size()) + " partitions were reached";
    }
    const auto taken = Take(consumer.queue(), 100, &ended);
    seen.insert(seen.end(), taken.begin(), taken.end());
  }
  return "";
}

}  // namespace workload
