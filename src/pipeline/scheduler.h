// Runs the steps of a plan on a bounded number of threads. THREAD: the caller's, until all ended.
#pragma once

#include <functional>
#include <stop_token>
#include <vector>

#include "pipeline/plan.h"
#include "pipeline/run.h"

namespace pipeline {

// Runs every step once all it waits for succeeded (or warned), `parallel` at a time at most, the
// first of the plan first. A step whose wait failed is skipped, with the names of those that
// failed first; after a stop no step starts. `execute` must be safe to call from several threads;
// the events come one at a time. Returns results in the order the steps ended.
std::vector<StepResult> RunSteps(const std::vector<Step>& steps, size_t parallel,
                                 const std::function<StepResult(const Step&)>& execute,
                                 const Workspace::Events& events, const std::stop_token& stop);

}  // namespace pipeline
