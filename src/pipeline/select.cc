// The selection language: pipeline/graph.h, docs/pipeline.md ("Selecting").
#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "pipeline/graph.h"

namespace pipeline {
namespace {

using Indices = std::set<size_t>;

constexpr int kAllSteps = std::numeric_limits<int>::max();

// One word of a selector: what it names, and how far to go from there.
struct Atom {
  std::string_view name;
  int ancestors = 0;  // steps up the graph
  int descendants = 0;
  bool at = false;  // "@x": also all that its descendants need
};

bool ReadSteps(std::string_view digits, int& steps) {
  if (digits.empty()) {
    steps = kAllSteps;
    return true;
  }
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), steps);
  return read.ec == std::errc() && read.ptr == digits.data() + digits.size();
}

base::Result<Atom> ParseAtom(std::string_view text) {
  const auto wrong = [&] {
    return base::InvalidArgument("'" + std::string(text) + "' is not a selector",
                                 "For example: gold.mart_users, gold.*, +gold.mart_users, "
                                 "tag:nightly, source:reviews.");
  };
  Atom atom{.name = text};
  if (atom.name.starts_with('@')) {
    atom.at = true;
    atom.descendants = kAllSteps;
    atom.name.remove_prefix(1);
  } else if (const size_t plus = atom.name.find('+'); plus != std::string_view::npos) {
    // "2+x" is a plus before the name, "x+2" one after it: digits alone may stand before a name.
    const std::string_view before = atom.name.substr(0, plus);
    const bool digits =
        std::all_of(before.begin(), before.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (digits) {
      if (!ReadSteps(before, atom.ancestors)) return wrong();
      atom.name.remove_prefix(plus + 1);
    }
  }
  if (const size_t plus = atom.name.find('+'); plus != std::string_view::npos) {
    if (atom.at || !ReadSteps(atom.name.substr(plus + 1), atom.descendants)) return wrong();
    atom.name = atom.name.substr(0, plus);
  }
  if (atom.name.empty()) return wrong();
  return atom;
}

class Selector {
 public:
  Selector(const Project& project, const Graph& graph) : project_(project), graph_(graph) {}

  // One text of --select: words by space are alternatives, parts by comma must all hold.
  base::Result<Indices> Choose(const std::string& text) const {
    Indices chosen;
    bool any = false;
    for (size_t at = 0; at < text.size();) {
      const size_t end = std::min(text.find_first_of(" \t\n", at), text.size());
      if (end > at) {
        chosen.merge(TRY(ChooseWord(std::string_view(text).substr(at, end - at))));
        any = true;
      }
      at = end + 1;
    }
    if (!any) return base::InvalidArgument("an empty selector chooses nothing");
    return chosen;
  }

 private:
  base::Result<Indices> ChooseWord(std::string_view word) const {
    std::optional<Indices> chosen;
    for (const std::string_view part : base::Split(word, ',')) {
      Indices found = TRY(ChooseAtom(TRY(ParseAtom(part))));
      if (chosen) {
        std::erase_if(*chosen, [&](size_t index) { return !found.contains(index); });
      } else {
        chosen = std::move(found);
      }
    }
    if (chosen->empty()) {
      return base::InvalidArgument("nothing matches all of '" + std::string(word) + "'");
    }
    return std::move(*chosen);
  }

  base::Result<Indices> ChooseAtom(const Atom& atom) const {
    Indices named;
    std::vector<std::string> known;
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (TRY(Matches(graph_.nodes[i], atom.name, known))) named.insert(i);
    }
    if (named.empty()) {
      std::string hint = base::DidYouMean(atom.name, known);
      for (const Node& node : graph_.nodes) {
        if (node.name.schema == atom.name)
          hint = "Write '" + node.name.schema + ".*' for a schema.";
      }
      return base::InvalidArgument(
          "nothing in this project matches '" + std::string(atom.name) + "'", hint);
    }
    Indices chosen = named;
    Indices below = Reach(named, atom.descendants, &Node::children);
    if (atom.at) chosen.merge(Reach(below, kAllSteps, &Node::parents));
    chosen.merge(Reach(named, atom.ancestors, &Node::parents));
    chosen.merge(below);
    return chosen;
  }

  // Adds to `known` what `name` might have meant of this node.
  base::Result<bool> Matches(const Node& node, std::string_view name,
                             std::vector<std::string>& known) const {
    const size_t colon = name.find(':');
    if (colon == std::string_view::npos) {
      known.push_back(node.name.ToString());
      known.push_back(node.name.name);
      return base::GlobMatch(name, node.name.ToString()) || base::GlobMatch(name, node.name.name);
    }
    const std::string_view method = name.substr(0, colon);
    const std::string_view value = name.substr(colon + 1);
    const bool of_source = node.kind == NodeKind::kSource || node.kind == NodeKind::kRejected;
    std::vector<std::string> values;
    if (method == "tag") {
      if (node.kind == NodeKind::kModel) values = project_.models[node.index].tags;
      if (of_source) values = project_.sources[node.index].tags;
    } else if (method == "source") {
      if (of_source) values = {project_.sources[node.index].name};
    } else if (method == "path") {
      if (node.kind == NodeKind::kModel) values = {project_.models[node.index].file};
      if (node.kind == NodeKind::kSeed) values = {project_.seeds[node.index].file};
    } else {
      return base::InvalidArgument("'" + std::string(method) + ":' is not a way to select",
                                   "There are tag:, source: and path:, and names without a colon.");
    }
    for (std::string& text : values) {
      const bool inside = method == "path" && text.size() > value.size() &&
                          text.starts_with(value) &&
                          (value.ends_with('/') || text[value.size()] == '/');
      const bool matches = inside || base::GlobMatch(value, text);
      known.push_back(std::string(method) + ":" + std::move(text));
      if (matches) return true;
    }
    return false;
  }

  Indices Reach(const Indices& from, int steps, std::vector<size_t> Node::*edges) const {
    Indices reached = from;
    Indices frontier = from;
    for (int step = 0; step < steps && !frontier.empty(); ++step) {
      Indices next;
      for (const size_t index : frontier) {
        for (const size_t other : graph_.nodes[index].*edges) {
          if (reached.insert(other).second) next.insert(other);
        }
      }
      frontier = std::move(next);
    }
    return reached;
  }

  const Project& project_;
  const Graph& graph_;
};

}  // namespace

base::Result<std::vector<size_t>> Select(const Project& project, const Graph& graph,
                                         const std::vector<std::string>& select,
                                         const std::vector<std::string>& exclude) {
  const Selector selector(project, graph);
  Indices chosen;
  if (select.empty()) {
    for (size_t i = 0; i < graph.nodes.size(); ++i) chosen.insert(i);
  }
  for (const std::string& text : select) chosen.merge(TRY(selector.Choose(text)));
  for (const std::string& text : exclude) {
    for (const size_t index : TRY(selector.Choose(text))) chosen.erase(index);
  }
  return std::vector<size_t>(chosen.begin(), chosen.end());
}

}  // namespace pipeline
