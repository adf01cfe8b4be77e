#include "lake/features.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "lake/table_properties.h"

namespace lake {
namespace {

using columnar::Field;

constexpr int kReaderFeaturesVersion = 3;
constexpr int kWriterFeaturesVersion = 7;

// The features that a writer version below 7 stands for, by the version that brought them.
struct LegacyFeature {
  int writer_version;
  std::string_view name;
};
constexpr std::array<LegacyFeature, 7> kLegacyFeatures = {{{2, "appendOnly"},
                                                           {2, "invariants"},
                                                           {3, "checkConstraints"},
                                                           {4, "changeDataFeed"},
                                                           {4, "generatedColumns"},
                                                           {5, "columnMapping"},
                                                           {6, "identityColumns"}}};

base::Error Lacking(std::string_view side, std::string_view feature) {
  return base::Unsupported(
      "the table needs the " + std::string(side) + " feature '" + std::string(feature) +
          "', which is not supported",
      "Use an engine that has it, or have such an engine drop the feature from the table.");
}

bool MapsColumns(const Metadata& metadata) {
  const auto mode = metadata.configuration.find("delta.columnMapping.mode");
  return mode != metadata.configuration.end() && mode->second != "none";
}

bool AnyField(const std::vector<Field>& fields, bool (*matches)(std::string_view key)) {
  return std::any_of(fields.begin(), fields.end(), [&](const Field& field) {
    return std::any_of(field.metadata.begin(), field.metadata.end(),
                       [&](const auto& member) { return matches(member.first); }) ||
           AnyField(field.type.children, matches);
  });
}

// True when a writer may leave the feature alone: because we do what it asks, or because the table
// does not use it.
bool MayWrite(std::string_view feature, const Metadata& metadata, const columnar::Schema& schema) {
  // appendOnly is held by Commit. Change data files are asked of writers that update rows; ours
  // add and remove whole files.
  if (feature == "appendOnly" || feature == "timestampNtz" || feature == "vacuumProtocolCheck" ||
      feature == "changeDataFeed") {
    return true;
  }
  if (feature == "columnMapping") return !MapsColumns(metadata);
  if (feature == "invariants") {
    return !AnyField(schema.fields, [](std::string_view key) { return key == "delta.invariants"; });
  }
  if (feature == "generatedColumns") {
    return !AnyField(schema.fields,
                     [](std::string_view key) { return key == "delta.generationExpression"; });
  }
  if (feature == "identityColumns") {
    return !AnyField(schema.fields,
                     [](std::string_view key) { return key.starts_with("delta.identity."); });
  }
  if (feature == "allowColumnDefaults") {
    return !AnyField(schema.fields, [](std::string_view key) { return key == "CURRENT_DEFAULT"; });
  }
  if (feature == "checkConstraints") {
    return std::none_of(
        metadata.configuration.begin(), metadata.configuration.end(),
        [](const auto& property) { return property.first.starts_with("delta.constraints."); });
  }
  if (feature == "inCommitTimestamp") {
    return !BoolProperty(metadata, "delta.enableInCommitTimestamps", false);
  }
  return false;
}

void AddFeature(std::vector<std::string>& features, std::string_view feature) {
  if (std::find(features.begin(), features.end(), feature) == features.end()) {
    features.emplace_back(feature);
  }
}

}  // namespace

base::Result<void> CheckReadable(const Protocol& protocol, const Metadata& metadata) {
  if (protocol.min_reader_version > kReaderFeaturesVersion) {
    return base::Unsupported("the table needs reader version " +
                             std::to_string(protocol.min_reader_version) +
                             "; versions up to 3 "
                             "are supported");
  }
  if (protocol.min_reader_version == kReaderFeaturesVersion) {
    if (!protocol.reader_features) {
      return base::Corruption("the table has reader version 3 and lists no reader features");
    }
    for (const std::string& feature : *protocol.reader_features) {
      const bool supported = feature == "timestampNtz" || feature == "vacuumProtocolCheck" ||
                             (feature == "columnMapping" && !MapsColumns(metadata));
      if (!supported) return Lacking("reader", feature);
    }
  }
  if (protocol.min_reader_version == 2 && MapsColumns(metadata)) {
    return Lacking("reader", "columnMapping");
  }
  return {};
}

base::Result<void> CheckWritable(const Protocol& protocol, const Metadata& metadata,
                                 const columnar::Schema& schema) {
  if (protocol.min_writer_version > kWriterFeaturesVersion) {
    return base::Unsupported("the table needs writer version " +
                             std::to_string(protocol.min_writer_version) +
                             "; versions up to 7 "
                             "are supported");
  }
  if (protocol.min_writer_version == kWriterFeaturesVersion) {
    if (!protocol.writer_features) {
      return base::Corruption("the table has writer version 7 and lists no writer features");
    }
    for (const std::string& feature : *protocol.writer_features) {
      if (!MayWrite(feature, metadata, schema)) return Lacking("writer", feature);
    }
    return {};
  }
  for (const LegacyFeature& feature : kLegacyFeatures) {
    if (feature.writer_version <= protocol.min_writer_version &&
        !MayWrite(feature.name, metadata, schema)) {
      return Lacking("writer", feature.name);
    }
  }
  return {};
}

Protocol RaiseProtocol(const Protocol& current, const Protocol& needed) {
  Protocol raised = current;
  raised.min_reader_version = std::max(current.min_reader_version, needed.min_reader_version);
  raised.min_writer_version = std::max(current.min_writer_version, needed.min_writer_version);
  if (raised.min_writer_version == kWriterFeaturesVersion) {
    if (!raised.writer_features) {
      raised.writer_features.emplace();
      for (const LegacyFeature& feature : kLegacyFeatures) {
        if (feature.writer_version <= current.min_writer_version) {
          AddFeature(*raised.writer_features, feature.name);
        }
      }
    }
    if (needed.writer_features) {
      for (const std::string& feature : *needed.writer_features) {
        AddFeature(*raised.writer_features, feature);
      }
    }
  }
  if (raised.min_reader_version == kReaderFeaturesVersion) {
    if (!raised.reader_features) {
      raised.reader_features.emplace();
      // Reader version 2 is column mapping by another name.
      if (current.min_reader_version == 2) AddFeature(*raised.reader_features, "columnMapping");
    }
    if (needed.reader_features) {
      for (const std::string& feature : *needed.reader_features) {
        AddFeature(*raised.reader_features, feature);
      }
    }
    for (const std::string& feature : *raised.reader_features) {
      AddFeature(*raised.writer_features, feature);
    }
  }
  return raised;
}

}  // namespace lake
