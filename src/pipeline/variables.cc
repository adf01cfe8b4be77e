#include "pipeline/variables.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/limits.h"
#include "base/text.h"

namespace pipeline {
namespace {

constexpr std::string_view kFilePrefix = "file:";

bool IsVariableName(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

// The value part of a .env line: quotes taken off, a comment after an unquoted value cut.
// nullopt when a quote is not closed.
std::optional<std::string> Unquote(std::string_view value) {
  value = base::Trim(value);
  if (!value.empty() && (value.front() == '"' || value.front() == '\'')) {
    const size_t end = value.find(value.front(), 1);
    if (end == std::string_view::npos) return std::nullopt;
    return std::string(value.substr(1, end - 1));
  }
  const size_t comment = value.find(" #");
  return std::string(base::Trim(value.substr(0, comment)));
}

}  // namespace

void Variables::AddDotEnv(const std::string& text, Problems& problems) {
  std::map<std::string, std::string> found;  // the last line for a name wins, as shells have it
  int number = 0;
  for (std::string_view line : base::Split(text, '\n')) {
    const base::SourcePosition position{.line = ++number, .column = 0};
    line = base::Trim(line);
    if (line.empty() || line.front() == '#') continue;
    if (line.starts_with("export ")) line = base::Trim(line.substr(7));
    const size_t equals = line.find('=');
    const std::string_view name = base::Trim(line.substr(0, equals));
    if (equals == std::string_view::npos || !IsVariableName(name)) {
      problems.Error(position, "this line is not NAME=value", "Comments start with '#'.");
      continue;
    }
    auto value = Unquote(line.substr(equals + 1));
    if (!value) {
      problems.Error(position, "the quote of '" + std::string(name) + "' is not closed");
      continue;
    }
    found[std::string(name)] = std::move(*value);
  }
  values_.merge(found);  // keeps what the environment says
}

base::Result<std::string> Variables::Expand(std::string_view text) const {
  std::string expanded;
  while (!text.empty()) {
    const size_t start = text.find("${");
    if (start == std::string_view::npos) break;
    if (start > 0 && text[start - 1] == '$') {
      expanded += text.substr(0, start - 1);
      expanded += "${";
      text.remove_prefix(start + 2);
      continue;
    }
    const size_t end = text.find('}', start);
    if (end == std::string_view::npos) {
      return base::InvalidArgument("'${' is not closed by '}'", "Write '$${' for a plain '${'.");
    }
    expanded += text.substr(0, start);
    expanded += TRY(Value(text.substr(start + 2, end - start - 2)));
    text.remove_prefix(end + 1);
  }
  expanded += text;
  return expanded;
}

base::Result<std::string> Variables::Value(std::string_view name) const {
  if (name.starts_with(kFilePrefix)) {
    std::string path(name.substr(kFilePrefix.size()));
    if (!path.starts_with('/')) path = root_ + "/" + path;
    auto secret = env::ReadWhole(*files_, path, base::limits::kSecretFileBytesMax);
    if (!secret.ok()) return base::InvalidArgument(secret.error().message());
    if (secret->ends_with('\n')) secret->pop_back();
    if (secret->ends_with('\r')) secret->pop_back();
    return std::move(*secret);
  }
  const size_t mark = name.find(":-");
  const std::string wanted(name.substr(0, mark));
  if (!IsVariableName(wanted)) {
    return base::InvalidArgument("'${" + std::string(name) + "}' names no variable",
                                 "Write ${NAME}, ${NAME:-default} or ${file:path}.");
  }
  const auto found = values_.find(wanted);
  // As in shells, ":-" also stands in for a variable that is set to nothing.
  if (found != values_.end() && !(found->second.empty() && mark != std::string_view::npos)) {
    return found->second;
  }
  if (mark != std::string_view::npos) return std::string(name.substr(mark + 2));
  std::vector<std::string> names;
  for (const auto& [known, value] : values_) names.push_back(known);
  const std::string nearest = base::DidYouMean(wanted, names);
  return base::InvalidArgument(
      "the variable '" + wanted + "' is not set",
      (nearest.empty() ? "" : nearest + " ") +
          "Set it in the environment or in the project's .env file, or give a default: ${" +
          wanted + ":-...}.");
}

}  // namespace pipeline
