#include "app/host.h"

#include <utility>

#include "base/json_writer.h"
#include "kafka/client/cluster_client.h"
#include "kafka/client/cluster_url.h"

namespace app {
namespace {

void AddTexts(base::JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  json.Key(key).BeginArray();
  for (const std::string& text : texts) json.String(text);
  json.EndArray();
}

void AddSource(base::JsonWriter& json, const pipeline::FilesSource& source) {
  const connect::files::LoadOptions& load = source.load;
  json.BeginObject().Key("name").String(source.name).Key("into").String(source.into.ToString());
  AddTexts(json, "patterns", load.patterns);
  json.Key("format").Int(static_cast<int64_t>(load.format));
  json.Key("schema").String(load.schema_file).Key("header").Bool(load.first_line_header);
  json.Key("delimiter").Int(load.delimiter).Key("null").String(load.null_text);
  AddTexts(json, "tags", source.tags);
  json.EndObject();
}

void AddModel(base::JsonWriter& json, const pipeline::Model& model) {
  // The whole text holds front matter and SQL; nothing else of a model comes from elsewhere.
  json.BeginObject().Key("name").String(model.name.ToString()).Key("text").String(model.text);
  json.Key("kind").Int(static_cast<int64_t>(model.materialization));
  for (const pipeline::DataTest& test : model.tests) json.Key("test").String(test.query);
  json.EndObject();
}

}  // namespace

std::string Fingerprint(const pipeline::Project& project, const pipeline::Graph& graph) {
  base::JsonWriter json;
  json.BeginObject().Key("name").String(project.name).Key("lake").String(project.lake);
  json.Key("memory").Uint(project.memory_bytes_max);
  json.Key("target").String(project.target).Key("connections").BeginObject();
  for (const auto& [name, url] : project.connections) json.Key(name).String(url);
  json.EndObject().Key("sources").BeginArray();
  for (const pipeline::FilesSource& source : project.sources) AddSource(json, source);
  json.EndArray().Key("models").BeginArray();
  for (const pipeline::Model& model : project.models) AddModel(json, model);
  json.EndArray().Key("seeds").BeginArray();
  for (const pipeline::Seed& seed : project.seeds) {
    json.BeginArray().String(seed.name.ToString()).String(seed.file).EndArray();
  }
  json.EndArray();
  AddTexts(json, "macros", project.macros);
  json.Key("publications").BeginArray();
  for (const pipeline::Publication& publication : project.publications) {
    json.BeginObject().Key("name").String(publication.name);
    json.Key("connection").String(publication.connection);
    json.Key("schema").String(publication.schema);
    AddTexts(json, "models", publication.models);
    json.EndObject();
  }
  json.EndArray().Key("columns").BeginArray();
  for (const pipeline::Node& node : graph.nodes) {
    json.String(node.name.ToString());
    for (const sql::BoundColumn& bound : node.columns) {
      json.String(bound.column.name).String(bound.column.type.ToSql());
    }
  }
  json.EndArray().EndObject();
  return std::move(json).Take();
}

ProjectHost::ProjectHost(env::Files* files, const base::Clock* clock, std::string root)
    : files_(files), clock_(clock), root_(std::move(root)) {}

ProjectHost::~ProjectHost() {
  workspace_.reset();
  // What stays behind is removed by the next owner that opens a workspace.
  if (num_opened_ > 0) (void)files_->RemoveTree(SpillFolder());
}

base::Result<ProjectHost::Opened> ProjectHost::Open(const pipeline::LoadProjectOptions& options) {
  auto found = TRY(pipeline::OpenProject(*files_, root_, options));
  Opened opened;
  opened.diagnostics = std::move(found.diagnostics);
  if (!found.project.has_value()) return opened;

  const std::lock_guard guard(open_mutex_);
  std::string fingerprint = Fingerprint(*found.project, found.graph);
  if (workspace_ == nullptr || fingerprint != fingerprint_) {
    // Commands that still use the workspace before keep it alive until they end.
    workspace_.reset();
    workspace_ = TRY(OpenWorkspace(*std::move(found.project), std::move(found.graph)));
    fingerprint_ = std::move(fingerprint);
  }
  opened.workspace = workspace_;
  return opened;
}

base::Result<ProjectHost::Readable> ProjectHost::OpenToRead(
    const pipeline::LoadProjectOptions& options) {
  auto opened = TRY(Open(options));
  Readable readable{.workspace = std::move(opened.workspace),
                    .diagnostics = std::move(opened.diagnostics)};
  if (readable.workspace != nullptr) return readable;
  auto loaded = TRY(pipeline::LoadProject(*files_, root_, options));
  const std::lock_guard guard(open_mutex_);
  if (workspace_ == nullptr) {
    pipeline::Project tables;  // nothing of the project but where its tables are
    const pipeline::Project& draft = loaded.project ? *loaded.project : loaded.draft;
    if (draft.lake.empty()) return readable;
    tables.root = root_;
    tables.name = draft.name;
    tables.lake = draft.lake;
    tables.memory_bytes_max = draft.memory_bytes_max;
    workspace_ = TRY(OpenWorkspace(std::move(tables), {}));
    fingerprint_.clear();  // no checked project has this one
  }
  readable.workspace = workspace_;
  readable.degraded = true;
  return readable;
}

base::Result<std::shared_ptr<pipeline::Workspace>> ProjectHost::OpenWorkspace(
    pipeline::Project project, pipeline::Graph graph) {
  // What an owner that was killed has left; this process is the owner now.
  if (num_opened_ == 0) TRY(files_->RemoveTree(SpillFolder()));
  pipeline::Workspace::Options options;
  options.engine.memory_bytes_max = project.memory_bytes_max;
  options.engine.temp_directory = SpillFolder() + "/" + std::to_string(++num_opened_);
  TRY(files_->CreateDirectories(options.engine.temp_directory));
  return std::shared_ptr<pipeline::Workspace>(TRY(pipeline::Workspace::Open(
      files_, clock_, std::move(project), std::move(graph), std::move(options))));
}

base::Result<EmbeddedLog*> ProjectHost::OpenLog(const pipeline::BrokerSettings& settings) {
  const std::lock_guard guard(log_mutex_);
  if (log_ == nullptr) log_ = TRY(EmbeddedLog::Open(settings, files_, clock_));
  return log_.get();
}

base::Result<ProjectHost::OpenedClient> ProjectHost::OpenLogClient(
    const pipeline::LoadProjectOptions& options, logs::ClientOptions client) {
  auto loaded = TRY(pipeline::LoadProject(*files_, root_, options));
  OpenedClient opened;
  opened.diagnostics = std::move(loaded.diagnostics);
  if (!loaded.project) return opened;
  const pipeline::BrokerSettings& settings = loaded.project->broker;
  if (settings.log_url.empty()) {
    EmbeddedLog* const log = TRY(OpenLog(settings));
    opened.client = log->NewClient(std::move(client));
  } else {
    const auto url = TRY(kafka::client::ParseClusterUrl(settings.log_url));
    opened.client = TRY(kafka::client::OpenCluster(url, std::move(client)));
  }
  return opened;
}

ProjectHost::Permit::~Permit() {
  const std::lock_guard guard(host_->permit_mutex_);
  host_->permit_given_ = false;
}

std::unique_ptr<ProjectHost::Permit> ProjectHost::TryPermit() {
  const std::lock_guard guard(permit_mutex_);
  if (permit_given_) return nullptr;
  permit_given_ = true;
  return std::make_unique<Permit>(this);
}

}  // namespace app
