// ClusterAdmin: topics, configurations and groups of a real cluster. Every call waits for its
// answer or until the request times out or the stop fires. Owner; THREAD: any.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "kafka/client/handle.h"
#include "log/client.h"

namespace kafka::client {

class ClusterAdmin {
 public:
  ClusterAdmin(std::shared_ptr<Handle> handle, int64_t timeout_ms, std::stop_token stop);

  base::Result<std::vector<logs::TopicDescription>> Topics();
  base::Result<logs::TopicDescription> Topic(const std::string& name);
  base::Result<void> CreateTopic(const logs::TopicSpec& spec);
  base::Result<void> DeleteTopic(const std::string& name);
  base::Result<void> AddPartitions(const std::string& topic, int32_t num_partitions);
  base::Result<std::vector<logs::ConfigEntry>> TopicConfigs(const std::string& topic);
  base::Result<void> AlterTopicConfigs(
      const std::string& topic, const std::map<std::string, std::optional<std::string>>& changes);
  logs::ByPartition<base::Result<logs::Offset>> DeleteRecords(
      const logs::ByPartition<logs::Offset>& before);

  base::Result<std::vector<logs::GroupSummary>> Groups();
  base::Result<logs::GroupDescription> Group(const std::string& group);
  base::Result<void> DeleteGroup(const std::string& group);
  base::Result<logs::ByPartition<logs::GroupOffset>> GroupOffsets(const std::string& group);
  logs::ByPartition<base::Result<void>> CommitOffsets(
      const std::string& group, const logs::ByPartition<logs::GroupOffset>& offsets);
  logs::ByPartition<base::Result<void>> DeleteOffsets(
      const std::string& group, const std::vector<logs::TopicPartition>& partitions);

 private:
  using Event = Owned<rd_kafka_event_t>;
  using Send =
      std::function<void(const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* answers)>;

  // Sends a request and waits for its answer. ERRORS: of the request as a whole.
  base::Result<Event> Ask(std::string_view what, const Send& send);
  // Waits until the cluster tells the topic's description as `done` wants it.
  base::Result<void> WaitFor(
      const std::string& topic,
      const std::function<bool(const base::Result<logs::TopicDescription>&)>& done);
  base::Result<std::vector<logs::TopicDescription>> Metadata(rd_kafka_topic_t* maybe_topic,
                                                             const std::string& what);
  // One outcome for each topic of a request; there is one.
  base::Result<void> Outcome(std::string_view what, const rd_kafka_topic_result_t** results,
                             size_t count);

  const std::shared_ptr<Handle> handle_;
  const Library& library_;
  const int timeout_ms_;
  const std::stop_token stop_;
};

}  // namespace kafka::client
