// Graph: sources, seeds and models of a project with the edges their SQL makes, bound columns and
// lineage; and the selection language over it (dbt's basic forms). Value; THREAD: any.
#pragma once

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
  size_t index = 0;             // into project.sources (kRejected too), .seeds or .models
  std::vector<size_t> parents;  // into Graph::nodes, ascending
  std::vector<size_t> children;
  std::vector<sql::BoundColumn> columns;
};

struct Graph {
  std::vector<Node> nodes;  // in an order where parents come first, ties by name
  [[nodiscard]] const Node* Find(const RelationName& name) const;
};

// Reads edges from the SQL and binds every model against its inputs' columns. Everything wrong is
// in `diagnostics` (unknown table or column with the nearest name, cycle, type Delta cannot hold
// with the cast to write, duplicate names); the graph is whole when none is an error.
struct CheckedProject {
  Graph graph;
  std::vector<base::Diagnostic> diagnostics;
};
base::Result<CheckedProject> CheckProject(env::Files& files, const Project& project);

// Nodes chosen by dbt's selectors: "name", "schema.name", "schema.*", "+x", "x+", "2+x", "tag:t",
// "source:s", "a,b" (both), several (either), minus `exclude`. Empty `select` chooses all.
// Ascending indices. ERRORS: kInvalidArgument naming a selector that matches nothing.
base::Result<std::vector<size_t>> Select(const Project& project, const Graph& graph,
                                         const std::vector<std::string>& select,
                                         const std::vector<std::string>& exclude);

}  // namespace pipeline
