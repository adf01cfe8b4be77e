#include "base/log.h"

#include <memory>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json_writer.h"

namespace base {
namespace {

// Made on first use and never destroyed, so that a thread may log while the process ends.
spdlog::logger& Logger() {
  static auto* const logger = [] {
    auto* made = new spdlog::logger("tributary", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::warn);
    made->flush_on(spdlog::level::warn);
    return made;
  }();
  return *logger;
}

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kOff:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

std::string_view Name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      return "error";
    case LogLevel::kOff:
      return "off";
  }
  return "off";
}

}  // namespace

void SetLogLevel(LogLevel level) { Logger().set_level(ToSpdlog(level)); }

void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (!Logger().should_log(ToSpdlog(level))) return;
  static const bool terminal = isatty(STDERR_FILENO) == 1;
  const std::string time = FormatUtc(SystemClock().NowUnixMs());
  std::string line;
  if (terminal) {
    line = time + " " + std::string(Name(level)) + ": " + std::string(message);
    for (const LogField& field : fields) {
      line += " " + std::string(field.name) + "=" + JsonQuote(field.value);
    }
  } else {
    JsonWriter json;
    json.BeginObject().Key("time").String(time).Key("level").String(Name(level));
    json.Key("message").String(message);
    for (const LogField& field : fields) json.Key(field.name).String(field.value);
    json.EndObject();
    line = json.text();
  }
  Logger().log(ToSpdlog(level), line);
}

}  // namespace base
