// Diagnostic log of the process, on standard error: text on a terminal, JSON lines elsewhere.
// ERROR: data lost or an invariant broken; WARN: recovered but unexpected; INFO: state changes;
// DEBUG: off unless asked for. Field values are quoted; a secret is never handed in. THREAD: any.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace base {

enum class LogLevel : uint8_t { kDebug, kInfo, kWarn, kError, kOff };

struct LogField {
  LogField(std::string_view field, std::string_view text) : name(field), value(text) {}
  LogField(std::string_view field, const char* text) : name(field), value(text) {}
  LogField(std::string_view field, int64_t number) : name(field), value(std::to_string(number)) {}
  std::string_view name;
  std::string value;
};

// What is below `level` is dropped. The default, kWarn, suits a command-line tool.
void SetLogLevel(LogLevel level);

void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});

}  // namespace base

#define LOG_DEBUG(...) ::base::Log(::base::LogLevel::kDebug, __VA_ARGS__)
#define LOG_INFO(...) ::base::Log(::base::LogLevel::kInfo, __VA_ARGS__)
#define LOG_WARN(...) ::base::Log(::base::LogLevel::kWarn, __VA_ARGS__)
#define LOG_ERROR(...) ::base::Log(::base::LogLevel::kError, __VA_ARGS__)
