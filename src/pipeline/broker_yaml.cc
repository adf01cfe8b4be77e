#include "pipeline/broker_yaml.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <utility>

#include "base/text.h"
#include "kafka/client/cluster_url.h"
#include "log/topic_config.h"
#include "pipeline/quantities.h"

namespace pipeline {
namespace {

using yaml::Context;
using yaml::Entry;
using yaml::MapReader;
using yaml::Text;
using yaml::Value;

constexpr std::array<std::string_view, 3> kMechanisms = {"PLAIN", "SCRAM-SHA-256",
                                                         "SCRAM-SHA-512"};

void Report(const Context& context, base::SourcePosition position, const base::Error& error) {
  context.problems.Error(position, error.message(), error.hint());
}

std::string Absolute(const std::string& root, const std::string& path) {
  std::string whole = (std::filesystem::path(root) / path).lexically_normal().string();
  while (whole.size() > 1 && whole.ends_with('/')) whole.pop_back();
  return whole;
}

// A whole number of [least, most]; nullopt when absent or wrong.
std::optional<int64_t> FindCount(MapReader& map, std::string_view key, int64_t least, int64_t most,
                                 const Context& context) {
  const auto text = map.FindText(key);
  if (!text) return std::nullopt;
  int64_t count = 0;
  const char* const end = text->text.data() + text->text.size();
  const auto parsed = std::from_chars(text->text.data(), end, count);
  if (parsed.ec == std::errc() && parsed.ptr == end && count >= least && count <= most) {
    return count;
  }
  context.problems.Error(text->position,
                         "'" + std::string(key) + "' must be a whole number from " +
                             std::to_string(least) + " to " + std::to_string(most) + ", not '" +
                             text->written + "'");
  return std::nullopt;
}

std::optional<int64_t> FindDuration(MapReader& map, std::string_view key, int64_t least_ms,
                                    const Context& context) {
  const auto text = map.FindText(key);
  if (!text) return std::nullopt;
  const auto duration = ParseDurationMs(text->text);
  if (duration && *duration >= least_ms) return duration;
  context.problems.Error(text->position,
                         "'" + std::string(key) + ": " + text->written + "' is not a duration" +
                             (duration ? " of at least " + std::to_string(least_ms) + " ms" : ""),
                         "Write for example 500ms, 10s, 5m, 12h or 7d.");
  return std::nullopt;
}

void ReadTopicDefaults(const Value& value, const Context& context, BrokerSettings& settings) {
  if (!MapReader(value, "'topic_defaults'", context).ok()) return;
  for (const Entry& entry : value.entries) {
    const auto text = yaml::ReadText(entry.value, "'" + entry.key + "'", context);
    if (!text) continue;
    const auto applied = logs::Apply({}, {{entry.key, text->text}});
    if (applied.ok()) {
      settings.topic_defaults[entry.key] = text->text;
      continue;
    }
    std::vector<std::string> names;
    for (const auto& known : logs::TopicConfigNames()) names.emplace_back(known.name);
    const bool unknown = std::find(names.begin(), names.end(), entry.key) == names.end();
    const std::string hint = unknown ? base::DidYouMean(entry.key, names) : applied.error().hint();
    context.problems.Error(unknown ? entry.position : entry.value.position,
                           applied.error().message(), hint);
  }
}

KafkaListen* AddListen(const Text& text, const Context& context, BrokerSettings& settings) {
  auto listen = ParseKafkaListen(text.text);
  if (!listen.ok()) {
    Report(context, text.position, listen.error());
    return nullptr;
  }
  listen->position = text.position;
  settings.kafka.push_back(std::move(*listen));
  return &settings.kafka.back();
}

// An address, or a map of address, name and advertised.
void ReadListen(const Value& value, const Context& context, BrokerSettings& settings) {
  if (value.kind != yaml::Kind::kMap) {
    if (const auto text = yaml::ReadText(value, "a listener", context)) {
      AddListen(*text, context, settings);
    }
    return;
  }
  MapReader map(value, "a listener", context);
  const auto address = map.RequireText("address");
  const auto name = map.FindText("name");
  const auto advertised = map.FindText("advertised");
  map.Finish();
  KafkaListen* const listen = address ? AddListen(*address, context, settings) : nullptr;
  if (listen == nullptr) return;
  if (name) listen->name = name->text;
  if (!advertised) return;
  auto where = env::ParseHostPort(advertised->text);
  if (!where.ok()) return Report(context, advertised->position, where.error());
  if (where->host.empty() || where->host == "0.0.0.0" || where->host == "::") {
    context.problems.Error(advertised->position,
                           "clients cannot connect to '" + advertised->written + "'",
                           "Name the host as they reach it, or leave 'advertised' out: then each "
                           "is told the address it came by.");
    return;
  }
  listen->advertised = std::move(*where);
}

bool IsOff(const Value& value) {
  return value.kind == yaml::Kind::kScalar && (value.text == "off" || value.text == "none");
}

void ReadTls(const Value& value, const std::string& root, const Context& context,
             BrokerSettings& settings) {
  MapReader map(value, "'tls'", context);
  if (!map.ok()) return;
  if (const auto file = map.RequireText("certificate")) {
    settings.tls_certificate = Absolute(root, file->text);
  }
  if (const auto file = map.RequireText("key")) settings.tls_key = Absolute(root, file->text);
  if (const auto file = map.FindText("client_ca")) {
    settings.tls_client_ca = Absolute(root, file->text);
  }
  const Entry* const required = map.Find("client_required");
  if (const auto flag = map.FindBool("client_required")) settings.tls_clients_required = *flag;
  if (settings.tls_clients_required && settings.tls_client_ca.empty()) {
    context.problems.Error(required->position, "'client_required' needs a 'client_ca'",
                           "Name the file with the authorities that clients' certificates are of.");
  }
  map.Finish();
}

void ReadSasl(const Value& value, const Context& context, BrokerSettings& settings) {
  MapReader map(value, "'sasl'", context);
  if (!map.ok()) return;
  for (const Text& mechanism : map.FindTexts("mechanisms")) {
    if (std::find(kMechanisms.begin(), kMechanisms.end(), mechanism.text) == kMechanisms.end()) {
      context.problems.Error(mechanism.position,
                             "there is no SASL mechanism '" + mechanism.written + "'",
                             "The mechanisms are: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512.");
      continue;
    }
    settings.sasl_mechanisms.push_back(mechanism.text);
  }
  if (const Entry* const users = map.Find("users")) {
    if (MapReader(users->value, "'users'", context).ok()) {
      for (const Entry& user : users->value.entries) {
        const auto password =
            yaml::ReadText(user.value, "the password of '" + user.key + "'", context);
        if (!password) continue;
        if (password->text.empty()) {
          context.problems.Error(user.position, "the password of '" + user.key + "' is empty");
        }
        settings.users[user.key] = password->text;
      }
    }
  }
  map.Finish();
}

}  // namespace

void ReadLog(const Value& value, const std::string& root, const Context& context,
             BrokerSettings& settings) {
  if (value.kind == yaml::Kind::kScalar) {
    const auto text = yaml::ReadText(value, "'log'", context);
    if (!text || text->text == "embedded") return;
    if (kafka::client::IsClusterUrl(text->text)) {
      const auto url = kafka::client::ParseClusterUrl(text->text);
      if (!url.ok()) return Report(context, text->position, url.error());
      settings.log_url = text->text;
      return;
    }
    context.problems.Error(text->position, "'log: " + text->written + "' is not supported",
                           "Write 'log: embedded', 'log: kafka://host:9092', or a map of settings "
                           "of the embedded log.");
    return;
  }
  MapReader map(value, "'log'", context);
  if (!map.ok()) return;
  if (const auto folder = map.FindText("folder")) {
    if (folder->text.empty() || folder->text.find("://") != std::string::npos) {
      context.problems.Error(folder->position, "the log's folder '" + folder->written + "' is none",
                             "Name a folder on a local disk, absolute or relative to the project.");
    } else {
      settings.log_folder = Absolute(root, folder->text);
    }
  }
  if (const auto flush = map.FindText("flush")) {
    if (flush->text == "always") {
      settings.flush = logs::FlushPolicy::kAlways;
    } else if (flush->text == "interval") {
      settings.flush = logs::FlushPolicy::kInterval;
    } else if (flush->text == "never") {
      settings.flush = logs::FlushPolicy::kNever;
    } else {
      context.problems.Error(flush->position, "there is no flush policy '" + flush->written + "'",
                             "The policies are: always, interval, never.");
    }
  }
  if (const auto interval = FindDuration(map, "flush_interval", 1, context)) {
    settings.flush_interval_ms = *interval;
  }
  if (const auto partitions = FindCount(map, "partitions", 1, 10'000, context)) {
    settings.default_partitions = static_cast<int32_t>(*partitions);
  }
  if (const Entry* const defaults = map.Find("topic_defaults")) {
    ReadTopicDefaults(defaults->value, context, settings);
  }
  map.Finish();
}

void ReadKafka(const Value& value, const std::string& root, const Context& context,
               BrokerSettings& settings) {
  MapReader map(value, "'kafka'", context);
  if (!map.ok()) return;
  if (const Entry* const listen = map.Find("listen")) {
    settings.kafka.clear();
    if (listen->value.kind == yaml::Kind::kList) {
      for (const Value& item : listen->value.items) ReadListen(item, context, settings);
    } else if (!IsOff(listen->value)) {
      ReadListen(listen->value, context, settings);
    }
  }
  if (const auto flag = map.FindBool("auto_create_topics")) settings.auto_create_topics = *flag;
  if (const auto flag = map.FindBool("allow_anonymous")) settings.allow_anonymous = *flag;
  if (const Entry* const tls = map.Find("tls")) ReadTls(tls->value, root, context, settings);
  if (const Entry* const sasl = map.Find("sasl")) ReadSasl(sasl->value, context, settings);
  for (const Text& user : map.FindTexts("super_users")) {
    settings.super_users.push_back(user.text.starts_with("User:") ? user.text : "User:" + user.text);
  }
  if (const auto count = FindCount(map, "connections", 1, 100'000, context)) {
    settings.connections_max = static_cast<size_t>(*count);
  }
  if (const auto idle = FindDuration(map, "idle_timeout", 1'000, context)) settings.idle_ms = *idle;
  if (const auto text = map.FindText("request_bytes")) {
    const auto bytes = ParseBytes(text->text);
    if (bytes && *bytes >= 1'024 && *bytes <= uint64_t{1} << 30) {
      settings.request_bytes_max = static_cast<size_t>(*bytes);
    } else {
      context.problems.Error(text->position,
                             "'request_bytes: " + text->written + "' is not a size that serves",
                             "Write for example '100 MiB': from 1 KiB to 1 GiB.");
    }
  }
  map.Finish();
  for (const Exposure& wrong : CheckListeners(settings)) {
    Report(context, wrong.position, wrong.error);
  }
  for (const KafkaListen& listen : settings.kafka) {
    const auto& mechanisms = settings.sasl_mechanisms;
    if (!listen.sasl || listen.tls || env::IsLoopback(listen.address.host)) continue;
    if (std::find(mechanisms.begin(), mechanisms.end(), "PLAIN") == mechanisms.end()) continue;
    context.problems.Warn(listen.position,
                          "passwords cross the network as they are: SASL_PLAINTEXT with PLAIN",
                          "Use SASL_SSL, or SCRAM-SHA-256 alone.");
  }
}

void ReadHttp(const Value& value, const Context& context, BrokerSettings& settings) {
  MapReader map(value, "'http'", context);
  if (!map.ok()) return;
  if (const Entry* const listen = map.Find("listen")) {
    settings.http.clear();
    if (!IsOff(listen->value)) {
      for (const Text& text : map.FindTexts("listen")) {
        auto address = env::ParseHostPort(text.text);
        if (address.ok()) {
          settings.http.push_back(std::move(*address));
        } else {
          Report(context, text.position, address.error());
        }
      }
    }
  }
  map.Finish();
}

}  // namespace pipeline
