// The commands about the log, `topic` and `group`, of the tree in command_spec.cc. Constants;
// THREAD: any.
#pragma once

#include <array>
#include <string_view>

#include "app/command_spec.h"

namespace app::log_commands {

using Kind = ValueKind;

constexpr OptionSpec kBrokers{.name = "brokers",
                              .letter = 'b',
                              .value = "HOSTS",
                              .help = "host:port,... or kafka://...: this cluster, no project",
                              .kind = Kind::kText};
constexpr OptionSpec kPartitions{.name = "partition",
                                 .letter = 'p',
                                 .value = "N",
                                 .help = "only this partition; may be repeated",
                                 .kind = Kind::kCount,
                                 .repeated = true};
constexpr OptionSpec kTo{.name = "to",
                         .value = "PLACE",
                         .help = "beginning, end, an offset, -N before the end, s@TIME",
                         .kind = Kind::kText};
constexpr OptionSpec kDryRun{.name = "dry-run", .help = "show what would change, change nothing"};

constexpr std::array kTopicName = {PositionalSpec{
    .name = "TOPIC", .help = "name of a topic", .kind = Kind::kTopic, .required = true}};
constexpr std::array kTopicNames = {PositionalSpec{.name = "TOPIC",
                                                   .help = "names of topics",
                                                   .kind = Kind::kTopic,
                                                   .required = true,
                                                   .repeated = true}};
constexpr std::array kNewTopics = {PositionalSpec{.name = "TOPIC",
                                                  .help = "names: letters, digits, . _ -",
                                                  .kind = Kind::kText,
                                                  .required = true,
                                                  .repeated = true}};
constexpr std::array kTopicPattern = {
    PositionalSpec{.name = "PATTERN", .help = "only these, as in 'orders*'", .kind = Kind::kTopic}};
constexpr std::array kGroupName = {PositionalSpec{
    .name = "GROUP", .help = "id of a consumer group", .kind = Kind::kText, .required = true}};
constexpr std::array kGroupNames = {PositionalSpec{.name = "GROUP",
                                                   .help = "ids of consumer groups",
                                                   .kind = Kind::kText,
                                                   .required = true,
                                                   .repeated = true}};

// --- topic ---
constexpr std::array kLsExamples = {
    ExampleSpec{"tributary topic ls", "every topic of the project's log"},
    ExampleSpec{"tributary topic ls 'shop.*' -b broker1:9092", "some of a cluster's"},
};
constexpr std::array kLsOptions = {
    OptionSpec{.name = "internal", .help = "also what the log itself keeps in topics"}, kBrokers};
constexpr std::array kCreateExamples = {
    ExampleSpec{"tributary topic create orders -p 4", "four partitions"},
    ExampleSpec{"tributary topic create users -c cleanup.policy=compact", "the last per key"},
};
constexpr std::array kCreateOptions = {
    OptionSpec{.name = "partitions",
               .letter = 'p',
               .value = "N",
               .help = "how many (default: the log's)",
               .kind = Kind::kCount},
    OptionSpec{.name = "replicas",
               .letter = 'r',
               .value = "N",
               .help = "of each partition, in a cluster",
               .kind = Kind::kCount},
    OptionSpec{.name = "config",
               .letter = 'c',
               .value = "NAME=VALUE",
               .help = "a topic configuration of Kafka; may be repeated",
               .kind = Kind::kText,
               .repeated = true},
    OptionSpec{.name = "if-not-exists", .help = "a topic that is there already is no mistake"},
    kBrokers};
constexpr std::array kDescribeExamples = {
    ExampleSpec{"tributary topic describe orders", "partitions, where they begin and end"},
    ExampleSpec{"tributary topic describe orders --configs", "every configuration"},
};
constexpr std::array kDescribeOptions = {
    OptionSpec{.name = "configs", .help = "its configurations instead"}, kBrokers};
constexpr std::array kAlterExamples = {
    ExampleSpec{"tributary topic alter orders --set retention.ms=86400000", "keep a day"},
    ExampleSpec{"tributary topic alter orders --unset retention.ms", "as the log does"},
};
constexpr std::array kAlterOptions = {OptionSpec{.name = "set",
                                                 .value = "NAME=VALUE",
                                                 .help = "set a configuration; may be repeated",
                                                 .kind = Kind::kText,
                                                 .repeated = true},
                                      OptionSpec{.name = "unset",
                                                 .value = "NAME",
                                                 .help = "back to the default; may be repeated",
                                                 .kind = Kind::kText,
                                                 .repeated = true},
                                      kBrokers};
constexpr std::array kAddPartitionsExamples = {
    ExampleSpec{"tributary topic add-partitions orders -p 8", "so that there are eight"}};
constexpr std::array kAddPartitionsOptions = {OptionSpec{.name = "partitions",
                                                         .letter = 'p',
                                                         .value = "N",
                                                         .help = "how many there shall be in all",
                                                         .kind = Kind::kCount},
                                              kBrokers};
constexpr std::array kDeleteExamples = {
    ExampleSpec{"tributary topic delete orders", "the topic with its records"}};
constexpr std::array kBrokersOnly = {kBrokers};
constexpr std::array<std::string_view, 5> kCodecs = {"none", "gzip", "snappy", "lz4", "zstd"};
constexpr std::array kProduceExamples = {
    ExampleSpec{"echo hello | tributary topic produce greetings", "a line is a record"},
    ExampleSpec{"cat users.txt | tributary topic produce users -K :", "key:value lines"},
    ExampleSpec{"echo | tributary topic produce users -k 42 -Z", "a tombstone for key 42"},
};
constexpr std::array kProduceOptions = {
    OptionSpec{.name = "partition",
               .letter = 'p',
               .value = "N",
               .help = "into this one (default: by the key's hash)",
               .kind = Kind::kCount},
    OptionSpec{.name = "key",
               .letter = 'k',
               .value = "KEY",
               .help = "of every record that brings none",
               .kind = Kind::kText},
    OptionSpec{.name = "key-delimiter",
               .letter = 'K',
               .value = "TEXT",
               .help = "what stands between key and value (\\t, \\x01)",
               .kind = Kind::kText},
    OptionSpec{.name = "delimiter",
               .letter = 'D',
               .value = "TEXT",
               .help = "what ends a record (default \\n)",
               .kind = Kind::kText},
    OptionSpec{.name = "header",
               .letter = 'H',
               .value = "NAME=VALUE",
               .help = "of every record; may be repeated",
               .kind = Kind::kText,
               .repeated = true},
    OptionSpec{.name = "null", .letter = 'Z', .help = "an empty key or value is null"},
    OptionSpec{.name = "compression",
               .letter = 'z',
               .value = "CODEC",
               .help = "none (default), gzip, snappy, lz4, zstd",
               .kind = Kind::kChoice,
               .choices = kCodecs},
    kBrokers};
constexpr std::array kConsumeExamples = {
    ExampleSpec{"tributary topic consume orders", "from the beginning, and what comes"},
    ExampleSpec{"tributary topic consume orders -e -O -10", "the last ten of each partition"},
    ExampleSpec{"tributary topic consume orders -f '%p@%o %k: %v\\n'", "as a line of your own"},
    ExampleSpec{"tributary topic consume orders -e --from 1h -o ndjson", "the last hour, as JSON"},
};
constexpr std::array kConsumeOptions = {
    kPartitions,
    OptionSpec{.name = "offset",
               .letter = 'O',
               .value = "PLACE",
               .help = "beginning, end, stored, N, -N, s@TIME; e@TIME stops there",
               .kind = Kind::kText,
               .repeated = true},
    OptionSpec{.name = "from",
               .value = "TIME",
               .help = "the same as -O s@TIME: 2026-11-21, ms, or 15m ago",
               .kind = Kind::kText},
    OptionSpec{
        .name = "until", .value = "TIME", .help = "the same as -O e@TIME", .kind = Kind::kText},
    OptionSpec{.name = "count",
               .letter = 'c',
               .value = "N",
               .help = "stop after so many records",
               .kind = Kind::kCount},
    OptionSpec{.name = "exit", .letter = 'e', .help = "stop at the end as it is now"},
    OptionSpec{.name = "print",
               .letter = 'f',
               .value = "FORMAT",
               .help = "by rpk's letters: %k %v %h{%k=%v } %t %p %o %d (default %v\\n)",
               .kind = Kind::kText},
    OptionSpec{.name = "null", .letter = 'Z', .help = "print a null key or value as NULL"},
    OptionSpec{.name = "group",
               .letter = 'g',
               .value = "GROUP",
               .help = "go on where this group is, and commit what was printed",
               .kind = Kind::kText},
    OptionSpec{.name = "read-uncommitted", .help = "also records of open and aborted transactions"},
    kBrokers};
constexpr std::array kTopicResetExamples = {
    ExampleSpec{"tributary topic reset-offsets orders --group app --to beginning",
                "read everything again"},
    ExampleSpec{"tributary topic reset-offsets orders --group app --to s@2h --dry-run",
                "where would that be?"},
};
constexpr std::array kTopicResetOptions = {OptionSpec{.name = "group",
                                                      .letter = 'g',
                                                      .value = "GROUP",
                                                      .help = "the group whose offsets move",
                                                      .kind = Kind::kText},
                                           kTo, kPartitions, kDryRun, kBrokers};
constexpr std::array kTopicExamples = {
    ExampleSpec{"tributary topic ls", "every topic"},
    ExampleSpec{"tributary topic consume orders -e -O -10", "the last ten records"},
};
constexpr std::array kTopicCommands = {
    CommandSpec{.name = "ls",
                .summary = "list topics",
                .examples = kLsExamples,
                .positionals = kTopicPattern,
                .options = kLsOptions,
                .place = Place::kOwner,
                .stops_gently = true},
    CommandSpec{.name = "create",
                .summary = "make topics",
                .examples = kCreateExamples,
                .positionals = kNewTopics,
                .options = kCreateOptions,
                .place = Place::kOwner,
                .stops_gently = true},
    CommandSpec{.name = "describe",
                .summary = "partitions of a topic, where they begin and end, or its configurations",
                .examples = kDescribeExamples,
                .positionals = kTopicName,
                .options = kDescribeOptions,
                .place = Place::kOwner,
                .stops_gently = true},
    CommandSpec{.name = "produce",
                .summary = "append records from standard input",
                .details = "Each piece of input is durable before the next is read.",
                .examples = kProduceExamples,
                .positionals = kTopicName,
                .options = kProduceOptions,
                .place = Place::kOwner,
                .stops_gently = true},
    CommandSpec{.name = "consume",
                .summary = "print records",
                .details = "Waits for more at the end, unless -e, -c or --until says when to stop; "
                           "so does Ctrl-C.",
                .examples = kConsumeExamples,
                .positionals = kTopicName,
                .options = kConsumeOptions,
                .place = Place::kOwner,
                .stops_gently = true},
    CommandSpec{.name = "alter",
                .summary = "change configurations of a topic",
                .examples = kAlterExamples,
                .positionals = kTopicName,
                .options = kAlterOptions,
                .place = Place::kOwner,
                .stops_gently = true},
    CommandSpec{.name = "add-partitions",
                .summary = "give a topic more partitions",
                .details = "Keys may go to other partitions from then on.",
                .examples = kAddPartitionsExamples,
                .positionals = kTopicName,
                .options = kAddPartitionsOptions,
                .place = Place::kOwner,
                .stops_gently = true},
    CommandSpec{.name = "delete",
                .summary = "delete topics with their records",
                .examples = kDeleteExamples,
                .positionals = kTopicNames,
                .options = kBrokersOnly,
                .place = Place::kOwner,
                .stops_gently = true},
    CommandSpec{.name = "reset-offsets",
                .summary = "move a group to another place of a topic",
                .details = "The group must have no members.",
                .examples = kTopicResetExamples,
                .positionals = kTopicName,
                .options = kTopicResetOptions,
                .place = Place::kOwner,
                .stops_gently = true},
};

// --- group ---
constexpr std::array kGroupLsExamples = {
    ExampleSpec{"tributary group ls", "every consumer group and its state"}};
constexpr std::array kGroupDescribeExamples = {
    ExampleSpec{"tributary group describe app", "its members, offsets and lag"}};
constexpr std::array kGroupDeleteExamples = {
    ExampleSpec{"tributary group delete app", "a group without members, with its offsets"}};
constexpr std::array kGroupResetExamples = {
    ExampleSpec{"tributary group reset-offsets app --to end", "in all that it has committed"},
    ExampleSpec{"tributary group reset-offsets app --topic orders --to s@2026-11-21",
                "in one topic, to a time"},
};
constexpr std::array kGroupResetOptions = {kTo,
                                           OptionSpec{.name = "topic",
                                                      .letter = 't',
                                                      .value = "TOPIC",
                                                      .help = "only in this one; may be repeated",
                                                      .kind = Kind::kTopic,
                                                      .repeated = true},
                                           kDryRun, kBrokers};
constexpr std::array kGroupCommands = {
    CommandSpec{.name = "ls",
                .summary = "list consumer groups",
                .examples = kGroupLsExamples,
                .options = kBrokersOnly,
                .place = Place::kOwner,
                .stops_gently = true},
    CommandSpec{.name = "describe",
                .summary = "members, offsets and lag of a group",
                .examples = kGroupDescribeExamples,
                .positionals = kGroupName,
                .options = kBrokersOnly,
                .place = Place::kOwner,
                .stops_gently = true},
    CommandSpec{.name = "delete",
                .summary = "delete groups with their offsets",
                .examples = kGroupDeleteExamples,
                .positionals = kGroupNames,
                .options = kBrokersOnly,
                .place = Place::kOwner,
                .stops_gently = true},
    CommandSpec{.name = "reset-offsets",
                .summary = "move a group to another place",
                .details = "The group must have no members.",
                .examples = kGroupResetExamples,
                .positionals = kGroupName,
                .options = kGroupResetOptions,
                .place = Place::kOwner,
                .stops_gently = true},
};

}  // namespace app::log_commands
