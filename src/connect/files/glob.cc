#include "connect/files/glob.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/limits.h"
#include "base/text.h"

namespace connect::files {
namespace {

bool HasWildcard(std::string_view component) {
  return component.find_first_of("*?[") != std::string_view::npos;
}

// Does the class behind '[' hold `c`? `at` moves behind the closing bracket; false for `closed`
// when there is none, and then the bracket is an ordinary character.
bool MatchClass(std::string_view pattern, size_t& at, char c, bool& closed) {
  size_t i = at;
  const bool negated = i < pattern.size() && pattern[i] == '!';
  if (negated) ++i;
  bool matched = false;
  bool first = true;
  while (i < pattern.size() && (pattern[i] != ']' || first)) {
    first = false;
    char low = pattern[i];
    char high = low;
    if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
      high = pattern[i + 2];
      i += 2;
    }
    matched |= low <= c && c <= high;
    ++i;
  }
  closed = i < pattern.size();
  if (closed) at = i + 1;
  return matched != negated;
}

class Walk {
 public:
  Walk(env::Files& files, std::string root, std::set<std::string>& found)
      : files_(files), root_(std::move(root)), found_(found) {}

  // Matches components[at..] below `folder` ("" is the root, otherwise it ends with '/').
  base::Result<void> Below(const std::string& folder,
                           const std::vector<std::string_view>& components, size_t at, int depth) {
    if (depth > base::limits::kFolderDepthMax)
      return base::InvalidArgument("folders nested more than " +
                                   std::to_string(base::limits::kFolderDepthMax) + " deep at '" +
                                   folder + "'");
    const std::string_view component = components[at];
    const bool last = at + 1 == components.size();
    if (component == "**") return AnyFolders(folder, components, at, depth);
    if (!HasWildcard(component)) {
      const std::string path = folder + std::string(component);
      if (!last) return Below(path + "/", components, at + 1, depth + 1);
      const base::Result<env::FileInfo> info = files_.Stat(JoinPath(root_, path));
      if (info.ok() && !info->is_directory) found_.insert(path);
      return info.ok() || info.error().code() == base::Code::kNotFound ? base::Result<void>()
                                                                       : info.error();
    }
    for (const env::FileInfo& info : TRY(List(folder))) {
      if (!MatchComponent(component, info.name)) continue;
      if (last && !info.is_directory) found_.insert(folder + info.name);
      if (!last && info.is_directory)
        TRY(Below(folder + info.name + "/", components, at + 1, depth + 1));
    }
    return {};
  }

 private:
  base::Result<void> AnyFolders(const std::string& folder,
                                const std::vector<std::string_view>& components, size_t at,
                                int depth) {
    const bool last = at + 1 == components.size();
    if (!last) TRY(Below(folder, components, at + 1, depth + 1));
    for (const env::FileInfo& info : TRY(List(folder))) {
      if (info.name.empty() || info.name.front() == '.') continue;
      if (info.is_directory) {
        TRY(Below(folder + info.name + "/", components, at, depth + 1));
      } else if (last) {
        found_.insert(folder + info.name);
      }
    }
    return {};
  }

  // The names in a folder; none when it does not exist.
  base::Result<std::vector<env::FileInfo>> List(const std::string& folder) {
    std::string path = JoinPath(root_, folder);
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    base::Result<std::vector<env::FileInfo>> infos = files_.List(path);
    if (!infos.ok() && infos.error().code() == base::Code::kNotFound)
      return std::vector<env::FileInfo>();
    return infos;
  }

  env::Files& files_;
  std::string root_;
  std::set<std::string>& found_;
};

// The leading components that exist as folders, "" or ending with '/'; `at` moves behind them.
std::string ExistingFolder(env::Files& files, const std::string& root,
                           const std::vector<std::string_view>& components, size_t& at) {
  std::string folder;
  for (at = 0; at + 1 < components.size() && !HasWildcard(components[at]); ++at) {
    const std::string next = folder + std::string(components[at]);
    const base::Result<env::FileInfo> info = files.Stat(JoinPath(root, next.empty() ? "/" : next));
    if (!info.ok() || !info->is_directory) break;
    folder = next + "/";
  }
  return folder;
}

// What a person may have meant: what stands in the deepest folder of the pattern that exists.
base::Error NothingMatches(env::Files& files, const std::string& root, const std::string& pattern,
                           const std::string& all) {
  const std::vector<std::string_view> components = base::Split(pattern, '/');
  size_t at = 0;
  const std::string folder = ExistingFolder(files, root, components, at);
  const std::string shown = folder.empty() ? "the project folder" : "'" + folder + "'";
  std::string path = JoinPath(root, folder);
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const base::Result<std::vector<env::FileInfo>> infos = files.List(path);
  std::vector<std::string> names;
  std::vector<std::string> listed;
  if (infos.ok()) {
    for (const env::FileInfo& info : *infos) {
      if (info.name.empty() || info.name.front() == '.') continue;
      names.push_back(info.name);
      listed.push_back(info.name + (info.is_directory ? "/" : ""));
    }
  }
  const std::string message = "no file matches " + all;
  if (names.empty()) return base::NotFound(message, "There is nothing in " + shown + ".");
  std::string hint = base::DidYouMean(components[at], names);
  if (!hint.empty()) hint += " ";
  constexpr size_t kShown = 5;
  listed.resize(std::min(listed.size(), kShown));
  hint +=
      "In " + shown + " there " + (names.size() == 1 ? "is " : "are ") + base::Join(listed, ", ");
  if (names.size() > kShown) hint += " and " + std::to_string(names.size() - kShown) + " more";
  return base::NotFound(message, hint + ".");
}

}  // namespace

