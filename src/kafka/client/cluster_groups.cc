// The part of ClusterAdmin that is about consumer groups.
#include <algorithm>
#include <array>
#include <utility>

#include "kafka/client/cluster_admin.h"

namespace kafka::client {
namespace {

using logs::ByPartition;
using logs::TopicPartition;

// What a request about offsets of a group gave, partition by partition.
ByPartition<base::Result<void>> OutcomesOf(Handle& handle, const std::string& what,
                                           const rd_kafka_topic_partition_list_t& list) {
  ByPartition<base::Result<void>> results;
  for (int i = 0; i < list.cnt; ++i) {
    const rd_kafka_topic_partition_t& one = list.elems[i];
    TopicPartition partition{one.topic, one.partition};
    base::Result<void> outcome;
    if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      outcome = handle.ErrorOf(one.err, what + " for " + partition.ToString());
    }
    results.emplace(std::move(partition), std::move(outcome));
  }
  return results;
}

template <typename Partitions>
ByPartition<base::Result<void>> AllFail(const Partitions& partitions, const base::Error& error) {
  ByPartition<base::Result<void>> results;
  for (const auto& one : partitions) {
    if constexpr (std::is_same_v<std::decay_t<decltype(one)>, TopicPartition>) {
      results.emplace(one, error);
    } else {
      results.emplace(one.first, error);
    }
  }
  return results;
}

std::string TextOf(const char* text) { return text == nullptr ? "" : text; }

}  // namespace

base::Result<std::vector<logs::GroupSummary>> ClusterAdmin::Groups() {
  const auto event = TRY(Ask("list groups", [&](const auto* options, auto* answers) {
    library_.list_consumer_groups(handle_->get(), options, answers);
  }));
  const auto* const result = library_.event_list_consumer_groups_result(event.get());
  size_t count = 0;
  // A broker that did not answer would make the list look complete.
  const auto** const errors = library_.list_consumer_groups_result_errors(result, &count);
  if (count > 0) {
    return handle_->ErrorOf(library_.error_code(errors[0]), "list groups",
                            library_.error_string(errors[0]));
  }
  const auto** const found = library_.list_consumer_groups_result_valid(result, &count);
  std::vector<logs::GroupSummary> groups;
  for (size_t i = 0; i < count; ++i) {
    groups.push_back({.group = library_.consumer_group_listing_group_id(found[i]),
                      .state = library_.consumer_group_state_name(
                          library_.consumer_group_listing_state(found[i]))});
  }
  std::sort(groups.begin(), groups.end(),
            [](const auto& a, const auto& b) { return a.group < b.group; });
  return groups;
}

base::Result<logs::GroupDescription> ClusterAdmin::Group(const std::string& group) {
  const std::string what = "group '" + group + "'";
  const auto event = TRY(Ask(what, [&](const auto* options, auto* answers) {
    const char* groups[] = {group.c_str()};
    library_.describe_consumer_groups(handle_->get(), groups, 1, options, answers);
  }));
  const auto* const result = library_.event_describe_consumer_groups_result(event.get());
  size_t count = 0;
  const auto** const groups = library_.describe_consumer_groups_result_groups(result, &count);
  if (count != 1) return base::Internal(what + ": an answer about other groups");
  if (const auto* const error = library_.consumer_group_description_error(groups[0])) {
    return handle_->ErrorOf(library_.error_code(error), what, library_.error_string(error));
  }
  logs::GroupDescription found;
  found.group = group;
  const auto state = library_.consumer_group_description_state(groups[0]);
  found.state = library_.consumer_group_state_name(state);
  if (state == RD_KAFKA_CONSUMER_GROUP_STATE_DEAD) return base::NotFound(what + ": there is none");
  found.assignor = TextOf(library_.consumer_group_description_partition_assignor(groups[0]));
  const size_t num_members = library_.consumer_group_description_member_count(groups[0]);
  for (size_t i = 0; i < num_members; ++i) {
    const auto* const one = library_.consumer_group_description_member(groups[0], i);
    logs::GroupMember member;
    member.member_id = TextOf(library_.member_description_consumer_id(one));
    member.instance_id = TextOf(library_.member_description_group_instance_id(one));
    member.client_id = TextOf(library_.member_description_client_id(one));
    member.host = TextOf(library_.member_description_host(one));
    const auto* const assignment = library_.member_description_assignment(one);
    const auto* const list =
        assignment == nullptr ? nullptr : library_.member_assignment_partitions(assignment);
    for (int k = 0; list != nullptr && k < list->cnt; ++k) {
      member.assignment.push_back({list->elems[k].topic, list->elems[k].partition});
    }
    std::sort(member.assignment.begin(), member.assignment.end());
    found.members.push_back(std::move(member));
  }
  return found;
}

base::Result<void> ClusterAdmin::DeleteGroup(const std::string& group) {
  const std::string what = "delete group '" + group + "'";
  const auto request = Own(library_.delete_group_new(group.c_str()), library_.delete_group_destroy);
  const auto event = TRY(Ask(what, [&](const auto* options, auto* answers) {
    rd_kafka_DeleteGroup_t* requests[] = {request.get()};
    library_.delete_groups(handle_->get(), requests, 1, options, answers);
  }));
  size_t count = 0;
  const auto* const result = library_.event_delete_groups_result(event.get());
  const auto** const found = library_.delete_groups_result_groups(result, &count);
  if (count != 1) return base::Internal(what + ": an answer about other groups");
  const auto* const error = library_.group_result_error(found[0]);
  if (error == nullptr) return {};
  return handle_->ErrorOf(library_.error_code(error), what, library_.error_string(error));
}

