#include "pipeline/plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace pipeline {
namespace {

class Planner {
 public:
  Planner(const Project& project, const Graph& graph, const RunOptions& options)
      : project_(project), graph_(graph), options_(options) {}

  base::Result<std::vector<Step>> Plan() {
    const std::vector<size_t> chosen =
        TRY(Select(project_, graph_, options_.select, options_.exclude));
    chosen_.insert(chosen.begin(), chosen.end());
    // A source's load fills two tables: choosing the rejects alone chooses it too.
    for (const size_t index : chosen) {
      const Node& node = graph_.nodes[index];
      if (node.kind == NodeKind::kRejected) chosen_.insert(node.parents.front());
    }
    if (!options_.only_tests) {
      for (const size_t index : chosen_) AddTable(index);  // parents first, as nodes are ordered
    }
    if (options_.tests || options_.only_tests) {
      for (const size_t index : chosen_) AddTests(index);
    }
    if (!options_.only_tests) {
      AddGates();
      if (options_.publish) TRY(AddPublications());
    }
    return Ordered();
  }

 private:
  size_t Add(Step step) {
    steps_.push_back(std::move(step));
    return steps_.size() - 1;
  }

  void AddTable(size_t index) {
    const Node& node = graph_.nodes[index];
    if (node.kind == NodeKind::kRejected) return;  // its source's load fills it
    const StepKind kind = node.kind == NodeKind::kSource ? StepKind::kLoad
                          : node.kind == NodeKind::kSeed ? StepKind::kSeed
                                                         : StepKind::kModel;
    std::set<size_t> inputs;
    NearestMade(index, inputs);
    Step step{
        .kind = kind, .name = node.name.ToString(), .index = index, .test = 0, .waits_for = {}};
    for (const size_t input : inputs) step.waits_for.push_back(made_by_.at(input));
    made_by_[index] = Add(std::move(step));
  }

  // The nearest ancestors that this run makes.
  void NearestMade(size_t index, std::set<size_t>& found) const {
    std::set<size_t> passed = {index};
    std::vector<size_t> pending = graph_.nodes[index].parents;
    while (!pending.empty()) {
      const size_t parent = pending.back();
      pending.pop_back();
      if (!passed.insert(parent).second) continue;
      if (made_by_.contains(parent)) {
        found.insert(parent);
        continue;
      }
      const std::vector<size_t>& next = graph_.nodes[parent].parents;
      pending.insert(pending.end(), next.begin(), next.end());
    }
  }

  // The steps that bring `table` up to date, as far as this run does.
  void WaitFor(size_t table, std::set<size_t>& steps) const {
    std::set<size_t> made;
    if (made_by_.contains(table)) {
      made.insert(table);
    } else {
      NearestMade(table, made);
    }
    for (const size_t other : made) steps.insert(made_by_.at(other));
  }

  [[nodiscard]] bool IsAncestor(size_t ancestor, size_t index) const {
    std::set<size_t> passed;
    std::vector<size_t> pending = {index};
    while (!pending.empty()) {
      const size_t next = pending.back();
      pending.pop_back();
      for (const size_t parent : graph_.nodes[next].parents) {
        if (parent == ancestor) return true;
        if (passed.insert(parent).second) pending.push_back(parent);
      }
    }
    return false;
  }

  [[nodiscard]] size_t IndexOf(const RelationName& name) const {
    return static_cast<size_t>(graph_.Find(name) - graph_.nodes.data());
  }

  void AddTests(size_t index) {
    const Node& node = graph_.nodes[index];
    if (node.kind != NodeKind::kModel) return;
    const Model& model = project_.models[node.index];
    for (size_t i = 0; i < model.tests.size(); ++i) {
      const DataTest& test = model.tests[i];
      std::set<size_t> waits_for;
      bool gate = !test.warn_only;
      WaitFor(index, waits_for);
      if (test.references) {
        const size_t other = IndexOf(test.references->relation);
        WaitFor(other, waits_for);
        gate = gate && (other == index || IsAncestor(other, index));
      }
      const size_t step = Add({.kind = StepKind::kTest,
                               .name = test.name + " on " + node.name.ToString(),
                               .index = index,
                               .test = i,
                               .waits_for = {waits_for.begin(), waits_for.end()}});
      if (gate) gates_[index].push_back(step);
      if (!test.warn_only) tests_[index].push_back(step);
    }
  }

  // What is made of a table waits for the tests of that table.
  void AddGates() {
    for (Step& step : steps_) {
      if (step.kind == StepKind::kTest) continue;
      std::set<size_t> waits_for(step.waits_for.begin(), step.waits_for.end());
      for (const size_t made : step.waits_for) {
        const auto gates = gates_.find(steps_[made].index);
        if (gates != gates_.end()) waits_for.insert(gates->second.begin(), gates->second.end());
      }
      step.waits_for.assign(waits_for.begin(), waits_for.end());
    }
  }

  base::Result<void> AddPublications() {
    for (size_t i = 0; i < project_.publications.size(); ++i) {
      const Publication& publication = project_.publications[i];
      const std::vector<size_t> tables = TRY(Select(project_, graph_, publication.models, {}));
      const bool chosen = std::any_of(tables.begin(), tables.end(),
                                      [&](size_t table) { return chosen_.contains(table); });
      if (!chosen) continue;
      std::set<size_t> waits_for;
      for (const size_t table : tables) {
        WaitFor(table, waits_for);
        const auto tests = tests_.find(table);
        if (tests != tests_.end()) waits_for.insert(tests->second.begin(), tests->second.end());
      }
      Add({.kind = StepKind::kPublish,
           .name = publication.name,
           .index = i,
           .test = 0,
           .waits_for = {waits_for.begin(), waits_for.end()}});
    }
    return {};
  }

  // Each step after those it waits for; otherwise in the order they were planned.
  std::vector<Step> Ordered() {
    std::vector<size_t> place(steps_.size(), steps_.size());
    std::vector<Step> ordered;
    while (ordered.size() < steps_.size()) {
      const size_t before = ordered.size();
      for (size_t i = 0; i < steps_.size(); ++i) {
        if (place[i] < steps_.size()) continue;
        const bool ready = std::all_of(steps_[i].waits_for.begin(), steps_[i].waits_for.end(),
                                       [&](size_t other) { return place[other] < steps_.size(); });
        if (!ready) continue;
        place[i] = ordered.size();
        ordered.push_back(steps_[i]);
        for (size_t& other : ordered.back().waits_for) other = place[other];
        std::sort(ordered.back().waits_for.begin(), ordered.back().waits_for.end());
      }
      CHECK(ordered.size() > before);  // the graph has no cycle, and gates add none
    }
    return ordered;
  }

  const Project& project_;
  const Graph& graph_;
  const RunOptions& options_;
  std::set<size_t> chosen_;
  std::vector<Step> steps_;
  std::map<size_t, size_t> made_by_;             // node -> step
  std::map<size_t, std::vector<size_t>> gates_;  // node -> tests that its readers wait for
  std::map<size_t, std::vector<size_t>> tests_;  // node -> tests that its publication waits for
};

}  // namespace

base::Result<std::vector<Step>> PlanRun(const Project& project, const Graph& graph,
                                        const RunOptions& options) {
  return Planner(project, graph, options).Plan();
}

}  // namespace pipeline
