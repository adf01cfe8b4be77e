#include "pipeline/project.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/limits.h"
#include "pipeline/problems.h"
#include "pipeline/project_files.h"
#include "pipeline/project_yaml.h"
#include "pipeline/variables.h"

namespace pipeline {
namespace {

constexpr const char* kTargetVariable = "TRIBUTARY_TARGET";

// nullopt when the file is not there.
base::Result<std::optional<std::string>> ReadIfThere(env::Files& files, const std::string& path) {
  auto text = env::ReadWhole(files, path, base::limits::kProjectFileBytesMax);
  if (text.ok()) return std::optional<std::string>(std::move(*text));
  if (text.error().code() == base::Code::kNotFound) return std::optional<std::string>();
  return std::move(text).error();
}

}  // namespace

base::Result<std::string> FindProject(env::Files& files, const std::string& start) {
  std::filesystem::path folder = std::filesystem::path(start).lexically_normal();
  if (folder.filename().empty()) folder = folder.parent_path();  // a last '/'
  for (;;) {
    const auto found = files.Stat((folder / kProjectFile).string());
    if (found.ok() && !found->is_directory) return folder.string();
    if (!found.ok() && found.error().code() != base::Code::kNotFound) return found.error();
    if (!folder.has_relative_path()) break;
    folder = folder.parent_path();
  }
  return base::NotFound(
      "no " + std::string(kProjectFile) + " in " + start + " or in a folder above it",
      "Run this inside of a project, name one with --project, or make one: tributary new "
      "my_project.");
}

base::Result<LoadedProject> LoadProject(env::Files& files, const std::string& root,
                                        const LoadProjectOptions& options) {
  LoadedProject loaded;
  Project project;
  project.root = root;
  project.target = options.target;
  const auto target = options.variables.find(kTargetVariable);
  if (project.target.empty() && target != options.variables.end()) project.target = target->second;

  auto yaml = TRY(ReadIfThere(files, root + "/" + kProjectFile));
  if (!yaml) return base::NotFound("no " + std::string(kProjectFile) + " in " + root);
  Variables variables(&files, root, options.variables);
  if (const auto dot_env = TRY(ReadIfThere(files, root + "/.env"))) {
    Problems problems(".env", "", &loaded.diagnostics);
    variables.AddDotEnv(*dot_env, problems);
  }
  Problems problems(kProjectFile, *yaml, &loaded.diagnostics);
  ReadProjectYaml(*yaml, variables, problems, project);
  project.yaml_text = WithoutPasswords(std::move(*yaml));
  TRY(ReadProjectFolders(files, project, loaded.diagnostics));

  SortByPlace(loaded.diagnostics);
  const bool sound =
      std::none_of(loaded.diagnostics.begin(), loaded.diagnostics.end(),
                   [](const base::Diagnostic& d) { return d.severity == base::Severity::kError; });
  if (sound) {
    loaded.project = std::move(project);
  } else {
    loaded.draft = std::move(project);
  }
  return loaded;
}

}  // namespace pipeline