base::Result<ByPartition<logs::GroupOffset>> ClusterAdmin::GroupOffsets(const std::string& group) {
  const std::string what = "offsets of group '" + group + "'";
  const auto request = Own(library_.list_consumer_group_offsets_new(group.c_str(), nullptr),
                           library_.list_consumer_group_offsets_destroy);
  const auto event = TRY(Ask(what, [&](const auto* options, auto* answers) {
    rd_kafka_ListConsumerGroupOffsets_t* requests[] = {request.get()};
    library_.list_consumer_group_offsets(handle_->get(), requests, 1, options, answers);
  }));
  size_t count = 0;
  const auto* const result = library_.event_list_consumer_group_offsets_result(event.get());
  const auto** const found = library_.list_consumer_group_offsets_result_groups(result, &count);
  if (count != 1) return base::Internal(what + ": an answer about other groups");
  if (const auto* const error = library_.group_result_error(found[0])) {
    return handle_->ErrorOf(library_.error_code(error), what, library_.error_string(error));
  }
  ByPartition<logs::GroupOffset> offsets;
  const auto* const list = library_.group_result_partitions(found[0]);
  for (int i = 0; list != nullptr && i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& one = list->elems[i];
    if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR) return handle_->ErrorOf(one.err, what);
    if (one.offset < 0) continue;
    offsets[{one.topic, one.partition}] = {
        .offset = logs::Offset(one.offset),
        .metadata = std::string(static_cast<const char*>(one.metadata), one.metadata_size)};
  }
  return offsets;
}

ByPartition<base::Result<void>> ClusterAdmin::CommitOffsets(
    const std::string& group, const ByPartition<logs::GroupOffset>& offsets) {
  if (offsets.empty()) return {};
  const std::string what = "set offsets of group '" + group + "'";
  const auto list = Own(library_.topic_partition_list_new(static_cast<int>(offsets.size())),
                        library_.topic_partition_list_destroy);
  for (const auto& [partition, offset] : offsets) {
    rd_kafka_topic_partition_t* const one =
        library_.topic_partition_list_add(list.get(), partition.topic.c_str(), partition.partition);
    one->offset = offset.offset.get();
    SetMetadata(*one, offset.metadata);
  }
  const auto request = Own(library_.alter_consumer_group_offsets_new(group.c_str(), list.get()),
                           library_.alter_consumer_group_offsets_destroy);
  const auto event = Ask(what, [&](const auto* options, auto* answers) {
    rd_kafka_AlterConsumerGroupOffsets_t* requests[] = {request.get()};
    library_.alter_consumer_group_offsets(handle_->get(), requests, 1, options, answers);
  });
  if (!event.ok()) return AllFail(offsets, event.error());
  size_t count = 0;
  const auto* const result = library_.event_alter_consumer_group_offsets_result(event->get());
  const auto** const found = library_.alter_consumer_group_offsets_result_groups(result, &count);
  if (count != 1) return AllFail(offsets, base::Internal(what + ": an answer about others"));
  if (const auto* const error = library_.group_result_error(found[0])) {
    return AllFail(
        offsets, handle_->ErrorOf(library_.error_code(error), what, library_.error_string(error)));
  }
  return OutcomesOf(*handle_, what, *library_.group_result_partitions(found[0]));
}

ByPartition<base::Result<void>> ClusterAdmin::DeleteOffsets(
    const std::string& group, const std::vector<TopicPartition>& partitions) {
  if (partitions.empty()) return {};
  const std::string what = "delete offsets of group '" + group + "'";
  const auto list = Own(library_.topic_partition_list_new(static_cast<int>(partitions.size())),
                        library_.topic_partition_list_destroy);
  for (const TopicPartition& partition : partitions) {
    library_.topic_partition_list_add(list.get(), partition.topic.c_str(), partition.partition);
  }
  const auto request = Own(library_.delete_consumer_group_offsets_new(group.c_str(), list.get()),
                           library_.delete_consumer_group_offsets_destroy);
  const auto event = Ask(what, [&](const auto* options, auto* answers) {
    rd_kafka_DeleteConsumerGroupOffsets_t* requests[] = {request.get()};
    library_.delete_consumer_group_offsets(handle_->get(), requests, 1, options, answers);
  });
  if (!event.ok()) return AllFail(partitions, event.error());
  size_t count = 0;
  const auto* const result = library_.event_delete_consumer_group_offsets_result(event->get());
  const auto** const found = library_.delete_consumer_group_offsets_result_groups(result, &count);
  if (count != 1) return AllFail(partitions, base::Internal(what + ": an answer about others"));
  if (const auto* const error = library_.group_result_error(found[0])) {
    return AllFail(partitions, handle_->ErrorOf(library_.error_code(error), what,
                                                library_.error_string(error)));
  }
  return OutcomesOf(*handle_, what, *library_.group_result_partitions(found[0]));
}

}  // namespace kafka::client
