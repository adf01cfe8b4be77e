#include "log/storage/archive.h"

#include <array>
#include <charconv>
#include <utility>

#include <simdjson.h>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "base/log.h"

namespace logs {

namespace {

using base::Result;

constexpr int64_t kFormat = 1;
constexpr std::string_view kManifestSuffix = ".json";
constexpr std::array<std::string_view, 4> kSuffixes = {
    kLogSuffix, kOffsetIndexSuffix, kTimeIndexSuffix, kTransactionIndexSuffix};

struct Copied {
  uint64_t bytes = 0;
  uint32_t crc32c = 0;
};

// A file that is not there is copied as an empty object: every archived segment has all four.
Result<Copied> CopyFile(env::Files& files, const std::string& path, object::ObjectStore& store,
                        const std::string& key) {
  Copied copied;
  const auto writer = TRY(store.OpenWriter(key));
  const auto file = files.OpenRead(path);
  if (!file.ok() && file.error().code() != base::Code::kNotFound) return file.error();
  std::string buffer(base::limits::kSegmentScanBytes, '\0');
  while (file.ok()) {
    const size_t count = TRY(file.value()->ReadAt(copied.bytes, buffer.data(), buffer.size()));
    if (count == 0) break;
    const std::string_view bytes(buffer.data(), count);
    TRY(writer->Append(bytes));
    copied.crc32c = base::Crc32c(bytes, copied.crc32c);
    copied.bytes += count;
  }
  TRY(writer->Finish());
  return copied;
}

}  // namespace

// --- the manifest -------------------------------------------------------------------------------

std::string EncodeManifest(const ArchiveManifest& manifest) {
  base::JsonWriter out;
  out.BeginObject();
  out.Key("format").Int(kFormat);
  out.Key("version").Uint(manifest.version);
  out.Key("topic").String(manifest.topic);
  out.Key("partition").Int(manifest.partition);
  out.Key("segments").BeginArray();
  for (const ArchivedSegment& segment : manifest.segments) {
    out.BeginObject();
    out.Key("base_offset").Int(segment.base_offset.get());
    out.Key("end_offset").Int(segment.end.get());
    out.Key("log_bytes").Uint(segment.log_bytes);
    out.Key("index_bytes").Uint(segment.offset_index_bytes);
    out.Key("timeindex_bytes").Uint(segment.time_index_bytes);
    out.Key("txnindex_bytes").Uint(segment.transaction_index_bytes);
    out.Key("max_timestamp_ms").Int(segment.max_timestamp_ms);
    out.Key("crc32c").Uint(segment.crc32c);
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
  return std::move(out).Take() + "\n";
}

Result<ArchiveManifest> DecodeManifest(std::string_view bytes) {
  const base::Error malformed = base::Corruption("not the manifest of an archive");
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(bytes.data(), bytes.size(), true).get(object) != simdjson::SUCCESS) {
    return malformed;
  }
  int64_t format = 0;
  if (object["format"].get(format) != simdjson::SUCCESS) return malformed;
  if (format != kFormat) {
    return base::Unsupported("an archive of format " + std::to_string(format),
                             "It was written by a newer release.");
  }
  ArchiveManifest manifest;
  std::string_view topic;
  int64_t partition = 0;
  simdjson::dom::array segments;
  if (object["version"].get(manifest.version) != simdjson::SUCCESS ||
      object["topic"].get(topic) != simdjson::SUCCESS ||
      object["partition"].get(partition) != simdjson::SUCCESS || partition < 0 ||
      partition > INT32_MAX || object["segments"].get(segments) != simdjson::SUCCESS) {
    return malformed;
  }
  manifest.topic = std::string(topic);
  manifest.partition = static_cast<int32_t>(partition);
  for (const simdjson::dom::element& each : segments) {
    ArchivedSegment segment;
    int64_t base_offset = 0;
    int64_t end = 0;
    uint64_t crc32c = 0;
    if (each["base_offset"].get(base_offset) != simdjson::SUCCESS ||
        each["end_offset"].get(end) != simdjson::SUCCESS ||
        each["log_bytes"].get(segment.log_bytes) != simdjson::SUCCESS ||
        each["index_bytes"].get(segment.offset_index_bytes) != simdjson::SUCCESS ||
        each["timeindex_bytes"].get(segment.time_index_bytes) != simdjson::SUCCESS ||
        each["txnindex_bytes"].get(segment.transaction_index_bytes) != simdjson::SUCCESS ||
        each["max_timestamp_ms"].get(segment.max_timestamp_ms) != simdjson::SUCCESS ||
        each["crc32c"].get(crc32c) != simdjson::SUCCESS || crc32c > UINT32_MAX) {
      return malformed;
    }
    segment.base_offset = Offset(base_offset);
    segment.end = Offset(end);
    segment.crc32c = static_cast<uint32_t>(crc32c);
    const bool follows =
        manifest.segments.empty() || manifest.segments.back().end <= segment.base_offset;
    if (base_offset < 0 || end <= base_offset || !follows) return malformed;
    manifest.segments.push_back(segment);
  }
  return manifest;
}

// --- the archive --------------------------------------------------------------------------------

std::string PartitionArchive::TopicPrefix(const base::Uuid& topic_id) {
  return topic_id.ToString() + "/";
}

std::string PartitionArchive::PartitionFolder(const base::Uuid& topic_id, int32_t partition) {
  return TopicPrefix(topic_id) + std::to_string(partition);
}

PartitionArchive::PartitionArchive(std::shared_ptr<object::ObjectStore> store, TopicPartition name,
                                   std::string folder)
    : store_(std::move(store)), name_(std::move(name)), folder_(std::move(folder)) {}

Result<std::unique_ptr<PartitionArchive>> PartitionArchive::Open(
    std::shared_ptr<object::ObjectStore> store, const base::Uuid& topic_id,
    const TopicPartition& name) {
  std::unique_ptr<PartitionArchive> archive(
      new PartitionArchive(std::move(store), name, PartitionFolder(topic_id, name.partition)));
  TRY(archive->Refresh());
  return archive;
}

// Versions as names in order, so that listing finds the newest.
std::string PartitionArchive::ManifestKey(uint64_t version) const {
  return folder_ + "/manifest-" + SegmentName(Offset(static_cast<int64_t>(version))) +
         std::string(kManifestSuffix);
}

Result<void> PartitionArchive::Refresh() {
  if (known_) return {};
  TRY(Load().With("the archive of " + name_.ToString()));
  known_ = true;
  return {};
}

Result<void> PartitionArchive::Load() {
  manifest_ = {.topic = name_.topic, .partition = name_.partition};
  const auto found = TRY(store_->List(folder_ + "/manifest-"));
  if (found.empty()) return {};
  manifest_ = TRY(DecodeManifest(TRY(store_->Get(found.back().key))).With(found.back().key));
  if (found.back().key != ManifestKey(manifest_.version)) {
    return base::Corruption(found.back().key + " says that its version is " +
                            std::to_string(manifest_.version));
  }
  // What a crash left of segments that are gone, and manifests that are no longer the newest.
  for (size_t i = 0; i + 1 < found.size(); ++i) TRY(store_->Delete(found[i].key));
  if (manifest_.segments.empty()) return {};
  const Offset first = manifest_.segments.front().base_offset;
  for (const object::ObjectInfo& each : TRY(store_->List(folder_ + "/"))) {
    const std::string_view name = std::string_view(each.key).substr(folder_.size() + 1);
    const auto base = ParseSegmentName(name.substr(0, name.find('.')));
    if (!base.has_value() || *base >= first) break;  // keys come in order
    TRY(store_->Delete(each.key));
  }
  return {};
}

Result<void> PartitionArchive::Publish(ArchiveManifest next) {
  next.version = manifest_.version + 1;
  const std::string key = ManifestKey(next.version);
  const std::string bytes = EncodeManifest(next);
  known_ = false;  // until the store says how it ended
  object::PutOutcome outcome = TRY(store_->PutIfAbsent(key, bytes));
  if (outcome == object::PutOutcome::kUnknown) {
    const auto there = store_->Get(key);
    if (!there.ok()) return there.error();
    outcome = *there == bytes ? object::PutOutcome::kWritten : object::PutOutcome::kExists;
  }
  if (outcome == object::PutOutcome::kExists && TRY(store_->Get(key)) != bytes) {
    return base::Conflict("another process has written " + key,
                          "One broker at a time may own a data folder and its archive.");
  }
  const uint64_t before = manifest_.version;
  manifest_ = std::move(next);
  known_ = true;
  // Nobody needs the one before; left behind it does no harm.
  if (before > 0) static_cast<void>(store_->Delete(ManifestKey(before)).ok());
  return {};
}

Result<void> PartitionArchive::Add(env::Files& files, const Segment& segment, Offset end) {
  CHECK(manifest_.segments.empty() || manifest_.segments.back().end <= segment.base_offset());
  const std::string target = folder_ + "/" + SegmentName(segment.base_offset());
  const auto copy = [&](std::string_view suffix) {
    return CopyFile(files, segment.PathOf(suffix), *store_, target + std::string(suffix));
  };
  ArchivedSegment added{.base_offset = segment.base_offset(), .end = end};
  const Copied log = TRY(copy(kLogSuffix));
  if (log.bytes != segment.size_bytes()) {
    return base::Corruption(segment.PathOf(kLogSuffix) + " has " + std::to_string(log.bytes) +
                            " bytes, not " + std::to_string(segment.size_bytes()));
  }
  added.log_bytes = log.bytes;
  added.crc32c = log.crc32c;
  added.offset_index_bytes = TRY(copy(kOffsetIndexSuffix)).bytes;
  added.time_index_bytes = TRY(copy(kTimeIndexSuffix)).bytes;
  added.transaction_index_bytes = TRY(copy(kTransactionIndexSuffix)).bytes;
  added.max_timestamp_ms = TRY(segment.MaxTimestamp()).timestamp_ms;
  ArchiveManifest next = manifest_;
  next.segments.push_back(added);
  return Publish(std::move(next));
}

Result<void> PartitionArchive::RemoveObjects(Offset base_offset) {
  for (const std::string_view suffix : kSuffixes) {
    TRY(store_->Delete(folder_ + "/" + SegmentName(base_offset) + std::string(suffix)));
  }
  return {};
}

Result<void> PartitionArchive::RemoveBefore(Offset offset) {
  ArchiveManifest next = manifest_;
  std::vector<Offset> gone;
  std::erase_if(next.segments, [&](const ArchivedSegment& segment) {
    if (segment.end > offset) return false;
    gone.push_back(segment.base_offset);
    return true;
  });
  if (gone.empty()) return {};
  TRY(Publish(std::move(next)));
  for (const Offset base : gone) TRY(RemoveObjects(base));
  return {};
}

}  // namespace logs
