#include "log/transaction/transaction_coordinator.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "base/log.h"
#include "log/transaction/coordinator_state.h"
#include "log/transaction/producer_ids.h"
#include "log/transaction/transaction_book.h"

namespace logs {
namespace {

using Book = TransactionBook;
using Progress = CoordinatorState::Progress;

// The way of a call at one transactional id: takes the turn, brings what is under way to its end,
// asks the rules, appends what they decide, and waits until it is durable. What is asked comes in
// as `decide`.
template <typename Answer>
class Steps {
 public:
  enum class Rests : uint8_t {
    kOnWhatStands,  // the answer is given when the id's last record is durable
    kOnNothing,     // the rules answer from what is durable already
  };
  struct Question {
    std::string_view transactional_id;
    Book::IfAbsent if_absent = Book::IfAbsent::kLeave;
    Rests rests = Rests::kOnWhatStands;
  };

  explicit Steps(CoordinatorState& state)
      : state_(state), deadline_ms_(state.MonotonicMs() + base::limits::kTransactionWaitMs) {}

  // `decide(const TransactionMetadata*)` asks the rules. When the answer is durable,
  // `holds(turn, answer)` says whether it still is true; else the rules are asked again.
  template <typename Decide, typename Holds>
  std::optional<Answer> Look(const Question& question, const std::shared_ptr<Watcher>& watcher,
                             Decide decide, Holds holds) {
    auto taken = state_.book().Take(question.transactional_id, question.if_absent, watcher);
    if (taken.full) return Answer{.error = ErrorCode::kPolicyViolation};
    if (!taken.turn.has_value()) {
      if (taken.absent) return *decide(nullptr).answer;
      return Later();
    }
    const Book::Turn& turn = *taken.turn;
    while (true) {
      if (answer_.has_value()) {
        switch (state_.DurabilityOf(ticket_, watcher)) {
          case Durable::kNotYet:
            return Later();
          case Durable::kFailed:
            // What was appended later says the same and more.
            if (turn->ticket == ticket_) turn->unsaved = true;
            return Answer{.error = ErrorCode::kCoordinatorNotAvailable};
          case Durable::kYes:
            break;
        }
        if (holds(turn, *answer_)) return std::move(answer_);
        answer_.reset();
      }
      switch (state_.Advance(turn, watcher)) {
        case Progress::kLater:
          return Later();
        case Progress::kFailed:
          return Answer{.error = ErrorCode::kCoordinatorNotAvailable};
        case Progress::kSettled:
          break;
      }
      auto decision = decide(turn->metadata.has_value() ? &*turn->metadata : nullptr);
      if (decision.next.has_value()) {
        const ErrorCode error = state_.Append(turn, std::move(decision.next));
        if (error != ErrorCode::kNone) return Answer{.error = error};
      }
      if (!decision.answer.has_value()) continue;
      answer_ = std::move(decision.answer);
      ticket_ = question.rests == Rests::kOnWhatStands ? turn->ticket : Ticket{};
    }
  }

  [[nodiscard]] int64_t deadline_ms() const { return deadline_ms_; }

 private:
  // Not yet; or too late.
  [[nodiscard]] std::optional<Answer> Later() const {
    if (state_.MonotonicMs() < deadline_ms_) return std::nullopt;
    return Answer{.error = answer_.has_value() ? ErrorCode::kCoordinatorNotAvailable
                                               : ErrorCode::kConcurrentTransactions};
  }

  CoordinatorState& state_;
  const int64_t deadline_ms_;
  std::optional<Answer> answer_;  // decided; to be given when ticket_ is durable
  Ticket ticket_;
};

template <typename Answer>
bool Always(const Book::Turn&, const Answer&) {
  return true;
}

enum class FreshId : uint8_t { kNo, kYes };

// The rules' context, with a producer id to be given out when they will need one.
base::Result<RuleContext> ContextFor(CoordinatorState& state, FreshId fresh) {
  RuleContext context{.now_ms = state.NowUnixMs()};
  if (fresh == FreshId::kYes) context.fresh_id = TRY(state.ids().Take());
  return context;
}

template <typename Answer>
Decision<Answer> CannotReserve(const base::Error& error) {
  LOG_WARN("no producer id can be reserved", {{"error", error.ToString()}});
  return {.answer = Answer{.error = ErrorCode::kCoordinatorNotAvailable}};
}

bool ValidId(std::string_view transactional_id) {
  return !transactional_id.empty() && transactional_id.size() <= INT16_MAX;
}

class InitCall final : public TransactionCall<ProducerAnswer> {
 public:
  InitCall(CoordinatorState& state, InitProducerId request)
      : state_(state), request_(std::move(request)), expected_(request_.current), steps_(state) {}

