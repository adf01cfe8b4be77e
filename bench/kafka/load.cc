// Load for one broker through librdkafka, the same for every broker that is measured:
//   load produce BOOTSTRAP TOPIC RECORDS BYTES ACKS CODEC     as fast as the client can
//   load consume BOOTSTRAP TOPIC RECORDS                      from the beginning of every partition
//   load latency BOOTSTRAP TOPIC RATE SECONDS BYTES ACKS      open loop: a record is due at a time that
//                                                             does not wait for the one before it
// Prints one line of "name=value" pairs. Latency counts from when a record was due, so a broker that
// stalls cannot hide it by slowing the client down.
#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <librdkafka/rdkafka.h>

namespace {

int64_t NowNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

double CpuSeconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

[[noreturn]] void Die(const std::string& message) {
  fprintf(stderr, "load: %s\n", message.c_str());
  exit(1);
}

rd_kafka_conf_t* Settings(const std::vector<std::pair<std::string, std::string>>& settings) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char why[512];
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why, sizeof(why)) !=
        RD_KAFKA_CONF_OK) {
      Die(why);
    }
  }
  return conf;
}

// Text that compresses about as well as JSON events do: words of a small vocabulary.
std::string Payload(size_t size, std::mt19937_64& random) {
  static const char* const words[] = {"user", "event", "click", "view",  "store", "page",
                                      "2026", "price", "true",  "false", "null",  "rating"};
  std::string text;
  while (text.size() < size) {
    text += words[random() % 12];
    text += random() % 3 == 0 ? std::to_string(random() % 100'000) : ",";
  }
  text.resize(size);
  return text;
}

struct Progress {
  int64_t delivered = 0;
  int64_t failed = 0;
  std::vector<int64_t> latencies_ns;
  bool timed = false;
};

void OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  auto* progress = static_cast<Progress*>(opaque);
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (progress->failed++ == 0) {
      fprintf(stderr, "load: %s\n", rd_kafka_err2str(message->err));
    }
    return;
  }
  ++progress->delivered;
  if (progress->timed) {
    progress->latencies_ns.push_back(NowNs() - reinterpret_cast<int64_t>(message->_private));
  }
}

rd_kafka_t* NewProducer(const std::string& bootstrap, const std::string& acks,
                        const std::string& codec, const std::string& linger_ms,
                        Progress* progress) {
  rd_kafka_conf_t* conf = Settings({{"bootstrap.servers", bootstrap},
                                    {"acks", acks},
                                    {"compression.codec", codec},
                                    {"linger.ms", linger_ms},
                                    {"queue.buffering.max.messages", "1000000"},
                                    {"queue.buffering.max.kbytes", "400000"},
                                    {"batch.num.messages", "100000"},
                                    {"batch.size", "1000000"}});
  rd_kafka_conf_set_dr_msg_cb(conf, OnDelivery);
  rd_kafka_conf_set_opaque(conf, progress);
  char why[512];
  rd_kafka_t* producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
  if (producer == nullptr) Die(why);
  return producer;
}

void Send(rd_kafka_t* producer, rd_kafka_topic_t* topic, const std::string& payload, void* opaque) {
  while (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY,
                          const_cast<char*>(payload.data()), payload.size(), nullptr, 0,
                          opaque) != 0) {
    if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      Die(rd_kafka_err2str(rd_kafka_last_error()));
    }
    rd_kafka_poll(producer, 1);
  }
}

