// Help texts, made from the tree of commands: usage, what it does, examples first, then options.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "app/command_line.h"

namespace app {
namespace {

using Row = std::pair<std::string, std::string>;

constexpr size_t kColumns = 100;

// Words of `text` in lines of at most kColumns, the first beginning at `indent`.
std::string Wrap(std::string_view text, size_t indent) {
  std::string wrapped;
  size_t column = indent;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (column > indent && column + 1 + end > kColumns) {
      wrapped += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      wrapped += ' ';
      ++column;
    }
    wrapped += text.substr(0, end);
    column += end;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return wrapped;
}

std::string Section(std::string_view title, const std::vector<Row>& rows) {
  if (rows.empty()) return "";
  size_t width = 0;
  for (const Row& row : rows) {
    if (row.first.size() <= 40) width = std::max(width, row.first.size());
  }
  std::string text = "\n" + std::string(title) + ":\n";
  for (const auto& [left, right] : rows) {
    text += "  " + left;
    if (!right.empty()) {
      if (left.size() > width) {
        text += "\n" + std::string(width + 4, ' ');
      } else {
        text += std::string(width - left.size() + 2, ' ');
      }
      text += Wrap(right, width + 4);
    }
    text += "\n";
  }
  return text;
}

Row OptionRow(const OptionSpec& option) {
  std::string left = option.letter != 0 ? std::string("-") + option.letter + ", " : "    ";
  left += "--" + std::string(option.name);
  if (!option.value.empty()) left += " " + std::string(option.value);
  const std::string variable = VariableOf(option);
  std::string right(option.help);
  if (!variable.empty()) right += " [" + variable + "]";
  return {left, right};
}

std::vector<Row> OptionRows(const CommandSpec& command) {
  std::vector<Row> rows;
  for (const OptionSpec& option : command.options) rows.push_back(OptionRow(option));
  return rows;
}

// Under one another where a command is longer than its explanation leaves room for.
std::string Examples(const CommandSpec& command) {
  if (command.examples.empty()) return "";
  std::string text = "\nexamples:\n";
  for (const ExampleSpec& example : command.examples) {
    text += "  " + std::string(example.command) + "\n";
    if (!example.says.empty()) text += "      " + std::string(example.says) + "\n";
  }
  return text;
}

}  // namespace

std::string UsageLine(const std::vector<const CommandSpec*>& path) {
  std::string usage;
  for (const CommandSpec* const command : path) {
    if (!usage.empty()) usage += ' ';
    usage += command->name;
  }
  const CommandSpec& command = *path.back();
  if (command.num_commands > 0) usage += " COMMAND";
  for (const PositionalSpec& positional : command.positionals) {
    std::string name(positional.name);
    if (positional.repeated) name += "...";
    usage += positional.required ? " " + name : " [" + name + "]";
  }
  return usage + " [options]";
}

std::string HelpText(const std::vector<const CommandSpec*>& path) {
  const CommandSpec& command = *path.back();
  std::string text = std::string(command.name) + ": " + std::string(command.summary) + "\n";
  text += "usage: " + UsageLine(path) + "\n";
  if (!command.details.empty()) text += "\n" + Wrap(command.details, 0) + "\n";
  text += Examples(command);
  std::vector<Row> rows;
  for (size_t i = 0; i < command.num_commands; ++i) {
    const CommandSpec& below = command.commands[i];
    if (!below.hidden) rows.emplace_back(below.name, below.summary);
  }
  text += Section("commands", rows);
  rows.clear();
  for (const PositionalSpec& positional : command.positionals) {
    rows.emplace_back(positional.name, positional.help);
  }
  text += Section("arguments", rows);
  if (path.size() > 1) text += Section("options", OptionRows(command));
  text += Section(path.size() > 1 ? "global options" : "options", OptionRows(Program()));
  if (path.size() == 1) text += "\n`tributary COMMAND --help` explains a command.\n";
  return text;
}

}  // namespace app
