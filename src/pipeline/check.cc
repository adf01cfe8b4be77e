// CheckProject of pipeline/graph.h: edges, order, bound columns, and everything wrong with them.
#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <utility>
#include <variant>

#include "base/text.h"
#include "connect/files/load.h"
#include "lake/table.h"
#include "pipeline/data_tests.h"
#include "pipeline/graph.h"
#include "pipeline/problems.h"
#include "pipeline/sql_problem.h"

namespace pipeline {
namespace {

// A node being checked; `Node` is made of it at the end.
struct Draft {
  Node node;
  std::set<size_t> parents;  // into drafts
  // Where a model's text names each parent first.
  std::map<size_t, base::SourcePosition> places;
  bool failed = false;  // reported already, or by an ancestor: descendants keep silent
};

class Checker {
 public:
  // `incomplete`: some sources could not be read, so a table that is not known may be theirs.
  Checker(env::Files& files, const Project& project, bool incomplete)
      : files_(files), project_(project), incomplete_(incomplete) {}

  base::Result<CheckedProject> Check() {
    analyzer_ = TRY(sql::Analyzer::Open());
    AddNodes();
    AddEdges();
    ReportCycles();
    OrderDrafts();
    DefineMacros();
    for (const size_t index : order_) TRY(Bind(drafts_[index]));
    for (const size_t index : order_) CheckTests(drafts_[index]);
    MakeGraph();
    if (!incomplete_ && !AnyError(checked_.diagnostics)) CheckPublications();
    SortByPlace(checked_.diagnostics);
    return std::move(checked_);
  }

 private:
  Problems ProblemsOf(const Model& model) {
    return Problems(model.file, model.text, &checked_.diagnostics);
  }
  Problems ProblemsOfYaml() {
    return Problems(kProjectFile, project_.yaml_text, &checked_.diagnostics);
  }

  // Where a node is declared, to report something about it as a whole.
  void ReportNode(const Node& node, std::string message, std::string hint) {
    switch (node.kind) {
      case NodeKind::kSource:
      case NodeKind::kRejected:
        return ProblemsOfYaml().Error(project_.sources[node.index].position, std::move(message),
                                      std::move(hint));
      case NodeKind::kSeed:
        return Problems(project_.seeds[node.index].file, "", &checked_.diagnostics)
            .Error({}, std::move(message), std::move(hint));
      case NodeKind::kModel: {
        const Model& model = project_.models[node.index];
        const size_t start = std::min(model.sql.find_first_not_of(" \t\r\n"), model.text.size());
        return ProblemsOf(model).Error(base::PositionOf(model.text, start), std::move(message),
                                       std::move(hint));
      }
    }
  }

  [[nodiscard]] std::string Describe(const Node& node) const {
    switch (node.kind) {
      case NodeKind::kSource:
      case NodeKind::kRejected:
        return "the source '" + project_.sources[node.index].name + "'";
      case NodeKind::kSeed:
        return project_.seeds[node.index].file;
      case NodeKind::kModel:
        return project_.models[node.index].file;
    }
    return "";
  }

  void AddNode(RelationName name, NodeKind kind, size_t index) {
    Draft draft;
    draft.node = {.name = std::move(name),
                  .kind = kind,
                  .index = index,
                  .parents = {},
                  .children = {},
                  .columns = {}};
    const std::string key = base::ToLower(draft.node.name.ToString());
    const auto [place, added] = by_name_.emplace(key, drafts_.size());
    if (!added) {
      const Node& first = drafts_[place->second].node;
      ReportNode(draft.node, "'" + key + "' is made twice",
                 "It comes from " + Describe(first) + " already.");
      return;
    }
    names_.push_back(key);
    drafts_.push_back(std::move(draft));
  }

  void AddNodes() {
    for (size_t i = 0; i < project_.sources.size(); ++i) {
      const RelationName& into = project_.sources[i].into;
      if (into.name.empty()) continue;  // was reported
      const size_t table = drafts_.size();
      AddNode(into, NodeKind::kSource, i);
      if (drafts_.size() == table) continue;
      AddNode({.schema = into.schema, .name = into.name + kRejectedSuffix}, NodeKind::kRejected, i);
      drafts_.back().parents.insert(table);
    }
    for (size_t i = 0; i < project_.seeds.size(); ++i) {
      AddNode(project_.seeds[i].name, NodeKind::kSeed, i);
    }
    for (size_t i = 0; i < project_.models.size(); ++i) {
      AddNode(project_.models[i].name, NodeKind::kModel, i);
    }
  }

