#include "pipeline/front_matter.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "pipeline/data_tests.h"
#include "pipeline/yaml.h"

namespace pipeline {
namespace {

using yaml::Context;
using yaml::MapReader;
using yaml::Text;

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

struct Range {
  size_t begin = 0;
  size_t end = 0;
};

// Blanks every byte outside of `keep` but the line ends, so that places stay what they were.
std::string Only(const std::string& text, Range keep) {
  std::string blanked = text;
  for (size_t i = 0; i < blanked.size(); ++i) {
    const bool kept = i >= keep.begin && i < keep.end;
    if (!kept && blanked[i] != '\n') blanked[i] = ' ';
  }
  return blanked;
}

// The end of the token that starts at `at`: a comment, a quoted text or name, a dollar-quoted text;
// at + 1 for anything else.
size_t TokenEnd(std::string_view sql, size_t at) {
  const auto after = [&](std::string_view mark, size_t from) {
    const size_t found = sql.find(mark, from);
    return found == std::string_view::npos ? sql.size() : found + mark.size();
  };
  const std::string_view rest = sql.substr(at);
  if (rest.starts_with("--")) return after("\n", at);
  if (rest.starts_with("/*")) return after("*/", at + 2);
  if (rest.front() == '\'' || rest.front() == '"') return after(rest.substr(0, 1), at + 1);
  if (rest.front() == '$') {
    size_t end = 1;
    while (end < rest.size() &&
           (rest[end] == '_' || std::isalnum(static_cast<unsigned char>(rest[end]))))
      ++end;
    if (end < rest.size() && rest[end] == '$' && !(rest[1] >= '0' && rest[1] <= '9')) {
      return after(rest.substr(0, end + 1), at + end + 1);
    }
  }
  return at + 1;
}

bool IsComment(std::string_view token) {
  return token.starts_with("--") || token.starts_with("/*");
}

// Blanks a ';' that ends the text, so that the SELECT can stand inside another statement. False
// when the text has nothing but comments.
bool BlankLastSemicolon(std::string& sql) {
  std::optional<size_t> last;
  bool any = false;
  for (size_t at = 0; at < sql.size();) {
    const size_t end = TokenEnd(sql, at);
    const std::string_view token = std::string_view(sql).substr(at, end - at);
    if (token == ";") {
      if (!last) last = at;
    } else if (!IsComment(token) && !IsSpace(token.front())) {
      last.reset();
      any = true;
    }
    at = end;
  }
  if (last) sql[*last] = ' ';
  return any;
}

void ReadKeys(const yaml::Value& document, Problems& problems, Model& model) {
  const Context context{.problems = problems};
  MapReader map(document, "front matter", context);
  if (!map.ok()) return;
  if (const auto description = map.FindText("description")) model.description = description->text;
  if (const auto materialized = map.FindText("materialized")) {
    if (materialized->text == "view") {
      model.materialization = Materialization::kView;
    } else if (materialized->text == "incremental") {
      problems.Error(materialized->position,
                     "'materialized: incremental' is not supported by this version",
                     "Write 'materialized: table', which is rebuilt whole by every run.");
    } else if (materialized->text != "table") {
      std::string hint = base::DidYouMean(materialized->text, {"view", "table"});
      problems.Error(materialized->position,
                     "a model cannot be materialized as '" + materialized->written + "'",
                     hint.empty() ? "Write view or table." : hint);
    }
  }
  for (const Text& tag : map.FindTexts("tags")) model.tags.push_back(tag.text);
  const yaml::Entry* partition_by = map.Find("partition_by");
  for (const Text& column : map.FindTexts("partition_by")) {
    model.partition_by.push_back(column.text);
  }
  if (partition_by != nullptr) {
    model.partition_by_position = partition_by->position;
    if (model.materialization == Materialization::kView) {
      problems.Error(partition_by->position, "a view has no partitions",
                     "Remove 'partition_by', or write 'materialized: table'.");
    }
  }
  if (const yaml::Entry* tests = map.Find("tests")) ReadDataTests(tests->value, context, model);
  map.Refuse({"refresh", "key", "output", "on_error"});
  map.Finish();
}

// The place of the YAML between "/* ---" and "--- */"; begin == end when there is none.
std::optional<Range> FindFrontMatter(Problems& problems, const Model& model, size_t& sql_begin) {
  const std::string& text = model.text;
  size_t at = 0;
  while (at < text.size() && IsSpace(text[at])) ++at;
  sql_begin = 0;
  if (text.compare(at, 2, "/*") != 0) return std::nullopt;
  size_t dashes = at + 2;
  while (dashes < text.size() && (text[dashes] == ' ' || text[dashes] == '\t')) ++dashes;
  if (text.compare(dashes, 3, "---") != 0) return std::nullopt;
  const size_t close = text.find("*/", dashes);
  if (close == std::string::npos) {
    problems.Error(base::PositionOf(text, at), "this front matter does not end",
                   "Close it with a line '--- */'.");
    sql_begin = text.size();
    return std::nullopt;
  }
  sql_begin = close + 2;
  size_t end = close;
  while (end > dashes + 3 && IsSpace(text[end - 1])) --end;
  if (end < dashes + 6 || text.compare(end - 3, 3, "---") != 0) {
    problems.Error(base::PositionOf(text, close), "this front matter does not end in '---'",
                   "Close it with a line '--- */'.");
    return std::nullopt;
  }
  return Range{.begin = dashes + 3, .end = end - 3};
}

}  // namespace

void ReadModelText(Problems& problems, Model& model) {
  // Some editors begin a file with a byte order mark, which is no part of what people see.
  if (model.text.starts_with("\xEF\xBB\xBF")) model.text.erase(0, 3);
  size_t sql_begin = 0;
  const auto front_matter = FindFrontMatter(problems, model, sql_begin);
  if (front_matter) {
    const auto document =
        yaml::Parse(Only(model.text.substr(0, front_matter->end), *front_matter), problems);
    if (document && document->kind != yaml::Kind::kNull) ReadKeys(*document, problems, model);
  }
  model.sql = Only(model.text, {.begin = sql_begin, .end = model.text.size()});
  const bool any = BlankLastSemicolon(model.sql);
  if (!model.sql.ends_with('\n')) model.sql += '\n';  // ends a last "--" comment
  if (!any && !problems.any_error()) problems.Error({}, "this model has no SELECT");
}

}  // namespace pipeline
