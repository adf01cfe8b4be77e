#include "log/embedded_client.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "log/code_error.h"
#include "log/embedded/producer.h"
#include "log/embedded/reader.h"
#include "log/embedded/wait.h"
#include "log/group/group_coordinator.h"
#include "log/group_assignment.h"
#include "log/transaction/transaction_coordinator.h"

namespace logs {
namespace {

base::Error NoTopic(const std::string& name) {
  return base::NotFound("there is no topic '" + name + "'");
}

base::Error NoPartition(const TopicPartition& partition) {
  return base::NotFound("there is no partition " + partition.ToString());
}

class EmbeddedClient final : public Client {
 public:
  explicit EmbeddedClient(EmbeddedClientOptions options) : options_(std::move(options)) {}

  base::Result<std::unique_ptr<Producer>> OpenProducer(ProducerOptions options) override {
    return OpenEmbeddedProducer({.log = options_.log,
                                 .groups = options_.groups,
                                 .transactions = options_.transactions,
                                 .clock = options_.clock,
                                 .producer = std::move(options),
                                 .request_timeout_ms = options_.client.request_timeout_ms});
  }

  base::Result<std::unique_ptr<Reader>> OpenReader(ReaderOptions options) override {
    return NewEmbeddedReader(options_.log, std::move(options));
  }

  // --- topics ---

  base::Result<std::vector<TopicDescription>> Topics() override {
    std::vector<TopicDescription> topics;
    for (const auto& topic : options_.log->Topics()) topics.push_back(DescriptionOf(*topic));
    return topics;
  }

  base::Result<TopicDescription> Topic(const std::string& name) override {
    const auto topic = options_.log->Find(name);
    if (topic == nullptr) return NoTopic(name);
    return DescriptionOf(*topic);
  }

  base::Result<void> CreateTopic(const TopicSpec& spec) override {
    const std::string what = "create topic '" + spec.name + "'";
    if (spec.replication_factor != -1 && spec.replication_factor != 1) {
      return base::InvalidArgument(what + ": the embedded log keeps one replica, not " +
                                   std::to_string(spec.replication_factor));
    }
    const int32_t num_partitions =
        spec.num_partitions == -1 ? options_.default_num_partitions : spec.num_partitions;
    TRY(options_.log
            ->CreateTopic(
                {.name = spec.name, .num_partitions = num_partitions, .configs = spec.configs})
            .With(what));
    return {};
  }

  base::Result<void> DeleteTopic(const std::string& name) override {
    TRY(options_.log->DeleteTopic(name).With("delete topic '" + name + "'"));
    options_.groups->OnTopicDeleted(name);
    return {};
  }

  base::Result<void> AddPartitions(const std::string& topic, int32_t num_partitions) override {
    TRY(options_.log->AddPartitions(topic, num_partitions)
            .With("add partitions to topic '" + topic + "'"));
    return {};
  }

  base::Result<std::vector<ConfigEntry>> TopicConfigs(const std::string& name) override {
    const auto topic = options_.log->Find(name);
    if (topic == nullptr) return NoTopic(name);
    std::map<std::string, ConfigEntry> entries;
    for (const ConfigDescription& one : TopicConfigNames()) {
      const std::string config(one.name);
      entries[config] = {.name = config, .value = TopicConfigValue(topic->config, one.name)};
    }
    for (const auto& [config, value] : topic->configs) {
      entries[config] = {.name = config, .value = value, .is_default = false};
    }
    std::vector<ConfigEntry> sorted;
    for (auto& [config, entry] : entries) sorted.push_back(std::move(entry));
    return sorted;
  }

  base::Result<void> AlterTopicConfigs(
      const std::string& name,
      const std::map<std::string, std::optional<std::string>>& changes) override {
    const auto topic = options_.log->Find(name);
    if (topic == nullptr) return NoTopic(name);
    std::map<std::string, std::string> configs = topic->configs;
    for (const auto& [config, value] : changes) {
      if (value) {
        configs[config] = *value;
      } else {
        configs.erase(config);
      }
    }
    TRY(options_.log->SetConfigs(name, configs).With("alter configs of topic '" + name + "'"));
    return {};
  }

