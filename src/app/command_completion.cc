// `tributary completion` prints the scripts of the shells; they ask `tributary __complete`.
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include <unistd.h>

#include "app/commands.h"
#include "app/complete.h"

namespace app {
namespace {

constexpr std::string_view kBash =
    R"(# bash completion of tributary: source <(tributary completion bash)
_tributary() {
  local line=${COMP_LINE:0:COMP_POINT} candidate
  local -a words
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  local current=${words[${#words[@]}-1]}
  local program=${words[0]/#\~/$HOME}
  # Bash breaks words at = and : and replaces only what stands behind the last of them.
  local kept=${current%"${current##*[=:]}"}
  COMPREPLY=()
  while IFS=$'\t' read -r candidate _; do
    case $candidate in
      :files) compopt -o default 2>/dev/null; return ;;
      :folders) compopt -o dirnames 2>/dev/null; return ;;
      *) COMPREPLY+=("${candidate#"$kept"}") ;;
    esac
  done < <("$program" __complete -- "${words[@]:1}" 2>/dev/null)
}
complete -F _tributary tributary
)";

constexpr std::string_view kZsh = R"(#compdef tributary
# zsh completion of tributary: tributary completion zsh > ~/.zfunc/_tributary
_tributary() {
  local -a lines candidates
  local line
  lines=("${(@f)$("${(Q)words[1]}" __complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "${lines[@]}"; do
    case $line in
      :files) _files; return ;;
      :folders) _files -/; return ;;
      ?*) candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
    esac
  done
  _describe tributary candidates
}
if [[ ${funcstack[1]} == _tributary ]]; then
  _tributary "$@"
else
  compdef _tributary tributary
fi
)";

constexpr std::string_view kFish =
    R"(# fish completion of tributary: tributary completion fish | source
function __tributary_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in ($words[1] __complete -- $words[2..-1] "$current" 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path "$current"
            case ':folders'
                __fish_complete_directories "$current"
            case '*'
                echo -- $line
        end
    end
end
complete -c tributary -f -a '(__tributary_complete)'
)";

// Names read in a thread of their own, so that a slow disk costs the person no more than the
// budget. The thread may outlive the wait, hence the shared state.
class PatientNames {
 public:
  static constexpr auto kBudget = std::chrono::milliseconds(200);

  explicit PatientNames(std::function<ProjectNames()> read) : state_(std::make_shared<State>()) {
    std::thread([state = state_, read = std::move(read)] {
      ProjectNames names = read();
      const std::lock_guard guard(state->mutex);
      state->names = std::move(names);
      state->done = true;
      state->changed.notify_all();
    }).detach();
  }

  // False: not in time.
  bool Wait(ProjectNames& names) {
    std::unique_lock lock(state_->mutex);
    if (!state_->changed.wait_for(lock, kBudget, [this] { return state_->done; })) return false;
    names = std::move(state_->names);
    return true;
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    ProjectNames names;
    bool done = false;
  };
  std::shared_ptr<State> state_;
};

}  // namespace

int RunCompletion(CommandContext& context) {
  const std::string shell = context.line.Text("SHELL");
  if (shell == "bash") context.output.Out(kBash);
  if (shell == "zsh") context.output.Out(kZsh);
  if (shell == "fish") context.output.Out(kFish);
  return kExitDone;
}

int RunComplete(CommandContext& context) {
  std::vector<std::string> words = context.line.All("WORD");
  if (words.empty()) words.emplace_back();
  bool late = false;
  const auto find_names = [&](const std::string& project) {
    serve::OwnerRequest request = context.request;
    std::vector<std::string> arguments = {"check"};
    if (!project.empty()) arguments.insert(arguments.end(), {"--project", project});
    const auto line = ParseCommandLine(arguments, request.environment);
    ProjectNames names;
    if (!std::holds_alternative<CommandLine>(line)) return names;
    auto root = ProjectRoot(context.files, std::get<CommandLine>(line), request);
    if (!root.ok()) return names;
    PatientNames reading([root = *root, environment = request.environment] {
      return ReadProjectNames(*env::NewRealFiles(), root, environment);
    });
    late = !reading.Wait(names);
    return names;
  };
  std::string text;
  for (const Candidate& candidate : Complete(words, find_names)) {
    text += candidate.word + "\t" + candidate.says + "\n";
  }
  context.output.Out(text);
  // The reading thread may still run; nothing may be destroyed under it.
  if (late) _exit(kExitDone);
  return kExitDone;
}

}  // namespace app
