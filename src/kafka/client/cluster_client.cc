#include "kafka/client/cluster_client.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "kafka/client/cluster_admin.h"
#include "kafka/client/cluster_producer.h"
#include "kafka/client/cluster_reader.h"
#include "kafka/client/handle.h"

namespace kafka::client {
namespace {

using logs::ByPartition;
using logs::Offset;
using logs::TopicPartition;

// Timestamps that ask for an end of the log (ListOffsets).
constexpr int64_t kLatest = -1;
constexpr int64_t kEarliest = -2;

Settings SettingsOf(const ClusterUrl& url, const std::string& client_id) {
  Settings settings;
  for (const std::string& broker : url.brokers) {
    std::string& all = settings["bootstrap.servers"];
    all += (all.empty() ? "" : ",") + broker;
  }
  settings["client.id"] = client_id;
  settings["log.connection.close"] = "false";
  settings["security.protocol"] = url.sasl.empty() ? (url.tls ? "ssl" : "plaintext")
                                                   : (url.tls ? "sasl_ssl" : "sasl_plaintext");
  const auto set = [&settings](const char* name, const std::string& value) {
    if (!value.empty()) settings[name] = value;
  };
  set("sasl.mechanism", url.sasl);
  set("sasl.username", url.user);
  set("sasl.password", url.password);
  set("ssl.ca.location", url.ca_file);
  set("ssl.certificate.location", url.certificate_file);
  set("ssl.key.location", url.key_file);
  return settings;
}

class ClusterClient final : public logs::Client {
 public:
  ClusterClient(const Library& library, const ClusterUrl& url, logs::ClientOptions options)
      : library_(library),
        name_(url.ToString()),
        settings_(SettingsOf(url, options.client_id)),
        options_(std::move(options)) {}

  base::Result<void> Start() {
    Settings settings = settings_;
    settings["isolation.level"] = "read_committed";
    committed_ = TRY(Handle::Open(library_, RD_KAFKA_CONSUMER, settings));
    settings["isolation.level"] = "read_uncommitted";
    uncommitted_ = TRY(Handle::Open(library_, RD_KAFKA_CONSUMER, settings));
    admin_ = std::make_unique<ClusterAdmin>(committed_, options_.request_timeout_ms, options_.stop);
    return {};
  }

  base::Result<std::unique_ptr<logs::Producer>> OpenProducer(
      logs::ProducerOptions options) override {
    return OpenClusterProducer(
        library_, {.settings = settings_,
                   .producer = std::move(options),
                   .request_timeout_ms = options_.request_timeout_ms,
                   .count_partitions = [this](const std::string& name) -> base::Result<int32_t> {
                     return static_cast<int32_t>(TRY(admin_->Topic(name)).partitions.size());
                   }});
  }

  base::Result<std::unique_ptr<logs::Reader>> OpenReader(logs::ReaderOptions options) override {
    return OpenClusterReader(library_, settings_, std::move(options));
  }

  base::Result<std::vector<logs::TopicDescription>> Topics() override { return admin_->Topics(); }
  base::Result<logs::TopicDescription> Topic(const std::string& name) override {
    return admin_->Topic(name);
  }
  base::Result<void> CreateTopic(const logs::TopicSpec& spec) override {
    return admin_->CreateTopic(spec);
  }
  base::Result<void> DeleteTopic(const std::string& name) override {
    return admin_->DeleteTopic(name);
  }
  base::Result<void> AddPartitions(const std::string& topic, int32_t num_partitions) override {
    return admin_->AddPartitions(topic, num_partitions);
  }
  base::Result<std::vector<logs::ConfigEntry>> TopicConfigs(const std::string& topic) override {
    return admin_->TopicConfigs(topic);
  }
  base::Result<void> AlterTopicConfigs(
      const std::string& topic,
      const std::map<std::string, std::optional<std::string>>& changes) override {
    return admin_->AlterTopicConfigs(topic, changes);
  }

  ByPartition<base::Result<logs::PartitionEnds>> Ends(
      const std::vector<TopicPartition>& partitions) override {
    ByPartition<int64_t> earliest;
    ByPartition<int64_t> latest;
    for (const TopicPartition& partition : partitions) {
      earliest[partition] = kEarliest;
      latest[partition] = kLatest;
    }
    const auto starts = ListOffsets(*committed_, earliest);
    const auto stable = ListOffsets(*committed_, latest);
    const auto high = ListOffsets(*uncommitted_, latest);
    ByPartition<base::Result<logs::PartitionEnds>> ends;
    for (const TopicPartition& partition : partitions) {
      ends.emplace(partition,
                   EndsOf(starts.at(partition), stable.at(partition), high.at(partition)));
    }
    return ends;
  }

