#include "kafka/client/cluster_admin.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/limits.h"

namespace kafka::client {
namespace {

using base::limits::kClusterPollMs;
using logs::TopicPartition;
using SteadyClock = std::chrono::steady_clock;

// What Kafka itself keeps in topics. librdkafka 2.0 does not pass on what the brokers say of that.
bool IsInternal(const std::string& topic) {
  return topic == "__consumer_offsets" || topic == "__transaction_state" ||
         topic == "__share_group_state";
}

logs::TopicDescription DescriptionOf(const rd_kafka_metadata_topic_t& topic) {
  logs::TopicDescription found;
  found.name = topic.topic;
  found.internal = IsInternal(found.name);
  found.partitions.resize(static_cast<size_t>(topic.partition_cnt));
  for (int i = 0; i < topic.partition_cnt; ++i) {
    const rd_kafka_metadata_partition_t& one = topic.partitions[i];
    if (one.id < 0 || one.id >= topic.partition_cnt) continue;
    logs::PartitionDescription& partition = found.partitions[static_cast<size_t>(one.id)];
    partition.leader = one.leader;
    partition.replicas.assign(one.replicas, one.replicas + one.replica_cnt);
    partition.in_sync.assign(one.isrs, one.isrs + one.isr_cnt);
  }
  return found;
}

}  // namespace

ClusterAdmin::ClusterAdmin(std::shared_ptr<Handle> handle, int64_t timeout_ms, std::stop_token stop)
    : handle_(std::move(handle)),
      library_(handle_->library()),
      timeout_ms_(static_cast<int>(std::clamp<int64_t>(timeout_ms, 1, INT32_MAX / 2))),
      stop_(std::move(stop)) {}

base::Result<ClusterAdmin::Event> ClusterAdmin::Ask(std::string_view what, const Send& send) {
  const auto options = Own(library_.admin_options_new(handle_->get(), RD_KAFKA_ADMIN_OP_ANY),
                           library_.admin_options_destroy);
  std::array<char, 256> refused{};
  // The answer, be it that there is none, comes within this time.
  if (library_.admin_options_set_request_timeout(options.get(), timeout_ms_, refused.data(),
                                                 refused.size()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return base::Internal(std::string(what) + ": " + refused.data());
  }
  const Queue answers(handle_);
  const Queue::Wakeup wakeup(answers, stop_);
  send(options.get(), answers.get());
  while (true) {
    auto event = Own(library_.queue_poll(answers.get(), static_cast<int>(kClusterPollMs)),
                     library_.event_destroy);
    if (event != nullptr) {
      const auto code = library_.event_error(event.get());
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return event;
      return handle_->ErrorOf(code, what, library_.event_error_string(event.get()));
    }
    if (stop_.stop_requested()) return base::Cancelled(std::string(what) + ": stopped");
    if (handle_->hopeless()) return handle_->ErrorOf(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, what);
  }
}

base::Result<std::vector<logs::TopicDescription>> ClusterAdmin::Metadata(
    rd_kafka_topic_t* maybe_topic, const std::string& what) {
  // In pieces: librdkafka's wait cannot be woken.
  const auto deadline = SteadyClock::now() + std::chrono::milliseconds(timeout_ms_);
  const rd_kafka_metadata_t* metadata = nullptr;
  while (true) {
    constexpr int kPieceMs = 2'000;
    const auto code = library_.metadata(handle_->get(), maybe_topic == nullptr ? 1 : 0, maybe_topic,
                                        &metadata, std::min(kPieceMs, timeout_ms_));
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) break;
    if (stop_.stop_requested()) return base::Cancelled(what + ": stopped");
    if (CodeOf(code) != base::Code::kTimeout && CodeOf(code) != base::Code::kUnavailable) {
      return handle_->ErrorOf(code, what);
    }
    if (SteadyClock::now() >= deadline || handle_->hopeless()) return handle_->ErrorOf(code, what);
  }
  const Owned<const rd_kafka_metadata_t> owned(metadata, library_.metadata_destroy);
  std::vector<logs::TopicDescription> topics;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const rd_kafka_metadata_topic_t& topic = metadata->topics[i];
    if (topic.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      topics.push_back(DescriptionOf(topic));
    } else if (maybe_topic != nullptr) {
      return handle_->ErrorOf(topic.err, what);
    }
  }
  std::sort(topics.begin(), topics.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return topics;
}

base::Result<std::vector<logs::TopicDescription>> ClusterAdmin::Topics() {
  return Metadata(nullptr, "list topics");
}

base::Result<logs::TopicDescription> ClusterAdmin::Topic(const std::string& name) {
  const std::string what = "topic '" + name + "'";
  rd_kafka_topic_t* const topic = library_.topic_new(handle_->get(), name.c_str(), nullptr);
  if (topic == nullptr) return base::InvalidArgument("'" + name + "' cannot name a topic");
  const auto owned = Own(topic, library_.topic_destroy);
  auto found = TRY(Metadata(topic, what));
  if (found.empty()) return base::NotFound(what + ": there is none");
  return std::move(found.front());
}

base::Result<void> ClusterAdmin::WaitFor(
    const std::string& topic,
    const std::function<bool(const base::Result<logs::TopicDescription>&)>& done) {
  const auto deadline = SteadyClock::now() + std::chrono::milliseconds(timeout_ms_);
  const Queue pause(handle_);
  const Queue::Wakeup wakeup(pause, stop_);
  while (true) {
    constexpr int kPauseMs = 20;
    const auto found = Topic(topic);
    if (done(found)) return {};
    if (stop_.stop_requested()) return base::Cancelled("wait for topic '" + topic + "': stopped");
    if (SteadyClock::now() >= deadline) {
      if (!found.ok()) return found.error();
      return base::Timeout("wait for topic '" + topic + "': the change is not in effect yet");
    }
    (void)Own(library_.queue_poll(pause.get(), kPauseMs), library_.event_destroy);
  }
}

base::Result<void> ClusterAdmin::Outcome(std::string_view what,
                                         const rd_kafka_topic_result_t** results, size_t count) {
  if (count != 1) return base::Internal(std::string(what) + ": an answer about other topics");
  const auto code = library_.topic_result_error(results[0]);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return handle_->ErrorOf(code, what, library_.topic_result_error_string(results[0]));
}

base::Result<void> ClusterAdmin::CreateTopic(const logs::TopicSpec& spec) {
  const std::string what = "create topic '" + spec.name + "'";
  std::array<char, 512> refused{};
  const auto topic =
      Own(library_.new_topic_new(spec.name.c_str(), spec.num_partitions, spec.replication_factor,
                                 refused.data(), refused.size()),
          library_.new_topic_destroy);
  if (topic == nullptr) return base::InvalidArgument(what + ": " + refused.data());
  for (const auto& [name, value] : spec.configs) {
    (void)library_.new_topic_set_config(topic.get(), name.c_str(), value.c_str());
  }
  const auto event = TRY(Ask(what, [&](const auto* options, auto* answers) {
    rd_kafka_NewTopic_t* topics[] = {topic.get()};
    library_.create_topics(handle_->get(), topics, 1, options, answers);
  }));
  size_t count = 0;
  const auto* const result = library_.event_create_topics_result(event.get());
  auto** const results = library_.create_topics_result_topics(result, &count);
  TRY(Outcome(what, results, count));
  return WaitFor(spec.name, [](const base::Result<logs::TopicDescription>& found) {
    return found.ok() && std::all_of(found->partitions.begin(), found->partitions.end(),
                                     [](const auto& one) { return one.leader >= 0; });
  });
}

base::Result<void> ClusterAdmin::DeleteTopic(const std::string& name) {
  const std::string what = "delete topic '" + name + "'";
  const auto topic = Own(library_.delete_topic_new(name.c_str()), library_.delete_topic_destroy);
  const auto event = TRY(Ask(what, [&](const auto* options, auto* answers) {
    rd_kafka_DeleteTopic_t* topics[] = {topic.get()};
    library_.delete_topics(handle_->get(), topics, 1, options, answers);
  }));
  size_t count = 0;
  const auto* const result = library_.event_delete_topics_result(event.get());
  auto** const results = library_.delete_topics_result_topics(result, &count);
  TRY(Outcome(what, results, count));
  return WaitFor(name, [](const base::Result<logs::TopicDescription>& found) {
    return !found.ok() && found.error().code() == base::Code::kNotFound;
  });
}

base::Result<void> ClusterAdmin::AddPartitions(const std::string& topic, int32_t num_partitions) {
  const std::string what = "add partitions to topic '" + topic + "'";
  std::array<char, 512> refused{};
  const auto more = Own(
      library_.new_partitions_new(topic.c_str(), static_cast<size_t>(std::max(num_partitions, 0)),
                                  refused.data(), refused.size()),
      library_.new_partitions_destroy);
  if (more == nullptr) return base::InvalidArgument(what + ": " + refused.data());
  const auto event = TRY(Ask(what, [&](const auto* options, auto* answers) {
    rd_kafka_NewPartitions_t* topics[] = {more.get()};
    library_.create_partitions(handle_->get(), topics, 1, options, answers);
  }));
  size_t count = 0;
  const auto* const result = library_.event_create_partitions_result(event.get());
  auto** const results = library_.create_partitions_result_topics(result, &count);
  TRY(Outcome(what, results, count));
  return WaitFor(topic, [&](const base::Result<logs::TopicDescription>& found) {
    return found.ok() && found->partitions.size() >= static_cast<size_t>(num_partitions);
  });
}

base::Result<std::vector<logs::ConfigEntry>> ClusterAdmin::TopicConfigs(const std::string& topic) {
  const std::string what = "configs of topic '" + topic + "'";
  const auto resource = Own(library_.config_resource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()),
                            library_.config_resource_destroy);
  const auto event = TRY(Ask(what, [&](const auto* options, auto* answers) {
    rd_kafka_ConfigResource_t* resources[] = {resource.get()};
    library_.describe_configs(handle_->get(), resources, 1, options, answers);
  }));
  size_t count = 0;
  const auto* const result = library_.event_describe_configs_result(event.get());
  const auto** const found = library_.describe_configs_result_resources(result, &count);
  if (count != 1) return base::Internal(what + ": an answer about other topics");
  if (const auto code = library_.config_resource_error(found[0]);
      code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return handle_->ErrorOf(code, what, library_.config_resource_error_string(found[0]));
  }
  const auto** const configs = library_.config_resource_configs(found[0], &count);
  std::vector<logs::ConfigEntry> entries;
  for (size_t i = 0; i < count; ++i) {
    logs::ConfigEntry entry;
    entry.name = library_.config_entry_name(configs[i]);
    if (const char* const value = library_.config_entry_value(configs[i])) entry.value = value;
    if (library_.config_entry_is_sensitive(configs[i]) == 1) entry.value.reset();
    entry.is_default =
        library_.config_entry_source(configs[i]) != RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG;
    entry.is_read_only = library_.config_entry_is_read_only(configs[i]) == 1;
    entries.push_back(std::move(entry));
  }
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return entries;
}

