// Project: what stands in a project folder, read and checked. docs/pipeline.md describes the
// format. Value; THREAD: any.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/result.h"
#include "connect/files/load.h"
#include "env/files.h"
#include "pipeline/broker_settings.h"

namespace pipeline {

enum class Materialization { kView, kTable };

// schema.name of anything a model can read or be.
struct RelationName {
  std::string schema;
  std::string name;
  [[nodiscard]] std::string ToString() const { return schema + "." + name; }
  friend auto operator<=>(const RelationName&, const RelationName&) = default;
};

inline constexpr const char* kRejectedSuffix = "__rejected";  // of a source's table

struct FilesSource {
  std::string name;
  connect::files::LoadOptions load;
  RelationName into;
  std::vector<std::string> tags;
  base::SourcePosition position;  // in tributary.yaml
};

struct ColumnReference {
  RelationName relation;
  std::string column;
};

// One data test of a model's front matter. `query` returns the rows that break it; a test passes
// when it returns none.
struct DataTest {
  std::string name;  // "unique(review_id)"
  std::string kind;  // not_null, unique, accepted_values, relationships, expression
  std::string query;
  std::vector<std::string> columns;           // of the model, that it speaks of
  std::optional<ColumnReference> references;  // relationships: what the values must be found in
  base::SourcePosition position;              // in the model's file
  bool warn_only = false;                     // severity: warn
};

struct Model {
  RelationName name;
  std::string file;  // relative to the project
  std::string text;  // the whole file
  std::string sql;   // the SELECT, front matter and a last ';' blanked out: offsets are the file's
  std::string description;
  Materialization materialization = Materialization::kTable;
  std::vector<std::string> tags;
  std::vector<std::string> partition_by;
  base::SourcePosition partition_by_position;
  std::vector<DataTest> tests;
};

struct Seed {
  RelationName name;  // seeds/<schema>/<name>.csv, or schema "seeds"
  std::string file;
};

struct Publication {
  std::string name;
  std::string connection;           // name of a connection
  std::string schema;               // in PostgreSQL
  std::vector<std::string> models;  // selectors
  base::SourcePosition position;
};

struct Project {
  std::string root;  // absolute
  std::string name;
  std::string lake;  // absolute folder (other places: kUnsupported until there is a store for them)
  std::string target;                              // "" when none was chosen
  std::map<std::string, std::string> connections;  // resolved; hold secrets, never printed
  uint64_t memory_bytes_max = 0;                   // `memory:`; 0: not set
  BrokerSettings broker;                           // log, kafka, http
  std::vector<FilesSource> sources;
  std::vector<Seed> seeds;
  std::vector<Model> models;
  std::vector<std::string> macros;  // texts
  std::vector<std::string> macro_files;
  std::vector<Publication> publications;
  std::string yaml_text;  // tributary.yaml with passwords blanked out, to show lines of
};

inline constexpr const char* kProjectFile = "tributary.yaml";

struct LoadProjectOptions {
  std::string target;                            // "" : TRIBUTARY_TARGET, then none
  std::map<std::string, std::string> variables;  // the environment; .env of the project is below it
};

// Either a project or what is wrong with its files (all of it in one pass).
struct LoadedProject {
  std::optional<Project> project;  // absent when a diagnostic is an error
  Project draft;                   // then: what could be read of it, for CheckProject alone
  std::vector<base::Diagnostic> diagnostics;
};

// The folder that holds tributary.yaml, looked for from `start` upwards. ERRORS: kNotFound.
base::Result<std::string> FindProject(env::Files& files, const std::string& start);

// ERRORS: of the file system only; a mistake in the project is a diagnostic.
base::Result<LoadedProject> LoadProject(env::Files& files, const std::string& root,
                                        const LoadProjectOptions& options);

}  // namespace pipeline
