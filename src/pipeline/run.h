// Runner: brings the chosen part of a project up to date: loads sources, builds models in graph
// order (in parallel where it allows), tests them, publishes. Each table is swapped by one lake
// commit; a failed step skips its descendants only. A record of every run is kept.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "connect/files/load.h"
#include "env/files.h"
#include "lake/table.h"
#include "object/object_store.h"
#include "pipeline/graph.h"
#include "pipeline/project.h"
#include "sql/engine.h"

namespace pipeline {

enum class StepKind { kLoad, kSeed, kModel, kTest, kPublish };
enum class StepStatus { kSucceeded, kWarned, kFailed, kSkipped, kCancelled };

struct StepResult {
  StepKind kind;
  std::string name;  // "bronze.reviews", "unique(review_id) on gold.x", "marts"
  StepStatus status;
  int64_t duration_ms = 0;
  int64_t rows = 0;      // written; for a test the rows that break it
  int64_t rejected = 0;  // kLoad
  std::string message;   // error or warning text, rendered for people; may have several lines
  std::vector<std::string> skipped_because;  // names of the failed steps
};

struct RunOptions {
  std::vector<std::string> select;
  std::vector<std::string> exclude;
  bool full_refresh = false;  // sources are loaded again from nothing
  bool publish = true;
  bool tests = true;
  bool only_tests = false;  // `tributary test`
  int parallel = 0;         // models at once; 0: one a core
};

struct RunReport {
  std::string run_id;  // UUIDv7
  int64_t started_unix_ms = 0;
  int64_t duration_ms = 0;
  std::vector<StepResult> steps;  // in the order they ended
  [[nodiscard]] bool succeeded() const;
};

// An opened project: engine, lake tables, registered relations. Owner; THREAD: any; runs of one
// workspace exclude each other (kConflict, naming the one under way).
class Workspace {
 public:
  struct Options {
    sql::EngineOptions engine;
  };
  // `project` must have been checked. `files` and `clock` are borrowed for life.
  static base::Result<std::unique_ptr<Workspace>> Open(env::Files* files, const base::Clock* clock,
                                                       Project project, Graph graph,
                                                       Options options);
  virtual ~Workspace() = default;

  [[nodiscard]] virtual const Project& project() const = 0;
  [[nodiscard]] virtual const Graph& graph() const = 0;
  virtual sql::Engine& engine() = 0;
  // The lake table of a node, or of any schema.name found in the lake folder. ERRORS: kNotFound.
  virtual base::Result<std::shared_ptr<lake::Table>> FindTable(const RelationName& name) = 0;
  // Every table in the lake, by name.
  virtual base::Result<std::vector<RelationName>> ListTables() = 0;

  struct Events {  // called from the runner's threads, one at a time
    std::function<void(StepKind, const std::string& name)> step_started;
    std::function<void(const StepResult&)> step_ended;
  };
  virtual base::Result<RunReport> Run(const RunOptions& options, const Events& events,
                                      std::stop_token stop) = 0;

  // Moves what fits now from a source's rejects into its table.
  virtual base::Result<connect::files::LoadReport> Replay(const RelationName& table,
                                                          std::stop_token stop) = 0;

  // Newest first. Kept in .tributary/history.db (SQLite).
  virtual base::Result<std::vector<RunReport>> RunHistory(size_t limit) = 0;
};

}  // namespace pipeline
