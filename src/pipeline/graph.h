// Graph: sources, seeds and models of a project with the edges their SQL makes, bound columns and
// lineage; and the selection language over it (dbt's basic forms). Value; THREAD: any.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/result.h"
#include "columnar/type.h"
#include "pipeline/project.h"
#include "sql/analyze.h"

namespace pipeline {

enum class NodeKind { kSource, kRejected, kSeed, kModel };

struct Node {
  RelationName name;
  NodeKind kind;
  size_t index = 0;  // into project.sources (kRejected too), .seeds or .models
  // A kRejected node has its source's table as its parent: the same load fills both.
  std::vector<size_t> parents;  // into Graph::nodes, ascending
  std::vector<size_t> children;
  std::vector<sql::BoundColumn> columns;
};

struct Graph {
  std::vector<Node> nodes;  // in an order where parents come first, ties by name
  // Case does not count, as in SQL. nullptr when there is none.
  [[nodiscard]] const Node* Find(const RelationName& name) const;
};

// Reads edges from the SQL and binds every model against its inputs' columns. Everything wrong is
// in `diagnostics` (unknown table or column with the nearest name, cycle, type Delta cannot hold
// with the cast to write, duplicate names, tests and publications that name nothing); the graph is
// whole when none is an error. ERRORS: of the file system or the SQL engine only.
struct CheckedProject {
  Graph graph;
  std::vector<base::Diagnostic> diagnostics;
};
base::Result<CheckedProject> CheckProject(env::Files& files, const Project& project);

// LoadProject and CheckProject in one pass: mistakes in tributary.yaml do not hide those in SQL.
struct OpenedProject {
  std::optional<Project> project;  // absent when a diagnostic is an error
  Graph graph;
  std::vector<base::Diagnostic> diagnostics;
};
base::Result<OpenedProject> OpenProject(env::Files& files, const std::string& root,
                                        const LoadProjectOptions& options);

// Nodes chosen by dbt's selectors: "name", "schema.name", "schema.*", "+x", "x+", "2+x", "x+1",
// "@x", "tag:t", "source:s", "path:models/gold", "a,b" (both), several or "a b" (either), minus
// `exclude`. Empty `select` chooses all.
// Ascending indices. ERRORS: kInvalidArgument naming a selector that matches nothing.
base::Result<std::vector<size_t>> Select(const Project& project, const Graph& graph,
                                         const std::vector<std::string>& select,
                                         const std::vector<std::string>& exclude);

}  // namespace pipeline
