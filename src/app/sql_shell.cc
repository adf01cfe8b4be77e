#include "app/sql_shell.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cwchar>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <histedit.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "app/complete.h"
#include "app/sql_text.h"
#include "base/text.h"

namespace app {
namespace {

constexpr int kHistoryLines = 1'000;

// Set and taken back: Ctrl-C while a line is being typed.
class Flag {
 public:
  Flag() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~Flag() { close(descriptor_); }
  Flag(const Flag&) = delete;
  Flag& operator=(const Flag&) = delete;
  void Set() const {
    const uint64_t one = 1;
    (void)!write(descriptor_, &one, sizeof(one));
  }
  bool Take() const {
    uint64_t value = 0;
    return read(descriptor_, &value, sizeof(value)) == sizeof(value);
  }
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

// Lines from the terminal. Owner; THREAD: main, but for Interrupt.
class LineEditor {
 public:
  enum class Read { kLine, kEnd, kInterrupted };

  LineEditor(std::string history_file, std::vector<std::string> words)
      : history_file_(std::move(history_file)), words_(std::move(words)) {
    editor_ = el_init("tributary", stdin, stdout, stderr);
    history_ = history_init();
    HistEvent event;
    history(history_, &event, H_SETSIZE, kHistoryLines);
    history(history_, &event, H_SETUNIQUE, 1);
    history(history_, &event, H_LOAD, history_file_.c_str());
    el_set(editor_, EL_CLIENTDATA, this);
    el_set(editor_, EL_PROMPT, &LineEditor::Prompt);
    el_set(editor_, EL_EDITOR, "emacs");
    el_set(editor_, EL_SIGNAL, 0);
    el_set(editor_, EL_HIST, history, history_);
    el_set(editor_, EL_GETCFN, &LineEditor::GetCharacter);
    el_set(editor_, EL_ADDFN, "tributary-complete", "complete a name", &LineEditor::Complete);
    el_set(editor_, EL_BIND, "^I", "tributary-complete", nullptr);
    el_set(editor_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
    el_source(editor_, nullptr);  // ~/.editrc, when there is one
  }

  ~LineEditor() {
    HistEvent event;
    history(history_, &event, H_SAVE, history_file_.c_str());
    history_end(history_);
    el_end(editor_);
  }
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  Read Next(bool continued, std::string& line) {
    continued_ = continued;
    (void)interrupted_.Take();
    was_interrupted_ = false;
    int count = 0;
    const char* const text = el_gets(editor_, &count);
    if (was_interrupted_) return Read::kInterrupted;
    if (text == nullptr || count <= 0) return Read::kEnd;
    line.assign(text, static_cast<size_t>(count));
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
    return Read::kLine;
  }

  void Remember(const std::string& text) {
    HistEvent event;
    history(history_, &event, H_ENTER, text.c_str());
  }

  void Interrupt() { interrupted_.Set(); }  // THREAD: any

 private:
  static LineEditor& Of(EditLine* editor) {
    void* data = nullptr;
    el_get(editor, EL_CLIENTDATA, &data);
    return *static_cast<LineEditor*>(data);
  }

  static char* Prompt(EditLine* editor) {
    static char first[] = "tributary> ";
    static char more[] = "      ...> ";
    return Of(editor).continued_ ? more : first;
  }

  // Waits for a key or Ctrl-C, whichever comes first.
  static int GetCharacter(EditLine* editor, wchar_t* character) {
    LineEditor& self = Of(editor);
    std::array<pollfd, 2> waits{
        pollfd{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
        pollfd{.fd = self.interrupted_.descriptor(), .events = POLLIN, .revents = 0}};
    while (poll(waits.data(), waits.size(), -1) < 0) {
      if (errno != EINTR) return -1;
    }
    if (waits[1].revents != 0) {
      (void)self.interrupted_.Take();
      self.was_interrupted_ = true;
      return -1;
    }
    return ReadUtf8(character);
  }

  // 1, 0 at the end of input, -1 on an error.
  static int ReadUtf8(wchar_t* character) {
    std::array<char, 4> bytes{};
    for (size_t size = 1; size <= bytes.size(); ++size) {
      const ssize_t count = read(STDIN_FILENO, &bytes[size - 1], 1);
      if (count <= 0) return static_cast<int>(count);
      std::mbstate_t state{};
      const size_t used = std::mbrtowc(character, bytes.data(), size, &state);
      if (used == static_cast<size_t>(-1)) break;
      if (used != static_cast<size_t>(-2)) return 1;
    }
    *character = L'\uFFFD';
    return 1;
  }

  static unsigned char Complete(EditLine* editor, int) {
    const LineInfo* const line = el_line(editor);
    const char* begin = line->cursor;
    const auto in_word = [](char c) {
      return c == '_' || c == '.' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
             (c >= 'A' && c <= 'Z');
    };
    while (begin > line->buffer && in_word(begin[-1])) --begin;
    const std::string word(begin, line->cursor);
    std::vector<std::string> matches;
    for (const std::string& candidate : Of(editor).words_) {
      if (candidate.size() >= word.size() &&
          base::EqualsIgnoreCase(candidate.substr(0, word.size()), word)) {
        matches.push_back(candidate);
      }
    }
    if (word.empty() || matches.empty()) return CC_REFRESH_BEEP;
    std::string common = matches.front();
    for (const std::string& match : matches) {
      while (match.rfind(common, 0) != 0) common.pop_back();
    }
    if (matches.size() == 1) common += ' ';
    if (common.size() <= word.size()) {
      std::fputs(("\n" + base::Join(matches, "  ") + "\n").c_str(), stdout);
      return CC_REDISPLAY;
    }
    el_deletestr(editor, static_cast<int>(word.size()));
    return el_insertstr(editor, common.c_str()) == 0 ? CC_REFRESH : CC_REFRESH_BEEP;
  }

  const std::string history_file_;
  const std::vector<std::string> words_;
  EditLine* editor_;
  History* history_;
  Flag interrupted_;
  bool was_interrupted_ = false;
  bool continued_ = false;
};

std::vector<std::string> WordsOf(CommandContext& context, const std::string& root) {
  std::vector<std::string> words = {
      "SELECT", "FROM",    "WHERE",     "GROUP BY", "ORDER BY", "HAVING",   "LIMIT",
      "JOIN",   "LEFT",    "USING",     "UNION",    "DISTINCT", "DESCRIBE", "SUMMARIZE",
      "SHOW",   "COPY",    "EXPLAIN",   "COUNT",    "BETWEEN",  "INTERVAL", "TIMESTAMP",
      ".help",  ".tables", ".describe", ".format",  ".quit"};
  const ProjectNames names = ReadProjectNames(context.files, root, context.request.environment);
  words.insert(words.end(), names.nodes.begin(), names.nodes.end());
  for (const std::string& table : names.tables) {
    if (std::find(words.begin(), words.end(), table) == words.end()) words.push_back(table);
  }
  return words;
}

// The shell's loop and what it keeps between lines.
class Shell {
 public:
  Shell(CommandContext& context, ProjectSession& session, Interrupts& interrupts,
        LineEditor& editor)
      : context_(context), session_(session), interrupts_(interrupts), editor_(editor) {}

  int Run() {
    interrupts_.Replace([this] { Interrupt(); });
    context_.Say("Statements end with a semicolon. `.help` says more, Ctrl-D leaves.");
    std::string statement;
    std::string line;
    for (bool going = true; going;) {
      switch (editor_.Next(!statement.empty(), line)) {
        case LineEditor::Read::kEnd:
          context_.output.Out("\n");
          going = false;
          break;
        case LineEditor::Read::kInterrupted:
          context_.output.Out("^C\n");
          statement.clear();
          break;
        case LineEditor::Read::kLine:
          going = Take(line, statement);
          break;
      }
    }
    interrupts_.Replace({});
    return kExitDone;
  }

 private:
  // False: leave.
  bool Take(const std::string& line, std::string& statement) {
    const std::string_view trimmed = base::Trim(line);
    if (statement.empty()) {
      if (trimmed.empty()) return true;
      const std::string word = base::ToLower(trimmed);
      const bool leave = word == ".quit" || word == ".exit" || word == "\\q" || word == "quit" ||
                         word == "exit" || word == "quit;" || word == "exit;";
      if (leave) return false;
      if (trimmed[0] == '.' || trimmed[0] == '\\') {
        editor_.Remember(line);
        RunDot(trimmed);
        return true;
      }
    }
    statement += (statement.empty() ? "" : "\n") + line;
    if (!EndsStatement(statement)) return true;
    editor_.Remember(statement);
    RunArguments({"sql"}, std::exchange(statement, {}));
    return true;
  }

  void RunDot(std::string_view line) {
    std::vector<std::string> words;
    for (const std::string_view word : base::Split(line, ' ')) {
      if (!word.empty()) words.emplace_back(word);
    }
    if (words[0] == ".tables") return RunArguments({"table", "ls"}, "");
    if (words[0] == ".describe" && words.size() == 2) {
      return RunArguments({"table", "describe", words[1]}, "");
    }
    if (words[0] == ".format" && words.size() == 2) {
      const auto parsed = ParseCommandLine({"sql", "--format", words[1]}, {});
      if (const auto* const wrong = std::get_if<UsageError>(&parsed)) {
        context_.output.Err(RenderError(wrong->message, wrong->hint, context_.err_style()));
        return;
      }
      format_ = words[1];
      return;
    }
    context_.output.Out(
        "  .tables           the tables of the lake\n"
        "  .describe NAME    columns, files and size of a table\n"
        "  .format FORMAT    table, json, ndjson or csv\n"
        "  .quit             leave, as Ctrl-D does\n"
        "Everything else is SQL and ends with a semicolon. Ctrl-C gives up a line or a query.\n");
  }

  void RunArguments(const std::vector<std::string>& command, const std::string& input) {
    serve::OwnerRequest request = context_.request;
    request.arguments = command;
    for (const char* option : {"project", "target", "color"}) {
      if (!context_.line.Has(option)) continue;
      request.arguments.push_back("--" + std::string(option));
      request.arguments.push_back(context_.line.Text(option));
    }
    for (const char* flag : {"no-color", "quiet"}) {
      if (context_.line.Has(flag)) request.arguments.push_back("--" + std::string(flag));
    }
    const std::string format = format_.empty() ? context_.line.Text("format") : format_;
    if (!format.empty()) request.arguments.insert(request.arguments.end(), {"--format", format});
    request.standard_input = input;
    std::stop_source stop;
    SetRunning(stop);
    const auto code = session_.Run(request, context_.output, stop.get_token());
    SetRunning({});
    if (!code.ok()) (void)context_.Fail(code.error());
    if (code.ok() && *code == kExitInterrupted) context_.output.Err("stopped\n");
  }

  void SetRunning(std::optional<std::stop_source> stop) {
    const std::lock_guard guard(mutex_);
    running_ = std::move(stop);
  }

  void Interrupt() {  // in the thread of signals
    const std::lock_guard guard(mutex_);
    if (running_) {
      running_->request_stop();
    } else {
      editor_.Interrupt();
    }
  }

  CommandContext& context_;
  ProjectSession& session_;
  Interrupts& interrupts_;
  LineEditor& editor_;
  std::string format_;
  std::mutex mutex_;
  std::optional<std::stop_source> running_;  // of the statement under way
};

}  // namespace

int RunSqlShell(CommandContext& context, const std::string& root, ProjectSession& session,
                Interrupts& interrupts) {
  // libedit counts columns and decodes keys by the locale; nothing else here depends on it.
  if (std::setlocale(LC_CTYPE, "C.UTF-8") == nullptr) (void)std::setlocale(LC_CTYPE, "");
  LineEditor editor(root + "/.tributary/sql_history", WordsOf(context, root));
  return Shell(context, session, interrupts, editor).Run();
}

}  // namespace app