  void AddEdges() {
    for (size_t i = 0; i < drafts_.size(); ++i) {
      if (drafts_[i].node.kind != NodeKind::kModel) continue;
      const Model& model = project_.models[drafts_[i].node.index];
      Problems problems = ProblemsOf(model);
      const auto references = analyzer_->References(model.sql);
      if (const auto* error = std::get_if<sql::SqlError>(&references)) {
        AddSqlError(problems, model.text, *error);
        drafts_[i].failed = true;
        continue;
      }
      for (const auto& reference : std::get<std::vector<sql::TableReference>>(references)) {
        base::SourcePosition position;
        if (reference.offset) position = base::PositionOf(model.text, *reference.offset);
        const auto parent = Resolve(reference, position, problems);
        if (!parent) {
          drafts_[i].failed = true;
          continue;
        }
        drafts_[i].parents.insert(*parent);
        drafts_[i].places.emplace(*parent, position);
      }
    }
  }

  std::optional<size_t> Resolve(const sql::TableReference& reference, base::SourcePosition position,
                                Problems& problems) {
    if (reference.schema.empty()) {
      std::vector<std::string> same_name;
      for (const std::string& name : names_) {
        if (name.substr(name.find('.') + 1) == base::ToLower(reference.name)) {
          same_name.push_back("'" + name + "'");
        }
      }
      std::string hint = same_name.empty() ? Nearest(reference.name)
                                           : "Write " + base::Join(same_name, " or ") + ".";
      const bool file = reference.name.find_first_of("./") != std::string::npos;
      if (file) hint = "Files come in through a source of tributary.yaml or as a seed.";
      if (hint.empty()) hint = "Write schema.table, for example 'bronze." + reference.name + "'.";
      problems.Error(position, "the table '" + reference.name + "' is named without its schema",
                     hint);
      return std::nullopt;
    }
    const std::string name = reference.schema + "." + reference.name;
    const auto found = by_name_.find(base::ToLower(name));
    if (found != by_name_.end()) return found->second;
    if (incomplete_) return std::nullopt;
    problems.Error(position, "no table '" + name + "' in this project", Nearest(name));
    return std::nullopt;
  }

  // The nearest relation to a name with or without schema.
  [[nodiscard]] std::string Nearest(const std::string& name) const {
    std::string hint = base::DidYouMean(name, names_);
    if (!hint.empty()) return hint;
    std::map<std::string, std::string> whole;
    std::vector<std::string> bare;
    for (const std::string& known : names_) {
      bare.push_back(known.substr(known.find('.') + 1));
      whole.emplace(bare.back(), known);
    }
    const auto match = base::NearestMatch(name.substr(name.find('.') + 1), bare);
    return match ? "Did you mean '" + whole.at(*match) + "'?" : "";
  }

  // Kahn's algorithm, smallest name first. REQUIRES: ReportCycles took every cycle apart.
  void OrderDrafts() {
    std::set<std::pair<std::string, size_t>> ready;
    std::vector<size_t> waiting(drafts_.size());
    std::vector<std::vector<size_t>> children(drafts_.size());
    for (size_t i = 0; i < drafts_.size(); ++i) {
      waiting[i] = drafts_[i].parents.size();
      for (const size_t parent : drafts_[i].parents) children[parent].push_back(i);
      if (waiting[i] == 0) ready.emplace(drafts_[i].node.name.ToString(), i);
    }
    while (!ready.empty()) {
      const size_t index = ready.begin()->second;
      ready.erase(ready.begin());
      order_.push_back(index);
      for (const size_t child : children[index]) {
        if (--waiting[child] == 0) ready.emplace(drafts_[child].node.name.ToString(), child);
      }
    }
  }

