#include "log/group/topic_regex.h"

#include <re2/re2.h>

#include "base/limits.h"

namespace logs {

base::Result<std::set<std::string>> MatchTopics(const std::string& regex,
                                                const std::vector<std::string>& names) {
  if (regex.size() > base::limits::kGroupRegexBytesMax) {
    return base::InvalidArgument("regular expression of " + std::to_string(regex.size()) +
                                 " bytes is too long");
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(base::limits::kGroupRegexMemoryMax);
  const re2::RE2 pattern(regex, options);
  if (!pattern.ok()) {
    return base::InvalidArgument("invalid regular expression '" + regex + "': " + pattern.error());
  }
  std::set<std::string> matches;
  for (const auto& name : names) {
    if (re2::RE2::FullMatch(name, pattern)) matches.insert(name);
  }
  return matches;
}

}  // namespace logs