  ByPartition<base::Result<logs::TimestampedOffset>> FindTimestamps(
      const ByPartition<int64_t>& times_ms) override {
    const auto offsets = ListOffsets(*committed_, times_ms);
    ByPartition<base::Result<logs::TimestampedOffset>> found;
    for (const auto& [partition, offset] : offsets) {
      if (!offset.ok()) {
        found.emplace(partition, offset.error());
        continue;
      }
      // librdkafka keeps the record's own timestamp to itself.
      found.emplace(partition, logs::TimestampedOffset{.offset = *offset});
    }
    return found;
  }

  ByPartition<base::Result<Offset>> DeleteRecords(const ByPartition<Offset>& before) override {
    return admin_->DeleteRecords(before);
  }
  base::Result<std::vector<logs::GroupSummary>> Groups() override { return admin_->Groups(); }
  base::Result<logs::GroupDescription> Group(const std::string& group) override {
    return admin_->Group(group);
  }
  base::Result<void> DeleteGroup(const std::string& group) override {
    return admin_->DeleteGroup(group);
  }
  base::Result<ByPartition<logs::GroupOffset>> GroupOffsets(const std::string& group) override {
    return admin_->GroupOffsets(group);
  }
  ByPartition<base::Result<void>> CommitOffsets(
      const std::string& group, const ByPartition<logs::GroupOffset>& offsets) override {
    return admin_->CommitOffsets(group, offsets);
  }
  ByPartition<base::Result<void>> DeleteOffsets(
      const std::string& group, const std::vector<TopicPartition>& partitions) override {
    return admin_->DeleteOffsets(group, partitions);
  }

  [[nodiscard]] std::string Describe() const override { return name_; }

 private:
  static base::Result<logs::PartitionEnds> EndsOf(const base::Result<Offset>& start,
                                                  const base::Result<Offset>& stable,
                                                  const base::Result<Offset>& high) {
    for (const auto* const one : {&start, &stable, &high}) {
      if (!one->ok()) return one->error();
    }
    // They were asked one after the other, and the log moves on in between.
    logs::PartitionEnds ends{.log_start = *start, .last_stable = *stable, .high_watermark = *high};
    ends.log_start = std::min(ends.log_start, ends.last_stable);
    ends.high_watermark = std::max(ends.high_watermark, ends.last_stable);
    ends.log_end = ends.high_watermark;
    return ends;
  }

  ByPartition<base::Result<Offset>> ListOffsets(Handle& handle,
                                                const ByPartition<int64_t>& times_ms) {
    ByPartition<base::Result<Offset>> offsets;
    if (times_ms.empty()) return offsets;
    const auto list = Own(library_.topic_partition_list_new(static_cast<int>(times_ms.size())),
                          library_.topic_partition_list_destroy);
    for (const auto& [partition, time_ms] : times_ms) {
      library_.topic_partition_list_add(list.get(), partition.topic.c_str(), partition.partition)
          ->offset = time_ms;
    }
    const auto error = library_.offsets_for_times(handle.get(), list.get(),
                                                  static_cast<int>(options_.request_timeout_ms));
    for (int i = 0; i < list->cnt; ++i) {
      const rd_kafka_topic_partition_t& one = list->elems[i];
      const TopicPartition partition{one.topic, one.partition};
      const std::string what = "offsets of " + partition.ToString();
      if (const auto why = error != RD_KAFKA_RESP_ERR_NO_ERROR ? error : one.err;
          why != RD_KAFKA_RESP_ERR_NO_ERROR) {
        offsets.emplace(partition, handle.ErrorOf(why, what));
      } else {
        offsets.emplace(partition, one.offset < 0 ? logs::kNoOffset : Offset(one.offset));
      }
    }
    return offsets;
  }

  const Library& library_;
  const std::string name_;
  const Settings settings_;
  const logs::ClientOptions options_;
  // Their isolation decides what the end of a partition is to them.
  std::shared_ptr<Handle> committed_;
  std::shared_ptr<Handle> uncommitted_;
  std::unique_ptr<ClusterAdmin> admin_;
};

}  // namespace

base::Result<std::unique_ptr<logs::Client>> OpenCluster(const ClusterUrl& url,
                                                        logs::ClientOptions options) {
  const Library* const library = TRY(Library::Load());
  auto client = std::make_unique<ClusterClient>(*library, url, std::move(options));
  TRY(client->Start());
  return std::unique_ptr<logs::Client>(std::move(client));
}

}  // namespace kafka::client
