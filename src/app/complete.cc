#include "app/complete.h"

#include <algorithm>
#include <set>

#include "pipeline/project.h"

namespace app {
namespace {

// How far the words before the last one lead.
struct Situation {
  std::vector<const CommandSpec*> path = {&Program()};
  const OptionSpec* awaits = nullptr;  // an option whose value comes next
  size_t num_positionals = 0;
  std::string project;
  bool options_ended = false;  // by "--"
};

const OptionSpec* FindAnyOption(const Situation& at, std::string_view word) {
  for (auto command = at.path.rbegin(); command != at.path.rend(); ++command) {
    for (const OptionSpec& option : (*command)->options) {
      const bool by_letter = word.size() == 2 && word[0] == '-' && option.letter == word[1];
      const bool by_name = word.substr(0, 2) == "--" && word.substr(2) == option.name;
      if (by_letter || by_name) return &option;
    }
  }
  return nullptr;
}

void TakeValue(Situation& at, const OptionSpec& option, const std::string& value) {
  if (option.name == "project") at.project = value;
}

void Follow(Situation& at, const std::string& word) {
  if (at.awaits != nullptr) {
    TakeValue(at, *at.awaits, word);
    at.awaits = nullptr;
    return;
  }
  if (!at.options_ended && word == "--") {
    at.options_ended = true;
    return;
  }
  if (!at.options_ended && word.size() > 1 && word[0] == '-') {
    const size_t equals = word.find('=');
    const OptionSpec* const option = FindAnyOption(at, word.substr(0, equals));
    if (option == nullptr || option->kind == ValueKind::kFlag) return;
    if (equals == std::string::npos) {
      at.awaits = option;
    } else {
      TakeValue(at, *option, word.substr(equals + 1));
    }
    return;
  }
  if (const CommandSpec* const below = FindCommand(*at.path.back(), word)) {
    at.path.push_back(below);
  } else {
    ++at.num_positionals;
  }
}

class Completer {
 public:
  Completer(const Situation& at, const FindNames& find_names) : at_(at), find_names_(find_names) {}

  std::vector<Candidate> Candidates(const std::string& word) {
    word_ = word;
    if (at_.awaits != nullptr) {
      AddValues(at_.awaits->kind, at_.awaits->choices, "");
    } else if (!at_.options_ended && !word.empty() && word[0] == '-') {
      AddOptions();
    } else {
      AddArguments();
    }
    return std::move(found_);
  }

 private:
  void Add(const std::string& candidate, std::string_view says) {
    const bool directive = candidate[0] == ':';
    if (directive || candidate.rfind(word_, 0) == 0)
      found_.push_back({candidate, std::string(says)});
  }

  void AddOptions() {
    const size_t equals = word_.find('=');
    if (equals != std::string::npos) {
      const OptionSpec* const option = FindAnyOption(at_, word_.substr(0, equals));
      if (option != nullptr) AddValues(option->kind, option->choices, word_.substr(0, equals + 1));
      return;
    }
    std::set<std::string_view> seen;
    for (auto command = at_.path.rbegin(); command != at_.path.rend(); ++command) {
      for (const OptionSpec& option : (*command)->options) {
        if (seen.insert(option.name).second) Add("--" + std::string(option.name), option.help);
      }
    }
  }

  void AddArguments() {
    const CommandSpec& command = *at_.path.back();
    for (size_t i = 0; i < command.num_commands; ++i) {
      const CommandSpec& below = command.commands[i];
      if (!below.hidden) Add(std::string(below.name), below.summary);
    }
    const auto& positionals = command.positionals;
    if (positionals.empty()) return;
    const bool beyond = at_.num_positionals >= positionals.size();
    if (beyond && !positionals.back().repeated) return;
    const PositionalSpec& next = positionals[std::min(at_.num_positionals, positionals.size() - 1)];
    AddValues(next.kind, next.choices, "");
  }