int Produce(char** arguments) {
  const std::string bootstrap = arguments[0], name = arguments[1];
  const int64_t records = atoll(arguments[2]);
  const auto bytes = static_cast<size_t>(atoll(arguments[3]));
  Progress progress;
  rd_kafka_t* producer = NewProducer(bootstrap, arguments[4], arguments[5], "5", &progress);
  rd_kafka_topic_t* topic = rd_kafka_topic_new(producer, name.c_str(), nullptr);
  std::mt19937_64 random(1);
  std::vector<std::string> payloads;
  for (int i = 0; i < 1'000; ++i) payloads.push_back(Payload(bytes, random));
  const int64_t begin = NowNs();
  for (int64_t i = 0; i < records; ++i) {
    Send(producer, topic, payloads[static_cast<size_t>(i) % payloads.size()], nullptr);
    if (i % 1'000 == 0) rd_kafka_poll(producer, 0);
  }
  rd_kafka_flush(producer, 120'000);
  const double seconds = static_cast<double>(NowNs() - begin) / 1e9;
  if (progress.delivered != records) {
    Die(std::to_string(progress.delivered) + " of " + std::to_string(records) + " delivered");
  }
  printf("records_per_s=%.0f mb_per_s=%.1f client_cpu_s=%.2f seconds=%.2f\n",
         static_cast<double>(records) / seconds,
         static_cast<double>(records) * static_cast<double>(bytes) / seconds / 1e6, CpuSeconds(),
         seconds);
  rd_kafka_topic_destroy(topic);
  rd_kafka_destroy(producer);
  return 0;
}

int Consume(char** arguments) {
  const std::string bootstrap = arguments[0], name = arguments[1];
  const int64_t records = atoll(arguments[2]);
  rd_kafka_conf_t* conf = Settings({{"bootstrap.servers", bootstrap},
                                    {"group.id", "load"},
                                    {"enable.auto.commit", "false"},
                                    {"fetch.message.max.bytes", "1048576"},
                                    {"queued.min.messages", "1000000"}});
  char why[512];
  rd_kafka_t* consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof(why));
  if (consumer == nullptr) Die(why);
  rd_kafka_poll_set_consumer(consumer);
  const rd_kafka_metadata_t* metadata = nullptr;
  rd_kafka_topic_t* topic = rd_kafka_topic_new(consumer, name.c_str(), nullptr);
  if (rd_kafka_metadata(consumer, 0, topic, &metadata, 10'000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    Die("no metadata");
  }
  rd_kafka_topic_partition_list_t* assigned = rd_kafka_topic_partition_list_new(1);
  for (int i = 0; i < metadata->topics[0].partition_cnt; ++i) {
    rd_kafka_topic_partition_list_add(assigned, name.c_str(), i)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
  }
  rd_kafka_metadata_destroy(metadata);
  const int64_t begin = NowNs();
  rd_kafka_assign(consumer, assigned);
  rd_kafka_queue_t* queue = rd_kafka_queue_get_consumer(consumer);
  std::vector<rd_kafka_message_t*> messages(10'000);
  int64_t received = 0, bytes = 0, last = begin;
  while (received < records) {
    const ssize_t count = rd_kafka_consume_batch_queue(queue, 1'000, messages.data(), messages.size());
    for (ssize_t i = 0; i < count; ++i) {
      if (messages[static_cast<size_t>(i)]->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        ++received;
        bytes += static_cast<int64_t>(messages[static_cast<size_t>(i)]->len);
      }
      rd_kafka_message_destroy(messages[static_cast<size_t>(i)]);
    }
    if (count > 0) last = NowNs();
    if (NowNs() - last > 30'000'000'000) Die("only " + std::to_string(received) + " records came");
  }
  const double seconds = static_cast<double>(last - begin) / 1e9;
  printf("records_per_s=%.0f mb_per_s=%.1f client_cpu_s=%.2f seconds=%.2f\n",
         static_cast<double>(received) / seconds, static_cast<double>(bytes) / seconds / 1e6,
         CpuSeconds(), seconds);
  rd_kafka_queue_destroy(queue);
  rd_kafka_consumer_close(consumer);
  rd_kafka_topic_partition_list_destroy(assigned);
  rd_kafka_topic_destroy(topic);
  rd_kafka_destroy(consumer);
  return 0;
}

int Latency(char** arguments) {
  const std::string bootstrap = arguments[0], name = arguments[1];
  const double rate = atof(arguments[2]);
  const double seconds = atof(arguments[3]);
  const auto bytes = static_cast<size_t>(atoll(arguments[4]));
  Progress progress;
  progress.timed = true;
  rd_kafka_t* producer = NewProducer(bootstrap, arguments[5], "none", "0", &progress);
  rd_kafka_topic_t* topic = rd_kafka_topic_new(producer, name.c_str(), nullptr);
  std::mt19937_64 random(1);
  const std::string payload = Payload(bytes, random);
  const auto total = static_cast<int64_t>(rate * seconds);
  const auto warm = static_cast<int64_t>(rate * 2);  // two seconds that do not count
  progress.latencies_ns.reserve(static_cast<size_t>(total + warm));
  // Delivery reports come in a thread of their own, so that the schedule never waits for them.
  std::jthread reports([producer](const std::stop_token& stop) {
    while (!stop.stop_requested() || rd_kafka_outq_len(producer) > 0) rd_kafka_poll(producer, 10);
  });
  const int64_t begin = NowNs();
  for (int64_t i = 0; i < total + warm; ++i) {
    const int64_t due = begin + static_cast<int64_t>(static_cast<double>(i) * 1e9 / rate);
    while (NowNs() < due) {
      if (due - NowNs() > 100'000) std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
    Send(producer, topic, payload, reinterpret_cast<void*>(due));
  }
  rd_kafka_flush(producer, 60'000);
  reports.request_stop();
  reports.join();
  if (progress.delivered != total + warm) Die("not all were delivered");
  auto& all = progress.latencies_ns;
  all.erase(all.begin(), all.begin() + warm);
  std::sort(all.begin(), all.end());
  const auto at = [&](double share) {
    return static_cast<double>(all[std::min(all.size() - 1, static_cast<size_t>(share * static_cast<double>(all.size())))]) / 1e6;
  };
  printf("p50_ms=%.3f p99_ms=%.3f p999_ms=%.3f max_ms=%.3f records=%zu\n", at(0.5), at(0.99),
         at(0.999), at(1), all.size());
  rd_kafka_topic_destroy(topic);
  rd_kafka_destroy(producer);
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string mode = count > 1 ? arguments[1] : "";
  if (mode == "produce" && count == 8) return Produce(arguments + 2);
  if (mode == "consume" && count == 5) return Consume(arguments + 2);
  if (mode == "latency" && count == 8) return Latency(arguments + 2);
  fprintf(stderr, "usage: load produce|consume|latency ... (the head of load.cc says)\n");
  return 2;
}
