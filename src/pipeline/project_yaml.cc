#include "pipeline/project_yaml.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "base/text.h"
#include "pipeline/broker_yaml.h"
#include "pipeline/names.h"
#include "pipeline/quantities.h"
#include "pipeline/yaml.h"

namespace pipeline {
namespace {

using yaml::Context;
using yaml::Entry;
using yaml::MapReader;
using yaml::Text;
using yaml::Value;

// Connectors of the design that this version cannot run: better named than "unknown".
constexpr std::array<std::string_view, 9> kLaterConnectors = {
    "postgres-cdc", "postgres", "mysql", "mysql-cdc", "rest",
    "generator",    "odbc",     "topic", "kafka"};

class YamlReader {
 public:
  YamlReader(const Variables& variables, Problems& problems, Project& project)
      : context_{.problems = problems, .variables = &variables},
        problems_(problems),
        project_(project) {}

  void Read(const Value& document) {
    if (document.kind == yaml::Kind::kNull) {
      problems_.Error({.line = 1, .column = 1}, "this file is empty",
                      "A project has at least a name: 'name: my_project'.");
      return;
    }
    MapReader map(document, "tributary.yaml", context_);
    if (!map.ok()) return;
    ReadName(map);
    const Entry* connections = map.Find("connections");
    HideSecrets(document, false);
    const Entry* targets = map.Find("targets");
    const Entry* target =
        targets == nullptr ? nullptr : yaml::FindEntry(targets->value, project_.target);
    if (target == nullptr && !project_.target.empty()) ReportTarget(targets);
    // What the chosen target overrides is not read: its variables may well be unset here.
    const Value* chosen = target == nullptr ? nullptr : &target->value;
    ReadPlaces(map, chosen);
    if (connections != nullptr) {
      const Entry* override = chosen == nullptr ? nullptr : yaml::FindEntry(*chosen, "connections");
      ReadConnections(connections->value, override == nullptr ? nullptr : &override->value);
    }
    if (targets != nullptr) ReadTargets(targets->value, chosen);
    ReadMemory(map);
    ReadListeners(map, chosen);
    ReadSources(map);
    ReadPublications(map);
    map.Refuse({"topics", "sinks", "jobs", "alerts"});
    map.Finish();
    project_.broker.log_folder = project_.broker.log_folder.empty()
                                     ? project_.root + "/.tributary/log"
                                     : project_.broker.log_folder;
    if (project_.lake.empty()) SetLake({.text = "lake", .written = "lake", .position = {}});
  }

 private:
  void Report(base::SourcePosition position, const base::Error& error) {
    problems_.Error(position, error.message(), error.hint());
  }

  // Whatever stands below a 'connections' and is no URL (whose passwords are never shown) may be a
  // secret at the wrong place; below 'users' are passwords.
  void HideSecrets(const Value& value, bool secret) {
    if (secret && value.text.find("://") == std::string::npos) problems_.Hide(value.text);
    for (const Value& item : value.items) HideSecrets(item, secret);
    for (const Entry& entry : value.entries) {
      if (entry.key == "users" && entry.value.kind == yaml::Kind::kMap) {
        for (const Entry& user : entry.value.entries) problems_.Hide(user.value.text);
      }
      HideSecrets(entry.value, secret || entry.key == "connections");
    }
  }

  void ReadName(MapReader& map) {
    const auto name = map.RequireText("name");
    if (!name) return;
    const auto plain = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '-' || c == '_' || c == '.';
    };
    if (name->text.empty() || !std::all_of(name->text.begin(), name->text.end(), plain)) {
      problems_.Error(name->position,
                      "the name '" + name->written + "' is not letters, digits, '-', '_' and '.'");
    }
    project_.name = name->text;
  }

