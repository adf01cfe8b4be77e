#include "app/command_line.h"

#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/commands.h"

namespace app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

CommandLine Parsed(const std::vector<std::string>& arguments, const Environment& environment = {}) {
  auto parsed = ParseCommandLine(arguments, environment);
  const auto* const wrong = std::get_if<UsageError>(&parsed);
  EXPECT_EQ(wrong, nullptr) << testing::PrintToString(arguments) << ": " << wrong->message;
  return wrong == nullptr ? std::get<CommandLine>(std::move(parsed)) : CommandLine();
}

UsageError Refused(const std::vector<std::string>& arguments, const Environment& environment = {}) {
  auto parsed = ParseCommandLine(arguments, environment);
  EXPECT_TRUE(std::holds_alternative<UsageError>(parsed)) << testing::PrintToString(arguments);
  auto* const wrong = std::get_if<UsageError>(&parsed);
  return wrong == nullptr ? UsageError() : std::move(*wrong);
}

void ForEachCommand(const std::function<void(const std::vector<const CommandSpec*>&)>& visit,
                    std::vector<const CommandSpec*> path = {&Program()}) {
  visit(path);
  for (size_t i = 0; i < path.back()->num_commands; ++i) {
    auto below = path;
    below.push_back(&path.back()->commands[i]);
    ForEachCommand(visit, below);
  }
}

// The words of one simple command, quotes taken off.
std::vector<std::string> ShellWords(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  char quote = 0;
  bool any = false;
  for (const char c : text) {
    if (quote != 0 ? c == quote : c == '"' || c == '\'') {
      quote = quote != 0 ? 0 : c;
      any = true;
    } else if (c == ' ' && quote == 0) {
      if (any) words.push_back(std::exchange(word, {}));
      any = false;
    } else {
      word += c;
      any = true;
    }
  }
  if (any) words.push_back(word);
  return words;
}

TEST(CommandLineTest, GlobalOptionsWorkBeforeAndAfterTheCommand) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"-C", "p", "-o", "json", "table", "history", "gold.x", "-n", "3"},
           {"table", "history", "gold.x", "-n3", "--format=json", "--project", "p"},
           {"table", "-C", "p", "history", "-o", "json", "-n", "3", "gold.x"}}) {
    const CommandLine line = Parsed(arguments);
    EXPECT_EQ(line.Name(), "table history");
    EXPECT_EQ(line.Text("project"), "p");
    EXPECT_EQ(line.Text("format"), "json");
    EXPECT_EQ(line.Text("NAME"), "gold.x");
    EXPECT_EQ(line.Count("limit", 10), 3);
  }
}

TEST(CommandLineTest, AnOptionTakesOneValueAndLeavesTheRestToTheArguments) {
  const CommandLine line = Parsed({"run", "--exclude", "a", "b", "-s", "c", "--exclude", "d", "e"});
  EXPECT_THAT(line.All("exclude"), ElementsAre("a", "d"));
  EXPECT_THAT(line.All("select"), ElementsAre("c"));
  EXPECT_THAT(line.All("SELECT"), ElementsAre("b", "e"));
}

TEST(CommandLineTest, ASelectorMayBeNamedLikeACommand) {
  EXPECT_THAT(Parsed({"run", "check", "table"}).All("SELECT"), ElementsAre("check", "table"));
  EXPECT_EQ(Parsed({"run", "check"}).Name(), "run");
}

TEST(CommandLineTest, TheVersionOfATableIsNotTheVersionOfTheProgram) {
  const CommandLine line = Parsed({"table", "show", "a.b", "--version", "7"});
  EXPECT_EQ(line.Count("version", 0), 7);
  EXPECT_TRUE(Parsed({"--version"}).Has("version"));
}

TEST(CommandLineTest, ValuesMayLookLikeAnything) {
  EXPECT_EQ(Parsed({"sql", "[1, 2]"}).Text("QUERY"), "[1, 2]");
  EXPECT_EQ(Parsed({"sql", "-"}).Text("QUERY"), "-");
  EXPECT_EQ(Parsed({"sql", "--", "-- a comment\nSELECT 1"}).Text("QUERY"),
            "-- a comment\nSELECT 1");
  EXPECT_EQ(Parsed({"sql", "no"}).Text("QUERY"), "no");
  EXPECT_EQ(Parsed({"sql", ""}).Text("QUERY", "absent"), "");
}

TEST(CommandLineTest, EveryOptionHasAVariableBelowTheCommandLine) {
  const Environment environment = {
      {"TRIBUTARY_FORMAT", "csv"}, {"TRIBUTARY_FULL_REFRESH", "yes"},  {"TRIBUTARY_NO_TESTS", "0"},
      {"TRIBUTARY_QUIET", ""},     {"TRIBUTARY_EXCLUDE", "a.* tag:b"}, {"TRIBUTARY_UNKNOWN", "x"}};
  const CommandLine line = Parsed({"run"}, environment);
  EXPECT_EQ(line.Text("format"), "csv");
  EXPECT_TRUE(line.Has("full-refresh"));
  EXPECT_FALSE(line.Has("no-tests"));
  EXPECT_FALSE(line.Has("quiet"));
  EXPECT_THAT(line.All("exclude"), ElementsAre("a.*", "tag:b"));
  EXPECT_EQ(Parsed({"run", "-o", "json"}, environment).Text("format"), "json");
  EXPECT_FALSE(Parsed({"run", "--full-refresh=false"}, environment).Has("full-refresh"));
}

