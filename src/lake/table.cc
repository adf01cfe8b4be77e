#include "lake/table.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <utility>

#include "base/limits.h"
#include "base/log.h"
#include "base/random.h"
#include "base/uuid.h"
#include "env/pause.h"
#include "lake/checkpoint.h"
#include "lake/commit_plan.h"
#include "lake/conflict.h"
#include "lake/delta_schema.h"
#include "lake/log_reader.h"
#include "lake/table_properties.h"

namespace lake {
namespace {

// The longest wait before one more attempt: enough to part writers that met, short for a person.
constexpr uint64_t kPauseUsMax = 20'000;

bool MayHaveHappened(const base::Error& error) {
  return error.code() == base::Code::kUnavailable || error.code() == base::Code::kTimeout;
}

}  // namespace

class Table::Impl {
 public:
  Impl(std::shared_ptr<object::ObjectStore> store, CheckpointFiles* checkpoints,
       const base::Clock* clock, TableOptions options)
      : store_(std::move(store)),
        checkpoints_(checkpoints),
        clock_(clock),
        options_(options),
        reader_(store_.get(), checkpoints),
        random_(base::Random::FromSystem()) {}

  base::Result<State> Load() {
    State known;
    {
      const std::lock_guard lock(mutex_);
      known = newest_;
    }
    State state = TRY(reader_.Newest(known));
    const std::lock_guard lock(mutex_);
    // A loader that was slow must not bring back an older state.
    if (newest_ == known || newest_->version() <= state->version()) newest_ = state;
    return state;
  }

  [[nodiscard]] const LogReader& reader() const { return reader_; }

  base::Result<CommitOutcome> Commit(CommitRequest request) {
    CommitContext context{.now_unix_ms = clock_->NowUnixMs(), .txn_id = NewTxnId()};
    const CommitPlan plan = TRY(PlanCommit(std::move(request), context));
    CommitOutcome outcome = TRY(Write(plan).With("cannot commit to " + store_->Describe()));
    if (const auto* committed = std::get_if<Committed>(&outcome)) Tend(plan, committed->version);
    return outcome;
  }

  base::Result<void> Checkpoint() {
    const State state = TRY(Load());
    return WriteCheckpoint(*store_, *checkpoints_, *state, clock_->NowUnixMs());
  }

 private:
  std::string NewTxnId() {
    const std::lock_guard lock(mutex_);
    return base::Uuid::V4(random_).ToString();
  }

  // Waits a little, longer after more attempts, never the same twice.
  void PauseBeforeAttempt(int attempt) {
    uint64_t pause_us = 0;
    {
      const std::lock_guard lock(mutex_);
      pause_us = random_.Below(std::min(kPauseUsMax, uint64_t{100} << std::min(attempt, 10)));
    }
    env::Pause(static_cast<int64_t>(pause_us));
  }

  base::Result<CommitOutcome> Write(const CommitPlan& plan) {
    Version next(0);
    if (plan.request.read_snapshot != nullptr) {
      next = plan.request.read_snapshot->version().Next();
      TRY(CheckStillThere(*plan.request.read_snapshot));
      // Others may have committed since; those are judged first, and are no failed attempts.
      if (auto outcome = TRY(CatchUp(plan, next))) return *outcome;
    }
    for (int attempt = 0; attempt < base::limits::kCommitAttemptsMax; ++attempt) {
      if (attempt > 0) {
        PauseBeforeAttempt(attempt);
        // Many may have committed meanwhile: each attempt is for the newest place, or a writer that
        // fell behind would try one taken place after another.
        auto outcome = CatchUp(plan, next);
        if (!outcome.ok()) return Unknown(next, std::move(outcome).error());
        if (outcome->has_value()) return **outcome;
      }
      const auto put = store_->PutIfAbsent(CommitKey(next), plan.text);
      if (put.ok() && *put == object::PutOutcome::kWritten) {
        return CommitOutcome(Committed{.version = next});
      }
      if (!put.ok() && !MayHaveHappened(put.error())) {
        return base::Error(put.error()).With("version " + std::to_string(next.get()));
      }
      // Somebody's commit is there, and it may be ours whose answer was lost.
      auto actions = reader_.ReadCommit(next);
      if (!actions.ok()) {
        if (actions.error().code() == base::Code::kNotFound) continue;
        return Unknown(next, std::move(actions).error());
      }
      if (auto outcome = JudgeOrOurs(plan, next, *actions)) return *outcome;
      next = next.Next();
    }
    return base::Unavailable("gave up after " + std::to_string(base::limits::kCommitAttemptsMax) +
                                 " attempts against other writers",
                             "Run it again when fewer of them are busy.");
  }

  static std::optional<CommitOutcome> JudgeOrOurs(const CommitPlan& plan, Version version,
                                                  const std::vector<Action>& actions) {
    if (CarriesTxnId(actions, plan.txn_id)) return CommitOutcome(Committed{.version = version});
    if (auto conflict = Judge(plan, version, actions)) return CommitOutcome(*conflict);
    return std::nullopt;
  }

