#include "lake/log_reader.h"

#include <algorithm>
#include <utility>

#include <simdjson.h>

#include "base/log.h"
#include "lake/action_parser.h"

namespace lake {
namespace {

// A listing goes stale when another process cleans the log meanwhile; each new one starts at a
// newer checkpoint, so a few are plenty.
constexpr int kListingsMax = 3;

std::string VersionText(Version version) { return std::to_string(version.get()); }

base::Error Hole(Version missing) {
  return base::Corruption(
      "the log has a hole: the commit of version " + VersionText(missing) + " is missing",
      "Restore " + CommitKey(missing) + " from a backup.");
}

const LogFile* FindCommit(const LogListing& listing, Version version) {
  const auto found = std::lower_bound(
      listing.commits.begin(), listing.commits.end(), version,
      [](const LogFile& commit, Version wanted) { return commit.version < wanted; });
  return found == listing.commits.end() || found->version != version ? nullptr : &*found;
}

}  // namespace

base::Error LogReader::NoTable() const {
  return base::NotFound("there is no table in " + store_->Describe());
}

base::Result<std::vector<Action>> LogReader::ReadCommit(Version version) const {
  std::string text = TRY(store_->Get(CommitKey(version)));
  return ActionParser()
      .ParseLines(std::move(text))
      .With("version " + VersionText(version) + " of " + store_->Describe());
}

base::Result<State> LogReader::Newest(const State& maybe_known) const {
  if (maybe_known != nullptr) {
    if (const auto followed = TRY(Follow(maybe_known))) return *followed;
  }
  return FromListing(std::nullopt);
}

base::Result<std::optional<State>> LogReader::Follow(const State& known) const {
  if (!known->commit_file()) return std::optional<State>();
  const auto head = store_->Head(CommitKey(known->version()));
  if (!head.ok()) {
    if (head.error().code() == base::Code::kNotFound) return std::optional<State>();
    return head.error();
  }
  if (head->size_bytes != known->commit_file()->size_bytes ||
      head->modified_unix_ms != known->commit_file()->modified_unix_ms) {
    return std::optional<State>();
  }
  StateBuilder builder(known);
  Version version = known->version();
  int64_t timestamp_unix_ms = known->timestamp_unix_ms();
  while (true) {
    auto actions = ReadCommit(version.Next());
    if (!actions.ok()) {
      if (actions.error().code() == base::Code::kNotFound) break;
      return std::move(actions).error();
    }
    version = version.Next();
    timestamp_unix_ms = CommitTimestamp(FindCommitInfo(*actions), 0);
    builder.Apply(*std::move(actions));
  }
  if (version == known->version()) return std::optional(known);
  const object::ObjectInfo info = TRY(store_->Head(CommitKey(version)));
  if (timestamp_unix_ms == 0) timestamp_unix_ms = info.modified_unix_ms;
  return std::optional(TRY(builder.Finish(version, timestamp_unix_ms, info)));
}

base::Result<State> LogReader::AtVersion(Version version) const {
  if (version < Version(0)) {
    return base::InvalidArgument("version " + VersionText(version) + " is no version",
                                 "Versions count from 0.");
  }
  return FromListing(version);
}

base::Result<State> LogReader::FromListing(std::optional<Version> target) const {
  for (int listings = 1;; ++listings) {
    auto hint = LastCheckpointHint();
    if (hint && target && *hint > *target) hint.reset();
    LogListing listing = TRY(ListLog(*store_, hint.value_or(Version(0))));
    // The hint may name what is not there, or be damaged; then the log itself decides.
    if (hint && listing.checkpoints.empty()) listing = TRY(ListLog(*store_, Version(0)));
    auto state = Build(listing, target);
    if (!state.ok() && hint && state.error().code() == base::Code::kCorruption) {
      state = Build(TRY(ListLog(*store_, Version(0))), target);
    }
    const bool stale = !state.ok() && state.error().code() == base::Code::kNotFound &&
                       !listing.empty() && listings < kListingsMax;
    if (!stale) return state;
  }
}

base::Result<State> LogReader::Build(const LogListing& listing,
                                     std::optional<Version> target) const {
  const auto newest = listing.newest();
  if (!newest) return NoTable();
  if (target && *target > *newest) {
    return base::NotFound("there is no version " + VersionText(*target) + " of " +
                          store_->Describe() + "; the newest is " + VersionText(*newest));
  }
  const Version wanted = target.value_or(*newest);
  std::optional<base::Error> unreadable;
  for (auto set = listing.checkpoints.rbegin(); set != listing.checkpoints.rend(); ++set) {
    if (set->version > wanted) continue;
    auto state = BuildFrom(&*set, listing, wanted);
    if (state.ok() || state.error().code() == base::Code::kUnsupported) return state;
    LOG_WARN("a state cannot be built from a checkpoint; trying without it",
             {{"table", store_->Describe()},
              {"checkpoint", set->version.get()},
              {"error", state.error().ToString()}});
    if (!unreadable) unreadable = std::move(state).error();
  }
  if (listing.commits.empty() || listing.commits.front().version != Version(0)) {
    if (unreadable) return *std::move(unreadable);
    const auto oldest = listing.oldest();
    if (target && oldest && *target < *oldest) {
      return base::NotFound("version " + VersionText(*target) + " of " + store_->Describe() +
                            " is gone; the oldest kept is " + VersionText(*oldest));
    }
    return Hole(Version(0));
  }
  auto state = BuildFrom(nullptr, listing, wanted);
  if (!state.ok() && unreadable) return *std::move(unreadable);
  return state;
}

base::Result<State> LogReader::BuildFrom(const CheckpointSet* maybe_checkpoint,
                                         const LogListing& listing, Version target) const {
  StateBuilder builder(nullptr);
  Version next(0);
  int64_t timestamp_unix_ms = 0;
  ActionParser parser;
  if (maybe_checkpoint != nullptr) {
    for (const object::ObjectInfo& part : maybe_checkpoint->parts) {
      const auto texts = TRY(checkpoints_->ReadCheckpoint(*store_, part.key).With(part.key));
      std::vector<Action> actions;
      actions.reserve(texts.size());
      for (const std::string& text : texts) {
        if (auto action = TRY(parser.Parse(text).With(part.key))) {
          actions.push_back(*std::move(action));
        }
      }
      builder.Apply(std::move(actions));
    }
    next = maybe_checkpoint->version.Next();
    timestamp_unix_ms = maybe_checkpoint->parts.front().modified_unix_ms;
  }
  const LogFile* last = FindCommit(listing, target);
  for (; next <= target; next = next.Next()) {
    const LogFile* commit = FindCommit(listing, next);
    if (commit == nullptr) return Hole(next);
    std::string text = TRY(store_->Get(commit->info.key));
    auto actions = TRY(parser.ParseLines(std::move(text))
                           .With("version " + VersionText(next) + " of " + store_->Describe()));
    if (next == target) {
      timestamp_unix_ms = CommitTimestamp(FindCommitInfo(actions), commit->info.modified_unix_ms);
    }
    builder.Apply(std::move(actions));
  }
  if (maybe_checkpoint != nullptr && maybe_checkpoint->version == target && last != nullptr) {
    // Checkpoints do not tell when their version was committed; its commit file does.
    if (const auto info = ReadCommitInfo(*last); info.ok()) {
      timestamp_unix_ms = info->timestamp_unix_ms;
    }
  }
  return builder
      .Finish(target, timestamp_unix_ms, last == nullptr ? std::nullopt : std::optional(last->info))
      .With("version " + VersionText(target) + " of " + store_->Describe());
}

base::Result<CommitInfo> LogReader::ReadCommitInfo(const LogFile& commit) const {
  const std::string text = TRY(store_->Get(commit.info.key));
  // It is mostly the first line; the others may be many and are only looked at when it is not.
  const size_t first_end = std::min(text.find('\n'), text.size());
  const auto first = ActionParser().Parse(std::string_view(text).substr(0, first_end));
  CommitInfo info;
  if (first.ok() && first->has_value() && std::holds_alternative<CommitInfo>(**first)) {
    info = std::get<CommitInfo>(**first);
  } else {
    const auto actions = TRY(ActionParser().ParseLines(text).With(commit.info.key));
    if (const CommitInfo* found = FindCommitInfo(actions)) info = *found;
  }
  info.timestamp_unix_ms = CommitTimestamp(&info, commit.info.modified_unix_ms);
  return info;
}

base::Result<State> LogReader::AtTime(int64_t unix_ms) const {
  const LogListing listing = TRY(ListLog(*store_, Version(0)));
  const auto oldest = listing.oldest();
  if (!oldest) return NoTable();
  // Clocks of writers may disagree; a version never counts as older than the one before it.
  std::optional<Version> found;
  std::optional<std::pair<Version, int64_t>> first;
  int64_t previous_unix_ms = 0;
  for (const LogFile& commit : listing.commits) {
    if (commit.version < *oldest) continue;
    int64_t timestamp_unix_ms = TRY(ReadCommitInfo(commit)).timestamp_unix_ms;
    if (first) timestamp_unix_ms = std::max(timestamp_unix_ms, previous_unix_ms + 1);
    previous_unix_ms = timestamp_unix_ms;
    if (!first) first = {commit.version, timestamp_unix_ms};
    if (timestamp_unix_ms > unix_ms) break;
    found = commit.version;
  }
  if (found) return AtVersion(*found);
  std::string message = "there is no version of " + store_->Describe() + " from " +
                        base::FormatUtc(unix_ms) + " or before";
  if (first) {
    message += "; the oldest kept is " + VersionText(first->first) + " from " +
               base::FormatUtc(first->second);
  }
  return base::NotFound(std::move(message));
}

base::Result<std::vector<HistoryEntry>> LogReader::History(size_t limit) const {
  const LogListing listing = TRY(ListLog(*store_, Version(0)));
  if (listing.empty()) return NoTable();
  std::vector<HistoryEntry> entries;
  for (auto commit = listing.commits.rbegin();
       commit != listing.commits.rend() && entries.size() < limit; ++commit) {
    auto info = ReadCommitInfo(*commit);
    // A commit that was cleaned away since the listing is older than all that follows.
    if (!info.ok() && info.error().code() == base::Code::kNotFound) break;
    if (!info.ok()) return std::move(info).error();
    entries.push_back({.version = commit->version, .info = *std::move(info)});
  }
  return entries;
}

std::optional<Version> LogReader::LastCheckpointHint() const {
  const auto text = store_->Get(std::string(kLastCheckpointKey));
  if (!text.ok()) return std::nullopt;
  simdjson::dom::parser parser;
  int64_t version = 0;
  if (parser.parse(*text)["version"].get_int64().get(version) != simdjson::SUCCESS || version < 0) {
    return std::nullopt;
  }
  return Version(version);
}

}  // namespace lake