  // `before` is what stands before the value in the same word: "--format=".
  void AddValues(ValueKind kind, std::span<const std::string_view> choices,
                 const std::string& before) {
    switch (kind) {
      case ValueKind::kChoice:
        for (const std::string_view choice : choices) Add(before + std::string(choice), "");
        return;
      case ValueKind::kFolder:
        return Add(kCompleteFolders, "");
      case ValueKind::kFile:
        return Add(kCompleteFiles, "");
      case ValueKind::kSelector:
        return AddSelectors(before);
      case ValueKind::kTable:
        for (const std::string& table : find_names_(at_.project).tables) Add(before + table, "");
        return;
      case ValueKind::kTopic:
        for (const std::string& topic : find_names_(at_.project).topics) Add(before + topic, "");
        return;
      case ValueKind::kCommand:
        for (size_t i = 0; i < Program().num_commands; ++i) {
          const CommandSpec& one = Program().commands[i];
          if (!one.hidden) Add(std::string(one.name), one.summary);
        }
        return;
      case ValueKind::kFlag:
      case ValueKind::kText:
      case ValueKind::kCount:
      case ValueKind::kShare:
      case ValueKind::kRun:
        return;
    }
  }

  void AddSelectors(const std::string& before) {
    // "+gold.mart": the plus, and a number before it, belong to the selector.
    std::string prefix = before;
    size_t at = before.size();
    while (at < word_.size() && word_[at] >= '0' && word_[at] <= '9') ++at;
    if (at < word_.size() && (word_[at] == '+' || word_[at] == '@')) {
      prefix = word_.substr(0, at + 1);
    }
    const ProjectNames names = find_names_(at_.project);
    std::set<std::string> schemas;
    for (const std::string& node : names.nodes) {
      Add(prefix + node, "");
      schemas.insert(node.substr(0, node.find('.')));
    }
    for (const std::string& schema : schemas) Add(prefix + schema + ".*", "all of the schema");
    for (const std::string& tag : names.tags) Add(prefix + "tag:" + tag, "");
    for (const std::string& source : names.sources) Add(prefix + "source:" + source, "");
  }

  const Situation& at_;
  const FindNames& find_names_;
  std::string word_;
  std::vector<Candidate> found_;
};

// Each topic of the embedded log is a folder (docs/format/segment.md).
std::vector<std::string> TopicsOf(env::Files& files, const std::string& log) {
  std::vector<std::string> topics;
  const auto folders = files.List(log + "/topics");
  if (!folders.ok()) return topics;
  for (const env::FileInfo& folder : *folders) {
    const bool internal = folder.name.rfind("__", 0) == 0;
    if (folder.is_directory && !internal) topics.push_back(folder.name);
  }
  return topics;
}

// Folders of the lake that hold a Delta log: <schema>/<name>/_delta_log.
std::vector<std::string> TablesOf(env::Files& files, const std::string& lake) {
  std::vector<std::string> tables;
  const auto schemas = files.List(lake);
  if (!schemas.ok()) return tables;
  for (const env::FileInfo& schema : *schemas) {
    const auto names = files.List(lake + "/" + schema.name);
    if (!schema.is_directory || !names.ok()) continue;
    for (const env::FileInfo& name : *names) {
      const std::string log = lake + "/" + schema.name + "/" + name.name + "/_delta_log";
      if (name.is_directory && files.Stat(log).ok()) {
        tables.push_back(schema.name + "." + name.name);
      }
    }
  }
  return tables;
}

}  // namespace

std::vector<Candidate> Complete(const std::vector<std::string>& words,
                                const FindNames& find_names) {
  Situation at;
  for (size_t i = 0; i + 1 < words.size(); ++i) Follow(at, words[i]);
  return Completer(at, find_names).Candidates(words.back());
}

ProjectNames ReadProjectNames(env::Files& files, const std::string& root,
                              const Environment& environment) {
  ProjectNames names;
  const auto loaded = pipeline::LoadProject(files, root, {.target = "", .variables = environment});
  if (!loaded.ok()) return names;
  // A project with mistakes still has names worth completing.
  const pipeline::Project& project = loaded->project ? *loaded->project : loaded->draft;
  std::set<std::string> nodes;
  std::set<std::string> tags;
  for (const pipeline::FilesSource& source : project.sources) {
    nodes.insert(source.into.ToString());
    names.sources.push_back(source.name);
    tags.insert(source.tags.begin(), source.tags.end());
  }
  for (const pipeline::Seed& seed : project.seeds) nodes.insert(seed.name.ToString());
  for (const pipeline::Model& model : project.models) {
    nodes.insert(model.name.ToString());
    tags.insert(model.tags.begin(), model.tags.end());
  }
  names.nodes.assign(nodes.begin(), nodes.end());
  names.tags.assign(tags.begin(), tags.end());
  if (!project.lake.empty()) names.tables = TablesOf(files, project.lake);
  if (project.broker.log_url.empty()) names.topics = TopicsOf(files, project.broker.log_folder);
  return names;
}

}  // namespace app
