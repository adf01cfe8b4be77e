#include "app/command_line.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

#include "base/check.h"
#include "base/text.h"

namespace app {
namespace {

bool IsFalse(std::string_view text) {
  const std::string lower = base::ToLower(text);
  return lower == "0" || lower == "false" || lower == "no" || lower == "off";
}

bool IsTrue(std::string_view text) {
  const std::string lower = base::ToLower(text);
  return lower == "1" || lower == "true" || lower == "yes" || lower == "on";
}

std::optional<int64_t> ParseCount(std::string_view text) {
  int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end || number < 0) return std::nullopt;
  return number;
}

std::optional<double> ParseShare(std::string_view text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end || !(number >= 0 && number <= 1)) return std::nullopt;
  return number;
}

std::vector<std::string> Names(std::span<const std::string_view> choices) {
  return {choices.begin(), choices.end()};
}

// What is wrong with one value, "" when nothing is.
std::string WrongValue(ValueKind kind, std::span<const std::string_view> choices,
                       const std::string& value) {
  switch (kind) {
    case ValueKind::kFlag:
      return IsTrue(value) || IsFalse(value) ? "" : "takes true or false";
    case ValueKind::kCount:
      return ParseCount(value) ? "" : "takes a whole number from 0";
    case ValueKind::kShare:
      return ParseShare(value) ? "" : "takes a number from 0 to 1";
    case ValueKind::kChoice:
      return std::find(choices.begin(), choices.end(), value) != choices.end()
                 ? ""
                 : "takes one of " + base::Join(Names(choices), ", ");
    case ValueKind::kText:
    case ValueKind::kFolder:
    case ValueKind::kFile:
    case ValueKind::kSelector:
    case ValueKind::kTable:
    case ValueKind::kTopic:
    case ValueKind::kRun:
    case ValueKind::kCommand:
      return "";
  }
  return "";
}

}  // namespace

// Builds the library's tree from ours, parses, and copies the values out. Used once.
class Parser {
 public:
  explicit Parser(const Environment& environment) : environment_(environment) {
    path_.push_back(&Program());
  }

  std::variant<CommandLine, UsageError> Parse(const std::vector<std::string>& arguments) {
    if (!arguments.empty() && arguments.front() == kCompleteCommand) return Verbatim(arguments);
    CLI::App root;
    Build(root, Program());
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    try {
      root.parse(std::move(reversed));
    } catch (const CLI::ParseError& error) {
      FollowPath(root);
      return Fail(base::ToLower(std::string(error.what()).substr(0, 1)) +
                  std::string(error.what()).substr(1));
    }
    FollowPath(root);
    std::vector<std::string> extras = root.remaining(true);
    extras.erase(std::remove(extras.begin(), extras.end(), "--"), extras.end());
    if (auto error = CheckExtras(extras)) return *error;
    line_.path_ = path_;
    Collect(root);
    // Help wins over everything that may be missing.
    if (line_.Has("help")) return std::move(line_);
    ApplyEnvironment();
    if (auto error = CheckValues()) return *error;
    DropFalseFlags();
    if (auto error = CheckMissing()) return *error;
    return std::move(line_);
  }

 private:
  static constexpr std::string_view kCompleteCommand = "__complete";

  // The words to complete are a command line of their own and are not parsed here.
  CommandLine Verbatim(const std::vector<std::string>& arguments) {
    path_.push_back(FindCommand(Program(), kCompleteCommand));
    line_.path_ = path_;
    auto begin = arguments.begin() + 1;
    if (begin != arguments.end() && *begin == "--") ++begin;
    line_.values_["WORD"].assign(begin, arguments.end());
    return std::move(line_);
  }

  static void Build(CLI::App& app, const CommandSpec& spec) {
    app.set_help_flag();
    app.allow_extras();
    app.fallthrough();
    app.require_subcommand(0, 1);
    for (const OptionSpec& option : spec.options) {
      std::string names = "--" + std::string(option.name);
      if (option.letter != 0) names += std::string(",-") + option.letter;
      if (option.kind == ValueKind::kFlag) {
        app.add_flag(names)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
        continue;
      }
      CLI::Option* const added = app.add_option(names);
      if (option.repeated) {
        added->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args(false);
      } else {
        added->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
      }
    }
    for (const PositionalSpec& positional : spec.positionals) {
      CLI::Option* const added = app.add_option(std::string(positional.name));
      if (!positional.repeated) continue;
      added->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args();
    }
    for (size_t i = 0; i < spec.num_commands; ++i) {
      Build(*app.add_subcommand(std::string(spec.commands[i].name)), spec.commands[i]);
    }
  }

  void FollowPath(const CLI::App& root) {
    const CLI::App* app = &root;
    while (!app->get_subcommands().empty()) {
      app = app->get_subcommands().front();
      path_.push_back(FindCommand(*path_.back(), app->get_name()));
      CHECK(path_.back() != nullptr);
    }
  }

  void Collect(const CLI::App& root) {
    const CLI::App* app = &root;
    for (size_t depth = 0; depth < path_.size(); ++depth) {
      if (depth > 0) app = app->get_subcommands().front();
      for (const OptionSpec& option : path_[depth]->options) {
        Take(option.name, *app->get_option("--" + std::string(option.name)));
      }
      for (const PositionalSpec& positional : path_[depth]->positionals) {
        Take(positional.name, *app->get_option(std::string(positional.name)));
      }
    }
  }

  // The options of the line, the command's own before those of the same name above it
  // (`table show --version 3` is not the program's --version).
  [[nodiscard]] std::vector<const OptionSpec*> Options() const {
    std::vector<const OptionSpec*> options;
    for (auto command = path_.rbegin(); command != path_.rend(); ++command) {
      for (const OptionSpec& option : (*command)->options) {
        const auto same = [&](const OptionSpec* known) { return known->name == option.name; };
        if (std::none_of(options.begin(), options.end(), same)) options.push_back(&option);
      }
    }
    return options;
  }

