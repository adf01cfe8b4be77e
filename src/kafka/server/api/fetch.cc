// Fetch: batches from partitions, at once or when there are enough of them. While it waits it is
// woken by the partitions that moved and reads on only there; what it has read it keeps, so that no
// byte is read or copied twice. THREAD: the session's.
#include "kafka/wire/fetch.h"

#include <algorithm>
#include <atomic>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "kafka/server/api/handlers.h"
#include "kafka/server/api/topics.h"
#include "kafka/server/fetch_session.h"
#include "kafka/server/security/quotas.h"
#include "log/record/record_batch.h"

namespace kafka::server {
namespace {

namespace limits = base::limits;
using logs::ErrorCode;
using wire::FetchRequest;
using wire::FetchResponse;
using Answered = FetchResponse::FetchableTopicResponse;

constexpr int32_t kFinalEpoch = -1;  // closes the session, or wants none
constexpr int32_t kInitialEpoch = 0;

// One partition's watcher: remembers that it was told, and passes it on.
class Bell final : public logs::Watcher {
 public:
  explicit Bell(std::shared_ptr<logs::Watcher> session) : session_(std::move(session)) {}
  void Notify() override {
    rung_.store(true, std::memory_order_release);
    session_->Notify();
  }
  // Has it rung since the last question?
  bool Rung() { return rung_.exchange(false, std::memory_order_acq_rel); }

 private:
  const std::shared_ptr<logs::Watcher> session_;
  std::atomic<bool> rung_ = false;
};

// One partition of a fetch, and what has been read of it.
struct Part {
  WantedPartition* wanted;
  ErrorCode error = ErrorCode::kNone;
  std::shared_ptr<logs::Partition> partition = {};  // when kNone
  logs::Offset next_offset = {};
  std::string batches = {};
  std::vector<logs::AbortedTransaction> aborted = {};
  logs::PartitionEnds ends = {};
  std::optional<logs::Offset> diverging_end = {};  // the client's log goes on where ours does not
  std::shared_ptr<Bell> bell = {};
  bool served = false;  // records of it are in the response
};

// The first offset after whole batches; `before` where there are none.
logs::Offset NextOffset(const std::string& batches, logs::Offset before) {
  logs::BatchWalk walk(batches);
  while (const auto batch = walk.Next()) before = batch->next_offset();
  return before;
}

class Fetching final : public Pending<FetchResponse> {
 public:
  // `session`: nullptr for a fetch without one, whose partitions are then `wanted`.
  Fetching(const FetchRequest& request, Call& call, std::shared_ptr<FetchSession> session,
           std::list<WantedPartition> wanted)
      : request_(request), call_(call), session_(std::move(session)), wanted_(std::move(wanted)) {
    deadline_ms_ = call.now_ms + std::max(request.max_wait_ms, 0);
    bytes_max_ = std::min<size_t>(static_cast<size_t>(std::max(request.max_bytes, 0)),
                                  limits::kKafkaFetchBytesMax);
    // A client with a quota gets what it may have at once, so that it need not pause for long.
    const auto at_once =
        call.broker.quotas.AtOnce(call.principal(), call.client_id, QuotaKind::kFetchBytes);
    if (at_once.has_value()) {
      bytes_max_ = std::min(bytes_max_, static_cast<size_t>(std::max<int64_t>(*at_once, 0)));
    }
    isolation_ = request.isolation_level == 1 ? logs::Isolation::kReadCommitted
                                              : logs::Isolation::kReadUncommitted;
  }

  // Reads what there is, and has itself woken when that is not enough.
  void Start() {
    auto& wanted = session_ != nullptr ? session_->wanted() : wanted_;
    parts_.reserve(wanted.size());
    for (WantedPartition& partition : wanted) parts_.push_back(Resolve(partition));
    for (Part& part : parts_) ReadOn(part);
    if (IsEnough(call_.now_ms)) return;
    for (Part& part : parts_) {
      part.bell = std::make_shared<Bell>(call_.watcher);
      part.partition->Watch(part.bell);
    }
    for (Part& part : parts_) {
      if (HasMoved(part)) ReadOn(part);
    }
  }

  std::optional<FetchResponse> Poll(int64_t now_ms) override {
    for (Part& part : parts_) {
      if (part.bell == nullptr || !part.bell->Rung()) continue;
      part.partition->Watch(part.bell);
      ReadOn(part);
    }
    if (!IsEnough(now_ms)) return std::nullopt;
    return Response();
  }