base::Result<void> ClusterAdmin::AlterTopicConfigs(
    const std::string& topic, const std::map<std::string, std::optional<std::string>>& changes) {
  const std::string what = "alter configs of topic '" + topic + "'";
  // librdkafka 2.0 knows only the request that replaces all that is set for the topic.
  std::map<std::string, std::string> all;
  for (logs::ConfigEntry& entry : TRY(TopicConfigs(topic))) {
    if (!entry.is_default && entry.value) all[entry.name] = *std::move(entry.value);
  }
  for (const auto& [name, value] : changes) {
    if (value) {
      all[name] = *value;
    } else {
      all.erase(name);
    }
  }
  const auto resource = Own(library_.config_resource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()),
                            library_.config_resource_destroy);
  for (const auto& [name, value] : all) {
    (void)library_.config_resource_set_config(resource.get(), name.c_str(), value.c_str());
  }
  const auto event = TRY(Ask(what, [&](const auto* options, auto* answers) {
    rd_kafka_ConfigResource_t* resources[] = {resource.get()};
    library_.alter_configs(handle_->get(), resources, 1, options, answers);
  }));
  size_t count = 0;
  const auto* const result = library_.event_alter_configs_result(event.get());
  const auto** const found = library_.alter_configs_result_resources(result, &count);
  if (count != 1) return base::Internal(what + ": an answer about other topics");
  const auto code = library_.config_resource_error(found[0]);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return handle_->ErrorOf(code, what, library_.config_resource_error_string(found[0]));
}