  void ReportCycles() {
    std::map<std::string, size_t> by_name;  // a fixed order, whatever the files' is
    for (size_t i = 0; i < drafts_.size(); ++i) by_name.emplace(drafts_[i].node.name.ToString(), i);
    std::set<size_t> done;
    for (const auto& [name, start] : by_name) {
      std::vector<size_t> path;
      FindCycle(start, path, done);
    }
  }

  // Depth first towards the parents; an edge back into the path closes a cycle and is taken out.
  void FindCycle(size_t index, std::vector<size_t>& path, std::set<size_t>& done) {
    if (done.contains(index)) return;
    path.push_back(index);
    const std::set<size_t> parents = drafts_[index].parents;
    for (const size_t parent : parents) {
      const auto back = std::find(path.begin(), path.end(), parent);
      if (back == path.end()) {
        FindCycle(parent, path, done);
        continue;
      }
      ReportCycle(std::vector<size_t>(back, path.end()));
      for (auto member = back; member != path.end(); ++member) drafts_[*member].failed = true;
      drafts_[index].parents.erase(parent);
    }
    path.pop_back();
    done.insert(index);
  }

  void ReportCycle(const std::vector<size_t>& cycle) {
    std::string message = drafts_[cycle.front()].node.name.ToString();
    std::vector<std::string> places;
    for (size_t i = 0; i < cycle.size(); ++i) {
      const Draft& reader = drafts_[cycle[i]];
      const Draft& read = drafts_[cycle[(i + 1) % cycle.size()]];
      const base::SourcePosition at = reader.places.at(cycle[(i + 1) % cycle.size()]);
      message += " reads " + read.node.name.ToString();
      places.push_back(Describe(reader.node) + ":" + std::to_string(at.line) + ":" +
                       std::to_string(at.column));
    }
    const Draft& first = drafts_[cycle.front()];
    const size_t next = cycle[1 % cycle.size()];
    ProblemsOf(project_.models[first.node.index])
        .Error(first.places.at(next), "models read each other in a circle: " + message,
               cycle.size() == 1 ? "A model cannot read itself."
                                 : "Cut it at one of " + base::Join(places, ", ") + ".");
  }

  void DefineMacros() {
    for (size_t i = 0; i < project_.macros.size(); ++i) {
      const auto defined = analyzer_->DefineMacros(project_.macros[i]);
      if (const auto* error = std::get_if<sql::SqlError>(&defined)) {
        Problems problems(project_.macro_files[i], project_.macros[i], &checked_.diagnostics);
        AddSqlError(problems, project_.macros[i], *error);
        macros_failed_ = true;
      }
    }
  }

  base::Result<void> Bind(Draft& draft) {
    for (const size_t parent : draft.parents) draft.failed = draft.failed || drafts_[parent].failed;
    if (draft.failed) return {};
    columnar::Schema columns;
    const bool bound =
        draft.node.kind == NodeKind::kModel ? BindModel(draft) : BindInput(draft.node);
    if (!bound) {
      draft.failed = true;
      return {};
    }
    for (const sql::BoundColumn& bound_column : draft.node.columns) {
      columns.fields.push_back({.name = bound_column.column.name,
                                .type = bound_column.column.type,
                                .nullable = true,
                                .metadata = {}});
    }
    const auto defined =
        analyzer_->DefineTable(draft.node.name.schema, draft.node.name.name, columns);
    if (defined.ok()) return {};
    if (defined.error().code() == base::Code::kInternal) return defined;
    ReportNode(draft.node, defined.error().message(), defined.error().hint());
    draft.failed = true;
    return {};
  }

  bool BindInput(Node& node) {
    columnar::Schema schema;
    if (node.kind == NodeKind::kRejected) {
      schema = connect::files::RejectedColumns();
    } else if (node.kind == NodeKind::kSource) {
      // A source that names no files was reported as it was read.
      if (project_.sources[node.index].load.patterns.empty()) return false;
      auto columns = connect::files::SourceColumns(files_, project_.sources[node.index].load);
      if (!columns.ok()) {
        ReportNode(node, columns.error().message(), columns.error().hint());
        return false;
      }
      schema = std::move(*columns);
    } else {
      const std::string path = project_.root + "/" + project_.seeds[node.index].file;
      const auto bound = analyzer_->Bind(SeedQuery(path));
      if (const auto* error = std::get_if<sql::SqlError>(&bound)) {
        ReportNode(node, error->message,
                   "A seed is a CSV file whose first line names its columns.");
        return false;
      }
      for (const auto& column : std::get<sql::BoundSelect>(bound).columns) {
        schema.fields.push_back({.name = column.column.name,
                                 .type = column.column.type,
                                 .nullable = true,
                                 .metadata = {}});
      }
    }
    for (columnar::Field& field : schema.fields) {
      node.columns.push_back(
          {.column = {.name = std::move(field.name), .type = std::move(field.type)},
           .origins = {}});
    }
    return StoreColumns(node);
  }

