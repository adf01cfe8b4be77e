// StepRunner: does the work of one step of a run: a load, a seed, a model, a test, a publication.
// Owner; THREAD: any, several steps at once, each on a connection of its own.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include "base/clock.h"
#include "env/files.h"
#include "lake/table.h"
#include "pipeline/graph.h"
#include "pipeline/plan.h"
#include "pipeline/project.h"
#include "pipeline/run.h"
#include "sql/engine.h"

namespace pipeline {

// Interrupts the connections at work once a stop is asked for, and goes on doing so until it is
// destroyed: an interrupt that comes just before a statement starts is lost.
class Interrupter {
 public:
  explicit Interrupter(std::stop_token stop);
  ~Interrupter();
  void Add(sql::Connection* connection);
  void Remove(sql::Connection* connection);

 private:
  void Work(const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::set<sql::Connection*> connections_;
  bool done_ = false;
  std::jthread thread_;
};

struct StepContext {  // all borrowed for the run
  env::Files* files;
  const base::Clock* clock;
  sql::Engine* engine;
  const Project* project;
  const Graph* graph;
  std::function<base::Result<std::shared_ptr<lake::Table>>(const RelationName&)> find_table;
  std::string run_id;
  bool full_refresh = false;
  std::stop_token stop;
};

class StepRunner {
 public:
  explicit StepRunner(StepContext context);
  StepResult Run(const Step& step);

 private:
  base::Result<void> RunStep(const Step& step, sql::Connection& connection, StepResult& result);
  base::Result<void> Load(const Node& node, sql::Connection& connection, StepResult& result);
  base::Result<void> BuildSeed(const Node& node, sql::Connection& connection, StepResult& result);
  base::Result<void> BuildModel(const Node& node, sql::Connection& connection, StepResult& result);
  base::Result<void> Test(const Step& step, sql::Connection& connection, StepResult& result);
  base::Result<void> PublishTables(const Step& step, sql::Connection& connection,
                                   StepResult& result);
  base::Result<void> Replace(const Node& node, const std::string& query,
                             const std::vector<std::string>& partition_by, const std::string& text,
                             sql::Connection& connection, StepResult& result);
  std::string Explain(const Model& model, const base::Error& error, sql::Connection& connection);

  const StepContext context_;
  Interrupter interrupter_;
};

// Loads what is new of a source, or replays its rejects. `connection` is used for all of it.
base::Result<connect::files::LoadReport> LoadSource(const StepContext& context,
                                                    const FilesSource& source, bool replay,
                                                    sql::Connection& connection);

}  // namespace pipeline
