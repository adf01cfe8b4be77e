// Writing of actions. Reading is in action_parser.cc.
#include "lake/actions.h"

#include "base/json_writer.h"
#include "lake/uri.h"

namespace lake {
namespace {

using base::JsonWriter;

void WriteStrings(JsonWriter& json, const std::map<std::string, std::string>& members) {
  json.BeginObject();
  for (const auto& [key, value] : members) json.Key(key).String(value);
  json.EndObject();
}

void WriteTexts(JsonWriter& json, const std::map<std::string, std::string>& members) {
  for (const auto& [key, value] : members) json.Key(key).Raw(value);
}

void WritePartitionValues(JsonWriter& json, const PartitionValues& values) {
  json.BeginObject();
  for (const auto& [column, value] : values) {
    json.Key(column);
    if (value.has_value()) {
      json.String(*value);
    } else {
      json.Null();
    }
  }
  json.EndObject();
}

void WriteNames(JsonWriter& json, const std::vector<std::string>& names) {
  json.BeginArray();
  for (const std::string& name : names) json.String(name);
  json.EndArray();
}

void Write(JsonWriter& json, const Protocol& protocol) {
  json.Key("protocol").BeginObject();
  json.Key("minReaderVersion").Int(protocol.min_reader_version);
  json.Key("minWriterVersion").Int(protocol.min_writer_version);
  if (protocol.reader_features) WriteNames(json.Key("readerFeatures"), *protocol.reader_features);
  if (protocol.writer_features) WriteNames(json.Key("writerFeatures"), *protocol.writer_features);
  json.EndObject();
}

void Write(JsonWriter& json, const Metadata& metadata) {
  json.Key("metaData").BeginObject();
  json.Key("id").String(metadata.id);
  if (metadata.name) json.Key("name").String(*metadata.name);
  if (metadata.description) json.Key("description").String(*metadata.description);
  json.Key("format").Raw(R"({"provider":"parquet","options":{}})");
  json.Key("schemaString").String(metadata.schema_json);
  WriteNames(json.Key("partitionColumns"), metadata.partition_columns);
  WriteStrings(json.Key("configuration"), metadata.configuration);
  if (metadata.created_unix_ms) json.Key("createdTime").Int(*metadata.created_unix_ms);
  json.EndObject();
}

void Write(JsonWriter& json, const AddFile& add) {
  json.Key("add").BeginObject();
  json.Key("path").String(EncodePath(add.path));
  WritePartitionValues(json.Key("partitionValues"), add.partition_values);
  json.Key("size").Int(add.size_bytes);
  json.Key("modificationTime").Int(add.modified_unix_ms);
  json.Key("dataChange").Bool(add.data_change);
  if (add.stats_json) json.Key("stats").String(*add.stats_json);
  if (!add.tags.empty()) WriteStrings(json.Key("tags"), add.tags);
  json.EndObject();
}

void Write(JsonWriter& json, const RemoveFile& remove) {
  json.Key("remove").BeginObject();
  json.Key("path").String(EncodePath(remove.path));
  json.Key("deletionTimestamp").Int(remove.deletion_unix_ms);
  json.Key("dataChange").Bool(remove.data_change);
  const bool extended = remove.partition_values.has_value() && remove.size_bytes.has_value();
  json.Key("extendedFileMetadata").Bool(extended);
  if (remove.partition_values) {
    WritePartitionValues(json.Key("partitionValues"), *remove.partition_values);
  }
  if (remove.size_bytes) json.Key("size").Int(*remove.size_bytes);
  json.EndObject();
}

void Write(JsonWriter& json, const Txn& txn) {
  json.Key("txn").BeginObject();
  json.Key("appId").String(txn.app_id);
  json.Key("version").Int(txn.version);
  if (txn.last_updated_unix_ms) json.Key("lastUpdated").Int(*txn.last_updated_unix_ms);
  json.EndObject();
}

void Write(JsonWriter& json, const CommitInfo& info) {
  json.Key("commitInfo").BeginObject();
  json.Key("timestamp").Int(info.timestamp_unix_ms);
  json.Key("operation").String(info.operation);
  json.Key("operationParameters").BeginObject();
  WriteTexts(json, info.parameters);
  json.EndObject();
  if (!info.metrics.empty()) WriteStrings(json.Key("operationMetrics"), info.metrics);
  if (!info.engine.empty()) json.Key("engineInfo").String(info.engine);
  WriteTexts(json, info.extra);
  json.EndObject();
}

}  // namespace

std::string ToJson(const Action& action) {
  JsonWriter json;
  json.BeginObject();
  std::visit([&](const auto& value) { Write(json, value); }, action);
  json.EndObject();
  return std::move(json).Take();
}

}  // namespace lake