logs::ByPartition<base::Result<logs::Offset>> ClusterAdmin::DeleteRecords(
    const logs::ByPartition<logs::Offset>& before) {
  logs::ByPartition<base::Result<logs::Offset>> results;
  if (before.empty()) return results;
  const auto list = Own(library_.topic_partition_list_new(static_cast<int>(before.size())),
                        library_.topic_partition_list_destroy);
  for (const auto& [partition, offset] : before) {
    // kNoOffset is what the protocol, too, calls the high watermark.
    library_.topic_partition_list_add(list.get(), partition.topic.c_str(), partition.partition)
        ->offset = offset.get();
  }
  const auto request =
      Own(library_.delete_records_new(list.get()), library_.delete_records_destroy);
  const auto event = Ask("delete records", [&](const auto* options, auto* answers) {
    rd_kafka_DeleteRecords_t* requests[] = {request.get()};
    library_.delete_records(handle_->get(), requests, 1, options, answers);
  });
  if (!event.ok()) {
    for (const auto& [partition, offset] : before) results.emplace(partition, event.error());
    return results;
  }
  const auto* const result = library_.event_delete_records_result(event->get());
  const auto* const found = library_.delete_records_result_offsets(result);
  for (int i = 0; i < found->cnt; ++i) {
    const rd_kafka_topic_partition_t& one = found->elems[i];
    const TopicPartition partition{one.topic, one.partition};
    if (one.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      results.emplace(partition, logs::Offset(one.offset));
    } else {
      results.emplace(partition,
                      handle_->ErrorOf(one.err, "delete records of " + partition.ToString()));
    }
  }
  return results;
}

}  // namespace kafka::client