  [[nodiscard]] int64_t deadline_ms() const override { return deadline_ms_; }

 private:
  Part Resolve(WantedPartition& wanted) {
    Part part{.wanted = &wanted, .next_offset = wanted.fetch_offset};
    const bool by_id = call_.version >= 13;
    // Neighbours are mostly of one topic.
    if (last_topic_ == nullptr ||
        (by_id ? last_topic_->id != wanted.topic_id : last_topic_->name != wanted.topic)) {
      last_topic_ = by_id ? call_.broker.log.Find(wanted.topic_id)
                          : call_.broker.log.Find(std::string_view(wanted.topic));
    }
    const std::string& name = last_topic_ != nullptr ? last_topic_->name : wanted.topic;
    if (by_id && last_topic_ == nullptr) {
      part.error = ErrorCode::kUnknownTopicId;
    } else if (!AllowedOnTopic(call_, Operation::kRead, name)) {
      part.error = ErrorCode::kTopicAuthorizationFailed;
    } else {
      auto [error, partition] = FindPartition(last_topic_.get(), wanted.partition);
      part.error = error;
      part.partition = std::move(partition);
      if (error == ErrorCode::kNone) part.error = CheckLeaderEpoch(wanted.current_leader_epoch);
    }
    if (part.error == ErrorCode::kNone && wanted.last_fetched_epoch >= 0) {
      const logs::Offset end = part.partition->Ends().log_end;
      if (wanted.last_fetched_epoch > kLeaderEpoch || end < wanted.fetch_offset) {
        part.diverging_end = end;
      }
    }
    any_news_ |= part.error != ErrorCode::kNone || part.diverging_end.has_value();
    return part;
  }

  [[nodiscard]] bool HasMoved(const Part& part) const {
    const logs::PartitionEnds ends = part.partition->Ends();
    return ends.high_watermark != part.ends.high_watermark ||
           ends.last_stable != part.ends.last_stable;
  }

  void ReadOn(Part& part) {
    if (part.error != ErrorCode::kNone) return;
    const auto partition_max = static_cast<size_t>(std::max(part.wanted->bytes_max, 0));
    const size_t left = std::min(bytes_max_ - std::min(bytes_max_, bytes_),
                                 partition_max - std::min(partition_max, part.batches.size()));
    // A batch larger than all bounds still goes, alone, so that the client gets on.
    if ((left == 0 && bytes_ > 0) || part.diverging_end.has_value()) {
      part.ends = part.partition->Ends();
      return;
    }
    logs::ReadResult read = part.partition->Read({.offset = part.next_offset,
                                                  .bytes_max = left,
                                                  .at_least_one_batch = bytes_ == 0,
                                                  .isolation = isolation_});
    if (read.error != ErrorCode::kNone) {
      any_news_ = true;
      if (part.batches.empty()) part.error = read.error;
      return;
    }
    part.ends = read.ends;
    if (read.batches.empty()) return;
    bytes_ += read.batches.size();
    part.next_offset = NextOffset(read.batches, part.next_offset);
    for (const auto& aborted : read.aborted) {
      if (std::find(part.aborted.begin(), part.aborted.end(), aborted) == part.aborted.end()) {
        part.aborted.push_back(aborted);
      }
    }
    if (part.batches.empty()) {
      part.batches = std::move(read.batches);
    } else {
      part.batches += read.batches;
    }
  }

  [[nodiscard]] bool IsEnough(int64_t now_ms) const {
    return any_news_ || parts_.empty() || now_ms >= deadline_ms_ ||
           bytes_ >= static_cast<size_t>(std::max(request_.min_bytes, 0)) || bytes_ >= bytes_max_;
  }

  // An incremental response leaves out the partitions of which there is nothing new.
  [[nodiscard]] bool IsWorthTelling(const Part& part) const {
    if (session_ == nullptr || part.error != ErrorCode::kNone || !part.batches.empty() ||
        part.diverging_end.has_value() || !part.wanted->told.has_value()) {
      return true;
    }
    const logs::PartitionEnds& told = *part.wanted->told;
    return told.high_watermark != part.ends.high_watermark ||
           told.last_stable != part.ends.last_stable || told.log_start != part.ends.log_start;
  }

