// PartitionArchive: the closed segments of one partition in an object store, byte for byte, and the
// manifest that names them (docs/format/archive.md). A segment counts once a manifest names it; a
// manifest is a new object each time, so a crash leaves the old one or the new.
// Owner; THREAD: one at a time. BLOCKS: for the store.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"
#include "env/files.h"
#include "log/storage/segment.h"
#include "log/topic_partition.h"
#include "object/object_store.h"

namespace logs {

struct ArchivedSegment {
  Offset base_offset;
  Offset end;  // the next segment's base
  uint64_t log_bytes = 0;
  uint64_t offset_index_bytes = 0;
  uint64_t time_index_bytes = 0;
  uint64_t transaction_index_bytes = 0;
  int64_t max_timestamp_ms = -1;
  uint32_t crc32c = 0;  // of the log's bytes
  friend bool operator==(const ArchivedSegment&, const ArchivedSegment&) = default;
};

struct ArchiveManifest {
  uint64_t version = 0;  // 0: nothing was archived yet
  std::string topic;
  int32_t partition = 0;
  std::vector<ArchivedSegment> segments;  // by offset; none overlaps another
  friend bool operator==(const ArchiveManifest&, const ArchiveManifest&) = default;
};

[[nodiscard]] std::string EncodeManifest(const ArchiveManifest& manifest);
// ERRORS: kCorruption; kUnsupported: a newer release's.
base::Result<ArchiveManifest> DecodeManifest(std::string_view bytes);

class PartitionArchive {
 public:
  // Where the objects of a topic, and of one of its partitions, stand.
  [[nodiscard]] static std::string TopicPrefix(const base::Uuid& topic_id);
  [[nodiscard]] static std::string PartitionFolder(const base::Uuid& topic_id, int32_t partition);

  // Reads the newest manifest. ERRORS: those of the store; kCorruption.
  static base::Result<std::unique_ptr<PartitionArchive>> Open(
      std::shared_ptr<object::ObjectStore> store, const base::Uuid& topic_id,
      const TopicPartition& name);

  // Reads the manifest again where an earlier call left open how it stands.
  base::Result<void> Refresh();
  // Copies a closed segment of the local disk, and then counts it. REQUIRES: it begins at or behind
  // the end of the last one; its files do not change. ERRORS: those of store and disk; kConflict: another
  // process writes this archive.
  base::Result<void> Add(env::Files& files, const Segment& segment, Offset end);
  // Forgets the segments that end at or before `offset`, then removes their objects.
  base::Result<void> RemoveBefore(Offset offset);

  [[nodiscard]] const std::vector<ArchivedSegment>& segments() const { return manifest_.segments; }
  [[nodiscard]] const std::string& folder() const { return folder_; }

 private:
  PartitionArchive(std::shared_ptr<object::ObjectStore> store, TopicPartition name,
                   std::string folder);
  [[nodiscard]] std::string ManifestKey(uint64_t version) const;
  base::Result<void> Load();
  base::Result<void> Publish(ArchiveManifest next);
  base::Result<void> RemoveObjects(Offset base_offset);

  const std::shared_ptr<object::ObjectStore> store_;
  const TopicPartition name_;
  const std::string folder_;
  bool known_ = false;  // manifest_ is what the store has
  ArchiveManifest manifest_;
};

}  // namespace logs