  bool BindModel(Draft& draft) {
    const Model& model = project_.models[draft.node.index];
    auto bound = analyzer_->Bind(model.sql);
    if (const auto* error = std::get_if<sql::SqlError>(&bound)) {
      // A macro that could not be defined is reported where it is written.
      if (macros_failed_ && error->message.find("unction") != std::string::npos) return false;
      Problems problems = ProblemsOf(model);
      AddSqlError(problems, model.text, *error);
      return false;
    }
    draft.node.columns = std::move(std::get<sql::BoundSelect>(bound).columns);
    std::set<std::string> seen;
    bool sound = true;
    for (const sql::BoundColumn& column : draft.node.columns) {
      if (seen.insert(base::ToLower(column.column.name)).second) continue;
      ReportNode(draft.node, "two columns are called '" + column.column.name + "'",
                 "Give one of them another name with AS.");
      sound = false;
    }
    if (model.materialization == Materialization::kTable) sound = StoreColumns(draft.node) && sound;
    return CheckPartitions(draft.node, model) && sound;
  }

  // The types as a reader of the table will find them; what Delta cannot hold is reported.
  bool StoreColumns(Node& node) {
    bool sound = true;
    for (sql::BoundColumn& column : node.columns) {
      auto stored = lake::StorageType(column.column.type, column.column.name);
      if (stored.ok()) {
        column.column.type = std::move(*stored);
        continue;
      }
      ReportNode(node, stored.error().message(), stored.error().hint());
      sound = false;
    }
    return sound;
  }

  static std::vector<std::string> ColumnNames(const Node& node) {
    std::vector<std::string> names;
    for (const sql::BoundColumn& column : node.columns) names.push_back(column.column.name);
    return names;
  }

  static bool HasColumn(const Node& node, const std::string& name) {
    return std::any_of(node.columns.begin(), node.columns.end(), [&](const auto& column) {
      return base::EqualsIgnoreCase(column.column.name, name);
    });
  }

  // Reports a column that a model's front matter names and `node` lacks.
  bool CheckColumn(const Node& node, const std::string& column, base::SourcePosition position,
                   const Model& model) {
    if (HasColumn(node, column)) return true;
    std::string hint = base::DidYouMean(column, ColumnNames(node));
    if (hint.empty()) hint = "Its columns are: " + base::Join(ColumnNames(node), ", ") + ".";
    ProblemsOf(model).Error(position, node.name.ToString() + " has no column '" + column + "'",
                            hint);
    return false;
  }

  bool CheckPartitions(const Node& node, const Model& model) {
    bool sound = true;
    for (const std::string& column : model.partition_by) {
      sound = CheckColumn(node, column, model.partition_by_position, model) && sound;
    }
    if (!sound || model.partition_by.empty()) return sound;
    columnar::Schema schema;
    for (const sql::BoundColumn& column : node.columns) {
      schema.fields.push_back({.name = column.column.name,
                               .type = column.column.type,
                               .nullable = true,
                               .metadata = {}});
    }
    const auto metadata = lake::MakeMetadata(schema, model.partition_by, "", 0);
    if (metadata.ok()) return true;
    ProblemsOf(model).Error(model.partition_by_position, metadata.error().message(),
                            metadata.error().hint());
    return false;
  }