  std::optional<ProducerAnswer> Look(const std::shared_ptr<Watcher>& watcher) override {
    if (!request_.transactional_id.has_value()) {
      const auto id = state_.ids().Take();
      if (!id.ok()) return CannotReserve<ProducerAnswer>(id.error()).answer;
      return ProducerAnswer{.producer = {.id = *id, .epoch = 0}};
    }
    if (!ValidId(*request_.transactional_id)) {
      return ProducerAnswer{.error = ErrorCode::kInvalidRequest};
    }
    if (request_.transaction_timeout_ms <= 0 ||
        request_.transaction_timeout_ms > state_.config().transaction_max_timeout_ms) {
      return ProducerAnswer{.error = ErrorCode::kInvalidTransactionTimeout};
    }
    const auto decide = [this](const TransactionMetadata* current) {
      const bool fresh = current == nullptr || EpochExhausted(current->producer.epoch);
      const auto context = ContextFor(state_, fresh ? FreshId::kYes : FreshId::kNo);
      if (!context.ok()) return CannotReserve<ProducerAnswer>(context.error());
      auto decision = DecideInit(current, expected_, request_.transaction_timeout_ms, *context);
      // What it was is known; from now on it expects to find what we make of it.
      if (!decision.answer.has_value() && expected_.id != kNoProducerId) {
        expected_ = decision.next->producer;
      }
      return decision;
    };
    return steps_.Look(
        {.transactional_id = *request_.transactional_id, .if_absent = Book::IfAbsent::kMake},
        watcher, decide, Always<ProducerAnswer>);
  }
  [[nodiscard]] int64_t deadline_ms() const override { return steps_.deadline_ms(); }

 private:
  CoordinatorState& state_;
  const InitProducerId request_;
  ProducerIdentity expected_;
  Steps<ProducerAnswer> steps_;
};

class AddCall final : public TransactionCall<AddPartitionsAnswer> {
 public:
  AddCall(CoordinatorState& state, AddPartitions request)
      : state_(state), request_(std::move(request)), steps_(state) {}

  std::optional<AddPartitionsAnswer> Look(const std::shared_ptr<Watcher>& watcher) override {
    if (!ValidId(request_.transactional_id)) {
      return AddPartitionsAnswer{.error = ErrorCode::kInvalidRequest};
    }
    const auto decide = [this](const TransactionMetadata* current) {
      return DecideAdd(current, request_, {.now_ms = state_.NowUnixMs()});
    };
    // The transaction may have been ended while this waited; then nothing may be appended for it.
    const auto holds = [this](const Book::Turn& turn, const AddPartitionsAnswer& answer) {
      const bool permits = std::find(answer.partitions.begin(), answer.partitions.end(),
                                     ErrorCode::kNone) != answer.partitions.end();
      if (!permits || request_.intent == PartitionsIntent::kAdd) return true;
      if (!turn->metadata.has_value() || turn->metadata->state != TransactionState::kOngoing ||
          turn->metadata->producer != request_.producer) {
        return false;
      }
      appending_.emplace(state_.book().BeginAppending(turn));
      return true;
    };
    return steps_.Look({.transactional_id = request_.transactional_id}, watcher, decide, holds);
  }
  [[nodiscard]] int64_t deadline_ms() const override { return steps_.deadline_ms(); }

 private:
  CoordinatorState& state_;
  const AddPartitions request_;
  Steps<AddPartitionsAnswer> steps_;
  std::optional<Book::Appending> appending_;
};

class EndCall final : public TransactionCall<ProducerAnswer> {
 public:
  EndCall(CoordinatorState& state, EndTransaction request)
      : state_(state), request_(std::move(request)), steps_(state) {}