  // lake, log and registry, at the top or in a target.
  void ReadPlaces(MapReader& map, const Value* overrides) {
    const auto overridden = [&](const char* key) {
      return overrides != nullptr && yaml::FindEntry(*overrides, key) != nullptr;
    };
    map.Find("lake");
    if (!overridden("lake")) {
      if (const auto lake = map.FindText("lake")) SetLake(*lake);
    }
    const Entry* const log = map.Find("log");
    if (log != nullptr && !overridden("log")) {
      ReadLog(log->value, project_.root, context_, project_.broker);
    }
    map.Find("registry");
    if (overridden("registry")) return;
    const auto place = map.FindText("registry");
    if (!place || place->text == "embedded") return;
    problems_.Error(place->position,
                    "'registry: " + place->written + "' is not supported by this version",
                    "Write 'registry: embedded', or leave it out.");
  }

  // kafka and http; a target's replace those of the top.
  void ReadListeners(MapReader& map, const Value* overrides) {
    for (const char* key : {"kafka", "http"}) {
      const Entry* entry = map.Find(key);
      const Entry* const other = overrides == nullptr ? nullptr : yaml::FindEntry(*overrides, key);
      if (other != nullptr) entry = other;
      if (entry == nullptr) continue;
      if (entry->key == "http") {
        ReadHttp(entry->value, context_, project_.broker);
      } else {
        ReadKafka(entry->value, project_.root, context_, project_.broker);
      }
    }
  }

  void SetLake(const Text& lake) {
    if (lake.text.empty()) {
      problems_.Error(lake.position, "'lake' is empty", "It is a folder, for example 'lake'.");
      return;
    }
    if (lake.text.find("://") != std::string::npos) {
      problems_.Error(lake.position,
                      "the lake '" + lake.written + "' is not supported by this version",
                      "Name a folder, absolute or relative to the project.");
      return;
    }
    const std::filesystem::path root(project_.root);
    std::string folder = (root / lake.text).lexically_normal().string();
    while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
    for (const char* taken : {"models", "macros", "seeds", "schemas", "tests", ".tributary"}) {
      const std::string inside = (root / taken).string();
      if (folder != inside && !folder.starts_with(inside + "/")) continue;
      problems_.Error(lake.position, "the lake cannot be in '" + std::string(taken) + "'",
                      "That folder holds the project's own files.");
    }
    if (folder == project_.root) {
      problems_.Error(lake.position, "the lake cannot be the project's own folder");
    }
    project_.lake = folder;
  }

  void ReadConnections(const Value& value, const Value* overrides) {
    MapReader map(value, "'connections'", context_);
    if (!map.ok()) return;
    for (const Entry& entry : value.entries) {
      if (overrides != nullptr && yaml::FindEntry(*overrides, entry.key) != nullptr) continue;
      if (entry.value.kind != yaml::Kind::kScalar) {
        problems_.Error(entry.value.position, "connection '" + entry.key +
                                                  "' must be a URL, such as "
                                                  "postgres://user:${PASSWORD}@host/database");
        continue;
      }
      const auto url = yaml::ReadText(entry.value, "connection '" + entry.key + "'", context_);
      if (!url) continue;
      if (!url->text.starts_with("postgres://") && !url->text.starts_with("postgresql://")) {
        problems_.Error(url->position,
                        "connection '" + entry.key +
                            "' is not a postgres:// URL, the only kind of this version",
                        "Write postgres://user:${PASSWORD}@host:5432/database.");
        continue;
      }
      project_.connections[entry.key] = url->text;
    }
  }

  void ReadTargets(const Value& value, const Value* chosen) {
    MapReader map(value, "'targets'", context_);
    if (!map.ok()) return;
    for (const Entry& entry : value.entries) {
      MapReader target(entry.value, "target '" + entry.key + "'", context_);
      if (!target.ok()) continue;
      for (const char* key : {"lake", "log", "registry", "kafka", "http", "connections"}) {
        target.Find(key);
      }
      if (&entry.value == chosen) {  // the variables of others need not be set here
        ReadPlaces(target, nullptr);
        if (const Entry* connections = target.Find("connections")) {
          ReadConnections(connections->value, nullptr);
        }
      }
      target.Finish();
    }
  }