  void CheckTests(const Draft& draft) {
    if (draft.failed || draft.node.kind != NodeKind::kModel) return;
    const Model& model = project_.models[draft.node.index];
    for (const DataTest& test : model.tests) {
      bool sound = true;
      for (const std::string& column : test.columns) {
        sound = CheckColumn(draft.node, column, test.position, model) && sound;
      }
      if (test.references) sound = CheckReference(test, model) && sound;
      if (!sound) continue;
      const auto bound = analyzer_->Bind(test.query);
      const auto* error = std::get_if<sql::SqlError>(&bound);
      if (error == nullptr) continue;
      ProblemsOf(model).Error(test.position, "the test " + test.name + ": " + error->message,
                              CandidatesHint(*error));
    }
  }

  // False also when the other table is known to be wrong, which is reported there.
  bool CheckReference(const DataTest& test, const Model& model) {
    const std::string name = test.references->relation.ToString();
    const auto found = by_name_.find(base::ToLower(name));
    if (found == by_name_.end()) {
      if (!incomplete_) {
        ProblemsOf(model).Error(test.position, "no table '" + name + "' in this project",
                                Nearest(name));
      }
      return false;
    }
    const Draft& other = drafts_[found->second];
    if (other.failed) return false;
    return CheckColumn(other.node, test.references->column, test.position, model);
  }

  void MakeGraph() {
    std::vector<size_t> place(drafts_.size());
    for (size_t i = 0; i < order_.size(); ++i) place[order_[i]] = i;
    std::vector<Node>& nodes = checked_.graph.nodes;
    for (const size_t index : order_) {
      nodes.push_back(std::move(drafts_[index].node));
      for (const size_t parent : drafts_[index].parents)
        nodes.back().parents.push_back(place[parent]);
      std::sort(nodes.back().parents.begin(), nodes.back().parents.end());
    }
    for (size_t i = 0; i < nodes.size(); ++i) {
      for (const size_t parent : nodes[i].parents) nodes[parent].children.push_back(i);
    }
  }

  void CheckPublications() {
    for (const Publication& publication : project_.publications) {
      const auto chosen = Select(project_, checked_.graph, publication.models, {});
      if (!chosen.ok()) {
        ProblemsOfYaml().Error(
            publication.position,
            "publication '" + publication.name + "': " + chosen.error().message(),
            chosen.error().hint());
        continue;
      }
      std::map<std::string, std::string> published;
      for (const size_t index : *chosen) {
        const RelationName& name = checked_.graph.nodes[index].name;
        const auto [first, added] = published.emplace(name.name, name.ToString());
        if (added) continue;
        ProblemsOfYaml().Error(publication.position,
                               "publication '" + publication.name + "' has two tables '" +
                                   name.name + "': " + first->second + " and " + name.ToString(),
                               "Publish them to different schemas.");
      }
    }
  }

  env::Files& files_;
  const Project& project_;
  const bool incomplete_;
  std::unique_ptr<sql::Analyzer> analyzer_;
  std::vector<Draft> drafts_;
  std::map<std::string, size_t> by_name_;  // "schema.name" in lower case
  std::vector<std::string> names_;         // its keys, in the order they were met
  std::vector<size_t> order_;
  bool macros_failed_ = false;
  CheckedProject checked_;
};

}  // namespace

base::Result<CheckedProject> CheckProject(env::Files& files, const Project& project) {
  return Checker(files, project, false).Check();
}

base::Result<OpenedProject> OpenProject(env::Files& files, const std::string& root,
                                        const LoadProjectOptions& options) {
  LoadedProject loaded = TRY(LoadProject(files, root, options));
  const Project& project = loaded.project ? *loaded.project : loaded.draft;
  const bool incomplete =
      !loaded.project.has_value() &&
      (project.name.empty() || std::any_of(project.sources.begin(), project.sources.end(),
                                           [](const auto& s) { return s.into.name.empty(); }));
  CheckedProject checked = TRY(Checker(files, project, incomplete).Check());
  OpenedProject opened;
  opened.diagnostics = std::move(loaded.diagnostics);
  for (base::Diagnostic& found : checked.diagnostics)
    opened.diagnostics.push_back(std::move(found));
  SortByPlace(opened.diagnostics);
  if (!AnyError(opened.diagnostics)) {
    opened.project = std::move(loaded.project);
    opened.graph = std::move(checked.graph);
  }
  return opened;
}

}  // namespace pipeline