  FetchResponse Response() {
    call_.throttle_ms = call_.broker.quotas.Charge(
        call_.principal(), call_.client_id, QuotaKind::kFetchBytes, static_cast<int64_t>(bytes_));
    FetchResponse response;
    if (session_ != nullptr) response.session_id = session_->id();
    for (Part& part : parts_) {
      if (!IsWorthTelling(part)) continue;
      Tell(part, response);
      if (session_ == nullptr) continue;
      part.wanted->told = part.error == ErrorCode::kNone ? std::optional(part.ends) : std::nullopt;
    }
    if (session_ != nullptr) {
      for (const Part& part : parts_) {
        if (part.served) session_->MoveToEnd(*part.wanted);
      }
    }
    return response;
  }

  void Tell(Part& part, FetchResponse& response) {
    const WantedPartition& wanted = *part.wanted;
    // Only neighbours share a topic's entry: the order of partitions matters to clients.
    if (response.responses.empty() || response.responses.back().topic != wanted.topic ||
        response.responses.back().topic_id != wanted.topic_id) {
      auto& topic = response.responses.emplace_back();
      topic.topic = wanted.topic;
      topic.topic_id = wanted.topic_id;
    }
    auto& out = response.responses.back().partitions.emplace_back();
    out.partition_index = wanted.partition;
    out.error_code = Code(part.error);
    out.high_watermark = -1;
    if (isolation_ != logs::Isolation::kReadCommitted) out.aborted_transactions.reset();
    part.served = !part.batches.empty();
    if (part.error == ErrorCode::kNone) {
      out.high_watermark = part.ends.high_watermark.get();
      out.last_stable_offset = part.ends.last_stable.get();
      out.log_start_offset = part.ends.log_start.get();
      if (part.diverging_end.has_value()) {
        out.diverging_epoch.epoch = kLeaderEpoch;
        out.diverging_epoch.end_offset = part.diverging_end->get();
      }
      for (const auto& aborted : part.aborted) {
        out.aborted_transactions->push_back(
            {.producer_id = aborted.producer_id.get(), .first_offset = aborted.first_offset.get()});
      }
    }
    out.records = std::move(part.batches);
  }

  const FetchRequest& request_;
  Call& call_;
  const std::shared_ptr<FetchSession> session_;
  std::list<WantedPartition> wanted_;
  std::vector<Part> parts_;
  std::shared_ptr<const logs::Topic> last_topic_;
  logs::Isolation isolation_;
  int64_t deadline_ms_ = 0;
  size_t bytes_max_ = 0;
  size_t bytes_ = 0;       // read, of all partitions
  bool any_news_ = false;  // that cannot wait: an error, a diverging log
};

FetchResponse Refusal(ErrorCode error) {
  FetchResponse response;
  response.error_code = Code(error);
  return response;
}

int32_t NewSessionId(const Call& call) {
  // Unlike the one before it, and unlike those of connections before this one.
  const int32_t last = call.connection.fetch != nullptr
                           ? call.connection.fetch->id()
                           : static_cast<int32_t>(call.broker.clock.NowUnixMs() & INT32_MAX);
  return last == INT32_MAX ? 1 : last + 1;
}

}  // namespace

Answer<FetchResponse> Handle(const FetchRequest& request, Call& call) {
  std::shared_ptr<FetchSession>& session = call.connection.fetch;
  const TopicsBy topics_by = call.version >= 13 ? TopicsBy::kId : TopicsBy::kName;
  const bool is_known = session != nullptr && session->id() == request.session_id;
  std::list<WantedPartition> wanted;
  std::shared_ptr<FetchSession> used;
  if (request.session_epoch == kFinalEpoch) {
    if (is_known) session.reset();
    wanted = WantedOf(request);
  } else if (request.session_epoch == kInitialEpoch) {
    wanted = WantedOf(request);
    if (wanted.size() <= limits::kKafkaFetchSessionPartitionsMax) {
      session = std::make_shared<FetchSession>(NewSessionId(call), topics_by, std::move(wanted));
      used = session;
      wanted.clear();
    }
  } else {
    if (!is_known) return Refusal(ErrorCode::kFetchSessionIdNotFound);
    if (request.session_epoch != session->next_epoch()) {
      return Refusal(ErrorCode::kInvalidFetchSessionEpoch);
    }
    if (session->topics_by() != topics_by) return Refusal(ErrorCode::kFetchSessionTopicIdError);
    if (!session->Update(request)) {
      session.reset();
      return Refusal(ErrorCode::kFetchSessionIdNotFound);
    }
    used = session;
  }
  auto fetching = std::make_unique<Fetching>(request, call, std::move(used), std::move(wanted));
  fetching->Start();
  auto response = fetching->Poll(call.now_ms);
  if (response.has_value()) return *std::move(response);
  return fetching;
}

}  // namespace kafka::server
