// Plan: the steps of one run and what each waits for. Value; THREAD: any.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "pipeline/graph.h"
#include "pipeline/project.h"
#include "pipeline/run.h"

namespace pipeline {

struct Step {
  StepKind kind;
  std::string name;               // as StepResult's
  size_t index = 0;               // into graph.nodes; kPublish: into project.publications
  size_t test = 0;                // kTest: into the model's tests
  std::vector<size_t> waits_for;  // steps, ascending; one that fails takes this one with it
};

// The steps for what `options` chooses, each after those it waits for:
// - a table waits for the chosen tables it is made of, also through ones that are not chosen, and
//   for their tests of severity error;
// - a test waits for its model, a relationship also for the other table; a relationship to a table
//   that is not made before the model holds nobody up, or the two might wait for each other;
// - a publication runs when one of its tables is chosen (or no choice was made), after all of them.
// ERRORS: kInvalidArgument: a selector.
base::Result<std::vector<Step>> PlanRun(const Project& project, const Graph& graph,
                                        const RunOptions& options);

}  // namespace pipeline