TEST(CommandLineTest, MistakesAreNamedWithTheNearestWord) {
  struct Case {
    std::vector<std::string> arguments;
    std::string message;
    std::string hint;
  };
  const std::vector<Case> cases = {
      {{"rnu"}, "unknown command 'rnu'", "Did you mean 'run'?"},
      {{"tabel", "ls"}, "unknown command 'tabel'", "Did you mean 'table'?"},
      {{"xyzzy"}, "unknown command 'xyzzy'", "The commands are new, check"},
      {{"table", "histroy", "x"}, "unknown command 'histroy'", "Did you mean 'history'?"},
      {{"table"}, "'table' needs a command", "One of ls, describe"},
      {{"table", "history"}, "missing NAME", ""},
      {{"run", "--full-refesh"}, "unknown option '--full-refesh'", "--full-refresh"},
      {{"run", "--fromat=csv"}, "unknown option '--fromat'", "--format"},
      {{"run", "-x"}, "unknown option '-x'", ""},
      {{"check", "-o", "jsn"},
       "--format takes one of table, json, ndjson, csv, not 'jsn'",
       "Did you mean 'json'?"},
      {{"check", "--color", "yes"}, "--color takes one of auto, always, never", ""},
      {{"run", "--parallel", "two"}, "--parallel takes a whole number from 0, not 'two'", ""},
      {{"run", "--parallel", "-1"}, "--parallel takes a whole number from 0, not '-1'", ""},
      {{"generate", "amazon-reviews", "--bad-rate", "2"}, "takes a number from 0 to 1", ""},
      {{"check", "extra"}, "unexpected argument 'extra'", ""},
      {{"sql", "SELECT", "1"}, "unexpected argument '1'", "one pair of quotes"},
      {{"completion", "powershell"}, "SHELL takes one of bash, zsh, fish", ""},
      {{"run", "--select"}, "--select", ""},
  };
  for (const Case& one : cases) {
    const UsageError wrong = Refused(one.arguments);
    EXPECT_THAT(wrong.message, HasSubstr(one.message));
    EXPECT_THAT(wrong.hint, HasSubstr(one.hint));
  }
  EXPECT_THAT(Refused({"check"}, {{"TRIBUTARY_FORMAT", "xml"}}).message,
              HasSubstr("TRIBUTARY_FORMAT takes one of"));
}

TEST(CommandLineTest, HelpWinsOverWhatIsMissing) {
  EXPECT_TRUE(Parsed({"table", "history", "--help"}).Has("help"));
  EXPECT_TRUE(Parsed({"table", "-h"}).Has("help"));
}

TEST(CommandLineTest, TheWordsToCompleteAreTakenAsTheyStand) {
  const CommandLine line = Parsed({"__complete", "--", "run", "--exclude", "-C", ""});
  EXPECT_THAT(line.All("WORD"), ElementsAre("run", "--exclude", "-C", ""));
}

TEST(CommandSpecTest, EveryCommandHasAFunctionAndItsExamplesParse) {
  int examples = 0;
  ForEachCommand([&](const std::vector<const CommandSpec*>& path) {
    const CommandSpec& command = *path.back();
    EXPECT_FALSE(command.summary.empty()) << command.name;
    EXPECT_TRUE(command.hidden || !command.examples.empty()) << command.name;
    EXPECT_THAT(HelpText(path), HasSubstr(UsageLine(path)));
    for (const ExampleSpec& example : command.examples) {
      std::string text(example.command);
      for (const char* const separator : {" && ", " | ", " > ", "<("}) {
        for (size_t at; (at = text.find(separator)) != std::string::npos;) {
          text.replace(at, std::string(separator).size(), "\n");
        }
      }
      std::istringstream parts(text);
      for (std::string part; std::getline(parts, part);) {
        while (!part.empty() && part.back() == ')') part.pop_back();
        std::vector<std::string> words = ShellWords(part);
        if (words.empty() || words[0] != "tributary") continue;
        words.erase(words.begin());
        const CommandLine line = Parsed(words);
        EXPECT_NE(FunctionOf(line), nullptr);
        ++examples;
      }
    }
  });
  EXPECT_GT(examples, 25);
}

TEST(CommandSpecTest, LettersAndVariablesOfOneCommandDoNotCollide) {
  ForEachCommand([](const std::vector<const CommandSpec*>& path) {
    std::set<char> letters;
    for (const CommandSpec* const command : path) {
      for (const OptionSpec& option : command->options) {
        if (option.letter == 0) continue;
        EXPECT_TRUE(letters.insert(option.letter).second) << command->name << " -" << option.letter;
      }
    }
  });
}

TEST(CommandSpecTest, TheReferenceNamesEveryCommandAndOption) {
  std::ifstream in("docs/cli.md");
  std::ostringstream read;
  read << in.rdbuf();
  const std::string page = read.str();
  ForEachCommand([&](const std::vector<const CommandSpec*>& path) {
    if (path.back()->hidden) return;
    if (path.size() > 1) {
      std::string name;
      for (size_t i = 1; i < path.size(); ++i) name += " " + std::string(path[i]->name);
      EXPECT_THAT(page, HasSubstr("tributary" + name));
    }
    for (const OptionSpec& option : path.back()->options) {
      EXPECT_THAT(page, HasSubstr("`--" + std::string(option.name))) << path.back()->name;
    }
  });
}

}  // namespace
}  // namespace app
