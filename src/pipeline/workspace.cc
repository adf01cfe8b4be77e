// The Workspace of pipeline/run.h over one engine and one lake folder.
#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "base/uuid.h"
#include "object/local_store.h"
#include "pipeline/history.h"
#include "pipeline/plan.h"
#include "pipeline/run.h"
#include "pipeline/scheduler.h"
#include "pipeline/step_runner.h"

namespace pipeline {
namespace {

constexpr const char* kStateFolder = ".tributary";

RelationName Lowered(const RelationName& name) {
  return {.schema = base::ToLower(name.schema), .name = base::ToLower(name.name)};
}

// A name that is one folder below another, nowhere else.
bool IsPlainFolder(const std::string& name) {
  return !name.empty() && !name.starts_with('.') && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

class ProjectWorkspace final : public Workspace {
 public:
  ProjectWorkspace(env::Files* files, const base::Clock* clock, Project project, Graph graph)
      : files_(files),
        clock_(clock),
        project_(std::move(project)),
        graph_(std::move(graph)),
        store_(std::make_shared<object::LocalStore>(files, project_.lake)) {}

  base::Result<void> Open(Options options) {
    const std::string state = project_.root + "/" + kStateFolder;
    TRY(files_->CreateDirectories(state));
    if (options.engine.temp_directory.empty()) options.engine.temp_directory = state + "/tmp";
    if (options.engine.memory_bytes_max == 0) {
      options.engine.memory_bytes_max = project_.memory_bytes_max;
    }
    engine_ = TRY(sql::Engine::Open(options.engine));
    const auto connection = TRY(engine_->Connect());
    for (size_t i = 0; i < project_.macros.size(); ++i) {
      TRY(connection->Execute(project_.macros[i]).With(project_.macro_files[i]));
    }
    for (const Node& node : graph_.nodes) {
      if (!IsView(node)) TRY(RegisterOrTell(node.name));
    }
    for (const RelationName& name : TRY(ListTables())) {
      if (graph_.Find(name) == nullptr) TRY(RegisterOrTell(name));
    }
    RegisterViews();
    return {};
  }

  [[nodiscard]] const Project& project() const override { return project_; }
  [[nodiscard]] const Graph& graph() const override { return graph_; }
  sql::Engine& engine() override { return *engine_; }

  base::Result<std::shared_ptr<lake::Table>> FindTable(const RelationName& name) override {
    {
      const std::lock_guard lock(tables_mutex_);
      const auto found = tables_.find(Lowered(name));
      if (found != tables_.end()) return found->second;
    }
    const Node* node = graph_.Find(name);
    if (node != nullptr && IsView(*node)) {
      return base::NotFound("'" + name.ToString() + "' is a view, not a table of the lake",
                            "A view is computed when it is read: tributary sql.");
    }
    if (!HasLog(name)) return NoTable(name);
    TRY(Register(name));
    const std::lock_guard lock(tables_mutex_);
    return tables_.at(Lowered(name));
  }

  base::Result<std::vector<RelationName>> ListTables() override {
    std::vector<RelationName> names;
    for (const env::FileInfo& schema : TRY(ListFolders(project_.lake))) {
      for (const env::FileInfo& table : TRY(ListFolders(project_.lake + "/" + schema.name))) {
        const RelationName name{.schema = schema.name, .name = table.name};
        if (HasLog(name)) names.push_back(name);
      }
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  base::Result<RunReport> Run(const RunOptions& options, const Events& events,
                              std::stop_token stop) override {
    const std::vector<Step> steps = TRY(PlanRun(project_, graph_, options));
    RunReport report;
    report.started_unix_ms = clock_->NowUnixMs();
    report.run_id = NewRunId(report.started_unix_ms);
    TRY(Begin(report.run_id));
    const int64_t started = clock_->MonotonicMs();
    {
      StepRunner runner(Context(report.run_id, options.full_refresh, stop));
      const size_t parallel = options.parallel > 0 ? static_cast<size_t>(options.parallel)
                                                   : std::thread::hardware_concurrency();
      report.steps = RunSteps(
          steps, parallel, [&](const Step& step) { return runner.Run(step); }, events, stop);
    }
    report.duration_ms = clock_->MonotonicMs() - started;
    RegisterViews();  // also those that were not chosen: their tables may exist only now
    Record(report);
    End();
    return report;
  }

  base::Result<connect::files::LoadReport> Replay(const RelationName& table,
                                                  std::stop_token stop) override {
    const Node* node = graph_.Find(table);
    const bool of_source =
        node != nullptr && (node->kind == NodeKind::kSource || node->kind == NodeKind::kRejected);
    if (!of_source) {
      std::vector<std::string> names;
      for (const FilesSource& source : project_.sources) names.push_back(source.into.ToString());
      return base::NotFound("no source loads into '" + table.ToString() + "'",
                            base::DidYouMean(table.ToString(), names));
    }
    TRY(Begin("replay of " + table.ToString()));
    auto report = ReplaySource(project_.sources[node->index], std::move(stop));
    End();
    return report;
  }

  base::Result<std::vector<RunReport>> RunHistory(size_t limit) override {
    History* history = TRY(OpenHistory());
    return history->Newest(limit);
  }

 private:
  [[nodiscard]] bool IsView(const Node& node) const {
    return node.kind == NodeKind::kModel &&
           project_.models[node.index].materialization == Materialization::kView;
  }

  [[nodiscard]] base::Error NoTable(const RelationName& name) const {
    std::vector<std::string> names;
    for (const Node& node : graph_.nodes) names.push_back(node.name.ToString());
    return base::NotFound("no table '" + name.ToString() + "' in the lake",
                          base::DidYouMean(name.ToString(), names));
  }

  [[nodiscard]] bool HasLog(const RelationName& name) const {
    if (!IsPlainFolder(name.schema) || !IsPlainFolder(name.name)) return false;
    const auto log =
        files_->Stat(project_.lake + "/" + name.schema + "/" + name.name + "/_delta_log");
    return log.ok() && log->is_directory;
  }

  base::Result<std::vector<env::FileInfo>> ListFolders(const std::string& path) {
    auto listed = files_->List(path);
    if (!listed.ok()) {
      if (listed.error().code() == base::Code::kNotFound) return std::vector<env::FileInfo>{};
      return listed;
    }
    std::erase_if(*listed, [](const env::FileInfo& info) {
      return !info.is_directory || !IsPlainFolder(info.name);
    });
    return listed;
  }

  // Makes the table of that folder known here and to the engine; it need not exist yet.
  base::Result<void> Register(const RelationName& name) {
    auto table = std::make_shared<lake::Table>(object::Under(store_, name.schema + "/" + name.name),
                                               &engine_->checkpoint_files(), clock_);
    {
      const std::lock_guard lock(tables_mutex_);
      tables_.insert_or_assign(Lowered(name), table);
    }
    return engine_->RegisterTable(name.schema, name.name, std::move(table));
  }

  // A table that cannot be read (damaged, or with a feature we lack) must not keep the others from
  // being read: it becomes a view that says what is wrong to who asks for it.
  base::Result<void> RegisterOrTell(const RelationName& name) {
    const auto registered = Register(name);
    if (registered.ok()) return registered;
    const base::Error& error = registered.error();
    std::string told = error.message();
    if (!error.hint().empty()) told += ". " + error.hint();
    return engine_->RegisterView(name.schema, name.name,
                                 "SELECT error(" + base::QuoteLiteral(told) + ") AS unreadable");
  }

  // In graph order. A view of tables that do not exist yet appears after the run that makes them.
  void RegisterViews() {
    for (const Node& node : graph_.nodes) {
      if (!IsView(node)) continue;
      const auto registered =
          engine_->RegisterView(node.name.schema, node.name.name, project_.models[node.index].sql);
      if (registered.ok()) continue;
      LOG_DEBUG("view not readable yet",
                {{"view", node.name.ToString()}, {"error", registered.error().message()}});
    }
  }

  static std::string NewRunId(int64_t unix_ms) {
    base::Random random = base::Random::FromSystem();
    return base::Uuid::V7Named(unix_ms, base::Uuid::V4(random).ToString()).ToString();
  }

  base::Result<void> Begin(const std::string& what) {
    const std::lock_guard lock(run_mutex_);
    if (!under_way_.empty()) {
      return base::Conflict("another run of this project is under way: " + under_way_,
                            "Wait for it to end, or stop it.");
    }
    under_way_ = what;
    return {};
  }
  void End() {
    const std::lock_guard lock(run_mutex_);
    under_way_.clear();
  }

  StepContext Context(const std::string& run_id, bool full_refresh, std::stop_token stop) {
    return {.files = files_,
            .clock = clock_,
            .engine = engine_.get(),
            .project = &project_,
            .graph = &graph_,
            .find_table = [this](const RelationName& name) { return FindTable(name); },
            .run_id = run_id,
            .full_refresh = full_refresh,
            .stop = std::move(stop)};
  }

  base::Result<connect::files::LoadReport> ReplaySource(const FilesSource& source,
                                                        std::stop_token stop) {
    const auto connection = TRY(engine_->Connect());
    Interrupter interrupter(stop);
    interrupter.Add(connection.get());
    return LoadSource(Context("", false, std::move(stop)), source, true, *connection);
  }

  base::Result<History*> OpenHistory() {
    const std::lock_guard lock(run_mutex_);
    if (history_ == nullptr) {
      history_ =
          TRY(History::Open(*files_, *clock_, project_.root + "/" + kStateFolder + "/history.db"));
    }
    return history_.get();
  }

  // A run that could not be recorded is still a run.
  void Record(const RunReport& report) {
    auto history = OpenHistory();
    const auto added = history.ok() ? (*history)->Add(report) : std::move(history).error();
    if (!added.ok()) LOG_WARN("this run is not recorded", {{"error", added.error().message()}});
  }

  env::Files* files_;
  const base::Clock* clock_;
  const Project project_;
  const Graph graph_;
  std::shared_ptr<object::ObjectStore> store_;
  std::unique_ptr<sql::Engine> engine_;
  std::mutex tables_mutex_;
  std::map<RelationName, std::shared_ptr<lake::Table>> tables_;
  std::mutex run_mutex_;
  std::string under_way_;  // what of Run or Replay, "" when nothing
  std::unique_ptr<History> history_;
};

}  // namespace

bool RunReport::succeeded() const {
  return std::all_of(steps.begin(), steps.end(), [](const StepResult& step) {
    return step.status == StepStatus::kSucceeded || step.status == StepStatus::kWarned;
  });
}

base::Result<std::unique_ptr<Workspace>> Workspace::Open(env::Files* files,
                                                         const base::Clock* clock, Project project,
                                                         Graph graph, Options options) {
  auto workspace =
      std::make_unique<ProjectWorkspace>(files, clock, std::move(project), std::move(graph));
  TRY(workspace->Open(std::move(options)));
  return std::unique_ptr<Workspace>(std::move(workspace));
}

}  // namespace pipeline
