// DescribeProducers, DescribeTransactions and ListTransactions (KIP-664, KIP-994, KIP-1152).
// THREAD: the session's.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kafka/server/api/topics.h"
#include "kafka/server/api/transaction_answer.h"
#include "kafka/server/api/transaction_handlers.h"
#include "kafka/wire/describe_producers.h"
#include "kafka/wire/describe_transactions.h"
#include "kafka/wire/list_transactions.h"
#include "log/group/topic_regex.h"
#include "log/transaction/transaction_coordinator.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;

// Leaves those whose whole id matches. ERRORS: kInvalidArgument: no regular expression.
base::Result<void> KeepMatching(const std::string& pattern,
                                std::vector<logs::TransactionListing>& listings) {
  std::vector<std::string> ids;
  for (const auto& listing : listings) ids.push_back(listing.transactional_id);
  const auto matching = TRY(logs::MatchTopics(pattern, ids));
  std::erase_if(listings, [&](const logs::TransactionListing& listing) {
    return !matching.contains(listing.transactional_id);
  });
  return {};
}

}  // namespace

Answer<wire::DescribeProducersResponse> Handle(const wire::DescribeProducersRequest& request,
                                               Call& call) {
  wire::DescribeProducersResponse response;
  for (const auto& topic : request.topics) {
    auto& of_topic = response.topics.emplace_back();
    of_topic.name = topic.name;
    const bool allowed = AllowedOnTopic(call, Operation::kRead, topic.name);
    const auto found = call.broker.log.Find(std::string_view(topic.name));
    for (const int32_t index : topic.partition_indexes) {
      auto& of_partition = of_topic.partitions.emplace_back();
      of_partition.partition_index = index;
      const auto [error, partition] = allowed
                                          ? FindPartition(found.get(), index)
                                          : FoundPartition{ErrorCode::kTopicAuthorizationFailed};
      of_partition.error_code = Code(error);
      if (error != ErrorCode::kNone) continue;
      for (const auto& producer : partition->Producers()) {
        auto& active = of_partition.active_producers.emplace_back();
        active.producer_id = producer.producer_id.get();
        active.producer_epoch = producer.producer_epoch;
        active.last_sequence = producer.last_sequence;
        active.last_timestamp = producer.last_timestamp_ms;
        active.coordinator_epoch = producer.coordinator_epoch;
        active.current_txn_start_offset = producer.current_transaction_start.get();
      }
    }
  }
  return response;
}

Answer<wire::DescribeTransactionsResponse> Handle(const wire::DescribeTransactionsRequest& request,
                                                  Call& call) {
  wire::DescribeTransactionsResponse response;
  for (const std::string& id : request.transactional_ids) {
    auto& state = response.transaction_states.emplace_back();
    state.transactional_id = id;
    state.producer_epoch = -1;
    state.producer_id = -1;
    if (!AllowedOnTransaction(call, Operation::kDescribe, id)) {
      state.error_code = Code(ErrorCode::kTransactionalIdAuthorizationFailed);
      continue;
    }
    const auto description = call.broker.transactions.Describe(id);
    state.error_code = Code(description.error);
    if (description.error != ErrorCode::kNone) continue;
    state.transaction_state = std::string(logs::TransactionStateName(description.state));
    state.transaction_timeout_ms = description.timeout_ms;
    state.transaction_start_time_ms = description.start_ms;
    state.producer_id = description.producer.id.get();
    state.producer_epoch = description.producer.epoch;
    for (const auto& [topic, partition] : description.partitions) {
      if (!AllowedOnTopic(call, Operation::kDescribe, topic)) continue;
      if (state.topics.empty() || state.topics.back().topic != topic) {
        state.topics.emplace_back().topic = topic;
      }
      state.topics.back().partitions.push_back(partition);
    }
  }
  return response;
}

Answer<wire::ListTransactionsResponse> Handle(const wire::ListTransactionsRequest& request,
                                              Call& call) {
  wire::ListTransactionsResponse response;
  logs::TransactionFilter filter{.states = request.state_filters,
                                 .running_longer_than_ms = request.duration_filter};
  for (const int64_t id : request.producer_id_filters) filter.producer_ids.emplace_back(id);
  auto list = call.broker.transactions.List(filter);
  if (request.transactional_id_pattern.has_value() && !request.transactional_id_pattern->empty() &&
      !KeepMatching(*request.transactional_id_pattern, list.transactions).ok()) {
    response.error_code = Code(ErrorCode::kInvalidRegularExpression);
    return response;
  }
  response.unknown_state_filters = std::move(list.unknown_states);
  for (auto& listing : list.transactions) {
    if (!AllowedOnTransaction(call, Operation::kDescribe, listing.transactional_id)) continue;
    auto& state = response.transaction_states.emplace_back();
    state.transactional_id = std::move(listing.transactional_id);
    state.producer_id = listing.producer_id.get();
    state.transaction_state = std::string(logs::TransactionStateName(listing.state));
  }
  return response;
}

}  // namespace kafka::server
