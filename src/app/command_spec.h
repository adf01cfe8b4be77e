// The tree of commands as data: names, options, positionals, examples. Parsing, help, completion
// and the test of docs/cli.md all read this one table. Constants; THREAD: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace app {

// What a value is: how it is checked and how it completes.
enum class ValueKind : uint8_t {
  kFlag,  // no value
  kText,
  kCount,  // a whole number, 0 or more
  kShare,  // a number from 0 to 1
  kChoice,
  kFolder,
  kFile,
  kSelector,  // of nodes: model names, schema.*, tag:x
  kTable,
  kRun,      // id of a run record
  kTopic,
  kCommand,  // name of a command
};

struct OptionSpec {
  std::string_view name;  // without dashes
  char letter = 0;
  std::string_view value = {};  // placeholder in help; "" for a flag
  std::string_view help;
  ValueKind kind = ValueKind::kFlag;
  std::span<const std::string_view> choices = {};
  bool repeated = false;
};

struct PositionalSpec {
  std::string_view name;  // as help shows it: "NAME"
  std::string_view help;
  ValueKind kind = ValueKind::kText;
  bool required = false;
  bool repeated = false;
  std::span<const std::string_view> choices = {};
};

struct ExampleSpec {
  std::string_view command;
  std::string_view says;
};

// Where a command runs.
enum class Place : uint8_t {
  kHere,       // needs no project, or only reads its files
  kOwner,      // in the process that owns the project; short
  kOwnerLong,  // the same, and long: it rather waits for a short owner's end and owns itself
  kOwnerSelf,  // owns the project itself, and waits for the end of whoever does
};

struct CommandSpec {
  std::string_view name;
  std::string_view summary;       // one line, lower case
  std::string_view details = {};  // sentences; may be empty
  std::span<const ExampleSpec> examples = {};
  std::span<const PositionalSpec> positionals = {};
  std::span<const OptionSpec> options = {};
  const CommandSpec* commands = nullptr;  // below this one
  size_t num_commands = 0;
  Place place = Place::kHere;
  bool stops_gently = false;  // looks at its stop token; otherwise Ctrl-C ends it at once
  bool hidden = false;
};

// The program itself: its options are the global ones.
const CommandSpec& Program();

// nullptr when there is none of that name.
const CommandSpec* FindCommand(const CommandSpec& parent, std::string_view name);
const OptionSpec* FindOption(const CommandSpec& command, std::string_view name);

// TRIBUTARY_FULL_REFRESH for "full-refresh"; "" for an option that has no variable (help and the
// like make no sense in one).
std::string VariableOf(const OptionSpec& option);

}  // namespace app