bool MatchComponent(std::string_view pattern, std::string_view name) {
  if (!name.empty() && name.front() == '.' && (pattern.empty() || pattern.front() != '.'))
    return false;
  // Backtracks to the last '*' only, so the time is at most their product.
  size_t p = 0;
  size_t n = 0;
  size_t star = std::string_view::npos;
  size_t star_name = 0;
  while (n < name.size()) {
    bool matched = false;
    size_t next = p + 1;
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_name = n;
      continue;
    }
    if (p < pattern.size()) {
      if (pattern[p] == '[') {
        bool closed = false;
        matched = MatchClass(pattern, next, name[n], closed);
        if (!closed) matched = name[n] == '[';
      } else {
        matched = pattern[p] == '?' || pattern[p] == name[n];
      }
    }
    if (matched) {
      // '?' and classes stand for one character: the rest of a UTF-8 sequence goes with it.
      const bool one = pattern[p] == '?' || pattern[p] == '[';
      p = next;
      ++n;
      while (one && n < name.size() && (static_cast<unsigned char>(name[n]) & 0xC0) == 0x80) ++n;
      continue;
    }
    if (star == std::string_view::npos) return false;
    p = star + 1;
    n = ++star_name;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

base::Result<std::vector<std::string>> ExpandBraces(std::string_view pattern) {
  const size_t open = pattern.find('{');
  if (open == std::string_view::npos) return std::vector<std::string>{std::string(pattern)};
  int depth = 0;
  std::vector<std::string_view> parts;
  size_t start = open + 1;
  for (size_t i = open; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '{') ++depth;
    if ((c == ',' && depth == 1) || (c == '}' && depth == 1)) {
      parts.push_back(pattern.substr(start, i - start));
      start = i + 1;
    }
    if (c == '}' && --depth == 0) break;
  }
  if (depth != 0)
    return base::InvalidArgument("the brace in '" + std::string(pattern) + "' is not closed",
                                 "Alternatives are written {a,b}.");
  const std::string_view head = pattern.substr(0, open);
  const std::string_view tail = pattern.substr(start);
  std::vector<std::string> expanded;
  for (const std::string_view part : parts) {
    for (std::string& text :
         TRY(ExpandBraces(std::string(head) + std::string(part) + std::string(tail))))
      expanded.push_back(std::move(text));
    if (expanded.size() > base::limits::kBraceExpansionsMax)
      return base::InvalidArgument("'" + std::string(pattern) + "' stands for more than " +
                                   std::to_string(base::limits::kBraceExpansionsMax) + " patterns");
  }
  return expanded;
}

std::string JoinPath(const std::string& root, const std::string& path) {
  if (root.empty() || (!path.empty() && path.front() == '/')) return path;
  if (path.empty()) return root;
  return root.back() == '/' ? root + path : root + "/" + path;
}

base::Result<std::vector<std::string>> Glob(env::Files& files, const std::string& root,
                                            const std::vector<std::string>& patterns) {
  std::set<std::string> found;
  for (const std::string& written : patterns) {
    std::string pattern = written;
    while (pattern.rfind("./", 0) == 0) pattern.erase(0, 2);
    std::set<std::string> matched;
    for (const std::string& text : TRY(ExpandBraces(pattern))) {
      std::vector<std::string_view> components;
      for (const std::string_view component : base::Split(text, '/'))
        if (!component.empty() && component != ".") components.push_back(component);
      if (components.empty()) return base::InvalidArgument("an empty file pattern");
      const std::string start = text.front() == '/' ? "/" : "";
      TRY(Walk(files, root, matched).Below(start, components, 0, 0));
    }
    found.merge(matched);
  }
  if (found.empty()) {
    if (patterns.empty()) return base::InvalidArgument("no file pattern is given");
    const std::string all = "'" + base::Join(patterns, "' or '") + "'";
    return NothingMatches(files, root, patterns.front(), all);
  }
  return std::vector<std::string>(found.begin(), found.end());
}

}  // namespace connect::files