  void ReportTarget(const Entry* targets) {
    std::vector<std::string> names;
    if (targets != nullptr) {
      for (const Entry& entry : targets->value.entries) names.push_back(entry.key);
    }
    std::string hint = base::DidYouMean(project_.target, names);
    if (hint.empty()) {
      hint = names.empty() ? "The project has no 'targets'."
                           : "The project's targets are: " + base::Join(names, ", ") + ".";
    }
    problems_.Error(targets == nullptr ? base::SourcePosition{} : targets->position,
                    "there is no target '" + project_.target + "'", hint);
  }

  void ReadMemory(MapReader& map) {
    const auto text = map.FindText("memory");
    if (!text) return;
    constexpr uint64_t kLeastBytes = uint64_t{64} << 20;
    const auto bytes = ParseBytes(text->text);
    if (!bytes || *bytes < kLeastBytes) {
      problems_.Error(text->position, "'memory: " + text->written + "' is not an amount of memory",
                      "Write for example '4 GiB' or '50%', at least 64 MiB.");
      return;
    }
    project_.memory_bytes_max = *bytes;
  }

  void ReadSources(MapReader& map) {
    const Entry* sources = map.Find("sources");
    if (sources == nullptr) return;
    if (!MapReader(sources->value, "'sources'", context_).ok()) return;
    for (const Entry& entry : sources->value.entries) {
      if (const auto valid = CheckName("the source's name", entry.key); !valid.ok()) {
        Report(entry.position, valid.error());
      }
      ReadSource(entry);
    }
  }

  // False when the connector is none that can be read on.
  bool CheckConnector(MapReader& map) {
    const auto connector = map.RequireText("connector");
    if (!connector) return true;  // reported; the rest is read as files
    if (connector->text == "files") return true;
    const bool later = std::find(kLaterConnectors.begin(), kLaterConnectors.end(),
                                 connector->text) != kLaterConnectors.end();
    if (later) {
      problems_.Error(connector->position,
                      "the connector '" + connector->written + "' is not supported by this version",
                      "This version reads files: 'connector: files'.");
    } else {
      std::vector<std::string> names(kLaterConnectors.begin(), kLaterConnectors.end());
      names.emplace_back("files");
      std::string hint = base::DidYouMean(connector->text, names);
      problems_.Error(connector->position, "there is no connector '" + connector->written + "'",
                      hint.empty() ? "This version reads files: 'connector: files'." : hint);
    }
    return false;
  }

  void ReadSource(const Entry& entry) {
    MapReader map(entry.value, "source '" + entry.key + "'", context_);
    FilesSource source{
        .name = entry.key, .load = {}, .into = {}, .tags = {}, .position = entry.position};
    if (!map.ok() || !CheckConnector(map)) {
      // Its table is still one that models may name.
      if (const auto into = map.FindText("into")) ReadInto(*into, source);
      project_.sources.push_back(std::move(source));
      return;
    }
    connect::files::LoadOptions& load = source.load;
    load.source = entry.key;
    load.project_root = project_.root;
    load.schema_file = "schemas/" + entry.key + ".avsc";
    if (map.Require("path") != nullptr) {
      for (Text& path : map.FindTexts("path")) {
        if (path.text.empty()) problems_.Error(path.position, "an empty path names no file");
        load.patterns.push_back(std::move(path.text));
      }
    }
    if (const auto schema = map.FindText("schema")) {
      load.schema_file = schema->text;
      if (!schema->text.ends_with(".avsc")) {
        problems_.Error(schema->position,
                        "the schema '" + schema->written + "' is not an Avro schema (.avsc)");
      }
    }
    if (const auto into = map.RequireText("into")) ReadInto(*into, source);
    ReadFormat(map, load);
    for (const Text& tag : map.FindTexts("tags")) source.tags.push_back(tag.text);
    map.Finish();
    project_.sources.push_back(std::move(source));
  }

  void ReadInto(const Text& into, FilesSource& source) {
    auto name = ParseRelationName("the table", into.text);
    if (!name.ok()) return Report(into.position, name.error());
    if (name->name.ends_with(kRejectedSuffix)) {
      return problems_.Error(into.position,
                             "the table '" + into.written + "' ends in '" + kRejectedSuffix + "'",
                             "Such a table keeps the records that a source could not use.");
    }
    source.into = std::move(*name);
  }