  std::optional<ProducerAnswer> Look(const std::shared_ptr<Watcher>& watcher) override {
    if (!ValidId(request_.transactional_id)) {
      return ProducerAnswer{.error = ErrorCode::kInvalidRequest};
    }
    const auto decide = [this](const TransactionMetadata* current) {
      const bool fresh = current != nullptr && EpochExhausted(current->producer.epoch);
      const auto context = ContextFor(state_, fresh ? FreshId::kYes : FreshId::kNo);
      if (!context.ok()) return CannotReserve<ProducerAnswer>(context.error());
      return DecideEnd(current, request_, *context);
    };
    // A repeated end finds a complete transaction, whose decision and markers are durable.
    return steps_.Look({.transactional_id = request_.transactional_id,
                        .rests = Steps<ProducerAnswer>::Rests::kOnNothing},
                       watcher, decide, Always<ProducerAnswer>);
  }
  [[nodiscard]] int64_t deadline_ms() const override { return steps_.deadline_ms(); }

 private:
  CoordinatorState& state_;
  const EndTransaction request_;
  Steps<ProducerAnswer> steps_;
};

// What Tick has to do for an id.
enum class Due : uint8_t { kNothing, kAdvance, kTimeout, kForget };

class Coordinator final : public TransactionCoordinator {
 public:
  Coordinator(TransactionCoordinatorOptions options, std::unique_ptr<ProducerIds> ids)
      : state_(std::move(options), std::move(ids)) {}

  base::Result<void> Load() { return state_.Load(); }

  std::unique_ptr<TransactionCall<ProducerAnswer>> Start(InitProducerId request) override {
    return std::make_unique<InitCall>(state_, std::move(request));
  }
  std::unique_ptr<TransactionCall<AddPartitionsAnswer>> Start(AddPartitions request) override {
    return std::make_unique<AddCall>(state_, std::move(request));
  }
  std::unique_ptr<TransactionCall<ProducerAnswer>> Start(EndTransaction request) override {
    return std::make_unique<EndCall>(state_, std::move(request));
  }

  AppendResult WriteMarker(const TopicPartition& partition, const Marker& marker) override {
    return state_.WriteMarker(partition, marker);
  }

  [[nodiscard]] TransactionDescription Describe(std::string_view transactional_id) const override;
  [[nodiscard]] TransactionList List(const TransactionFilter& filter) const override;
  int64_t Tick() override;
  void Publish(base::Metrics& metrics) override;

 private:
  [[nodiscard]] Due DueFor(const TransactionMetadata& metadata, int64_t now_ms) const;
  void Do(const std::string& transactional_id);