  ByPartition<base::Result<PartitionEnds>> Ends(
      const std::vector<TopicPartition>& partitions) override {
    ByPartition<base::Result<PartitionEnds>> ends;
    for (const TopicPartition& name : partitions) {
      const auto partition = options_.log->Find(name);
      if (partition == nullptr) {
        ends.emplace(name, NoPartition(name));
      } else {
        ends.emplace(name, partition->Ends());
      }
    }
    return ends;
  }

  ByPartition<base::Result<TimestampedOffset>> FindTimestamps(
      const ByPartition<int64_t>& times_ms) override {
    ByPartition<base::Result<TimestampedOffset>> found;
    for (const auto& [name, time_ms] : times_ms) {
      const auto partition = options_.log->Find(name);
      if (partition == nullptr) {
        found.emplace(name, NoPartition(name));
      } else {
        found.emplace(name, partition->FindTimestamp(time_ms, Isolation::kReadCommitted));
      }
    }
    return found;
  }

  ByPartition<base::Result<Offset>> DeleteRecords(const ByPartition<Offset>& before) override {
    ByPartition<base::Result<Offset>> starts;
    for (const auto& [name, offset] : before) {
      const auto partition = options_.log->Find(name);
      if (partition == nullptr) {
        starts.emplace(name, NoPartition(name));
      } else {
        starts.emplace(
            name, partition->DeleteRecords(offset).With("delete records of " + name.ToString()));
      }
    }
    return starts;
  }

  // --- groups ---

  base::Result<std::vector<GroupSummary>> Groups() override {
    std::vector<GroupSummary> groups;
    for (GroupListing& one : options_.groups->List()) {
      groups.push_back({.group = std::move(one.group_id), .state = std::move(one.state)});
    }
    std::sort(groups.begin(), groups.end(),
              [](const auto& a, const auto& b) { return a.group < b.group; });
    return groups;
  }

  base::Result<GroupDescription> Group(const std::string& group) override {
    const auto listed = options_.groups->List();
    const auto found = std::find_if(listed.begin(), listed.end(),
                                    [&](const auto& one) { return one.group_id == group; });
    if (found == listed.end()) return base::NotFound("there is no group '" + group + "'");
    switch (found->type) {
      case GroupType::kClassic:
        return DescriptionOf(options_.groups->Describe(group));
      case GroupType::kConsumer:
        return DescriptionOf(options_.groups->DescribeConsumerGroup(group));
    }
    return base::Internal("group '" + group + "' is of no known type");
  }

  base::Result<void> DeleteGroup(const std::string& group) override {
    const std::string what = "delete group '" + group + "'";
    auto later = options_.groups->Delete(group);
    const GroupAnswer answer = TRY(Await(later, Deadline(), options_.client.stop, what));
    if (answer.error != ErrorCode::kNone) return ErrorOf(answer.error, what);
    return {};
  }

  base::Result<ByPartition<GroupOffset>> GroupOffsets(const std::string& group) override {
    const std::string what = "offsets of group '" + group + "'";
    auto later = options_.groups->Fetch(OffsetFetch{.group_id = group});
    const OffsetFetchAnswer answer = TRY(Await(later, Deadline(), options_.client.stop, what));
    if (answer.error != ErrorCode::kNone) return ErrorOf(answer.error, what);
    ByPartition<GroupOffset> offsets;
    for (const OffsetFetchAnswer::Partition& one : answer.partitions) {
      if (one.error != ErrorCode::kNone) return ErrorOf(one.error, what);
      if (one.committed.offset == kNoOffset) continue;
      offsets[one.partition] = {.offset = one.committed.offset, .metadata = one.committed.metadata};
    }
    return offsets;
  }