  void ReadFormat(MapReader& map, connect::files::LoadOptions& load) {
    using connect::files::Format;
    static constexpr std::array<std::pair<std::string_view, Format>, 4> kFormats = {
        {{"auto", Format::kAuto},
         {"json", Format::kJson},
         {"csv", Format::kCsv},
         {"parquet", Format::kParquet}}};
    if (const auto format = map.FindText("format")) {
      const auto* found = std::find_if(kFormats.begin(), kFormats.end(), [&](const auto& known) {
        return known.first == format->text;
      });
      if (found == kFormats.end()) {
        problems_.Error(format->position, "there is no format '" + format->written + "'",
                        "The formats are: auto, json (JSON Lines), csv, parquet.");
      } else {
        load.format = found->second;
      }
    }
    for (const char* key : {"header", "delimiter", "null_text"}) {
      const Entry* entry = map.Find(key);
      if (entry == nullptr || load.format == Format::kCsv || load.format == Format::kAuto) continue;
      problems_.Error(entry->position, "'" + std::string(key) + "' is for CSV only");
    }
    if (const auto header = map.FindBool("header")) load.first_line_header = *header;
    if (const auto null_text = map.FindText("null_text")) load.null_text = null_text->text;
    if (const auto delimiter = map.FindText("delimiter")) {
      const std::string& text = delimiter->text;
      const bool tab = text == "\\t" || text == "tab";
      if (tab || (text.size() == 1 && text != "\"" && text != "\n" && text != "\r")) {
        load.delimiter = tab ? '\t' : text[0];
      } else {
        problems_.Error(delimiter->position,
                        "the delimiter '" + delimiter->written + "' is not one ASCII character",
                        "Write for example ';', or 'tab'.");
      }
    }
  }

  void ReadPublications(MapReader& map) {
    const Entry* publish = map.Find("publish");
    if (publish == nullptr) return;
    if (!MapReader(publish->value, "'publish'", context_).ok()) return;
    for (const Entry& entry : publish->value.entries) {
      MapReader reader(entry.value, "publication '" + entry.key + "'", context_);
      if (!reader.ok()) continue;
      Publication publication{.name = entry.key,
                              .connection = {},
                              .schema = {},
                              .models = {},
                              .position = entry.position};
      if (const auto connection = reader.RequireText("connection")) {
        CheckConnection(*connection, map);
        publication.connection = connection->text;
      }
      if (const auto schema = reader.RequireText("schema")) {
        if (const auto ok = CheckSchemaName("the schema", schema->text); !ok.ok()) {
          Report(schema->position, ok.error());
        }
        publication.schema = schema->text;
      }
      if (const Entry* models = reader.Require("models")) {
        for (const Text& model : reader.FindTexts("models"))
          publication.models.push_back(model.text);
        if (models->value.kind == yaml::Kind::kList && models->value.items.empty()) {
          problems_.Error(models->position, "'models' names nothing to publish",
                          "For example: models: [\"gold.*\"].");
        }
      }
      reader.Finish();
      project_.publications.push_back(std::move(publication));
    }
  }

  void CheckConnection(const Text& connection, MapReader& map) {
    // Declared names, also those whose value was wrong: one mistake is reported once.
    std::vector<std::string> names;
    for (const auto& [name, url] : project_.connections) names.push_back(name);
    if (const Entry* declared = map.Find("connections")) {
      for (const Entry& entry : declared->value.entries) names.push_back(entry.key);
    }
    if (std::find(names.begin(), names.end(), connection.text) != names.end()) return;
    std::string hint = base::DidYouMean(connection.text, names);
    if (hint.empty()) hint = "Declare it under 'connections'.";
    problems_.Error(connection.position, "there is no connection '" + connection.written + "'",
                    hint);
  }

  const Context context_;
  Problems& problems_;
  Project& project_;
};

}  // namespace

void ReadProjectYaml(const std::string& text, const Variables& variables, Problems& problems,
                     Project& project) {
  const auto document = yaml::Parse(text, problems);
  if (document) YamlReader(variables, problems, project).Read(*document);
}

}  // namespace pipeline
