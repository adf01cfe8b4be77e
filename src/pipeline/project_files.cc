#include "pipeline/project_files.h"

#include <string>
#include <string_view>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "pipeline/front_matter.h"
#include "pipeline/names.h"
#include "pipeline/problems.h"

namespace pipeline {
namespace {

bool IsHidden(const std::string& name) { return name.starts_with('.'); }

// "mart" of "mart.sql".
std::string Stem(const std::string& name) { return name.substr(0, name.rfind('.')); }

class FolderReader {
 public:
  FolderReader(env::Files& files, Project& project, std::vector<base::Diagnostic>& diagnostics)
      : files_(files), project_(project), diagnostics_(diagnostics) {}

  base::Result<void> Read() {
    TRY(ReadModels());
    TRY(ReadMacros());
    TRY(ReadSeeds());
    // Known to the design, acted on by nobody yet: never passed over in silence.
    for (const char* folder : {"tests", "dashboards"}) {
      for (const env::FileInfo& file : TRY(List(folder))) {
        if (IsHidden(file.name)) continue;
        Report(std::string(folder) + "/" + file.name,
               "'" + std::string(folder) + "/' is not supported by this version",
               std::string(folder) == "tests" ? "Write data tests in the front matter of a model."
                                              : "Move the file out of the project.");
      }
    }
    return {};
  }

 private:
  void Report(const std::string& file, std::string message, std::string hint = {}) {
    Problems(file, "", &diagnostics_).Error({}, std::move(message), std::move(hint));
  }

  // The entries of a folder of the project; none when it does not exist.
  base::Result<std::vector<env::FileInfo>> List(const std::string& folder) {
    auto listed = files_.List(project_.root + "/" + folder);
    if (!listed.ok() && listed.error().code() == base::Code::kNotFound) {
      return std::vector<env::FileInfo>{};
    }
    return listed;
  }

  // The text of a file; nullopt when it is too long or no UTF-8, which is reported.
  base::Result<std::optional<std::string>> ReadText(const std::string& file,
                                                    const env::FileInfo& info) {
    if (info.size_bytes > base::limits::kProjectFileBytesMax) {
      Report(file,
             "this file is longer than " + base::FormatBytes(base::limits::kProjectFileBytesMax));
      return std::optional<std::string>();
    }
    std::string text =
        TRY(env::ReadWhole(files_, project_.root + "/" + file, base::limits::kProjectFileBytesMax));
    const size_t valid = base::ValidUtf8Prefix(text);
    if (valid == text.size() && text.find('\0') == std::string::npos) {
      return std::optional<std::string>(std::move(text));
    }
    const size_t at = std::min(valid, text.find('\0'));
    Problems(file, "", &diagnostics_)
        .Error(base::PositionOf(text, at), "this byte is not UTF-8 text",
               "Save the file as UTF-8.");
    return std::optional<std::string>();
  }

  base::Result<void> ReadModels() {
    for (const env::FileInfo& folder : TRY(List("models"))) {
      if (IsHidden(folder.name)) continue;
      const std::string path = "models/" + folder.name;
      if (!folder.is_directory) {
        if (!folder.name.ends_with(".sql")) continue;
        Report(path, "this model is in no schema",
               "Move it into a folder named like its schema: models/silver/" + folder.name + ".");
        continue;
      }
      bool schema_reported = false;
      for (const env::FileInfo& file : TRY(List(path))) {
        if (IsHidden(file.name)) continue;
        TRY(ReadModel(folder.name, path + "/" + file.name, file, schema_reported));
      }
    }
    return {};
  }

  base::Result<void> ReadModel(const std::string& schema, const std::string& path,
                               const env::FileInfo& info, bool& schema_reported) {
    if (info.is_directory) {
      for (const env::FileInfo& file : TRY(List(path))) {
        if (!file.name.ends_with(".sql") && !file.is_directory) continue;
        Report(path + "/" + file.name, "a model is one folder deep: models/<schema>/<name>.sql",
               "Move it to models/" + schema + "/" + file.name + ".");
      }
      return {};
    }
    if (!info.name.ends_with(".sql")) {
      if (base::ToLower(info.name).ends_with(".sql")) {
        Report(path, "the ending '.sql' is written in small letters");
      }
      return {};  // notes and the like
    }
    Model model;
    model.name = {.schema = schema, .name = Stem(info.name)};
    model.file = path;
    if (const auto ok = CheckSchemaName("the schema's folder", schema); !ok.ok()) {
      if (!schema_reported) Report(path, ok.error().message(), ok.error().hint());
      schema_reported = true;
    }
    if (const auto ok = CheckName("the model's name", model.name.name); !ok.ok()) {
      Report(path, ok.error().message(), ok.error().hint());
    }
    if (model.name.name.ends_with(kRejectedSuffix)) {
      Report(path, "the model's name ends in '" + std::string(kRejectedSuffix) + "'",
             "Such a table keeps the records that a source could not use.");
    }
    auto text = TRY(ReadText(path, info));
    if (!text) return {};
    model.text = std::move(*text);
    Problems problems(path, model.text, &diagnostics_);
    ReadModelText(problems, model);
    project_.models.push_back(std::move(model));
    return {};
  }

  base::Result<void> ReadMacros() {
    for (const env::FileInfo& file : TRY(List("macros"))) {
      if (IsHidden(file.name) || file.is_directory || !file.name.ends_with(".sql")) continue;
      auto text = TRY(ReadText("macros/" + file.name, file));
      if (!text) continue;
      project_.macros.push_back(std::move(*text));
      project_.macro_files.push_back("macros/" + file.name);
    }
    return {};
  }

  base::Result<void> ReadSeeds() {
    for (const env::FileInfo& entry : TRY(List("seeds"))) {
      if (IsHidden(entry.name)) continue;
      if (!entry.is_directory) {
        ReadSeed("seeds", "seeds/" + entry.name, entry.name);
        continue;
      }
      for (const env::FileInfo& file : TRY(List("seeds/" + entry.name))) {
        if (IsHidden(file.name)) continue;
        ReadSeed(entry.name, "seeds/" + entry.name + "/" + file.name, file.name);
      }
    }
    return {};
  }

  void ReadSeed(const std::string& schema, const std::string& path, const std::string& name) {
    if (!name.ends_with(".csv")) {
      if (name.ends_with(".md") || name.ends_with(".txt")) return;
      Report(path, "a seed is a CSV file: seeds/<schema>/<name>.csv");
      return;
    }
    Seed seed{.name = {.schema = schema, .name = Stem(name)}, .file = path};
    auto ok = CheckSchemaName("the schema's folder", schema);
    if (ok.ok()) ok = CheckName("the seed's name", seed.name.name);
    if (!ok.ok()) Report(path, ok.error().message(), ok.error().hint());
    project_.seeds.push_back(std::move(seed));
  }

  env::Files& files_;
  Project& project_;
  std::vector<base::Diagnostic>& diagnostics_;
};

}  // namespace

base::Result<void> ReadProjectFolders(env::Files& files, Project& project,
                                      std::vector<base::Diagnostic>& diagnostics) {
  return FolderReader(files, project, diagnostics).Read();
}

}  // namespace pipeline
