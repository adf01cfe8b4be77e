// Regular expressions that name topics (KIP-848: RE2's syntax). Matching takes time linear in the
// name whatever the pattern, within a bounded memory. Pure; THREAD: any.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.h"

namespace logs {

// The names that `regex` matches from end to end. ERRORS: kInvalidArgument: it is none, or too
// large.
base::Result<std::set<std::string>> MatchTopics(const std::string& regex,
                                                const std::vector<std::string>& names);

}  // namespace logs