  CoordinatorState state_;
};

TransactionDescription Coordinator::Describe(std::string_view transactional_id) const {
  TransactionDescription description{.transactional_id = std::string(transactional_id)};
  if (transactional_id.empty()) {
    description.error = ErrorCode::kInvalidRequest;
    return description;
  }
  const auto metadata = state_.book().Find(transactional_id);
  if (!metadata.has_value()) {
    description.error = ErrorCode::kTransactionalIdNotFound;
    return description;
  }
  description.state = metadata->state;
  description.timeout_ms = metadata->timeout_ms;
  description.start_ms = metadata->start_ms;
  description.producer = metadata->producer;
  description.partitions.assign(metadata->partitions.begin(), metadata->partitions.end());
  return description;
}

TransactionList Coordinator::List(const TransactionFilter& filter) const {
  constexpr std::array kNamed = {
      TransactionState::kEmpty,          TransactionState::kOngoing,
      TransactionState::kPrepareCommit,  TransactionState::kPrepareAbort,
      TransactionState::kCompleteCommit, TransactionState::kCompleteAbort,
      TransactionState::kDead,           TransactionState::kPrepareEpochFence};
  TransactionList list;
  std::vector<TransactionState> states;
  for (const std::string& name : filter.states) {
    const auto found = std::find_if(kNamed.begin(), kNamed.end(), [&](TransactionState state) {
      return TransactionStateName(state) == name;
    });
    if (found == kNamed.end()) {
      list.unknown_states.push_back(name);
    } else {
      states.push_back(*found);
    }
  }
  const int64_t now_ms = state_.NowUnixMs();
  const auto among = [](const auto& values, const auto& value) {
    return std::find(values.begin(), values.end(), value) != values.end();
  };
  state_.book().ForEach([&](const std::string& id, const TransactionMetadata& metadata) {
    if (!filter.states.empty() && !among(states, metadata.state)) return;
    if (!filter.producer_ids.empty() && !among(filter.producer_ids, metadata.producer.id)) return;
    if (filter.running_longer_than_ms >= 0) {
      const bool running =
          metadata.state == TransactionState::kOngoing || IsPreparing(metadata.state);
      if (!running || now_ms - metadata.start_ms <= filter.running_longer_than_ms) return;
    }
    list.transactions.push_back(
        {.transactional_id = id, .producer_id = metadata.producer.id, .state = metadata.state});
  });
  return list;
}

Due Coordinator::DueFor(const TransactionMetadata& metadata, int64_t now_ms) const {
  if (IsPreparing(metadata.state)) return Due::kAdvance;
  if (metadata.state == TransactionState::kOngoing) {
    return metadata.start_ms + metadata.timeout_ms < now_ms ? Due::kTimeout : Due::kNothing;
  }
  return metadata.update_ms + state_.config().transactional_id_expiration_ms <= now_ms
             ? Due::kForget
             : Due::kNothing;
}

void Coordinator::Do(const std::string& transactional_id) {
  auto taken = state_.book().Take(transactional_id, Book::IfAbsent::kLeave, nullptr);
  if (!taken.turn.has_value()) return;  // somebody is at it
  const Book::Turn& turn = *taken.turn;
  if (state_.Advance(turn, nullptr) != Progress::kSettled || !turn->metadata.has_value()) return;
  // Anew, because it may have changed until we had the turn.
  switch (DueFor(*turn->metadata, state_.NowUnixMs())) {
    case Due::kNothing:
    case Due::kAdvance:
      return;
    case Due::kTimeout:
      LOG_INFO("a transaction ran out of time and is aborted",
               {{"transactional_id", transactional_id}});
      if (state_.Append(turn, Fenced(*turn->metadata, state_.NowUnixMs())) == ErrorCode::kNone) {
        [[maybe_unused]] const Progress progress = state_.Advance(turn, nullptr);
      }
      return;
    case Due::kForget:
      // Should the tombstone be lost, the id is back after the next start, and forgotten again.
      [[maybe_unused]] const ErrorCode error = state_.Append(turn, std::nullopt);
      return;
  }
}

int64_t Coordinator::Tick() {
  const int64_t now_ms = state_.NowUnixMs();
  std::vector<std::string> due;
  state_.book().ForEach([&](const std::string& id, const TransactionMetadata& metadata) {
    if (DueFor(metadata, now_ms) != Due::kNothing) due.push_back(id);
  });
  for (const std::string& id : due) Do(id);

  int64_t wait_ms = base::limits::kTransactionTickMs;
  state_.book().ForEach([&](const std::string&, const TransactionMetadata& metadata) {
    if (IsPreparing(metadata.state)) {
      wait_ms = std::min(wait_ms, base::limits::kTransactionRetryMs);
    } else if (metadata.state == TransactionState::kOngoing) {
      const int64_t left_ms = metadata.start_ms + metadata.timeout_ms + 1 - now_ms;
      wait_ms = std::clamp(left_ms, base::limits::kTransactionRetryMs, wait_ms);
    }
  });
  return state_.MonotonicMs() + wait_ms;
}

void Coordinator::Publish(base::Metrics& metrics) {
  metrics.Collect(
      "tributary_transactions", "Transactional ids by the state of their transaction.", [this] {
        std::map<TransactionState, int64_t> counts;
        state_.book().ForEach([&](const std::string&, const TransactionMetadata& metadata) {
          ++counts[metadata.state];
        });
        std::vector<base::MetricSample> samples;
        for (const auto& [state, count] : counts) {
          samples.push_back({.labels = {{"state", std::string(TransactionStateName(state))}},
                             .value = static_cast<double>(count)});
        }
        return samples;
      });
}

}  // namespace

base::Result<std::unique_ptr<TransactionCoordinator>> TransactionCoordinator::Open(
    TransactionCoordinatorOptions options) {
  auto ids = TRY(ProducerIds::Open(options.files, options.log->folder()));
  auto coordinator = std::make_unique<Coordinator>(std::move(options), std::move(ids));
  TRY(coordinator->Load());
  return std::unique_ptr<TransactionCoordinator>(std::move(coordinator));
}

}  // namespace logs
