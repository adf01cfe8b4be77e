#include "app/command_spec.h"

#include <array>

#include "app/command_spec_log.h"

namespace app {
namespace {

using Kind = ValueKind;

constexpr std::array<std::string_view, 4> kFormats = {"table", "json", "ndjson", "csv"};
constexpr std::array<std::string_view, 3> kColors = {"auto", "always", "never"};
constexpr std::array<std::string_view, 2> kTemplates = {"starter", "empty"};
constexpr std::array<std::string_view, 3> kShells = {"bash", "zsh", "fish"};

constexpr OptionSpec kSelect{.name = "select",
                             .letter = 's',
                             .value = "SELECTOR",
                             .help = "the same as SELECT; may be repeated",
                             .kind = Kind::kSelector,
                             .repeated = true};
constexpr OptionSpec kExclude{.name = "exclude",
                              .value = "SELECTOR",
                              .help = "leave these out; may be repeated",
                              .kind = Kind::kSelector,
                              .repeated = true};
constexpr OptionSpec kParallel{.name = "parallel",
                               .value = "N",
                               .help = "models at once (default: one a core)",
                               .kind = Kind::kCount};
constexpr PositionalSpec kSelectors{.name = "SELECT",
                                    .help = "what to take: name, schema.*, +x, x+, tag:t, source:s",
                                    .kind = Kind::kSelector,
                                    .repeated = true};
constexpr std::array kTableName = {PositionalSpec{
    .name = "NAME", .help = "a table: schema.name", .kind = Kind::kTable, .required = true}};

// --- new, check ---
constexpr std::array kNewExamples = {
    ExampleSpec{"tributary new shop", "a project with sample data and a model, ready to run"},
    ExampleSpec{"tributary new shop --template empty", "only the folders and tributary.yaml"},
};
constexpr std::array kNewPositionals = {PositionalSpec{.name = "FOLDER",
                                                       .help = "made when missing; its last part "
                                                               "is the project's name",
                                                       .kind = Kind::kFolder,
                                                       .required = true}};
constexpr std::array kNewOptions = {OptionSpec{.name = "template",
                                               .value = "NAME",
                                               .help = "starter (default) or empty",
                                               .kind = Kind::kChoice,
                                               .choices = kTemplates}};
constexpr std::array kCheckExamples = {
    ExampleSpec{"tributary check", "every mistake, with file:line:column"},
    ExampleSpec{"tributary check -o json", "the same for an editor or a script"},
};

// --- run, test, runs ---
constexpr std::array kRunExamples = {
    ExampleSpec{"tributary run", "everything: load new files, build, test, publish"},
    ExampleSpec{"tributary run +gold.mart_users", "one mart with all it is made from"},
    ExampleSpec{"tributary run 'silver.*' --exclude tag:slow", "a schema without some"},
};
constexpr std::array kRunPositionals = {kSelectors};
constexpr std::array kRunOptions = {
    kSelect,
    kExclude,
    OptionSpec{.name = "full-refresh", .help = "load sources again from nothing"},
    OptionSpec{.name = "no-publish", .help = "do not copy marts to other databases"},
    OptionSpec{.name = "no-tests", .help = "do not run data tests"},
    kParallel};
constexpr std::array kTestExamples = {
    ExampleSpec{"tributary test", "every data test"},
    ExampleSpec{"tributary test 'gold.*'", "those of one schema"},
};
constexpr std::array kTestOptions = {kSelect, kExclude, kParallel};
constexpr std::array kRunsExamples = {
    ExampleSpec{"tributary runs", "the last ten runs"},
    ExampleSpec{"tributary runs 019aa1b2", "the steps of one, by the start of its id"},
};
constexpr std::array kRunsPositionals = {
    PositionalSpec{.name = "RUN", .help = "id of a run, or the start of it", .kind = Kind::kRun}};
constexpr std::array kRunsOptions = {OptionSpec{.name = "last",
                                                .letter = 'n',
                                                .value = "N",
                                                .help = "how many, newest first (default 10)",
                                                .kind = Kind::kCount}};

// --- up ---
constexpr std::array kUpExamples = {
    ExampleSpec{"tributary up", "Kafka on 127.0.0.1:9092, HTTP on 127.0.0.1:8080"},
    ExampleSpec{"tributary up --kafka-listen 127.0.0.1:19092 --http-listen off",
                "another port, and no HTTP"},
};
constexpr std::array kUpOptions = {
    OptionSpec{.name = "kafka-listen",
               .value = "ADDRESS",
               .help = "[PROTOCOL://]host:port, or off; may be repeated",
               .kind = Kind::kText,
               .repeated = true},
    OptionSpec{.name = "http-listen",
               .value = "ADDRESS",
               .help = "host:port, or off; may be repeated",
               .kind = Kind::kText,
               .repeated = true},
    OptionSpec{.name = "allow-anonymous",
               .help = "serve other machines without passwords or certificates"}};

// --- sql ---
constexpr std::array kSqlExamples = {
    ExampleSpec{"tributary sql \"SELECT * FROM gold.mart_users LIMIT 5\"", "one query"},
    ExampleSpec{"tributary sql -o csv -f report.sql > report.csv", "a file of SQL, into a file"},
    ExampleSpec{"tributary sql", "a shell with history, on a terminal"},
};
constexpr std::array kSqlPositionals = {
    PositionalSpec{.name = "QUERY", .help = "SQL text; - reads standard input"}};
constexpr std::array kSqlOptions = {OptionSpec{.name = "file",
                                               .letter = 'f',
                                               .value = "FILE",
                                               .help = "read the SQL from a file",
                                               .kind = Kind::kFile}};

// --- table ---
constexpr OptionSpec kLimit{.name = "limit",
                            .letter = 'n',
                            .value = "N",
                            .help = "rows to show (default 10)",
                            .kind = Kind::kCount};
constexpr std::array kLimitOnly = {kLimit};
constexpr std::array kShowOptions = {
    OptionSpec{.name = "version", .value = "N", .help = "as of a version", .kind = Kind::kCount},
    OptionSpec{.name = "timestamp",
               .value = "TIME",
               .help = "as of a time: \"2026-11-21 04:10:00\", UTC",
               .kind = Kind::kText},
    kLimit};
constexpr std::array kLsExamples = {ExampleSpec{"tributary table ls", "every table in the lake"}};
constexpr std::array kDescribeExamples = {
    ExampleSpec{"tributary table describe gold.mart_users", "columns, files, size, properties"}};
constexpr std::array kShowExamples = {
    ExampleSpec{"tributary table show gold.mart_users -n 3", "three rows"},
    ExampleSpec{"tributary table show gold.mart_users --version 0", "as the first run left it"},
};
constexpr std::array kHistoryExamples = {
    ExampleSpec{"tributary table history gold.mart_users", "its last commits"}};
constexpr std::array kRejectsExamples = {
    ExampleSpec{"tributary table rejects bronze.reviews", "why, how many, and samples"},
    ExampleSpec{"tributary table rejects bronze.reviews -n 1000 -o ndjson", "for a program"},
};
constexpr std::array kReplayExamples = {
    ExampleSpec{"tributary table replay bronze.reviews", "after its schema has been mended"}};
constexpr std::array kTableExamples = {
    ExampleSpec{"tributary table ls", "every table in the lake"},
    ExampleSpec{"tributary table history gold.mart_users", "its last commits"},
    ExampleSpec{"tributary table rejects bronze.reviews", "records that did not fit"},
};
constexpr std::array kTableCommands = {
    CommandSpec{.name = "ls",
                .summary = "list the tables of the lake",
                .examples = kLsExamples,
                .place = Place::kOwner},
    CommandSpec{.name = "describe",
                .summary = "columns, partitions, files and size of a table",
                .examples = kDescribeExamples,
                .positionals = kTableName,
                .place = Place::kOwner},
    CommandSpec{.name = "show",
                .summary = "rows of a table, also of an earlier version",
                .examples = kShowExamples,
                .positionals = kTableName,
                .options = kShowOptions,
                .place = Place::kOwner,
                .stops_gently = true},
    CommandSpec{.name = "history",
                .summary = "the commits of a table, newest first",
                .examples = kHistoryExamples,
                .positionals = kTableName,
                .options = kLimitOnly,
                .place = Place::kOwner},
    CommandSpec{.name = "rejects",
                .summary = "records that did not fit a source's schema",
                .examples = kRejectsExamples,
                .positionals = kTableName,
                .options = kLimitOnly,
                .place = Place::kOwner,
                .stops_gently = true},
    CommandSpec{.name = "replay",
                .summary = "try rejected records again under today's schema",
                .details = "Records that fit now move into the table, each exactly once; the "
                           "others stay.",
                .examples = kReplayExamples,
                .positionals = kTableName,
                .place = Place::kOwnerLong,
                .stops_gently = true},
};

// --- generate ---
constexpr std::array kAmazonExamples = {
    ExampleSpec{"tributary generate amazon-reviews --reviews 100000 --out data",
                "data/reviews.jsonl and data/meta.jsonl"},
    ExampleSpec{"tributary generate amazon-reviews --seed 7 --gzip --out data",
                "another world, compressed"},
};
constexpr OptionSpec Rate(std::string_view name, std::string_view help) {
  return {.name = name, .value = "SHARE", .help = help, .kind = Kind::kShare};
}
constexpr std::array kAmazonOptions = {
    OptionSpec{.name = "reviews",
               .value = "N",
               .help = "lines of reviews (default 100000)",
               .kind = Kind::kCount},
    OptionSpec{.name = "products",
               .value = "N",
               .help = "distinct products (default 10000)",
               .kind = Kind::kCount},
    OptionSpec{.name = "seed",
               .value = "N",
               .help = "the same seed gives the same bytes (default 1)",
               .kind = Kind::kCount},
    OptionSpec{.name = "out",
               .value = "FOLDER",
               .help = "where to write (default: data)",
               .kind = Kind::kFolder},
    OptionSpec{.name = "gzip", .help = "write .jsonl.gz"},
    Rate("bad-rate", "share of lines that no schema takes"),
    Rate("null-rate", "share of reviews with a null in a required field"),
    Rate("duplicate-rate", "share of reviews repeated byte for byte"),
    Rate("same-key-rate", "share of reviews on the key of another"),
    Rate("missing-item-rate", "share of products without an item line"),
    Rate("null-item-rate", "share of items with a null in a required field"),
    Rate("odd-price-rate", "share of items priced in words"),
    Rate("repeated-item-rate", "share of items with a second line"),
};
constexpr std::array kGenerateCommands = {
    CommandSpec{.name = "amazon-reviews",
                .summary = "reviews and items in the shape of Amazon Reviews 2023",
                .details = "The same numbers and seed give the same bytes on every machine.",
                .examples = kAmazonExamples,
                .options = kAmazonOptions},
};

// --- doctor, completion, help, version ---
constexpr std::array kDoctorExamples = {
    ExampleSpec{"tributary doctor", "is this machine and this project fit to run?"}};
constexpr std::array kCompletionExamples = {
    ExampleSpec{"source <(tributary completion bash)", "for this shell"},
    ExampleSpec{"tributary completion zsh > ~/.zfunc/_tributary", "for good, with zsh"},
    ExampleSpec{"tributary completion fish | source", "with fish"},
};
constexpr std::array kCompletionPositionals = {PositionalSpec{.name = "SHELL",
                                                              .help = "bash, zsh or fish",
                                                              .kind = Kind::kChoice,
                                                              .required = true,
                                                              .choices = kShells}};
constexpr std::array kHelpExamples = {ExampleSpec{"tributary help table history", ""}};
constexpr std::array kHelpPositionals = {PositionalSpec{
    .name = "COMMAND", .help = "the command to explain", .kind = Kind::kCommand, .repeated = true}};
constexpr std::array kVersionExamples = {ExampleSpec{"tributary version", ""}};
constexpr std::array kCompletePositionals = {
    PositionalSpec{.name = "WORD", .help = "the words so far", .repeated = true}};

constexpr std::array kCommands = {
    CommandSpec{.name = "new",
                .summary = "make a project folder",
                .details = "Nothing that exists is overwritten.",
                .examples = kNewExamples,
                .positionals = kNewPositionals,
                .options = kNewOptions},
    CommandSpec{.name = "check",
                .summary = "find every mistake in the project, without running it",
                .details = "Reads the project's files only, so it may run beside anything.",
                .examples = kCheckExamples},
    CommandSpec{.name = "run",
                .summary = "bring the project's tables up to date",
                .details = "Loads files not seen before, builds models in the order of their "
                           "inputs, tests them, publishes. A failed step skips only what is built "
                           "from it. Every table changes in one atomic commit.",
                .examples = kRunExamples,
                .positionals = kRunPositionals,
                .options = kRunOptions,
                .place = Place::kOwnerLong,
                .stops_gently = true},
    CommandSpec{.name = "test",
                .summary = "run the data tests on the tables as they are",
                .examples = kTestExamples,
                .positionals = kRunPositionals,
                .options = kTestOptions,
                .place = Place::kOwnerLong,
                .stops_gently = true},
    CommandSpec{.name = "runs",
                .summary = "list past runs, or the steps of one",
                .examples = kRunsExamples,
                .positionals = kRunsPositionals,
                .options = kRunsOptions,
                .place = Place::kOwner},
    CommandSpec{.name = "up",
                .summary = "serve the project: its log to Kafka clients, probes and metrics",
                .details = "Owns the project until Ctrl-C; other commands work meanwhile. What "
                           "the options do not say, tributary.yaml does (kafka, http, log).",
                .examples = kUpExamples,
                .options = kUpOptions,
                .place = Place::kOwnerSelf,
                .stops_gently = true},
    CommandSpec{.name = "sql",
                .summary = "query tables and views",
                .details = "Reads: SELECT, FROM, WITH, VALUES, DESCRIBE, SUMMARIZE, SHOW, EXPLAIN, "
                           "and COPY ... TO a file. Tables are made by models. Works while a run "
                           "is under way: a query sees each table as of its last commit.",
                .examples = kSqlExamples,
                .positionals = kSqlPositionals,
                .options = kSqlOptions,
                .place = Place::kOwner,
                .stops_gently = true},
    CommandSpec{.name = "table",
                .summary = "look into the tables of the lake",
                .examples = kTableExamples,
                .commands = kTableCommands.data(),
                .num_commands = kTableCommands.size()},
    CommandSpec{.name = "topic",
                .summary = "look into the topics of the log, produce and consume",
                .examples = log_commands::kTopicExamples,
                .commands = log_commands::kTopicCommands.data(),
                .num_commands = log_commands::kTopicCommands.size()},
    CommandSpec{.name = "group",
                .summary = "consumer groups, their members and offsets",
                .examples = log_commands::kGroupLsExamples,
                .commands = log_commands::kGroupCommands.data(),
                .num_commands = log_commands::kGroupCommands.size()},
    CommandSpec{.name = "generate",
                .summary = "make sample data",
                .examples = kAmazonExamples,
                .commands = kGenerateCommands.data(),
                .num_commands = kGenerateCommands.size()},
    CommandSpec{.name = "doctor",
                .summary = "check the machine and the project's surroundings",
                .details = "Exit 1 when something would keep a run from working.",
                .examples = kDoctorExamples},
    CommandSpec{.name = "completion",
                .summary = "print the completion script of a shell",
                .details = "Completes commands, options, and the names of models and tables.",
                .examples = kCompletionExamples,
                .positionals = kCompletionPositionals},
    CommandSpec{.name = "help",
                .summary = "explain a command",
                .examples = kHelpExamples,
                .positionals = kHelpPositionals},
    CommandSpec{.name = "version", .summary = "print the version", .examples = kVersionExamples},
    CommandSpec{.name = "__complete",
                .summary = "candidates for the last of some words",
                .examples = {},
                .positionals = kCompletePositionals,
                .hidden = true},
};

constexpr std::array kProgramExamples = {
    ExampleSpec{"tributary new shop && cd shop", "a project with sample data"},
    ExampleSpec{"tributary check && tributary run", "find mistakes, then load, build and test"},
    ExampleSpec{"tributary sql \"SELECT * FROM gold.orders_by_day\"", "ask"},
};
constexpr std::array kGlobalOptions = {
    OptionSpec{.name = "project",
               .letter = 'C',
               .value = "FOLDER",
               .help = "the project (default: the folder here or above that has tributary.yaml)",
               .kind = Kind::kFolder},
    OptionSpec{.name = "target",
               .value = "NAME",
               .help = "a target of tributary.yaml",
               .kind = Kind::kText},
    OptionSpec{.name = "format",
               .letter = 'o',
               .value = "FORMAT",
               .help = "of data on standard output: table, json, ndjson, csv",
               .kind = Kind::kChoice,
               .choices = kFormats},
    OptionSpec{.name = "quiet", .letter = 'q', .help = "errors only on standard error"},
    OptionSpec{
        .name = "verbose", .letter = 'v', .help = "log what happens, and name every test of a run"},
    OptionSpec{.name = "color",
               .value = "WHEN",
               .help = "auto, always or never",
               .kind = Kind::kChoice,
               .choices = kColors},
    OptionSpec{.name = "no-color", .help = "the same as --color never"},
    OptionSpec{.name = "help", .letter = 'h', .help = "explain the command"},
    OptionSpec{.name = "version", .help = "print the version"},
};

constexpr CommandSpec kProgram{
    .name = "tributary",
    .summary = "a whole lakehouse in one program: files in, SQL models, Delta tables out",
    .examples = kProgramExamples,
    .options = kGlobalOptions,
    .commands = kCommands.data(),
    .num_commands = kCommands.size()};

}  // namespace

const CommandSpec& Program() { return kProgram; }

const CommandSpec* FindCommand(const CommandSpec& parent, std::string_view name) {
  for (size_t i = 0; i < parent.num_commands; ++i) {
    if (parent.commands[i].name == name) return &parent.commands[i];
  }
  return nullptr;
}

const OptionSpec* FindOption(const CommandSpec& command, std::string_view name) {
  for (const OptionSpec& option : command.options) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

std::string VariableOf(const OptionSpec& option) {
  if (option.name == "help" || option.name == "version") return "";
  std::string variable = "TRIBUTARY_";
  for (const char c : option.name) {
    variable += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  return variable;
}

}  // namespace app
