// DeleteTopics, by name or by id. THREAD: the session's. BLOCKS: until the names are free.
#include "kafka/wire/delete_topics.h"

#include <string>
#include <string_view>
#include <utility>

#include "kafka/server/api/handlers.h"
#include "kafka/server/api/topics.h"
#include "kafka/server/error_map.h"
#include "log/group/group_coordinator.h"

namespace kafka::server {
namespace {

using logs::ErrorCode;
using State = wire::DeleteTopicsRequest::DeleteTopicState;
using Answered = wire::DeleteTopicsResponse::DeletableTopicResult;

void Delete(const State& asked, Answered& answered, const Call& call) {
  const auto fail = [&answered](ErrorCode error, std::string message = {}) {
    answered.error_code = Code(error);
    if (!message.empty()) answered.error_message = std::move(message);
  };
  const bool by_name = asked.name.has_value();
  if (by_name == (asked.topic_id != base::Uuid())) {
    return fail(ErrorCode::kInvalidRequest, "A topic is named by its name or by its id.");
  }
  const auto topic = by_name ? call.broker.log.Find(std::string_view(*asked.name))
                             : call.broker.log.Find(asked.topic_id);
  // Who may not see a topic does not learn from its id what it is called.
  const bool may_see =
      by_name || topic == nullptr || AllowedOnTopic(call, Operation::kDescribe, topic->name);
  if (topic != nullptr && may_see) {
    answered.name = topic->name;
    if (AllowedOnTopic(call, Operation::kDescribe, topic->name)) answered.topic_id = topic->id;
  }
  if (by_name && !AllowedOnTopic(call, Operation::kDelete, *asked.name)) {
    return fail(ErrorCode::kTopicAuthorizationFailed);
  }
  if (topic == nullptr) {
    return fail(by_name ? ErrorCode::kUnknownTopicOrPartition : ErrorCode::kUnknownTopicId);
  }
  if (!AllowedOnTopic(call, Operation::kDelete, topic->name)) {
    return fail(ErrorCode::kTopicAuthorizationFailed);
  }
  if (topic->internal) {
    return fail(ErrorCode::kInvalidTopicException, "The broker needs its internal topics.");
  }
  const auto deleted = call.broker.log.DeleteTopic(topic->name);
  if (!deleted.ok()) return fail(ErrorOf(deleted.error()), deleted.error().message());
  call.broker.groups.OnTopicDeleted(topic->name);
}

}  // namespace

Answer<wire::DeleteTopicsResponse> Handle(const wire::DeleteTopicsRequest& request, Call& call) {
  wire::DeleteTopicsResponse response;
  const auto answer = [&](const State& asked) {
    auto& answered = response.responses.emplace_back();
    answered.name = asked.name;
    answered.topic_id = asked.topic_id;
    Delete(asked, answered, call);
  };
  for (const auto& asked : request.topics) answer(asked);  // version 6 on
  for (const auto& name : request.topic_names) {           // before
    State asked;
    asked.name = name;
    answer(asked);
  }
  return response;
}

}  // namespace kafka::server
