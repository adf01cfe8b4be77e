// Glob: the files a pattern names, in byte order. `*` and `?` stay within one path component,
// `**` stands for any number of folders, `[ab]`, `[a-z]`, `[!a]` for one character, `{a,b}` for
// either text. Hidden names are matched only by a pattern that begins them with a dot; folders are
// never matched. Pure but for the listing; THREAD: any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "env/files.h"

namespace connect::files {

// Paths as the pattern has them: relative to `root`, or absolute where the pattern is. Sorted, each
// once. BLOCKS. ERRORS: kNotFound when all together match nothing, saying what is there instead;
// kInvalidArgument: a malformed pattern.
base::Result<std::vector<std::string>> Glob(env::Files& files, const std::string& root,
                                            const std::vector<std::string>& patterns);

// `{a,b}` written out, the alternatives in order. ERRORS: kInvalidArgument: a brace left open.
base::Result<std::vector<std::string>> ExpandBraces(std::string_view pattern);

// One path component against one component of a pattern.
[[nodiscard]] bool MatchComponent(std::string_view pattern, std::string_view name);

// `path` below `root` unless it is absolute.
[[nodiscard]] std::string JoinPath(const std::string& root, const std::string& path);

}  // namespace connect::files
