#include "lake/log_names.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <map>
#include <utility>

#include "base/text.h"

namespace lake {
namespace {

constexpr size_t kVersionDigits = 20;
constexpr int64_t kPartsMax = 100'000;  // a name claiming more is no checkpoint anybody wrote

std::string VersionText(Version version) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%020lld", static_cast<long long>(version.get()));
  return text.data();
}

std::optional<int64_t> ParseDigits(std::string_view text, size_t digits) {
  if (text.size() != digits) return std::nullopt;
  int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size() || number < 0) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

std::string CommitKey(Version version) {
  return std::string(kLogPrefix) + VersionText(version) + ".json";
}

std::string CheckpointKey(Version version) {
  return std::string(kLogPrefix) + VersionText(version) + ".checkpoint.parquet";
}

std::optional<LogFile> ParseLogKey(const object::ObjectInfo& info) {
  std::string_view name = info.key;
  if (!name.starts_with(kLogPrefix)) return std::nullopt;
  name.remove_prefix(kLogPrefix.size());
  const auto pieces = base::Split(name, '.');
  const auto version = ParseDigits(pieces[0], kVersionDigits);
  if (!version || pieces.size() < 2) return std::nullopt;
  LogFile file{.version = Version(*version), .info = info};
  if (pieces.size() == 2 && pieces[1] == "json") {
    file.kind = LogFileKind::kCommit;
  } else if (pieces[1] == "checkpoint" && pieces.back() == "parquet") {
    // Three pieces are a whole checkpoint, five one of several parts; a UUID in the middle makes a
    // checkpoint of the V2 kind, which a table feature announces.
    if (pieces.size() == 3) file.kind = LogFileKind::kCheckpoint;
    if (pieces.size() == 5) {
      const auto part = ParseDigits(pieces[2], 10);
      const auto parts = ParseDigits(pieces[3], 10);
      if (part && parts && *part >= 1 && *part <= *parts && *parts <= kPartsMax) {
        file.kind = LogFileKind::kCheckpoint;
        file.part = *part;
        file.parts = *parts;
      }
    }
  }
  return file;
}

std::optional<Version> LogListing::newest() const {
  std::optional<Version> newest;
  if (!commits.empty()) newest = commits.back().version;
  if (!checkpoints.empty() && (!newest || checkpoints.back().version > *newest)) {
    newest = checkpoints.back().version;
  }
  return newest;
}

std::optional<Version> LogListing::oldest() const {
  if (!commits.empty() && commits.front().version == Version(0)) return Version(0);
  if (!checkpoints.empty()) return checkpoints.front().version;
  return std::nullopt;
}

base::Result<LogListing> ListLog(object::ObjectStore& store, Version from) {
  // Every name of version n starts with its digits and a dot, so it sorts after the digits alone.
  const std::string start_after =
      from == Version(0) ? std::string() : std::string(kLogPrefix) + VersionText(from);
  const auto found = TRY(store.List(std::string(kLogPrefix), start_after));
  LogListing listing;
  std::map<std::pair<Version, int64_t>, std::vector<object::ObjectInfo>> parts;
  for (const object::ObjectInfo& info : found) {
    auto file = ParseLogKey(info);
    if (!file) continue;
    if (file->kind == LogFileKind::kCommit) listing.commits.push_back(*file);
    if (file->kind == LogFileKind::kCheckpoint) {
      // Names of one set sort by part, so the parts come in order.
      parts[{file->version, file->parts}].push_back(info);
    }
    listing.files.push_back(*std::move(file));
  }
  for (auto& [key, infos] : parts) {
    if (static_cast<int64_t>(infos.size()) != key.second) continue;  // still being written
    // Several complete sets of one version say the same; the first is the one with fewest parts.
    if (!listing.checkpoints.empty() && listing.checkpoints.back().version == key.first) continue;
    listing.checkpoints.push_back({.version = key.first, .parts = std::move(infos)});
  }
  return listing;
}

}  // namespace lake
