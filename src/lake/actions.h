// The actions of a Delta transaction log as values, and their JSON. Source of the format: the
// Delta transaction log protocol (PROTOCOL.md of delta-io/delta), section "Actions".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/strong_id.h"

namespace lake {

using Version = base::StrongId<struct VersionTag>;  // of a table: 0, 1, 2, ...

// nullopt is the null partition value; the text is the protocol's "Partition Value Serialization".
using PartitionValues = std::map<std::string, std::optional<std::string>>;

struct Protocol {
  int min_reader_version = 1;
  int min_writer_version = 2;
  std::optional<std::vector<std::string>> reader_features;  // present from reader version 3
  std::optional<std::vector<std::string>> writer_features;  // present from writer version 7
  friend bool operator==(const Protocol&, const Protocol&) = default;
};

struct Metadata {
  std::string id;  // a UUID, for the life of the table
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::string schema_json;  // the protocol's serialisation; lake/delta_schema.h reads it
  std::vector<std::string> partition_columns;
  std::map<std::string, std::string> configuration;
  std::optional<int64_t> created_unix_ms;
  friend bool operator==(const Metadata&, const Metadata&) = default;
};

struct AddFile {
  std::string path;  // decoded: the key of the object relative to the table's root
  PartitionValues partition_values;
  int64_t size_bytes = 0;
  int64_t modified_unix_ms = 0;
  bool data_change = true;
  std::optional<std::string> stats_json;  // {"numRecords":..,"minValues":{..},..}
  std::map<std::string, std::string> tags;
  friend bool operator==(const AddFile&, const AddFile&) = default;
};

struct RemoveFile {
  std::string path;
  int64_t deletion_unix_ms = 0;
  bool data_change = true;
  std::optional<PartitionValues> partition_values;  // with size: the "extended" file metadata
  std::optional<int64_t> size_bytes;
  friend bool operator==(const RemoveFile&, const RemoveFile&) = default;
};

// "Transaction identifiers": the last version of an application's own that this table carries.
struct Txn {
  std::string app_id;
  int64_t version = 0;
  std::optional<int64_t> last_updated_unix_ms;
  friend bool operator==(const Txn&, const Txn&) = default;
};

struct CommitInfo {
  int64_t timestamp_unix_ms = 0;
  std::string operation;                          // "WRITE", "CREATE TABLE", ...
  std::map<std::string, std::string> parameters;  // values are JSON texts
  std::map<std::string, std::string> metrics;     // numOutputRows, ...
  std::map<std::string, std::string> extra;       // further top-level members; JSON texts
  std::string engine;                             // "tributary/0.1.0"
  friend bool operator==(const CommitInfo&, const CommitInfo&) = default;
};

using Action = std::variant<Protocol, Metadata, AddFile, RemoveFile, Txn, CommitInfo>;

// One line of a commit file, no line end.
[[nodiscard]] std::string ToJson(const Action& action);

// nullopt for an action the protocol tells readers to skip (cdc, domainMetadata without the
// feature, unknown keys). ERRORS: kCorruption, kUnsupported (a deletion vector).
base::Result<std::optional<Action>> ParseAction(std::string_view json);

}  // namespace lake