  // Judges the commits from `next` on that are there and moves `next` past them; an outcome when
  // one decides it.
  base::Result<std::optional<CommitOutcome>> CatchUp(const CommitPlan& plan, Version& next) {
    while (true) {
      auto actions = reader_.ReadCommit(next);
      if (!actions.ok() && actions.error().code() == base::Code::kNotFound) {
        return std::optional<CommitOutcome>();
      }
      if (!actions.ok()) return std::move(actions).error();
      if (auto outcome = JudgeOrOurs(plan, next, *actions)) return outcome;
      next = next.Next();
    }
  }

  static base::Error Unknown(Version version, base::Error error) {
    return std::move(error)
        .With("version " + std::to_string(version.get()) +
              " may or may not have been written, and cannot be read back")
        .WithHint("Run it again: what was committed is recognised by its transactions.");
  }

  // A commit next to one that was cleaned away would be lost in the past: a number that is free
  // there says nothing. Log files go oldest first, so what follows one that is there is there.
  base::Result<void> CheckStillThere(const Snapshot& read) {
    const auto head = store_->Head(CommitKey(read.version()));
    if (head.ok()) return {};
    if (head.error().code() != base::Code::kNotFound) return head.error();
    const LogListing listing = TRY(ListLog(*store_, Version(0)));
    if (listing.newest() == read.version()) return {};  // a checkpoint is all that is left of it
    return base::Conflict("version " + std::to_string(read.version().get()) +
                              ", which was read, is in the log no more",
                          "Read the table again and repeat.");
  }

  static std::optional<Conflicted> Judge(const CommitPlan& plan, Version winner,
                                         const std::vector<Action>& actions) {
    if (plan.request.read_snapshot == nullptr) {
      return Conflicted{.version = winner, .reason = "the table exists already"};
    }
    return FindConflict(plan.request, winner, actions);
  }

  // Checkpoint and clean-up when due. The commit stands whatever happens here.
  void Tend(const CommitPlan& plan, Version version) {
    const Metadata& metadata =
        plan.request.metadata ? *plan.request.metadata : plan.request.read_snapshot->metadata();
    const int64_t interval =
        IntProperty(metadata, "delta.checkpointInterval", options_.checkpoint_interval);
    if (version.get() == 0 || version.get() % interval != 0) return;
    if (const auto tended = CheckpointAndClean(metadata); !tended.ok()) {
      LOG_WARN("a checkpoint or the cleaning of the log failed; the commit stands",
               {{"table", store_->Describe()},
                {"version", version.get()},
                {"error", tended.error().ToString()}});
    }
  }

  base::Result<void> CheckpointAndClean(const Metadata& metadata) {
    TRY(Checkpoint());
    if (!BoolProperty(metadata, "delta.enableExpiredLogCleanup", true)) return {};
    const auto retention_ms =
        DurationPropertyMs(metadata, "delta.logRetentionDuration", options_.log_retention_ms);
    if (!retention_ms) return {};
    return CleanLog(*store_, *retention_ms, clock_->NowUnixMs());
  }

  std::shared_ptr<object::ObjectStore> store_;
  CheckpointFiles* checkpoints_;
  const base::Clock* clock_;
  TableOptions options_;
  LogReader reader_;
  std::mutex mutex_;
  State newest_;         // guarded by mutex_
  base::Random random_;  // guarded by mutex_
};

Table::Table(std::shared_ptr<object::ObjectStore> store, CheckpointFiles* checkpoints,
             const base::Clock* clock, TableOptions options)
    : store_(std::move(store)),
      impl_(std::make_unique<Impl>(store_, checkpoints, clock, options)) {}

Table::~Table() = default;

base::Result<std::shared_ptr<const Snapshot>> Table::Load() { return TRY(impl_->Load()); }

base::Result<std::shared_ptr<const Snapshot>> Table::LoadVersion(Version version) {
  return TRY(impl_->reader().AtVersion(version));
}

base::Result<std::shared_ptr<const Snapshot>> Table::LoadAt(int64_t unix_ms) {
  return TRY(impl_->reader().AtTime(unix_ms));
}

base::Result<std::vector<HistoryEntry>> Table::History(size_t limit) {
  return impl_->reader().History(limit);
}

base::Result<CommitOutcome> Table::Commit(CommitRequest request) {
  return impl_->Commit(std::move(request));
}

base::Result<void> Table::Checkpoint() { return impl_->Checkpoint(); }

base::Result<Metadata> EvolveMetadata(const Metadata& current, const columnar::Schema& schema,
                                      const std::vector<std::string>& partition_columns) {
  const Metadata fresh = TRY(MakeMetadata(schema, partition_columns, current.id, 0));
  Metadata evolved = current;
  evolved.schema_json = fresh.schema_json;
  evolved.partition_columns = fresh.partition_columns;
  return evolved;
}

base::Result<std::vector<std::string>> FindTables(object::ObjectStore& store) {
  const auto found = TRY(store.List(""));
  std::set<std::string> tables;
  const std::string folder = "/" + std::string(kLogPrefix);
  for (const object::ObjectInfo& info : found) {
    const size_t at = info.key.find(folder);
    if (at == std::string::npos) continue;
    object::ObjectInfo log_file = info;
    log_file.key.erase(0, at + 1);
    const auto parsed = ParseLogKey(log_file);
    if (parsed && parsed->kind != LogFileKind::kOther) tables.insert(info.key.substr(0, at));
  }
  return std::vector<std::string>(tables.begin(), tables.end());
}

}  // namespace lake