  ByPartition<base::Result<void>> CommitOffsets(const std::string& group,
                                                const ByPartition<GroupOffset>& offsets) override {
    ByPartition<base::Result<void>> outcomes;
    OffsetCommit request{.group_id = group};
    std::vector<TopicPartition> asked;
    for (const auto& [partition, offset] : offsets) {
      if (options_.log->Find(partition) == nullptr) {
        outcomes.emplace(partition, NoPartition(partition));
        continue;
      }
      asked.push_back(partition);
      request.offsets.push_back(
          {.partition = partition, .offset = offset.offset, .metadata = offset.metadata});
    }
    if (asked.empty()) return outcomes;
    auto later = options_.groups->Commit(request);
    AddOutcomes("set offsets of group '" + group + "'", later, asked, outcomes);
    return outcomes;
  }

  ByPartition<base::Result<void>> DeleteOffsets(
      const std::string& group, const std::vector<TopicPartition>& partitions) override {
    ByPartition<base::Result<void>> outcomes;
    if (partitions.empty()) return outcomes;
    auto later = options_.groups->Delete(OffsetDelete{.group_id = group, .partitions = partitions});
    AddOutcomes("delete offsets of group '" + group + "'", later, partitions, outcomes);
    return outcomes;
  }

  [[nodiscard]] std::string Describe() const override {
    return "the embedded log in " + options_.log->folder();
  }

 private:
  [[nodiscard]] SteadyTime Deadline() const { return In(options_.client.request_timeout_ms); }

  [[nodiscard]] TopicDescription DescriptionOf(const logs::Topic& topic) const {
    TopicDescription found{.name = topic.name, .internal = topic.internal};
    found.partitions.assign(topic.partitions.size(),
                            PartitionDescription{.leader = options_.node_id,
                                                 .replicas = {options_.node_id},
                                                 .in_sync = {options_.node_id}});
    return found;
  }

  static GroupDescription DescriptionOf(const ClassicGroupDescription& group) {
    GroupDescription found{
        .group = group.group_id, .state = group.state, .assignor = group.protocol};
    for (const ClassicGroupDescription::Member& one : group.members) {
      found.members.push_back({.member_id = one.member_id,
                               .instance_id = one.instance_id.value_or(""),
                               .client_id = one.client.client_id,
                               .host = one.client.host,
                               .assignment = group.protocol_type == "consumer"
                                                 ? ParseAssignment(one.assignment)
                                                 : std::vector<TopicPartition>()});
    }
    return found;
  }

  static GroupDescription DescriptionOf(const ConsumerGroupDescription& group) {
    GroupDescription found{
        .group = group.group_id, .state = group.state, .assignor = group.assignor};
    for (const ConsumerGroupDescription::Member& one : group.members) {
      GroupMember member{.member_id = one.member_id,
                         .instance_id = one.instance_id.value_or(""),
                         .client_id = one.client.client_id,
                         .host = one.client.host};
      for (const ConsumerGroupDescription::Assigned& topic : one.assignment) {
        for (const int32_t partition : topic.partitions) {
          member.assignment.push_back({topic.topic, partition});
        }
      }
      std::sort(member.assignment.begin(), member.assignment.end());
      found.members.push_back(std::move(member));
    }
    return found;
  }

  void AddOutcomes(const std::string& what, Later<OffsetCommitAnswer>& later,
                   const std::vector<TopicPartition>& asked,
                   ByPartition<base::Result<void>>& outcomes) const {
    const auto answer = Await(later, Deadline(), options_.client.stop, what);
    for (size_t i = 0; i < asked.size(); ++i) {
      base::Result<void> outcome;
      if (!answer.ok()) {
        outcome = answer.error();
      } else if (answer->error != ErrorCode::kNone) {
        outcome = ErrorOf(answer->error, what);
      } else if (i < answer->partitions.size() && answer->partitions[i] != ErrorCode::kNone) {
        outcome = ErrorOf(answer->partitions[i], what + " for " + asked[i].ToString());
      }
      outcomes.emplace(asked[i], std::move(outcome));
    }
  }

  const EmbeddedClientOptions options_;
};

}  // namespace

std::unique_ptr<Client> NewEmbeddedClient(EmbeddedClientOptions options) {
  return std::make_unique<EmbeddedClient>(std::move(options));
}

}  // namespace logs