  void Take(std::string_view name, const CLI::Option& option) {
    if (option.count() > 0) line_.values_[std::string(name)] = option.results();
  }

  void ApplyEnvironment() {
    for (const OptionSpec* const option : Options()) {
      const auto found = environment_.find(VariableOf(*option));
      if (found == environment_.end() || found->second.empty()) continue;
      if (line_.values_.contains(option->name)) continue;
      auto& values = line_.values_[std::string(option->name)];
      from_environment_.push_back(option->name);
      if (!option->repeated) {
        values.push_back(found->second);
        continue;
      }
      for (const std::string_view value : base::Split(found->second, ' ')) {
        if (!value.empty()) values.emplace_back(value);
      }
    }
  }

  std::optional<UsageError> CheckExtras(const std::vector<std::string>& extras) {
    if (extras.empty()) return std::nullopt;
    const std::string& word = extras.front();
    const CommandSpec& command = *path_.back();
    if (word.size() > 1 && word[0] == '-') {
      const std::string name = word.substr(0, word.find('='));
      std::vector<std::string> names;
      for (const CommandSpec* const above : path_) {
        for (const OptionSpec& option : above->options) {
          names.push_back("--" + std::string(option.name));
        }
      }
      return Fail("unknown option '" + name + "'", base::DidYouMean(name, names));
    }
    if (command.num_commands > 0) {
      std::vector<std::string> names;
      for (size_t i = 0; i < command.num_commands; ++i) {
        if (!command.commands[i].hidden) names.emplace_back(command.commands[i].name);
      }
      std::string hint = base::DidYouMean(word, names);
      if (hint.empty()) hint = "The commands are " + base::Join(names, ", ") + ".";
      return Fail("unknown command '" + word + "'", hint);
    }
    return Fail("unexpected argument '" + word + "'",
                command.name == "sql" ? "Put the query into one pair of quotes." : "");
  }

  std::optional<UsageError> CheckValues() {
    for (const OptionSpec* const option : Options()) {
      const bool from_variable = std::find(from_environment_.begin(), from_environment_.end(),
                                           option->name) != from_environment_.end();
      const std::string where =
          from_variable ? VariableOf(*option) : "--" + std::string(option->name);
      if (auto error = CheckValuesOf(option->name, option->kind, option->choices, where)) {
        return error;
      }
    }
    for (const PositionalSpec& positional : path_.back()->positionals) {
      if (auto error = CheckValuesOf(positional.name, positional.kind, positional.choices,
                                     std::string(positional.name))) {
        return error;
      }
    }
    return std::nullopt;
  }

  std::optional<UsageError> CheckValuesOf(std::string_view name, ValueKind kind,
                                          std::span<const std::string_view> choices,
                                          const std::string& where) {
    for (const std::string& value : line_.All(name)) {
      const std::string wrong = WrongValue(kind, choices, value);
      if (wrong.empty()) continue;
      return Fail(where + " " + wrong + ", not '" + value + "'",
                  base::DidYouMean(value, Names(choices)));
    }
    return std::nullopt;
  }

  // After this a flag is on exactly when it is there.
  void DropFalseFlags() {
    for (const OptionSpec* const option : Options()) {
      const auto found = line_.values_.find(option->name);
      const bool off = option->kind == ValueKind::kFlag && found != line_.values_.end() &&
                       IsFalse(found->second.back());
      if (off) line_.values_.erase(found);
    }
  }

  std::optional<UsageError> CheckMissing() {
    const CommandSpec& command = *path_.back();
    if (command.num_commands > 0 && path_.size() > 1) {
      std::vector<std::string> names;
      for (size_t i = 0; i < command.num_commands; ++i) {
        names.emplace_back(command.commands[i].name);
      }
      return Fail("'" + std::string(command.name) + "' needs a command",
                  "One of " + base::Join(names, ", ") + ".");
    }
    for (const PositionalSpec& positional : command.positionals) {
      if (positional.required && !line_.values_.contains(positional.name)) {
        return Fail("missing " + std::string(positional.name) + ": " +
                    std::string(positional.help));
      }
    }
    return std::nullopt;
  }

  UsageError Fail(std::string message, std::string hint = "") {
    return {.message = std::move(message), .hint = std::move(hint), .path = path_};
  }

  const Environment& environment_;
  std::vector<const CommandSpec*> path_;
  std::vector<std::string_view> from_environment_;
  CommandLine line_;
};

std::string CommandLine::Name() const {
  std::string name;
  for (size_t i = 1; i < path_.size(); ++i) {
    if (i > 1) name += ' ';
    name += path_[i]->name;
  }
  return name;
}

bool CommandLine::Has(std::string_view name) const { return values_.contains(name); }

std::string CommandLine::Text(std::string_view name, std::string_view otherwise) const {
  const auto found = values_.find(name);
  if (found == values_.end() || found->second.empty()) return std::string(otherwise);
  return found->second.back();
}

int64_t CommandLine::Count(std::string_view name, int64_t otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() ? otherwise : ParseCount(found->second.back()).value();
}

double CommandLine::Share(std::string_view name, double otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() ? otherwise : ParseShare(found->second.back()).value();
}

std::vector<std::string> CommandLine::All(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>{} : found->second;
}

std::variant<CommandLine, UsageError> ParseCommandLine(const std::vector<std::string>& arguments,
                                                       const Environment& environment) {
  return Parser(environment).Parse(arguments);
}

}  // namespace app
